"""What happened when: spans of inferences and layers, and RAM in use over time."""

from __future__ import annotations

import ctypes
import struct
from array import array

import pytest

from tests.core.driver import SP_ID, Driver, Spec

CALL, INDIRECT, LOWERS_SP, ENTRY, JUMPS = 1, 2, 16, 64, 32768
RESTARTS, DISPATCHES = 1, 2
INFERENCE, LAYER = 0, 1
STALL = 0
MAIN, RUN, CONV, POOL = range(4)
SPECS = {
    0x100: Spec(0x100, function=MAIN, flags=ENTRY | CALL),  # bl run
    0x104: Spec(0x104, function=MAIN, flags=CALL),
    0x108: Spec(0x108, function=MAIN),
    0x200: Spec(0x200, function=RUN, flags=ENTRY | CALL),  # bl conv
    0x204: Spec(0x204, function=RUN, flags=CALL),  # bl pool
    0x208: Spec(0x208, function=RUN, flags=INDIRECT),  # bx lr
    0x300: Spec(0x300, function=CONV, flags=ENTRY | INDIRECT),
    0x400: Spec(0x400, function=POOL, flags=ENTRY | INDIRECT),
    0x500: Spec(0x500, function=MAIN, flags=LOWERS_SP),
    0x504: Spec(0x504, function=MAIN),
}
INFERENCE_RUN = [0x200, 0x300, 0x204, 0x400, 0x208]
FIRST_STEP_CYCLES, SAMPLES_MAX, SPANS_MAX = 1024, 2000, 20_000  # core.h
TOP_ADDR = 0x2000_1000


def network(tail_cycles: int = 0, body_cycles: int = 1) -> Driver:
    driver = Driver(SPECS, lambda _previous, _block: (tail_cycles, body_cycles))
    driver.core.set_trait(RUN, RESTARTS | DISPATCHES)
    return driver


def spans(driver: Driver) -> list[tuple[int, int, int, int, int]]:
    """(kind, function, layer, begin, end)."""
    rows, _ = driver.core.spans()
    return [
        (kind, function, layer, begin, end)
        for begin, end, kind, function, layer, _ in struct.iter_unpack("<qqiiii", rows)
    ]


def test_spans_begin_with_the_first_block_and_end_with_the_last_one():
    driver = network()

    driver.run([0x100, *INFERENCE_RUN, 0x104])

    expected = [(INFERENCE, RUN, -1, 1, 6), (LAYER, CONV, 0, 2, 3), (LAYER, POOL, 1, 4, 5)]
    assert expected == spans(driver)


def test_the_cycles_of_a_call_are_the_callers_and_those_of_a_return_the_callees():
    """A tail of 2 belongs to the block before: conv runs its body of 3 and the tail of its return."""
    driver = network(tail_cycles=2, body_cycles=3)

    driver.run([0x100, *INFERENCE_RUN, 0x104])

    assert (LAYER, CONV, 0, 12, 17) == spans(driver)[1]
    cycles = {row[0]: row[3] for row in driver.core.nodes() if row[5] >= 0}
    assert {CONV: 5, POOL: 5} == cycles


def test_cycles_that_wait_for_the_next_block_are_in_the_layer_that_begins_with_it():
    driver = network()

    driver.run([0x100, 0x200])
    driver.core.charge(7, STALL, True)
    driver.run([0x300, 0x204])

    assert (LAYER, CONV, 0, 2, 10) == spans(driver)[1]


def test_a_layer_whose_first_block_did_not_run_begins_when_it_does():
    driver = network()

    driver.run([0x100, 0x200, 0x300])
    driver.core.truncate(0x300)
    driver.core.sleep(10)
    driver.run([0x300, 0x204])

    assert [(INFERENCE, RUN, -1, 1, -1), (LAYER, CONV, 0, 12, 13)] == spans(driver)


def test_a_layer_that_returned_to_a_block_that_did_not_run_ends_before_what_did_not_happen():
    """The tail of 2 that the return to 0x204 would have cost is taken back with the block."""
    driver = network(tail_cycles=2, body_cycles=3)

    driver.run([0x100, 0x200, 0x300, 0x204])
    driver.core.truncate(0x204)

    assert driver.core.now == spans(driver)[1][4]


def test_only_the_outermost_inference_is_a_span():
    """RUN calls itself from 0x200."""
    driver = network()

    driver.run([0x100, 0x200, 0x200, 0x300, 0x204])

    assert [(INFERENCE, RUN, -1, 1, -1), (LAYER, CONV, 0, 3, 4)] == spans(driver)


def test_only_the_first_spans_are_kept_and_the_others_counted():
    """Three spans per inference; a core keeps 20 000 of both kinds."""
    driver = network()
    inferences_count = SPANS_MAX // 3 + 1

    driver.run([0x100])
    for _ in range(inferences_count):
        driver.run([*INFERENCE_RUN, 0x104])

    rows, lost_count = driver.core.spans()
    assert SPANS_MAX == len(rows) // struct.calcsize("<qqiiii")
    assert 3 * inferences_count - SPANS_MAX == lost_count


# --- RAM ---


def ram(driver: Driver) -> tuple[int, list[tuple[int, ...]]]:
    """Cycles of a step, and (all stacks, heap, each stack) of every step."""
    step_cycles, width, data = driver.core.ram_samples()
    words = array("I", data)
    return step_cycles, [tuple(words[i : i + width]) for i in range(0, len(words), width)]


