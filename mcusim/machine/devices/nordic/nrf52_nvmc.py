"""Non-volatile memory controller of the nRF52840 (PS v1.7, section 4.3).

Not modelled: write and erase times (READY always reads 1), the write-once rule of a word, cache profiling
counters (they stay 0), mass erase, erasing UICR (both warned about).
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only

_WRITE, _ERASE = 1, 2  # CONFIG.WEN
_CACHE_ON = 1 << 0
_PAGE_BYTES = 4096  # FICR.CODEPAGESIZE


class Nrf52Nvmc(RegisterDevice):
    """Write enable, page erase, instruction cache. The wait states are fixed: the chip file has them."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "READY": read_only(0x400, 1),
        "READYNEXT": read_only(0x408, 1),
        "CONFIG": Register(0x504, writable_mask=0b11),
        "ERASEPAGE": command(0x508),
        "ERASEALL": command(0x50C),
        "ERASEPCR0": command(0x510),
        "ERASEUICR": command(0x514),
        "ERASEPAGEPARTIAL": command(0x518),
        "ERASEPAGEPARTIALCFG": Register(0x51C, 0xA),
        "ICACHECNF": Register(0x540, writable_mask=0x101),
        "IHIT": Register(0x548),
        "IMISS": Register(0x54C),
    }

    def reset(self) -> None:
        """Read-only flash, cache off."""
        super().reset()
        self._apply_cache()
        self.host.allow_flash_writes(False)

    def after_write(self, name: str, written: int) -> None:
        """Enables and erases."""
        if name == "CONFIG":
            self.host.allow_flash_writes(self.values["CONFIG"] == _WRITE)
        elif name == "ICACHECNF":
            self._apply_cache()
        elif name in ("ERASEPAGE", "ERASEPAGEPARTIAL", "ERASEPCR0"):
            if self.values["CONFIG"] == _ERASE:  # ignored otherwise (PS 4.3.9)
                self.host.write_memory(written & ~(_PAGE_BYTES - 1), b"\xff" * _PAGE_BYTES)
        elif name in ("ERASEALL", "ERASEUICR") and written & 1 and self.values["CONFIG"] == _ERASE:
            self.host.warn(f"{self.spec.name}: {name} is not modelled; nothing was erased")

    def _apply_cache(self) -> None:
        self.host.set_flash(
            wait_cycles=None,
            prefetch_on=False,
            instruction_cache_on=bool(self.values["ICACHECNF"] & _CACHE_ON),
            data_cache_on=False,
        )
