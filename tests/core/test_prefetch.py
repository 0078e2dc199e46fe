"""Wait-stated flash with one line read ahead, behind a unified cache: the numbers of an STM32U575 at four wait states.

A miss is 7 cycles, a line read ahead 2, when it had time to arrive (8 cycles after the line before it).
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.timing.cost import Reason
from tests.core.driver import Driver, Spec, step
from tests.core.memories import (
    ACCESS,
    ALWAYS,
    FETCHES,
    FLASH_ADDR,
    FLASH_BYTES,
    LOAD_WORD,
    Lru,
    access,
    make_driver,
)

LINE_BYTES = 16
MISS_CYCLES, READ_AHEAD_CYCLES, ARRIVAL_CYCLES = 7, 2, 8
PREFETCH = 1
LINES = [FLASH_ADDR + LINE_BYTES * n for n in range(12)]
PLENTY_CYCLES = 25


def u575(
    driver: Driver, *, wait_cycles: int = 4, ways: int = 2, lines: int = 512, **switches: bool
) -> Driver:
    """The port of that chip, prefetch and cache on unless said otherwise."""
    is_cached = switches.get("is_cached", True)
    driver.core.set_flash(4, True, PREFETCH, READ_AHEAD_CYCLES, switches.get("follows_hits", False))
    driver.core.set_cache(False, lines, ways, 4, FLASH_ADDR, FLASH_BYTES)
    is_ahead = switches.get("is_ahead", True)
    driver.core.set_flash_state(True, 0, wait_cycles + 3, is_cached, is_cached, is_ahead, wait_cycles + 4)
    return driver


def stalls(walk: list[int], gap_cycles: int, **options: bool) -> int:
    """Cycles that fetching these lines one after the other waits."""
    driver = u575(make_driver(LINES, lambda: gap_cycles), **options)
    driver.run(walk)
    return driver.core.now - gap_cycles * len(walk)


def test_a_line_read_ahead_in_time_costs_little():
    assert MISS_CYCLES + 2 * READ_AHEAD_CYCLES == stalls(LINES[:3], PLENTY_CYCLES)


def test_a_line_read_ahead_is_waited_for():
    """Its reading took 8 cycles from the arrival of the line before; 3 of them were spent executing that one."""
    assert MISS_CYCLES + (ARRIVAL_CYCLES - 3) == stalls(LINES[:2], 3)
    assert MISS_CYCLES + ARRIVAL_CYCLES == stalls(LINES[:2], 0)


def test_a_line_read_ahead_stays_in_the_cache():
    assert MISS_CYCLES + READ_AHEAD_CYCLES == stalls([*LINES[:2], *LINES[:2]], PLENTY_CYCLES)


def test_any_other_line_costs_the_whole_miss():
    assert 2 * MISS_CYCLES == stalls([LINES[0], LINES[2]], PLENTY_CYCLES)


def test_without_prefetch_every_line_costs_the_whole_miss():
    assert 3 * MISS_CYCLES == stalls(LINES[:3], PLENTY_CYCLES, is_ahead=False)


def test_without_a_cache_every_line_is_read_again():
    """The buffer holds one line; the line after each that was read is read ahead."""
    walk = [LINES[0], LINES[1], LINES[0], LINES[1], LINES[1]]

    assert 2 * (MISS_CYCLES + READ_AHEAD_CYCLES) == stalls(walk, PLENTY_CYCLES, is_cached=False)


def test_reading_ahead_of_hits_is_an_option():
    """Line 0 is known; entering it again makes line 1 be read only where hits are followed."""
    walk = [LINES[0], LINES[5], LINES[0], LINES[1]]

    assert 3 * MISS_CYCLES == stalls(walk, PLENTY_CYCLES)
    assert 2 * MISS_CYCLES + READ_AHEAD_CYCLES == stalls(walk, PLENTY_CYCLES, follows_hits=True)


def test_data_reads_and_fetches_share_the_cache_and_the_line_read_ahead():
    driver = u575(make_driver(LINES, lambda: PLENTY_CYCLES))

    driver.run([LINES[0]])
    access(driver, LINES[1] + 4)
    access(driver, LINES[0])
    driver.run([LINES[2], LINES[1]])

    expected = {Reason.INSTRUCTION_CACHE: MISS_CYCLES, Reason.FLASH_FETCH: 2, Reason.FLASH_DATA: 2}
    assert expected == driver.reasons()


def test_a_read_falls_between_the_fetches_around_its_instruction():
    """A block over three lines with a load of line 9 in the middle one: lines 0, 1, 9, then 2 is not read ahead."""
    steps = step(ACCESS, ALWAYS, left=0, right=10, constant=LOAD_WORD)
    spec = Spec(LINES[0], 48, FETCHES, registers=(0,), steps=steps, elapsed_cycles=tuple(range(0, 240, 10)))
    driver = u575(Driver({LINES[0]: spec}, lambda _previous, _block: (0, 240)))
    driver.core.add_range(FLASH_ADDR, FLASH_ADDR + FLASH_BYTES, 0, True, 0, 0)
    driver.registers[0] = LINES[9]

    driver.run([LINES[0]])

    charges = [(0, Reason.INSTRUCTION_CACHE, 7), (8, Reason.FLASH_FETCH, 2), (10, Reason.DATA_CACHE, 7)]
    charges.append((16, Reason.INSTRUCTION_CACHE, 7))
    assert sorted(charges) == sorted(driver.core.block_charges(0))


def test_other_costs_do_not_give_a_line_time_to_arrive():
    """The port's clock knows the static cost of code and its own stalls; else ablating one term changed another."""
    driver = u575(make_driver(LINES))
    driver.run([LINES[0]])
    driver.core.charge(100, Reason.EXCEPTION, False)

    driver.run([LINES[1]])

    assert MISS_CYCLES + 100 + ARRIVAL_CYCLES == driver.core.now


