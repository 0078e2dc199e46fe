"""SCI of the RA6M4 as an asynchronous serial port without FIFO.

Not modelled: FIFO mode, SPI, I2C and smart card modes, errors, and interrupts: those pass the event link of the ICU,
which is not modelled; firmware must poll.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice
from mcusim.machine.devices.serial_line import LineEvents, SerialLine

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_TDR, _SSR, _RDR = 3, 4, 5
_TE, _RE = 1 << 5, 1 << 4
_TDRE, _RDRF, _TEND = 1 << 7, 1 << 6, 1 << 2
_CLOCKS_PER_BIT = 32


class RaSci(RegisterDevice):
    """Options: those of `SerialLine`."""

    # Bytes: SMR, BRR, SCR, TDR; SSR, RDR, SCMR, SEMR; then what only remembers. Offsets and bits: R7FA6M4AF.h of FSP 6.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "SMR_TDR": Register(0x00, 0xFF00_FF00),
        "SSR_SEMR": Register(0x04, 0x00F2_0000, writable_mask=0xFFFF_0000),
        **{f"MODE_{offset:02X}": Register(offset) for offset in range(0x08, 0x24, 4)},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._line = SerialLine(self, LineEvents(lambda: None, lambda: None), self._bit_cycles)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._line.reset()

    def read(self, offset: int, size_bytes: int) -> int:
        """SSR is computed; RDR takes a received byte."""
        value = super().read(offset, size_bytes)
        covered = range(offset, offset + size_bytes)
        if _SSR in covered:
            value |= self._status() << 8 * (_SSR - offset)
        if _RDR in covered and self._control & _RE:
            value |= self._line.take() << 8 * (_RDR - offset)
        return value

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """A byte for TDR leaves."""
        super().write(offset, size_bytes, value)
        if _TDR in range(offset, offset + size_bytes) and self._control & _TE:
            self._line.send(bytes([value >> 8 * (_TDR - offset) & 0xFF]))
        self._line.listen(bool(self._control & _RE))

    @property
    def _control(self) -> int:
        return self.values["SMR_TDR"] >> 16 & 0xFF

    def _status(self) -> int:
        idle_mask = _TEND if self._line.is_idle else 0
        return _TDRE | idle_mask | (_RDRF if self._line.has_input and self._control & _RE else 0)

    def _bit_cycles(self) -> Fraction:
        """32 x (BRR + 1) clocks at the default mode; the peripheral clock is taken to be the core's."""
        return Fraction(_CLOCKS_PER_BIT * ((self.values["SMR_TDR"] >> 8 & 0xFF) + 1))
