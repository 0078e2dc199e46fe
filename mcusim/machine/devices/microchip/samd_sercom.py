"""SERCOM of the SAM D21 and D51 as a USART, an SPI master or an I2C master; as a slave it only remembers writes.

Not modelled: baud rate modes other than the default (only with `is_timed` of any effect), errors, break, hardware
handshake, 9-bit frames, the 32-bit data of the D51.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.microchip.samd_sercom_buses import I2cMaster, SpiMaster
from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only
from mcusim.machine.devices.serial_line import LineEvents, SerialLine

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_SWRST, _ENABLE = 1 << 0, 1 << 1
_TXEN, _RXEN = 1 << 16, 1 << 17
_DRE, _TXC, _RXC = 1 << 0, 1 << 1, 1 << 2
_SET_LANE = 16  # INTENCLR and INTENSET are bytes 0 and 2 of one word; INTFLAG and STATUS share the next
_USART_MODES = (0, 1)  # external and internal clock
_SPI_MASTER, _I2C_MASTER, _SLAVES = 3, 5, (2, 4)
_BAUD_STEPS = 65536


class SamdSercom(RegisterDevice):
    """Options: those of `SerialLine`, `clock` (a line of the clock net; without it the core clock), `interrupts`."""

    IS_FED: ClassVar[bool] = True

    # Offsets and bits: Microchip's SVD files of the ATSAMD21G18A and ATSAMD51J19A, SERCOM0.USART;
    # CMSIS-Atmel, component/sercom.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRLA": Register(0x00),
        "CTRLB": Register(0x04),
        "CTRLC": Register(0x08),
        "BAUD": Register(0x0C),
        "INTEN": read_only(0x14),
        "INTFLAG": read_only(0x18),
        "SYNCBUSY": read_only(0x1C),
        "RXERRCNT": read_only(0x20),  # with LENGTH of the D51
        "ADDR": Register(0x24),
        "DATA": read_only(0x28),
        "DBGCTRL": Register(0x30),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._line = SerialLine(self, LineEvents(self._sent, self._update_irq), self._bit_cycles)
        self._spi, self._i2c = SpiMaster(self), I2cMaster(self)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._line.reset()
        self._spi.reset()
        self._i2c.reset()
        self._update_irq()

    def load(self, name: str) -> int:
        """Flags, received data, enables under both names."""
        bus = self._bus()
        if name == "DATA":
            byte = bus.take() if bus else self._line.take() if self._is_on(_RXEN) else 0
            self._update_irq()
            return byte
        if name == "INTFLAG":
            return self._flags() | (bus.status() << _SET_LANE if bus else 0)
        return self.values[name] << _SET_LANE | self.values[name] if name == "INTEN" else super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Reset, send, enable and clear interrupts."""
        bus = self._bus()
        if name == "CTRLA" and written & _SWRST:
            self.reset()
        elif bus and name in ("DATA", "ADDR", "CTRLB", "INTFLAG"):
            bus.written(name, written)
        elif name == "DATA" and self._is_on(_TXEN):
            self.set_bits("INTFLAG", _TXC, False)
            self._line.send(bytes([written & 0xFF]))
        elif name == "INTEN":
            self.set_bits(name, written & 0xFF, False)
            self.set_bits(name, written >> _SET_LANE & 0xFF, True)
        elif name == "INTFLAG":
            self.set_bits(name, written & _TXC, False)
        elif name in ("CTRLA", "CTRLB"):
            self._line.listen(self._is_on(_RXEN))
            if self._mode() in _SLAVES and self.values["CTRLA"] & _ENABLE:
                self.host.warn(f"{self.spec.name}: being a slave on a bus is not modelled")
        self._update_irq()

    def _mode(self) -> int:
        return self.values["CTRLA"] >> 2 & 0b111

    def _bus(self) -> SpiMaster | I2cMaster | None:
        """The master that it is while it is enabled."""
        if not self.values["CTRLA"] & _ENABLE:
            return None
        if self._mode() == _SPI_MASTER:
            return self._spi
        return self._i2c if self._mode() == _I2C_MASTER else None

    def _is_on(self, direction_mask: int) -> bool:
        is_enabled = self._mode() in _USART_MODES and bool(self.values["CTRLA"] & _ENABLE)
        return is_enabled and bool(self.values["CTRLB"] & direction_mask)

    def _flags(self) -> int:
        """Data register empty: the line takes every byte at once."""
        if bus := self._bus():
            return bus.flags()
        empty_mask = _DRE if self._is_on(_TXEN) else 0
        waiting_mask = _RXC if self._line.has_input and self._is_on(_RXEN) else 0
        return self.values["INTFLAG"] | empty_mask | waiting_mask

    def _sent(self) -> None:
        self.set_bits("INTFLAG", _TXC, True)
        self._update_irq()

    def _update_irq(self) -> None:
        """The D51 has four lines: transmit data, transmit complete, receive, errors; the D21 has one for all."""
        flags, bus, name = self._flags(), self._bus(), self.spec.name
        pending = flags & self.values["INTEN"]
        wants_out, wants_in = bus.requests() if bus else (bool(flags & _DRE), bool(flags & _RXC))
        self.host.dma_net.set_request(f"{name}_RX", wants_in)
        self.host.dma_net.set_request(f"{name}_TX", wants_out)
        lines_count = self.int_option("interrupts", 1)
        if lines_count == 1:
            self.set_irq(bool(pending))
            return
        for index in range(lines_count):
            self.drive_irq(self.spec.irq_number + index, bool(pending >> index & 1))

    def _bit_cycles(self) -> Fraction:
        """Arithmetic baud rate with 16 samples: f / 16 x (1 - BAUD / 65536)."""
        clock_hz = self.host.clock_net.clock_hz(self.text_option("clock", "")) or self.host.core_clock_hz
        steps = max(1, _BAUD_STEPS - (self.values["BAUD"] & 0xFFFF))
        return Fraction(16 * _BAUD_STEPS * self.host.core_clock_hz, steps * clock_hz)
