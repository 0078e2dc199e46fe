"""`mcusim boards`: what there is to run on, one board with its sources, and the check of a board file."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, ClassVar

from mcusim.cli.command import columns, print_text
from mcusim.errors import ExitCode, UsageError
from mcusim.units import engineering, size

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable

    from mcusim.board.schema import Board, CacheSpec, Chip, FlashInterface, Medium
    from mcusim.provenance import Provenance

_DO_NOTHING = {"register_file", "absent"}


class BoardsCommand:
    """List the boards, describe one, or check a board file."""

    name: ClassVar[str] = "boards"
    summary: ClassVar[str] = "list the boards, describe one, or check a board file"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`boards`, `boards NAME`, `boards check FILE`."""
        parser.usage = "mcusim boards [NAME | check FILE]"
        parser.add_argument(
            "words", metavar="NAME", nargs="*", help="describe this board; check FILE: check a file"
        )

    def run(self, arguments: Namespace) -> int:
        """Print what was asked for."""
        match arguments.words:
            case []:
                print_text(_board_list())
            case ["check", file]:
                print_text(_checked(file))
            case ["check"]:
                raise UsageError(
                    "'mcusim boards check' needs a file", fix="mcusim boards check my_board.toml"
                )
            case [name]:
                from mcusim.board.load import load_board

                print_text(describe(load_board(name)))
            case _:
                raise UsageError("too many words", fix="mcusim boards NAME, or mcusim boards check FILE")
        return ExitCode.OK


_LIST_FOOTER = """
CYCLES: how far modelled cycles may be from silicon with code in flash (docs/accuracy.md).
'mcusim boards NAME' shows the numbers and their sources.
"""


def _board_list() -> str:
    from mcusim.analysis.timing_error import timing_error
    from mcusim.board.load import board_names, load_board
    from mcusim.board.schema import Medium

    rows: list[tuple[str, ...]] = [("NAME", "BOARD", "CORE", "CLOCK", "FLASH", "RAM", "CYCLES", "ENERGY")]
    for name in board_names():
        board = load_board(name)
        chip = board.chip
        rows.append(
            (
                name,
                board.title,
                chip.core.removeprefix("cortex-"),
                engineering(chip.max_clock_hz, "Hz"),
                _capacity(chip, Medium.FLASH),
                _capacity(chip, Medium.SRAM),
                f"±{timing_error(chip.core, chip.flash_interface, uses_flash=True).error_percent:g} %",
                "yes" if board.power_model else "no",
            )
        )
    return columns(rows) + _LIST_FOOTER


def _checked(file: str) -> str:
    """Load the board file and what it refers to; any mistake is raised."""
    from mcusim.board.load import load_board

    if not file.endswith(".toml"):
        raise UsageError(
            f"'{file}' is not a board file", why="its name does not end in .toml", fix="rename it"
        )
    from mcusim.machine.wiring import device_class

    board = load_board(file)
    for device in board.chip.devices:
        device_class(device.kind)
    power = "no power model: reports will have no energy"
    if board.power_model:
        from mcusim.power.load import load_power_model

        power = f"power model {load_power_model(board.power_model).name}"
    return f"{file}: board '{board.name}' is fine (chip {board.chip.name}, core {board.chip.core}, {power})\n"


def describe(board: Board) -> str:
    """Everything the board's files say, with where it is from."""
    chip = board.chip
    reset = engineering(chip.reset_clock_hz, "Hz")
    lines = [
        f"{board.name}: {board.title}",
        "",
        f"chip     {chip.name}, {chip.core}{' with FPU' if chip.has_fpu else ''}",
        f"clock    {reset} after reset, {engineering(chip.max_clock_hz, 'Hz')} at most",
        f"         {_source(chip.clock_provenance)}",
        f"supply   {board.supply_v:g} V",
        f"         {_source(board.supply_provenance)}",
        f"power    {board.power_model or 'no model: no energy in reports'}",
        "",
        "Memory",
        *_region_lines(chip),
    ]
    if chip.flash_interface is not None:
        lines += ["", "Flash interface", *_interface_lines(chip.flash_interface)]
    lines += [
        "",
        "Peripherals that are modelled",
        *_wrapped(each.name for each in chip.devices if each.kind not in _DO_NOTHING),
        "Peripherals that do nothing (the report says when firmware uses them)",
        *_wrapped(each.name for each in chip.devices if each.kind in _DO_NOTHING),
    ]
    return "\n".join(lines) + "\n"


