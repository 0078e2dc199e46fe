"""What the markers say of the runs that a test has made: nothing, or the text of its failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.errors import McusimError, UsageError
from mcusim.pytest_plugin.budgets import overruns
from mcusim.pytest_plugin.failure import overrun_text
from mcusim.pytest_plugin.fixtures import BaselineJudge

if TYPE_CHECKING:
    from mcusim.pytest_plugin.budgets import Overrun
    from mcusim.pytest_plugin.fixtures import TestPlace
    from mcusim.pytest_plugin.markers import Marks
    from mcusim.pytest_plugin.options import Options
    from mcusim.pytest_plugin.state import State


def failures(marks: Marks, state: State | None, place: TestPlace, options: Options) -> str:
    """The text of the failure; empty: all markers are kept."""
    if state is None or not state.runs:
        error = UsageError(
            f"{marks.name} on a test that ran no firmware",
            where=place.nodeid,
            fix='call mcusim_run("firmware.elf", ...) in the test, or take the marker away',
        )
        return str(error)
    texts: list[str] = []
    if marks.tolerances is not None:
        texts += BaselineJudge(place, options, state).judge_all(marks.tolerances)
    texts += _over_budget(marks, state)
    if texts:
        state.headline = texts[0].splitlines()[0]
    return "\n\n".join(texts)


def _over_budget(marks: Marks, state: State) -> list[str]:
    """One text for each run that is over a budget, and one for each budget that cannot be looked at."""
    texts = []
    for done in state.different_runs():
        found: list[Overrun] = []
        for budget in marks.budgets:
            if budget.board in {None, done.report.board}:
                try:
                    found += overruns(budget, done.report)
                except McusimError as error:
                    texts.append(str(error))
        if found:
            texts.append(overrun_text(found, done.report))
    return texts
