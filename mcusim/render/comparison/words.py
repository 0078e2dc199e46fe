"""What changed, as sentences and cells that people read: shared by text, Markdown and failing tests; no layout here."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from mcusim.firmware.names import last_part
from mcusim.render import words
from mcusim.report.comparison import ADDED, INLINED, NOT_COMPARABLE, OUTLINED, REMOVED
from mcusim.units import engineering, grouped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.report.change_limit import Exceeded
    from mcusim.report.comparison import Change, Comparison, Difference, RowChange
    from mcusim.report.quantity import Number

TITLES = {
    "cycles": "Cycles",
    "latency_ms": "Latency",
    "energy_uj": "Energy",
    "peak_ram_bytes": "Peak RAM",
    "stack_bytes": "  stack",
    "heap_bytes": "  heap",
    "static_bytes": "  static",
    "flash_bytes": "Flash",
    "run_cycles": "Whole run",
    "run_instructions": "  instructions",
}
REASON_WORDS = {
    "issue": "instructions executed",
    "multi_cycle": "multi-cycle instructions",
    "load_use": "load-use stalls",
    "address_interlock": "address interlocks",
    "fetch": "fetch stalls",
    "branch_refill": "branch refills",
    "fp_dependency": "floating-point dependencies",
    "it_skipped": "skipped instructions",
    "flash_fetch": "flash wait",
    "flash_data": "flash wait for data",
    "slow_memory": "slow memory",
    "unaligned": "unaligned accesses",
    "divide": "divisions",
    "exception": "exception entry and return",
    "condition": "conditions",
    "mispredict": "mispredicted branches",
    "instruction_cache": "instruction-cache misses",
    "data_cache": "data-cache misses",
    "dependency": "dependencies",
    "bus_turnaround": "bus turnaround",
}
_MEMORY_OF = {
    "peak_ram_bytes": ("ram", "stack"),
    "stack_bytes": ("stack",),
    "heap_bytes": (),
    "static_bytes": ("ram",),
    "flash_bytes": ("flash",),
}
"""Where to look for what made a total grow."""
GONE_OR_NEW = {REMOVED: "gone", INLINED: "gone", ADDED: "new", OUTLINED: "new"}
_NEARLY_RATIO, _MOST_RATIO, _NOTABLE_RATIO = 0.95, 0.6, 0.1
_REASONS_SHOWN = 3


def amount(value: Number | None, unit: str) -> str:
    """A number with its unit: exact for cycles and bytes, which one wants to see change."""
    if value is None:
        return "unknown"
    if unit in {"s", "J"}:
        return engineering(value, unit, 4)
    return grouped(round(value)) + (" B" if unit == "bytes" else "")


def delta(value: Number | None, unit: str = "cycles") -> str:
    """A change with its sign; "=" where there is none."""
    if value is None:
        return ""
    if not value:
        return "="
    sign = "+" if value > 0 else "-"
    if unit not in {"s", "J"} and abs(value) < 0.5:  # a mean over calls
        return f"{value:+.2g}"
    return sign + amount(abs(value), unit)


def percent(ratio: float | None) -> str:
    """A change in per cent: "+1.7 %"; nothing where there was nothing before."""
    if ratio is None or ratio == 0:
        return ""
    value = 100 * ratio
    if abs(value) >= 99.95:
        return f"{value:+,.0f} %".replace(",", " ")
    if abs(value) >= 0.95:
        return f"{value:+.1f} %"
    return f"{value:+.1g} %"


def arrow(change: Change) -> str:
    """ "227 062 → 231 004 (+1.7 %)"."""
    old, new = amount(change.old, change.unit), amount(change.new, change.unit)
    if change.old == change.new:
        return f"{new}, unchanged" if change.new is not None else new
    share = percent(change.ratio)
    return f"{old} → {new}" + (f" ({share})" if share else "")


def headline(comparison: Comparison) -> str:
    """The change in one line: cycles, or the first number that changed."""
    first = comparison.total("cycles")
    if comparison.is_unchanged:
        return f"no change: {amount(first.new, first.unit)} cycles"
    changed = [each for each in comparison.totals if each.delta]
    shown = first if first.delta or not changed else changed[0]
    return f"{TITLES[shown.name].strip().lower()} {arrow(shown)}"


def row_sentence(row: RowChange) -> str:
    """ "+18 432 cycles in arm_convolve_s8 (183 012 → 201 444, +10.1 %), all of it flash wait"."""
    parts = [f"{delta(row.delta_cycles)} cycles in {row_name(row)}"]
    if row.delta_cycles == 0:
        parts = [f"the same cycles in {row_name(row)}"]
    if row.status in GONE_OR_NEW:
        parts[0] += f" ({GONE_OR_NEW[row.status]})"
    elif row.delta_cycles:
        figures = f"{grouped(round(row.old_cycles))} → {grouped(round(row.new_cycles))}"
        parts[0] += f" ({', '.join(filter(None, (figures, percent(row.ratio))))})"
    if row.status not in GONE_OR_NEW:
        parts.append(reason_words(row))
    if row.status not in GONE_OR_NEW and row.old_calls_count != row.new_calls_count:
        parts.append(f"{row.old_calls_count:.6g} → {row.new_calls_count:.6g} calls")
    parts.append(shown_note(row))
    return ", ".join(filter(None, parts))


def row_name(row: RowChange) -> str:
    """A layer by place and operator, a function without arguments, a row that completes the sum in words."""
    if row.kind == "layer":
        index = row.new_index if row.new_index >= 0 else row.old_index
        return words.printable(f"layer {index} {row.operator or last_part(row.name)}")
    if row.kind in {"function", "thread", "task", "exception"}:
        return words.printable(words.short_name(row.name))
    return words.row_kind(row.kind)


def row_names(rows: Sequence[RowChange]) -> tuple[str, ...]:
    """Names for a table, with the source file where a name occurs twice."""
    names = [row_name(row) for row in rows]
    uses = Counter(names)
    return tuple(
        f"{name} ({row.source_file.rsplit('/', 1)[-1]})" if uses[name] > 1 and row.source_file else name
        for name, row in zip(names, rows, strict=True)
    )


def shown_note(row: RowChange) -> str:
    """The note of a row, safe to print."""
    return words.printable(row.note)


def reason_words(row: RowChange) -> str:
    """What the change is made of: "all of it flash wait", "mostly load-use stalls (+9 120)" …; empty: not known."""
    changed = [each for each in row.reasons if each.delta]
    if not changed or abs(row.delta_cycles) < 0.5:
        return ""
    about = "about " if row.is_reason_scaled else ""
    first = changed[0].delta or 0
    share = first / row.delta_cycles
    name = reason_name(changed[0].name)
    if len(changed) == 1:
        return f"all of it {name}"
    largest_other = max(abs(each.delta or 0) for each in changed[1:])
    is_pure = largest_other <= (1 - _NEARLY_RATIO) * abs(row.delta_cycles)
    if share >= _NEARLY_RATIO and is_pure:
        return f"nearly all of it {name}"
    notable = [each for each in changed if abs(each.delta or 0) >= _NOTABLE_RATIO * abs(row.delta_cycles)]
    shown = ", ".join(
        f"{reason_name(each.name)} {about}{delta(each.delta)}" for each in notable[:_REASONS_SHOWN]
    )
    return f"mostly {shown}" if share >= _MOST_RATIO and len(notable) == 1 else shown


def reason_name(name: str) -> str:
    """A stall reason in words."""
    return REASON_WORDS.get(name, name.replace("_", " "))


def worst_rows(rows: Sequence[RowChange], count: int) -> tuple[RowChange, ...]:
    """The rows that grew most; then, if there is room, those that shrank most."""
    changed = [row for row in rows if row.delta_cycles]
    return tuple(
        sorted(changed, key=lambda row: (row.delta_cycles < 0, -abs(row.delta_cycles), row.name))[:count]
    )


def difference_line(difference: Difference) -> str:
    """One condition: what it was, what it is, and what follows."""
    values = f"{difference.old} → {difference.new}"
    blocked = (
        f"; not comparable: {', '.join(difference.affects)}" if difference.severity == NOT_COMPARABLE else ""
    )
    return words.printable(f"{difference.kind}: {values} ({difference.text}{blocked})")


def energy_note(comparison: Comparison) -> str:
    """What the bands say of the change of energy; empty without bands, without a change, and of two power models."""
    band = comparison.total("energy_uj").delta_band
    is_one_model = all(each.kind != "power-model" for each in comparison.differences)
    if band is None or not band.value or not is_one_model:
        return ""
    low, high = (f"{'+' if each > 0 else ''}{engineering(each, 'J')}" for each in (band.low, band.high))
    verdict = " Whether it is more or less is not certain." if band.low < 0 < band.high else ""
    return f"Energy changes by {low} to {high} if both runs err alike, as under one power model.{verdict}"


def passed_words(each: Exceeded, comparison: Comparison) -> str:
    """A limit that was passed: which, by how much, why."""
    if each.row is not None:
        return words.printable(f"{each.limit.text}: {row_sentence(each.row)}")
    change = f"{delta(each.change.delta, each.change.unit)}, {arrow(each.change)}"
    why = cause_words(each.change, comparison)
    return words.printable(f"{each.limit.text}: {change}" + (f"; most: {why}" if why else ""))


def cause_words(change: Change, comparison: Comparison) -> str:
    """What did most in the direction of a total's change; empty: nobody knows."""
    if change.delta is None:
        return ""
    sign = 1 if change.delta > 0 else -1
    memory = _MEMORY_OF.get(change.name)
    if memory is not None:
        sizes = [
            each for each in comparison.sections if each.memory in memory and sign * each.delta_bytes > 0
        ]
        worst = max(sizes, key=lambda each: abs(each.delta_bytes), default=None)
        return f"{delta(worst.delta_bytes, 'bytes')} in {worst.memory} {worst.name}" if worst else ""
    rows = [row for row in comparison.kernels if sign * row.delta_cycles > 0]
    return row_sentence(rows[0]) if rows else ""
