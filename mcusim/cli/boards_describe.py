"""`mcusim boards NAME`: everything the files of a board say, each number with where it is from."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from mcusim.analysis.timing_error import error_bands, timing_error
from mcusim.board.schema import CacheSwitch, FetchModel
from mcusim.cli.boards_power import power_lines
from mcusim.cli.sources import Sources, wrapped
from mcusim.units import engineering, size

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.board.schema import Board, CacheSpec, Chip, FlashInterface, WaitStates

_DO_NOTHING = {"register_file", "absent"}
_MHZ = 1_000_000


def describe(board: Board) -> str:
    """Everything the board's files say, with where it is from."""
    chip, sources = board.chip, Sources()
    title = textwrap.wrap(f"{board.name}: {board.title}", 79, subsequent_indent="  ")
    lines = [*title, "", *_head_lines(board, sources), "", "Memory"]
    lines += _region_lines(chip, sources)
    if chip.flash_interface is not None:
        lines += ["", "Flash interface", *_interface_lines(chip.flash_interface, sources)]
    error = timing_error(chip.core, chip.flash_interface, uses_flash=True)
    lines += ["", "How well cycles are known, with code in flash"]
    lines += wrapped(f"±{error.error_percent:g} % ({error.basis.value}): {error.text}")
    lines += [
        "",
        f"Peripherals that are modelled{_cited(sources, chip)}",
        *_names(each.name for each in chip.devices if each.kind not in _DO_NOTHING),
        "Peripherals that do nothing (the report says when firmware uses them)",
        *_names(each.name for each in chip.devices if each.kind in _DO_NOTHING),
        "",
        "Sources",
        *sources.lines(),
        "",
        *power_lines(board),
    ]
    return "\n".join(lines) + "\n"


def _cited(sources: Sources, chip: Chip) -> str:
    return f" {sources.number(chip.devices_provenance)}" if chip.devices_provenance else ""


def _head_lines(board: Board, sources: Sources) -> list[str]:
    chip, number = board.chip, sources.number
    reset = engineering(chip.reset_clock_hz, "Hz")
    core = f"{chip.core}{' with FPU' if chip.has_fpu else ''}"
    of_core = f" {number(chip.core_provenance)}" if chip.core_provenance else ""
    boot = ", ".join(f"0x{addr:08X}" for addr in chip.boot_addrs)
    of_boot = f" {number(board.boot_provenance)}" if board.boot_provenance else ""
    lines = [
        f"chip     {chip.name}, {core}{of_core}",
        f"clock    {reset} after reset, {engineering(chip.max_clock_hz, 'Hz')} at most "
        f"{number(chip.clock_provenance)}",
        f"supply   {board.supply_v:g} V {number(board.supply_provenance)}",
        f"boots    from {boot}{of_boot}",
    ]
    if board.options_provenance is not None:
        lines.append(f"fitted   oscillators and the like {number(board.options_provenance)}")
    return lines


def _names(names: Iterable[str]) -> list[str]:
    return textwrap.wrap(", ".join(names) or "none", 78, initial_indent="  ", subsequent_indent="  ")


def _region_lines(chip: Chip, sources: Sources) -> list[str]:
    lines = []
    for region in chip.regions:
        where = f"0x{region.start_addr:08X}-0x{region.end_addr - 1:08X}"
        alias = f", alias of {region.alias_of}" if region.alias_of else ""
        waits = f", {region.read_wait_cycles}/{region.write_wait_cycles} wait cycles (read/write)"
        waits += f" above {engineering(region.waits_above_hz, 'Hz')}" if region.waits_above_hz else ""
        shown = waits if region.read_wait_cycles or region.write_wait_cycles else ""
        if region.line_fill_cycles:
            shown += f", {region.line_fill_cycles} cycles for a miss of the core's caches"
        lines += wrapped(
            f"{region.name}: {region.medium.value} {where}, {size(region.size_bytes)}{alias}{shown} "
            f"{sources.number(region.provenance)}"
        )
    return lines


def _interface_lines(interface: FlashInterface, sources: Sources) -> list[str]:
    data = "in the instruction cache" if interface.is_unified else _cache(interface.data_cache)
    band = error_bands().memory_system(interface.memory_system)
    regions = ", ".join(interface.region_names)
    lines = [
        f"{interface.granule_bytes}-byte reads from {regions} {sources.number(interface.provenance)}",
        *_wait_state_lines(interface, sources),
        f"instruction cache: {_cache(interface.instruction_cache)}",
        f"data cache: {data if interface.caches_data else 'none'}",
        *_prefetch_lines(interface),
        f"{band.title}: adds ±{band.error_percent:g} % to the error band of cycles "
        f"{sources.number(band.provenance)}",
    ]
    return [text for line in lines for text in wrapped(line)]


def _wait_state_lines(interface: FlashInterface, sources: Sources) -> list[str]:
    lines = [f"wait states by default: {interface.default_wait_cycles}"]
    if interface.waits_follow_clock:
        lines = ["wait states: chosen by the hardware from the clock"]
    if interface.wait_state_cycles > 1:
        lines[-1] += f", {interface.wait_state_cycles} core cycles each"
    if interface.wait_states:
        lines.append("highest clock with 0, 1, 2 … wait states:")
    return lines + [
        f"- {_condition(each)}{', '.join(f'{hz / _MHZ:g}' for hz in each.limits_hz)} MHz "
        f"{sources.number(each.provenance)}"
        for each in interface.wait_states
    ]


def _condition(table: WaitStates) -> str:
    parts = [f"from {table.min_supply_v:g} V"] if table.min_supply_v else []
    parts += [table.voltage_range] if table.voltage_range else []
    return f"{' in '.join(parts)}: " if parts else ""


def _prefetch_lines(interface: FlashInterface) -> list[str]:
    lines = []
    if interface.switch is CacheSwitch.CORE:
        lines.append("these are the core's own caches, off after reset")
    if interface.model is FetchModel.WALK:
        lines.append("instructions are fetched word by word over the core's one bus")
    if interface.prefetch is not None:
        spec = interface.prefetch
        after = "any new line" if spec.follows_hits else "a missed or prefetched line"
        lines.append(
            f"prefetch after {after}: ready the wait states + {spec.latency_cycles} cycles later, "
            f"then {spec.hit_cycles} cycles"
        )
    return lines


def _cache(cache: CacheSpec | None) -> str:
    if cache is None:
        return "none"
    ways = f"{cache.ways_count} ways" if cache.ways_count else "fully associative"
    return f"{cache.lines_count} lines of {cache.line_bytes} bytes, {ways}"
