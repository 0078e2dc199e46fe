"""Does this firmware belong on this board? Picks the vector table that the chip boots from; refuses or warns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcusim.board.load import board_names, load_board
from mcusim.board.schema import Medium
from mcusim.errors import FirmwareFileError
from mcusim.firmware.image import SymbolKind
from mcusim.firmware.likely_chip import named_devices, peripheral_addrs
from mcusim.firmware.load import Target
from mcusim.firmware.vectors import find_vector_tables, reset_state

if TYPE_CHECKING:
    from mcusim.board.schema import Board, Chip
    from mcusim.firmware.image import Image, Segment

_ARCHITECTURES = {
    "cortex-m0": ("v6S-M", "v6-M"),
    "cortex-m0plus": ("v6S-M", "v6-M"),
    "cortex-m3": ("v6S-M", "v6-M", "v7-M", "v7"),
    "cortex-m4": ("v6S-M", "v6-M", "v7-M", "v7", "v7E-M"),
    "cortex-m7": ("v6S-M", "v6-M", "v7-M", "v7", "v7E-M"),
    "cortex-m33": ("v6S-M", "v6-M", "v7-M", "v7", "v7E-M", "v8-M.baseline", "v8-M.mainline"),
}
_CORES_FOR = {
    "v7-M": "a Cortex-M3, M4 or M7",
    "v7": "a Cortex-M3, M4 or M7",
    "v7E-M": "a Cortex-M4 or M7",
    "v8-M.baseline": "a Cortex-M23",
    "v8-M.mainline": "a Cortex-M33",
    "v8.1-M.mainline": "a Cortex-M55 or M85",
}
_BOOT_ROM_STACK_ADDR = 0x2020_8000
"""Assumed: the i.MX RT's boot ROM works in the first 32 KiB of OCRAM. Firmware without a vector table sets its own."""
_ENOUGH_DEVICES = 4
"""Below this a table of constants could name as many by chance."""
_SURE_DEVICES = 20
"""With so many of its own no other chip can have so many more: the other boards need not be read."""
_OWN_RATIO = 0.65
"""A board of which the code names fewer peripherals than this share of another's is not the one. Measured: 129 right
pairs of image and board stay silent, 729 of 846 wrong ones warn; the rest are chips of one family."""
_BOARDS_SHOWN = 5
_LIKELY_RATIO = 0.85
"""Of 129 images of known chips, the right one never named less than this share of what the best other chip did."""


def placed_on(image: Image, chip: Chip) -> Image:
    """`image` with the vector table that `chip` boots from, when it has one there, and without option bytes."""
    image = _without_option_bytes(image, chip)
    if not image.initial_sp_addr:
        return replace(image, initial_sp_addr=_BOOT_ROM_STACK_ADDR)
    tables = find_vector_tables(image)
    chosen = next((addr for addr in chip.boot_addrs if addr in tables), image.vector_table_addr)
    if chosen == image.vector_table_addr:
        return image
    initial_sp_addr, initial_pc_addr = reset_state(image, chosen)
    return replace(
        image, vector_table_addr=chosen, initial_sp_addr=initial_sp_addr, initial_pc_addr=initial_pc_addr
    )


def _without_option_bytes(image: Image, chip: Chip) -> Image:
    """Files for flash tools also set bits that are no memory here but registers (Nordic's UICR)."""
    kept, warnings = [], list(image.warnings)
    for segment in image.segments:
        name = _device_with(segment, chip)
        if name:
            warnings.append(
                f"{len(segment.data)} bytes for {name} at 0x{segment.load_addr:08X} were left out: "
                "the board has its usual settings there"
            )
        else:
            kept.append(segment)
    return replace(image, segments=tuple(kept), warnings=tuple(warnings)) if kept else image


