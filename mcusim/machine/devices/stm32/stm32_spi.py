"""SPI of the STM32 as a master: F1, F4, L0, L1 (one word); F0, F3, F7, G0, G4, L4 (FIFO); H5, H7, U5 (sized transfers).

What comes back while firmware sends is what the user feeds to "SPI1", byte by byte; without a feed, zeros. A frame
takes no time. I2S is in stm32_i2s.py, but for the H5, H7 and U5, which only warn. Not modelled: being a slave, CRC,
overrun (what is not read is lost), frame sizes that are no bytes.
Sources: ST's CMSIS headers (stm32f446xx.h, stm32l4r5xx.h, stm32h743xx.h) and HAL drivers.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.stm32.stm32_i2s import OVR, RXNE, TXE, Stm32I2s

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_FIFO_BYTES = 4


class Stm32Spi(RegisterDevice):
    """What the generations share: bytes out, as many bytes in."""

    IS_FED: ClassVar[bool] = True
    DATA_IN: ClassVar[int] = 0x0C
    DATA_OUT: ClassVar[int] = 0x0C
    DEPTH_BYTES: ClassVar[int] = _FIFO_BYTES

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._received: deque[int] = deque()

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._received.clear()
        self.follow()

    def read(self, offset: int, size_bytes: int) -> int:
        """As many bytes as the access asks for, in one frame or in several."""
        if offset != self.DATA_IN:
            return super().read(offset, size_bytes)
        value = 0
        for place in range(self.moved_bytes(size_bytes)):
            value |= (self._received.popleft() if self._received else 0) << 8 * place
        self.follow()
        return value

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """A write of data clocks as many bytes in."""
        super().write(offset, size_bytes, value)
        if offset == self.DATA_OUT and self.is_on():
            self.exchange(self.moved_bytes(size_bytes))
            self.follow()

    def exchange(self, count: int) -> None:
        """`count` bytes go out and come in."""
        data = self.host.sample_bytes(self.spec.name, count) or bytes(count)
        room = self.DEPTH_BYTES - len(self._received)
        self._received.extend(data[: max(room, 0)])

    @property
    def received_count(self) -> int:
        """Bytes that wait to be read."""
        return len(self._received)

    def is_on(self) -> bool:
        """Whether the peripheral is enabled."""
        raise NotImplementedError

    def moved_bytes(self, size_bytes: int) -> int:
        """Bytes that an access to the data register moves."""
        raise NotImplementedError

    def follow(self) -> None:
        """Drive the interrupt and the DMA requests."""

    def drive(self, *, is_pending: bool, wants_in: bool, wants_out: bool) -> None:
        """The lines."""
        self.set_irq(is_pending)
        self.host.dma_net.set_request(f"{self.spec.name}_RX", wants_in)
        self.host.dma_net.set_request(f"{self.spec.name}_TX", wants_out)


_SPE, _RXONLY, _DFF = 1 << 6, 1 << 10, 1 << 11  # CR1
_RXDMAEN, _TXDMAEN, _ERRIE, _FRXTH = 1 << 0, 1 << 1, 1 << 5, 1 << 12  # CR2
_RXNE, _TXE = 1 << 0, 1 << 1  # SR; their enables are bits 6 and 7 of CR2


class Stm32F4Spi(Stm32Spi):
    """Option: `has_fifo` (the frame's size is in CR2, and a FIFO packs short frames)."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR1": Register(0x00),
        "CR2": Register(0x04),
        "SR": Register(0x08, _TXE, writable_mask=0),
        "DR": command(0x0C),
        "CRCPR": Register(0x10, 7),
        "RXCRCR": read_only(0x14),
        "TXCRCR": read_only(0x18),
        "I2SCFGR": Register(0x1C),
        "I2SPR": Register(0x20, 2),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._i2s = Stm32I2s(self, self.follow)

    @property
    def fed_names(self) -> tuple[str, ...]:
        """As SPI and as I2S."""
        return self.spec.name, self._i2s.name

    def reset(self) -> None:
        """Off."""
        self._i2s.clear()
        super().reset()

    def load(self, name: str) -> int:
        """A receiver that only receives always has the next word."""
        if name != "SR":
            return super().load(name)
        status = self._status()
        if self._i2s.is_chosen:
            self._i2s.forget_overrun()
        return status

    def read(self, offset: int, size_bytes: int) -> int:
        """RXONLY clocks by itself."""
        if offset == self.DATA_IN and self._i2s.is_chosen:
            halfword = self._i2s.take()
            self.follow()
            return halfword
        if offset == self.DATA_IN and self._is_only_receiving():
            self.exchange(self.moved_bytes(size_bytes) - self.received_count)
        return super().read(offset, size_bytes)

    def after_write(self, name: str, written: int) -> None:
        """Enables."""
        if name == "CR1" and not self.is_on():
            self._received.clear()
        if name == "I2SCFGR":
            self._i2s.follow_settings()
        if name == "DR" and self._i2s.is_chosen:
            self._i2s.give(written)
        self.follow()

    def is_on(self) -> bool:
        """SPE."""
        return bool(self.values["CR1"] & _SPE)

    def moved_bytes(self, size_bytes: int) -> int:
        """A frame; with a FIFO, two short ones in a halfword."""
        if not self.bool_option("has_fifo"):
            return 2 if self.values["CR1"] & _DFF else 1
        is_long = (self.values["CR2"] >> 8 & 0xF) > 7
        return 2 if is_long else min(size_bytes, 2)

    def _is_only_receiving(self) -> bool:
        return self.is_on() and bool(self.values["CR1"] & _RXONLY)

    def _status(self) -> int:
        if self._i2s.is_chosen:
            return self._i2s.status()
        count, status = self.received_count, self.values["SR"]
        if not self.bool_option("has_fifo"):
            return status | (_RXNE if count or self._is_only_receiving() else 0)
        threshold = 1 if self.values["CR2"] & _FRXTH else 2
        is_there = count >= threshold or self._is_only_receiving()
        return status | min(count, 3) << 9 | (_RXNE if is_there else 0)

    def follow(self) -> None:
        """RXNE and TXE."""
        status, control = self._status(), self.values["CR2"]
        if self._i2s.is_chosen:
            is_error = bool(status & OVR and control & _ERRIE)
            self.drive(
                is_pending=is_error or bool(status << 6 & control & 0b11 << 6),
                wants_in=bool(status & RXNE and control & _RXDMAEN),
                wants_out=bool(status & TXE and control & _TXDMAEN),
            )
            return
        self.drive(
            is_pending=self.is_on() and bool(status << 6 & control & 0b11 << 6),
            wants_in=bool(status & _RXNE and control & _RXDMAEN),
            wants_out=self.is_on() and bool(control & _TXDMAEN),
        )


_SPE2, _CSTART = 1 << 0, 1 << 9  # CR1
_RXDMAEN2, _TXDMAEN2 = 1 << 14, 1 << 15  # CFG1
_RXP, _TXP, _DXP, _EOT, _TXTF, _TXC, _RXWNE = (1 << bit for bit in (0, 1, 2, 3, 4, 12, 15))  # SR
_CLEARED_MASK = 0x0FF8  # IFCR


class Stm32H7Spi(Stm32Spi):
    """A transfer of CR2.TSIZE frames begins with CSTART; of 0, it has no end."""

    DATA_IN: ClassVar[int] = 0x30
    DATA_OUT: ClassVar[int] = 0x20
    DEPTH_BYTES: ClassVar[int] = 16
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR1": Register(0x00, writable_mask=0xFFFF_FFFF & ~_CSTART),
        "CR2": Register(0x04),
        "CFG1": Register(0x08, 0x0007_0007),
        "CFG2": Register(0x0C),
        "IER": Register(0x10),
        "SR": Register(0x14, _TXC, writable_mask=0),
        "IFCR": command(0x18),
        "AUTOCR": Register(0x1C),
        "TXDR": command(0x20),
        "RXDR": read_only(0x30),
        "CRCPOLY": Register(0x40, 0x107),
        "TXCRC": read_only(0x44),
        "RXCRC": read_only(0x48),
        "UDRDR": Register(0x4C),
        "I2SCFGR": Register(0x50),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._is_started = False
        self._left_bytes = 0

    def reset(self) -> None:
        """Off."""
        self._is_started, self._left_bytes = False, 0
        super().reset()

    def load(self, name: str) -> int:
        """CSTART shows while the transfer runs."""
        if name == "SR":
            return self._status()
        return super().load(name) | (_CSTART if name == "CR1" and self._is_started else 0)

    def after_write(self, name: str, written: int) -> None:
        """Begin and end transfers."""
        if name == "CR1":
            if not self.is_on():
                self._is_started = False
                self._received.clear()
                self.values["SR"] = _TXC
            elif written & _CSTART:
                self._is_started = True
                self._left_bytes = (self.values["CR2"] & 0xFFFF) * self._frame_bytes()
                self.set_bits("SR", _TXC, False)
        elif name == "I2SCFGR" and written & 1:
            self.host.warn(f"{self.spec.name}: I2S is not modelled")
        elif name == "IFCR":
            self.set_bits("SR", written & _CLEARED_MASK, False)
        self.follow()

    def is_on(self) -> bool:
        """SPE."""
        return bool(self.values["CR1"] & _SPE2)

    def moved_bytes(self, size_bytes: int) -> int:
        """Short frames are packed into what the access takes."""
        return max(size_bytes, self._frame_bytes())

    def exchange(self, count: int) -> None:
        """The last frame of a transfer ends it."""
        has_end = bool(self.values["CR2"] & 0xFFFF)
        moved = min(count, self._left_bytes) if has_end else count
        super().exchange(moved)
        if has_end and self._is_started:
            self._left_bytes -= moved
            if not self._left_bytes:
                self._is_started = False
                self.set_bits("SR", _EOT | _TXTF | _TXC, True)

    def _frame_bytes(self) -> int:
        return (self.values["CFG1"] & 0x1F) // 8 + 1

    def _status(self) -> int:
        threshold_bytes = ((self.values["CFG1"] >> 5 & 0xF) + 1) * self._frame_bytes()
        count = self.received_count
        status = self.values["SR"] | (_RXP if count >= threshold_bytes else 0)
        status |= (_RXWNE if count >= 4 else 0) | count % 4 // self._frame_bytes() << 13
        has_room = self.is_on() and not self.values["SR"] & _EOT
        return status | (_TXP if has_room else 0) | (_DXP if status & _RXP and has_room else 0)

    def follow(self) -> None:
        """Status bits have their enables at the same places."""
        status, configuration = self._status(), self.values["CFG1"]
        self.drive(
            is_pending=bool(status & self.values["IER"]),
            wants_in=bool(status & _RXP and configuration & _RXDMAEN2),
            wants_out=self._is_started and bool(status & _TXP and configuration & _TXDMAEN2),
        )
