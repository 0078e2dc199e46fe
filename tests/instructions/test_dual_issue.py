"""What the Cortex-M7 model does across blocks and with known addresses; sources as in cortex_m7.csv."""

from __future__ import annotations

import pytest

from mcusim.isa.decode import decode_block
from mcusim.timing import cost_model
from mcusim.timing.cost import BlockContext, Reason
from mcusim.timing.ignoring import without_reasons

BASE_ADDR = 0x0800_0000
MODEL = cost_model("cortex-m7")


def decoded(encoding, addr=BASE_ADDR):
    return decode_block(bytes.fromhex(encoding), addr)


def cost(encoding, previous="", context=None, addr=BASE_ADDR):
    """Of the block `encoding`, after a block that lies right before it in memory."""
    before = decoded(previous, addr - len(previous) // 2) if previous else ()
    return MODEL.block_cost(before, decoded(encoding, addr), context or BlockContext())


def per_round(encoding):
    """Cycles of one round of a loop whose last instruction branches back to its first."""
    block = decoded(encoding)
    return MODEL.block_cost(block, block, BlockContext()).total_cycles


@pytest.mark.parametrize(("second_addr", "expected"), [(0x2000_0100, 2), (0x2000_0104, 1), (0x2000_010C, 1)])
def test_loads_of_known_addresses_pair_when_their_banks_differ(second_addr, expected):
    """ldr r0, [r1]; ldr r2, [r3]: even and odd words are two banks (jnk0le/random cortex_m7.md)."""
    context = BlockContext(first_data_addrs={BASE_ADDR: 0x2000_0200, BASE_ADDR + 2: second_addr})

    assert expected == cost("08681a68", context=context).total_cycles


@pytest.mark.parametrize(("addr", "expected"), [(0x2000_0000, 2), (0x2000_0004, 3)])
def test_a_store_of_four_words_wants_eight_byte_alignment(addr, expected):
    """stm r0!, {r1-r4}: an even number of registers takes 1 more cycle (jnk0le/random cortex_m7.md)."""
    context = BlockContext(first_data_addrs={BASE_ADDR: addr})

    assert expected == cost("1ec0", context=context).total_cycles


def test_an_odd_number_of_words_needs_no_alignment():
    context = BlockContext(first_data_addrs={BASE_ADDR: 0x2000_0004})

    assert cost("0ec0").total_cycles == cost("0ec0", context=context).total_cycles == 2  # stm r0!, {r1-r3}


def test_an_instruction_may_pair_with_the_last_of_the_block_before():
    """subs r1, #1 pairs with the adds in front of it: the block costs what the pair does, less what adds cost."""
    found = cost("0139", previous="0130")

    assert (found.tail_cycles, found.instruction_cycles, found.total_cycles) == (-1, (1,), 0)
    assert found.tail_reasons == ((Reason.ISSUE, -1),)


def test_a_branch_that_was_not_taken_pairs_with_what_follows():
    """bne forward; add.w r0, r1, r2 (jnk0le/random cortex_m7.md)."""
    assert cost("01eb0200", previous="08d1").total_cycles == 0


def test_the_first_of_a_pair_costs_nothing_and_the_second_what_the_pair_takes():
    """add.w, add.w; then vdiv.f32 with nop.w."""
    assert cost("01eb020004eb0503").instruction_cycles == (0, 1)
    assert cost("80ee810aaff30080").instruction_cycles == (0, 16)


def test_a_predicted_branch_costs_no_more_than_its_slot():
    """Two times nop.w, then subs and bne: two cycles a round (the template of jnk0le/random, shortened)."""
    assert per_round("aff30080aff300800138f9d1") == 2


def test_a_return_takes_two_cycles_more_than_a_predicted_branch():
    """bx lr, as in the warm kernels of jnk0le/cortexm-AES on STM32H743."""
    block, target = decoded("7047"), decoded("00bf", BASE_ADDR + 0x100)
    found = MODEL.block_cost(block, target, BlockContext())

    assert found.tail_reasons == ((Reason.BRANCH_REFILL, 2),)


def test_a_loop_waits_for_the_accumulator_of_its_round_before():
    """vfma.f32 s0, s1, s2; subs; bne: 3 cycles a round (quinapalus.com/cm7cycles.html: every third cycle)."""
    assert per_round("a0ee810a0138fbd1") == 3


def test_a_loop_waits_for_the_multiplier_of_two_rounds_before_too():
    """mul r0, r0, r2; subs; bne: latency 2 of a factor."""
    assert per_round("00fb02f00139fbd1") == 2


@pytest.mark.parametrize("encoding", ["08bf0130", "08bf0868", "08bf07c8", "08bfb1fbf2f0"])
def test_skipping_an_instruction_saves_nothing(encoding):
    """Predicated-out instructions take the same number of cycles (jnk0le/random cortex_m7.md)."""
    assert MODEL.skipped_cycles_saved(decoded(encoding)[1]) == 0


WIDE_VLDM, WIDE_NOP, NOP = "f0ec010a", "aff30080", "00bf"  # vldmia r0!, {s1}


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        (WIDE_VLDM + 17 * WIDE_NOP, 11),  # 1 + 9, and the stall
        (WIDE_VLDM + 15 * WIDE_NOP + NOP + NOP, 11),  # two 16-bit instructions, but more than 7 cycles later
        (WIDE_VLDM + 8 * WIDE_NOP + NOP + NOP + 8 * WIDE_NOP, 10),
        (NOP + NOP + WIDE_VLDM + 16 * WIDE_NOP, 10),
        (NOP + WIDE_VLDM + 15 * WIDE_NOP, 11),  # one is not enough
        ("90e80600" + 17 * WIDE_NOP, 10),  # ldm.w r0, {r1, r2}: no such stall in published kernels
    ],
)
def test_a_vldm_stalls_without_two_narrow_instructions_near_it(encoding, expected):
    """jnk0le/random cortex_m7.md: 2x .n before (any amount) or up to 7 cycles after, otherwise additional stall."""
    found = cost(encoding)

    assert expected == found.total_cycles
    assert expected - 10 == sum(dict(each).get(Reason.FETCH, 0) for each in found.reasons)