def _device_with(segment: Segment, chip: Chip) -> str:
    """The device that is where the segment would be written, when no memory is there."""
    start, end = segment.load_addr, segment.load_addr + len(segment.data)
    if not segment.data or any(each.start_addr <= start < each.end_addr for each in chip.regions):
        return ""
    return next(
        (
            each.name
            for each in chip.devices
            if each.base_addr <= start and end <= each.base_addr + each.size_bytes
        ),
        "",
    )


def check_fit(image: Image, board: Board) -> None:
    """Refuse firmware that was built for another core or another chip.

    Raises:
        FirmwareFileError: the build attributes name an architecture that the core does not have, or the first stack
            lies outside the board's memory.
    """
    _check_core(image, board)
    _check_npu(image)
    _check_worlds(image, board)
    sp_addr = image.initial_sp_addr
    ram = [each for each in board.chip.regions if each.medium is Medium.SRAM]
    if not any(each.start_addr < sp_addr <= each.end_addr for each in ram):
        shown = ", ".join(f"0x{each.start_addr:08X}-0x{each.end_addr - 1:08X}" for each in ram)
        raise FirmwareFileError(
            f"the firmware is built for another chip than that of board '{board.name}'",
            where=f"{image.path}, vector table at 0x{image.vector_table_addr:08X}",
            why=f"its stack starts at 0x{sp_addr:08X}, the board's RAM is {shown}",
            fix="choose the board that the firmware was linked for (mcusim boards lists them)",
        )


def _check_core(image: Image, board: Board) -> None:
    known = _ARCHITECTURES.get(board.chip.core, ())
    if not image.architecture or image.architecture in known:
        return
    cores = _CORES_FOR.get(image.architecture, "another core")
    fix = "choose a board with that core (mcusim boards lists them), or rebuild for this one"
    if image.architecture == "v8.1-M.mainline":
        cores += " with Helium (MVE)" if image.has_mve else ""
        fix = "no board here has that core; the nearest is a Cortex-M33: rebuild with -mcpu=cortex-m33"
    elif image.architecture == "v8-M.baseline":
        fix = (
            "no board here has that core, but a Cortex-M33 runs its code: try --board generic_m33, or rebuild"
        )
    raise FirmwareFileError(
        f"the firmware is built for {cores}",
        where=str(image.path),
        why=f"its build attributes say Arm{image.architecture}; board '{board.name}' has a {board.chip.core}",
        fix=fix,
    )


def _check_npu(image: Image) -> None:
    """The driver of Arm's Ethos-U ("ethosu_init", "ethosu_invoke_v3": ethos-u-core-driver) is of no use without it."""
    calls = [
        each.name for each in image.symbols if each.linkage_name.startswith(("ethosu_init", "ethosu_invoke"))
    ]
    if calls:
        raise FirmwareFileError(
            "the firmware runs its network on an Arm Ethos-U, which is not modelled",
            where=str(image.path),
            why=f"it contains the driver of that accelerator ({calls[0]})",
            fix="build it for the CPU: CMSIS-NN kernels, and a model that was not compiled by Vela",
        )


def _check_worlds(image: Image, board: Board) -> None:
    """Refuse the non-secure half of a TrustZone pair: it calls functions that the secure half has.

    The linker takes them from an import library, whose symbols are absolute functions (Armv8-M Security Extensions:
    Requirements on Development Tools, "Secure gateway import library").
    """
    if board.chip.core != "cortex-m33":
        return
    outside = [
        each.name
        for each in image.symbols
        if each.kind is SymbolKind.FUNCTION
        and each.addr
        and not any(part.addr <= each.addr < part.addr + part.memory_size_bytes for part in image.segments)
        and any(part.start_addr <= each.addr < part.end_addr for part in board.chip.regions)
    ]
    if outside:
        raise FirmwareFileError(
            "this is the non-secure half of a TrustZone firmware",
            where=str(image.path),
            why=f"it calls {len(outside)} functions of a secure half that is not in it ({', '.join(outside[:3])})",
            fix="build the application as one image without TrustZone, or for the secure side alone",
        )


