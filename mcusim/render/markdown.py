"""The report as Markdown, for a pull request or a lab notebook: what counts first, then layers, kernels and sources."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mcusim.firmware.names import last_part
from mcusim.render import words
from mcusim.render.built import built_lines
from mcusim.render.energy import current_words
from mcusim.render.layers import arena_lines, has_layers, network_line
from mcusim.units import engineering, grouped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcusim.recorded.run import RecordedRun
    from mcusim.report.network import LayerCost
    from mcusim.report.quantity import Band
    from mcusim.report.report import KernelCost, Report

_KERNELS_SHOWN, _CURRENTS_SHOWN = 10, 3
_SPECIAL = re.compile(r"[\\`*{}\[\]<>#|~]|(?<!\w)_|_(?!\w)")
"""Markup wherever it stands, but for an underscore: within a word it is none."""


def render(run: RecordedRun) -> bytes:
    """GitHub's Markdown; text of the firmware's is escaped, so that no name becomes markup."""
    report = run.report
    parts = [f"## {_text(words.title(report))}", ""]
    if report.what_if:
        parts += [f"**{_text(words.what_if(report))}**", ""]
    if report.stop.fault is not None:
        parts += [f"**{_text(report.stop.fault.kind)}: {_text(report.stop.fault.what)}**", ""]
    parts += _table(("", "Measured"), _summary(report))
    if has_layers(report) and report.network is not None:
        parts += ["", "### Layers, per inference", "", *_layers(report.network.layers)]
    if report.kernels:
        parts += ["", f"### {_kernels_title(report)}", "", *_kernels(report)]
    if report.warnings:
        parts += ["", "### Warnings", "", *(f"- {_text(each)}" for each in report.warnings)]
    parts += ["", "### Sources", "", *(f"- {_text(each)}" for each in _sources(report))]
    return ("\n".join(parts) + "\n").encode("utf-8", errors="backslashreplace")


def _summary(report: Report) -> list[tuple[str, str]]:
    inference = report.inference
    rows = [
        ("Region", words.region(inference)),
        ("Latency", words.latency(inference)),
        ("Cycles", words.cycles(report)),
        ("Network", network_line(report)),
        *built_lines(report.built),
        ("Peak RAM", words.ram(report.ram)),
        *(("Arena", line) for line in arena_lines(report)),
        ("Flash", words.flash(report)),
        ("Energy", _energy(report)),
        ("Stopped", words.stop(report)),
    ]
    return [(_text(label), _text(text)) for label, text in rows if text]


def _energy(report: Report) -> str:
    if report.energy is None:
        return "not estimated: this board has no power model"
    band = report.inference.energy_j
    return words.band_words(band, "J") if band is not None else "not known: no complete call"


def _layers(layers: Sequence[LayerCost]) -> list[str]:
    headings = ("#", "Layer", "Kernel", "MACs", "Cycles", "Share", "Energy")
    return _table(headings, [_layer(each) for each in layers], numbers=(0, 3, 4, 5, 6))


def _layer(layer: LayerCost) -> tuple[str, ...]:
    is_layer = layer.kind == "layer"
    name = layer.operator or last_part(layer.name)
    return (
        str(layer.index) if is_layer else "",
        _text(name if is_layer else words.row_kind(layer.kind)),
        _text(last_part(layer.kernel)) if is_layer else "",
        "" if layer.macs_count is None else grouped(layer.macs_count),
        grouped(round(layer.cycles)),
        f"{layer.share_ratio:.1%}",
        _joules(layer.energy_j),
    )


def _kernels_title(report: Report) -> str:
    return "Kernels" if report.inference.kind == "whole" else "Kernels, per call"


def _kernels(report: Report) -> list[str]:
    names = words.kernel_names(report.kernels)
    rows = [_kernel(name, each) for name, each in zip(names, report.kernels[:_KERNELS_SHOWN], strict=False)]
    rest = report.kernels[_KERNELS_SHOWN:]
    if rest:
        cycles, share = sum(each.self_cycles for each in rest), sum(each.share_ratio for each in rest)
        energies = [each.energy_j.value for each in rest if each.energy_j is not None]
        energy = engineering(sum(energies), "J") if energies else ""
        rows.append((f"{len(rest)} more", "", grouped(round(cycles)), f"{share:.1%}", energy))
    return _table(("Kernel", "Calls", "Cycles", "Share", "Energy"), rows, numbers=(1, 2, 3, 4))


def _kernel(name: str, kernel: KernelCost) -> tuple[str, ...]:
    calls = f"{kernel.calls_count:.6g}" if kernel.kind == "function" else ""
    return (
        _text(name),
        calls,
        grouped(round(kernel.self_cycles)),
        f"{kernel.share_ratio:.1%}",
        _joules(kernel.energy_j),
    )


def _joules(band: Band | None) -> str:
    return engineering(band.value, "J") if band is not None else ""


def _sources(report: Report) -> Iterable[str]:
    """What the numbers rest on: the tool, the firmware's bytes, the timing model's error, the dearest currents."""
    yield f"mcusim {report.mcusim_version}, board {report.board}"
    yield f"Firmware SHA-256 {report.firmware.sha256}"
    yield f"Cycles ±{report.inference.cycles_error_percent:g} %: {report.inference.cycles_basis}"
    if report.energy is not None:
        yield f"Power model {report.energy.model}: {report.energy.covers}".removesuffix(": ")
        for use in report.energy.currents[:_CURRENTS_SHOWN]:
            yield current_words(use)
    yield from report.calibrations


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()) -> list[str]:
    """A pipe table; the columns `numbers` are aligned to the right."""
    rules = ["---:" if place in numbers else "---" for place in range(len(headings))]
    return [f"| {' | '.join(cells)} |" for cells in (headings, rules, *rows)]


def _text(text: str) -> str:
    """As it is, on one line and without being markup: firmware chooses its symbol names."""
    return _SPECIAL.sub(r"\\\g<0>", words.printable(" ".join(text.split())))
