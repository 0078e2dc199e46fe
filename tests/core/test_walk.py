"""Fetches and data of a Cortex-M0+ on its one bus: the expected stalls are worked out by hand from the rules.

Numbers as for the STM32G0B1: a word executes a cycle after it arrived, two words may be on their way, flash is read
by lines of 8 bytes, and one line is read ahead.
"""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.timing.cost import Reason
from tests.core.driver import Driver, Spec, step

FLASH_ADDR, FLASH_BYTES, RAM_ADDR = 0x0800_0000, 0x1000, 0x2000_0000
FETCHES_FLASH, CONDITIONAL = 256, 8192
WALK_PORT, ACCESS, ALWAYS, LOAD = 3, 22, 255, 256
NOP, LOAD_KNOWN, LOAD_RAM = (1, 1, 0, 0), (1, 2, 1, 1), (1, 2, 1, 0)
REFILL_CYCLES, LEAD_CYCLES, QUEUE_WORDS = 1, 1, 2


class WalkDriver(Driver):
    """Blocks of 16-bit instructions given as (halfwords, cycles, transfers, is_known)."""

    def __init__(self, blocks, *, base_addr=FLASH_ADDR, words_count=1):
        self.blocks = blocks
        self.is_in_flash = base_addr == FLASH_ADDR
        super().__init__({addr: self._spec(addr, words_count) for addr in blocks}, self._cost)
        self.core.add_range(FLASH_ADDR, FLASH_ADDR + FLASH_BYTES, 0, True, 0, 0)
        self.core.add_range(RAM_ADDR, RAM_ADDR + FLASH_BYTES, 0, False, 0, 0)
        self.core.set_flash(3, False, WALK_PORT)
        self.core.set_walk(REFILL_CYCLES, LEAD_CYCLES, QUEUE_WORDS)

    def flash(self, wait_cycles, *, prefetch_on=False, lines=4, data_lines=0):
        """Program the flash interface."""
        self.core.set_flash_state(wait_cycles > 0, 0, wait_cycles, True, True)
        self.core.set_walk_state(wait_cycles, wait_cycles, prefetch_on, 3, lines, 2, data_lines)
        return self

    def stalls(self, addrs):
        """Run the blocks at `addrs`; (waits for fetches, waits for data)."""
        self.run(addrs)
        reasons = self.reasons()
        return reasons.get(Reason.FLASH_FETCH, 0), reasons.get(Reason.FLASH_DATA, 0)

    def _spec(self, addr, words_count):
        known = [index for index, each in enumerate(self.blocks[addr]) if each[3]]
        steps = b"".join(
            step(ACCESS, ALWAYS, left=slot, right=index, constant=4 | LOAD | words_count << 16)
            for slot, index in enumerate(known)
        )
        flags = FETCHES_FLASH | CONDITIONAL if self.is_in_flash else 0
        return Spec(addr, 2 * len(self.blocks[addr]), flags, registers=tuple(range(len(known))), steps=steps)

    def _cost(self, previous, spec):
        is_taken = previous is not None and previous.addr + previous.size_bytes != spec.addr
        return REFILL_CYCLES * is_taken, sum(each[1] for each in self.blocks[spec.addr])

    def _fill(self, previous, addr, size_bytes):
        is_new = self.core.find_block(addr, size_bytes) < 0
        super()._fill(previous, addr, size_bytes)
        if is_new and self.is_in_flash:
            steps = b"".join(struct.pack("<BBBB", *each) for each in self.blocks[addr])
            self.core.walk(self.core.find_block(addr, size_bytes), steps)


def test_the_first_instruction_waits_for_the_array():
    driver = WalkDriver({FLASH_ADDR: [NOP] * 4}).flash(2)

    assert (2, 0) == driver.stalls([FLASH_ADDR])
    assert driver.core.now == 4 + 2