def with_likely_board(image: Image, board: Board) -> Image:
    """`image`, with a warning when its code names the peripherals of another chip rather than this board's.

    Raises:
        FirmwareFileError: and its code is written to what is flash there, and RAM here.
    """
    addrs = peripheral_addrs(image)
    own = named_devices(addrs, (each.base_addr for each in board.chip.devices))
    if len(addrs) < _ENOUGH_DEVICES or len(own) >= _SURE_DEVICES:
        return image
    fits = [each for each in _fits_of(image, addrs) if each.board.chip.name != board.chip.name]
    best_count = max((len(each.devices) for each in fits), default=0)
    if best_count < _ENOUGH_DEVICES or len(own) > _OWN_RATIO * best_count:
        return image
    likely = [each for each in fits if len(each.devices) >= _LIKELY_RATIO * best_count]
    likely.sort(key=lambda each: -len(each.devices))
    first = likely[0]
    missing = sorted(first.devices - {each.base_addr for each in board.chip.devices})
    names = {each.base_addr: each.name for each in first.board.chip.devices}
    example_addr = next((addr for addr in missing if names[addr] == "RCC"), missing[0])
    boards = [each.board.name for each in likely]
    shown = " or ".join(boards[:_BOARDS_SHOWN]) + (" or another" if len(boards) > _BOARDS_SHOWN else "")
    example = f"0x{example_addr:08X} ({names[example_addr]})"
    text = (
        f"the firmware looks built for {shown}: its code names {best_count} peripherals of that "
        f"chip, {len(own)} of this one; nothing of board '{board.name}' is at {example}"
    )
    if _is_in_flash(image, first.board.chip) and not _is_in_flash(image, board.chip):
        raise FirmwareFileError(
            f"the firmware is built for another chip than that of board '{board.name}'",
            where=str(image.path),
            why=f"its code is written to what is flash on {boards[0]} and not here, and names {best_count} "
            f"peripherals of that chip, {len(own)} of this one",
            fix=f"use --board {shown}",
        )
    misfit = (
        f"nothing of this board is at {example}; the firmware looks built for {shown} (--board {boards[0]})"
    )
    return replace(image, warnings=(text, *image.warnings), misfit=misfit)


@dataclass(frozen=True, slots=True)
class _Fit:
    board: Board
    devices: frozenset[int]
    """Base addresses of its peripherals that the code names."""


def _fits_of(image: Image, addrs: frozenset[int]) -> list[_Fit]:
    """Every board that could run the image, and how many of its peripherals the code names."""
    boards = [load_board(name) for name in board_names()]
    return [
        _Fit(each, named_devices(addrs, (device.base_addr for device in each.chip.devices)))
        for each in boards
        if _could_run(image, each.chip)
    ]


def _could_run(image: Image, chip: Chip) -> bool:
    """The chip has memory wherever the image is written, and its core the instructions."""
    has_core = not image.architecture or image.architecture in _ARCHITECTURES.get(chip.core, ())
    return has_core and all(
        any(each.start_addr <= part.load_addr < each.end_addr for each in chip.regions)
        for part in image.segments
        if part.data
    )


def _is_in_flash(image: Image, chip: Chip) -> bool:
    """Whether any of the code is written to flash of the chip."""
    flash = [each for each in chip.regions if each.medium is Medium.FLASH]
    return any(
        each.start_addr <= part.load_addr < each.end_addr
        for part in image.segments
        if part.is_executable and part.data
        for each in flash
    )


def target_of(chip: Chip) -> Target:
    """What a firmware file that says little is read for."""
    flash = [each.start_addr for each in chip.regions if each.medium is Medium.FLASH and not each.alias_of]
    others = [each.start_addr for each in chip.regions if each.medium is not Medium.FLASH or each.alias_of]
    load_addrs = tuple(dict.fromkeys([*chip.boot_addrs, *flash, *others]))
    return Target(chip.name, load_addrs, next(iter(flash), load_addrs[0]))
