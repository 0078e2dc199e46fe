"""Each step of a value program computes what the instruction it stands for does (ARMv7-M ARM, chapter A7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.machine.values import Code
from tests.core.driver import PSR_ID, Driver, Spec, step

MASK = 0xFFFF_FFFF
words = st.one_of(
    st.integers(0, MASK), st.sampled_from([0, 1, 2, 31, 32, 33, 0x7FFF_FFFF, 0x8000_0000, MASK])
)
ALWAYS = 255


def computed(code: Code, left: int, right: int, constant: int = 0) -> int:
    """The value of one step, seen through the address of an access."""
    steps = step(code, 2, 0, 1, constant) + step(Code.ACCESS, ALWAYS, left=2, constant=1 | 1 << 16)
    driver = Driver({0x100: Spec(0x100, registers=(0, 1), steps=steps)})
    driver.registers[0], driver.registers[1] = left, right
    driver.run([0x100])
    return driver.core.accesses(0)[0]


def signed(value: int) -> int:
    return value - (1 << 32) if value >> 31 else value


ORACLES = {
    Code.ADD: lambda a, b: a + b,
    Code.SUB: lambda a, b: a - b,
    Code.AND: lambda a, b: a & b,
    Code.ORR: lambda a, b: a | b,
    Code.EOR: lambda a, b: a ^ b,
    Code.BIC: lambda a, b: a & ~b,
    Code.MVN: lambda a, _b: ~a,
    Code.MUL: lambda a, b: a * b,
    Code.LSL: lambda a, b: a << (b & 255),
    Code.LSR: lambda a, b: a >> (b & 255),
    Code.ASR: lambda a, b: signed(a) >> (b & 255),
    Code.ROR: lambda a, b: (a << 32 | a) >> (b & 31),
}


@pytest.mark.parametrize("code", ORACLES, ids=lambda code: code.name)
@given(left=words, right=words)
def test_a_step_computes_its_operation(code, left, right):
    assert ORACLES[code](left, right) & MASK == computed(code, left, right)


@given(value=words, lsb=st.integers(0, 31), width=st.integers(1, 32))
def test_extract_is_ubfx(value, lsb, width):
    width = min(width, 32 - lsb)

    assert value >> lsb & (1 << width) - 1 == computed(
        Code.EXTRACT, value, 0, (32 - lsb - width) << 8 | 32 - width
    )


@given(left=words, right=words)
def test_divisions_round_towards_zero_and_by_zero_give_zero(left, right):
    """SDIV and UDIV (A7.7.127, A7.7.195) with CCR.DIV_0_TRP clear."""
    quotient = 0 if right == 0 else left // right
    assert quotient == computed(Code.DIV, left, right)
    a, b = signed(left), signed(right)
    expected = 0 if b == 0 else abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    assert expected & MASK == computed(Code.DIV, left, right, 1)


CONDITIONS = {
    0: lambda a, b: a == b,
    1: lambda a, b: a != b,
    2: lambda a, b: a >= b,
    3: lambda a, b: a < b,
    8: lambda a, b: a > b,
    9: lambda a, b: a <= b,
    10: lambda a, b: signed(a) >= signed(b),
    11: lambda a, b: signed(a) < signed(b),
    12: lambda a, b: signed(a) > signed(b),
    13: lambda a, b: signed(a) <= signed(b),
}


@pytest.mark.parametrize("condition", CONDITIONS)
@given(left=words, right=words)
def test_conditions_after_a_comparison(condition, left, right):
    """EQ NE CS CC HI LS GE LT GT LE after CMP (A7.3.1): an access under the condition shows whether it held."""
    steps = (
        step(Code.FLAGS_SUB, 2, 0, 1)
        + step(Code.CONDITION, 3, 2, constant=condition)
        + step(Code.ADD, 4, 3, 5)
        + step(Code.ACCESS, ALWAYS, left=4, constant=1 | 1 << 16)
    )
    driver = Driver({0x100: Spec(0x100, registers=(0, 1, 2, 3, 4, 5), steps=steps)})
    driver.registers[0], driver.registers[1] = left, right
    driver.run([0x100])

    assert int(CONDITIONS[condition](left, right)) == driver.core.accesses(0)[0]


@given(flags=st.integers(0, 15))
def test_flags_come_from_the_status_register(flags):
    steps = step(Code.FLAGS_PSR, 1, 0) + step(Code.ACCESS, ALWAYS, left=1, constant=1 | 1 << 16)
    driver = Driver({0x100: Spec(0x100, registers=(PSR_ID,), steps=steps)})
    driver.registers[PSR_ID] = flags << 28 | 0x0100_0000
    driver.run([0x100])

    assert flags == driver.core.accesses(0)[0]


@pytest.mark.parametrize(
    ("dividend", "divisor", "is_signed", "cycles"),
    [
        (0, 7, 0, 2),
        (7, 0, 0, 2),
        (3, 8, 0, 3),
        (8, 8, 0, 5),
        (MASK, 1, 0, 12),
        (MASK, 1, 1, 5),
        (16, 1, 0, 6),
    ],
)
def test_divide_cycles_follow_the_published_formula(dividend, divisor, is_signed, cycles):
    """2 with a zero, 3 when short, else 5 + (bits(n) - bits(d)) / 4 (compendium.i-0.nl, Cortex-M4 divider)."""
    spec = Spec(0x100, registers=(0, 1), steps=step(Code.DIVIDE, ALWAYS, 0, 1, is_signed))
    driver = Driver({0x100: spec}, lambda _previous, _block: (0, 2))
    driver.core.set_divider(2, 3, 5, 2, 2)
    driver.registers[0], driver.registers[1] = dividend, divisor

    driver.run([0x100])

    assert cycles == driver.core.now


@pytest.mark.parametrize(
    ("addr", "size_bytes", "cycles"),
    [(0, 4, 0), (2, 4, 1), (1, 4, 2), (3, 4, 2), (1, 2, 1), (2, 2, 0), (3, 1, 0)],
)
def test_unaligned_accesses_cost_extra(addr, size_bytes, cycles):
    steps = step(Code.ACCESS, ALWAYS, 0, constant=size_bytes | 1 << 16)
    driver = Driver({0x100: Spec(0x100, registers=(0,), steps=steps)}, lambda _previous, _block: (0, 0))
    driver.core.set_unaligned(1, 2, 1)
    driver.registers[0] = 0x2000_0000 + addr

    driver.run([0x100])

    assert cycles == driver.core.now
