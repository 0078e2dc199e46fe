"""A run as one page for a browser, which needs no network and no server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.built import built_lines
from mcusim.render.fault import fault_lines
from mcusim.render.html import basis, costs, memory
from mcusim.render.html.document import document
from mcusim.render.html.flame import flame_data
from mcusim.render.html.headline import cards
from mcusim.render.html.reasons import ReasonPalette, palette_of, reasons_table
from mcusim.render.html.timeline import time_data
from mcusim.render.layers import arena_lines, has_layers, network_line
from mcusim.report.stops import BAD_ENDS

if TYPE_CHECKING:
    from typing import Any

    from mcusim.recorded.run import RecordedRun
    from mcusim.render.html.table import Table
    from mcusim.report.report import Report

SCHEMA_VERSION = 1
"""Of the data in the page, which only the page's own scripts read."""
CONSOLE_LENGTH_MAX = 100_000
MOSTLY_ASLEEP_RATIO = 0.5
"""A run that slept longer is drawn without its sleep at first: it would hide everything else."""


@dataclass(frozen=True, slots=True)
class Console:
    """What the firmware printed on one channel, cut to what a page can hold."""

    channel: str
    text: str
    left_out_count: int


def render(run: RecordedRun) -> bytes:
    """The page."""
    report = run.report
    palette = palette_of(report.reasons)
    data = {
        "schema": SCHEMA_VERSION,
        "flame": flame_data(run.profile),
        "time": time_data(run.history, report.supply_v),
        "functions": costs.function_details(report),
        "reasons": {name: palette.css_class(name) for name, _ in report.reasons},
        "hides_sleep": sleeps_mostly(report),
    }
    return document("page.html", data, **page_values(run, palette))


def page_values(run: RecordedRun, palette: ReasonPalette) -> dict[str, Any]:
    """What the template shows; sections without content are empty and left out there."""
    report, history = run.report, run.history
    return {
        "report": report,
        "title": words.printable(words.title(report)),
        "firmware_name": firmware_name(report),
        "cards": cards(report, palette),
        "notices": notices(report),
        "fault": tuple(fault_lines(report.stop.fault)) if report.stop.fault else (),
        "stop": words.printable(words.stop(report)),
        "is_bad_end": report.stop.reason in BAD_ENDS and report.stop.fault is None,
        "network_line": network_line(report),
        "built": tuple((label, words.printable(text)) for label, text in built_lines(report.built)),
        "layers": costs.layers_table(report.network) if report.network and has_layers(report) else None,
        "reasons": reasons_table(report.reasons, palette) if report.reasons else None,
        "reasons_bar": palette.bar(report.reasons),
        "has_flame": any(each.self_cycles for each in run.profile.nodes),
        "has_energy": run.profile.total_j is not None,
        "kernels": costs.kernels_table(report) if report.kernels else None,
        "functions": costs.functions_table(report, palette) if report.functions else None,
        "contexts": costs.contexts_table(report),
        "has_ram_history": bool(history.ram),
        "has_power_history": bool(history.power),
        "has_spans": bool(history.spans),
        "memory_tables": _memory_tables(report),
        "arena_lines": arena_lines(report),
        "energy_tables": _energy_tables(report),
        "current_sources": _current_sources(report),
        "phases": basis.phases_table(report.phases) if report.phases else None,
        "counters": basis.counters_table(report) if report.counters else None,
        "machine_tables": _machine_tables(report),
        "pins": basis.pins_table(report.pins) if report.pins else None,
        "variables": basis.variables_table(report) if report.variables else None,
        "consoles": consoles(report),
    }


def firmware_name(report: Report) -> str:
    """The last two parts of its path: build folders are called after the board or the program."""
    return words.printable("/".join(report.firmware.path.split("/")[-2:]) or "firmware")


def notices(report: Report) -> tuple[tuple[str, str], ...]:
    """Kind and text of what the reader must know besides the numbers, the most important first."""
    changed = words.what_if(report)
    return (
        *((("what-if", words.printable(changed)),) if changed else ()),
        *(("calibrated", words.printable(text)) for text in report.calibrations),
        *(("warning", words.printable(text)) for text in report.warnings),
    )


def consoles(report: Report) -> tuple[Console, ...]:
    """By channel; the end is what is kept of a long one, as it tells how the run went."""
    return tuple(
        Console(
            words.printable(each.channel),
            _console_text(each.text[-CONSOLE_LENGTH_MAX:]),
            max(0, len(each.text) - CONSOLE_LENGTH_MAX),
        )
        for each in report.console_channels
        if each.text.strip()
    )


def _console_text(text: str) -> str:
    return "\n".join(words.printable(line.replace("\t", "    ")) for line in text.splitlines())


def sleeps_mostly(report: Report) -> bool:
    """Whether sleep would hide everything else in a picture of the run."""
    total = report.totals.cycles
    return bool(total) and report.totals.sleep_cycles / total > MOSTLY_ASLEEP_RATIO


def _memory_tables(report: Report) -> list[Table]:
    ram, flash = report.ram, report.flash
    tables = []
    if report.arenas:
        tables.append(memory.arenas_table(report.arenas))
    if ram.sections:
        caption = "RAM: static sections"
        tables.append(memory.sections_table("ram-table", caption, ram.sections, ram.available_bytes))
    if ram.stacks:
        tables.append(memory.stacks_table(ram.stacks))
    if flash.sections:
        caption = "Flash: sections where they are stored"
        tables.append(memory.sections_table("flash-table", caption, flash.sections, flash.available_bytes))
    return tables


def _energy_tables(report: Report) -> list[Table]:
    energy = report.energy
    if energy is None:
        return []
    wanted = (
        ("currents-table", "Currents in the measured region, over all its calls", energy.currents),
        ("states-table", "States and currents of the whole run", energy.states),
    )
    sources = basis.sources_of(energy.currents, energy.states)
    return [basis.currents_table(name, caption, uses, sources) for name, caption, uses in wanted if uses]


def _current_sources(report: Report) -> tuple[str, ...]:
    energy = report.energy
    return tuple(map(words.printable, basis.sources_of(energy.currents, energy.states))) if energy else ()


def _machine_tables(report: Report) -> list[Table]:
    tables = []
    if report.polls:
        tables.append(basis.polls_table(report.polls))
    if report.unmodelled:
        tables.append(basis.registers_table(report.unmodelled))
    return tables
