"""Branches with their refill, and loops by their published cycles per iteration."""

from __future__ import annotations

import pytest

NOP, NOP_W = "00bf", "aff30080"
TARGET = 0x40

# assembly, encoding, cycles on M0, M0+, M3 and M4 to a word-aligned target.
# M0: Arm DDI0432 table 3-1. M0+: DDI0484C table 3-1. M3, M4: DDI0337E section 18.2 and DDI0439 table 3-1, where the
# refill P is 1 to 3; 1 for immediate branches and 2 for BX fit the jnk0le/cortexm-AES kernels, 3 makes LDR PC its
# documented 5 and TBB its documented 6.
TAKEN = (
    ("b", "1ee0", 3, 2, 2, 2),
    ("beq", "1ed0", 3, 2, 2, 2),
    ("bl", "00f01ef8", 4, 3, 2, 2),
    ("bx lr", "7047", 3, 2, 3, 3),
    ("blx r0", "8047", 3, 2, 3, 3),
    ("mov pc, r0", "8746", 3, 2, 3, 3),
    ("add pc, r0", "8744", 3, 2, 3, 3),
    ("pop {pc}", "00bd", 4, 3, 5, 5),
    ("pop {r4, r5, pc}", "30bd", 6, 5, 7, 7),
    ("cbz r0", "f0b1", None, None, 2, 2),
    ("b.w", "00f0feb9", None, None, 2, 2),
    ("ldr.w pc, [r0]", "d0f800f0", None, None, 5, 5),
    ("ldr pc, [sp], #4", "5df804fb", None, None, 5, 5),
    ("ldm r0!, {r4, pc}", "b0e81080", None, None, 6, 6),
    ("tbb [pc, r0]", "dfe800f0", None, None, 6, 6),
    ("tbh [pc, r0, lsl #1]", "dfe810f0", None, None, 6, 6),
)
CORES = ("cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4")


def taken_rows():
    for assembly, encoding, *cycles in TAKEN:
        for core, expected in zip(CORES, cycles, strict=True):
            if expected is not None:
                yield pytest.param(core, encoding, expected, id=f"{core}: {assembly}")


@pytest.mark.parametrize(("core", "encoding", "expected"), list(taken_rows()))
def test_a_taken_branch_costs_its_refill(core, encoding, expected, cycles_of):
    assert expected + 1 == cycles_of(core, [(0, encoding), (TARGET, NOP)])


@pytest.mark.parametrize(("core", "encoding", "expected"), list(taken_rows()))
def test_an_unaligned_32_bit_target_needs_a_second_fetch(core, encoding, expected, cycles_of):
    """One more cycle on M3 and M4 (jnk0le/random; compendium.i-0.nl); ARMv6-M fetches halfwords."""
    extra_cycles = 1 if core in ("cortex-m3", "cortex-m4") else 0

    assert expected + 1 + extra_cycles == cycles_of(core, [(0, encoding), (TARGET + 2, NOP_W)])


@pytest.mark.parametrize(
    ("core", "encoding"),
    [*((core, "1ed0") for core in CORES), ("cortex-m3", "f0b1"), ("cortex-m4", "f0b1")],  # beq, cbz
)
def test_a_branch_not_taken_takes_one_cycle(core, encoding, cycles_of):
    """Tables as above."""
    assert cycles_of(core, [(0, encoding), (2, NOP)]) == 2


@pytest.mark.parametrize("core", CORES)
def test_a_call_to_the_next_instruction_is_taken(core, cycles_of):
    """`bl .+4` reads the PC in position-independent code: it refills the pipeline like any call."""
    elsewhere = cycles_of(core, [(0, "00f01ef8"), (TARGET, NOP)])

    assert elsewhere == cycles_of(core, [(0, "00f000f8"), (4, NOP)])


# A loop block, its offset, cycles per iteration on M0, M0+, M3, M4, and the source of the numbers.
TEMPLATE_LOOP = NOP_W * 17 + "b9f10109" + "40f0e7af"  # subs.w r9, #1; bne.w
LOOPS = (
    ("subs r0, #1; bne", 0, "0138fdd1", (4, 3, 3, 3), "1 + taken branch, tables as above"),
    ("subs.w r0, #1; bne", 0, "b0f10100fcd1", (None, None, 3, 3), "as above"),
    ("subs.w r0, #1; bne at 2 mod 4", 2, "b0f10100fcd1", (None, None, 4, 4), "unaligned 32-bit target: +1"),
    (
        "17 nop.w; subs.w; bne.w",
        0,
        TEMPLATE_LOOP,
        (None, None, 20, 20),
        "jnk0le/random pipeline cycle test, README: templates measure 20 cycles per loop",
    ),
    (
        "ldr r3, [r0]; str r3, [r1]; adds r0, #4; adds r1, #4; subs r2, #1; bne",
        0,
        "03680b6004300431013af9d1",
        (10, 9, 7, 7),
        "DDI0432, DDI0484C tables; M3, M4: LDR then STR 2 (jnk0le/random)",
    ),
    (
        "ldr r3, [r0], #4; str r3, [r1], #4; subs r2, #1; bne",
        0,
        "50f8043b41f8043b013af9d1",
        (None, None, 6, 5),
        "M4: the store hides the stall; M3: not an indexed one (jnk0le/random)",
    ),
)


def loop_rows():
    for assembly, offset, encoding, cycles, _ in LOOPS:
        for core, expected in zip(CORES, cycles, strict=True):
            if expected is not None:
                yield pytest.param(core, offset, encoding, expected, id=f"{core}: {assembly}")


@pytest.mark.parametrize(("core", "offset", "encoding", "expected"), list(loop_rows()))
def test_an_iteration_takes_the_published_cycles(core, offset, encoding, expected, cycles_of):
    eleven = cycles_of(core, [(offset, encoding)] * 11)

    assert 10 * expected == eleven - cycles_of(core, [(offset, encoding)])


def test_a_load_at_the_end_of_a_block_chains_into_the_next(cycles_of):
    """Cutting code into blocks must not hide the overlap (jnk0le/random: chained loads)."""
    whole = cycles_of("cortex-m4", [(0, "08681a68")])

    assert 3 == whole == cycles_of("cortex-m4", [(0, "0868"), (2, "1a68")])


def test_an_address_computed_at_the_end_of_a_block_delays_the_next(cycles_of):
    """adds r1, #4 | ldr r0, [r1] (jnk0le/random: base one cycle earlier)."""
    assert cycles_of("cortex-m4", [(0, "0431"), (2, "0868")]) == 4


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4"])
@pytest.mark.parametrize("flash_offset", [0, 2])
def test_a_flash_load_and_an_sram_load_do_not_chain(core, flash_offset, cycles_of):
    """ldr r0, [r1]; ldr r2, [r3]: chaining needs the same memory (jnk0le/random)."""
    assert cycles_of(core, [(0, "08681a68")]) == 3
    assert cycles_of(core, [(0, "08681a68")], frozenset((0, 2))) == 3
    assert cycles_of(core, [(0, "08681a68")], frozenset((flash_offset,))) == 4
