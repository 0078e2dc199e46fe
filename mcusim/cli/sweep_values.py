"""Lists of option values, as people type them: "16MHz,48MHz", "16MHz..160MHz/8", "flash.prefetch=on,off"."""

from __future__ import annotations

from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, TypeVar

from mcusim.cli import values

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.report.what_if import Setting

_Number = TypeVar("_Number", int, float)
_MOST_STEPS_COUNT = 1000


def clocks_hz(text: str) -> tuple[int, ...]:
    """Clocks: "16MHz,48MHz", or eight from 16 to 160 MHz: "16MHz..160MHz/8"."""
    return tuple(round(each) for each in _numbers(text, values.clock_hz, "16MHz..160MHz/8"))


def supplies_v(text: str) -> tuple[float, ...]:
    """Supply voltages: "1.8V,3.3V"."""
    return _numbers(text, values.supply_v, "1.8V..3.3V/4")


def temps_c(text: str) -> tuple[float, ...]:
    """Temperatures: "-40C,25C,85C"."""
    return _numbers(text, values.temp_c, "-40C..85C/6")


def names(text: str) -> tuple[str, ...]:
    """Names with commas between them."""
    return _parts(text)


def weights(text: str) -> tuple[Setting, ...]:
    """ "flash,ram"."""
    return settings(f"weights={text}")


def settings(text: str) -> tuple[Setting, ...]:
    """ "KEY=VALUE,VALUE": one setting per value."""
    from mcusim.report.what_if import parsed_setting

    key, equals, rest = text.partition("=")
    if not equals:
        return (parsed_setting(text),)  # complains
    return tuple(parsed_setting(f"{key}={value}") for value in _parts(rest))


def process_count(text: str) -> int:
    """How many processes: a whole number from 1 on."""
    if not (text.isascii() and text.isdecimal() and int(text) >= 1):
        raise ArgumentTypeError(f"'{text}' is not a number of processes, write for example 2")
    return int(text)


def _parts(text: str) -> tuple[str, ...]:
    parts = tuple(each.strip() for each in text.split(","))
    if not all(parts):
        raise ArgumentTypeError(f"'{text}' has an empty place: write the values with one comma in between")
    return parts


def _numbers(text: str, parse: Callable[[str], _Number], example: str) -> tuple[float, ...]:
    found: list[float] = []
    for part in _parts(text):
        found += _range(part, parse, example) if ".." in part else [parse(part)]
    return tuple(found)


def _range(text: str, parse: Callable[[str], _Number], example: str) -> list[float]:
    """FIRST..LAST/COUNT: so many values, evenly spaced, with both ends."""
    ends, slash, steps = text.partition("/")
    first, _, last = ends.partition("..")
    if not slash or not (steps.isascii() and steps.isdecimal()) or not 2 <= int(steps) <= _MOST_STEPS_COUNT:
        raise ArgumentTypeError(
            f"'{text}' does not say how many values: write for example {example}, from 2 to {_MOST_STEPS_COUNT}"
        )
    low, high, count = float(parse(first)), float(parse(last)), int(steps)
    if high <= low:
        raise ArgumentTypeError(f"'{text}' ends below where it begins")
    # Rounded: 1.8 V to 3.3 V in four steps is 2.3 V, not 2.3000000000000003 V.
    return [round(low + (high - low) * index / (count - 1), 9) for index in range(count)]
