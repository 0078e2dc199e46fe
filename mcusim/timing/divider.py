"""Cycles of UDIV and SDIV by their operands: the iterative divider that Cortex-M3, M4 and M33 share."""

from __future__ import annotations

from typing import Protocol


class DividerNumbers(Protocol):
    """What a core's table says about its divider."""

    @property
    def divide_by_zero_cycles(self) -> int:
        """When an operand is zero."""
        ...

    @property
    def divide_short_cycles(self) -> int:
        """When the divisor has more bits than the dividend."""
        ...

    @property
    def divide_long_cycles(self) -> int:
        """Otherwise, before the bits of the quotient."""
        ...

    @property
    def divide_bits_per_cycle_count(self) -> int: ...


def divide_cycles_of(numbers: DividerNumbers, dividend: int, divisor: int, is_signed: bool) -> int:
    """Cycles by the distance of the operands' highest bits (measured on a Cortex-M4; see the table's source)."""
    dividend_bits = _magnitude_bits(dividend, is_signed)
    divisor_bits = _magnitude_bits(divisor, is_signed)
    if not dividend_bits or not divisor_bits:
        return numbers.divide_by_zero_cycles
    if dividend_bits < divisor_bits:
        return numbers.divide_short_cycles
    quotient_bits = dividend_bits - divisor_bits
    return numbers.divide_long_cycles + quotient_bits // numbers.divide_bits_per_cycle_count


def _magnitude_bits(pattern: int, is_signed: bool) -> int:
    if is_signed and pattern & 0x8000_0000:
        pattern = 0x1_0000_0000 - pattern
    return pattern.bit_length()
