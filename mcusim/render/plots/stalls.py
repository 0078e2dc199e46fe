"""The picture of where the cycles went: by reason, of the whole run and of the functions that took most of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.comparison.words import reason_name
from mcusim.render.plots.picture import Axis, Bar, BarChart, NothingToDrawError, shortened
from mcusim.render.plots.titles import run_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.recorded.run import RecordedRun
    from mcusim.report.report import Report

    Reasons = tuple[tuple[str, int], ...]
    Parts = tuple[tuple[str, float], ...]

_FUNCTIONS_MAX = 16
_REASONS_MAX = 9
_LEAST_RATIO = 0.001
_OTHERS = "other reasons"
_LABEL_WIDTH = 36


def stalls_panels(run: RecordedRun) -> tuple[BarChart, ...]:
    """Two charts: shares in the whole run, and cycles of single functions.

    Raises:
        NothingToDrawError: nothing ran.
    """
    report = run.report
    active = sum(cycles for _, cycles in report.reasons)
    if active <= 0:
        raise NothingToDrawError(
            f"no cycles of {run_name(report)}",
            why="the run ended before the core did anything",
            fix="look at its end with mcusim report",
        )
    ranked = sorted(report.reasons, key=lambda pair: (-pair[1], pair[0]))
    named = [name for name, cycles in ranked[:_REASONS_MAX] if cycles > 0]
    order = (*(reason_name(name) for name in named), *((_OTHERS,) if len(ranked) > _REASONS_MAX else ()))

    def parts(reasons: Reasons, whole: float) -> Parts:
        return tuple(
            (reason_name(name) if name in named else _OTHERS, cycles / whole) for name, cycles in reasons
        )

    functions = _function_bars(report, lambda reasons: parts(reasons, 1.0))
    whole = Bar("whole run", parts(tuple(ranked), active / 100))
    more = len([each for each in report.functions if each.self_cycles > 0]) - len(functions)
    note = "cycles of a function without those of the functions it calls; reasons: docs/concepts/timing.md"
    return (
        BarChart(
            f"Why cycles passed: {run_name(report)}",
            Axis("share of the cycles awake in %", limits=(0.0, 100.0)),
            (whole,),
            order=order,
            has_legend=False,
        ),
        BarChart(
            f"{len(functions)} functions that took most" + (f", of {len(functions) + more}" if more else ""),
            Axis("cycles in the whole run", "cycles"),
            functions,
            note,
            order=order,
        ),
    )


def _function_bars(report: Report, parts_of: Callable[[Reasons], Parts]) -> tuple[Bar, ...]:
    """Of the functions that took most, but for those that one would not see."""
    active = sum(cycles for _, cycles in report.reasons)
    dearest = sorted(report.functions, key=lambda each: (-each.self_cycles, each.name))[:_FUNCTIONS_MAX]
    return tuple(
        Bar(
            shortened(words.short_name(each.name), _LABEL_WIDTH),
            parts_of(each.reasons),
            words=f"{each.self_cycles / active:.1%}",
        )
        for each in dearest
        if each.self_cycles >= _LEAST_RATIO * active or each is dearest[0]
    )