@pytest.fixture
def stacked() -> Driver:
    """One stack; a block takes 100 cycles."""
    driver = Driver(SPECS, lambda _previous, _block: (0, 100))
    driver.core.add_stack(TOP_ADDR)
    driver.core.use_stack(0)
    return driver


def at_depth(driver: Driver, depth_bytes: int, addrs: list[int]) -> None:
    driver.registers[SP_ID] = TOP_ADDR - depth_bytes
    driver.run(addrs)


def test_a_sample_is_the_deepest_within_its_step(stacked):
    at_depth(stacked, 64, [0x500])
    at_depth(stacked, 8, [0x500, 0x500])

    assert (FIRST_STEP_CYCLES, [(64, 0, 64)]) == ram(stacked)


def test_a_step_begins_with_what_is_in_use_then(stacked):
    """SP came up within the first step; no block of the second one lowers it."""
    at_depth(stacked, 64, [0x500])
    at_depth(stacked, 8, [0x504] * 11)

    assert [(64, 0, 64), (8, 0, 8)] == ram(stacked)[1]


def test_sleep_is_as_deep_as_when_it_began(stacked):
    """What wakes the core pushes its frame after the sleep."""
    at_depth(stacked, 24, [0x500])
    stacked.core.sleep(3 * FIRST_STEP_CYCLES)
    stacked.core.lower_stack(0, TOP_ADDR - 56)

    assert [24, 24, 24, 56] == [row[0] for row in ram(stacked)[1]]


def test_too_many_steps_become_half_as_many_twice_as_long(stacked):
    """The deepest point, in step 6 and when step 7 begins, is in step 3 afterwards."""
    for number in range(SAMPLES_MAX):
        at_depth(stacked, 800 if number == 6 else 16, [0x500])
        stacked.core.sleep(FIRST_STEP_CYCLES - 100)
    assert 0 == stacked.core.now % FIRST_STEP_CYCLES

    at_depth(stacked, 16, [0x500])
    step_cycles, rows = ram(stacked)

    assert 2 * FIRST_STEP_CYCLES == step_cycles
    assert SAMPLES_MAX // 2 + 1 == len(rows)
    assert [3] == [number for number, row in enumerate(rows) if row[0] == 800]


def test_a_sleep_of_any_length_leaves_at_most_so_many_samples(stacked):
    at_depth(stacked, 24, [0x500])
    stacked.core.sleep(10**12)
    step_cycles, rows = ram(stacked)

    assert SAMPLES_MAX // 2 < len(rows) <= SAMPLES_MAX
    assert len(rows) - 1 == stacked.core.now // step_cycles
    assert {24} == {row[0] for row in rows}


def test_stacks_that_wait_keep_what_they_were_left_with(stacked):
    stacked.core.add_stack(TOP_ADDR + 0x1000)
    at_depth(stacked, 40, [0x500])
    stacked.core.lower_stack(0, TOP_ADDR - 72)
    stacked.core.use_stack(1)
    at_depth(stacked, -0x1000 + 16, [0x500])

    assert [(72 + 16, 0, 72, 16)] == ram(stacked)[1]


def test_a_stack_that_was_left_higher_up_counts_no_more_than_that(stacked):
    stacked.core.add_stack(TOP_ADDR + 0x1000)
    at_depth(stacked, 40, [0x500])
    stacked.core.use_stack(1)
    stacked.core.left_stack(0, TOP_ADDR)
    at_depth(stacked, -0x1000 + 16, [0x500])
    stacked.core.sleep(FIRST_STEP_CYCLES)

    assert (16, 0, 0, 16) == ram(stacked)[1][-1]


def test_the_stack_of_a_boot_rom_counts_nowhere(stacked):
    stacked.core.use_stack(stacked.core.add_stack(TOP_ADDR, False))
    at_depth(stacked, 40, [0x500])
    stacked.core.use_stack(0)
    at_depth(stacked, 8, [0x500])

    assert [(8, 0, 8, 0)] == ram(stacked)[1]


def test_the_heap_is_the_largest_within_its_step(stacked):
    stacked.core.set_heap(300)
    stacked.core.set_heap(200)
    stacked.core.sleep(FIRST_STEP_CYCLES)

    assert [300, 200] == [row[1] for row in ram(stacked)[1]]


def test_a_heap_that_nobody_tells_of_is_what_was_written_below_the_stack(stacked):
    """From 0x20000800 on; the stack, from 0x20001000 down, is none of it."""
    memory = (ctypes.c_uint8 * 0x1000)()
    stacked.core.add_range(0x2000_0000, 0x2000_1000, ctypes.addressof(memory), False, 0, 0)
    stacked.core.watch_heap(0x2000_0800, 0x2000_1000)
    memory[0x7FF] = memory[0xFF0] = 1  # static data; what the stack holds
    at_depth(stacked, 64, [0x500])
    stacked.core.sleep(FIRST_STEP_CYCLES)
    memory[0x800 + 20] = 1
    stacked.core.sleep(FIRST_STEP_CYCLES)
    memory[0x800 + 20], memory[0x800 + 41] = 0, 1
    stacked.core.sleep(FIRST_STEP_CYCLES)

    assert [0, 21, 42, 42] == [row[1] for row in ram(stacked)[1]]