@pytest.mark.parametrize(
    ("wait_cycles", "prefetch_on", "fetch_cycles"),
    [
        # Four instructions of a line run for 4 cycles; the next line is requested 3 cycles after the line's first
        # instruction executes less 1 (its first word left the queue), and arrives 1 + wait states later: 2 wait states
        # just fit, 3 cost a cycle a line. Read ahead, it is on its way when the line before it has just arrived.
        (2, False, 2),
        (3, False, 3 + 1 + 1),
        (3, True, 3),
        (4, True, 4 + 1 + 1),
        (4, False, 4 + 2 + 2),
    ],
)
def test_straight_code_waits_when_a_line_takes_longer_than_its_instructions(
    wait_cycles, prefetch_on, fetch_cycles
):
    driver = WalkDriver({FLASH_ADDR: [NOP] * 12}).flash(wait_cycles, prefetch_on=prefetch_on)

    assert (fetch_cycles, 0) == driver.stalls([FLASH_ADDR])


def test_a_loop_in_the_line_buffers_waits_only_the_first_time():
    driver = WalkDriver({FLASH_ADDR: [NOP] * 8}).flash(2, prefetch_on=True)
    before, _ = driver.stalls([FLASH_ADDR] * 4)
    after, _ = driver.stalls([FLASH_ADDR] * 10)

    assert 0 < before == after


def test_without_line_buffers_every_turn_of_a_loop_waits():
    """The branch asks for its target in its execute cycle; while the wrong path was read, that waits too."""
    driver = WalkDriver({FLASH_ADDR: [NOP] * 8}).flash(2, lines=0)
    before, _ = driver.stalls([FLASH_ADDR] * 4)
    after, _ = driver.stalls([FLASH_ADDR] * 10)

    assert after - before >= 10 * 2


def test_fetches_may_wait_longer_than_data():
    """An STM32F0 without prefetch counts each wait state of a fetch twice."""
    driver = WalkDriver({FLASH_ADDR: [NOP, LOAD_KNOWN, NOP, NOP]}).flash(1)
    driver.core.set_walk_state(2, 1, False, 3, 4, 2, 0)
    driver.registers[0] = FLASH_ADDR + 0x800
    fetch_cycles, data_cycles = driver.stalls([FLASH_ADDR])

    assert (2 + 2, 1) == (
        fetch_cycles,
        data_cycles,
    )  # the second 2: the load waits for the fetch ahead, as above


@pytest.mark.parametrize("words_count", [1, 3])
def test_each_word_of_data_in_flash_costs_the_wait_states(words_count):
    load = (1, 1 + words_count, words_count, 1)
    driver = WalkDriver({FLASH_ADDR: [NOP, load, NOP, NOP]}, words_count=words_count).flash(2)
    driver.registers[0] = FLASH_ADDR + 0x800

    assert driver.stalls([FLASH_ADDR] * 5)[1] == 5 * 2 * words_count


def test_data_in_ram_waits_only_while_the_bus_waits_for_a_fetch():
    """The first word arrives in cycle 1. In cycle 2 its first half executes and the third word, of a new line, is
    requested, for which the bus is taken until cycle 5. The load's transfer, due in cycle 3, waits for that.
    """
    driver = WalkDriver({FLASH_ADDR: [NOP, LOAD_KNOWN, LOAD_RAM, NOP]}).flash(2)
    driver.registers[0] = RAM_ADDR

    assert (2 + (5 - 3), 0) == driver.stalls([FLASH_ADDR])


def test_a_buffered_word_of_data_costs_nothing_again():
    driver = WalkDriver({FLASH_ADDR: [NOP, LOAD_KNOWN, NOP, NOP]}).flash(2, data_lines=2)
    costs = []
    for offset in (0, 4, 2, 8, 0):  # 8 takes the place of 4, which was used before 0 (its word is at 2 too)
        driver.registers[0] = FLASH_ADDR + 0x800 + offset
        costs.append(driver.stalls([FLASH_ADDR])[1])

    assert [2, 4, 4, 6, 6] == costs


def test_data_in_flash_costs_the_wait_states_from_code_in_ram_too():
    driver = WalkDriver({RAM_ADDR: [NOP, LOAD_KNOWN]}, base_addr=RAM_ADDR).flash(2)
    driver.registers[0] = FLASH_ADDR

    assert (0, 3 * 2) == driver.stalls([RAM_ADDR] * 3)


