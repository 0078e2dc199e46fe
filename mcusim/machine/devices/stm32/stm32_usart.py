"""USART, UART and LPUART of the STM32F4 (version 1: RM0390 rev 6, 25.6) and L4+ (version 2: RM0432, 43.8).

Not modelled: FIFOs (FIFO flags read as with an empty one-byte FIFO), overruns, the receiver timeout, synchronous,
IrDA, LIN, smartcard and multiprocessor modes, 9-bit data. TXE is always set; for the time a byte takes see
serial_line.py. A DMA controller is asked for the next byte when the line had the time for the one before.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.serial_line import BITS_PER_FRAME, LineEvents, SerialLine
from mcusim.machine.devices.stm32.stm32_rcc import bus_of
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_RE, _TE = 1 << 2, 1 << 3
_IDLE, _RXNE, _TC, _TXE = (
    1 << 4,
    1 << 5,
    1 << 6,
    1 << 7,
)  # the same places in the status register and as enables in CR1
_TEACK, _REACK = 1 << 21, 1 << 22
_TXFE = 1 << 23
_FIFOEN = 1 << 29
_DMAR, _DMAT = 1 << 6, 1 << 7
_RXFRQ = 1 << 3
_VERSION_1: dict[str, Register] = {
    "SR": Register(0x00, _TXE | _TC, writable_mask=0, zero_clears_mask=_TC | _RXNE),
    "DR": command(0x04),
    "BRR": Register(0x08, writable_mask=0xFFFF),
    "CR1": Register(0x0C, writable_mask=0xFFFF),
    "CR2": Register(0x10, writable_mask=0x7FFF),
    "CR3": Register(0x14, writable_mask=0x0FFF),
    "GTPR": Register(0x18, writable_mask=0xFFFF),
}
_VERSION_2: dict[str, Register] = {
    "CR1": Register(0x00),
    "CR2": Register(0x04),
    "CR3": Register(0x08),
    "BRR": Register(0x0C, writable_mask=0x000F_FFFF),
    "GTPR": Register(0x10, writable_mask=0xFFFF),
    "RTOR": Register(0x14),
    "RQR": command(0x18),
    "ISR": read_only(0x1C, _TXE | _TC),
    "ICR": command(0x20),
    "RDR": read_only(0x24),
    "TDR": command(0x28),
    "PRESC": Register(0x2C, writable_mask=0xF),
}
_PRESCALERS = (1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256)  # RM0432 43.8.13


class Stm32Usart(RegisterDevice):
    """Transmits to the console when TE and UE are on.

    Options: `version` (1 or 2), `is_lpuart` (its divider counts 1/256), `bus` ("apb3", where the address does not
    tell), and those of `SerialLine`.
    """

    TABLES: ClassVar[dict[int, dict[str, Register]]] = {1: _VERSION_1, 2: _VERSION_2}

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        is_second = self._version() == 2
        self._status_name = "ISR" if is_second else "SR"
        self._enable_mask = 1 << 0 if is_second else 1 << 13  # CR1.UE
        self._is_lpuart = self.bool_option("is_lpuart")
        self._clock_line = "pclk" + bus_of(self)[-1]
        events = LineEvents(self._transmission_complete, self._update_lines, self._quiet)
        self._line = SerialLine(self, events, self._bit_cycles)
        self._room_alarm = Alarm(host, self._update_lines)
        self._saw_idle = False

    def register_table(self) -> Mapping[str, Register]:
        """The table of the peripheral's version."""
        version = self._version()
        if version not in self.TABLES:
            raise self._wrong_option("version", version, "1 or 2")
        return self.TABLES[version]

    def reset(self) -> None:
        """Off, with the interrupt line low."""
        super().reset()
        self._line.reset()
        self._room_alarm.cancel()
        self._saw_idle = False
        self._update_lines()

    def load(self, name: str) -> int:
        """Status, and the next received byte."""
        if name == self._status_name:
            status = self._status()
            self._saw_idle = name == "SR" and bool(status & _IDLE)
            return status
        if name in ("DR", "RDR"):
            return self._take()
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Send data, clear flags, follow interrupt enables."""
        if name in ("DR", "TDR"):
            self._send(written & 0xFF)
        elif name == "ICR":
            self.set_bits("ISR", written & (_TC | _IDLE), False)
        elif name == "RQR" and written & _RXFRQ:
            self._line.take()
        elif name == "CR1":
            self._line.listen(self._is_on(_RE))
        self._update_lines()

    def _version(self) -> int:
        return self.int_option("version", 1)

    def _is_on(self, direction_mask: int) -> bool:
        wanted = direction_mask | self._enable_mask
        return self.values["CR1"] & wanted == wanted

    def _send(self, byte: int) -> None:
        if not self._is_on(_TE):
            self.host.warn(f"{self.spec.name}: data written while the transmitter is off is lost")
            return
        self.set_bits(self._status_name, _TC, False)
        if self.values["CR3"] & _DMAT:
            self._room_alarm.set(self.host.now_cycles + max(1, round(BITS_PER_FRAME * self._bit_cycles())))
        self._line.send(bytes([byte]))

    def _take(self) -> int:
        """Reading the data register; after the status register it also clears IDLE (RM0390 25.6.1)."""
        if self._saw_idle:
            self.set_bits("SR", _IDLE, False)
            self._saw_idle = False
        byte = self._line.take()
        self._update_lines()
        return byte

    def _transmission_complete(self) -> None:
        self.set_bits(self._status_name, _TC, True)
        self._update_lines()

    def _quiet(self) -> None:
        self.set_bits(self._status_name, _IDLE, True)
        self._update_lines()

    def _bit_cycles(self) -> Fraction:
        clock_hz = self.host.clock_net.clock_hz(self._clock_line) or self.host.core_clock_hz
        divider = Fraction(self.values["BRR"], 256 if self._is_lpuart else 1)
        prescaler = _PRESCALERS[min(self.values.get("PRESC", 0), len(_PRESCALERS) - 1)]
        return divider * prescaler * self.host.core_clock_hz / clock_hz

    def _status(self) -> int:
        status = self.values[self._status_name] | _TXE
        status |= _RXNE if self._line.has_input else 0
        if self._status_name == "ISR":
            status |= _TXFE if self.values["CR1"] & _FIFOEN else 0
            status |= (_TEACK if self._is_on(_TE) else 0) | (_REACK if self._is_on(_RE) else 0)
        return status

    def _update_lines(self) -> None:
        """The interrupt, and the requests to the DMA controller."""
        status, requests = self._status(), self.values["CR3"]
        pending = status & self.values["CR1"] & (_TXE | _TC | _RXNE | _IDLE)
        self.set_irq(bool(pending) and bool(self.values["CR1"] & self._enable_mask))
        has_room = self._is_on(_TE) and not self._room_alarm.is_set
        net, name = self.host.dma_net, self.spec.name
        net.set_request(f"{name}_RX", bool(requests & _DMAR and status & _RXNE))
        net.set_request(f"{name}_TX", bool(requests & _DMAT) and has_room)
