"""A run over time as the numbers that the page's charts draw; bounded, with energy and peaks kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mcusim.render import words

if TYPE_CHECKING:
    from mcusim.report.history import History, HistorySpan, PowerPoint, RamPoint

    _Stretch = tuple[PowerPoint, float]
    """A point and the highest power in it."""

EARLIEST_SPANS_SHOWN = LONGEST_SPANS_SHOWN = 5000
POINTS_SHOWN = 10_000
"""Of power, as they are."""
POINTS_MERGED = 2000
"""Of memory, and of power when there are more than that."""
_DIGITS = 9  # of seconds: a nanosecond, shorter than a cycle of any of the chips
LANES = ("inference", "layer", "task", "exception", "sleep")


def time_data(history: History, supply_v: float) -> dict[str, Any]:
    """Spans by lane, RAM and power as columns."""
    spans = _spans(history.spans)
    names = list(dict.fromkeys(words.printable(each.name) for each in spans))
    places = {name: place for place, name in enumerate(names)}
    ram, power = _ram(history.ram), _power(history)
    return {
        "end": round(history.end_s, _DIGITS),
        "supply_v": supply_v,
        "names": names,
        "lanes": {
            kind: _columns([each for each in spans if each.kind == kind], places)
            for kind in LANES
            if any(each.kind == kind for each in spans)
        },
        "left_out": len(history.spans) - len(spans) + history.lost_spans_count,
        "ram": {
            "at_ns": _steps([_ns(each.at_s) for each in ram]),
            "static": [each.static_bytes for each in ram],
            "arena": [each.arena_bytes for each in ram],
            "heap": [each.heap_bytes for each in ram],
            "stack": [each.stack_bytes for each in ram],
        },
        "power": _power_columns(power),
        "is_power_exact": history.is_power_exact,
        "is_ram_merged": len(ram) < len(history.ram),
        "is_power_merged": len(power) < len(history.power),
    }


def _columns(spans: list[HistorySpan], places: dict[str, int]) -> dict[str, Any]:
    """Times as whole nanoseconds, beginnings from one to the next: short numbers make a small page."""
    begins = [_ns(each.begin_s) for each in spans]
    return {
        "name": [places[words.printable(each.name)] for each in spans],
        "begin_ns": _steps(begins),
        "for_ns": [_ns(each.end_s) - begin for each, begin in zip(spans, begins, strict=True)],
        "cycles": [each.end_cycles - each.begin_cycles for each in spans],
    }


def _ns(at_s: float) -> int:
    return round(at_s * 1e9)


def _steps(values: list[int]) -> list[int]:
    """The first one, then what each is after the one before it."""
    return [now - before for now, before in zip(values, [0, *values], strict=False)]


def _power_columns(power: list[_Stretch]) -> dict[str, Any]:
    """Most of a run is in a few states of one power each, so that points are places in a list of these."""
    rows = [
        (*(_short(each) for each in (point.power_w, point.low_w, point.high_w, peak_w)), point.state)
        for point, peak_w in power
    ]
    levels = {row: place for place, row in enumerate(dict.fromkeys(rows))}
    w, low, high, peak, states = zip(*levels, strict=True) if levels else ((),) * 5
    return {
        "at_ns": _steps([_ns(point.at_s) for point, _ in power]),
        "level": [levels[row] for row in rows],
        "w": w,
        "low": low,
        "high": high,
        "peak": peak,
        "states": [words.printable(each) for each in states],
    }


def _spans(spans: tuple[HistorySpan, ...]) -> tuple[HistorySpan, ...]:
    """Of many, the earliest (whole inferences can be looked into) and the longest of the rest (the course of it)."""
    if len(spans) <= EARLIEST_SPANS_SHOWN + LONGEST_SPANS_SHOWN:
        return spans
    later = range(EARLIEST_SPANS_SHOWN, len(spans))
    longest = sorted(later, key=lambda index: (spans[index].begin_s - spans[index].end_s, index))
    kept = sorted(longest[:LONGEST_SPANS_SHOWN])
    return (*spans[:EARLIEST_SPANS_SHOWN], *(spans[index] for index in kept))


def _ram(points: tuple[RamPoint, ...]) -> list[RamPoint]:
    """Of many, the highest of each group of neighbours: a peak is never lost."""
    if len(points) <= POINTS_MERGED:
        return list(points)
    size = -(-len(points) // POINTS_MERGED)
    merged = []
    for begin in range(0, len(points), size):
        group = points[begin : begin + size]
        peak = max(
            group, key=lambda each: each.static_bytes + each.arena_bytes + each.heap_bytes + each.stack_bytes
        )
        merged.append(replace(peak, at_s=group[0].at_s))
    return merged


def _power(history: History) -> list[_Stretch]:
    """Of many, the mean of each group of neighbours over its time (the energy stays the same), and its peak."""
    points = history.power
    if len(points) <= POINTS_SHOWN:
        return [(each, each.power_w) for each in points]
    size = -(-len(points) // POINTS_MERGED)
    ends = [each.at_s for each in points[1:]] + [history.end_s]
    merged = []
    for begin in range(0, len(points), size):
        group = points[begin : begin + size]
        seconds = [end - each.at_s for each, end in zip(group, ends[begin : begin + size], strict=True)]
        states = list(dict.fromkeys(each.state for each in group))
        mean = replace(
            group[0],
            power_w=_mean([each.power_w for each in group], seconds),
            low_w=_mean([each.low_w for each in group], seconds),
            high_w=_mean([each.high_w for each in group], seconds),
            state=states[0] if len(states) == 1 else "mean of several states",
        )
        merged.append((mean, max(each.power_w for each in group)))
    return merged


def _mean(values: list[float], seconds: list[float]) -> float:
    total = sum(seconds)
    return (
        sum(value * time for value, time in zip(values, seconds, strict=True)) / total if total else values[0]
    )


def _short(value: float) -> float:
    return float(f"{value:.5g}")