def test_a_taken_branch_looks_its_target_up_again():
    """A read of another line threw the loop's own line out of a direct-mapped cache."""
    driver = u575(make_driver(LINES), lines=2, ways=1, is_ahead=False)
    driver.run([LINES[0]])
    access(driver, LINES[2])

    driver.run([LINES[0]])

    assert 3 * MISS_CYCLES == driver.core.now


class Model:
    """The rules above in Python."""

    def __init__(self, lines: int, ways: int, wait_cycles: int, *, follows_hits: bool) -> None:
        self.cache = Lru(lines // ways, ways)
        self.wait_cycles, self.follows_hits = wait_cycles, follows_hits
        self.now = self.ready = 0
        self.ahead: int | None = None

    def use(self, line: int) -> None:
        if self.cache.has(line):
            if self.follows_hits and self.ahead != line + 1 and not self.cache.holds(line + 1):
                self.ahead, self.ready = line + 1, self.now + self.wait_cycles + 4
            return
        is_ahead = line == self.ahead
        self.now += max(READ_AHEAD_CYCLES, self.ready - self.now) if is_ahead else self.wait_cycles + 3
        self.ahead, self.ready = line + 1, self.now + self.wait_cycles + 4


events = st.lists(st.tuples(st.booleans(), st.integers(0, len(LINES) - 1)), max_size=80)


@given(events, st.integers(0, 8), st.sampled_from([(4, 1), (4, 2), (8, 8), (8, 4)]), st.booleans())
def test_any_walk_costs_what_the_rules_say(events, gap_cycles, shape, follows_hits):
    lines, ways = shape
    driver = u575(make_driver(LINES, lambda: gap_cycles), lines=lines, ways=ways, follows_hits=follows_hits)
    model = Model(lines, ways, 4, follows_hits=follows_hits)

    for is_fetch, line in events:
        begin = model.now
        if is_fetch:
            driver.run([LINES[line]])
        else:
            access(driver, LINES[line])
        model.use(LINES[line] // LINE_BYTES)
        model.now += gap_cycles
        assert begin <= model.now

    assert model.now == driver.core.now


@given(events, st.integers(0, 8), st.integers(0, 6), st.booleans())
def test_more_wait_states_never_take_fewer_cycles(events, gap_cycles, wait_cycles, follows_hits):
    totals = []
    for waits in (wait_cycles, wait_cycles + 1):
        driver = make_driver(LINES, lambda: gap_cycles)
        u575(driver, wait_cycles=waits, lines=4, follows_hits=follows_hits)
        for is_fetch, line in events:
            if is_fetch:
                driver.run([LINES[line]])
            else:
                access(driver, LINES[line])
        totals.append(driver.core.now)

    assert totals[0] <= totals[1]


@pytest.mark.parametrize(
    "reason", [Reason.INSTRUCTION_CACHE, Reason.DATA_CACHE, Reason.FLASH_FETCH, Reason.FLASH_DATA]
)
@given(events, st.integers(0, 8))
def test_without_a_term_its_share_is_missing_and_nothing_else(reason, events, gap_cycles):
    drivers = [u575(make_driver(LINES, lambda: gap_cycles), lines=4) for _ in range(2)]
    drivers[1].core.ignore(1 << reason)
    for driver in drivers:
        for is_fetch, line in events:
            if is_fetch:
                driver.run([LINES[line]])
            else:
                access(driver, LINES[line])

    whole = drivers[0].reasons()
    assert drivers[0].core.now - whole.pop(reason, 0) == drivers[1].core.now
    assert whole == drivers[1].reasons()
