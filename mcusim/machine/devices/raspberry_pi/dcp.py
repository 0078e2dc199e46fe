"""The double-precision coprocessor of the RP2350 (DCP, coprocessors 4 and 5): its registers and what instructions do.

Names of instructions and the sequences that use them: pico-sdk 2.2, hardware/dcp_instr.inc.S and dcp_canned.inc.S. What
each one does inside is derived from those sequences: with these meanings they give IEEE 754 results (checked against
the host's arithmetic). The estimates of RYMR and RXMQ are a table of nine bits here; the chip's are not published.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.dcp_number import (
    DOUBLE,
    ONE_BIT,
    SINGLE,
    Format,
    Number,
    NumberClass,
    from_integer,
    packed,
    rounded,
    rounded_off,
    total,
    unpacked,
    with_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_WORD = 0xFFFF_FFFF
_LONG = (1 << 64) - 1
_ESTIMATE_BITS = 9
_PRODUCT_SHIFT, _QUOTIENT_SHIFT, _ROOT_SHIFT = 2, 5, 2
"""How far below ONE_BIT the leading one of 1.0 is in a product, quotient and root that the core computed."""
_ENGAGED, _EQUAL, _NOT_LESS, _UNORDERED = 1 << 31, 1 << 30, 1 << 29, 1 << 28
_INTEGER_LIMIT = 1 << 63


class Dcp:
    """One instance; every method returns what the core's registers get."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Nothing in it."""
        self._x, self._y = Number(), Number()
        self._is_engaged = False

    # --- the core writes: MCRR, MCRR2 ---

    def write_pair(self, opcode: int, target: int, low: int, high: int) -> bool:
        """MCRR p4, #opcode, low, high, c<target>; False: no such instruction."""
        action = self._PAIR_WRITES.get((opcode, target))
        if action is None:
            return False
        action(self, low, high)
        self._is_engaged = True
        return True

    def _set_x_mantissa(self, low: int, high: int) -> None:
        self._x = _with_mantissa(self._x, high << 32 | low)

    def _set_y_mantissa(self, low: int, high: int) -> None:
        self._y = _with_mantissa(self._y, high << 32 | low)

    def _set_flags(self, low: int, high: int) -> None:
        self._x, self._y = with_words(self._x, low), with_words(self._y, high)

    def _unpack_x(self, low: int, high: int) -> None:
        self._x = unpacked(high << 32 | low, DOUBLE)

    def _unpack_y(self, low: int, high: int) -> None:
        self._y = unpacked(high << 32 | low, DOUBLE)

    def _unpack_singles(self, low: int, high: int) -> None:
        self._x, self._y = unpacked(low, SINGLE), unpacked(high, SINGLE)

    def _set_sticky(self, low: int, high: int) -> None:
        self._x = _with_mantissa(self._x, int(bool(low | high)))

    def _set_product(self, low: int, high: int) -> None:
        self._x = _with_mantissa(self._x, high << 32 | low | self._x.mantissa_bits & 1)

    def _set_single_quotient(self, low: int, _high: int) -> None:
        self._x = _with_mantissa(self._x, low << 28)

    def _set_single_root(self, _low: int, high: int) -> None:
        self._x = _with_mantissa(self._x, high << 31)

    def _convert_unsigned(self, low: int, _high: int) -> None:
        self._x, self._y = from_integer(low), Number()

    def _convert_signed(self, low: int, _high: int) -> None:
        self._x, self._y = from_integer(low - (low >> 31 << 32)), Number()

    def _convert_double(self, low: int, high: int) -> None:
        self._x, self._y = unpacked(high << 32 | low, DOUBLE), Number()

    def _convert_single(self, low: int, _high: int) -> None:
        self._x, self._y = unpacked(low, SINGLE), Number()

    _PAIR_WRITES: ClassVar[dict[tuple[int, int], Callable[[Dcp, int, int], None]]] = {
        (0, 0): _set_x_mantissa,
        (0, 1): _set_y_mantissa,
        (0, 2): _set_flags,
        (1, 0): _unpack_x,
        (1, 1): _unpack_y,
        (1, 2): _unpack_singles,
        (2, 0): _set_sticky,
        (3, 0): _set_product,
        (4, 0): _set_x_mantissa,  # WXDD
        (5, 0): _set_x_mantissa,  # WXDQ
        (6, 0): _convert_unsigned,
        (7, 0): _convert_signed,
        (8, 0): _convert_double,
        (9, 2): _convert_single,
        (10, 0): _set_x_mantissa,  # WXFM
        (11, 0): _set_single_quotient,
        (12, 0): _set_single_root,
    }

    # --- operations: CDP ---

    def operate(self, opcode: int, source: int, option: int) -> bool:
        """CDP p4, #opcode, c0, c0, c<source>, #option; False: no such instruction."""
        action = self._OPERATIONS.get((opcode, source, option))
        if action is None:
            return False
        action(self)
        return True

    def _align(self) -> None:
        """ADD0: the comparison and the shift are made where their results are used."""

    def _add(self) -> None:
        self._x = total(self._x, self._y, is_difference=False)

    def _subtract(self) -> None:
        self._x = total(self._x, self._y, is_difference=True)

    def _halve_exponent(self) -> None:
        number = self._x
        odd = number.exponent_number & 1
        self._x = Number(number.flags, (number.exponent_number - odd) >> 1, number.mantissa_bits << odd)

    def _round_double(self) -> None:
        self._x = rounded(self._x, DOUBLE.fraction_bits + 1)

    def _round_single(self) -> None:
        self._x = rounded(self._x, SINGLE.fraction_bits + 1)

    def _truncate(self) -> None:
        self._make_whole(is_rounded=False)

    def _round_whole(self) -> None:
        self._make_whole(is_rounded=True)

    def _make_whole(self, *, is_rounded: bool) -> None:
        """The mantissa becomes the magnitude as a whole number."""
        number, places = self._x, ONE_BIT - self._x.exponent_number
        if number.special:
            whole = _INTEGER_LIMIT if number.special & NumberClass.INFINITE else 0
        elif places <= 0:
            whole = _INTEGER_LIMIT
        elif places > ONE_BIT + 1:
            whole = 0
        else:
            whole = (
                rounded_off(number.mantissa_bits, places) if is_rounded else number.mantissa_bits
            ) >> places
        self._x = _with_mantissa(number, whole)

    _OPERATIONS: ClassVar[dict[tuple[int, int, int], Callable[[Dcp], None]]] = {
        (0, 0, 0): reset,  # INIT
        (0, 1, 0): _align,
        (1, 1, 0): _add,
        (1, 1, 1): _subtract,
        (2, 1, 0): _halve_exponent,
        (8, 2, 1): _round_single,
        (8, 0, 1): _round_double,
        (8, 0, 2): _truncate,
        (8, 0, 3): _round_whole,
    }

    # --- the core reads: MRC, MRRC; the forms with a 2 only look ---

    def read(self, source: int, option: int, *, only_looks: bool) -> int | None:
        """MRC p4, #0, Rt, c0, c<source>, #option; None: no such instruction."""
        action = self._READS.get((source, option))
        if action is None:
            return None
        word = action(self)
        self._is_engaged = self._is_engaged and only_looks
        return word

    def read_pair(self, opcode: int, source: int, *, only_looks: bool) -> tuple[int, int] | None:
        """MRRC p4, #opcode, low, high, c<source>; None: no such instruction."""
        if source in (4, 5):  # RXMS, RYMS: the opcode is a shift
            number = self._x if source == 4 else self._y
            return _words(number.mantissa_bits >> opcode)
        action = self._PAIR_READS.get((opcode, source))
        if action is None:
            return None
        value = action(self)
        if source not in (1, 8, 9):  # results and flags end the use, inner values do not
            self._is_engaged = self._is_engaged and only_looks
        return _words(value)

    def _class(self) -> int:
        return int(self._x.flags) << 28

    def _compared(self) -> int:
        x, y = self._x, self._y
        engaged = _ENGAGED if self._is_engaged else 0
        if (x.flags | y.flags) & NumberClass.NAN:
            return engaged | _UNORDERED
        left, right = (_ordered(each) for each in (x, y))
        return engaged | (_EQUAL if left == right else 0) | (_NOT_LESS if left >= right else 0)

    def _result(self, form: Format) -> int:
        return packed(self._x, form)

    def _product(self, form: Format) -> int:
        x, y = self._x, self._y
        both = x.flags | y.flags
        is_invalid = both & NumberClass.NAN or (both & NumberClass.INFINITE and both & NumberClass.ZERO)
        special = NumberClass.NAN if is_invalid else both & (NumberClass.INFINITE | NumberClass.ZERO)
        flags = special | (x.flags ^ y.flags) & NumberClass.NEGATIVE
        return packed(
            Number(flags, x.exponent_number + y.exponent_number + _PRODUCT_SHIFT, x.mantissa_bits), form
        )

    def _quotient(self, form: Format) -> int:
        x, y = self._x, self._y
        special = NumberClass(0)
        if (x.flags | y.flags) & NumberClass.NAN or (x.special and x.special == y.special):
            special = NumberClass.NAN
        elif x.special & NumberClass.INFINITE or y.special & NumberClass.ZERO:
            special = NumberClass.INFINITE
        elif x.special or y.special:
            special = NumberClass.ZERO
        flags = special | (x.flags ^ y.flags) & NumberClass.NEGATIVE
        return packed(
            Number(flags, x.exponent_number - y.exponent_number + _QUOTIENT_SHIFT, x.mantissa_bits), form
        )

    def _root(self, form: Format) -> int:
        x = self._x
        if x.is_negative and not x.special & NumberClass.ZERO:
            return packed(Number(NumberClass.NAN), form)
        return packed(Number(x.flags, x.exponent_number + _ROOT_SHIFT, x.mantissa_bits), form)

    def _signed(self) -> int:
        value = -self._x.mantissa_bits if self._x.is_negative else self._x.mantissa_bits
        return max(-(1 << 31), min((1 << 31) - 1, value)) & _WORD

    def _unsigned(self) -> int:
        return 0 if self._x.is_negative else min(_WORD, self._x.mantissa_bits)

    def _flags(self) -> int:
        return self._y.words() << 32 | self._x.words()

    def _high_words(self) -> int:
        return self._y.mantissa_bits >> 32 << 32 | self._x.mantissa_bits >> 32

    def _reciprocal(self) -> int:
        y = self._y.mantissa_bits >> 31 & _WORD
        return y << 32 | _estimate(y, lambda middle: (1 << 62) // middle)

    def _inverse_root(self) -> int:
        x = self._x.mantissa_bits >> 32
        return x << 32 | _estimate(x, lambda middle: math.isqrt((1 << 92) // middle))

    _READS: ClassVar[dict[tuple[int, int], Callable[[Dcp], int]]] = {
        (0, 0): _class,
        (0, 1): _compared,
        (2, 0): lambda dcp: dcp._result(SINGLE),
        (2, 1): lambda dcp: dcp._result(SINGLE),
        (2, 2): lambda dcp: dcp._product(SINGLE),
        (2, 3): lambda dcp: dcp._quotient(SINGLE),
        (2, 4): lambda dcp: dcp._root(SINGLE),
        (2, 5): lambda dcp: dcp._result(SINGLE),
        (3, 0): _signed,
        (3, 1): _unsigned,
    }
    _PAIR_READS: ClassVar[dict[tuple[int, int], Callable[[Dcp], int]]] = {
        (0, 8): lambda dcp: dcp._x.mantissa_bits,
        (0, 9): lambda dcp: dcp._y.mantissa_bits,
        (0, 10): _flags,
        (1, 1): _high_words,
        (2, 1): _reciprocal,
        (4, 1): _inverse_root,
        (1, 0): lambda dcp: dcp._result(DOUBLE),
        (3, 0): lambda dcp: dcp._result(DOUBLE),
        (5, 0): lambda dcp: dcp._product(DOUBLE),
        (7, 0): lambda dcp: dcp._quotient(DOUBLE),
        (9, 0): lambda dcp: dcp._root(DOUBLE),
        (11, 0): lambda dcp: dcp._result(DOUBLE),
    }


def _words(value: int) -> tuple[int, int]:
    return value & _WORD, value >> 32 & _WORD


def _with_mantissa(number: Number, mantissa: int) -> Number:
    return Number(number.flags, number.exponent_number, mantissa & _LONG)


def _ordered(number: Number) -> tuple[int, int]:
    exponent, mantissa = number.key
    if number.special & NumberClass.ZERO:
        return 0, 0
    offset = 1 << 20  # above every exponent, so that all magnitudes are positive
    return (-offset - exponent, -mantissa) if number.is_negative else (offset + exponent, mantissa)


def _estimate(value: int, function: Callable[[int], int]) -> int:
    """`function` in the middle of the interval that the first bits of `value` name."""
    if not value:
        return 0
    unit_bits = max(0, value.bit_length() - _ESTIMATE_BITS)
    return function((value >> unit_bits << unit_bits) + (1 << unit_bits) // 2) & _WORD
