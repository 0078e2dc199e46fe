"""Where a firmware's weights are in flash, and which RAM could hold them; for what-if runs with the weights in RAM."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from mcusim.board.schema import Medium
from mcusim.errors import UsageError
from mcusim.firmware.image import SymbolKind
from mcusim.machine.arenas import TouchMap
from mcusim.machine.machine import Machine
from mcusim.machine.options import MovedData
from mcusim.units import size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mcusim.board.schema import Board, Chip, MemoryRegion
    from mcusim.firmware.image import Image
    from mcusim.firmware.models import Model
    from mcusim.firmware.symbols import SymbolTable
    from mcusim.machine.options import MachineOptions

WEIGHTS_BYTES_MIN = 256
"""Smaller constants are tables and parameters of the code, not weights."""
_WORD_BYTES = 4
_GAP_BYTES_MAX = 64
"""Weights that one inference skips, between weights that it reads: padding, or addresses that are not known."""

Stretch = tuple[int, int]
"""[first address, first address after it)."""


@dataclass(frozen=True, slots=True)
class _Area:
    """RAM in one piece and of one speed."""

    addr: int
    end_addr: int
    free_bytes: int


def stretches_of_models(models: Iterable[Model], chip: Chip) -> tuple[Stretch, ...]:
    """Where these models are, as far as they are in flash."""
    found = [(each.addr, each.addr + each.size_bytes) for each in models if each.size_bytes]
    return _apart(each for each in found if _is_in_flash(each[0], chip))


def flash_of(image: Image, chip: Chip) -> Stretch | None:
    """The stretch of flash that the firmware's bytes take, in the region that has most of them."""
    spans: dict[str, list[Stretch]] = {}
    for segment in image.segments:
        region = _flash_at(segment.addr, chip)
        if region is not None and segment.data:
            spans.setdefault(region.name, []).append((segment.addr, segment.addr + len(segment.data)))
    if not spans:
        return None
    largest = max(spans.values(), key=lambda each: sum(end - start for start, end in each))
    return min(start for start, _ in largest), max(end for _, end in largest)


def stretches_of_run(
    board: Board, image: Image, symbols: SymbolTable, options: MachineOptions
) -> tuple[Stretch, ...]:
    """What the inferences of a run of its own read from flash that is large enough for weights."""
    touched_range = flash_of(image, board.chip)
    if touched_range is None:
        return ()
    signals = replace(options.signals, uart_outputs=(), ptys=())  # the user sees the run that counts
    options = replace(options, touched_range=touched_range, signals=signals)
    machine = Machine(board, image, symbols, options)
    machine.run()
    return stretches_read(machine, image)


def stretches_read(machine: Machine, image: Image) -> tuple[Stretch, ...]:
    """What the inferences of a finished run read of `options.touched_range` and is large enough for weights.

    A variable counts whole when any of it was read. Where no variable is known, a stretch of words that were read does.
    """
    assert machine.options.touched_range is not None
    start_addr, end_addr = machine.options.touched_range
    which = TouchMap.IN_INFERENCE if machine.options.layering is not None else TouchMap.IN_REGION
    words = machine.core.touched_map(which, start_addr, end_addr)
    objects = {
        each.addr: each.size_bytes
        for each in image.symbols
        if each.kind is SymbolKind.OBJECT and start_addr <= each.addr < end_addr
    }
    known = [
        (addr, addr + size_bytes)
        for addr, size_bytes in sorted(objects.items())
        if size_bytes >= WEIGHTS_BYTES_MIN and any(words[_words(start_addr, addr, size_bytes)])
    ]
    rest = bytearray(words)
    for addr, size_bytes in objects.items():
        place = _words(start_addr, addr, size_bytes)
        rest[place] = bytes(len(rest[place]))
    return _apart([*known, *_long_runs(bytes(rest), start_addr)])


def moved_to_ram(
    stretches: tuple[Stretch, ...], static: tuple[Stretch, ...], image: Image, board: Board
) -> tuple[MovedData, ...]:
    """Which RAM each stretch would be in: where a linker would put it, behind the firmware's own `static` data.

    Raises:
        UsageError: there is nothing to move, or too little RAM.
    """
    if not stretches:
        raise UsageError(
            "weights=ram: the firmware's weights are not known",
            why="it holds no model that mcusim can read, and its inference reads no constants of "
            f"{WEIGHTS_BYTES_MIN} bytes or more from flash",
            fix="leave weights=ram out, or name the inference with --inference",
        )
    areas = _areas(board.chip, static)
    home = _home(areas, image)
    moved: list[MovedData] = []
    for start_addr, end_addr in stretches:
        addr = start_addr
        for place in _places_for(end_addr - start_addr, areas, home):
            area = areas[place]
            size_bytes = min(area.free_bytes, end_addr - addr)
            areas[place] = replace(area, free_bytes=area.free_bytes - size_bytes)
            moved += [MovedData(addr, size_bytes, area.addr)] if size_bytes else []
            addr += size_bytes
        if addr < end_addr:
            raise _too_large(stretches, _areas(board.chip, static), board)
    return tuple(moved)


