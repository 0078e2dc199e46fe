"""The coprocessors of the RP2350: the SDK's sequences of double-precision instructions against the host's arithmetic.

Sequences: pico-sdk 2.2, hardware/dcp_canned.inc.S, with the core's multiplications between them done here.
"""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.machine.coprocessors import decoded
from mcusim.machine.devices.raspberry_pi.dcp import Dcp
from mcusim.machine.devices.raspberry_pi.rcp import Rcp
from mcusim.machine.devices.raspberry_pi.rp2350_coprocessors import Rp2350Coprocessors

WORD = 0xFFFF_FFFF
normal_doubles = st.floats(
    allow_nan=False, allow_infinity=False, allow_subnormal=False, min_value=-1e150, max_value=1e150
)


def words(value):
    return struct.unpack("<II", struct.pack("<d", value))


def double(low_high):
    return struct.unpack("<d", struct.pack("<II", *low_high))[0]


def is_normal(value):
    return value == 0 or abs(value) >= 2.0**-1022


def signed(word):
    return word - (word >> 31 << 32)


def high_rounded(a, b, plus=0):
    """SMMLAR and SMMULR (Armv8-M ARM): the high word of plus * 2^32 + a * b, rounded."""
    return ((signed(plus) << 32) + signed(a) * signed(b) + (1 << 31)) >> 32 & WORD


def loaded(x, y=0.0):
    dcp = Dcp()
    dcp.write_pair(1, 0, *words(x))
    dcp.write_pair(1, 1, *words(y))
    return dcp


def added(x, y, option, result_opcode):
    dcp = loaded(x, y)
    for operation in ((0, 1, 0), (1, 1, option), (8, 0, 1)):
        dcp.operate(*operation)
    return double(dcp.read_pair(result_opcode, 0, only_looks=False))


def multiplied(x, y):
    dcp = loaded(x, y)
    a, b = dcp.read_pair(0, 4, only_looks=False)
    c, d = dcp.read_pair(0, 5, only_looks=False)
    product = (b << 32 | a) * (d << 32 | c)
    dcp.write_pair(2, 0, product & WORD, product >> 32 & WORD)
    dcp.write_pair(3, 0, product >> 64 & WORD, product >> 96)
    dcp.operate(8, 0, 1)
    return double(dcp.read_pair(5, 0, only_looks=False))


def divided(x, y):
    """dcp_ddiv_m, line by line."""
    dcp = loaded(x, y)
    ra, rb = dcp.read_pair(2, 1, only_looks=False)
    rc = (ra * rb) >> 32
    rc = ~(rc << 2) & WORD
    ra = high_rounded(rc, ra, ra)
    rc = high_rounded(rc, rc)
    ra = high_rounded(rc, ra, ra)
    re = (ra - (ra >> 31)) & WORD
    rc, rd = dcp.read_pair(0, 4, only_looks=False)
    rb = high_rounded(re, rd)
    rc, rd = dcp.read_pair(1, 5, only_looks=False)
    ra = (rb * rc) >> 32
    ra = (rb * rd + ra) & WORD
    rc, rd = dcp.read_pair(4, 4, only_looks=False)
    rc = high_rounded((rc - ra) & WORD, re)
    rd = rb >> 4
    total = rc + ((rb << 28) & WORD)
    ra = total & WORD
    rb = (rd + (signed(rc) >> 31) + (total >> 32)) & WORD
    ra = (ra | rb >> 21) & ~(rb >> 22) & ~7 & WORD
    rc, rd = dcp.read_pair(7, 5, only_looks=False)
    re = (ra * rc) >> 32
    re = (ra * rd + re + rb * rc) & WORD
    rc, rd = dcp.read_pair(0, 4, only_looks=False)
    re = (re - (rc << 18)) & WORD
    ra = ((ra | re >> 29) - 1) & WORD
    dcp.write_pair(4, 0, ra, rb)
    dcp.operate(8, 0, 1)
    return double(dcp.read_pair(7, 0, only_looks=False))


@given(normal_doubles, normal_doubles)
def test_sums_and_differences_are_the_host_s(x, y):
    if is_normal(x + y) and is_normal(x - y):
        assert (x + y, x - y) == (added(x, y, 0, 1), added(x, y, 1, 3))


@given(normal_doubles, normal_doubles)
def test_products_are_the_host_s(x, y):
    if is_normal(x * y):
        assert x * y == multiplied(x, y)


@given(normal_doubles, normal_doubles.filter(lambda value: value != 0))
def test_quotients_are_the_host_s(x, y):
    if is_normal(x / y) and not math.isinf(x / y):
        assert x / y == divided(x, y)


@given(normal_doubles, normal_doubles)
def test_comparisons_set_the_flags_of_the_architecture(x, y):
    dcp = loaded(x, y)
    dcp.operate(0, 1, 0)
    flags = dcp.read(0, 1, only_looks=False)

    assert (x == y, x >= y, False) == (bool(flags & 1 << 30), bool(flags & 1 << 29), bool(flags & 1 << 28))


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (math.inf, -math.inf, math.nan),
        (math.inf, 1.0, math.inf),
        (-0.0, -0.0, -0.0),
        (-0.0, 0.0, 0.0),
        (1.0, -1.0, 0.0),
    ],
)
def test_sums_of_special_numbers_are_those_of_ieee_754(x, y, expected):
    assert struct.pack("<d", expected)[6:] == struct.pack("<d", added(x, y, 0, 1))[6:]


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (math.inf, 0.0, math.nan),
        (-math.inf, 2.0, -math.inf),
        (-0.0, 3.0, -0.0),
        (1e200, 1e200, math.inf),
        (1e-200, 1e-200, 0.0),
    ],
)
def test_products_of_special_numbers_are_those_of_ieee_754(x, y, expected):
    assert struct.pack("<d", expected)[6:] == struct.pack("<d", multiplied(x, y))[6:]


