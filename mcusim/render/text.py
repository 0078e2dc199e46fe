"""The report on one screen, for people at a terminal or in a log."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, ClassVar

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mcusim.render import words
from mcusim.render.built import built_lines
from mcusim.render.contexts import context_lines
from mcusim.render.energy import energy_lines
from mcusim.render.fault import fault_lines
from mcusim.render.layers import arena_lines, has_layers, layer_lines, network_line
from mcusim.render.pins import HEADINGS as PIN_HEADINGS
from mcusim.render.pins import pin_rows
from mcusim.render.states import state_lines
from mcusim.units import engineering, grouped, size

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mcusim.recorded.run import RecordedRun
    from mcusim.report.report import KernelCost, Report

_KERNELS_SHOWN, _KERNELS_SHOWN_WITH_LAYERS = 12, 6
_CONSOLE_LINES_SHOWN = 8
_BAR_WIDTH = 12


class TextRenderer:
    """Latency, cycles, RAM, flash, energy, kernels by cost, warnings; colour only when asked for."""

    name: ClassVar[str] = "text"
    suffix: ClassVar[str] = ".txt"

    def __init__(self, *, width: int = 80, has_colour: bool = False) -> None:
        self._width = max(width, 60)
        self._has_colour = has_colour

    def render(self, report: Report) -> bytes:
        """The report as UTF-8 text."""
        return self.text(report).encode("utf-8", errors="backslashreplace")

    def text(self, report: Report) -> str:
        """The report as text that ends in a newline."""
        buffer = StringIO()
        console = Console(
            file=buffer,
            width=self._width,
            force_terminal=self._has_colour,
            color_system="standard" if self._has_colour else None,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            _environ={},  # COLUMNS, NO_COLOR and the like are the caller's business
        )
        console.print(Group(*_parts(report, self._width)))
        return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()).rstrip() + "\n"


def render(run: RecordedRun) -> bytes:
    """The report of a recorded run, 80 characters wide and without colour."""
    return TextRenderer().render(run.report)


def _parts(report: Report, width: int) -> list[RenderableType]:
    parts: list[RenderableType] = [_line(words.title(report), "bold"), Text()]
    if report.what_if:
        parts += [_line(words.what_if(report), "bold yellow"), Text()]
    if report.stop.fault is not None:
        what, *details = fault_lines(report.stop.fault)
        parts += [_line(what, "bold red"), *map(_line, details), Text()]
    parts.append(_summary(report))
    parts += _layers(report, width)
    if report.kernels:
        parts += [Text(), _kernel_table(report, width)]
    parts += [
        Text(line, style="cyan" if number == 1 else "")
        for lines in (context_lines(report, width), state_lines(report, width))
        for number, line in enumerate(lines)
    ]
    parts += _console(report)
    parts += _pins(report)
    parts += _variables(report)
    parts += _warnings(report)
    parts += [Text(), _line(f"Stopped: {words.stop(report)}", "dim")]
    return parts


def _line(text: str, style: str = "") -> Text:
    return Text(words.printable(text), style=style)


def _summary(report: Report) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="cyan", no_wrap=True)
    grid.add_column()
    energy = energy_lines(report)
    for label, text, style in (
        ("Measured", words.region(report.inference), ""),
        ("Latency", words.latency(report.inference), "bold"),
        ("Cycles", words.cycles(report), ""),
        *(("", line, "dim") for line in words.reasons(report)),
        *((("Network", network_line(report), ""),) if report.network else ()),
        *((label, text, "") for label, text in built_lines(report.built)),
        ("Peak RAM", words.ram(report.ram), "bold"),
        *(("Arena" if index == 0 else "", line, "") for index, line in enumerate(arena_lines(report))),
        ("Flash", words.flash(report), ""),
        ("Energy", energy[0], "bold"),
        *(("", line, "dim") for line in energy[1:]),
        *(("Calibrated" if index == 0 else "", line, "") for index, line in enumerate(report.calibrations)),
    ):
        grid.add_row(label, _line(text, style))
    if report.ram.touched_bytes is not None:
        grid.add_row("RAM touched", _line(size(report.ram.touched_bytes) + " in the measured region"))
    return grid


def _layers(report: Report, width: int) -> list[RenderableType]:
    lines = layer_lines(report, width)
    return [Text(), _line(lines[0], "cyan"), *map(_line, lines[1:])] if lines else []


def _kernel_table(report: Report, width: int) -> RenderableType:
    names = words.kernel_names(report.kernels)
    rows = [
        (words.printable(name), *_kernel_cells(kernel), words.bar(kernel.share_ratio, _BAR_WIDTH))
        for name, kernel in zip(names, report.kernels, strict=True)
    ][: _KERNELS_SHOWN_WITH_LAYERS if has_layers(report) else _KERNELS_SHOWN]
    rest = report.kernels[len(rows) :]
    if rest:
        total, share = sum(each.self_cycles for each in rest), sum(each.share_ratio for each in rest)
        rows.append(
            (f"{len(rest)} more", "", grouped(round(total)), f"{share:.1%}", "", words.bar(share, _BAR_WIDTH))
        )
    name = "Kernel" if report.inference.kind == "whole" else "Kernel, per call"
    headings = (name, "calls", "cycles", "share", "energy", "")
    widths = [max(len(row[column]) for row in (headings, *rows)) for column in range(len(headings))]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="cyan")
    name_width = min(widths[0], width - sum(widths[1:]) - 2 * (len(headings) - 1))
    table.add_column(headings[0], no_wrap=True, overflow="ellipsis", width=max(name_width, 12))
    for heading, column_width in zip(headings[1:-1], widths[1:-1], strict=True):
        table.add_column(heading, justify="right", no_wrap=True, width=column_width)
    table.add_column("", no_wrap=True, style="green", width=widths[-1])
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _kernel_cells(kernel: KernelCost) -> tuple[str, str, str, str]:
    """Calls, cycles, share and energy, each per call of the region."""
    calls = ""
    if kernel.kind == "function":
        calls = grouped(round(kernel.calls_count)) if kernel.calls_count >= 1 else f"{kernel.calls_count:.2g}"
    energy = engineering(kernel.energy_j.value, "J") if kernel.energy_j else ""
    return calls, grouped(round(kernel.self_cycles)), f"{kernel.share_ratio:.1%}", energy


def _console(report: Report) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for channel in report.console_channels:
        lines = channel.text.replace("\r\n", "\n").rstrip("\n").split("\n")
        shown = lines[-_CONSOLE_LINES_SHOWN:]
        cut = f", last {len(shown)} of {len(lines)} lines" if len(shown) < len(lines) else ""
        parts += [Text(), _line(f"Console {channel.channel}{cut}", "cyan")]
        parts += [Padding(_line(line.expandtabs()), (0, 0, 0, 2)) for line in shown]
    return parts


def _pins(report: Report) -> list[RenderableType]:
    if not report.pins:
        return []
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="cyan")
    for place, heading in enumerate(PIN_HEADINGS):
        table.add_column(heading, justify="right" if place else "left", no_wrap=True)
    for row in pin_rows(report.pins):
        table.add_row(*map(Text, row))
    return [Text(), table]


def _variables(report: Report) -> list[RenderableType]:
    lines = [_line(f"  {name} = {words.variable(value)}") for name, value in report.variables]
    return [Text(), _line("Variables", "cyan"), *lines] if lines else []


def _warnings(report: Report) -> list[RenderableType]:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(style="yellow", no_wrap=True)
    grid.add_column()
    for warning in report.warnings:
        grid.add_row("!", _line(warning))
    return [Text(), _line("Warnings", "yellow"), grid] if report.warnings else []
