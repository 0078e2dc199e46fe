"""The serial interface to the RP2040's flash (datasheet section 4.10).

Not modelled: transfers. Boot code may set it up, and commands to the flash are answered with zeros (never
busy); erasing and programming from firmware do nothing, with a warning. The timing of flash reads is in the
chip file.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, read_only

_TFNF, _TFE, _RFNE = 1 << 1, 1 << 2, 1 << 3
_DATA_WORDS_COUNT = 36
_DATA_NAMES = tuple(f"DR{index}" for index in range(_DATA_WORDS_COUNT))
_PAGE_PROGRAM, _ERASES = 0x02, (0x20, 0x52, 0xD8, 0xC7)


class Rp2040Ssi(Rp2040Device):
    """Idle, and as many answers as words were sent."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRLR0": Register(0x00),
        "CTRLR1": Register(0x04),
        "SSIENR": Register(0x08, writable_mask=1),
        "MWCR": Register(0x0C),
        "SER": Register(0x10, writable_mask=1),
        "BAUDR": Register(0x14, writable_mask=0xFFFF),
        "TXFTLR": Register(0x18),
        "RXFTLR": Register(0x1C),
        "TXFLR": read_only(0x20),
        "RXFLR": read_only(0x24),
        "SR": read_only(0x28, _TFE | _TFNF),
        "IMR": Register(0x2C),
        "ISR": read_only(0x30),
        "RISR": read_only(0x34),
        "TXOICR": read_only(0x38),
        "RXOICR": read_only(0x3C),
        "RXUICR": read_only(0x40),
        "MSTICR": read_only(0x44),
        "ICR": read_only(0x48),
        "DMACR": Register(0x4C),
        "DMATDLR": Register(0x50),
        "DMARDLR": Register(0x54),
        "IDR": read_only(0x58, 0x5153_5049),
        "SSI_VERSION_ID": read_only(0x5C, 0x3430_312A),
        **{name: read_only(0x60 + 4 * index) for index, name in enumerate(_DATA_NAMES)},
        "RX_SAMPLE_DLY": Register(0xF0),
        "SPI_CTRLR0": Register(0xF4, 0x0300_0000),
        "TXD_DRIVE_EDGE": Register(0xF8),
    }

    def load(self, name: str) -> int:
        """RXFLR counts the answers that wait; reading DR takes one, a zero."""
        waiting = self.values["RXFLR"]
        if name == "SR":
            return super().load(name) | (_RFNE if waiting else 0)
        if name in _DATA_NAMES:
            self.values["RXFLR"] = max(0, waiting - 1)
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Each word sent brings one back; disabling empties the queue."""
        if name in _DATA_NAMES:
            self.values["RXFLR"] += 1
            if self.values["RXFLR"] == 1 and written & 0xFF in (_PAGE_PROGRAM, *_ERASES):
                self.host.warn(f"{self.spec.name}: erasing or programming the flash is not modelled")
        elif name == "SSIENR" and not written:
            self.values["RXFLR"] = 0
