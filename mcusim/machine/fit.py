"""Does this firmware belong on this board? Picks the vector table that the chip boots from; refuses other cores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.board.schema import Medium
from mcusim.errors import FirmwareFileError
from mcusim.firmware.load import Target
from mcusim.firmware.vectors import find_vector_tables, reset_state

if TYPE_CHECKING:
    from mcusim.board.schema import Board, Chip
    from mcusim.firmware.image import Image

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


def placed_on(image: Image, chip: Chip) -> Image:
    """`image` with the vector table that `chip` boots from, when it has one there."""
    tables = find_vector_tables(image)
    chosen = next((addr for addr in chip.boot_addrs if addr in tables), image.vector_table_addr)
    if chosen == image.vector_table_addr:
        return image
    initial_sp_addr, initial_pc_addr = reset_state(image, chosen)
    return replace(
        image, vector_table_addr=chosen, initial_sp_addr=initial_sp_addr, initial_pc_addr=initial_pc_addr
    )


def check_fit(image: Image, board: Board) -> None:
    """Refuse firmware that was built for another core or another chip.

    Raises:
        FirmwareFileError: the build attributes name an architecture that the core does not have, or the first stack
            lies outside the board's memory.
    """
    _check_core(image, board)
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
    if image.architecture and image.architecture not in known:
        raise FirmwareFileError(
            f"the firmware is built for {_CORES_FOR.get(image.architecture, 'another core')}",
            where=str(image.path),
            why=f"its build attributes say Arm{image.architecture}; board '{board.name}' has a {board.chip.core}",
            fix="choose a board with that core (mcusim boards lists them), or rebuild for this one",
        )


def target_of(chip: Chip) -> Target:
    """What a firmware file that says little is read for."""
    flash = [each.start_addr for each in chip.regions if each.medium is Medium.FLASH and not each.alias_of]
    others = [each.start_addr for each in chip.regions if each.medium is not Medium.FLASH or each.alias_of]
    return Target(chip.name, tuple(dict.fromkeys([*chip.boot_addrs, *flash, *others])))
