"""An operand inside the RP2350's double-precision coprocessor: sign, class, exponent and a mantissa of 64 bits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

ONE_BIT = 62
"""Where an unpacked mantissa has its leading one."""
_MANTISSA_MASK = (1 << 64) - 1
_EXPONENT_BITS = 14


class NumberClass(IntFlag):
    """As the coprocessor shows it in the top four bits of a word, and so in N, Z, C, V."""

    NAN = 1
    INFINITE = 2
    ZERO = 4
    NEGATIVE = 8


_SPECIAL = NumberClass.NAN | NumberClass.INFINITE | NumberClass.ZERO


@dataclass(frozen=True, slots=True)
class Format:
    """An IEEE 754 binary format."""

    fraction_bits: int
    exponent_bits: int

    @property
    def bias(self) -> int:
        """Of the exponent."""
        return (1 << self.exponent_bits - 1) - 1

    @property
    def largest(self) -> int:
        """The exponent field of infinities and NaNs."""
        return (1 << self.exponent_bits) - 1


SINGLE, DOUBLE = Format(23, 8), Format(52, 11)


@dataclass(frozen=True, slots=True)
class Number:
    """mantissa / 2^ONE_BIT * 2^exponent; denormals count as zero."""

    flags: NumberClass = NumberClass.ZERO
    exponent_number: int = 0
    mantissa_bits: int = 0

    @property
    def is_negative(self) -> bool:
        """The sign, also of a zero."""
        return bool(self.flags & NumberClass.NEGATIVE)

    @property
    def special(self) -> NumberClass:
        """NAN, INFINITE or ZERO; nothing for an ordinary number."""
        return self.flags & _SPECIAL

    @property
    def key(self) -> tuple[int, int]:
        """Orders magnitudes."""
        if self.special & NumberClass.INFINITE:
            return 1 << _EXPONENT_BITS, 0
        return (-1 << _EXPONENT_BITS, 0) if self.special else (self.exponent_number, self.mantissa_bits)

    def words(self) -> int:
        """Class and exponent, as the coprocessor's state is saved."""
        return int(self.flags) << 28 | self.exponent_number & (1 << _EXPONENT_BITS) - 1


def with_words(number: Number, word: int) -> Number:
    """`number` with the class and exponent of `words`."""
    exponent = word & (1 << _EXPONENT_BITS) - 1
    signed = exponent - (1 << _EXPONENT_BITS) if exponent >> _EXPONENT_BITS - 1 else exponent
    return Number(NumberClass(word >> 28), signed, number.mantissa_bits)


def unpacked(bits: int, form: Format) -> Number:
    """The number with this bit pattern."""
    sign = NumberClass.NEGATIVE if bits >> form.fraction_bits + form.exponent_bits & 1 else NumberClass(0)
    field = bits >> form.fraction_bits & form.largest
    fraction = bits & (1 << form.fraction_bits) - 1
    if field == form.largest:
        return Number(sign | (NumberClass.NAN if fraction else NumberClass.INFINITE))
    if not field:
        return Number(sign | NumberClass.ZERO)
    mantissa = (1 << form.fraction_bits | fraction) << ONE_BIT - form.fraction_bits
    return Number(sign, field - form.bias, mantissa)


def packed(number: Number, form: Format) -> int:
    """The bit pattern of a number that was rounded to `form`; too large is infinite, too small is zero."""
    sign = int(number.is_negative) << form.fraction_bits + form.exponent_bits
    infinity = form.largest << form.fraction_bits
    if number.special & NumberClass.NAN:
        return infinity | 1 << form.fraction_bits - 1
    field = number.exponent_number + form.bias
    if number.special & NumberClass.INFINITE or (not number.special and field >= form.largest):
        return sign | infinity
    if number.special or not number.mantissa_bits or field < 1:
        return sign
    fraction = number.mantissa_bits >> ONE_BIT - form.fraction_bits & (1 << form.fraction_bits) - 1
    return sign | field << form.fraction_bits | fraction


def from_integer(value: int) -> Number:
    """A whole number of at most 63 bits."""
    sign = NumberClass.NEGATIVE if value < 0 else NumberClass(0)
    if not value:
        return Number()
    top = abs(value).bit_length() - 1
    return Number(sign, top, abs(value) << ONE_BIT - top)


def rounded(number: Number, kept_bits: int) -> Number:
    """Leading one at ONE_BIT, `kept_bits` bits of mantissa, to the nearest, ties to even."""
    if number.special or not number.mantissa_bits:
        return number
    top = number.mantissa_bits.bit_length() - 1
    mantissa, exponent = number.mantissa_bits, number.exponent_number + top - ONE_BIT
    if top > ONE_BIT:
        mantissa = mantissa >> top - ONE_BIT | int(bool(mantissa & (1 << top - ONE_BIT) - 1))
    else:
        mantissa <<= ONE_BIT - top
    mantissa = rounded_off(mantissa, ONE_BIT + 1 - kept_bits)
    if mantissa >> ONE_BIT + 1:
        mantissa, exponent = mantissa >> 1, exponent + 1
    return Number(number.flags, exponent, mantissa)


def rounded_off(value: int, bits: int) -> int:
    """`value` with its lowest `bits` bits rounded away to zeros; to the nearest, ties to even."""
    half = 1 << bits - 1
    rest = value & (1 << bits) - 1
    value -= rest
    is_up = rest > half or (rest == half and value >> bits & 1)
    return value + (1 << bits) if is_up else value


def shifted_down(mantissa: int, count: int) -> int:
    """Shifted right; bit 0 tells that something was lost."""
    if count >= ONE_BIT + 2:
        return int(bool(mantissa))
    return mantissa >> count | int(bool(mantissa & (1 << count) - 1))


def total(x: Number, y: Number, *, is_difference: bool) -> Number:
    """x + y or x - y, not rounded; where more than one bit of the smaller is lost, bit 0 is sticky."""
    if is_difference:
        y = Number(y.flags ^ NumberClass.NEGATIVE, y.exponent_number, y.mantissa_bits)
    both = x.flags | y.flags
    if both & (NumberClass.NAN | NumberClass.INFINITE):
        is_opposed = x.special & y.special & NumberClass.INFINITE and x.is_negative != y.is_negative
        if both & NumberClass.NAN or is_opposed:
            return Number(NumberClass.NAN)
        return Number((x if x.special & NumberClass.INFINITE else y).flags)
    if y.special:
        return (
            Number(x.flags & ~NumberClass.NEGATIVE | x.flags & y.flags & NumberClass.NEGATIVE)
            if x.special
            else x
        )
    if x.special:
        return y
    large, small = (x, y) if x.key >= y.key else (y, x)
    lower = shifted_down(small.mantissa_bits, large.exponent_number - small.exponent_number)
    is_sum = x.is_negative == y.is_negative
    mantissa = large.mantissa_bits + lower if is_sum else large.mantissa_bits - lower
    return Number(large.flags, large.exponent_number, mantissa & _MANTISSA_MASK) if mantissa else Number()
