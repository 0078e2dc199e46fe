"""What firmware, the clock, the core's own switches and the user make of a flash interface."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.board.schema import (
    CacheSpec,
    CacheSwitch,
    FlashInterface,
    Medium,
    MemoryRegion,
    PrefetchSpec,
    WaitStates,
)
from mcusim.machine.flash_control import FlashControl, FlashOverrides
from mcusim.provenance import Provenance
from mcusim.timing.cost import Reason
from tests.core.memories import FLASH_ADDR, FLASH_BYTES, RAM_ADDR, RAM_BYTES, access, make_driver

BASIS = Provenance("assumed", "a test")
FLASH = MemoryRegion("flash", Medium.FLASH, FLASH_ADDR, FLASH_BYTES, BASIS)
RAM = MemoryRegion("ram", Medium.SRAM, RAM_ADDR, RAM_BYTES, BASIS, line_fill_cycles=6)
LINES = [FLASH_ADDR + 16 * n for n in range(9)]
U575 = FlashInterface(
    region_names=("flash",),
    granule_bytes=16,
    instruction_cache=CacheSpec(512, 16, 2),
    data_cache=None,
    is_unified=True,
    caches_data=True,
    fetch_exposed_ratio=0.7,
    fetch_exposed_prefetch_ratio=0.3,
    miss_overhead_cycles=3,
    provenance=BASIS,
    default_wait_cycles=4,
    reset_instruction_cache_on=True,
    prefetch=PrefetchSpec(latency_cycles=4, hit_cycles=2, follows_hits=False),
)
F746 = replace(
    U575,
    granule_bytes=32,
    instruction_cache=CacheSpec(128, 32, 2),
    data_cache=CacheSpec(128, 32, 4),
    is_unified=False,
    prefetch=None,
    switch=CacheSwitch.CORE,
    default_wait_cycles=7,
    miss_overhead_cycles=5,
)


class Bench:
    """A native core with this interface in front of its flash; every block takes 30 cycles."""

    def __init__(self, interface: FlashInterface, *rest: object) -> None:
        self.driver = make_driver(LINES, lambda: 30)
        self.control = FlashControl(interface, (FLASH, RAM), self.driver.core, *rest)

    def fetched(self, *lines: int) -> int:
        """Cycles that these lines wait."""
        begin = self.driver.core.now
        self.driver.run([LINES[line] for line in lines])
        return self.driver.core.now - begin - 30 * len(lines)

    def change(self, **parts: object) -> bool:
        return self.control.set(replace(self.control.programmed, **parts))


def test_a_miss_takes_the_wait_states_and_the_overhead():
    assert Bench(U575).fetched(0) == 4 + 3


def test_overhead_is_paid_at_zero_wait_states_where_prefetch_is_modelled():
    """The cache's own refill takes its cycles; with prefetch in a ratio, zero wait states are zero cycles."""
    bench, ratio = Bench(U575), Bench(replace(U575, prefetch=None))

    assert bench.change(wait_cycles=0)
    assert ratio.change(wait_cycles=0)

    assert (3, 0) == (bench.fetched(0), ratio.fetched(0))


def test_prefetch_works_once_firmware_switches_it_on():
    bench = Bench(U575)

    before = bench.fetched(0, 1)
    bench.change(prefetch_on=True)

    assert (7 + 7, 7 + 2) == (before, bench.fetched(4, 5))


def test_a_ratio_is_what_it_was():
    """0.7 x 4 + 3 = 5.8 cycles, five times; 0.3 x 4 + 3 = 4.2 with prefetch, of which 4 are whole."""
    bench = Bench(replace(U575, prefetch=None))

    before = bench.fetched(0, 2, 4, 6, 8)
    bench.change(prefetch_on=True)

    assert (29, 4) == (before, bench.fetched(1))


def test_fewer_ways_empty_the_cache():
    """ICACHE_CR.WAYSEL (RM0456): the cache must be off to change it, and is empty afterwards."""
    bench = Bench(U575)
    bench.fetched(0)

    assert bench.change(ways_count=1)

    assert bench.fetched(0) == 7


def test_wait_states_may_follow_the_clock():
    """Limits of 40, 80 and 120 MHz; the chip has no register for them."""
    follows = replace(
        U575,
        waits_follow_clock=True,
        wait_states=(WaitStates((40_000_000, 80_000_000, 120_000_000), U575.provenance),),
    )
    bench = Bench(follows, 40_000_000)

    waits = []
    for clock_hz in (40_000_000, 40_000_001, 120_000_000, 150_000_000):
        bench.control.set_clock(clock_hz)
        waits.append(bench.control.state.wait_cycles)

    assert [0, 1, 2, 2] == waits
    assert not bench.control.set_clock(130_000_000)


def test_a_wait_state_may_be_several_core_cycles():
    """STM32H743: flash runs on the AXI clock, half the core's."""
    assert Bench(replace(U575, wait_state_cycles=2)).fetched(0) == 2 * 4 + 3


