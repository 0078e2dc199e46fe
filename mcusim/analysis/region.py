"""What of a recording belongs to the measured region: calls, time, cycles by phase and call node."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcusim.recording.recording import DeepSleep

if TYPE_CHECKING:
    from mcusim.analysis.functions import CallTree
    from mcusim.recording.recording import Phase, Recording

SLACK_CYCLES_PER_CALL = 16
"""A region's calls and its call nodes may count a refill at entry or return to either side."""


@dataclass(frozen=True, slots=True)
class Region:
    """The measured region, over all its calls."""

    calls_count: int
    """Completed calls."""
    total_cycles: int
    """Over the completed calls, sleep and interrupts included; of the unfinished one when none completed."""
    sleep_cycles: int
    phases: tuple[Phase, ...]
    """Of the whole run, one per setting (`merged_phases`)."""
    node_cycles: tuple[tuple[int, ...], ...]
    """Per phase, per call node: active cycles inside the region; see `has_handlers` for interrupts."""
    seconds_s: float
    """Simulated time of `total_cycles`."""
    has_unfinished: bool
    """The node cycles hold a call that had not ended when the run stopped."""
    has_handlers: bool
    """The node cycles hold interrupt handlers that ran in between (so in stretches, not in calls)."""
    other_tasks_cycles: int = 0
    """Of the `untraced_cycles`, those of other tasks."""
    inside: tuple[bool, ...] = ()
    """Per phase: it is part of the region, with all that happened in it; empty: the region is calls, in some phases."""

    @property
    def traced_cycles(self) -> int:
        """Active cycles that the call nodes account for."""
        return sum(map(sum, self.node_cycles))

    @property
    def nodes_scale_ratio(self) -> float:
        """What node cycles are multiplied with, so that an unfinished call does not inflate finished ones."""
        active = self.total_cycles - self.sleep_cycles
        traced = self.traced_cycles
        return min(1.0, active / traced) if traced else 1.0

    @property
    def untraced_cycles(self) -> int:
        """Active cycles of the region that its call nodes do not hold: interrupts, other tasks."""
        return max(0, self.total_cycles - self.sleep_cycles - self.traced_cycles)

    @property
    def is_measured(self) -> bool:
        """The firmware reached the region."""
        return self.total_cycles > 0


def measured_region(recording: Recording, tree: CallTree, region_addrs: frozenset[int]) -> Region:
    """The region that the recording names, by its kind: a function's calls, stretches, or the whole run.

    `region_addrs` are the addresses that the image's symbols give the region's name: a function may have
    several names (aliases, mangled and demangled), of which the recording shows one.
    """
    phases = merged_phases(recording.phases)
    if recording.region_kind == "whole":
        return _stretch(recording, phases, [True] * len(phases), calls_count=1)
    if recording.region_kind == "pair":
        inside = [phase.in_region for phase in phases]
        return _stretch(recording, phases, inside, calls_count=recording.region_calls_count)
    return _function_region(recording, phases, tree.below(_watched_functions(recording, region_addrs)))