def _wrapped(names: Iterable[str]) -> list[str]:
    return textwrap.wrap(", ".join(names) or "none", 78, initial_indent="  ", subsequent_indent="  ")


def _region_lines(chip: Chip) -> list[str]:
    lines = []
    for region in chip.regions:
        where = f"0x{region.start_addr:08X}-0x{region.end_addr - 1:08X}"
        alias = f", alias of {region.alias_of}" if region.alias_of else ""
        waits = f", {region.read_wait_cycles}/{region.write_wait_cycles} wait cycles (read/write)"
        waits += f" above {engineering(region.waits_above_hz, 'Hz')}" if region.waits_above_hz else ""
        shown = waits if region.read_wait_cycles or region.write_wait_cycles else ""
        if region.line_fill_cycles:
            shown += f", {region.line_fill_cycles} cycles for a miss of the core's caches"
        lines.append(
            f"  {region.name}: {region.medium.value} {where}, {size(region.size_bytes)}{alias}{shown}"
        )
        lines.append(f"    {_source(region.provenance)}")
    return lines


def _interface_lines(interface: FlashInterface) -> list[str]:
    from mcusim.analysis.timing_error import error_bands

    data = "in the instruction cache" if interface.is_unified else _cache(interface.data_cache)
    band = error_bands().memory_system(interface.memory_system)
    return [
        f"  {interface.granule_bytes}-byte reads from {', '.join(interface.region_names)}",
        *_wait_state_lines(interface),
        f"  instruction cache: {_cache(interface.instruction_cache)}",
        f"  data cache: {data if interface.caches_data else 'none'}",
        *_prefetch_lines(interface),
        f"    {_source(interface.provenance)}",
        f"  {band.title}: adds ±{band.error_percent:g} % to the error band of cycles",
        f"    {_source(band.provenance)}",
    ]


def _wait_state_lines(interface: FlashInterface) -> list[str]:
    lines = [f"  wait states by default: {interface.default_wait_cycles}"]
    if interface.waits_follow_clock:
        lines = ["  wait states: chosen by the hardware from the clock"]
    if interface.wait_state_cycles > 1:
        lines[-1] += f", {interface.wait_state_cycles} core cycles each"
    if interface.wait_state_limits_hz:
        limits = ", ".join(f"{hz / 1e6:g}" for hz in interface.wait_state_limits_hz)
        lines.append(f"  highest clock with 0, 1, 2 … wait states: {limits} MHz")
    return lines


def _prefetch_lines(interface: FlashInterface) -> list[str]:
    from mcusim.board.schema import CacheSwitch, FetchModel

    lines = []
    if interface.switch is CacheSwitch.CORE:
        lines.append("  these are the core's own caches, off after reset")
    if interface.model is FetchModel.WALK:
        lines.append("  instructions are fetched word by word over the core's one bus")
    if interface.prefetch is not None:
        spec = interface.prefetch
        after = "any new line" if spec.follows_hits else "a missed or prefetched line"
        lines.append(
            f"  prefetch after {after}: ready the wait states + {spec.latency_cycles} cycles later, "
            f"then {spec.hit_cycles} cycles"
        )
    return lines


def _cache(cache: CacheSpec | None) -> str:
    if cache is None:
        return "none"
    ways = f"{cache.ways_count} ways" if cache.ways_count else "fully associative"
    return f"{cache.lines_count} lines of {cache.line_bytes} bytes, {ways}"


def _capacity(chip: Chip, medium: Medium) -> str:
    return size(sum(each.size_bytes for each in chip.regions if each.medium is medium and not each.alias_of))


def _source(provenance: Provenance) -> str:
    return f"[{provenance.basis.value}] {provenance.source}"
