"""Cortex-M33: branches and pairs, the two buses, skipped instructions, and what block costs are made of.

"jnk0le" below is the text cortex_m33.md of jnk0le/random, pipeline cycle test (measured on an RP2350); "U5 fits" are
the rules without which MLPerf Tiny latencies published for STM32U575 and STM32U385 are missed.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcusim.isa.decode import decode_block
from mcusim.timing import cost_model
from mcusim.timing.cost import BlockContext, Reason
from mcusim.timing.numbers import LimitedDualIssueNumbers, load_table
from mcusim.timing.scoreboard import Scoreboard
from tests.instructions.test_properties import POOLS

CORE = "cortex-m33"
BASE_ADDR = 0x0800_0000
TARGET = 0x40
NOP_W = "aff30080"

# assembly, encoding, cycles from its start to the start of a word-aligned target, source
TAKEN = (
    ("b", "1ee0", 2, "U5 fits: 2, not 3"),
    ("b.w", "00f0feb9", 2, "U5 fits: 2, not 3"),
    ("beq", "1ed0", 2, "jnk0le: bne taken 2"),
    ("cbz r0", "f0b1", 2, "U5 fits: as B"),
    ("bl", "00f01ef8", 2, "U5 fits: as B"),
    ("bx lr", "7047", 2, "jnk0le: 1 to 2 less than POP {PC} after POP {LR} and fillers"),
    ("blx r0", "8047", 2, "as BX"),
    ("pop {pc}", "00bd", 4, "jnk0le: as above; 1 and the 3 of LDR PC"),
    ("pop {r4, r5, pc}", "30bd", 6, "jnk0le: as above"),
    ("ldr.w pc, [r0]", "d0f800f0", 4, "U5 fits"),
    ("tbb [pc, r0]", "dfe800f0", 4, "U5 fits"),
    ("adds r3, r3, r4; beq", "1b191ed0", 3, "jnk0le: 1, then 2 taken"),
    ("mov r0, r1; beq", "08461ed0", 2, "jnk0le: 1, then 1 behind a 16-bit instruction that sets no flags"),
    ("mov r0, r1; b", "08461ee0", 2, "jnk0le: as above"),
    ("mov.w r0, r1; beq", "4fea01001ed0", 3, "jnk0le: only two 16-bit instructions pair"),
    ("ldr r0, [r1]; cbz r0", "0868f0b1", 4, "jnk0le: load to use 2"),
    ("adds.w r0, r1, r2, lsl #3; beq", "11ebc2001ed0", 4, "jnk0le: flags of a shifted register 1 later"),
    ("mov r10, r10; bx lr", "d2467047", 2, "jnk0le: mov.n can dual issue with bx"),
    ("ldr r3, [r0]; blx r3", "03689847", 5, "jnk0le: POP {LR} to BX LR"),
    ("mul r3, r0, r1; bx r3", "00fb01f31847", 4, "jnk0le: result 2"),
)


@pytest.mark.parametrize(("name", "encoding", "expected", "source"), TAKEN, ids=[row[0] for row in TAKEN])
def test_a_taken_branch_costs_what_its_source_says(name, encoding, expected, source, cycles_of):
    assert source

    assert expected + 1 == cycles_of(CORE, [(0, encoding), (TARGET, NOP_W)])


@pytest.mark.parametrize("encoding", [row[1] for row in TAKEN], ids=[row[0] for row in TAKEN])
def test_a_32_bit_target_at_two_mod_four_costs_one_more(encoding, cycles_of):
    """U5 fits: needed for both vendors' kernels."""
    assert 1 == cycles_of(CORE, [(0, encoding), (TARGET + 2, NOP_W)]) - cycles_of(
        CORE, [(0, encoding), (TARGET, NOP_W)]
    )


def test_a_16_bit_target_at_two_mod_four_costs_no_more(cycles_of):
    assert cycles_of(CORE, [(0, "1ed0"), (TARGET, "d246")]) == cycles_of(
        CORE, [(0, "1ed0"), (TARGET + 2, "d246")]
    )


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("1b191ed0", 1), ("08461ed0", 1), ("1ed0", 1), ("13eb04031ed0", 2)],
    ids=["adds; beq", "mov; beq", "beq", "adds.w; beq"],
)
def test_a_branch_not_taken_is_free_behind_a_16_bit_instruction(encoding, expected, cycles_of):
    """jnk0le: 0 not taken, also behind the instruction that sets the flags."""
    end = len(encoding) // 2

    assert expected + 1 == cycles_of(CORE, [(0, encoding), (end, NOP_W)])


