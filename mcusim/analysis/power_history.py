"""Supply power over time: what each stretch of running and sleeping draws; its integral is the run's energy.

While the core runs, power is the mean over the code of one phase (one clock, flash setting and power setting): what
code ran when is not recorded. Where sleep or phases are not known to the cycle, what is left of each phase is drawn
at its mean, one phase after the other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcusim.report.history import PowerPoint
from mcusim.units import exact_mhz

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mcusim.analysis.activity import Activities, StateCycles
    from mcusim.analysis.clock import Clock
    from mcusim.analysis.energy import EnergyMeter
    from mcusim.recording.recording import Recording
    from mcusim.report.quantity import Band

_PLACES = {
    "flash": " from flash",
    "flash_prefetch": " from flash with prefetch",
    "flash_uncached": " from uncached flash",
    "ram": " from RAM",
    "tcm": " from tightly coupled RAM",
}
_MEAN = "mean"
_Key = tuple[int, str]
"""A phase, and what the core did in it: a name of sleep, or nothing for running."""


@dataclass(frozen=True, slots=True)
class _Piece:
    begin_cycles: int
    end_cycles: int
    key: _Key


def power_points(
    recording: Recording, activities: Activities, meter: EnergyMeter, clock: Clock
) -> tuple[tuple[PowerPoint, ...], bool]:
    """The points, and whether they are known to the cycle; neighbours differ."""
    spent = [activities.of_phase(phase) for phase in recording.phases]
    pieces = list(_known_pieces(recording))
    drawn = _drawn(pieces)
    if not _is_within(
        drawn, spent
    ):  # the timeline and the phases disagree: then only the phases are believed
        pieces, drawn = [], {}
    left = list(_left(spent, drawn))
    stretches = [*_known(pieces, spent), *_means(left, pieces[-1].end_cycles if pieces else 0)]
    points: list[PowerPoint] = []
    powers: dict[_Key, Band] = {}
    for begin_cycles, key, cycles in stretches:
        if key not in powers:
            powers[key] = meter.power_w(cycles)
        band = powers[key]
        point = PowerPoint(
            clock.seconds_at(begin_cycles), band.value, band.low, band.high, _text(key[1], cycles)
        )
        if not points or replace(point, at_s=points[-1].at_s) != points[-1]:
            points.append(point)
    return tuple(points), not left


def _known_pieces(recording: Recording) -> Iterator[_Piece]:
    """The run cut where it comes to another phase, falls asleep or wakes up, as far as the timeline tells."""
    timeline = recording.timeline
    begins = [each.begin_cycles for each in timeline.phases]
    ends = [*begins, recording.total_cycles][1:]  # none of a recording without a timeline
    sleeps = [each for each in timeline.spans if each.kind == "sleep"]
    first = 0
    for phase, begin_cycles, whole_end_cycles in zip(timeline.phases, begins, ends, strict=True):
        at_cycles, end_cycles = begin_cycles, min(whole_end_cycles, timeline.known_until_cycles)
        while first < len(sleeps) and sleeps[first].end_cycles <= begin_cycles:
            first += 1
        for sleep in sleeps[first:]:
            if sleep.begin_cycles >= end_cycles:
                break
            yield from _piece(at_cycles, sleep.begin_cycles, (phase.phase_index, ""))
            at_cycles = min(sleep.end_cycles, end_cycles)
            yield from _piece(
                max(sleep.begin_cycles, begin_cycles), at_cycles, (phase.phase_index, sleep.name)
            )
        yield from _piece(at_cycles, end_cycles, (phase.phase_index, ""))


def _piece(begin_cycles: int, end_cycles: int, key: _Key) -> Iterator[_Piece]:
    if end_cycles > begin_cycles:
        yield _Piece(begin_cycles, end_cycles, key)


def _drawn(pieces: Iterable[_Piece]) -> dict[_Key, int]:
    cycles: dict[_Key, int] = {}
    for each in pieces:
        cycles[each.key] = cycles.get(each.key, 0) + each.end_cycles - each.begin_cycles
    return cycles


def _is_within(drawn: dict[_Key, int], spent: Sequence[dict[str, StateCycles]]) -> bool:
    """Nothing was drawn that the phases do not hold."""
    return all(cycles <= sum(spent[phase].get(name, {}).values()) for (phase, name), cycles in drawn.items())


def _left(
    spent: Sequence[dict[str, StateCycles]], drawn: dict[_Key, int]
) -> Iterator[tuple[int, StateCycles]]:
    """What the known pieces do not hold, by phase."""
    for phase, by_name in enumerate(spent):
        left: StateCycles = {}
        for name, states in by_name.items():
            whole_cycles = sum(states.values())
            rest_cycles = whole_cycles - drawn.get((phase, name), 0)
            for state, cycles in states.items():
                if rest_cycles and cycles:
                    left[state] = left.get(state, 0.0) + cycles * rest_cycles / whole_cycles
        if left:
            yield phase, left


def _known(
    pieces: Iterable[_Piece], spent: Sequence[dict[str, StateCycles]]
) -> Iterator[tuple[int, _Key, StateCycles]]:
    for each in pieces:
        yield each.begin_cycles, each.key, spent[each.key[0]][each.key[1]]


def _means(
    left: Iterable[tuple[int, StateCycles]], from_cycles: int
) -> Iterator[tuple[int, _Key, StateCycles]]:
    at_cycles = float(from_cycles)
    for phase, states in left:
        yield round(at_cycles), (phase, _MEAN), states
        at_cycles += sum(states.values())


def _text(name: str, cycles: StateCycles) -> str:
    """Sleep has a name of its own; of the memories that code ran from, the one with most cycles is told."""
    if name not in ("", _MEAN):
        return name
    state = max(cycles, key=lambda each: (cycles[each], each.execution.value))
    clock = exact_mhz(state.clock_hz)
    if name == _MEAN:
        return f"mean at {clock}"
    return f"run{_PLACES.get(state.execution.value, '')}, {clock}"
