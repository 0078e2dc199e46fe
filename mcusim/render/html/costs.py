"""Tables of what costs cycles: layers, kernels, functions, tasks and interrupts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.firmware.names import last_part
from mcusim.render import words
from mcusim.render.html.reasons import ReasonPalette, shown_name
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
from mcusim.units import engineering, grouped

if TYPE_CHECKING:
    from mcusim.report.network import LayerCost, Network
    from mcusim.report.quantity import Band, Number
    from mcusim.report.report import ContextCost, FunctionCost, KernelCost, Report

FUNCTIONS_SHOWN = 300
"""Rows of functions and kernels in a page; what is left out is said, and is in the other formats."""
EMPTY = Cell("", -1.0)


def layers_table(network: Network) -> Table:
    """The layers in their order, then the rows that complete the sum."""
    columns = (
        Column("#"),
        Column("Layer", is_number=False),
        Column("cycles", help="per inference, with everything the layer called"),
        Column("share", is_bar=True),
        Column("energy"),
        Column("MACs", help="multiplications of the layer's definition"),
        Column("cycles/MAC"),
        Column("calls", help="per inference"),
        Column("output", is_number=False, help="shape of the first output, without the batch"),
        Column(
            "kernel", is_number=False, help="the function at or below the layer that took most of its time"
        ),
    )
    rows = tuple(_layer_row(each) for each in network.layers)
    caption = "Layers, per inference"
    return without_empty_columns(Table("layers-table", caption, columns, rows))


def _layer_row(layer: LayerCost) -> TableRow:
    is_layer = layer.kind == "layer"
    name = (layer.operator or last_part(layer.name)) if is_layer else words.row_kind(layer.kind)
    kernel = last_part(layer.kernel)
    macs, has_calls = layer.macs_count, is_layer and layer.calls_count != 1
    per_mac = layer.cycles / macs if macs else None
    return TableRow(
        (
            number_cell(str(layer.index), layer.index) if is_layer else Cell("", 1e9),
            text_cell(name, title=layer.name),
            number_cell(grouped(round(layer.cycles)), layer.cycles),
            share_cell(layer.share_ratio),
            energy_cell(layer.energy_j),
            number_cell(_macs_words(macs), macs),
            number_cell("" if per_mac is None else f"{per_mac:.2f}", per_mac),
            number_cell(_count(layer.calls_count), layer.calls_count) if has_calls else EMPTY,
            text_cell(shape_words(layer.output_shapes)),
            text_cell("" if kernel == name else kernel, title=layer.kernel),
        ),
        "" if is_layer else "rest",
    )


def _macs_words(macs: int | None) -> str:
    if macs is None:
        return ""
    return str(macs) if macs < 1000 else engineering(macs, "").strip()


def shape_words(shapes: tuple[tuple[int, ...], ...]) -> str:
    """Of the first output, without the batch: "32x32x16"."""
    if not shapes:
        return ""
    shape = shapes[0]
    return "x".join(map(str, shape[1:] if len(shape) > 1 and shape[0] == 1 else shape))


def kernels_table(report: Report) -> Table:
    """What one call of the measured region spends where."""
    is_whole = report.inference.kind == "whole"
    columns = (
        Column("Kernel", is_number=False),
        Column("cycles", help="in the function itself"),
        Column("share", is_bar=True),
        Column("energy", help="of its own cycles"),
        Column("calls"),
        Column("with callees", help="cycles of the function and of what it calls"),
    )
    shown = report.kernels[:FUNCTIONS_SHOWN]
    names = words.kernel_names(shown)
    caption = "Kernels" if is_whole else "Kernels, mean per call of the measured region"
    rows = tuple(_kernel_row(name, each) for name, each in zip(names, shown, strict=True))
    rest = report.kernels[FUNCTIONS_SHOWN:]
    notes = _left_out(len(rest), sum(each.share_ratio for each in rest), "kernels")
    return without_empty_columns(
        Table("kernels-table", caption, columns, rows, is_searchable=True, notes=notes)
    )


def _kernel_row(name: str, kernel: KernelCost) -> TableRow:
    is_function = kernel.kind == "function"
    calls = number_cell(_count(kernel.calls_count), kernel.calls_count) if is_function else EMPTY
    inclusive = kernel.inclusive_cycles
    return TableRow(
        (
            text_cell(name, title=kernel.name, note=kernel.source_file.rpartition("/")[2]),
            number_cell(grouped(round(kernel.self_cycles)), kernel.self_cycles),
            share_cell(kernel.share_ratio),
            energy_cell(kernel.energy_j),
            calls,
            number_cell(grouped(round(inclusive)), inclusive) if is_function else EMPTY,
        ),
        "" if is_function else "rest",
    )


def functions_table(report: Report, palette: ReasonPalette) -> Table:
    """Every function of the whole run, with why its cycles passed."""
    columns = (
        Column("Function", is_number=False),
        Column("cycles", help="in the function itself"),
        Column("share", is_bar=True, help="of the active cycles of the run"),
        Column("energy", help="of its own cycles"),
        Column(
            "why",
            is_number=False,
            is_bar=True,
            help="its own cycles by reason; the text names the largest stall",
        ),
        Column("calls"),
        Column("cycles/call", help="its own cycles per call"),
        Column("with callees", help="cycles of the function and of what it calls"),
    )
    shown, rest = report.functions[:FUNCTIONS_SHOWN], report.functions[FUNCTIONS_SHOWN:]
    total = report.totals.active_cycles
    rows = tuple(_function_row(index, each, total, palette) for index, each in enumerate(shown))
    ratio = sum(each.self_cycles for each in rest) / total if total else 0.0
    return without_empty_columns(
        Table(
            "functions-table",
            "Functions, whole run",
            columns,
            rows,
            is_searchable=True,
            notes=_left_out(len(rest), ratio, "functions"),
        )
    )


def _function_row(index: int, function: FunctionCost, total: int, palette: ReasonPalette) -> TableRow:
    calls = function.calls_count
    per_call = function.self_cycles / calls if calls else None
    why = _main_stall(function)
    return TableRow(
        (
            text_cell(
                words.short_name(function.name),
                title=function.name,
                note=function.source_file.rpartition("/")[2],
            ),
            number_cell(grouped(function.self_cycles), function.self_cycles),
            share_cell(function.self_cycles / total if total else 0.0),
            energy_cell(function.energy_j),
            Cell(why, None, bar=palette.bar(function.reasons)),
            number_cell(grouped(calls), calls),
            number_cell("" if per_call is None else grouped(round(per_call)), per_call),
            number_cell(grouped(function.inclusive_cycles), function.inclusive_cycles),
        ),
        details_index=index if function.reasons else -1,
    )


def _main_stall(function: FunctionCost) -> str:
    """The largest reason but the work itself, in words: colour alone says nothing to many."""
    stalls = [(name, cycles) for name, cycles in function.reasons if name != "issue" and cycles > 0]
    if not stalls or not function.self_cycles:
        return ""
    name, cycles = max(stalls, key=lambda pair: pair[1])
    return f"{shown_name(name)} {cycles / function.self_cycles:.0%}"


def function_details(report: Report) -> list[list[list[str | int]]]:
    """By the place of the function: its reasons and their cycles, for the rows that the page opens."""
    return [
        [[name, cycles] for name, cycles in function.reasons]
        for function in report.functions[:FUNCTIONS_SHOWN]
    ]


def contexts_table(report: Report) -> Table | None:
    """The thread, tasks and handlers; None where only one of them ran."""
    if sum(each.kind != "sleep" for each in report.contexts) < 2:
        return None
    columns = (
        Column("Task or interrupt", is_number=False),
        Column("kind", is_number=False),
        Column("runs", help="how often it was entered or switched to"),
        Column("cycles"),
        Column("share", is_bar=True, help="of the active cycles of the run"),
        Column("longest", help="cycles of the longest activation"),
        Column("energy"),
        Column("stack", help="used and available bytes of its own stack"),
    )
    rows = tuple(_context_row(each) for each in report.contexts)
    return without_empty_columns(
        Table("contexts-table", "Tasks, handlers and sleep, whole run", columns, rows)
    )


def _context_row(context: ContextCost) -> TableRow:
    is_rest = context.kind in ("sleep", "other")
    used, size = context.stack_used_bytes, context.stack_bytes
    stack = "" if used is None else f"{grouped(used)} of {'?' if size is None else grouped(size)} B"
    return TableRow(
        (
            text_cell(words.row_kind(context.kind) if is_rest else context.name),
            text_cell("" if is_rest else context.kind),
            EMPTY if is_rest else number_cell(grouped(context.activations_count), context.activations_count),
            number_cell(grouped(context.self_cycles), context.self_cycles),
            EMPTY if context.kind == "sleep" else share_cell(context.share_ratio),
            EMPTY if is_rest else number_cell(grouped(context.max_cycles), context.max_cycles),
            energy_cell(context.energy_j),
            number_cell(stack, used),
        ),
        "rest" if is_rest else "",
    )


def energy_cell(band: Band | None) -> Cell:
    """An energy; its band when the mouse rests on it."""
    if band is None:
        return EMPTY
    return Cell(engineering(band.value, "J"), band.value, words.band_words(band, "J"))


def _count(count: Number) -> str:
    return grouped(round(count)) if count == round(count) else f"{count:.2f}"


def _left_out(count: int, share_ratio: float, what: str) -> tuple[str, ...]:
    if not count:
        return ()
    return (
        f"{grouped(count)} more {what} with {share_ratio:.2%} of the cycles are left out of this page; "
        "the CSV and JSON formats have them all.",
    )