def merged_phases(phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """One phase per clock, flash and power setting and side of the region, in the order of their first appearance.

    A stretch of --roi-begin/--roi-end that is passed a thousand times cuts the run into two thousand phases.
    """
    groups: dict[tuple[object, ...], list[Phase]] = {}
    for each in phases:
        flash = (each.flash_wait_cycles, each.is_prefetch_on, each.is_instruction_cache_on)
        groups.setdefault((each.clock_hz, *flash, each.in_region, each.power), []).append(each)
    return tuple(
        replace(
            group[0],
            active_cycles=sum(each.active_cycles for each in group),
            sleep_cycles=sum(each.sleep_cycles for each in group),
            stop_cycles=sum(each.stop_cycles for each in group),
            node_cycles=tuple(map(sum, zip(*(each.node_cycles for each in group), strict=True))),
            deep=_merged_deep(group),
        )
        for group in groups.values()
    )


def _merged_deep(phases: list[Phase]) -> tuple[DeepSleep, ...]:
    """One entry per deep sleep mode, in the order of their first appearance."""
    modes: dict[tuple[str, bool], DeepSleep] = {}
    for each in (each for phase in phases for each in phase.deep):
        key = (each.mode, each.is_standby)
        sofar = modes.get(key, DeepSleep(*key, 0, 0, 0))
        modes[key] = replace(
            sofar,
            cycles=sofar.cycles + each.cycles,
            wakes_count=sofar.wakes_count + each.wakes_count,
            wake_cycles=sofar.wake_cycles + each.wake_cycles,
        )
    return tuple(modes.values())


def _watched_functions(recording: Recording, region_addrs: frozenset[int]) -> frozenset[int]:
    return frozenset(
        index
        for index, function in enumerate(recording.functions)
        if function.name == recording.region_name or function.addr in region_addrs
    )


def _stretch(
    recording: Recording, phases: tuple[Phase, ...], inside: list[bool], *, calls_count: int
) -> Region:
    chosen = [phase for phase, is_inside in zip(phases, inside, strict=True) if is_inside]
    cycles = sum(phase.total_cycles for phase in chosen)
    seconds = sum(phase.total_cycles / phase.clock_hz for phase in chosen)
    completed = recording.region_cycles if calls_count and recording.region_kind == "pair" else cycles
    completed = min(completed, cycles) or cycles
    share = completed / cycles if cycles else 1.0
    sleep = sum(phase.total_cycles - phase.active_cycles for phase in chosen)
    return Region(
        calls_count=calls_count,
        total_cycles=completed,
        sleep_cycles=round(sleep * share),
        phases=phases,
        node_cycles=tuple(
            phase.node_cycles if is_inside else (0,) * len(phase.node_cycles)
            for phase, is_inside in zip(phases, inside, strict=True)
        ),
        seconds_s=seconds * share,
        has_unfinished=calls_count == 0 or cycles > completed + SLACK_CYCLES_PER_CALL * calls_count,
        has_handlers=True,
        inside=tuple(inside),
    )


def _function_region(recording: Recording, phases: tuple[Phase, ...], below: tuple[bool, ...]) -> Region:
    node_cycles = tuple(
        tuple(cycles if is_in else 0 for cycles, is_in in zip(phase.node_cycles, below, strict=True))
        for phase in phases
    )
    traced = sum(map(sum, node_cycles))
    if recording.region_calls_count == 0:
        seconds = sum(sum(own) / phase.clock_hz for own, phase in zip(node_cycles, phases, strict=True))
        return Region(
            calls_count=0,
            total_cycles=traced,
            sleep_cycles=0,
            phases=phases,
            node_cycles=node_cycles,
            seconds_s=seconds,
            has_unfinished=traced > 0,
            has_handlers=False,
        )
    listed = sum(call.end_cycles - call.begin_cycles for call in recording.region_calls)
    scale = recording.region_cycles / listed if listed else 1.0
    sleep = round(scale * sum(call.sleep_cycles for call in recording.region_calls))
    slack = SLACK_CYCLES_PER_CALL * recording.region_calls_count
    return Region(
        calls_count=recording.region_calls_count,
        total_cycles=recording.region_cycles,
        sleep_cycles=sleep,
        phases=phases,
        node_cycles=node_cycles,
        seconds_s=_seconds_of_calls(recording, scale) if listed else _seconds_at_main_clock(recording),
        has_unfinished=traced > recording.region_cycles - sleep + slack,
        has_handlers=False,
        other_tasks_cycles=recording.region_other_tasks_cycles,
    )


def _seconds_of_calls(recording: Recording, scale: float) -> float:
    """Time of the listed calls, each stretch at the clock it ran at, scaled to all calls."""
    phases = recording.phases
    ends = [phase.begin_cycles for phase in phases[1:]] + [max(recording.total_cycles, 1)]
    seconds = 0.0
    first = 0
    for call in recording.region_calls:
        while first + 1 < len(phases) and ends[first] <= call.begin_cycles:
            first += 1
        for index in range(first, len(phases)):
            if phases[index].begin_cycles >= call.end_cycles:
                break
            begin = max(call.begin_cycles, phases[index].begin_cycles)
            seconds += max(0, min(call.end_cycles, ends[index]) - begin) / phases[index].clock_hz
    return seconds * scale


def _seconds_at_main_clock(recording: Recording) -> float:
    """For a recording that counted the calls but listed none."""
    longest = max(recording.phases, key=lambda phase: phase.total_cycles, default=None)
    return recording.region_cycles / longest.clock_hz if longest else 0.0


def main_clock_hz(region: Region, default_hz: int) -> int:
    """The clock that most of the region (of the run, when the region was not reached) ran at."""
    weights = [sum(own) for own in region.node_cycles]
    if not any(weights):
        weights = [phase.total_cycles for phase in region.phases]
    if not weights:
        return default_hz
    cycles_by_clock: dict[int, int] = {}
    for weight, phase in zip(weights, region.phases, strict=True):
        cycles_by_clock[phase.clock_hz] = cycles_by_clock.get(phase.clock_hz, 0) + weight
    return max(sorted(cycles_by_clock), key=lambda clock_hz: cycles_by_clock[clock_hz])
