"""A core's own caches in front of flash and RAM: the numbers of an STM32F746 (flash 12 cycles a line, SRAM1 6)."""

from __future__ import annotations

from array import array

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
    RAM_ADDR,
    RAM_BYTES,
    TCM_ADDR,
    Lru,
    access,
    code_block,
    make_driver,
)

L1 = 2
FLASH_CYCLES, RAM_CYCLES = 12, 6
CODE = [FLASH_ADDR + 8 * n for n in range(32)]


def f746(driver: Driver, *, is_instruction_on: bool = True, is_data_on: bool = True, ways: int = 4) -> Driver:
    """4 KB instruction cache of 2 ways, data cache with 32 sets."""
    driver.core.set_flash(5, False, L1)
    driver.core.set_cache(False, 128, 2, 5, FLASH_ADDR, FLASH_BYTES)
    driver.core.set_cache(True, 32 * ways, ways, 5, FLASH_ADDR, FLASH_BYTES)
    driver.core.set_flash_state(True, 0, FLASH_CYCLES, is_instruction_on, is_data_on)
    return driver


def spent(accesses: list[tuple[int, bool]], **switches: bool) -> dict[Reason, int]:
    """Run-time cycles of these (address, is_load) by reason."""
    driver = f746(make_driver(), **switches)
    for addr, is_load in accesses:
        access(driver, addr, is_load=is_load)
    return driver.reasons()


def test_a_missed_load_costs_the_fill_of_its_memory_once():
    loads = [(FLASH_ADDR, True), (FLASH_ADDR + 28, True), (RAM_ADDR, True), (RAM_ADDR + 4, True)]

    assert {Reason.DATA_CACHE: FLASH_CYCLES + RAM_CYCLES} == spent(loads)


def test_a_missed_store_brings_the_line_for_nothing():
    assert {} == spent([(RAM_ADDR, False), (RAM_ADDR + 16, True)])


def test_tightly_coupled_memory_is_neither_cached_nor_slow():
    """It would throw the line of RAM out of a direct-mapped cache."""
    assert {Reason.DATA_CACHE: RAM_CYCLES} == spent(
        [(RAM_ADDR, True), (TCM_ADDR, True), (TCM_ADDR, False), (RAM_ADDR, True)], ways=1
    )


def test_with_the_data_cache_off_every_load_costs_the_fill():
    """CCR.DC = 0, the reset state; stores wait in the write buffer."""
    accesses = [(RAM_ADDR, True), (RAM_ADDR, True), (RAM_ADDR, False), (FLASH_ADDR, True)]

    expected = {Reason.SLOW_MEMORY: 2 * RAM_CYCLES, Reason.FLASH_DATA: FLASH_CYCLES}
    assert expected == spent(accesses, is_data_on=False)


def test_what_the_mpu_keeps_out_of_the_cache_is_read_each_time():
    driver = f746(make_driver())
    driver.core.set_uncacheable(array("I", [RAM_ADDR + 32, RAM_ADDR + 64]).tobytes())

    for addr in (RAM_ADDR, RAM_ADDR, RAM_ADDR + 32, RAM_ADDR + 32, RAM_ADDR + 64):
        access(driver, addr)

    assert {Reason.DATA_CACHE: 2 * RAM_CYCLES, Reason.SLOW_MEMORY: 2 * RAM_CYCLES} == driver.reasons()


@pytest.mark.parametrize(("offset", "lines"), [(0, 1), (24, 2), (28, 2), (4, 1)])
def test_a_load_of_several_words_uses_each_line_once(offset, lines):
    steps = step(ACCESS, ALWAYS, left=0, constant=4 | 256 | 4 << 16)
    driver = f746(make_driver())
    driver.specs[0x300] = Spec(0x300, registers=(0,), steps=steps)
    driver.registers[0] = RAM_ADDR + offset

    driver.run([0x300])

    assert lines * RAM_CYCLES == driver.core.now


def test_fetches_look_up_once_per_line():
    """Two blocks in one line, then the next line: two misses, and three look-ups as the branch back repeats one."""
    driver = f746(make_driver(CODE))
    driver.specs[CODE[0]], driver.specs[CODE[1]] = code_block(CODE[0], 8), code_block(CODE[1], 24)

    driver.run([CODE[0], CODE[1], CODE[4], CODE[0]])

    assert {Reason.INSTRUCTION_CACHE: 2 * FLASH_CYCLES} == driver.reasons()
    assert (3, 2) == driver.core.counters()[:2]


def test_with_the_instruction_cache_off_every_eight_bytes_cost_the_fill():
    driver = f746(make_driver(), is_instruction_on=False)
    driver.specs[CODE[0]] = code_block(CODE[0], 24)

    driver.run([CODE[0], CODE[0]])

    assert {Reason.FLASH_FETCH: 6 * FLASH_CYCLES} == driver.reasons()


def test_code_in_cached_ram_waits_for_ram():
    driver = f746(make_driver())
    driver.specs[RAM_ADDR] = Spec(RAM_ADDR, 4, FETCHES)

    driver.run([RAM_ADDR, RAM_ADDR])

    assert {Reason.INSTRUCTION_CACHE: RAM_CYCLES} == driver.reasons()


def test_an_alias_shows_the_same_lines():
    alias_addr = 0x0060_0000
    driver = f746(make_driver())
    driver.core.add_range(alias_addr, alias_addr + RAM_BYTES, 0, False, 0, 0, RAM_CYCLES, RAM_ADDR)

    access(driver, alias_addr + 64)
    access(driver, RAM_ADDR + 64)

    assert RAM_CYCLES == driver.core.now


