"""What each source line of each function cost, and each place in the calls, in whole events that sum to the run's.

Known exactly: cycles, seconds and joules of a place; cycles, executions and reasons of an instruction. Shared out by
cycles: seconds and joules of a function over its lines, executions and reasons of a function over its places.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.render.exports.profile_frames import (
    UNKNOWN_CODE,
    FunctionFrames,
    frame_tree,
    shared_out,
    whole_units,
)
from mcusim.report.profile import FUNCTION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcusim.recorded.run import RecordedRun
    from mcusim.recording.recording import ExecutedInstruction
    from mcusim.render.exports.profile_frames import FrameTree

CYCLES, INSTRUCTIONS, TIME, ENERGY = "Cycles", "Instructions", "Time_ns", "Energy_pJ"
_NS_PER_S, _PJ_PER_J = 10**9, 10**12
_NO_INSTRUCTION = "exception"
Events = Counter[str]
Line = tuple[str, int]
"""A file and a line of it; "" and 0: unknown."""


@dataclass(frozen=True, slots=True)
class LineCosts:
    """Of a run, by index into the frames and the places of its tree."""

    tree: FrameTree
    events: tuple[str, ...]
    of_frames: tuple[dict[Line, Events], ...]
    """Self cost of each frame by line."""
    of_places: tuple[Events, ...]
    """Self cost of each place. Those of a frame sum to its lines'."""


def line_costs(run: RecordedRun) -> LineCosts:
    """The costs of a run by line and by place."""
    tree = frame_tree(run)
    lines = _instructions(run, tree)
    places_of: list[list[int]] = [[] for _ in tree.frames]
    for index, place in enumerate(tree.places):
        places_of[place.frame_index].append(index)
    of_places: list[Events] = [Counter({CYCLES: each.self_cycles}) for each in tree.places]
    _add_column(of_places, TIME, whole_units((each.self_s for each in tree.places), _NS_PER_S))
    if tree.has_energy:
        _add_column(of_places, ENERGY, whole_units((each.self_j for each in tree.places), _PJ_PER_J))
    selves = [_total(of_places[index] for index in own) for own in places_of]
    _add_rest(run, tree, lines, selves)
    for own_lines, own_places, own in zip(lines, places_of, selves, strict=True):
        _fit_to(own, own_lines)
        _spread([of_places[index] for index in own_places], own_lines.values())
    known = {event for own in lines for each in own.values() for event, count in each.items() if count}
    units = [CYCLES, INSTRUCTIONS, TIME, *([ENERGY] if tree.has_energy else [])]
    reasons = [reason for reason, _ in run.recording.reason_cycles if reason in known]
    return LineCosts(tree, (*units, *reasons), tuple(lines), tuple(of_places))


def _add_column(rows: Sequence[Events], event: str, values: Iterable[int]) -> None:
    for row, value in zip(rows, values, strict=True):
        row[event] = value


def _total(rows: Iterable[Events]) -> Events:
    total: Events = Counter()
    for each in rows:
        total.update(each)
    return total


def _instructions(run: RecordedRun, tree: FrameTree) -> list[dict[Line, Events]]:
    """Cycles, executions and reasons of the instructions of each frame, by line."""
    names = FunctionFrames(run)
    frame_of = [names.frame_of(each).name for each in run.recording.functions]
    index_of = {each.name: index for index, each in enumerate(tree.frames) if each.kind == FUNCTION}
    line_of = {
        each.addr: (run.sources.files[each.file_index], each.line_number) for each in run.sources.lines
    }
    lines: list[dict[Line, Events]] = [{} for _ in tree.frames]
    for each in run.recording.instructions:
        name = frame_of[each.function_index] if each.function_index >= 0 else UNKNOWN_CODE
        frame = index_of.get(name)
        if frame is not None:
            own = tree.frames[frame]
            line = line_of.get(each.addr, (own.file, own.line_number))
            lines[frame].setdefault(line, Counter()).update(_events_of(each))
    return lines


def _events_of(instruction: ExecutedInstruction) -> Events:
    """Without negative reasons, which correct the others: tools know no negative costs."""
    events = Counter({reason: cycles for reason, cycles in instruction.reasons if cycles > 0})
    surplus = -sum(cycles for _, cycles in instruction.reasons if cycles < 0)
    for reason in sorted(events, key=lambda each: -events[each]):
        taken = min(surplus, events[reason])
        events[reason] -= taken
        surplus -= taken
    events[CYCLES] = instruction.cycles
    events[INSTRUCTIONS] = instruction.count
    return events


def _add_rest(
    run: RecordedRun, tree: FrameTree, lines: Sequence[dict[Line, Events]], selves: Sequence[Events]
) -> None:
    """Cycles of a function that belong to none of its instructions (exception entry and return), at its first line."""
    rests = [
        max(0, own[CYCLES] - sum(each[CYCLES] for each in by_line.values())) if frame.kind == FUNCTION else 0
        for frame, by_line, own in zip(tree.frames, lines, selves, strict=True)
    ]
    told = sum(dict(each.reasons).get(_NO_INSTRUCTION, 0) for each in run.recording.instructions)
    untold = max(0, dict(run.recording.reason_cycles).get(_NO_INSTRUCTION, 0) - told)
    for frame, by_line, rest, share in zip(tree.frames, lines, rests, shared_out(untold, rests), strict=True):
        if rest:
            first = by_line.setdefault((frame.file, frame.line_number), Counter())
            first.update({CYCLES: rest, _NO_INSTRUCTION: share})


def _fit_to(own: Events, lines: dict[Line, Events]) -> None:
    """Let the lines of a frame sum to its self cost in cycles, time and energy."""
    if not lines and any(own.values()):
        lines[("", 0)] = Counter({CYCLES: own[CYCLES]})
    rows = list(lines.values())
    weights = [each[CYCLES] for each in rows]
    if sum(weights) != own[CYCLES]:
        # Without symbols, a jump may be into what only the call tree knows to be a function of its own.
        _add_column(rows, CYCLES, shared_out(own[CYCLES], weights))
    for event in (TIME, ENERGY):
        _add_column(rows, event, shared_out(own[event], weights))


def _spread(places: Sequence[Events], lines: Iterable[Events]) -> None:
    """Give the places of a frame their shares of what is known of its lines alone."""
    totals = _total(lines)
    weights = [each[CYCLES] for each in places]
    for event in totals.keys() - {CYCLES, TIME, ENERGY}:
        _add_column(places, event, shared_out(totals[event], weights))
