"""What the user asked to be measured, and how a run tells how far it is; nothing is opened or run here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.report.signals import Signals
from mcusim.report.what_if import VOLTAGE_RANGE, check_settings, described

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.report.what_if import Setting

_SLOWEST_CLOCK_HZ = 1000
_FASTEST_CLOCK_HZ = 10_000_000_000
_HIGHEST_SUPPLY_V = 20.0


@dataclass(frozen=True, slots=True)
class ArrayInput:
    """An array in memory for a variable of the firmware."""

    data: bytes
    dtype: str = ""
    """numpy's name of an element's type ("int8"), which must be the variable's; empty: bytes for any."""
    is_loose: bool = False
    """The elements may become another type if that changes no value: plain Python numbers have no type."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One measurement. None means that the user left the choice to mcusim.

    Raises:
        UsageError: two options contradict each other, or a value is out of range.
    """

    firmware: Path
    board: str
    """A board's name, or the path of a board file."""
    roi: str | None = None
    """Function whose calls are measured, from its first instruction to its return."""
    roi_begin: str | None = None
    roi_end: str | None = None
    inference: str | None = None
    """The function that runs one inference, when its name does not tell; measured by default."""
    layer_patterns: tuple[str, ...] = ()
    """Names of functions that are layers, with "*"; none: the runtime's, or the inference's direct callees."""
    until: str | None = None
    """Stop when this function is entered."""
    max_cycles: int | None = None
    max_seconds: float | None = None
    """Simulated seconds."""
    clock_hz: int | None = None
    supply_v: float | None = None
    temp_c: float | None = None
    """Temperature of the chip."""
    power_model: str | None = None
    """A power model's name or the path of a file, instead of the board's."""
    timing: Path | None = None
    """A file with calibrated timing parameters of the chip's memory system."""
    reads: tuple[str, ...] = ()
    inputs: tuple[tuple[str, Path | ArrayInput], ...] = ()
    """What is put into variables when `main` begins: a file of raw bytes, or an array."""
    outputs: tuple[tuple[str, Path | None], ...] = ()
    """Variables that are read when the run has ended, and the file for their bytes; None: the recording has them."""
    touched_ram: bool = False
    settings: tuple[Setting, ...] = ()
    """What is changed for this run whatever the firmware programs, a what-if: ("flash.wait_states", 2) …"""
    followed_range: str = ""
    """The core voltage range in `settings` when it follows from `clock_hz` and is no wish of the user."""
    weights: tuple[tuple[int, int], ...] = ()
    """Where the weights are in flash, [start, end), when an earlier run has found them; else the run looks."""
    ignored: tuple[str, ...] = ()
    """Stalls that are left out, a what-if: "flash-fetch", "mispredict" … (mcusim.timing.ignoring.IGNORABLE)."""
    base_addr: int | None = None
    """Where a raw image begins; None for files that know."""
    symbols: Path | None = None
    """A second file with the names of the firmware's functions and variables."""
    rom: Path | None = None
    """The chip's own boot ROM, used instead of ours."""
    svd: Path | None = None
    """A CMSIS-SVD file with the names of the chip's registers."""
    is_strict: bool = False
    """End where a loop waits for a status bit that nothing models, instead of letting it through."""
    signals: Signals = field(default_factory=Signals)
    needs_layers: bool = True
    """False: nobody looks at the layers, so nothing is run again to find them inside of a wrapper."""
    firmware_label: str = ""
    """The firmware as the user named it; the report shows this, not where the file is."""

    def __post_init__(self) -> None:
        _check_region(self.roi, self.roi_begin, self.roi_end)
        _check_limits(self)
        _check_clock(self.clock_hz)
        if self.supply_v is not None and self.supply_v > _HIGHEST_SUPPLY_V:
            raise UsageError(
                "--supply is above 20 V", why="it is in volts", fix="write it like --supply 3.3V"
            )
        _check_names(self)
        check_settings(self.settings)

    @property
    def changes(self) -> tuple[str, ...]:
        """What makes this run a what-if, for the report; empty for a plain measurement."""
        followed = (VOLTAGE_RANGE, self.followed_range)
        return described((each for each in self.settings if each != followed), self.ignored)

    @property
    def shown_firmware(self) -> str:
        """The firmware's name in the report: as the user gave it, with forward slashes."""
        return self.firmware_label or self.firmware.as_posix()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    simulated_s: float
    total_cycles: int
    instructions_count: int
    host_s: float
    """Seconds that the simulation took so far; shown to the user, never part of a result."""

    @property
    def instructions_per_host_s(self) -> float:
        """Simulation speed; 0 before there is anything to divide by."""
        return self.instructions_count / self.host_s if self.host_s > 0 else 0.0


