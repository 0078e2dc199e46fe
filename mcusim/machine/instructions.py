"""What each instruction cost in a run and why: memoised costs times their counts, and what was added at run time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcusim.recording.recording import ExecutedInstruction
from mcusim.timing.cost import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.isa.instruction import Instruction
    from mcusim.machine.machine import Machine


@dataclass(slots=True)
class _Sum:
    """An instruction and its cycles so far."""

    instruction: Instruction
    function_index: int
    count: int = 0
    cycles: dict[Reason, int] = field(default_factory=dict)

    def add(self, reasons: Iterable[tuple[Reason, int]], times: int = 1) -> None:
        for reason, cycles in reasons:
            self.cycles[reason] = self.cycles.get(reason, 0) + times * cycles


_Sums = dict[tuple[int, str, int], _Sum]
"""By address and text, since firmware may replace its code; and by function, since code inlined in another function
may begin in the middle of a block."""


def executed_instructions(machine: Machine) -> tuple[ExecutedInstruction, ...]:
    """Every instruction that ran, by address; code that replaced other code there has its own entries."""
    sums: _Sums = {}
    for previous, index, count, _, _ in machine.core.edges():
        if not count:
            continue
        cost = machine.filler.costs[previous, index]
        block = _sums_of(machine, index, sums)
        for each, reasons in zip(block, cost.reasons, strict=True):
            each.count += count
            each.add(reasons, count)
        is_known = previous < len(machine.filler.blocks)
        # A tail is the refill after the previous block's branch: it belongs to that branch.
        (_sums_of(machine, previous, sums)[-1] if is_known else block[0]).add(cost.tail_reasons, count)
    for index in range(len(machine.filler.blocks)):
        _add_charges(machine, index, sums)
    return tuple(
        ExecutedInstruction(
            addr=each.instruction.addr,
            size_bytes=each.instruction.size_bytes,
            text=each.instruction.text,
            function_index=each.function_index,
            count=each.count,
            reasons=tuple(
                (reason.name.lower(), each.cycles[reason]) for reason in Reason if each.cycles.get(reason)
            ),
        )
        for _, each in sorted(sums.items())
    )


def _sums_of(machine: Machine, index: int, sums: _Sums) -> list[_Sum]:
    block = machine.filler.blocks[index]
    found = []
    for each in block.instructions:
        owner = _function_index(machine, each, block.function_index)
        key = each.addr, each.text, owner
        if key not in sums:
            sums[key] = _Sum(each, owner)
        found.append(sums[key])
    return found


def _function_index(machine: Machine, instruction: Instruction, block_index: int) -> int:
    """Its own function's: a block may run on from one function into the next.

    Code without a symbol is taken to belong to the function before it, as compilers lay functions out. Inlined code is
    counted by whole blocks, as the native core does.
    """
    index = machine.functions.owner_at(instruction.addr)
    return block_index if index < 0 or machine.functions.host_of(block_index) == index else index


def _add_charges(machine: Machine, index: int, sums: _Sums) -> None:
    """What fetches, data and operands cost at run time; a charge belongs to the instruction at its offset."""
    charges = machine.core.block_charges(index)
    if not charges:
        return
    owners = [
        each for each in _sums_of(machine, index, sums) for _ in range(each.instruction.size_bytes // 2)
    ]
    for offset_halfwords, reason, cycles in charges:
        owners[min(offset_halfwords, len(owners) - 1)].add([(Reason(reason), cycles)])
