"""The GPIO coprocessor of the RP2350 (coprocessor 0): the SIO's pin registers in one instruction.

Encodings and meanings: pico-sdk 2.2, hardware/gpio_coproc.h.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.machine.devices.device import Host

_SIO_ADDR = 0xD000_0000
_IN, _OUT, _OE = 0x04, 0x10, 0x30
_BANK_BYTES, _ACTION_BYTES = 4, 8  # pins 32 and up are the next word; set, clear, toggle follow 8 bytes apart
_ACTIONS = (0, 3, 1, 2)  # put, xor, set, clr, as the opcodes count them
_PORTS = {0: _OUT, 4: _OE}
_WORD = 0xFFFF_FFFF


class GpioCoprocessor:
    """Everything goes to the SIO."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def write(self, opcode: int, source: int, word: int) -> bool:
        """MCR p0, #opcode, word, c0, c<source>; False: no such instruction."""
        port = _PORTS.get(source & ~1)
        if port is None or opcode == 4:
            return False
        if opcode < 4:
            self._act(port, opcode, word, source & 1)
        elif source & 1:
            return False
        else:
            self._act_on_all(port, opcode - 4, 1 << (word & 63))
        return True

    def write_pair(self, opcode: int, target: int, first: int, second: int) -> bool:
        """MCRR p0, #opcode, first, second, c<target>; False: no such instruction."""
        port = _PORTS.get(target)
        if port is None or opcode > 11:
            return False
        bit, value = 1 << (first & 63), second & 1
        if opcode < 4:
            self._act_on_all(port, opcode, second << 32 | first)
        elif opcode == 4:
            self._act_on_all(port, 2 if value else 3, bit)
        elif opcode < 8:
            self._act_on_all(port, opcode - 4, bit if value else 0)
        else:
            self._act(port, opcode - 8, first, second & 1)
        return True

    def read(self, source: int) -> int | None:
        """MRC p0, #0, Rt, c0, c<source>; None: no such instruction."""
        port = {**_PORTS, 8: _IN}.get(source & ~1)
        if port is None:
            return None
        bank_bytes = _BANK_BYTES * (source & 1)
        return self._host.read_bus(_SIO_ADDR + port + bank_bytes, 4)

    def _act_on_all(self, port: int, action: int, mask: int) -> None:
        self._act(port, action, mask & _WORD, 0)
        self._act(port, action, mask >> 32, 1)

    def _act(self, port: int, action: int, word: int, bank: int) -> None:
        addr = _SIO_ADDR + port + _ACTION_BYTES * _ACTIONS[action] + _BANK_BYTES * bank
        self._host.write_bus(addr, 4, word)
