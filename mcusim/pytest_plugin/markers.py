"""What the markers of a test ask for, read and checked before the test runs."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.pytest_plugin.budgets import Budget, budget_of
from mcusim.pytest_plugin.options import check_boards
from mcusim.pytest_plugin.tolerances import Tolerances, tolerances_of

if TYPE_CHECKING:
    import pytest

BUDGET, BASELINE = "mcusim_budget", "mcusim_baseline"


@dataclass(frozen=True, slots=True)
class Marks:
    """The markers of one test."""

    budgets: tuple[Budget, ...]
    tolerances: Tolerances | None
    """None: no baseline marker."""

    @property
    def name(self) -> str:
        """Of one of the markers; empty: there is none."""
        return BUDGET if self.budgets else (BASELINE if self.tolerances is not None else "")


def marks_of(item: pytest.Item) -> Marks:
    """The markers of a test; of several mcusim_baseline the nearest counts.

    Raises:
        McusimError: one of them is wrong.
    """
    budgets = tuple(budget_of(each.args, each.kwargs) for each in item.iter_markers(BUDGET))
    for each in budgets:
        if each.board is not None:
            check_boards((each.board,), BUDGET)
    mark = item.get_closest_marker(BASELINE)
    if mark is not None and mark.args:
        raise UsageError(
            f"{BASELINE} takes keywords only",
            why=f"it got {mark.args[0]!r}",
            fix=f"write @pytest.mark.{BASELINE} or {BASELINE}(cycles='1%')",
        )
    return Marks(budgets, None if mark is None else tolerances_of(mark.kwargs))


def update_command(nodeid: str) -> str:
    """What writes the baseline of a test."""
    return f"pytest {shlex.quote(nodeid)} --mcusim-update"
