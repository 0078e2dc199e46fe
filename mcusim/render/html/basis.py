"""Tables of what the numbers rest on: currents with their sources, clock phases, registers that nothing models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.energy import state_name
from mcusim.render.html.memory import address_cell
from mcusim.render.html.table import (
    Cell,
    Column,
    Table,
    TableRow,
    number_cell,
    share_cell,
    text_cell,
    without_empty_columns,
)
from mcusim.render.pins import HEADINGS as PIN_HEADINGS
from mcusim.render.pins import pin_rows
from mcusim.units import engineering, exact_mhz, grouped

if TYPE_CHECKING:
    from mcusim.report.pins import PinTrace
    from mcusim.report.report import ClockPhase, CurrentUse, Poll, Report, UnmodelledRegister

PHASES_SHOWN = 200
REGISTERS_SHOWN = 500


def sources_of(*tables: tuple[CurrentUse, ...]) -> tuple[str, ...]:
    """What the currents of all tables are taken from, each once, in the order of the tables."""
    return tuple(dict.fromkeys(use.source for uses in tables for use in uses))


def currents_table(name: str, caption: str, uses: tuple[CurrentUse, ...], sources: tuple[str, ...]) -> Table:
    """Supply currents, dearest first, and who says so: the place in `sources`, whose texts are long."""
    columns = (
        Column("State", is_number=False),
        Column("clock"),
        Column("time"),
        Column("current"),
        Column("between"),
        Column("energy"),
        Column("of it", is_bar=True),
        Column("basis", is_number=False),
        Column("source", is_number=False, help="in the list below"),
    )
    total = sum(each.energy_j.value for each in uses)
    rows = tuple(_current_row(each, total, sources.index(each.source) + 1) for each in uses)
    return without_empty_columns(Table(name, caption, columns, rows))


def _current_row(use: CurrentUse, total_j: float, source_number: int) -> TableRow:
    band = use.current_a
    added = [f"{name} {engineering(current_a, 'A')}" for name, current_a in use.peripherals]
    conditions = [each for each in (use.regulator.upper(), use.voltage_range) if each]
    if added:
        conditions.append(f"of it clocked peripherals {', '.join(added)}")
    return TableRow(
        (
            text_cell(state_name(use), note=", ".join(conditions)),
            number_cell(exact_mhz(use.clock_hz) if use.clock_hz else "", use.clock_hz),
            number_cell(engineering(use.time_s, "s"), use.time_s) if use.time_s else Cell("", -1.0),
            number_cell(engineering(band.value, "A"), band.value),
            number_cell(
                f"{engineering(band.low, 'A')} to {engineering(band.high, 'A')}", band.high - band.low
            ),
            Cell(
                engineering(use.energy_j.value, "J"), use.energy_j.value, words.band_words(use.energy_j, "J")
            ),
            share_cell(use.energy_j.value / total_j if total_j else 0.0, "bar-energy"),
            text_cell(band.basis),
            text_cell(f"[{source_number}]", title=use.source),
        )
    )


def phases_table(phases: tuple[ClockPhase, ...]) -> Table:
    """Stretches of one clock and one set of flash settings."""
    columns = (
        Column("From cycle"),
        Column("clock"),
        Column("flash waits", help="wait states"),
        Column("prefetch", is_number=False),
        Column("I-cache", is_number=False),
        Column("awake", help="cycles"),
        Column("asleep", help="cycles in WFI/WFE"),
        Column("deep sleep", help="cycles"),
        Column("wake-ups"),
        Column("regulator", is_number=False),
        Column("peripherals clocked", is_number=False),
    )
    rest = len(phases) - PHASES_SHOWN
    notes = (f"{grouped(rest)} later phases are left out of this page.",) if rest > 0 else ()
    rows = tuple(_phase_row(each) for each in phases[:PHASES_SHOWN])
    caption = "Clock and flash settings over the run"
    return without_empty_columns(Table("phases-table", caption, columns, rows, notes=notes))


def _phase_row(phase: ClockPhase) -> TableRow:
    regulator = " ".join(each for each in (phase.regulator.upper(), phase.voltage_range) if each)
    return TableRow(
        (
            number_cell(grouped(phase.begin_cycles), phase.begin_cycles),
            number_cell(exact_mhz(phase.clock_hz), phase.clock_hz),
            number_cell(str(phase.flash_wait_cycles), phase.flash_wait_cycles),
            Cell("on" if phase.is_prefetch_on else "off"),
            Cell("on" if phase.is_instruction_cache_on else "off"),
            number_cell(grouped(phase.active_cycles), phase.active_cycles),
            _optional(phase.sleep_cycles),
            _optional(phase.stop_cycles),
            _optional(phase.wakes_count),
            text_cell(regulator),
            text_cell(", ".join(phase.peripherals)),
        )
    )


def _optional(count: int) -> Cell:
    return number_cell(grouped(count) if count else "", count)


def registers_table(registers: tuple[UnmodelledRegister, ...]) -> Table:
    """Registers that the firmware used and no device models."""
    columns = (
        Column("Register", is_number=False),
        Column("address"),
        Column("device", is_number=False),
        Column("reads"),
        Column("writes"),
    )
    rows = tuple(
        TableRow(
            (
                text_cell(each.register),
                address_cell(each.addr),
                text_cell(each.device),
                number_cell(grouped(each.reads_count), each.reads_count),
                number_cell(grouped(each.writes_count), each.writes_count),
            )
        )
        for each in registers[:REGISTERS_SHOWN]
    )
    rest = len(registers) - REGISTERS_SHOWN
    notes = (f"{grouped(rest)} more are left out of this page.",) if rest > 0 else ()
    caption = "Registers that no device models: writes were ignored, reads answered with what was written"
    return without_empty_columns(
        Table("registers-table", caption, columns, rows, len(rows) > 10, notes=notes)
    )


def polls_table(polls: tuple[Poll, ...]) -> Table:
    """Loops that were let through."""
    columns = (
        Column("Function", is_number=False),
        Column("loop at"),
        Column("register", is_number=False),
        Column("waited for", is_number=False),
        Column("was given"),
    )
    rows = tuple(
        TableRow(
            (
                text_cell(words.short_name(each.function), title=each.function),
                address_cell(each.pc_addr),
                text_cell(each.register or f"0x{each.addr:08X}"),
                text_cell(", ".join(each.bits) or f"mask 0x{each.bits_mask:X}"),
                address_cell(each.value),
            )
        )
        for each in polls[:REGISTERS_SHOWN]
    )
    return Table("polls-table", "Loops that waited for a bit that nothing models", columns, rows)


def pins_table(pins: tuple[PinTrace, ...]) -> Table:
    """Watched pins, as the text report shows them."""
    columns = tuple(Column(title, is_number=index > 0) for index, title in enumerate(PIN_HEADINGS))
    rows = tuple(TableRow(tuple(text_cell(cell) for cell in row)) for row in pin_rows(pins))
    return Table("pins-table", "Watched pins", columns, rows, is_sortable=False)


def variables_table(report: Report) -> Table:
    """Variables that the user asked for."""
    columns = (Column("Variable", is_number=False), Column("value", is_number=False))
    rows = tuple(
        TableRow((text_cell(name), text_cell(words.variable(value)))) for name, value in report.variables
    )
    return Table("variables-table", "Variables at the end of the run", columns, rows)


def counters_table(report: Report) -> Table:
    """Events that the machine counted."""
    columns = (Column("Counter", is_number=False), Column("count"))
    rows = tuple(
        TableRow((text_cell(name.replace("_", " ")), number_cell(grouped(count), count)))
        for name, count in report.counters
    )
    return Table("counters-table", "Events over the whole run", columns, rows)
