"""What a run says a trace should show: when an inference runs, how long, and in which power states."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from mcusim.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.recording.recording import Phase, Recording
    from mcusim.report.report import CurrentUse, Report

RUNNING = "run"
_LEAST_SHARE_RATIO = 0.01
"""A state with less of the time than this cannot be told from a trace."""


@dataclass(frozen=True, slots=True)
class ExpectedCall:
    """One modelled inference."""

    begin_s: float
    length_s: float
    shares: tuple[float, ...]
    """Of its time, per state of `Expected.states`; they sum to 1."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The pattern of a run."""

    calls: tuple[ExpectedCall, ...]
    states: tuple[CurrentUse, ...]
    """Power states within the calls."""
    idle_states: tuple[CurrentUse, ...]
    """Sleep states outside them."""

    @property
    def lengths_s(self) -> tuple[float, ...]:
        """How long each call takes."""
        return tuple(call.length_s for call in self.calls)

    @property
    def mean_length_s(self) -> float:
        """Mean over the calls."""
        return sum(self.lengths_s) / len(self.calls)


def expected_of(recording: Recording, report: Report) -> Expected:
    """The pattern that the run predicts.

    Raises:
        UsageError: there was no inference, or the board has no power model.
    """
    if report.energy is None:
        raise UsageError(
            f"board '{report.board}' has no power model to calibrate",
            why="a calibrated model is a copy of one with your currents in it",
            fix="name one with --power-model, or write one (power_models/README.md) with any run current",
        )
    stretches = _pin_stretches(recording) or [
        (call.begin_cycles, call.end_cycles, call.sleep_cycles) for call in recording.region_calls
    ]
    if not stretches:
        raise UsageError(
            f"'{report.inference.function}' was never called to its end",
            why="there is nothing to compare the trace with",
            fix="name the function that the trace shows with --roi FUNCTION, or run longer with --max-seconds",
        )
    states = report.energy.currents
    clock = _Clock(recording)
    calls = tuple(
        ExpectedCall(clock.seconds_at(begin), clock.seconds_at(end) - clock.seconds_at(begin), shares)
        for begin, end, sleep_cycles in stretches
        if (shares := clock.shares((begin, end), sleep_cycles, states))
    )
    return Expected(calls, states, _idle_states(report))


def _pin_stretches(recording: Recording) -> list[tuple[int, int, int]]:
    """High stretches of the first recorded pin; the share of sleep in them is not known."""
    edges = recording.pins[0].edges if recording.pins else ()
    return [(rise[0], fall[0], 0) for rise, fall in pairwise(edges) if rise[2] and not fall[2]]


def _idle_states(report: Report) -> tuple[CurrentUse, ...]:
    """Sleep states of the whole run that are not within the inferences, with a share that shows."""
    assert report.energy is not None
    inside = {_key(use): use.cycles for use in report.energy.currents}
    idle = [
        use
        for use in report.energy.states
        if use.activity not in (RUNNING, "wake_up") and use.cycles > inside.get(_key(use), 0)
    ]
    total_s = sum(_seconds(use) for use in idle)
    return tuple(use for use in idle if _seconds(use) >= _LEAST_SHARE_RATIO * total_s)


def _seconds(use: CurrentUse) -> float:
    return use.time_s or (use.cycles / use.clock_hz if use.clock_hz else 0.0)


def _key(use: CurrentUse) -> tuple[str, str, int, str, str, str]:
    return use.activity, use.execution, use.clock_hz, use.mode, use.regulator, use.voltage_range


class _Clock:
    """Cycles since reset as seconds, through all changes of the clock."""

    def __init__(self, recording: Recording) -> None:
        self._phases: Sequence[Phase] = recording.phases
        ends = [each.begin_cycles for each in self._phases[1:]]
        self._ends = [*ends, max(recording.total_cycles, self._phases[-1].begin_cycles + 1)]
        self._starts_s = [0.0]
        for phase, end in zip(self._phases, self._ends, strict=True):
            self._starts_s.append(self._starts_s[-1] + (end - phase.begin_cycles) / phase.clock_hz)

    def seconds_at(self, at_cycles: int) -> float:
        """Simulated time of a cycle count."""
        for phase, end, start_s in zip(self._phases, self._ends, self._starts_s, strict=False):
            if at_cycles < end:
                return start_s + (at_cycles - phase.begin_cycles) / phase.clock_hz
        last = self._phases[-1]
        return self._starts_s[-2] + (at_cycles - last.begin_cycles) / last.clock_hz

    def shares(
        self, stretch: tuple[int, int], sleep_cycles: int, states: Sequence[CurrentUse]
    ) -> tuple[float, ...]:
        """Which states a stretch was in, as shares of its time.

        The stretch's clocks are its own; how a clock's cycles divide into states is known of all calls together.
        """
        cycles_by_clock: dict[int, int] = {}
        for phase, end in zip(self._phases, self._ends, strict=True):
            inside = min(stretch[1], end) - max(stretch[0], phase.begin_cycles)
            if inside > 0:
                cycles_by_clock[phase.clock_hz] = cycles_by_clock.get(phase.clock_hz, 0) + inside
        length = max(stretch[1] - stretch[0], 1)
        times_s = [0.0] * len(states)
        for clock_hz, cycles in cycles_by_clock.items():
            sleeping = cycles * min(1.0, sleep_cycles / length)
            for part, is_running in ((cycles - sleeping, True), (sleeping, False)):
                members = [
                    place
                    for place, use in enumerate(states)
                    if use.clock_hz == clock_hz and (use.activity == RUNNING) == is_running
                ]
                total = sum(states[place].cycles for place in members)
                for place in members:
                    times_s[place] += part / clock_hz * states[place].cycles / total if total else 0.0
        total_s = sum(times_s)
        return tuple(each / total_s for each in times_s) if total_s else ()
