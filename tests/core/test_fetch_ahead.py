"""Lines that only fetches read ahead: the numbers of an STM32F407 at five wait states, 6 cycles a line of 16 bytes.

A target that does not wait is asked for 3 cycles before it executes, other lines when the core's buffer of three words
has room; each executes at least 2 cycles after it arrived. Cycles in the comments count from the first block's start.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.timing.cost import Reason
from tests.core.driver import Driver, Spec
from tests.core.memories import FETCHES, FLASH_ADDR, FLASH_BYTES, Lru

LINE_BYTES = 16
PREFETCH = 1
LINES = [FLASH_ADDR + LINE_BYTES * n for n in range(12)]
ELSEWHERE, ELSEWHERE_CYCLES = 0x200, 100
COLD_CYCLES = 5
"""Asked for at -3, there at 3, executes at 5."""


def f407(driver: Driver, *, wait_cycles: int = 5, lines: int = 64, **switches: bool) -> Driver:
    """The port of that chip, prefetch and cache on unless said otherwise."""
    is_cached, is_ahead = switches.get("is_cached", True), switches.get("is_ahead", True)
    driver.core.set_flash(4, False, PREFETCH, 0, switches.get("follows_hits", True))
    driver.core.set_cache(False, lines, 0, 4, FLASH_ADDR, FLASH_BYTES)
    driver.core.set_flash_state(True, 0, wait_cycles, is_cached, False, is_ahead, wait_cycles + 1)
    return driver


def made_driver(specs: list[Spec], cycles: int) -> Driver:
    """Blocks in flash of `cycles` each, after one elsewhere, so that time has passed before the first of them."""
    elsewhere = Spec(ELSEWHERE)
    costs = {ELSEWHERE: (0, ELSEWHERE_CYCLES)}
    return Driver(
        {each.addr: each for each in (elsewhere, *specs)},
        lambda _previous, block: costs.get(block.addr, (0, cycles)),
    )


def line_by_line(cycles: int = 8, lines: int = 12) -> Driver:
    """One block per line."""
    return made_driver([Spec(each, LINE_BYTES, flags=FETCHES) for each in LINES[:lines]], cycles)


def three_lines(*, halfwords_a_cycle: int) -> Driver:
    """One block of three lines."""
    elapsed = tuple(halfword // halfwords_a_cycle for halfword in range(24))
    spec = Spec(LINES[0], 48, flags=FETCHES, elapsed_cycles=elapsed)
    return made_driver([spec], 24 // halfwords_a_cycle)


def charges(driver: Driver, **switches: bool) -> list[tuple[int, int]]:
    """(halfword, cycles) that the block of three lines waits."""
    f407(driver, **switches).run([ELSEWHERE, LINES[0]])
    index = driver.core.find_block(LINES[0], 48)
    return sorted((offset, cycles) for offset, _reason, cycles in driver.core.block_charges(index))


def stalls(walk: list[int], cycles: int = 8, **switches: bool) -> int:
    """Cycles that these lines, one after the other, wait."""
    driver = f407(line_by_line(cycles), **switches)
    driver.run([ELSEWHERE, *walk])
    return driver.core.now - ELSEWHERE_CYCLES - cycles * len(walk)


def test_lines_of_halfword_instructions_are_read_in_the_time_that_they_take():
    """8 cycles a line; read in 6."""
    assert [(0, COLD_CYCLES)] == charges(three_lines(halfwords_a_cycle=1))


def test_lines_of_word_instructions_wait_for_flash_that_reads_without_a_pause():
    """There at 3, 9 and 15; executed at 5, 11 and 17, where 4 cycles a line would be 9 and 15."""
    assert [(0, COLD_CYCLES), (8, 2), (16, 2)] == charges(three_lines(halfwords_a_cycle=2))


def test_without_prefetch_the_cores_own_buffer_hides_a_part_of_the_wait():
    """The halfword 10 bytes before line 1 executes at 8: asked for at 7, there at 13, executes at 15 instead of 13."""
    assert [(0, COLD_CYCLES), (8, 2), (16, 2)] == charges(three_lines(halfwords_a_cycle=1), is_ahead=False)


def test_code_in_the_cache_never_waits():
    driver = three_lines(halfwords_a_cycle=2)
    charges(driver)
    before_cycles = driver.core.now

    driver.run([LINES[0]] * 3)

    assert 3 * 12 == driver.core.now - before_cycles


def test_a_line_before_the_block_is_taken_to_last_a_cycle_a_word():
    """Asked for at 13 - 1 - 3 = 9, there at 15, executes at 17 instead of 13."""
    assert COLD_CYCLES + 4 == stalls(LINES[:2], is_ahead=False)


def test_a_target_waits_for_the_line_that_is_read_in_vain():
    """Line 1 is read from 3 to 9; line 5, asked for at 5 + 2 - 3 = 4, arrives at 15 and executes at 17 instead of 7."""
    assert COLD_CYCLES + 10 == stalls([LINES[0], LINES[5]], 2)


def test_a_line_read_ahead_stays_in_the_cache():
    plenty_cycles = 30

    assert 2 * COLD_CYCLES == stalls([*LINES[:2], LINES[5], LINES[1]], plenty_cycles)


def test_without_a_cache_the_line_that_was_fetched_last_is_still_there():
    assert COLD_CYCLES == stalls([LINES[0]] * 3, is_cached=False, is_ahead=False)


def test_reading_ahead_of_hits_is_an_option():
    """Line 0 is in the cache, line 1 only read ahead, and forgotten for line 6; entering line 0 again may read it."""
    walk, plenty_cycles = [LINES[0], LINES[5], LINES[0], LINES[1]], 30

    assert 2 * COLD_CYCLES == stalls(walk, plenty_cycles)
    assert 2 * COLD_CYCLES + 4 == stalls(walk, plenty_cycles, follows_hits=False)


class Model:
    """The rules for blocks of one line in Python."""

    def __init__(self, lines: int, wait_cycles: int, *, follows_hits: bool) -> None:
        self.cache = Lru(1, lines)
        self.read_cycles, self.follows_hits = wait_cycles + 1, follows_hits
        self.now = self.free = self.ready = self.ask_again = 0
        self.ahead = self.previous = -2

    def arrival(self, line: int, asked: int) -> int:
        if line == self.ahead:
            return max(self.ready, asked + 1)
        self.free = max(self.free, asked) + self.read_cycles
        return self.free

    def use(self, line: int, cycles: int) -> None:
        asked = max(self.now - 4, self.ask_again) if line == self.previous + 1 else self.now - 3
        was_held = self.cache.has(line)
        arrived = asked + 1 if was_held else self.arrival(line, asked)
        may_read = self.follows_hits or not was_held
        if may_read and self.ahead != line + 1 and not self.cache.holds(line + 1):
            self.ahead = line + 1
            self.ready = self.free = max(self.free, arrived) + self.read_cycles
        self.ask_again, self.previous = arrived + 3, line
        self.now = max(self.now, arrived + 2) + cycles


walks = st.lists(st.integers(0, len(LINES) - 1) | st.just(-1), max_size=80)
"""Lines that are executed; -1: the next one."""


def addrs(walk: list[int]) -> list[int]:
    lines = [0]
    for each in walk:
        lines.append((lines[-1] + 1) % len(LINES) if each < 0 else each)
    return [LINES[line] for line in lines]


@given(walks, st.integers(0, 12), st.integers(1, 7), st.sampled_from([1, 2, 8]), st.booleans())
def test_any_walk_costs_what_the_rules_say(walk, cycles, wait_cycles, lines, follows_hits):
    driver = f407(line_by_line(cycles), wait_cycles=wait_cycles, lines=lines, follows_hits=follows_hits)
    model = Model(lines, wait_cycles, follows_hits=follows_hits)
    model.now = ELSEWHERE_CYCLES

    driver.run([ELSEWHERE, *addrs(walk)])
    for addr in addrs(walk):
        model.use((addr - FLASH_ADDR) // LINE_BYTES, cycles)

    assert model.now == driver.core.now


@given(walks, st.integers(0, 12), st.integers(0, 6), st.tuples(*[st.booleans()] * 3))
def test_more_wait_states_never_take_fewer_cycles(walk, cycles, wait_cycles, switched):
    switches = dict(zip(("is_cached", "is_ahead", "follows_hits"), switched, strict=True))
    totals = []
    for waits in (wait_cycles, wait_cycles + 1):
        driver = f407(line_by_line(cycles), wait_cycles=waits, lines=4, **switches)
        driver.run([ELSEWHERE, *addrs(walk)])
        totals.append(driver.core.now)

    assert totals[0] <= totals[1]


@pytest.mark.parametrize("reason", [Reason.INSTRUCTION_CACHE, Reason.FLASH_FETCH])
@given(walks, st.integers(0, 12))
def test_without_a_term_its_share_is_missing_and_nothing_else(reason, walk, cycles):
    drivers = [f407(line_by_line(cycles), lines=4) for _ in range(2)]
    drivers[1].core.ignore(1 << reason)
    for driver in drivers:
        driver.run([ELSEWHERE, *addrs(walk)])

    whole = drivers[0].reasons()
    assert drivers[0].core.now - whole.pop(reason, 0) == drivers[1].core.now
    assert whole == drivers[1].reasons()
