"""Breakpoints in our stand-ins for boot ROMs: places from which a chip does not come back by itself."""

from __future__ import annotations

_ROM_END_ADDR = 0x8000
_ENDS = {
    0xBEFC: ("exit", "the firmware rebooted into the USB boot loader (BOOTSEL)"),
    0xBEFD: ("unsupported", "the boot ROM found nothing to start in flash"),
    0xBEFE: ("unsupported", "an exception, or a function that the boot ROM's stand-in does not have"),
}


def end_in_rom(pc_addr: int, instruction: int) -> tuple[str, str] | None:
    """Reason and detail of the run's end at this breakpoint; None when it is the firmware's own."""
    return _ENDS.get(instruction) if pc_addr < _ROM_END_ADDR else None
