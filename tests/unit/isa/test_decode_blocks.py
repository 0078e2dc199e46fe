"""Decoding blocks: IT conditions, damaged code, and every encoding there is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcusim.isa.decode import decode_block
from mcusim.isa.instruction import Condition, Immediate, Kind, Register

EQ, NE, CS, AL = Condition.EQ, Condition.NE, Condition.CS, Condition.AL


def decoded(encoding, addr=0x0800_0000):
    return decode_block(bytes.fromhex(encoding), addr)


def test_an_it_block_conditions_exactly_its_instructions():
    """itte eq; addeq r0, #1; moveq r0, #1; lslne r0, r1, #1; adds r0, #1 (ITAdvance, ARMv7-M ARM A7.3.3)."""
    block = decoded("06bf0130012048000130")

    assert [each.condition for each in block] == [AL, EQ, EQ, NE, AL]
    assert [each.mnemonic for each in block] == ["itte", "add", "mov", "lsl", "add"]
    assert [each.sets_flags for each in block] == [False, False, False, False, True]
    assert [each.reads_flags for each in block] == [False, True, True, True, False]


def test_a_compare_in_an_it_block_still_sets_the_flags():
    """it eq; cmpeq r0, #3."""
    assert decoded("08bf0328")[1].sets_flags


def test_a_carry_condition_is_stripped_from_the_mnemonic():
    """it hs; ldrhs r0, [r1]."""
    found = decoded("28bf0868")[1]

    assert (found.mnemonic, found.condition, found.text) == ("ldr", CS, "ldrhs r0, [r1]")


@pytest.mark.parametrize(
    ("encoding", "mnemonic"),
    [("a8bf0120", "mov"), ("b8bf00f00200", "and"), ("88bf80ee810a", "vdiv"), ("38bf01fb1230", "mls")],
    ids=["movge", "andlt.w", "vdivhi", "mlslo"],
)
def test_a_condition_that_looks_like_part_of_the_name_is_not_confused(encoding, mnemonic):
    found = decoded(encoding)[1]

    assert found.mnemonic == mnemonic
    assert found.is_conditional


def test_a_block_that_starts_inside_an_it_block_is_unconditional():
    """The second half of a split block: its bytes alone do not tell."""
    assert [each.condition for each in decoded("01304800")] == [AL, AL]


def test_a_conditional_branch_that_ends_an_it_block_keeps_its_target():
    """it ne; bne.n as the unconditional encoding T2: b 0x40 on."""
    found = decoded("18bf1ee0")[1]

    assert (found.condition, found.target_addr) == (NE, 0x0800_0042)


def test_undecodable_code_is_skipped_by_its_size():
    """A 32-bit hole between two nops, then a lone first half at the end."""
    block = decoded("00bf" + "4cecb791" + "00bf" + "4cec")

    assert [each.kind for each in block] == [Kind.NOP, Kind.UNKNOWN, Kind.NOP, Kind.UNKNOWN]
    assert [each.size_bytes for each in block] == [2, 4, 2, 2]


def test_a_hole_does_not_end_an_it_block():
    """ite eq; (undecodable); movne r0, #1."""
    assert [each.condition for each in decoded("0cbf" + "4cecb791" + "0120")] == [AL, EQ, NE]


def test_no_code_is_no_instruction():
    assert decode_block(b"", 0) == decode_block(b"\x00", 0) == ()


def check_consistency(instruction, size_bytes):
    assert instruction.size_bytes == size_bytes
    assert instruction.address_mask & ~instruction.reads_mask == 0
    assert instruction.fp_accumulator_mask & ~instruction.fp_reads_mask == 0
    assert 0 <= instruction.reads_mask <= 0xFFFF
    assert 0 <= instruction.writes_mask <= 0xFFFF
    assert instruction.registers_count >= 1
    for operand in instruction.operands:
        assert isinstance(operand, Register | Immediate)
    if instruction.kind in (Kind.LOAD, Kind.STORE, Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE):
        assert instruction.access is not None


def test_every_halfword_decodes():
    """All 65 536; the first halves of 32-bit instructions stand alone at the end of their block."""
    for value in range(0x1_0000):
        (found,) = decode_block(value.to_bytes(2, "little"), 0x100)
        check_consistency(found, 2)


@settings(max_examples=400, deadline=None)
@given(st.integers(0xE800, 0xFFFF), st.integers(0, 0xFFFF), st.sampled_from(["", "08bf", "0cbf"]))
def test_every_32_bit_encoding_decodes_in_and_out_of_it_blocks(first, second, prefix):
    code = bytes.fromhex(prefix) + first.to_bytes(2, "little") + second.to_bytes(2, "little")

    check_consistency(decode_block(code, 0x100)[-1], 4)


@given(st.binary(max_size=64))
@settings(deadline=None)
def test_the_instructions_cover_any_bytes_without_a_gap(code):
    addr = 0x2000_0000
    for found in decode_block(code, addr):
        assert found.addr == addr
        addr = found.end_addr

    assert len(code) // 2 * 2 == addr - 0x2000_0000
