"""SERCOM as a master of SPI and of I2C.

What comes back over SPI is what the user feeds to "SERCOM4", byte by byte; without a feed, zeros. On I2C a device is
there where the user feeds its address ("SERCOM3.0x68") or the whole bus; its bytes are read in the order of the feed,
whatever register was asked for, and other addresses do not acknowledge. A byte takes no time. Not modelled: ten-bit
addresses, high speed, arbitration, time-outs. Registers and bits: CMSIS-Atmel, component/sercom.h; what follows a
command: Arduino's SERCOM.cpp and Wire.cpp for SAMD.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.machine.devices.register_device import RegisterDevice

_DRE, _TXC, _RXC = 1 << 0, 1 << 1, 1 << 2  # INTFLAG of SPI
_RXEN = 1 << 17  # CTRLB of SPI
_DEPTH_BYTES = 2

_MB, _SB = 1 << 0, 1 << 1  # INTFLAG of I2C
_SMEN = 1 << 8  # CTRLB of I2C
_REPEATED_START, _READ, _STOP = 1, 2, 3  # CTRLB.CMD
_NACK_ACTION = 1 << 18
_RXNACK, _CLKHOLD = 1 << 2, 1 << 7  # STATUS
_IDLE, _OWNER = 1, 2  # STATUS.BUSSTATE
_LENEN = 1 << 13  # ADDR


class SpiMaster:
    """Bytes out, as many bytes in."""

    def __init__(self, device: RegisterDevice) -> None:
        self._device = device
        self._received: deque[int] = deque()
        self._is_complete = False

    def reset(self) -> None:
        """Nothing received."""
        self._received.clear()
        self._is_complete = False

    def flags(self) -> int:
        """There is always room for the next byte."""
        return _DRE | (_TXC if self._is_complete else 0) | (_RXC if self._received else 0)

    def status(self) -> int:
        """No error."""
        return 0

    def requests(self) -> tuple[bool, bool]:
        """To DMA: wants a byte, has one. Who also fetches by DMA is waited for, as its bytes come at the same pace."""
        is_fetched = self._device.host.dma_net.is_asking(f"{self._device.spec.name}_RX served")
        return not (is_fetched and len(self._received) >= _DEPTH_BYTES), bool(self._received)

    def take(self) -> int:
        """A received byte."""
        return self._received.popleft() if self._received else 0

    def written(self, name: str, written: int) -> None:
        """A byte to send, or TXC to clear."""
        if name == "INTFLAG" and written & _TXC:
            self._is_complete = False
        elif name == "DATA":
            device = self._device
            data = device.host.sample_bytes(device.spec.name, 1) or b"\0"
            self._is_complete = True
            if device.values["CTRLB"] & _RXEN and len(self._received) < _DEPTH_BYTES:
                self._received.append(data[0])


class I2cMaster:
    """MB: a byte was sent, or an address was refused; SB: a byte was received. The bus is held until firmware acts."""

    def __init__(self, device: RegisterDevice) -> None:
        self._device = device
        self._flags = self._state = self._byte = self._left_count = 0
        self._is_refused = False

    def reset(self) -> None:
        """Off the bus."""
        self._flags = self._state = self._byte = self._left_count = 0
        self._is_refused = False

    def flags(self) -> int:
        """MB and SB."""
        return self._flags

    def status(self) -> int:
        """State of the bus, refusal, clock held."""
        held = _CLKHOLD if self._flags else 0
        return self._state << 4 | (_RXNACK if self._is_refused else 0) | held

    def requests(self) -> tuple[bool, bool]:
        """To DMA: wants a byte, has one."""
        return bool(self._flags & _MB) and not self._is_refused, bool(self._flags & _SB)

    def written(self, name: str, written: int) -> None:
        """An address begins, a byte is sent, a command goes on; the state can be set to idle."""
        device = self._device
        if name == "ADDR":
            self._start()
        elif name == "DATA":
            self._sent()
        elif name == "CTRLB":
            command = written >> 16 & 0b11
            device.values["CTRLB"] &= ~(0b11 << 16)
            self._command(command)
        elif name == "INTFLAG":
            self._flags &= ~written
            if written >> 20 & 0b11 == _IDLE:  # STATUS is the upper half
                self._state = _IDLE

    def take(self) -> int:
        """The received byte; in smart mode, reading it answers and goes on."""
        byte = self._byte
        if self._flags & _SB and self._device.values["CTRLB"] & _SMEN:
            self._flags &= ~_SB
            if self._has_length() and self._left_count == 0:
                self._state = _IDLE
            elif not self._device.values["CTRLB"] & _NACK_ACTION:
                self._receive()
        return byte

    def _has_length(self) -> bool:
        return bool(self._device.values["ADDR"] & _LENEN)

    def _start(self) -> None:
        address = self._device.values["ADDR"]
        self._left_count = address >> 16 & 0xFF
        self._flags, self._state = 0, _OWNER
        self._is_refused = not self._is_answering(address >> 1 & 0x7F)
        if self._is_refused or not address & 1:
            self._flags = _MB
            if self._is_refused and self._has_length():
                self._state = _IDLE
        else:
            self._receive()

    def _sent(self) -> None:
        if not self._flags & _MB or self._is_refused:
            return
        self._left_count = max(0, self._left_count - 1)
        if self._has_length() and not self._left_count:
            self._flags, self._state = 0, _IDLE  # the length ends with a stop

    def _command(self, command: int) -> None:
        if not command or self._state != _OWNER:
            return
        self._flags = 0
        if command == _STOP:
            self._state = _IDLE
        elif command == _READ:
            self._receive()
        elif command == _REPEATED_START:
            self._start()

    def _receive(self) -> None:
        device = self._device
        channel = self._channel(device.values["ADDR"] >> 1 & 0x7F)
        self._byte = (device.host.sample_bytes(channel, 1) or b"\0")[0]
        self._left_count = max(0, self._left_count - 1)
        self._flags |= _SB

    def _channel(self, address: int) -> str:
        return f"{self._device.spec.name}.{address:#04x}"

    def _is_answering(self, address: int) -> bool:
        channel = self._channel(address)
        if self._device.host.sample_bytes(channel, 0) is not None:
            return True
        self._device.host.warn(
            f"{channel}: no such device on the bus (--feed {channel}=FILE makes one): not acknowledged"
        )
        return False