def _home(areas: list[_Area], image: Image) -> int:
    """Which area has most of the firmware's data; where nothing says, the first of the RAM that its stack is in."""
    used_bytes = [each.end_addr - each.addr - each.free_bytes for each in areas]
    if any(used_bytes):
        return used_bytes.index(max(used_bytes))
    for chain in _chains(areas):
        if areas[chain[0]].addr < image.initial_sp_addr <= areas[chain[-1]].end_addr:
            return chain[0]
    return 0


def _chains(areas: list[_Area]) -> list[list[int]]:
    """Indices of areas that follow each other without a gap: one variable can lie across them."""
    chains: list[list[int]] = []
    for index, area in enumerate(areas):
        if chains and areas[index - 1].end_addr == area.addr:
            chains[-1].append(index)
        else:
            chains.append([index])
    return chains


def _places_for(size_bytes: int, areas: list[_Area], home: int) -> list[int]:
    """Indices of the areas that take so many bytes, in the order in which they are filled; none: nowhere."""
    chains = _chains(areas)
    own = next(chain for chain in chains if home in chain)
    upwards = [index for index in own if index >= home]
    others = [chain for chain in chains if chain is not own]
    others.sort(key=lambda chain: -sum(areas[index].free_bytes for index in chain))
    for places in (upwards, own, *others):
        if sum(areas[index].free_bytes for index in places) >= size_bytes:
            return places
    return []


def check_peak(weights_bytes: int, peak_bytes: int, available_bytes: int, board: str) -> None:
    """Refuse weights that do not fit beside what the run used of RAM.

    Raises:
        UsageError: together they are more than the board has.
    """
    if weights_bytes + peak_bytes > available_bytes:
        raise UsageError(
            f"weights=ram: the weights do not fit the RAM of board '{board}'",
            why=f"{size(weights_bytes)} of weights and {size(peak_bytes)} of data, stack and heap are more than "
            f"{size(available_bytes)}",
            fix="leave the weights in flash, or choose a board with more RAM",
        )


def _too_large(stretches: tuple[Stretch, ...], areas: list[_Area], board: Board) -> UsageError:
    wanted_bytes = sum(end - start for start, end in stretches)
    all_bytes = sum(each.end_addr - each.addr for each in areas)
    used_bytes = all_bytes - sum(each.free_bytes for each in areas)
    pieces = f" in {len(areas)} pieces" if len(areas) > 1 else ""
    return UsageError(
        f"weights=ram: the weights do not fit the RAM of board '{board.name}'",
        why=f"they are {size(wanted_bytes)}; of {size(all_bytes)}{pieces} the firmware's data takes {size(used_bytes)}",
        fix="leave the weights in flash, or choose a board with more RAM",
    )


def _areas(chip: Chip, static: tuple[Stretch, ...]) -> list[_Area]:
    """The RAM of the chip, neighbours of one speed taken together, and what the firmware's data leaves of it."""
    ram = sorted(
        (each for each in chip.regions if each.medium is Medium.SRAM and not each.alias_of),
        key=lambda each: each.start_addr,
    )
    pieces: list[list[MemoryRegion]] = []
    for region in ram:
        before = pieces[-1][-1] if pieces else None
        if before is not None and before.end_addr == region.start_addr and _speed(before) == _speed(region):
            pieces[-1].append(region)
        else:
            pieces.append([region])
    return [_area(piece[0].start_addr, piece[-1].end_addr, static) for piece in pieces]


def _area(start_addr: int, end_addr: int, static: tuple[Stretch, ...]) -> _Area:
    used_bytes = sum(max(0, min(end_addr, end) - max(start_addr, start)) for start, end in static)
    return _Area(start_addr, end_addr, end_addr - start_addr - used_bytes)


def _speed(region: MemoryRegion) -> tuple[int, int, int, int]:
    return (
        region.read_wait_cycles,
        region.write_wait_cycles,
        region.waits_above_hz,
        region.line_fill_cycles,
    )


def _is_in_flash(addr: int, chip: Chip) -> bool:
    return _flash_at(addr, chip) is not None


def _flash_at(addr: int, chip: Chip) -> MemoryRegion | None:
    return next(
        (
            each
            for each in chip.regions
            if each.medium is Medium.FLASH and each.start_addr <= addr < each.end_addr
        ),
        None,
    )


def _words(start_addr: int, addr: int, size_bytes: int) -> slice:
    """The places of a variable's words in a map that begins at `start_addr`."""
    return slice((addr - start_addr) // _WORD_BYTES, -(-(addr + size_bytes - start_addr) // _WORD_BYTES))


def _long_runs(words: bytes, start_addr: int) -> Iterator[Stretch]:
    """Stretches of touched words, with short gaps, that are large enough."""
    runs: list[list[int]] = []
    place = 0
    for is_touched, group in groupby(words):
        count = len(list(group))
        if is_touched and runs and (place - runs[-1][1]) * _WORD_BYTES <= _GAP_BYTES_MAX:
            runs[-1][1] = place + count
        elif is_touched:
            runs.append([place, place + count])
        place += count
    for first, last in runs:
        if (last - first) * _WORD_BYTES >= WEIGHTS_BYTES_MIN:
            yield start_addr + first * _WORD_BYTES, start_addr + last * _WORD_BYTES


def _apart(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """By address; those that touch or overlap are one."""
    joined: list[Stretch] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)
