"""The registers of the interrupt controller; the state behind them is in priority.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.system.register import READS_ZERO, Register, RegisterMap
from mcusim.machine.system.variant import FIRST_IRQ

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.machine.exceptions import ExceptionModel

ICTR = 0xE004
ISER, ICER, ISPR, ICPR, IABR, IPR, STIR = 0xE100, 0xE180, 0xE200, 0xE280, 0xE300, 0xE400, 0xEF00
_BANKS_COUNT = 16  # up to 480 interrupts on ARMv8-M; ARMv7-M's 240 fill half of them
_PRIORITY_WORDS_COUNT = 120


class Nvic:
    """NVIC registers (ARMv7-M ARM, B3.4; ARMv6-M ARM, B3.4). Interrupts that do not exist read as zero."""

    def __init__(self, exceptions: ExceptionModel) -> None:
        self._exceptions = exceptions
        self._table = exceptions.table
        self._is_v6m = exceptions.variant.is_v6m
        self._interrupts_count = exceptions.variant.interrupts_count

    def reset(self) -> None:
        """Nothing of its own: the exception model resets the state."""

    def registers(self) -> RegisterMap:
        """All registers of this device."""
        banks = range(1 if self._is_v6m else _BANKS_COUNT)
        registers: RegisterMap = {}
        for bank in banks:
            registers |= self._bank(bank)
        for word in range(8 if self._is_v6m else _PRIORITY_WORDS_COUNT):
            registers[IPR + 4 * word] = self._priorities(FIRST_IRQ + 4 * word)
        if self._is_v6m:
            return registers
        lines_count = max(0, (self._interrupts_count - 1) // 32)
        registers[ICTR] = Register(read=lambda: lines_count)
        registers[STIR] = Register(write=self._write_stir)
        return registers

    def _bank(self, bank: int) -> RegisterMap:
        table, shift = self._table, FIRST_IRQ + 32 * bank
        implemented = table.interrupts_mask >> shift & 0xFFFFFFFF
        if not implemented:
            return dict.fromkeys((each + 4 * bank for each in (ISER, ICER, ISPR, ICPR, IABR)), READS_ZERO)

        def read_enabled() -> int:
            return table.enabled_mask >> shift & implemented

        def read_pending() -> int:
            return table.pending_mask >> shift & implemented

        def read_active() -> int:
            return table.active_mask >> shift & implemented

        def enable(value: int, mask: int) -> None:
            table.enabled_mask |= (value & mask & implemented) << shift

        def disable(value: int, mask: int) -> None:
            table.enabled_mask &= ~((value & mask & implemented) << shift)

        def pend(value: int, mask: int) -> None:
            self._each(value & mask & implemented, shift, self._exceptions.pend)

        def clear_pending(value: int, mask: int) -> None:
            self._each(value & mask & implemented, shift, self._exceptions.clear_pending)

        return {
            ISER + 4 * bank: Register(read_enabled, enable),
            ICER + 4 * bank: Register(read_enabled, disable),
            ISPR + 4 * bank: Register(read_pending, pend),
            ICPR + 4 * bank: Register(read_pending, clear_pending),
            IABR + 4 * bank: Register(read_active),
        }

    @staticmethod
    def _each(bits: int, first_number: int, action: Callable[[int], None]) -> None:
        for position in range(bits.bit_length()):
            if bits >> position & 1:
                action(first_number + position)

    def _priorities(self, first_number: int) -> Register:
        return priority_register(self._exceptions, tuple(range(first_number, first_number + 4)))

    def _write_stir(self, value: int, mask: int) -> None:
        self._exceptions.pend(FIRST_IRQ + (value & mask & 0x1FF))


def priority_register(exceptions: ExceptionModel, numbers: tuple[int, ...]) -> Register:
    """Four priority bytes, lowest first; number 0 stands for a reserved byte."""
    table = exceptions.table

    def read() -> int:
        return sum(table.priority(number) << 8 * index for index, number in enumerate(numbers) if number)

    def write(value: int, mask: int) -> None:
        for index, number in enumerate(numbers):
            if number and mask >> 8 * index & 0xFF:
                table.set_priority(number, value >> 8 * index & 0xFF)

    return Register(read, write)
