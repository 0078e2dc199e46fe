"""The picture of what is in flash and RAM: sections of the firmware, stacks and heap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render.plots.picture import Axis, Bar, BarChart, NothingToDrawError, shortened
from mcusim.render.plots.titles import run_name
from mcusim.units import size

if TYPE_CHECKING:
    from mcusim.recorded.run import RecordedRun
    from mcusim.report.report import Ram

_KIB = 1024
_LABEL_WIDTH = 30
_ROWS_MAX = 24


def memory_panels(run: RecordedRun) -> tuple[BarChart, ...]:
    """Flash above, RAM below; the largest part first.

    Raises:
        NothingToDrawError: neither is used.
    """
    report = run.report
    flash = [(each.name, each.size_bytes) for each in report.flash.sections]
    if not flash and not report.ram.sections:
        raise NothingToDrawError(
            f"no sections are known of {run_name(report)}",
            why="the firmware's file does not say what is where",
            fix="record a run of the ELF file that it was made from",
        )
    used, peak = report.flash.used_bytes, report.ram.peak_bytes
    return (
        _chart(f"Memory: {run_name(report)}", f"flash, {size(used)} of", report.flash.available_bytes, flash),
        _chart("", f"RAM, at most {size(peak)} of", report.ram.available_bytes, _ram_rows(report.ram)),
    )


def _ram_rows(ram: Ram) -> list[tuple[str, int]]:
    rows = [(each.name, each.size_bytes) for each in ram.sections]
    rows += [(f"stack: {each.name}", each.used_bytes) for each in ram.stacks if not each.is_in_static]
    return [*rows, ("heap", ram.peak_heap_bytes)]


def _chart(title: str, what: str, available_bytes: int, rows: list[tuple[str, int]]) -> BarChart:
    largest = sorted((each for each in rows if each[1] > 0), key=lambda each: (-each[1], each[0]))
    shown, rest = largest[:_ROWS_MAX], largest[_ROWS_MAX:]
    shown += [(f"{len(rest)} smaller ones", sum(amount for _, amount in rest))] if rest else []
    bars = tuple(
        Bar(
            shortened(name, _LABEL_WIDTH),
            ((what, amount / _KIB),),
            words=size(amount) + (f", {amount / available_bytes:.1%}" if available_bytes else ""),
        )
        for name, amount in shown
    )
    return BarChart(title, Axis(f"{what} {size(available_bytes)}, in KiB"), bars)
