"""I2C of the STM32 as a bus master: version 1 (F1, F4, L1) and version 2 (F0, F3, F7, G0, G4, H5, H7, L0, L4, U5).

A device is on the bus where the user feeds its address ("I2C1.0x68"), or the whole bus ("I2C1"): it acknowledges
everything and its bytes are read in the order of the feed, whatever register was asked for. Other addresses do not
acknowledge. A byte takes no time. Not modelled: being a slave, ten-bit addresses, SMBus, arbitration, bus errors.
Sources: ST's CMSIS headers (stm32f446xx.h, stm32l4r5xx.h) and HAL drivers (stm32f4xx_hal_i2c.c, stm32l4xx_hal_i2c.c).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host


class Stm32I2c(RegisterDevice):
    """What both versions share: who is on the bus."""

    IS_FED: ClassVar[bool] = True

    def is_answering(self, address: int) -> bool:
        """Whether a device acknowledges the address."""
        channel = f"{self.spec.name}.{address:#04x}"
        if self.host.sample_bytes(channel, 0) is not None:
            return True
        self.host.warn(
            f"{channel}: no such device on the bus (--feed {channel}=FILE makes one): not acknowledged"
        )
        return False

    def next_byte(self, address: int) -> int:
        """What the device sends."""
        return (self.host.sample_bytes(f"{self.spec.name}.{address:#04x}", 1) or b"\0")[0]


# --- version 2 ---

_PE, _TXDMAEN, _RXDMAEN = 1 << 0, 1 << 14, 1 << 15  # CR1
_ENABLES_MASK = 0b111_0110  # CR1: the same places as in ISR, but for ADDR
_RD_WRN, _START, _STOP, _RELOAD, _AUTOEND = 1 << 10, 1 << 13, 1 << 14, 1 << 24, 1 << 25  # CR2
_TXE, _TXIS, _RXNE, _NACKF, _STOPF, _TC, _TCR, _BUSY = (1 << bit for bit in (0, 1, 2, 4, 5, 6, 7, 15))  # ISR


class Stm32L4I2c(Stm32I2c):
    """Version 2: the length of a transfer is told beforehand."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR1": Register(0x00),
        "CR2": Register(0x04, writable_mask=0x07FF_FFFF & ~(_START | _STOP)),
        "OAR1": Register(0x08),
        "OAR2": Register(0x0C),
        "TIMINGR": Register(0x10),
        "TIMEOUTR": Register(0x14),
        "ISR": Register(0x18, _TXE, writable_mask=0),
        "ICR": command(0x1C),
        "PECR": read_only(0x20),
        "RXDR": read_only(0x24),
        "TXDR": command(0x28),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._left_count = 0

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._left_count = 0
        self._follow()

    def load(self, name: str) -> int:
        """Reading RXDR takes a byte."""
        if name == "RXDR" and self.values["ISR"] & _RXNE:
            self.values["RXDR"] = self.next_byte(self._address())
            self._moved()
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Begin, go on, end."""
        if name == "CR1" and not self.values["CR1"] & _PE:
            self.values["ISR"], self._left_count = _TXE, 0
        elif name == "CR2":
            self._command(written)
        elif name == "ICR":
            self.set_bits("ISR", written & (_NACKF | _STOPF), False)
        elif name == "TXDR" and self.values["ISR"] & _TXIS:
            self._moved()
        self._follow()

    def _address(self) -> int:
        return self.values["CR2"] >> 1 & 0x7F

    def _command(self, written: int) -> None:
        if not self.values["CR1"] & _PE:
            return
        if written & _START:
            self._start()
        elif written & _STOP:
            self._end()
        elif self.values["ISR"] & _TCR and self._bytes_count():
            self.set_bits("ISR", _TCR, False)
            self._go_on()

    def _start(self) -> None:
        self.set_bits("ISR", _TC | _TCR | _RXNE | _TXIS, False)
        self.set_bits("ISR", _BUSY, True)
        if self.is_answering(self._address()):
            self._go_on()
        else:
            self.set_bits("ISR", _NACKF, True)
            self._end()

    def _bytes_count(self) -> int:
        return self.values["CR2"] >> 16 & 0xFF

    def _go_on(self) -> None:
        self._left_count = self._bytes_count()
        self.set_bits("ISR", _RXNE if self.values["CR2"] & _RD_WRN else _TXIS, True)
        if not self._left_count:
            self._part_done()

    def _moved(self) -> None:
        self._left_count -= 1
        if not self._left_count:
            self._part_done()
        self._follow()

    def _part_done(self) -> None:
        """NBYTES have gone: firmware says what follows, unless the transfer ends by itself."""
        self.set_bits("ISR", _RXNE | _TXIS, False)
        if self.values["CR2"] & _RELOAD:
            self.set_bits("ISR", _TCR, True)
        elif self.values["CR2"] & _AUTOEND:
            self._end()
        else:
            self.set_bits("ISR", _TC, True)

    def _end(self) -> None:
        self._left_count = 0
        self.set_bits("ISR", _BUSY | _RXNE | _TXIS | _TC | _TCR, False)
        self.set_bits("ISR", _STOPF, True)

    def _follow(self) -> None:
        status, control = self.values["ISR"], self.values["CR1"]
        shown = status | (_TC if status & _TCR else 0)  # TCIE is for both
        self.set_irq(bool(shown & control & _ENABLES_MASK))
        net, name = self.host.dma_net, self.spec.name
        net.set_request(f"{name}_RX", bool(status & _RXNE and control & _RXDMAEN))
        net.set_request(f"{name}_TX", bool(status & _TXIS and control & _TXDMAEN))


# --- version 1 ---

_PE1, _START1, _STOP1, _ACK1, _SWRST1 = 1 << 0, 1 << 8, 1 << 9, 1 << 10, 1 << 15  # CR1
_ITEVTEN, _ITBUFEN, _ITERREN, _DMAEN = 1 << 9, 1 << 10, 1 << 8, 1 << 11  # CR2
_SB, _ADDR, _BTF, _RXNE1, _TXE1, _AF = 1 << 0, 1 << 1, 1 << 2, 1 << 6, 1 << 7, 1 << 10  # SR1
_MSL, _BUSY1, _TRA = 1 << 0, 1 << 1, 1 << 2  # SR2
_ENDLESS = -1


class Stm32F4I2c(Stm32I2c):
    """Version 1: firmware ends a reception by refusing to acknowledge. The error interrupt is the next one."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR1": Register(0x00, writable_mask=0xFFFF & ~(_START1 | _STOP1)),
        "CR2": Register(0x04),
        "OAR1": Register(0x08),
        "OAR2": Register(0x0C),
        "DR": command(0x10),
        "SR1": Register(0x14, writable_mask=0, zero_clears_mask=0xDF00),
        "SR2": read_only(0x18),
        "CCR": Register(0x1C),
        "TRISE": Register(0x20, 2),
        "FLTR": Register(0x24),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._address = 0
        self._left_count = 0  # bytes that still can be read
        self._is_single = False

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._address = self._left_count = 0
        self._follow()

    def load(self, name: str) -> int:
        """Reading SR2 while ADDR is set begins the data; reading DR takes a byte."""
        value = super().load(name)
        if name == "SR2" and self.values["SR1"] & _ADDR:
            self._begin_data()
        elif name == "DR" and self.values["SR1"] & _RXNE1:
            value = self.values["DR"] = self.next_byte(self._address)
            if self._left_count != _ENDLESS:
                self._left_count -= 1
                self.set_bits("SR1", _BTF, False)
                self.set_bits("SR1", _RXNE1, self._left_count > 0)
        self._follow()
        return value

    def after_write(self, name: str, written: int) -> None:
        """START, STOP, an address or a byte."""
        if name == "CR1":
            self._control(written)
        elif name == "DR":
            self._sent(written & 0xFF)
        self._follow()

    def _control(self, written: int) -> None:
        if written & _SWRST1 or not written & _PE1:
            self.values["SR1"] = self.values["SR2"] = self._left_count = 0
            return
        if written & _STOP1:
            self.set_bits("SR2", _MSL | _BUSY1 | _TRA, False)
            self.set_bits("SR1", _SB | _ADDR | _TXE1 | _BTF, False)
            if self._left_count == _ENDLESS:
                # One byte is in the data register; a second is in the shift register if it was acknowledged.
                self._left_count = 2 if self.values["CR1"] & _ACK1 or not self._is_single else 1
        if written & _START1:
            self._left_count = 0
            self.set_bits("SR1", _RXNE1 | _TXE1 | _BTF, False)
            self.set_bits("SR1", _SB, True)
            self.set_bits("SR2", _MSL | _BUSY1, True)

    def _sent(self, byte: int) -> None:
        if self.values["SR1"] & _SB:
            self.set_bits("SR1", _SB, False)
            self._address = byte >> 1
            self.set_bits("SR2", _TRA, not byte & 1)
            self.set_bits("SR1", _ADDR if self.is_answering(self._address) else _AF, True)

    def _begin_data(self) -> None:
        self.set_bits("SR1", _ADDR, False)
        if self.values["SR2"] & _TRA:
            self.set_bits("SR1", _TXE1 | _BTF, True)
            return
        self._is_single = not self.values["CR1"] & _ACK1
        self._left_count = _ENDLESS
        self.set_bits("SR1", _RXNE1 | _BTF, True)

    def _follow(self) -> None:
        status, control = self.values["SR1"], self.values["CR2"]
        events = status & (_SB | _ADDR | _BTF)
        if control & _ITBUFEN:
            events |= status & (_RXNE1 | _TXE1)
        self.set_irq(bool(events and control & _ITEVTEN))
        if self.spec.irq_number >= 0:
            self.drive_irq(self.spec.irq_number + 1, bool(status & _AF and control & _ITERREN))
        net, name, is_dma = self.host.dma_net, self.spec.name, bool(control & _DMAEN)
        net.set_request(f"{name}_RX", is_dma and bool(status & _RXNE1))
        net.set_request(f"{name}_TX", is_dma and bool(status & _TXE1))
