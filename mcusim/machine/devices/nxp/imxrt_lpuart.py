"""LPUART of the i.MX RT1060.

Not modelled: FIFO depths (a byte leaves at once unless the line is timed), DMA, 9 and 10 bits, address match, modem and
infrared modes, errors.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only
from mcusim.machine.devices.serial_line import LineEvents, SerialLine

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_TDRE, _TC, _RDRF = 1 << 23, 1 << 22, 1 << 21  # STAT; their enables have the same places in CTRL
_FLAGS_MASK = _TDRE | _TC | _RDRF
_TE, _RE = 1 << 19, 1 << 18
_RESET = 1 << 1
_EMPTY = 1 << 12  # DATA.RXEMPT


class ImxrtLpuart(RegisterDevice):
    """Options: those of `SerialLine`, `clock` (a line of the clock net; without it the core clock)."""

    # Offsets, bits and reset values: NXP's SVD file of the MIMXRT1062.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "VERID": read_only(0x00, 0x0401_0003),
        "PARAM": read_only(0x04, 0x202),
        "GLOBAL": Register(0x08, writable_mask=_RESET),
        "PINCFG": Register(0x0C, writable_mask=0b11),
        "BAUD": Register(0x10, 0x0F00_0004),
        "STAT": Register(0x14, 0, writable_mask=0x3E00_0000),
        "CTRL": Register(0x18),
        "DATA": Register(0x1C, writable_mask=0),
        "MATCH": Register(0x20),
        "MODIR": Register(0x24),
        "FIFO": Register(0x28, 0x00C0_0011, writable_mask=0x0003_FF88),
        "WATER": Register(0x2C, writable_mask=0x0003_0003),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._line = SerialLine(self, LineEvents(self._update_irq, self._update_irq), self._bit_cycles)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._line.reset()
        self.set_irq(False)

    def load(self, name: str) -> int:
        """Flags follow the line; DATA takes a received byte."""
        if name == "STAT":
            return self.values[name] | self._flags()
        if name == "DATA":
            has_byte = bool(self._flags() & _RDRF)
            byte = self._line.take() if has_byte else _EMPTY
            self._update_irq()
            return byte
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Send, reset, enable interrupts."""
        if name == "DATA" and self.values["CTRL"] & _TE:
            self._line.send(bytes([written & 0xFF]))
        elif name == "GLOBAL" and written & _RESET:
            self.reset()
            self.values["GLOBAL"] = _RESET
        elif name == "CTRL":
            self._line.listen(bool(self.values[name] & _RE))
        self._update_irq()

    def _flags(self) -> int:
        idle_mask = _TC if self._line.is_idle else 0
        return _TDRE | idle_mask | (_RDRF if self._line.has_input and self.values["CTRL"] & _RE else 0)

    def _update_irq(self) -> None:
        self.set_irq(bool(self._flags() & self.values["CTRL"] & _FLAGS_MASK))

    def _bit_cycles(self) -> Fraction:
        """SBR x (OSR + 1) module clocks."""
        baud = self.values["BAUD"]
        clock_hz = self.host.clock_net.clock_hz(self.text_option("clock", "")) or self.host.core_clock_hz
        clocks = max(1, baud & 0x1FFF) * ((baud >> 24 & 0x1F) + 1)
        return Fraction(clocks * self.host.core_clock_hz, clock_hz)