@given(st.floats(min_value=-5e9, max_value=5e9))
def test_conversions_to_integers_cut_off_and_saturate(x):
    dcp = Dcp()
    dcp.write_pair(8, 0, *words(x))
    for operation in ((0, 1, 0), (1, 1, 0), (8, 0, 2)):
        dcp.operate(*operation)
    expected = (max(-(1 << 31), min((1 << 31) - 1, int(x))) & WORD, max(0, min(WORD, int(x))))

    assert expected == (dcp.read(3, 0, only_looks=False), dcp.read(3, 1, only_looks=False))


@given(st.integers(-(1 << 31), (1 << 31) - 1))
def test_conversions_from_integers_are_exact(value):
    dcp = Dcp()
    dcp.write_pair(7, 0, value & WORD, value & WORD)
    for operation in ((0, 1, 0), (1, 1, 1), (8, 0, 1)):
        dcp.operate(*operation)

    assert value == double(dcp.read_pair(3, 0, only_looks=False))


@given(normal_doubles, normal_doubles)
def test_an_interrupted_calculation_goes_on_after_its_state_was_saved_and_restored(x, y):
    """generic_save_state of double_aeabi_dcp.S: PXMD, PYMD, REFD; WXMD, WYMD, WEFD."""
    dcp = loaded(x, y)
    dcp.operate(0, 1, 0)
    engaged = dcp.read(0, 1, only_looks=True) >> 31
    state = [
        dcp.read_pair(0, source, only_looks=looks) for source, looks in ((8, True), (9, True), (10, False))
    ]
    free = dcp.read(0, 1, only_looks=True) >> 31
    dcp.reset()
    for target, pair in enumerate(state):
        dcp.write_pair(0, target, *pair)
    dcp.operate(1, 1, 0)
    dcp.operate(8, 0, 1)

    assert (1, 0) == (engaged, free)
    assert added(x, y, 0, 1) == double(dcp.read_pair(1, 0, only_looks=False))


def test_instructions_are_told_apart_by_their_fields():
    """As GNU as encodes mcrr p4,#1,r0,r1,c0; mrc p7,#1,apsr_nzcv,c0,c0; cdp p4,#8,c0,c0,c0,#1; mrrc2 p4,#1,r2,r3,c0."""
    mcrr, mrc = decoded(0xEC41, 0x0410), decoded(0xEE30, 0xF710)
    cdp, mrrc2 = decoded(0xEE80, 0x0420), decoded(0xFC53, 0x2410)

    assert (4, 1, 0, 1, 0, True, False) == (
        mcrr.coprocessor_number,
        mcrr.opcode_number,
        mcrr.target_number,
        mcrr.second_number,
        mcrr.source_number,
        mcrr.is_pair,
        mcrr.is_read,
    )
    assert (7, 1, 15, True, False) == (
        mrc.coprocessor_number,
        mrc.opcode_number,
        mrc.target_number,
        mrc.is_read,
        mrc.is_pair,
    )
    assert (4, 8, 0, 1, True) == (
        cdp.coprocessor_number,
        cdp.opcode_number,
        cdp.source_number,
        cdp.option_number,
        cdp.is_operation,
    )
    assert (2, 3, True, True) == (
        mrrc2.target_number,
        mrrc2.second_number,
        mrrc2.is_second_form,
        mrrc2.is_read,
    )


def test_a_canary_fits_only_its_tag_and_a_wrong_one_ends_the_run():
    """pico-sdk, hardware/rcp.h: rcp_canary_get and rcp_canary_check."""
    ends = []
    rcp = Rcp(ends.append)
    canary = rcp.read(0, 4, 2)
    rcp.write(0, 4, 2, canary)
    fine = list(ends)
    rcp.write(0, 4, 3, canary)

    assert ([], 1) == (fine, len(ends))


def test_the_gpio_coprocessor_writes_the_pin_registers_of_the_sio(host):
    """pico-sdk, hardware/gpio_coproc.h: gpioc_bit_out_set(35), gpioc_lo_oe_put(5), gpioc_hilo_out_xor(1 | 2^32)."""
    chip = Rp2350Coprocessors(host)
    chip.write(decoded(0xEEC0, 0x0010), 35, 0)  # mcr p0, #6, r0, c0, c0
    chip.write(decoded(0xEE00, 0x0014), 5, 0)  # mcr p0, #0, r0, c0, c4
    written = dict(host.bus)
    chip.write(decoded(0xEC41, 0x0010), 1, 1)  # mcrr p0, #1, r0, r1, c0

    assert (1 << 3, 5) == (written[0xD000_001C], written[0xD000_0030])
    assert (1, 1) == (host.bus[0xD000_0028], host.bus[0xD000_002C])