def test_what_ran_elsewhere_gave_the_flash_time_to_finish():
    """After an exception nothing is in the way of the handler's first fetch but the array."""
    driver = WalkDriver({FLASH_ADDR: [NOP] * 4, FLASH_ADDR + 0x100: [NOP] * 4}).flash(2, prefetch_on=True)
    driver.run([FLASH_ADDR])
    before, _ = driver.stalls([])
    driver.core.enter_flow(driver.core.add_flow())

    assert before + 2 == driver.stalls([FLASH_ADDR + 0x100])[0]


def test_flushing_empties_the_line_buffers():
    driver = WalkDriver({FLASH_ADDR: [NOP] * 4}).flash(2)
    before, _ = driver.stalls([FLASH_ADDR] * 2)
    driver.core.flush_caches()

    assert before + 2 == driver.stalls([FLASH_ADDR])[0]


@pytest.mark.parametrize(
    ("call", "numbers"),
    [
        ("set_walk", (1, 1, 0)),
        ("set_walk", (1, 1, 99)),
        ("set_walk_state", (1, 1, True, 1, 4, 2, 0)),
        ("set_walk_state", (1, 1, True, 3, 65, 2, 0)),
    ],
)
def test_impossible_queues_and_buffers_are_refused(call, numbers):
    driver = WalkDriver({FLASH_ADDR: [NOP]})

    with pytest.raises(ValueError, match="impossible"):
        getattr(driver.core, call)(*numbers)


def test_a_block_has_one_step_per_instruction():
    driver = WalkDriver({FLASH_ADDR: [NOP] * 4})
    driver.run([FLASH_ADDR])

    with pytest.raises(ValueError, match="one step per instruction"):
        driver.core.walk(0, bytes(4))


# --- properties ---

instructions = st.sampled_from([NOP, NOP, NOP, LOAD_KNOWN, LOAD_RAM, (1, 4, 0, 0), (1, 3, 2, 0)])
codes = st.lists(st.lists(instructions, min_size=1, max_size=40), min_size=2, max_size=4)
paths = st.lists(st.integers(0, 3), min_size=1, max_size=30)
switches = st.tuples(st.booleans(), st.sampled_from([0, 4]), st.sampled_from([0, 2]))


def _ran(code, path, wait_cycles, switch, ignored_mask=0):
    prefetch_on, lines, data_lines = switch
    driver = WalkDriver({FLASH_ADDR + 0x80 * n: block for n, block in enumerate(code)})
    driver.flash(wait_cycles, prefetch_on=prefetch_on, lines=lines, data_lines=data_lines)
    driver.core.ignore(ignored_mask)
    driver.registers[:17] = [FLASH_ADDR + 0x800 + 4 * (n % 3) if n % 2 else RAM_ADDR for n in range(17)]
    driver.run(FLASH_ADDR + 0x80 * (n % len(code)) for n in path)
    return driver


@given(codes, paths, switches)
def test_zero_wait_states_add_nothing(code, path, switch):
    assert {} == _ran(code, path, 0, switch).reasons()


@given(codes, paths, switches, st.integers(1, 7))
def test_stalls_are_what_time_passes_beyond_the_table(code, path, switch, wait_cycles):
    table_cycles = _ran(code, path, 0, switch).core.now
    driver = _ran(code, path, wait_cycles, switch)

    assert table_cycles + sum(driver.reasons().values()) == driver.core.now
    assert all(cycles > 0 for cycles in driver.reasons().values())


@given(codes, paths, switches, st.sampled_from([Reason.FLASH_FETCH, Reason.FLASH_DATA]))
def test_an_ignored_reason_takes_exactly_its_share_away(code, path, switch, reason):
    whole = _ran(code, path, 2, switch).reasons()
    rest = _ran(code, path, 2, switch, 1 << reason).reasons()

    assert {each: cycles for each, cycles in whole.items() if each is not reason} == rest


@given(codes, paths, switches, st.integers(0, 6))
def test_one_more_wait_state_never_makes_code_faster(code, path, switch, wait_cycles):
    slower = _ran(code, path, wait_cycles + 1, switch).core.now

    assert _ran(code, path, wait_cycles, switch).core.now <= slower
