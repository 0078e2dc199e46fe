"""Roles of operands: encodings by the GNU assembler, roles by the instruction descriptions of the ARMv7-M manual."""

from __future__ import annotations

import pytest

from mcusim.isa.decode import decode_block
from mcusim.isa.roles import OpClass, OperandRoles, roles_of


def masked(*numbers):
    return sum(1 << number for number in numbers)


# assembly, encoding, roles
ROLES = (
    ("movw r0, #256", "40f20010", OperandRoles(OpClass.ALU, is_early_capable=True)),
    ("mov.w r0, #256", "4ff48070", OperandRoles(OpClass.SHIFTED_CONSTANT)),
    ("and r0, r1, #0xff00ff00", "01f0ff20", OperandRoles(OpClass.ALU)),
    ("and r0, r1, #0xff00", "01f47f40", OperandRoles(OpClass.SHIFTED_CONSTANT)),
    ("adds r0, #200", "c830", OperandRoles(OpClass.ALU, is_early_capable=True)),
    ("cmp.w r1, r2, lsl #3", "b1ebc20f", OperandRoles(OpClass.SHIFTED, masked(2), is_compare=True)),
    ("lsls r0, r1", "8840", OperandRoles(OpClass.SHIFT, masked(0, 1))),
    ("rrx r0, r1", "4fea3100", OperandRoles(OpClass.SHIFT, masked(1))),
    ("mvn.w r0, r1, asr #2", "6feaa100", OperandRoles(OpClass.SHIFTED, masked(1))),
    ("sxtb r0, r1", "48b2", OperandRoles(OpClass.EXTEND)),
    ("sxtb16 r0, r1, ror #8", "2ffa91f0", OperandRoles(OpClass.EXTEND_PAIR, masked(1))),
    ("bfi r0, r1, #2, #3", "61f38400", OperandRoles(OpClass.INSERT, masked(1))),
    ("ubfx r0, r1, #3, #5", "c1f3c400", OperandRoles(OpClass.EXTRACT, masked(1))),
    ("pkhbt r0, r1, r2, lsl #16", "c1ea0240", OperandRoles(OpClass.PACK, masked(2))),
    ("mla r0, r1, r2, r0", "01fb0200", OperandRoles(OpClass.MULTIPLY, 0, masked(1, 2), masked(0))),
    ("mla r0, r0, r2, r0", "00fb0200", OperandRoles(OpClass.MULTIPLY, 0, masked(0, 2))),
    ("smlad r0, r1, r2, r3", "21fb0230", OperandRoles(OpClass.MULTIPLY, 0, masked(1, 2), masked(3))),
    (
        "umaal r0, r1, r2, r3",
        "e2fb6301",
        OperandRoles(OpClass.MULTIPLY, 0, masked(2, 3), masked(0, 1), is_long_multiply=True),
    ),
    (
        "muls r0, r1",
        "4843",
        OperandRoles(OpClass.MULTIPLY, 0, masked(0, 1), is_short_flag_setting_multiply=True),
    ),
    (
        "str.w r0, [r1, r2, lsl #2]",
        "41f82200",
        OperandRoles(OpClass.STORE, index_mask=masked(2), store_data_mask=masked(0)),
    ),
    ("push {r4, lr}", "10b5", OperandRoles(OpClass.STORE_MULTIPLE, store_data_mask=masked(4, 14))),
    (
        "ldrh r0, [r1, r2]",
        "885a",
        OperandRoles(OpClass.LOAD, index_mask=masked(2), is_narrow_load=True),
    ),
    ("pop {r4, pc}", "10bd", OperandRoles(OpClass.BRANCH_REGISTER)),
    ("bl", "fff7feff", OperandRoles(OpClass.LINK)),
    ("usad8 r0, r1, r2", "71fb02f0", OperandRoles(OpClass.SIMD)),
    ("mrs r0, primask", "eff31080", OperandRoles(OpClass.SYSTEM)),
)


@pytest.mark.parametrize(("encoding", "expected"), [row[1:] for row in ROLES], ids=[row[0] for row in ROLES])
def test_operands_have_the_roles_that_the_manual_describes(encoding, expected):
    assert expected == roles_of(decode_block(bytes.fromhex(encoding), 0)[0])
