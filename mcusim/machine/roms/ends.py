"""Where boot ROMs are, and breakpoints in our stand-ins: places from which a chip does not come back by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.board.schema import Medium

if TYPE_CHECKING:
    from mcusim.board.schema import Chip

_ROM_END_ADDR = 0x8000
_ENDS = {
    0xBEFC: ("exit", "the firmware rebooted into the USB boot loader (BOOTSEL)"),
    0xBEFD: ("unsupported", "the boot ROM found nothing to start in flash"),
    0xBEFE: ("unsupported", "an exception, or a function that the boot ROM's stand-in does not have"),
}


def end_in_rom(pc_addr: int, instruction: int) -> tuple[str, str] | None:
    """Reason and detail of the run's end at this breakpoint; None when it is the firmware's own."""
    return _ENDS.get(instruction) if pc_addr < _ROM_END_ADDR else None


def rom_addrs(chip: Chip) -> range:
    """Addresses of the boot ROM; none where the chip file has no such region."""
    region = next((each for each in chip.regions if each.medium is Medium.ROM), None)
    return range(region.start_addr, region.end_addr) if region is not None else range(0)