@pytest.mark.parametrize(("instruction", "data", "cycles"), [(True, False, 12), (False, True, 6)])
def test_a_flushed_cache_misses_again(instruction, data, cycles):
    driver = f746(make_driver(CODE))
    driver.run([CODE[0]])
    access(driver, RAM_ADDR)
    before = driver.core.now

    driver.core.flush_caches(instruction, data)
    driver.run([CODE[0]])
    access(driver, RAM_ADDR)

    assert cycles == driver.core.now - before


REST_CYCLES = 3  # the other beats of a line of 32 bytes on a bus of 8 (Cortex-M7 TRM DDI0489)


def with_line_rest(gap_cycles: int, fill_cycles: int = FLASH_CYCLES) -> Driver:
    """A load every `gap_cycles` at least; flash takes `fill_cycles` a line."""
    driver = f746(make_driver(CODE, lambda: gap_cycles))
    driver.core.set_flash_state(True, 0, fill_cycles, True, True)
    driver.core.set_line_fills(1, 1, REST_CYCLES)
    return driver


@pytest.mark.parametrize(("gap_cycles", "waited_cycles"), [(0, 3), (1, 2), (3, 0), (9, 0)])
def test_a_line_begins_when_the_memory_is_done_with_the_one_before(gap_cycles, waited_cycles):
    driver = with_line_rest(gap_cycles)

    for addr in (RAM_ADDR, RAM_ADDR + 32):
        access(driver, addr)

    assert {Reason.DATA_CACHE: 2 * RAM_CYCLES + waited_cycles} == driver.reasons()


def test_another_memory_a_hit_and_a_fetch_do_not_wait_for_the_rest_of_a_line():
    driver = with_line_rest(0)

    access(driver, RAM_ADDR)
    access(driver, RAM_ADDR + 28)
    access(driver, FLASH_ADDR + 0x8000)
    driver.run([CODE[0]])

    expected = {Reason.DATA_CACHE: RAM_CYCLES + FLASH_CYCLES, Reason.INSTRUCTION_CACHE: FLASH_CYCLES}
    assert expected == driver.reasons()


def test_what_is_read_past_the_cache_is_no_line():
    driver = with_line_rest(0)
    driver.core.set_uncacheable(array("I", [RAM_ADDR, RAM_ADDR + 64]).tobytes())

    for addr in (RAM_ADDR, RAM_ADDR + 32, RAM_ADDR + 64):
        access(driver, addr)

    assert {Reason.SLOW_MEMORY: 2 * RAM_CYCLES, Reason.DATA_CACHE: RAM_CYCLES} == driver.reasons()


@pytest.mark.parametrize(("divider", "nominal", "ram_cycles"), [(2, 1, 12), (1, 2, 3), (2, 2, 6), (4, 1, 24)])
def test_a_slower_bus_makes_every_line_of_ram_slower(divider, nominal, ram_cycles):
    driver = f746(make_driver())
    driver.core.set_line_fills(divider, nominal, 0)

    access(driver, RAM_ADDR)

    assert ram_cycles == driver.core.now


@pytest.mark.parametrize("numbers", [(0, 1, 0), (1, 0, 0), (-2, 1, 0)])
def test_a_bus_that_never_ticks_is_refused(numbers):
    with pytest.raises(ValueError, match="no such divider"):
        make_driver().core.set_line_fills(*numbers)


places = st.builds(
    lambda base, line, word: base + 32 * line + 4 * word,
    st.sampled_from([FLASH_ADDR, RAM_ADDR, TCM_ADDR]),
    st.integers(0, 99),
    st.integers(0, 7),
)
walks = st.lists(st.tuples(places, st.booleans()), max_size=80)


@given(walks, st.sampled_from([1, 2, 4]))
def test_any_walk_costs_what_a_least_recently_used_cache_says(walk, ways):
    driver, cache, cycles = f746(make_driver(), ways=ways), Lru(32, ways), 0

    for addr, is_load in walk:
        access(driver, addr, is_load=is_load)
        if addr >> 16 != TCM_ADDR >> 16 and not cache.has(addr // 32) and is_load:
            cycles += FLASH_CYCLES if addr < RAM_ADDR else RAM_CYCLES

    assert cycles == driver.core.now


@given(walks)
def test_more_ways_of_the_same_sets_never_miss_more(walk):
    """Inclusion: least recently used is a stack algorithm (Mattson 1970)."""
    misses = []
    for ways in (1, 2, 4, 8):
        driver = f746(make_driver(), ways=ways)
        for addr, is_load in walk:
            access(driver, addr, is_load=is_load)
        misses.append(driver.core.counters()[3])

    assert sorted(misses, reverse=True) == misses


@given(walks, st.integers(0, 5), st.integers(1, 30), st.integers(0, 30))
def test_a_slower_flash_never_saves_time(walk, gap_cycles, fill_cycles, more_cycles):
    """Although a later load may find the memory done with the line before."""
    totals = []
    for cycles in (fill_cycles, fill_cycles + more_cycles):
        driver = with_line_rest(gap_cycles, cycles)
        for addr, is_load in walk:
            access(driver, addr, is_load=is_load)
        totals.append(driver.core.now)

    assert totals[0] <= totals[1]


@given(walks, st.integers(0, 5))
def test_leaving_out_the_data_cache_leaves_out_what_it_cost_and_nothing_else(walk, gap_cycles):
    """Rests of lines are told by the port's own clock, which runs on when a reason is ignored."""
    whole, without = with_line_rest(gap_cycles), with_line_rest(gap_cycles)
    without.core.ignore(1 << Reason.DATA_CACHE)
    for driver in (whole, without):
        for n, (addr, is_load) in enumerate(walk):
            access(driver, addr, is_load=is_load)
            driver.run([CODE[n % len(CODE)]])

    assert whole.core.now - whole.reasons().get(Reason.DATA_CACHE, 0) == without.core.now