POP_LR = "bde8f04f"  # pop {r4-r11, lr}
POP_PC = "bde8f08f"
MOV, BX_LR = "d246", "7047"  # mov r10, r10


@pytest.mark.parametrize(("fillers_count", "gain"), [(0, -1), (1, 0), (2, 1), (3, 2)])
def test_pop_lr_and_bx_lr_gain_with_instructions_between(fillers_count, gain, cycles_of):
    """jnk0le: two cycles are free, a third instruction pairs with BX: "1-2 cycles faster than pop {pc}"."""
    fillers = MOV * fillers_count
    with_bx = cycles_of(CORE, [(0, POP_LR + fillers + BX_LR), (TARGET, NOP_W)])
    with_pc = cycles_of(CORE, [(0, fillers + POP_PC), (TARGET, NOP_W)])

    assert gain == with_pc - with_bx


# A loop block, cycles per iteration, source.
LOOPS = (
    ("subs; bne", "013ffdd1", 3, "jnk0le: 1 + 2"),
    ("subs; mov; bne", "013f0846fcd1", 3, "jnk0le: 1 + 1 + 1"),
    ("subs; ldm of 4; bne", "013f0fcefcd1", 6, "jnk0le: 1 + 4 + 1"),
    ("subs.w; bne", "b7f10107fcd1", 3, "jnk0le: 32-bit instructions do not pair"),
    ("template", MOV * 17 + "b9f10109" + MOV + "ead1", 20, "jnk0le: templates measure 20 cycles per loop"),
    (
        "ldrb r3, [r0], #1; smlad r2, r3, r1, r2; subs r4, #1; bne",
        "10f8013b23fb0122013cf9d1",
        6,
        "jnk0le: load to use 2, then 1 + 1 + 2",
    ),
)


@pytest.mark.parametrize(("name", "encoding", "expected", "source"), LOOPS, ids=[row[0] for row in LOOPS])
def test_an_iteration_takes_the_published_cycles(name, encoding, expected, source, cycles_of):
    assert source

    assert 10 * expected == cycles_of(CORE, [(0, encoding)] * 11) - cycles_of(CORE, [(0, encoding)])


# Two accesses, offset of the second; cycles when both use one bus, and when they use different ones.
BUSES = (
    ("ldr r0, [r1]; ldr r2, [r3]", "08681a68", 2, (2, 3)),
    ("ldr r0, [r1]; str r2, [r3]", "08681a60", 2, (2, 3)),
    ("str r0, [r1]; ldr r2, [r3]", "08601a68", 2, (2, 2)),
    ("ldr r0, [r1]; adds r4, #1; ldr r2, [r3]", "086801341a68", 4, (3, 3)),
    ("ldm r1!, {r0, r4, r5}; ldr r2, [r3]", "31c91a68", 2, (4, 5)),
    ("ldr r0, [r1]; ldm r3!, {r4, r5}", "086830cb", 2, (3, 4)),
)


@pytest.mark.parametrize(
    ("encoding", "offset", "expected"), [row[1:] for row in BUSES], ids=[row[0] for row in BUSES]
)
def test_an_access_right_after_a_load_on_the_other_bus_waits(encoding, offset, expected, cycles_of):
    """U5 fits: flash at 0x08… is on the code bus, SRAM at 0x20… on the system bus; both directions."""
    both_system, both_code = (), (0, offset)
    from_code, to_code = (0,), (offset,)
    found = [
        cycles_of(CORE, [(0, encoding)], frozenset(flash))
        for flash in (both_system, both_code, from_code, to_code)
    ]

    assert [expected[0], expected[0], expected[1], expected[1]] == found


def test_a_known_address_tells_the_bus_and_the_reason_is_named():
    """External flash beyond 0x60000000 is on the system bus, whatever its medium (Arm's memory map)."""
    block = decode_block(bytes.fromhex("08681a68"), BASE_ADDR)
    both = frozenset((BASE_ADDR, BASE_ADDR + 2))
    addrs = {BASE_ADDR: 0x0800_1000, BASE_ADDR + 2: 0x9000_0000}
    context = BlockContext(both, first_data_addrs=addrs)
    cost = cost_model(CORE).block_cost((), block, context)

    assert ((Reason.ISSUE, 1), (Reason.BUS_TURNAROUND, 1)) == cost.reasons[0]
    assert 2 == cost_model(CORE).block_cost((), block, BlockContext(both)).total_cycles


