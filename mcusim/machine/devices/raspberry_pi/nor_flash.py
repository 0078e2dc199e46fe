"""The QSPI flash chip behind the RP2040's SSI and the RP2350's QMI, as it answers serial commands.

Commands: those that pico-sdk sends (hardware_flash/flash.c, boot2_w25q080.S). A Winbond W25Q16JV answers so on the
Pico. Not modelled: the time that erasing and programming take (done at once), block protection, sleep modes. The
unique id is made up, and the same in every run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.machine.devices.device import Host

SELECT_LINE = "QSPI_SELECT"
"""High while firmware forces the chip select low (IO_QSPI's override)."""

_PAGE_BYTES = 256
_ERASED_BYTES = {0x20: 4096, 0x52: 32 << 10, 0xD8: 64 << 10}
_PROGRAM, _FAST_READ, _READS = 0x02, 0x0B, (0x03, 0x0B)
_WRITE_ENABLE, _WRITE_DISABLE, _CHIP_ERASE = 0x06, 0x04, (0x60, 0xC7)
_READ_STATUS, _READ_STATUS_2, _WRITE_STATUS = 0x05, 0x35, (0x01, 0x31)
_UNIQUE_ID, _IDENTIFICATION = 0x4B, 0x9F
_UNIQUE_ID_BYTES = bytes.fromhex("e6 61 64 08 43 2a 5b 2d")
_ID_DUMMY_BYTES = 4
_WRITE_ENABLED, _QUAD_ENABLED = 1 << 1, 1 << 1  # status register 1, 2; the quad bit is kept without power
_WINBOND, _SPI_NOR = 0xEF, 0x40


class NorFlash:
    """One byte in, one byte out while it is selected; commands act when the selection ends."""

    def __init__(self, host: Host, base_addr: int, size_bytes: int) -> None:
        """`base_addr` is where the bus shows its first byte."""
        self._host, self._base_addr, self._size_bytes = host, base_addr, size_bytes
        self.reset()

    def reset(self) -> None:
        """As after power-on; the contents stay."""
        self._sent = bytearray()
        self._can_write = False

    def select(self) -> None:
        """A command begins; one that was under way ends first."""
        self.release()

    def release(self) -> None:
        """The command ends: erase and program now."""
        sent, self._sent = self._sent, bytearray()
        if not sent:
            return
        command = sent[0]
        if command in (_WRITE_ENABLE, _WRITE_DISABLE):
            self._can_write = command == _WRITE_ENABLE
        elif self._can_write and command in (*_ERASED_BYTES, *_CHIP_ERASE):
            self._erase(command, sent)
        elif self._can_write and command == _PROGRAM and len(sent) > 4:
            self._program(_addr_of(sent), sent[4:])
        elif command in _WRITE_STATUS:
            self._can_write = False

    def exchange(self, byte: int) -> int:
        """The byte that comes back while `byte` goes out."""
        self._sent.append(byte)
        return self._answer(len(self._sent) - 1)

    def _answer(self, position: int) -> int:
        command = self._sent[0]
        if position == 0:
            return 0xFF  # nobody drives the line yet
        if command in (_READ_STATUS, _READ_STATUS_2):
            is_second = command == _READ_STATUS_2
            return _QUAD_ENABLED if is_second else _WRITE_ENABLED * self._can_write
        if command == _IDENTIFICATION:
            # 2^n bytes: the third byte is n
            return (_WINBOND, _SPI_NOR, self._size_bytes.bit_length() - 1)[(position - 1) % 3]
        if command == _UNIQUE_ID and position > _ID_DUMMY_BYTES:
            return _UNIQUE_ID_BYTES[(position - 1 - _ID_DUMMY_BYTES) % len(_UNIQUE_ID_BYTES)]
        return self._read(position, 1 if command == _FAST_READ else 0) if command in _READS else 0

    def _read(self, position: int, dummies_count: int) -> int:
        if position < 4 + dummies_count:
            return 0
        addr = (_addr_of(self._sent) + position - 4 - dummies_count) % self._size_bytes
        return self._host.read_memory(self._base_addr + addr, 1)[0]

    def _erase(self, command: int, sent: bytearray) -> None:
        size_bytes = _ERASED_BYTES.get(command, self._size_bytes)
        addr = _addr_of(sent) % self._size_bytes & -size_bytes if len(sent) > 3 else 0
        self._host.write_memory(self._base_addr + addr, b"\xff" * size_bytes)
        self._finish()

    def _program(self, addr: int, data: bytearray) -> None:
        """Ones can become zeros; past the end of its page it goes on at the page's beginning."""
        page_addr = self._base_addr + (addr % self._size_bytes & -_PAGE_BYTES)
        page = bytearray(self._host.read_memory(page_addr, _PAGE_BYTES))
        for index, byte in enumerate(data):
            page[(addr + index) % _PAGE_BYTES] &= byte
        self._host.write_memory(page_addr, bytes(page))
        self._finish()

    def _finish(self) -> None:
        self._can_write = False
        self._host.warn("flash was erased or programmed; on a board that takes time, here it takes none")


def _addr_of(sent: bytearray) -> int:
    return int.from_bytes(sent[1:4], "big")
