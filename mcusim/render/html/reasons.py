"""Why cycles passed: names and meanings of the reasons, and one colour for each wherever it is shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.render.html.table import BarPart, Cell, Column, Table, TableRow, number_cell, stacked
from mcusim.units import grouped

if TYPE_CHECKING:
    from mcusim.report.quantity import Number

_COLOURS_COUNT = 8
"""Colours in page.css, reason-0 to reason-7; the rest share the last one."""
MEANINGS = {
    "issue": "an instruction was issued",
    "multi_cycle": "the instruction takes more than one cycle",
    "load_use": "a load's data was not there yet",
    "dependency": "the result of an arithmetic instruction was not there yet",
    "address_interlock": "an address register was written too late for the address unit",
    "fp_dependency": "a floating-point operand or the floating-point unit was not ready",
    "fetch": "the core's own fetch buffer was empty, whatever the memory",
    "branch_refill": "a taken branch refilled the pipeline",
    "it_skipped": "an IT block skipped the instruction",
    "bus_turnaround": "an access followed one on the core's other bus",
    "mispredict": "a branch was predicted wrongly",
    "instruction_cache": "the code was not in an instruction cache that is on",
    "data_cache": "the data was not in a data cache, or a cache for both, that is on",
    "flash_fetch": "code came from flash without a cache, or while it was being read ahead",
    "flash_data": "data came from flash without a cache",
    "slow_memory": "the RAM or bus takes more than a cycle",
    "unaligned": "the access was split because its address is not aligned",
    "divide": "the operands made the divider work longer than its shortest",
    "condition": "a correction: what skipped instructions and short multiplies were charged too much",
    "exception": "an exception was entered, left or chained to the next",
}
"""As in docs/concepts/timing.md, which the tests compare."""


@dataclass(frozen=True, slots=True)
class ReasonPalette:
    """Which reason has which colour: by their cycles in the run, so that the common ones differ."""

    names: tuple[str, ...]

    def css_class(self, name: str) -> str:
        """The class that fills a bar's piece."""
        if name == "issue":
            return "reason-issue"
        ranked = [each for each in self.names if each != "issue"]
        place = ranked.index(name) if name in ranked else _COLOURS_COUNT
        return f"reason-{min(place, _COLOURS_COUNT - 1)}"

    def bar(self, reasons: tuple[tuple[str, Number], ...]) -> tuple[BarPart, ...]:
        """The reasons' shares of their own sum, in the run's order, so that colours stand alike in all bars."""
        known = dict(reasons)
        whole = sum(cycles for cycles in known.values() if cycles > 0)
        order = [*self.names, *(name for name in known if name not in self.names)]
        return stacked([(self.css_class(name), known[name]) for name in order if name in known], whole)


def palette_of(reasons: tuple[tuple[str, int], ...]) -> ReasonPalette:
    """By their cycles, the most first; those of two runs count together."""
    cycles_of: Counter[str] = Counter()
    for name, cycles in reasons:
        cycles_of[name] += cycles
    return ReasonPalette(tuple(sorted(cycles_of, key=lambda name: (-cycles_of[name], name))))


def shown_name(name: str) -> str:
    """As the text report writes it: flash_fetch → flash-fetch."""
    return name.replace("_", "-")


def reasons_table(reasons: tuple[tuple[str, int], ...], palette: ReasonPalette) -> Table:
    """Active cycles of the run by reason."""
    total = sum(cycles for _, cycles in reasons)
    rows = []
    for name, cycles in sorted(reasons, key=lambda pair: (-pair[1], pair[0])):
        ratio = cycles / total if total else 0.0
        bar = stacked([(palette.css_class(name), cycles)], total)
        share = Cell(f"{ratio:.1%}", ratio, bar=bar)
        name_cell = Cell(shown_name(name), None, css_class=f"key {palette.css_class(name)}")
        meaning = Cell(MEANINGS.get(name, ""))
        rows.append(TableRow((name_cell, number_cell(grouped(cycles), cycles), share, meaning)))
    columns = (
        Column("Reason", is_number=False),
        Column("cycles"),
        Column("share", is_bar=True),
        Column("a cycle passed because …", is_number=False),
    )
    return Table("reasons-table", "Active cycles of the whole run by reason", columns, tuple(rows))