# encoding behind "it eq", cycles saved when skipped: jnk0le: predicated out, it executes as a NOP.
SKIPPED = (
    ("08bf11f5fe50", 1, "addseq.w r0, r1, #0x1fc0"),
    ("08bf0ec8", 2, "ldmeq of three"),
    ("08bf0868", 0, "ldreq"),
    ("08bf4843", 0, "muleq"),
    ("08bfb1fbf2f0", 1, "udiveq"),
    ("08bf7047", 0, "bxeq"),
)


@pytest.mark.parametrize(("encoding", "saved", "name"), SKIPPED, ids=[row[2] for row in SKIPPED])
def test_a_skipped_instruction_costs_one_cycle(encoding, saved, name):
    instruction = decode_block(bytes.fromhex(encoding), BASE_ADDR)[1]

    assert saved == cost_model(CORE).skipped_cycles_saved(instruction)


def test_unaligned_data_costs_one_cycle_however_unaligned():
    """U5 fits: +1 for every access that is not naturally aligned."""
    model = cost_model(CORE)

    assert (model.unaligned_word_cycles, model.unaligned_halfword_cycles) == ((1, 1), 1)


def test_reasons_name_what_was_waited_for():
    """ldr, adds of it, mul, adds of it; vmul, vstr of it; push of four."""
    code = "0868421c02fb02f35c1c20ee810a85ed000af0b4"
    cost = cost_model(CORE).block_cost((), decode_block(bytes.fromhex(code), BASE_ADDR), BlockContext())
    issue = (Reason.ISSUE, 1)

    assert (
        (issue, (Reason.LOAD_USE, 1)),
        (issue,),
        (issue, (Reason.DEPENDENCY, 1)),
        (issue,),
        (issue, (Reason.FP_DEPENDENCY, 1)),
        (issue,),
        (issue, (Reason.MULTI_CYCLE, 3)),
    ) == cost.reasons


def test_the_tail_has_all_that_a_taken_branch_in_a_pair_costs():
    """subs; bne: nothing while it may pair, then a cycle of its own and the refill; a split target is a fetch."""
    model, loop = cost_model(CORE), decode_block(bytes.fromhex("013ffdd1"), BASE_ADDR)
    target = decode_block(bytes.fromhex(NOP_W), BASE_ADDR + TARGET + 2)

    assert (1, 0) == model.block_cost((), loop, BlockContext()).instruction_cycles
    assert ((Reason.BRANCH_REFILL, 2),) == model.block_cost(loop, loop, BlockContext()).tail_reasons
    assert ((Reason.FETCH, 1), (Reason.BRANCH_REFILL, 2)) == model.block_cost(
        loop, target, BlockContext()
    ).tail_reasons


@st.composite
def loops(draw):
    """A block that branches to its own start; VDIV and VSQRT are out, which can outlast a short one."""
    usable = [each for each in POOLS[CORE] if decode_block(each, 0)[0].mnemonic not in ("vdiv", "vsqrt")]
    body = b"".join(draw(st.lists(st.sampled_from(usable), min_size=1, max_size=12)))
    body += bytes.fromhex(draw(st.sampled_from(("013e", "013ed246", "b6f10106"))))  # subs r6; mov; subs.w
    return body + bytes((-(len(body) + 4) // 2 & 0xFF, 0xD1))


def unrolled_cycles(block, iterations_count):
    """One pass over that many iterations, with nothing forgotten between them."""
    scoreboard = Scoreboard(load_table(CORE, LimitedDualIssueNumbers).numbers)
    reasons = []
    for iteration in range(iterations_count):
        if iteration:
            reasons.extend(scoreboard.branch_to(block[0]))
        for instruction in block:
            step = scoreboard.execute(instruction, is_on_code_bus=False)
            reasons.extend((*step.waits, (Reason.ISSUE, step.occupied_cycles)))
    return sum(cycles for _, cycles in reasons)


@settings(max_examples=80, deadline=None)
@given(loops())
def test_one_edge_tells_what_every_iteration_of_a_loop_costs(code):
    """The block before is context enough: eight iterations cost eight times the edge, exactly."""
    block = decode_block(code, BASE_ADDR)
    edge_cycles = cost_model(CORE).block_cost(block, block, BlockContext()).total_cycles

    assert 8 * edge_cycles == unrolled_cycles(block, 9) - unrolled_cycles(block, 1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(POOLS[CORE]), min_size=2, max_size=20))
def test_at_most_two_instructions_share_a_cycle(encodings):
    block = decode_block(b"".join(encodings), BASE_ADDR)
    cycles = cost_model(CORE).block_cost((), block, BlockContext()).instruction_cycles

    assert cycles[0] >= 1
    assert all(first + second >= 1 for first, second in pairwise(cycles))
