"""What watched pins did, in words: how often they changed and how long they were high."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.units import engineering, grouped

if TYPE_CHECKING:
    from mcusim.report.pins import PinTrace

HEADINGS = ("Pin", "edges", "pulses", "first high", "mean high", "at")


def pin_rows(pins: tuple[PinTrace, ...]) -> list[tuple[str, ...]]:
    """A row of cells per pin, in the order of `HEADINGS`; times are of high pulses."""
    return [_row(pin) for pin in pins]


def _row(pin: PinTrace) -> tuple[str, ...]:
    pulses_count = (pin.edges_count + 1) // 2  # a pin starts low: every odd edge rises
    if not pulses_count:
        return (pin.pin, "0", "0", "", "", "never high")
    rise, *rest = pin.edges
    first = engineering(rest[0].time_s - rise.time_s, "s") if rest else "still high"
    mean = engineering(pin.high_s / pulses_count, "s")
    began = engineering(rise.time_s, "s")
    return (pin.pin, grouped(pin.edges_count), grouped(pulses_count), first, mean, began)
