"""The lines of the report about a network: what it is, its layers in their order, and the runtime's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.firmware.names import last_part
from mcusim.render import words
from mcusim.units import engineering, grouped, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.report.network import Arena, LayerCost
    from mcusim.report.report import Report

_SHOWN = 20
_GAP = "  "
_BAR_WIDTH = 8
_KERNEL_WIDTH_MIN = 16
_NAME_WIDTH_MIN, _NAME_WIDTH_MAX = 8, 24
_NAME, _KERNEL, _SHAPE, _BAR = 1, 2, 3, 7
_LEFT = (_NAME, _KERNEL, _SHAPE, _BAR)
_NAME_HEADINGS = ("Layer", "Layer, per inference")
_HEADINGS = ("#", _NAME_HEADINGS[0], "kernel", "output", "cycles", "share", "energy", "")


def has_layers(report: Report) -> bool:
    """Whether there is a table of layers to show."""
    return report.network is not None and any(each.kind == "layer" for each in report.network.layers)


def layer_lines(report: Report, width: int) -> list[str]:
    """The table in the order of the inference, its heading first; the cheapest layers of many are summed."""
    network = report.network
    if network is None or not has_layers(report):
        return []
    layers = [each for each in network.layers if each.kind == "layer"]
    dearest = sorted(layers, key=lambda each: (-each.cycles, each.index))
    shown, rest = dearest[:_SHOWN], dearest[_SHOWN:]
    rows = [_row(each) for each in layers if each in shown]
    if rest:
        rows.append(_sum_row(f"{len(rest)} more", rest))
    rows += [_sum_row(words.row_kind(each.kind), [each]) for each in network.layers if each.kind != "layer"]
    return _lines([_HEADINGS, *rows], width)


def network_line(report: Report) -> str:
    """One line: runtime, layers, multiplications."""
    network = report.network
    if network is None:
        return ""
    layers = [each for each in network.layers if each.kind == "layer"]
    parts = [network.runtime or "unknown runtime"]
    if layers:
        parts.append("1 layer" if len(layers) == 1 else f"{grouped(len(layers))} layers")
    else:
        parts.append(f"no calls that are layers in {words.short_name(network.inference_function)}()")
    if layers and network.wrapped_function:
        parts.append(f"what {words.short_name(network.wrapped_function)}() calls")
    macs = sum(each.macs_count for each in layers if each.macs_count is not None)
    if macs:
        cycles = sum(each.cycles for each in network.layers)
        parts += [engineering(macs, "MACs"), f"{cycles / macs:.2g} cycles/MAC"]
    return words.printable(", ".join(parts))


def arena_lines(report: Report) -> list[str]:
    """One line per working memory whose use was counted: how much of it was used, and what would do."""
    return [_arena(each) for each in report.arenas if each.touched_bytes is not None]


def _arena(arena: Arena) -> str:
    name = words.printable(words.short_name(arena.name))
    used, needed = size(arena.touched_bytes or 0), size(arena.needed_bytes or 0)
    return f"{name} {size(arena.size_bytes)}: {used} touched; about {needed} would do for this input"


def _row(layer: LayerCost) -> tuple[str, ...]:
    name = layer.operator or _plain(layer.name)
    kernel = _plain(layer.kernel)
    return (
        str(layer.index),
        words.printable(name),
        "" if kernel == name else words.printable(kernel),
        _shape(layer),
        *_numbers([layer]),
    )


def _sum_row(name: str, layers: Sequence[LayerCost]) -> tuple[str, ...]:
    return ("", name, "", "", *_numbers(layers))


def _numbers(layers: Sequence[LayerCost]) -> tuple[str, ...]:
    share = sum(each.share_ratio for each in layers)
    energies = [each.energy_j.value for each in layers if each.energy_j is not None]
    energy = engineering(sum(energies), "J") if energies else ""
    bar = words.bar(share, _BAR_WIDTH)
    return grouped(round(sum(each.cycles for each in layers))), f"{share:.1%}", energy, bar


def _plain(name: str) -> str:
    """A function without namespaces and arguments: a table has no room for them."""
    return last_part(name)


def _shape(layer: LayerCost) -> str:
    """Of the first output, without the batch: "32x32x16"."""
    if not layer.output_shapes:
        return ""
    shape = layer.output_shapes[0]
    shown = shape[1:] if len(shape) > 1 and shape[0] == 1 else shape
    return "x".join(map(str, shown))


def _lines(rows: list[tuple[str, ...]], width: int) -> list[str]:
    """The kernels' column gives way first; then columns go: the bar, the shape, the kernels."""
    columns = [column for column in range(len(_HEADINGS)) if any(row[column] for row in rows[1:])]
    widths = {column: max(len(row[column]) for row in rows) for column in columns}
    widths[_NAME] = min(widths[_NAME], _NAME_WIDTH_MAX)
    for column in (_BAR, _SHAPE, _KERNEL):
        gives = max(0, widths.get(_KERNEL, 0) - _KERNEL_WIDTH_MIN)
        if column in widths and _room(widths, width) + gives < 0:
            del widths[column]
    if _KERNEL in widths:
        widths[_KERNEL] = min(widths[_KERNEL], widths[_KERNEL] + _room(widths, width))
    widths[_NAME] = max(_NAME_WIDTH_MIN, min(widths[_NAME], widths[_NAME] + _room(widths, width)))
    if _room(widths, width) >= len(_NAME_HEADINGS[1]) - widths[_NAME]:
        widths[_NAME] = max(widths[_NAME], len(_NAME_HEADINGS[1]))
    heading = _NAME_HEADINGS[widths[_NAME] >= len(_NAME_HEADINGS[1])]
    rows[0] = (rows[0][0], heading, *rows[0][2:])
    return [_line(row, widths) for row in rows]


def _room(widths: dict[int, int], width: int) -> int:
    return width - sum(widths.values()) - len(_GAP) * (len(widths) - 1)


def _line(row: tuple[str, ...], widths: dict[int, int]) -> str:
    cells = []
    for column, width in sorted(widths.items()):
        text = row[column] if len(row[column]) <= width else row[column][: width - 1] + "…"
        cells.append(text.ljust(width) if column in _LEFT else text.rjust(width))
    return _GAP.join(cells).rstrip()
