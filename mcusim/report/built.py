"""How a firmware came to be that mcusim has built from a model, whether it computes what it should, and what any
firmware was fed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ReferenceCheck:
    """The outputs that the firmware printed beside those of TensorFlow Lite Micro's interpreter."""

    is_equal: bool = field(metadata={"json": "equal"})
    """All inferences ran, and every output is equal bit for bit."""
    is_within_tolerance: bool = field(metadata={"json": "within_tolerance"})
    """The same, but that floating-point outputs may differ a little: they are summed in another order."""
    compared_count: int = field(metadata={"json": "compared"})
    """Inferences that the firmware finished."""
    differing_count: int = field(metadata={"json": "differing"})
    """Of these, inferences with an output that differs in at least one bit."""
    largest_difference: float | None
    """Of one element, in the output's own numbers; None where only one of two is a number."""
    first: str
    """Where the first difference is, in words; empty: nowhere."""


@dataclass(frozen=True, slots=True)
class BuiltFrom:
    """What the firmware was built from."""

    model: str
    """The file as the user named it."""
    model_sha256: str
    compiler: str
    inputs: str
    """What the network was given: a file's name, "zeros", "ramp" or "random:SEED"."""
    inferences_count: int = field(metadata={"json": "inferences"})
    weights_bytes: int
    arena_bytes: int
    reference: ReferenceCheck | None = None
    """None: not asked for."""


@dataclass(frozen=True, slots=True)
class FedInput:
    """Data that the user gave to the firmware."""

    option: str
    """"--input", "--uart-in", "--feed"."""
    target: str
    """The symbol or channel that got it; empty: the one that the firmware uses."""
    name: str
    """The file as the user named it; empty: it was text or data without a file."""
    size_bytes: int
    sha256: str
    """Of the content; empty where the file can be read only once (a pipe)."""
