"""SCI of the RA6M4 as an asynchronous serial port, with and without FIFO; its interrupts are events of the ICU.

Offsets and bits: R7FA6M4AF.h; which write is followed by which event: r_sci_uart.c of FSP 6. Not modelled: SPI, I2C and
smart card modes, errors, trigger levels of the FIFO (one byte), 9 bits, break.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice
from mcusim.machine.devices.renesas.ra_icu import raise_event
from mcusim.machine.devices.serial_line import LineEvents, SerialLine

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_SCR, _TDR, _SSR, _RDR, _SEMR = 2, 3, 4, 5, 7
_TDRHL_LOW, _FTDRL, _RDRHL, _FRDRL, _FDR = 0x0E, 0x0F, 0x10, 0x11, 0x16
_TIE, _RIE, _TE, _RE, _TEIE = 1 << 7, 1 << 6, 1 << 5, 1 << 4, 1 << 2
_TDRE, _RDRF, _TEND = 1 << 7, 1 << 6, 1 << 2
_DR = 1 << 0  # SSR_FIFO: data that wait, fewer than the trigger level
_FIFO_MODE, _FIFO_BYTES = 1 << 0, 16
_RXI, _TXI, _TEI = range(3)
_CLOCKS_PER_BIT = 32


class RaSci(RegisterDevice):
    """Options: those of `SerialLine`, `event` (the number of its RXI; TXI and TEI follow)."""

    # Bytes: SMR, BRR, SCR, TDR; SSR, RDR, SCMR, SEMR; then what only remembers, but data and counts of the FIFO.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "SMR_TDR": Register(0x00, 0xFF00_FF00),
        "SSR_SEMR": Register(0x04, 0x00F2_0000, writable_mask=0xFFFF_0000),
        "MODE_08": Register(0x08),
        "SPMR_TDRHL": Register(0x0C, 0xFFFF_0000),
        "RDRHL_DCCR": Register(0x10, 0x1AFF_0000, writable_mask=0xFFFF_0000),
        "FCR_FDR": Register(0x14, 0x0000_F800, writable_mask=0xFFFF),
        **{f"MODE_{offset:02X}": Register(offset) for offset in range(0x18, 0x24, 4)},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._line = SerialLine(
            self, LineEvents(self._sent, self._came), self._bit_cycles, depth_bytes=_FIFO_BYTES
        )

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._line.reset()

    def read(self, offset: int, size_bytes: int) -> int:
        """SSR and FDR are computed; the data register takes a received byte."""
        value = super().read(offset, size_bytes)
        covered = range(offset, offset + size_bytes)
        if _SSR in covered:
            value |= self._status() << 8 * (_SSR - offset)
        if _FDR in covered and self._is_fifo:
            value |= self._line.received_count << 8 * (_FDR - offset)
        data = _RDR if _RDR in covered else _RDRHL if _RDRHL in covered else _FRDRL
        if data in covered and self._control & _RE:
            value |= self._take() << (0 if data == _FRDRL else 8 * (data - offset))
        return value

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Data leave; enabling the interrupt of an empty FIFO makes one."""
        before, covered = self._control, range(offset, offset + size_bytes)
        super().write(offset, size_bytes, value)
        # TDRHL and FTDRHL are one halfword, little-endian on the bus as all registers are; FTDRL alone is its byte 0xF.
        data = _TDR if _TDR in covered else _TDRHL_LOW if _TDRHL_LOW in covered and size_bytes > 1 else _FTDRL
        is_data = data in covered
        if is_data and self._control & _TE:
            self._line.send(bytes([value >> (0 if data == _FTDRL else 8 * (data - offset)) & 0xFF]))
        raised = self._control & ~before
        is_ready = raised & _TIE and (self._is_fifo or raised & _TE)
        is_refilled = _SSR in covered and self._is_fifo and not value >> 8 * (_SSR - offset) & _TDRE
        if self._control & _TIE and (is_ready or is_refilled):
            self._tell(_TXI)
        if raised & _TEIE and self._line.is_idle:
            self._tell(_TEI)
        self._line.listen(bool(self._control & _RE))

    @property
    def _control(self) -> int:
        return self.values["SMR_TDR"] >> 16 & 0xFF

    @property
    def _is_fifo(self) -> bool:
        return bool(self.values["FCR_FDR"] & _FIFO_MODE)

    def _status(self) -> int:
        idle_mask = _TEND if self._line.is_idle else 0
        waiting_mask = _RDRF | (_DR if self._is_fifo else 0)
        return _TDRE | idle_mask | (waiting_mask if self._line.has_input and self._control & _RE else 0)

    def _take(self) -> int:
        byte = self._line.take()
        if self._line.has_input and not self._is_fifo:
            self._came()  # without a FIFO the far end's next byte came when the register was free
        return byte

    def _sent(self) -> None:
        """Untimed lines are ready for the next byte at once."""
        if self._control & _TIE and not self._is_fifo:
            self._tell(_TXI)
        if self._control & _TEIE:
            self._tell(_TEI)

    def _came(self) -> None:
        is_first = self._line.received_count == 1 or self._is_fifo
        if self._control & _RIE and (is_first or not self._is_fifo):
            self._tell(_RXI)

    def _tell(self, which: int) -> None:
        event = self.int_option("event", 0)
        raise_event(self.host, event and event + which)

    def _bit_cycles(self) -> Fraction:
        """32 x (BRR + 1) clocks at n = 0, fewer as BGDM and ABCS in SEMR say; PCLKA over 4 to the power of CKS."""
        word, extended = self.values["SMR_TDR"], self.values["SSR_SEMR"] >> 24
        clocks = _CLOCKS_PER_BIT >> (extended >> 6 & 1) >> (extended >> 4 & 1) << 2 * (word & 0b11)
        if extended >> 3 & 1:  # ABCSE: 6 base clocks per bit
            clocks = 12 << 2 * (word & 0b11)
        clock_hz = self.host.clock_net.clock_hz("pclka") or self.host.core_clock_hz
        return Fraction(clocks * ((word >> 8 & 0xFF) + 1) * self.host.core_clock_hz, clock_hz)
