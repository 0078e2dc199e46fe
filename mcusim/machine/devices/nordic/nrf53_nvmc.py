"""Non-volatile memory controller of the nRF5340's application core.

Not modelled: write and erase times (READY always reads 1), the write-once rule of a word, erasing a page by writing to
it and erasing everything (both warned about). The cache is another peripheral (nrf53_cache.py).
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only

_WRITE, _ERASE = 1, 2  # CONFIG.WEN


class Nrf53Nvmc(RegisterDevice):
    """Write enable. The wait states are fixed: the chip file has them."""

    # Offsets and reset values: Nordic's SVD file of the nRF5340, NVMC_NS. ERRATA_: workarounds in Nordic's start-up.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "READY": read_only(0x400, 1),
        "READYNEXT": read_only(0x408, 1),
        "CONFIG": Register(0x504, writable_mask=0b111),
        "ERASEALL": command(0x50C),
        "ERASEPAGEPARTIALCFG": Register(0x51C, 0xA),
        "ERRATA_530": Register(0x530),
        "ERRATA_E04": Register(0xE04),
        "ERRATA_E08": Register(0xE08),
        "CONFIGNS": Register(0x584, writable_mask=0b11),
        "WRITEUICRNS": command(0x588),
    }

    def reset(self) -> None:
        """Read-only flash."""
        super().reset()
        self.host.allow_flash_writes(False)

    def after_write(self, name: str, written: int) -> None:
        """Enables; erasing is reported."""
        if name == "CONFIG":
            self.host.allow_flash_writes(self.values["CONFIG"] == _WRITE)
            if self.values["CONFIG"] == _ERASE:
                self.host.warn(f"{self.spec.name}: erasing a page by writing to it is not modelled")
        elif name == "ERASEALL" and written & 1:
            self.host.warn(f"{self.spec.name}: ERASEALL is not modelled; nothing was erased")
