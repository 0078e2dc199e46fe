"""A core without some of its stalls, for what-if runs: the static cycles of a reason are not charged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from mcusim.errors import UsageError
from mcusim.timing.cost import BlockContext, BlockCost, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.isa.instruction import Instruction
    from mcusim.timing.cost import CostModel
    from mcusim.timing.reasons import Reasons

_FIRST_AT_RUN_TIME = Reason.FLASH_FETCH
_WORK = {Reason.ISSUE, Reason.MULTI_CYCLE, Reason.IT_SKIPPED, Reason.CONDITION}
"""What instructions do rather than wait for."""
IGNORABLE = {each.name.lower().replace("_", "-"): each for each in Reason if each not in _WORK}
"""The stalls that a run may leave out, by the name that users type."""


def reason_named(text: str) -> Reason:
    """The reason that a user calls `text`.

    Raises:
        UsageError: there is none, or it cannot be left out.
    """
    if text not in IGNORABLE:
        raise UsageError(
            f"there is no stall '{text}' to ignore",
            why=f"the stalls are {', '.join(IGNORABLE)}",
            fix="name one of them; the report's 'reasons' say how many cycles each took",
        )
    return IGNORABLE[text]


def without_reasons(model: CostModel, reasons: Iterable[Reason]) -> CostModel:
    """`model` as if these static stalls did not exist; stalls that only a run can show are not its business."""
    ignored = frozenset(reasons)
    return cast("CostModel", _Ignoring(model, ignored)) if ignored else model


def run_time_mask(reasons: Iterable[Reason]) -> int:
    """Bit n for each reason n among them that the native core adds at run time."""
    return sum(1 << reason for reason in frozenset(reasons) if reason >= _FIRST_AT_RUN_TIME)


class _Ignoring:
    """A cost model whose every other answer is that of the model behind it."""

    def __init__(self, model: CostModel, ignored: frozenset[Reason]) -> None:
        self._model = model
        self._ignored = ignored

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def block_cost(
        self, previous: tuple[Instruction, ...], block: tuple[Instruction, ...], context: BlockContext
    ) -> BlockCost:
        """The model's cost without the ignored reasons."""
        cost = self._model.block_cost(previous, block, context)
        pairs = zip(cost.instruction_cycles, cost.reasons, strict=True)
        return replace(
            cost,
            tail_cycles=cost.tail_cycles - self._ignored_cycles(cost.tail_reasons),
            instruction_cycles=tuple(cycles - self._ignored_cycles(reasons) for cycles, reasons in pairs),
            reasons=tuple(self._kept(each) for each in cost.reasons),
            tail_reasons=self._kept(cost.tail_reasons),
            mispredict_saved_cycles=cost.mispredict_saved_cycles,
        )

    def small_operands_saved(self, instruction: Instruction) -> tuple[int, int]:
        """As the core's: the cycles of a multiply are work, which is never ignored."""
        return self._model.small_operands_saved(instruction)

    def skipped_cycles_saved(self, instruction: Instruction) -> int:
        """A skipped load does not save a stall that was not charged."""
        (reasons,) = self._model.block_cost((), (instruction,), BlockContext()).reasons
        return max(0, self._model.skipped_cycles_saved(instruction) - self._ignored_cycles(reasons))

    def _ignored_cycles(self, reasons: Reasons) -> int:
        return sum(cycles for reason, cycles in reasons if reason in self._ignored)

    def _kept(self, reasons: Reasons) -> Reasons:
        return tuple((reason, cycles) for reason, cycles in reasons if reason not in self._ignored)
