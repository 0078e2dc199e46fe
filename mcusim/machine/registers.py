"""The core's registers as the exception model sees them; implemented by cpu.py, faked in tests."""

from __future__ import annotations

from enum import Enum
from typing import Protocol


class Reg(Enum):
    """A core or special register."""

    R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10, R11, R12 = range(13)
    SP = 13  # the stack pointer in use
    LR = 14
    PC = 15  # bit 0 always reads 0
    XPSR = 16
    MSP = 17
    PSP = 18
    PRIMASK = 19
    FAULTMASK = 20
    BASEPRI = 21
    CONTROL = 22
    FPSCR = 23
    IPSR = 24
    MSPLIM = 25  # ARMv8-M only, as the next
    PSPLIM = 26


class Core(Protocol):
    """Registers and memory of the core, with no side effects on devices."""

    def read(self, register: Reg) -> int: ...

    def write(self, register: Reg, value: int) -> None: ...

    def read_fp(self, index: int) -> int:
        """S0-S31 as a 32-bit pattern."""
        ...

    def write_fp(self, index: int, value: int) -> None: ...

    def read_word(self, addr: int) -> int:
        """A word of RAM or flash.

        Raises:
            BusError: nothing is mapped there.
        """
        ...

    def write_word(self, addr: int, value: int) -> None: ...


class BusError(Exception):
    """An exception frame or vector could not be read or written."""

    def __init__(self, addr: int, *, is_write: bool) -> None:
        super().__init__(f"bus error at 0x{addr:08X}")
        self.addr = addr
        self.is_write = is_write
