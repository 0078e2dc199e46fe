"""The serial interface to the RP2040's flash (datasheet section 4.10): commands in standard mode reach the flash chip.

Not modelled: how long a transfer takes, formats with two and four data lines (boot code sends one to enter continuous
reading: its answer is zero), DMA requests. The timing of reads through the cache is in the chip file.
Options: `flash_addr` and `flash_bytes`, where the bus shows the flash.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.nor_flash import SELECT_LINE, NorFlash
from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_TFNF, _TFE, _RFNE = 1 << 1, 1 << 2, 1 << 3
_DATA_WORDS_COUNT = 36
_DATA_NAMES = tuple(f"DR{index}" for index in range(_DATA_WORDS_COUNT))
_TRANSFER_SHIFT, _BOTH_WAYS, _ONLY_OUT = 8, 0, 1  # CTRLR0.TMOD
_FORMAT_SHIFT = 21  # CTRLR0.SPI_FRF: 0 is standard


class Rp2040Ssi(Rp2040Device):
    """As many answers as words were sent."""

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

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        flash_addr = self.int_option("flash_addr", 0x1000_0000)
        self._flash = NorFlash(host, flash_addr, self.int_option("flash_bytes", 2 << 20))
        self._answers: deque[int] = deque()
        self._is_forced = False
        host.dma_net.listen(SELECT_LINE, self._flash.select)

    def reset(self) -> None:
        """Idle."""
        super().reset()
        self._answers.clear()
        self._flash.reset()
        self._is_forced = False

    def load(self, name: str) -> int:
        """RXFLR counts the answers that wait; reading DR takes one."""
        self._follow_selection()
        if name == "SR":
            return super().load(name) | (_RFNE if self._answers else 0)
        if name == "RXFLR":
            return len(self._answers)
        if name in _DATA_NAMES:
            return self._answers.popleft() if self._answers else 0
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """A word goes out; disabling empties the queue and deselects the flash."""
        if name in _DATA_NAMES and self.values["SSIENR"]:
            self._exchange(written)
        elif name == "SSIENR" and not written:
            self._answers.clear()
            self._flash.release()

    def _exchange(self, written: int) -> None:
        control = self.values["CTRLR0"]
        direction = control >> _TRANSFER_SHIFT & 0b11
        self._is_forced = self.host.dma_net.is_asking(SELECT_LINE)
        is_serial = not control >> _FORMAT_SHIFT & 0b11 and direction in (_BOTH_WAYS, _ONLY_OUT)
        answer = self._flash.exchange(written & 0xFF) if is_serial else 0
        if direction != _ONLY_OUT:
            self._answers.append(answer)

    def _follow_selection(self) -> None:
        """Without a forced chip select, the flash is deselected as soon as everything has been sent."""
        is_forced = self.host.dma_net.is_asking(SELECT_LINE)
        if not is_forced:
            self._flash.release()
        self._is_forced = is_forced
