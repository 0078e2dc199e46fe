"""What a failing check says: the kernel, the change and its reason in the first line, the worst five below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render import words as report_words
from mcusim.render.comparison import words
from mcusim.report.comparison import SAME
from mcusim.units import grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.pytest_plugin.budgets import Overrun
    from mcusim.pytest_plugin.check import Baseline, Excess
    from mcusim.report.comparison import Change, Difference, RowChange
    from mcusim.report.report import Report

_ROWS_SHOWN = 5
_CYCLES = "cycles"
_PLAIN_NAMES = {
    "cycles_min": "shortest call",
    "cycles_max": "longest call",
    "stack_bytes": "stack",
    "heap_bytes": "heap",
    "static_bytes": "static RAM",
}


def changed_text(found: Excess, baseline: Baseline, *, is_refused_gain: bool) -> str:
    """A run that differs from its baseline."""
    comparison = found.comparison
    rows = _moved(comparison.kernels)
    lines = [_headline(found, rows), ""]
    lines.append(f"{comparison.new.title} on {comparison.new.board}, against {baseline.label}")
    lines += [f"  {_difference(each)}" for each in comparison.differences]
    lines += ["", *_totals(found)]
    if rows:
        lines += ["", "Kernels that changed, per call of the measured region:", *_rows(rows)]
    layers = [each for each in comparison.layers if each.delta_cycles]
    if layers:
        lines += ["", "Layers that changed:", *_rows(sorted(layers, key=lambda each: -each.delta_cycles))]
    sections = [each for each in comparison.sections if each.delta_bytes]
    if sections and any(each.unit == "bytes" for each in found.totals):
        lines += ["", "Sections that changed:"]
        lines += [
            f"  {each.memory} {each.name}: {words.delta(each.delta_bytes, 'bytes')} "
            f"({grouped(each.old_bytes)} → {grouped(each.new_bytes)})"
            for each in sorted(sections, key=lambda one: (-abs(one.delta_bytes), one.name))[:_ROWS_SHOWN]
        ]
    lines.append("")
    if is_refused_gain:
        lines.append("It got better. A baseline that is too high would hide the next loss, so it fails too;")
        lines.append("better='pass' in the marker, or mcusim_better = pass in the ini file, lets it through.")
    lines.append(f"If this is what you want: {baseline.command}")
    return "\n".join(lines)


def incomparable_text(differences: Sequence[Difference], baseline: Baseline) -> str:
    """A baseline that was made under other conditions."""
    kinds = ", ".join(each.kind for each in differences)
    lines = [f"not comparable with its baseline: other {kinds}", f"  at: {baseline.label}"]
    lines += [f"  because: {_difference(each)}" for each in differences]
    lines.append(f"  fix: run it as the baseline was made, or make a new one: {baseline.command}")
    return "\n".join(lines)


def overrun_text(found: Sequence[Overrun], report: Report) -> str:
    """Budgets that a run does not keep."""
    worst = max(found, key=lambda each: each.found_ratio)
    others = [each for each in found if each is not worst]
    lines = [f"over budget: {worst.text}", *(f"also: {each.text}" for each in others), ""]
    lines.append(report_words.title(report))
    if any(each.quantity in {"cycles", "latency_ms", "energy_uj"} for each in found):
        lines += ["", "Dearest kernels, per call of the measured region:", *_dearest(report)]
    if any(each.quantity.endswith("_bytes") for each in found):
        lines += ["", f"Peak RAM {report_words.ram(report.ram)}", f"Flash    {report_words.flash(report)}"]
    return "\n".join(lines)


def _headline(found: Excess, rows: Sequence[RowChange]) -> str:
    """The kernel that explains most; where none does, the number that changed."""
    cycles = found.comparison.total(_CYCLES)
    is_about_cycles = bool(found.layers or found.kernels) or any(
        each.unit == _CYCLES for each in found.totals
    )
    if is_about_cycles and rows:
        grew = [each for each in rows if each.delta_cycles > 0]
        worst = rows[0] if (cycles.delta or 0) < 0 or not grew else grew[0]
        return words.row_sentence(worst)
    changed = found.totals[0] if found.totals else cycles
    return f"{_title(changed)}: {words.arrow(changed)}"


def _title(change: Change) -> str:
    return _PLAIN_NAMES.get(change.name) or words.TITLES.get(change.name, change.name)


def _totals(found: Excess) -> list[str]:
    """The numbers that differ by more than is let through, then those that are within."""
    outside = {each.name for each in found.totals}
    shown = [each for each in found.comparison.totals if each.name in outside or each.name == _CYCLES]
    ends = [each for each in found.totals if each.name in {"cycles_min", "cycles_max"}]
    cells = [
        (_title(each), words.arrow(each), words.delta(each.delta, each.unit)) for each in (*shown, *ends)
    ]
    width = max(len(each[0]) for each in cells)
    return [
        f"  {name.ljust(width)}  {text}" + (f"  {delta}" if delta not in {"", "="} else "")
        for name, text, delta in cells
    ]


def _moved(rows: Sequence[RowChange]) -> tuple[RowChange, ...]:
    """By how much they explain: the largest change in the direction of the whole first."""
    return tuple(each for each in rows if each.status != SAME and each.delta_cycles)


def _rows(rows: Sequence[RowChange]) -> list[str]:
    lines = [f"  {words.row_sentence(each)}" for each in rows[:_ROWS_SHOWN]]
    more = len(rows) - _ROWS_SHOWN
    return [*lines, f"  {more} more"] if more > 0 else lines


def _difference(each: Difference) -> str:
    return words.difference_line(each)


def _dearest(report: Report) -> list[str]:
    reasons = {(each.name, each.source_file): each.reasons for each in report.functions}
    rows = sorted(report.kernels, key=lambda each: (-each.self_cycles, each.name))
    lines = []
    for each, name in list(zip(rows, report_words.kernel_names(tuple(rows)), strict=True))[:_ROWS_SHOWN]:
        known = reasons.get((each.name, each.source_file), ())
        total = sum(cycles for _, cycles in known)
        stalls = [(reason, cycles) for reason, cycles in known if cycles >= 0.1 * total][:3]
        why = ", ".join(f"{words.reason_name(reason)} {cycles / total:.0%}" for reason, cycles in stalls)
        lines.append(
            f"  {grouped(round(each.self_cycles))} cycles ({each.share_ratio:.1%}) in {name}"
            + (f": {why}" if why else "")
        )
    return lines
