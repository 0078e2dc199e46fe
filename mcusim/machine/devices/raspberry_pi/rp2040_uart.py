"""UART0 and UART1 of the RP2040: PL011 (datasheet section 4.2; Arm DDI 0183G).

Not modelled: modem lines, errors, FIFO depths (the transmit FIFO is never full; receive
interrupts come with the first byte); for the time a byte takes see serial_line.py.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.serial_line import LineEvents, SerialLine

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_FR_BUSY, _FR_RXFE, _FR_TXFE = 1 << 3, 1 << 4, 1 << 7
_CR_UARTEN, _CR_TXE, _CR_RXE = 1 << 0, 1 << 8, 1 << 9
_RX_INTERRUPT, _TX_INTERRUPT = 1 << 4, 1 << 5
_INTERRUPTS_MASK = 0x7FF
_IDENTIFICATION = (0x11, 0x10, 0x34, 0x00, 0x0D, 0xF0, 0x05, 0xB1)
_CLOCKS_PER_BIT = 16
_DMA_RX, _DMA_TX = 1 << 0, 1 << 1


class Rp2040Uart(Rp2040Device):
    """Options: those of `SerialLine`."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "DR": command(0x00),
        "RSR": command(0x04),
        "FR": read_only(0x18),
        "ILPR": Register(0x20, writable_mask=0xFF),
        "IBRD": Register(0x24, writable_mask=0xFFFF),
        "FBRD": Register(0x28, writable_mask=0x3F),
        "LCR_H": Register(0x2C, writable_mask=0xFF),
        "CR": Register(0x30, _CR_TXE | _CR_RXE, writable_mask=0xFF87),
        "IFLS": Register(0x34, 0x12, writable_mask=0x3F),
        "IMSC": Register(0x38, writable_mask=_INTERRUPTS_MASK),
        "RIS": read_only(0x3C),
        "MIS": read_only(0x40),
        "ICR": command(0x44),
        "DMACR": Register(0x48, writable_mask=0b111),
        **{f"ID{index}": read_only(0xFE0 + 4 * index, value) for index, value in enumerate(_IDENTIFICATION)},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._line = SerialLine(self, LineEvents(self._sent, self._update_irq), self._bit_cycles)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._line.reset()
        self.set_irq(False)

    def load(self, name: str) -> int:
        """Flags, received data, interrupt status."""
        if name == "DR":
            byte = self._line.take() if self._is_on(_CR_RXE) else 0
            self._update_irq()
            return byte
        if name == "FR":
            return self._flags()
        if name in ("RIS", "MIS"):
            return self._raw_interrupts() & (self.values["IMSC"] if name == "MIS" else _INTERRUPTS_MASK)
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Send data, clear and enable interrupts."""
        if name == "DR":
            if self._is_on(_CR_TXE):
                self._line.send(bytes([written & 0xFF]))
            else:
                self.host.warn(f"{self.spec.name}: data written while the transmitter is off is lost")
        elif name == "ICR":
            self.set_bits("RIS", written, False)
        elif name == "CR":
            self._line.listen(self._is_on(_CR_RXE))
        self._update_irq()

    def _is_on(self, direction_mask: int) -> bool:
        wanted = direction_mask | _CR_UARTEN
        return self.values["CR"] & wanted == wanted

    def _has_input(self) -> bool:
        return self._line.has_input and self._is_on(_CR_RXE)

    def _flags(self) -> int:
        return _FR_TXFE | (0 if self._has_input() else _FR_RXFE) | (0 if self._line.is_idle else _FR_BUSY)

    def _raw_interrupts(self) -> int:
        return self.values["RIS"] | (_RX_INTERRUPT if self._has_input() else 0)

    def _sent(self) -> None:
        self.set_bits("RIS", _TX_INTERRUPT, True)
        self._update_irq()

    def _update_irq(self) -> None:
        self.set_irq(bool(self._raw_interrupts() & self.values["IMSC"]))
        control, net = self.values["DMACR"], self.host.dma_net
        net.set_request(f"{self.spec.name}_RX", bool(control & _DMA_RX) and self._has_input())
        can_send = control & _DMA_TX and self._is_on(_CR_TXE) and self._line.is_idle
        net.set_request(f"{self.spec.name}_TX", bool(can_send))

    def _bit_cycles(self) -> Fraction:
        divider = self.values["IBRD"] + Fraction(self.values["FBRD"], 64)
        clock_hz = self.host.clock_net.clock_hz("clk_peri") or self.host.core_clock_hz
        return _CLOCKS_PER_BIT * divider * self.host.core_clock_hz / clock_hz
