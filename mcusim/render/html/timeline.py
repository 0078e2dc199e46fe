"""A run over time as the numbers that the page's charts draw; bounded, with energy and peaks kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcusim.render import words

if TYPE_CHECKING:
    from mcusim.report.history import History, HistorySpan, PowerPoint, RamPoint

EARLIEST_SPANS_SHOWN = LONGEST_SPANS_SHOWN = 5000
POINTS_SHOWN = 3000
_DIGITS = 9  # of seconds: a nanosecond, shorter than any cycle of the chips
LANES = ("inference", "layer", "task", "exception", "sleep")


def time_data(history: History, supply_v: float) -> dict[str, Any]:
    """Spans by lane, RAM and power as columns."""
    spans = _spans(history.spans)
    names = list(dict.fromkeys(words.printable(each.name) for each in spans))
    places = {name: place for place, name in enumerate(names)}
    ram, power = _ram(history.ram), _power(history)
    states = list(dict.fromkeys(each.state for each in power))
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
            "at": [round(each.at_s, _DIGITS) for each in ram],
            "static": [each.static_bytes for each in ram],
            "arena": [each.arena_bytes for each in ram],
            "heap": [each.heap_bytes for each in ram],
            "stack": [each.stack_bytes for each in ram],
        },
        "power": {
            "at": [round(each.at_s, _DIGITS) for each in power],
            "w": [_short(each.power_w) for each in power],
            "low": [_short(each.low_w) for each in power],
            "high": [_short(each.high_w) for each in power],
            "state": [states.index(each.state) for each in power],
            "states": [words.printable(each) for each in states],
        },
        "is_power_exact": history.is_power_exact,
        "is_ram_merged": len(ram) < len(history.ram),
        "is_power_merged": len(power) < len(history.power),
    }


def _columns(spans: list[HistorySpan], places: dict[str, int]) -> dict[str, Any]:
    """Times as whole nanoseconds, beginnings from one to the next: short numbers make a small page."""
    begins = [_ns(each.begin_s) for each in spans]
    return {
        "name": [places[words.printable(each.name)] for each in spans],
        "begin_ns": [now - before for now, before in zip(begins, [0, *begins], strict=False)],
        "for_ns": [_ns(each.end_s) - begin for each, begin in zip(spans, begins, strict=True)],
        "cycles": [each.end_cycles - each.begin_cycles for each in spans],
    }


def _ns(at_s: float) -> int:
    return round(at_s * 1e9)


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
    if len(points) <= POINTS_SHOWN:
        return list(points)
    size = -(-len(points) // POINTS_SHOWN)
    merged = []
    for begin in range(0, len(points), size):
        group = points[begin : begin + size]
        peak = max(
            group, key=lambda each: each.static_bytes + each.arena_bytes + each.heap_bytes + each.stack_bytes
        )
        merged.append(
            type(peak)(group[0].at_s, peak.static_bytes, peak.arena_bytes, peak.heap_bytes, peak.stack_bytes)
        )
    return merged


def _power(history: History) -> list[PowerPoint]:
    """Of many, the mean of each group of neighbours over its time: the energy stays the same."""
    points = history.power
    if len(points) <= POINTS_SHOWN:
        return list(points)
    size = -(-len(points) // POINTS_SHOWN)
    ends = [each.at_s for each in points[1:]] + [history.end_s]
    merged = []
    for begin in range(0, len(points), size):
        group = points[begin : begin + size]
        seconds = [end - each.at_s for each, end in zip(group, ends[begin : begin + size], strict=True)]
        states = list(dict.fromkeys(each.state for each in group))
        merged.append(
            type(group[0])(
                group[0].at_s,
                _mean([each.power_w for each in group], seconds),
                _mean([each.low_w for each in group], seconds),
                _mean([each.high_w for each in group], seconds),
                states[0] if len(states) == 1 else "mean of several states",
            )
        )
    return merged


def _mean(values: list[float], seconds: list[float]) -> float:
    total = sum(seconds)
    return (
        sum(value * time for value, time in zip(values, seconds, strict=True)) / total if total else values[0]
    )


def _short(value: float) -> float:
    return float(f"{value:.5g}")
