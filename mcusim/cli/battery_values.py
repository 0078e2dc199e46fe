"""Values of the options of `mcusim battery`, as people type them: "10min", "6/min", "220mAh", "12uA", "85%"."""

from __future__ import annotations

import math
import re
from argparse import ArgumentTypeError

_NUMBER = re.compile(r"(\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+)\s*(.*)")
_PREFIXES = {"": 1.0, "k": 1e3, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9}
_TIMES_S = {
    "ms": 1e-3,
    "s": 1.0,
    "": 1.0,
    "sec": 1.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86_400.0,
    "day": 86_400.0,
    "days": 86_400.0,
    "us": 1e-6,
    "µs": 1e-6,
}
_RATES_HZ = {"s": 1.0, "sec": 1.0, "min": 1 / 60, "h": 1 / 3600, "d": 1 / 86_400, "day": 1 / 86_400}
_AH_C = 3600.0


def interval_s(text: str) -> float:
    """A time between two inferences: "10s", "500ms", "5min", "2h", "1d"."""
    number, unit = _number_and_unit(text, "10s, 5min or 2h")
    if unit not in _TIMES_S:
        raise ArgumentTypeError(
            f"'{text}' has an unknown unit '{unit}', write for example 10s, 5min, 2h or 1d"
        )
    return _positive(number * _TIMES_S[unit], text)


def rate_interval_s(text: str) -> float:
    """The mean time between inferences at a rate: "6/min", "2/h", "0.5Hz"."""
    number, unit = _number_and_unit(text, "6/min, 2/h or 0.5Hz")
    if unit.lower() in {"hz", "mhz", "khz"}:
        rate_hz = number * {"hz": 1.0, "mhz": 1e-3, "khz": 1e3}[unit.lower()]
    else:
        per, name = unit[:1], unit[1:].strip()
        if per != "/" or name not in _RATES_HZ:
            raise ArgumentTypeError(f"'{text}' is not a rate, write for example 6/min, 2/h, 24/d or 0.5Hz")
        rate_hz = number * _RATES_HZ[name]
    return 1 / _positive(rate_hz, text)


def capacity_c(text: str) -> float:
    """A battery's charge in coulombs: "220mAh", "2.6Ah"."""
    return _positive(_quantity(text, "Ah", "220mAh") * _AH_C, text)


def voltage_v(text: str) -> float:
    """A battery's voltage: "3V", "3700mV"."""
    return _positive(_quantity(text, "V", "3.7V", is_unit_optional=True), text)


def current_a(text: str) -> float:
    """A current: "12uA", "0.5mA"."""
    return _quantity(text, "A", "12uA")


def energy_j(text: str) -> float:
    """An energy: "150uJ", "2mJ"."""
    return _quantity(text, "J", "150uJ")


def percent(text: str) -> float:
    """A share below 100 %: "2%" or "2"."""
    number, unit = _number_and_unit(text, "2%")
    if unit not in {"", "%"} or number > 100:
        raise ArgumentTypeError(f"'{text}' is not a percentage up to 100, write for example 2%")
    return number


def loss_percent(text: str) -> float:
    """What a battery loses in a year: "2%"."""
    value = percent(text)
    if value > 99:
        raise ArgumentTypeError(f"'{text}' leaves nothing: write what is lost in a year, for example 2%")
    return value


def efficiency_ratio(text: str) -> float:
    """A regulator's efficiency: "85%"."""
    value = percent(text)
    if value <= 1:
        raise ArgumentTypeError(
            f"'{text}' is no efficiency: write a percentage above 1 up to 100, for example 85%"
        )
    return value / 100


def _quantity(text: str, unit: str, example: str, *, is_unit_optional: bool = False) -> float:
    """A number with its unit, which must be there: 220 may be mAh or Ah, and 12 amperes or microamperes."""
    number, suffix = _number_and_unit(text, example)
    if is_unit_optional and not suffix:
        return number
    if not suffix.endswith(unit) or suffix[: -len(unit)] not in _PREFIXES:
        raise ArgumentTypeError(f"'{text}' needs its unit, write for example {example}")
    return number * _PREFIXES[suffix[: -len(unit)]]


def _number_and_unit(text: str, example: str) -> tuple[float, str]:
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise ArgumentTypeError(
            f"'{text}' is not a number of zero or more with a unit, write for example {example}"
        )
    number = float(match[1].replace("_", ""))
    if not math.isfinite(number):
        raise ArgumentTypeError(f"'{text}' is too large")
    return number, match[2].strip()


def _positive(value: float, text: str) -> float:
    if not (value > 0 and math.isfinite(value)):
        raise ArgumentTypeError(f"'{text}' must be above zero")
    return value
