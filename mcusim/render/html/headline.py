"""The cards on top of a page: the numbers that were asked for, each with its band and what it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.render.html.table import BarPart, percent, stacked
from mcusim.units import engineering, grouped, size

if TYPE_CHECKING:
    from mcusim.render.html.reasons import ReasonPalette
    from mcusim.report.quantity import Band
    from mcusim.report.report import Report

RAM_PARTS = (("static", "ram-static"), ("arena", "ram-arena"), ("heap", "ram-heap"), ("stack", "ram-stack"))


@dataclass(frozen=True, slots=True)
class Card:
    """One number with its name; lines below it say how sure and of what it is made."""

    name: str
    """Of its colour and id: "latency", "cycles" …"""
    title: str
    value: str
    lines: tuple[str, ...]
    bar: tuple[BarPart, ...] = ()
    bar_title: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    """Legend of the bar: class and words."""


def cards(report: Report, palette: ReasonPalette) -> tuple[Card, ...]:
    """Latency, cycles, peak RAM, flash, energy."""
    return (_latency(report), _cycles(report, palette), _ram(report), _flash(report), _energy(report))


def _latency(report: Report) -> Card:
    inference = report.inference
    if inference.latency_s is None or inference.low_s is None or inference.high_s is None:
        return Card("latency", "Latency", "not known", ("no complete call",))
    low, high = engineering(inference.low_s, "s"), engineering(inference.high_s, "s")
    lines = (
        f"±{inference.cycles_error_percent:g} %: {low} to {high}",
        words.printable(words.region(inference)),
    )
    return Card("latency", "Latency", engineering(inference.latency_s, "s", 4), lines)


def _cycles(report: Report, palette: ReasonPalette) -> Card:
    inference, totals = report.inference, report.totals
    value = "not known" if inference.cycles is None else grouped(round(inference.cycles))
    lines = []
    if inference.calls_count > 1 and inference.min_cycles is not None and inference.max_cycles is not None:
        lines.append(f"min {grouped(inference.min_cycles)}, max {grouped(inference.max_cycles)}")
    if totals.instructions:
        lines.append(f"{totals.active_cycles / totals.instructions:.2f} cycles per instruction")
    bar = palette.bar(report.reasons)
    return Card("cycles", "Cycles", value, (*lines, *words.reasons(report)), bar, "active cycles by reason")


def _ram(report: Report) -> Card:
    use = report.ram
    arena = min(sum(each.size_bytes for each in report.arenas), use.static_bytes)
    parts = [("ram-static", "static", use.static_bytes - arena), ("ram-arena", "arena", arena)]
    if use.heap_source != "unknown":
        parts.append(("ram-heap", "heap", use.peak_heap_bytes))
    parts.append(("ram-stack", "stack", use.peak_stack_bytes))
    whole = use.available_bytes or use.peak_bytes
    share = f"{use.peak_bytes / whole:.1%} of {size(whole)}" if use.available_bytes else "of unknown size"
    heap = ("heap unknown",) if use.heap_source == "unknown" else ()
    return Card(
        "ram",
        "Peak RAM",
        size(use.peak_bytes),
        (share, *heap),
        stacked([(css_class, value) for css_class, _, value in parts], whole),
        f"peak RAM of {size(whole)}",
        tuple((css_class, f"{name} {size(value)}") for css_class, name, value in parts if value),
    )


def _flash(report: Report) -> Card:
    use = report.flash
    if not use.available_bytes:
        return Card("flash", "Flash", size(use.used_bytes), ("of unknown size",))
    ratio = use.used_bytes / use.available_bytes
    bar = (BarPart("bar-flash", 0.0, percent(ratio)),)
    line = f"{ratio:.1%} of {size(use.available_bytes)}"
    return Card("flash", "Flash", size(use.used_bytes), (line,), bar, f"flash of {size(use.available_bytes)}")


def _energy(report: Report) -> Card:
    band, basis = report.inference.energy_j, report.energy
    if basis is None:
        return Card("energy", "Energy", "not estimated", ("this board has no power model",))
    if band is None:
        return Card("energy", "Energy", "not known", ("no complete call",))
    lines = [_band_line(band), f"{band.basis}, at {words.conditions(report)}"]
    if basis.covers:
        lines.append(basis.covers)
    return Card("energy", "Energy", engineering(band.value, "J"), tuple(map(words.printable, lines)))


def _band_line(band: Band) -> str:
    return f"{engineering(band.low, 'J')} to {engineering(band.high, 'J')}"
