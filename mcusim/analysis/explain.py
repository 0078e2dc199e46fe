"""Why a function costs what it costs: its blocks, instruction by instruction, with counts and reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.analysis.functions import CallTree
from mcusim.errors import UsageError
from mcusim.report.explanation import ExplainedBlock, ExplainedInstruction, Explanation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mcusim.recording.recording import ExecutedInstruction, Recording
    from mcusim.report.explanation import Reasons

NO_INSTRUCTION = "exception"
"""Cycles of a function that belong to none of its instructions: entry and return of the exceptions it handles."""


def reasons_by_function(recording: Recording) -> dict[int, Reasons]:
    """Cycles of each function by reason, index as in `recording.functions`; they sum to its self cycles.

    What its instructions do not account for is exception entry and return, except in code that no symbol covers: that
    is charged to the function it runs in, and shows here as the same remainder.
    """
    sums: dict[int, dict[str, int]] = {}
    for each in recording.instructions:
        totals = sums.setdefault(each.function_index, {})
        for reason, cycles in each.reasons:
            totals[reason] = totals.get(reason, 0) + cycles
    found = {}
    for index, function in CallTree(recording).by_function().items():
        totals = sums.get(index, {})
        rest = function.self_cycles - sum(totals.values())
        if rest:
            totals[NO_INSTRUCTION] = totals.get(NO_INSTRUCTION, 0) + rest
        found[index] = tuple(sorted(totals.items(), key=lambda pair: (-pair[1], pair[0])))
    return found


def explain(recording: Recording, name: str, addr: int, source_at: Callable[[int], str]) -> Explanation:
    """The function that starts at `addr`, called `name` in messages.

    Raises:
        UsageError: it never ran.
    """
    own = [
        index for index, each in enumerate(recording.functions) if each.addr == addr and each.host_index < 0
    ]
    inlined = [index for index, each in enumerate(recording.functions) if each.host_index in own]
    wanted = [*own, *inlined]  # layers that are told apart in the call tree are still its instructions
    costs = CallTree(recording).by_function()
    instructions = [each for each in recording.instructions if each.function_index in wanted]
    if not instructions:
        raise UsageError(
            f"'{name}' never ran",
            why="nothing can be said about instructions that were not executed",
            fix="`mcusim run --json FILE` lists the functions that ran; the compiler may have inlined this one, or "
            "the run may have ended before it was called",
        )
    by_function = reasons_by_function(recording)
    totals: dict[str, int] = {}
    for index in wanted:
        for reason, cycles in by_function.get(index, ()):
            totals[reason] = totals.get(reason, 0) + cycles
    return Explanation(
        function=recording.functions[wanted[0]].name,
        source_file=recording.functions[wanted[0]].source_file,
        calls_count=sum(costs[index].calls_count for index in own if index in costs),
        self_cycles=sum(costs[index].self_cycles for index in wanted if index in costs),
        run_cycles=recording.total_cycles - recording.sleep_cycles,
        reasons=tuple(sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))),
        blocks=tuple(_blocks(instructions, {each.addr for each in recording.blocks}, source_at)),
    )


def _blocks(
    instructions: list[ExecutedInstruction], starts: set[int], source_at: Callable[[int], str]
) -> Iterable[ExplainedBlock]:
    """A block ends before a place that is entered from elsewhere, or where the count changes."""
    current: list[ExecutedInstruction] = []
    for each in instructions:
        last = current[-1] if current else None
        is_next = last is not None and last.addr + last.size_bytes == each.addr and last.count == each.count
        if current and (not is_next or each.addr in starts):
            yield _block(current, source_at)
            current = []
        current.append(each)
    if current:
        yield _block(current, source_at)


def _block(instructions: list[ExecutedInstruction], source_at: Callable[[int], str]) -> ExplainedBlock:
    first = instructions[0]
    cycles = sum(each.cycles for each in instructions)
    shown = tuple(
        ExplainedInstruction(each.addr, each.text, each.count, each.cycles, each.reasons)
        for each in instructions
    )
    return ExplainedBlock(first.addr, first.count, cycles, source_at(first.addr), shown)
