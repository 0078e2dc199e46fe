"""UART of the Kinetis K.

Not modelled: FIFOs (a byte leaves at once unless the line is timed), 9 bits, address match,
ISO 7816, modem lines, errors.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice
from mcusim.machine.devices.serial_line import LineEvents, SerialLine

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_STATUS_OFFSET, _DATA_OFFSET = 4, 7
_TDRE, _TC, _RDRF = 1 << 7, 1 << 6, 1 << 5
_TIE, _TCIE, _RIE, _TE, _RE = 1 << 7, 1 << 6, 1 << 5, 1 << 3, 1 << 2
_CLOCKS_PER_BIT = 16


class KinetisUart(RegisterDevice):
    """Options: those of `SerialLine`, `clock` (a line of the clock net; without it the core clock)."""

    # The registers are bytes: BDH, BDL, C1, C2; S1, S2, C3, D; then what only remembers. Offsets, bits and reset
    # values: NXP's SVD file of the MK64F12.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "BDH_C2": Register(0x00, 0x0000_0400),
        "S1_D": Register(0x04, 0x0000_00C0, writable_mask=0x00FF_FF00),
        "MA_C5": Register(0x08),
        "ED_IR": Register(0x0C, writable_mask=0xFFFF_FF00),
        "FIFO": Register(0x10, 0x00C0_0000),
        "COUNTS": Register(0x14, writable_mask=0xFFFF_FF00),
        "ISO7816": Register(0x18),
        "ISO7816_MORE": Register(0x1C),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._line = SerialLine(self, LineEvents(self._update_irq, self._update_irq), self._bit_cycles)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._line.reset()
        self.set_irq(False)

    def read(self, offset: int, size_bytes: int) -> int:
        """S1 is computed; D takes a received byte, if there is one."""
        value = super().read(offset, size_bytes)
        covered = range(offset, offset + size_bytes)
        if _STATUS_OFFSET in covered:
            value |= self._status() << 8 * (_STATUS_OFFSET - offset)
        if _DATA_OFFSET in covered and self._control & _RE:
            value |= self._line.take() << 8 * (_DATA_OFFSET - offset)
            self._update_irq()
        return value

    def load(self, name: str) -> int:
        """Without the status, which `read` adds."""
        return super().load(name) & ~0xFF if name == "S1_D" else super().load(name)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """A byte for D leaves."""
        super().write(offset, size_bytes, value)
        if _DATA_OFFSET in range(offset, offset + size_bytes) and self._control & _TE:
            byte = value >> 8 * (_DATA_OFFSET - offset) & 0xFF
            self._line.send(bytes([byte]))
        self._line.listen(bool(self._control & _RE))
        self._update_irq()

    @property
    def _control(self) -> int:
        return self.values["BDH_C2"] >> 24

    def _status(self) -> int:
        idle_mask = _TC if self._line.is_idle else 0
        return _TDRE | idle_mask | (_RDRF if self._line.has_input and self._control & _RE else 0)

    def _update_irq(self) -> None:
        self.set_irq(bool(self._status() & self._control & (_TIE | _TCIE | _RIE)))

    def _bit_cycles(self) -> Fraction:
        """16 x (SBR + BRFD / 32) module clocks; SBR is in BDH and BDL, BRFD in C4."""
        word = self.values["BDH_C2"]
        divider = (word & 0x1F) << 8 | word >> 8 & 0xFF
        clock_hz = self.host.clock_net.clock_hz(self.text_option("clock", "")) or self.host.core_clock_hz
        fine = Fraction(self.values["MA_C5"] >> 16 & 0x1F, 32)
        return _CLOCKS_PER_BIT * (max(1, divider) + fine) * self.host.core_clock_hz / clock_hz