def test_narrow_instructions_before_a_taken_branch_do_not_help_after_it():
    """jnk0le/random cortex_m7.md: "but not into the next loop iteration"."""
    target = decoded(WIDE_VLDM + 17 * WIDE_NOP, BASE_ADDR + 0x100)

    assert MODEL.block_cost(decoded(NOP + NOP + "7ee0"), target, BlockContext()).total_cycles == 11


def test_waits_name_their_reason():
    """ldr then a dependent mul; vfma then a dependent vmul; mul then a dependent eor; mul into an address."""
    assert (Reason.LOAD_USE, 1) in cost("086800fb03f2").reasons[0]
    assert (Reason.FP_DEPENDENCY, 4) in cost("a0ee810a60ee021a").reasons[0]
    assert (Reason.DEPENDENCY, 1) in cost("01fb02f080ea0403").reasons[0]


def test_a_divide_is_charged_its_shortest_and_grows_with_the_quotient():
    """No public measurement: the Cortex-M4's formula."""
    assert cost("b1fbf2f0").total_cycles == MODEL.divide_base_cycles == MODEL.divide_cycles(5, 0, False) == 2
    assert (3, 5, 12) == tuple(
        MODEL.divide_cycles(a, b, False) for a, b in ((1, 9), (7, 7), (0xFFFF_FFFF, 1))
    )


def test_dynamic_terms_are_those_of_the_sources():
    """Mispredict 8, unaligned loads 3 whatever the misalignment (jnk0le/random cortex_m7.md)."""
    assert MODEL.mispredict_cycles == 8
    assert (MODEL.unaligned_word_cycles, MODEL.unaligned_halfword_cycles) == ((3, 3), 3)
    assert (MODEL.exception_entry_cycles, MODEL.tail_chain_cycles) == (12, 6)


SUBS, NOP, BNE, CBNZ, VCMP_VMRS = "0139", "00bf", "fcd1", "01b9", "b4ee600af1ee10fa"


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        (SUBS + 5 * NOP + BNE, 2),
        (SUBS + 4 * NOP + BNE, 0),
        (SUBS + BNE, 0),
        (5 * NOP + BNE, 0),
        (6 * NOP + BNE, 2),
        (SUBS + 5 * NOP + CBNZ, 0),
        (SUBS + 5 * NOP + SUBS + BNE, 0),
        (SUBS + 5 * NOP + VCMP_VMRS + BNE, 0),
        (SUBS + 5 * NOP + "fbe7", 0),
    ],
)
def test_a_wrong_guess_costs_two_cycles_less_where_the_flags_are_three_cycles_old(encoding, expected):
    """8 and 6 cycles, not gradual, worst within 4 to 5 slots (jnk0le/random cortex_m7.md). subs r1, #1; nops, two a
    cycle; bne, cbnz or b. Flags of an earlier block are at least as old as the block."""
    assert expected == cost(encoding).mispredict_saved_cycles


def test_flags_are_as_old_in_a_run_without_a_stall():
    """What is ignored takes no time, and must not take a share of what a wrong guess costs with it."""
    block = decoded(SUBS + 5 * NOP + BNE)
    ignoring = without_reasons(MODEL, [Reason.DEPENDENCY])

    assert 2 == ignoring.block_cost((), block, BlockContext()).mispredict_saved_cycles