@pytest.mark.parametrize(
    ("nominal", "divider", "flash_cycles", "ram_cycles"),
    [(1, 1, 7 + 5, 6), (1, 2, 2 * (7 + 5), 12), (2, 2, 2 * 7 + 5, 6), (2, 1, (2 * 7 + 5) // 2, 3)],
)
def test_a_slower_bus_behind_the_cores_caches_slows_every_miss(nominal, divider, flash_cycles, ram_cycles):
    """The chip file counts its cycles where a wait state takes `wait_state_cycles`."""
    bench = Bench(replace(F746, wait_state_cycles=nominal))

    bench.control.set_bus_divider(divider)

    assert flash_cycles == bench.fetched(0)
    begin = bench.driver.core.now
    access(bench.driver, RAM_ADDR)
    assert ram_cycles == bench.driver.core.now - begin - 30


@pytest.mark.parametrize(("divider", "cycles"), [(1, 6 + 3 + 6), (2, 2 * (6 + 3 + 6))])
def test_the_rest_of_a_line_takes_three_more_beats_of_the_bus(divider, cycles):
    """32 bytes, 8 a beat; the next line of that memory waits for them. Two loads in one cycle."""
    bench = Bench(F746)
    bench.driver.cost = lambda _previous, _block: (0, 0)
    bench.control.set_core_caches(instruction_on=False, data_on=True)

    bench.control.set_bus_divider(divider)
    access(bench.driver, RAM_ADDR)
    access(bench.driver, RAM_ADDR + 32)

    assert cycles == bench.driver.core.now


def test_a_bus_divider_is_nothing_to_an_interface_in_front_of_flash():
    bench = Bench(U575)

    bench.control.set_bus_divider(2)

    assert bench.fetched(0) == 7


@pytest.mark.parametrize(
    ("overrides", "cycles"),
    [
        (FlashOverrides(), 7 + 7),
        (FlashOverrides(wait_cycles=1), 4 + 4),
        (FlashOverrides(is_prefetch_on=True), 7 + 2),
        (FlashOverrides(is_instruction_cache_on=False), 4 + 4 + 4),  # the overhead is the cache's refill
    ],
)
def test_the_user_overrides_firmware(overrides, cycles):
    bench = Bench(U575, 0, overrides)
    bench.change(wait_cycles=4, prefetch_on=False, instruction_cache_on=True)

    assert cycles == bench.fetched(0, 1, 0)


def test_what_firmware_programmed_outlives_an_override():
    bench = Bench(U575, 0, FlashOverrides(wait_cycles=0))

    bench.change(wait_cycles=2)

    assert (2, 0) == (bench.control.programmed.wait_cycles, bench.control.state.wait_cycles)


def test_the_cores_caches_are_off_until_ccr_says_so():
    bench = Bench(F746)
    off_cycles = bench.fetched(0, 0)

    assert bench.control.set_core_caches(instruction_on=True, data_on=False)

    assert (2 * 12, 12) == (off_cycles, bench.fetched(0, 0))
    assert not bench.control.set_core_caches(instruction_on=True, data_on=False)


def test_the_flash_interface_does_not_switch_the_cores_caches():
    """FLASH_ACR of an STM32F7 has ART bits, which are another cache."""
    bench = Bench(F746)

    bench.change(wait_cycles=3, instruction_cache_on=True, data_cache_on=True)

    assert (3, False) == (bench.control.state.wait_cycles, bench.control.state.instruction_cache_on)


def test_the_core_does_not_switch_the_flash_interfaces_caches():
    assert not Bench(U575).control.set_core_caches(instruction_on=False, data_on=False)


def test_code_in_ram_behind_l1_is_fetched_through_it():
    assert Bench(F746).control.fetch_regions == {"flash", "ram"}
    assert Bench(U575).control.fetch_regions == {"flash"}


def test_reset_switches_the_cores_caches_off_and_forgets_the_mpu():
    bench = Bench(F746)
    bench.control.set_core_caches(instruction_on=True, data_on=True)
    bench.control.set_cacheability([(RAM_ADDR, RAM_ADDR + RAM_BYTES)])

    bench.control.reset()
    bench.control.set_core_caches(instruction_on=True, data_on=True)
    access(bench.driver, RAM_ADDR)
    access(bench.driver, RAM_ADDR)

    assert bench.driver.reasons() == {Reason.DATA_CACHE: 6}


def test_a_board_without_flash_interface_takes_no_orders():
    control = FlashControl(None, (RAM,), make_driver().core)

    control.reset()

    assert not control.set(replace(control.state, wait_cycles=3))
    assert not control.set_clock(1)
    assert not control.set_core_caches(instruction_on=True, data_on=True)


def test_ram_that_waits_at_high_clocks_answers_at_once_at_low_ones():
    slow = MemoryRegion(
        "ram",
        Medium.SRAM,
        RAM_ADDR,
        RAM_BYTES,
        BASIS,
        read_wait_cycles=1,
        write_wait_cycles=2,
        waits_above_hz=80_000_000,
    )
    driver = make_driver([], lambda: 30)
    control = FlashControl(None, (FLASH, slow), driver.core, 4_000_000)

    def waited() -> tuple[int, int]:
        before = driver.reasons().get(Reason.SLOW_MEMORY, 0)
        access(driver, RAM_ADDR)
        after_load = driver.reasons().get(Reason.SLOW_MEMORY, 0)
        access(driver, RAM_ADDR, is_load=False)
        return after_load - before, driver.reasons().get(Reason.SLOW_MEMORY, 0) - after_load

    assert waited() == (0, 0)
    control.set_clock(120_000_000)
    assert waited() == (1, 2)
    control.set_clock(80_000_000)
    assert waited() == (0, 0)
