"""USART of the LPC55S6x's Flexcomm interfaces; as SPI and I2C they only remember writes.

Not modelled: the transmit FIFO's depth (a byte leaves at once unless the line is timed), trigger levels, DMA,
errors, synchronous mode, autobaud.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.serial_line import LineEvents, SerialLine

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_ENABLE, _ENABLETX, _ENABLERX = 1 << 0, 1 << 0, 1 << 1  # CFG; FIFOCFG
_FIFO_BYTES = 16
_TXIDLE = 1 << 3  # STAT
_TXEMPTY, _TXNOTFULL, _RXNOTEMPTY = 1 << 4, 1 << 5, 1 << 6  # FIFOSTAT
_TXLVL, _RXLVL = 1 << 2, 1 << 3  # FIFOINTENSET and FIFOINTSTAT


class Lpc55Usart(RegisterDevice):
    """Options: those of `SerialLine`."""

    # Offsets, bits and reset values: NXP's SVD file of the LPC55S69, USART0 and FLEXCOMM0.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CFG": Register(0x000),
        "CTL": Register(0x004),
        "STAT": read_only(0x008, 0x2),
        "INTENSET": Register(0x00C),
        "INTENCLR": command(0x010),
        "BRG": Register(0x020, writable_mask=0xFFFF),
        "INTSTAT": read_only(0x024),
        "OSR": Register(0x028, 0xF, writable_mask=0xF),
        "ADDR": Register(0x02C),
        "FIFOCFG": Register(0xE00, writable_mask=0x3_F0FF),
        "FIFOSTAT": read_only(0xE04),
        "FIFOTRIG": Register(0xE08),
        "FIFOINTENSET": Register(0xE10, writable_mask=0),
        "FIFOINTENCLR": command(0xE14),
        "FIFOINTSTAT": read_only(0xE18),
        "FIFOWR": command(0xE20),
        "FIFORD": read_only(0xE30),
        "FIFORDNOPOP": read_only(0xE40),
        "PSELID": Register(0xFF8, 0x0010_10F0),
        "ID": read_only(0xFFC, 0xE010_2100),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._line = SerialLine(
            self, LineEvents(self._update_irq, self._update_irq), self._bit_cycles, depth_bytes=_FIFO_BYTES
        )

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._line.reset()
        self.set_irq(False)

    def load(self, name: str) -> int:
        """Status follows the line; FIFORD takes a byte."""
        if name == "STAT":
            return self.values[name] | (_TXIDLE if self._line.is_idle else 0)
        if name == "FIFOSTAT":
            return self._fifo_status()
        if name == "FIFOINTSTAT":
            return self._pending()
        if name == "FIFORD":
            byte = self._line.take()
            self._update_irq()
            return byte
        if name == "FIFORDNOPOP":
            return self._line.peek()
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Send, enable interrupts."""
        if name == "FIFOWR" and self.values["CFG"] & _ENABLE and self.values["FIFOCFG"] & _ENABLETX:
            self._line.send(bytes([written & 0xFF]))
        elif name in ("FIFOINTENSET", "FIFOINTENCLR"):
            self.set_bits("FIFOINTENSET", written & 0xF, name == "FIFOINTENSET")
        elif name in ("CFG", "FIFOCFG"):
            self._listen()
        self._update_irq()

    def _listen(self) -> None:
        is_on = bool(self.values["CFG"] & _ENABLE and self.values["FIFOCFG"] & _ENABLERX)
        self._line.listen(is_on)

    def _fifo_status(self) -> int:
        return _TXEMPTY | _TXNOTFULL | (_RXNOTEMPTY if self._line.has_input else 0)

    def _pending(self) -> int:
        return (_TXLVL | (_RXLVL if self._line.has_input else 0)) & self.values["FIFOINTENSET"]

    def _update_irq(self) -> None:
        self.set_irq(bool(self._pending()))

    def _bit_cycles(self) -> Fraction:
        """(BRG + 1) x (OSR + 1) clocks; the function clock is taken to be the core's."""
        return Fraction((self.values["BRG"] + 1) * (self.values["OSR"] + 1))
