"""USART and EUSART of Silicon Labs' EFM32 and EFR32, as UARTs; as SPI a byte leaves on the console too.

Not modelled: FIFO depths (a byte leaves at once unless the line is timed), errors, double and 9-bit frames, routes.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.serial_line import LineEvents, SerialLine
from mcusim.machine.devices.silabs.efm32_device import Efm32Device

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_RXEN, _RXDIS, _TXEN, _TXDIS = (1 << bit for bit in range(4))  # CMD; the enables show in STATUS bits 0 and 1
_RXENS, _TXENS = 1 << 0, 1 << 1
_TXC, _TX_ROOM, _RX_DATA, _TXIDLE = 1 << 5, 1 << 6, 1 << 7, 1 << 13
_TX_INTERRUPTS, _RX_INTERRUPT = {"TXC": 1 << 0, "TXBL": 1 << 1}, 1 << 2
_FIXED_CLOCKS_PER_BIT = 16
_Layout = dict[str, int]
# Offsets: gecko_sdk 4.4, efm32gg11b_usart.h, efr32mg24_usart.h, efr32mg24_eusart.h. IF is set and cleared through IFS
# and IFC on the first, through the bus's own set and clear addresses on the others.
_SERIES_1: _Layout = {
    "CTRL": 0x00, "FRAME": 0x04, "TRIGCTRL": 0x08, "CMD": 0x0C, "STATUS": 0x10, "CLKDIV": 0x14, "RXDATAX": 0x18,
    "RXDATA": 0x1C, "TXDATAX": 0x30, "TXDATA": 0x34, "IF": 0x40, "IFS": 0x44, "IFC": 0x48, "IEN": 0x4C, "IRCTRL": 0x50,
    "INPUT": 0x58, "I2SCTRL": 0x5C, "TIMING": 0x60, "CTRLX": 0x64, "ROUTEPEN": 0x74, "ROUTELOC0": 0x78,
    "ROUTELOC1": 0x7C,
}  # fmt: skip
_SERIES_2: _Layout = {
    "IPVERSION": 0x00, "EN": 0x04, "CTRL": 0x08, "FRAME": 0x0C, "TRIGCTRL": 0x10, "CMD": 0x14, "STATUS": 0x18,
    "CLKDIV": 0x1C, "RXDATAX": 0x20, "RXDATA": 0x24, "TXDATAX": 0x38, "TXDATA": 0x3C, "IF": 0x48, "IEN": 0x4C,
    "IRCTRL": 0x50, "I2SCTRL": 0x54, "TIMING": 0x58, "CTRLX": 0x5C,
}  # fmt: skip
_EUSART: _Layout = {
    "IPVERSION": 0x00, "EN": 0x04, "CFG0": 0x08, "CFG1": 0x0C, "CFG2": 0x10, "FRAMECFG": 0x14, "DTXDATCFG": 0x18,
    "IRHFCFG": 0x1C, "IRLFCFG": 0x20, "TIMINGCFG": 0x24, "STARTFRAMECFG": 0x28, "SIGFRAMECFG": 0x2C, "CLKDIV": 0x30,
    "TRIGCTRL": 0x34, "CMD": 0x38, "RXDATA": 0x3C, "RXDATAP": 0x40, "TXDATA": 0x44, "STATUS": 0x48, "IF": 0x4C,
    "IEN": 0x50, "SYNCBUSY": 0x54, "DALICFG": 0x58,
}  # fmt: skip
_READ_ONLY = ("IPVERSION", "STATUS", "RXDATA", "RXDATAX", "RXDATAP", "SYNCBUSY")


class Efm32Usart(Efm32Device):
    """Options: those of `SerialLine`. `irq_number` is the receiver's, the next one the transmitter's."""

    LAYOUT: ClassVar[_Layout] = _SERIES_1

    def register_table(self) -> Mapping[str, Register]:
        """The registers of this kind of port."""
        commands = ("CMD", "TXDATA", "TXDATAX", "IFS", "IFC")
        return {
            name: read_only(offset)
            if name in _READ_ONLY
            else command(offset)
            if name in commands
            else Register(offset)
            for name, offset in self.LAYOUT.items()
        }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._line = SerialLine(self, LineEvents(self._sent, self._update_irqs), self._bit_cycles)
        self._enables = 0

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._line.reset()
        self._enables = 0
        self._update_irqs()

    def load(self, name: str) -> int:
        """Status and interrupts follow the line; received data is taken by reading."""
        if name == "STATUS":
            return self._status()
        if name == "IF":
            return self._interrupts()
        if name in ("RXDATA", "RXDATAX"):
            byte = self._line.take() if self._enables & _RXENS else 0
            self._update_irqs()
            return byte
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Commands, data, interrupt flags."""
        if name == "CMD":
            for on_mask, off_mask, enabled_mask in ((_RXEN, _RXDIS, _RXENS), (_TXEN, _TXDIS, _TXENS)):
                if written & on_mask:
                    self._enables |= enabled_mask
                if written & off_mask:
                    self._enables &= ~enabled_mask
            self._line.listen(bool(self._enables & _RXENS))
        elif name in ("TXDATA", "TXDATAX") and self._enables & _TXENS:
            self._line.send(bytes([written & 0xFF]))
        elif name in ("IFS", "IFC"):
            self.set_bits("IF", written & _TX_INTERRUPTS["TXC"], name == "IFS")
        self._update_irqs()

    def _status(self) -> int:
        idle_mask = _TXC | _TXIDLE if self._line.is_idle else 0
        return self._enables | _TX_ROOM | idle_mask | (_RX_DATA if self._has_input() else 0)

    def _has_input(self) -> bool:
        return self._line.has_input and bool(self._enables & _RXENS)

    def _interrupts(self) -> int:
        waiting_mask = _RX_INTERRUPT if self._has_input() else 0
        return self.values["IF"] & _TX_INTERRUPTS["TXC"] | _TX_INTERRUPTS["TXBL"] | waiting_mask

    def _sent(self) -> None:
        self.set_bits("IF", _TX_INTERRUPTS["TXC"], True)
        self._update_irqs()

    def _update_irqs(self) -> None:
        pending = self._interrupts() & self.values["IEN"]
        self.drive_irq(self.spec.irq_number, bool(pending & _RX_INTERRUPT))
        if self.spec.irq_number >= 0:
            self.drive_irq(self.spec.irq_number + 1, bool(pending & ~_RX_INTERRUPT))

    def _bit_cycles(self) -> Fraction:
        """Oversampling by 16: 1 + CLKDIV / 256 clocks per sample; the clock is taken to be the core's."""
        return _FIXED_CLOCKS_PER_BIT * (1 + Fraction(self.values["CLKDIV"] & 0x7F_FFF8, 256))


class Efr32Usart(Efm32Usart):
    """The USART of series 2."""

    LAYOUT: ClassVar[_Layout] = _SERIES_2


class Efr32Eusart(Efm32Usart):
    """The EUSART of series 2."""

    LAYOUT: ClassVar[_Layout] = _EUSART