def _check_region(roi: str | None, roi_begin: str | None, roi_end: str | None) -> None:
    if roi is not None and (roi_begin is not None or roi_end is not None):
        raise UsageError(
            "--roi and --roi-begin/--roi-end exclude each other",
            why="--roi measures the calls of one function, the other two a stretch between two places",
            fix="give either --roi SYMBOL or both --roi-begin SYMBOL and --roi-end SYMBOL",
        )
    if (roi_begin is None) != (roi_end is None):
        given, missing = ("--roi-begin", "--roi-end") if roi_end is None else ("--roi-end", "--roi-begin")
        raise UsageError(
            f"{given} needs {missing}",
            why="a measured stretch has a begin and an end",
            fix=f"add {missing} SYMBOL, or use --roi SYMBOL to measure the calls of a function",
        )
    if roi_begin is not None and roi_begin == roi_end:
        raise UsageError(
            f"--roi-begin and --roi-end are both '{roi_begin}'",
            why="the stretch between a place and itself is empty",
            fix=f"use --roi {roi_begin} to measure that function",
        )


def _check_limits(request: RunRequest) -> None:
    limits: tuple[tuple[str, float | None], ...] = (
        ("--max-cycles", request.max_cycles),
        ("--max-seconds", request.max_seconds),
        ("--clock", request.clock_hz),
        ("--supply", request.supply_v),
    )
    for option, value in limits:
        if value is not None and not (value > 0 and math.isfinite(value)):
            raise UsageError(
                f"{option} must be above zero", why=f"it is {value}", fix=f"correct {option} or leave it out"
            )


def _check_clock(clock_hz: int | None) -> None:
    if clock_hz is not None and clock_hz > _FASTEST_CLOCK_HZ:
        raise UsageError(
            "--clock is above 10 GHz",
            why="no microcontroller runs that fast",
            fix="check the unit: --clock 80MHz",
        )
    if clock_hz is not None and clock_hz < _SLOWEST_CLOCK_HZ:
        raise UsageError(
            f"--clock {clock_hz} means {clock_hz} Hz",
            why="no microcontroller runs that slowly",
            fix=f"write the unit: --clock {clock_hz}MHz",
        )


def _check_names(request: RunRequest) -> None:
    for option, names in (
        ("--roi", (request.roi,)),
        ("--roi-begin", (request.roi_begin,)),
        ("--roi-end", (request.roi_end,)),
        ("--until", (request.until,)),
        ("--read", request.reads),
        ("--input", tuple(symbol for symbol, _ in request.inputs)),
        ("--output", tuple(symbol for symbol, _ in request.outputs)),
    ):
        if any(name is not None and not name.strip() for name in names):
            raise UsageError(
                f"{option} needs the name of a symbol", why="the name is empty", fix=f"give {option} a symbol"
            )
    if request.power_model is not None and not request.power_model.strip():
        raise UsageError(
            "--power-model needs a name",
            why="the name is empty",
            fix="name a model or its .toml file, or leave the option out for the board's",
        )
    for option, pairs in (("--input", request.inputs), ("--output", request.outputs)):
        symbols = [symbol for symbol, _ in pairs]
        twice = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1})
        if twice:
            raise UsageError(f"{option} names '{twice[0]}' twice", fix=f"give {option} {twice[0]}=FILE once")
    files = [path for _, path in request.outputs if path is not None]
    if len(set(files)) < len(files):
        raise UsageError("two --output options write the same file", fix="give each --output its own file")
