"""What may be said of a run in Python, and the RunRequest that it makes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike

from mcusim.api.arrays import array_input
from mcusim.errors import UsageError, unknown_name
from mcusim.report.request import Progress, RunRequest
from mcusim.report.signals import Signals, UartInput

PathOrName = str | PathLike[str]
Data = ArrayLike | PathLike[str]
"""An array, bytes, or a file: .npy with an array, any other with raw bytes."""


class RunOptions(TypedDict, total=False):
    """Everything that may be said of a run besides the firmware and the board, all of it optional."""

    inputs: Mapping[str, Data]
    """What is put into variables of the firmware when `main` begins, by symbol: an array of the variable's element
    type and size (plain Python numbers become it), `bytes` that fill its beginning, or a file (.npy with an array,
    any other with raw bytes)."""
    outputs: Iterable[str]
    """Variables whose content after the run `Report.outputs` has as NumPy arrays, by symbol."""
    reads: Iterable[str]
    """Variables whose values the report lists (`Report.variables`), by symbol."""
    clock_hz: float
    """Core clock in hertz, whatever the firmware programs."""
    supply_v: float
    """Supply voltage in volts; default: the board's."""
    temp_c: float
    """The chip's temperature in degrees Celsius; default: 25."""
    power_model: PathOrName
    """A power model's name or .toml file, instead of the board's."""
    timing: PathOrName
    """A file with calibrated timing (`mcusim calibrate`)."""
    roi: str
    """The function whose calls are measured; default: the inference function that is recognised, else `main`."""
    roi_begin: str
    """With `roi_end`: measure from the first instruction of this place …"""
    roi_end: str
    """… to the first instruction of this one."""
    inference: str
    """The function that runs one inference, where its name does not tell."""
    layers: Iterable[str]
    """Names of the functions that are layers, with `*`."""
    until: str
    """End when this function is entered."""
    max_cycles: int
    """End after so many cycles."""
    max_seconds: float
    """End after so much simulated time, in seconds."""
    settings: Mapping[str, int | bool | str]
    """What-if, as `--set`: {"flash.wait_states": 2, "flash.prefetch": False, "weights": "ram"}."""
    ignored: Iterable[str]
    """What-if, as `--ignore`: stalls that cost nothing, such as "flash-fetch"."""
    uart: Mapping[str, str | bytes]
    """What a UART receives, by its name ("USART2"; "" is the one that the firmware uses)."""
    feeds: Mapping[str, PathOrName]
    """Files with samples for a channel, as `--feed`: {"ADC1": "samples.csv"}."""
    pins: Iterable[str]
    """Pins whose edges are recorded ("PA5")."""
    base_addr: int
    """Where a raw image begins."""
    symbols: PathOrName
    """An ELF file with the firmware's names, for firmware that has none."""
    rom: PathOrName
    """The chip's own boot ROM."""
    svd: PathOrName
    """A CMSIS-SVD file with the names of the chip's registers."""
    touched_ram: bool
    """Count the RAM bytes that the measured region touches (`Report.ram.touched_bytes`)."""
    strict: bool
    """End where the firmware waits for a status bit that nothing models."""
    model_inputs: Data
    """Of a .tflite model: what the built firmware computes on, an array with one row for each inference, or a .npy or
    .bin file; default: one made-up input."""
    compiler: str
    """Of a .tflite model: "gcc", "clang", "zig" or a path."""
    progress: Callable[[Progress], None]
    """Called about ten times a second while it runs."""


_NUMBER_KEYS = ("clock_hz", "supply_v", "temp_c", "max_cycles", "max_seconds", "base_addr")
_TABLE_KEYS = ("inputs", "settings", "uart", "feeds")
_FILE_KEYS = ("timing", "symbols", "rom", "svd")
_SAME_KEYS = (
    "supply_v", "temp_c", "roi", "roi_begin", "roi_end", "inference", "until", "max_seconds", "base_addr",
    "touched_ram",
)  # fmt: skip
"""Named and typed alike in a RunRequest."""


def check_names(function: str, names: Iterable[str], *, known: Iterable[str]) -> None:
    """Complain about an argument that is none.

    Raises:
        UnknownNameError: `function` takes no such argument.
    """
    known = tuple(known)
    for name in names:
        if name not in known:
            raise unknown_name(f"argument of {function}()", name, known)


def check_kinds(options: Mapping[str, object]) -> None:
    """Complain about text where a number belongs, and a list where a dictionary does.

    Raises:
        UsageError: a value is of the wrong kind.
    """
    for name in _NUMBER_KEYS:
        value = options.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
            raise UsageError(
                f"{name}={value!r}",
                why="a number is expected",
                fix=f"write {name}=… in the unit that it ends in",
            )
    for name in _TABLE_KEYS:
        value = options.get(name, {})
        if not isinstance(value, Mapping):
            raise UsageError(
                f"{name}={value!r}", why="a dictionary is expected", fix=f"write {name}={{'NAME': …}}"
            )


def request_of(firmware: Path, board: str, label: str, options: RunOptions) -> RunRequest:
    """The request that the options make; `label` is the firmware as the user named it.

    Raises:
        UsageError: options contradict each other, or a value is out of range.
    """
    check_kinds(options)
    given: dict[str, object] = {key: options[key] for key in _SAME_KEYS if key in options}  # type: ignore[literal-required]
    for key in _FILE_KEYS:
        if key in options:
            given[key] = Path(options[key])  # type: ignore[literal-required]
    if "clock_hz" in options:
        given["clock_hz"] = round(options["clock_hz"])
    if "max_cycles" in options:
        given["max_cycles"] = int(options["max_cycles"])
    if "power_model" in options:
        given["power_model"] = fspath(options["power_model"])
    return RunRequest(
        firmware=firmware,
        board=board,
        layer_patterns=_texts(options.get("layers", ())),
        reads=_texts(options.get("reads", ())),
        inputs=tuple((name, array_input(name, data)) for name, data in options.get("inputs", {}).items()),
        outputs=tuple((name, None) for name in _texts(options.get("outputs", ()))),
        settings=tuple((key, _plain(value)) for key, value in options.get("settings", {}).items()),
        ignored=_texts(options.get("ignored", ())),
        is_strict=bool(options.get("strict", False)),
        signals=_signals(options),
        firmware_label=label,
        **given,  # type: ignore[arg-type]
    )


def _signals(options: RunOptions) -> Signals:
    uart = options.get("uart", {}).items()
    return Signals(
        uart_inputs=tuple(
            UartInput(channel, sent.encode() if isinstance(sent, str) else bytes(sent))
            for channel, sent in uart
        ),
        feeds=tuple((channel, Path(file)) for channel, file in options.get("feeds", {}).items()),
        pins=_texts(options.get("pins", ())),
    )


def _texts(value: Iterable[str]) -> tuple[str, ...]:
    """One name is no list of letters."""
    return (value,) if isinstance(value, str) else tuple(dict.fromkeys(value))


def _plain(value: int | bool | str) -> int | bool | str:
    return value.item() if isinstance(value, np.generic) else value
