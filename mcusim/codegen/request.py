"""What the user asks to be built from a model, and what was built; nothing is read or compiled here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from mcusim.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.codegen.graph import Graph

_MOST_INFERENCES = 100_000


class Console(Enum):
    """Where the built firmware prints its outputs."""

    SEMIHOSTING = "semihosting"
    NONE = "none"


class Pattern(Enum):
    """Made-up inputs, for a network whose data is not at hand."""

    ZEROS = "zeros"
    RAMP = "ramp"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the network is given, one inference after the other.

    Raises:
        UsageError: the number of inferences makes no sense.
    """

    path: Path | None = None
    """A .npy file of the input's own type, or raw bytes; None: `pattern`."""
    pattern: Pattern = Pattern.RANDOM
    seed: int = 0
    """Of Pattern.RANDOM."""
    count: int | None = None
    """Inferences; None: all that the file has, one of a pattern."""

    def __post_init__(self) -> None:
        if self.count is not None and not 1 <= self.count <= _MOST_INFERENCES:
            raise UsageError(
                f"--inputs-count {self.count} is not between 1 and {_MOST_INFERENCES}",
                why="the firmware runs the network once for each",
                fix="leave it out for one inference, or for all that the inputs' file has",
            )


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """One firmware to build."""

    model: Path
    """A TensorFlow Lite file."""
    board: str
    """A board's name, or the path of a board file."""
    output: Path
    """The ELF file to write."""
    inputs: Inputs = field(default_factory=Inputs)
    compiler: str = ""
    """"gcc", "clang", "zig" or the path of a compiler; empty: the first that is found, in this order."""
    console: Console = Console.SEMIHOSTING
    keep_sources: Path | None = None
    """Where to leave the generated C and linker script."""


@dataclass(frozen=True, slots=True)
class Use:
    """How much of one memory the firmware takes."""

    used_bytes: int
    available_bytes: int
    """What the chip has for it."""


@dataclass(frozen=True, slots=True)
class Built:
    """A firmware that was built, with the figures that a person wants to know of it."""

    request: BuildRequest
    elf: Path
    board: str
    graph: Graph
    compiler: str
    """With its version, as it calls itself: "arm-none-eabi-gcc 12.2.1"."""
    inputs_count: int
    """Inferences that the firmware runs, each on inputs of its own."""
    weights_bytes: int
    """Constant tensors as they are in flash."""
    arena_bytes: int
    arena_fullest: tuple[tuple[str, int], ...]
    """(tensor, bytes) of what is alive at the step that needs most, largest first."""
    flash: Use
    ram: Use
    """Static data and the stack's reserve."""
    notes: tuple[str, ...] = ()
    """What a person must know before flashing a real board."""
