"""Where run-time cycles fell: by instruction, by reason, and what is missing when a reason is ignored."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.timing.cost import Reason
from tests.core.driver import Driver, Spec, step
from tests.core.memories import ACCESS, ALWAYS, FETCHES, FLASH_ADDR, FLASH_BYTES, LOAD_WORD

DIVIDE = 23
SLOW_ADDR = 0x2003_0000
BLOCKS = [FLASH_ADDR + 24 * n for n in range(6)]
STEPS = (
    step(ACCESS, ALWAYS, left=0, right=2, constant=LOAD_WORD)
    + step(DIVIDE, ALWAYS, 1, 2, 4 << 8)
    + step(ACCESS, ALWAYS, left=3, right=6, constant=2 | 1 << 16)
)
values = st.lists(
    st.tuples(
        st.sampled_from(BLOCKS),
        st.integers(0, 63).map(lambda word: FLASH_ADDR + 4 * word),
        st.integers(0, 0xFFFF),
        st.integers(SLOW_ADDR, SLOW_ADDR + 7),
    ),
    min_size=1,
    max_size=40,
)


def busy_driver() -> Driver:
    """Every block fetches from flash, reads flash, divides and stores a halfword anywhere in slow RAM."""
    specs = {
        addr: Spec(addr, 24, FETCHES | 8192, n % 2, registers=(0, 1, 2, 3), steps=STEPS)
        for n, addr in enumerate(BLOCKS)
    }
    driver = Driver(specs, lambda _previous, _block: (0, 3))
    driver.core.add_range(FLASH_ADDR, FLASH_ADDR + FLASH_BYTES, 0, True, 0, 0)
    driver.core.add_range(SLOW_ADDR, SLOW_ADDR + 0x100, 0, False, 0, 2)
    driver.core.set_flash(3, False)
    driver.core.set_cache(False, 4, 0, 5, FLASH_ADDR, FLASH_BYTES)
    driver.core.set_cache(True, 2, 0, 5, FLASH_ADDR, FLASH_BYTES)
    driver.core.set_flash_state(True, 600, 5, True, True)
    driver.core.set_divider(2, 3, 5, 2, 2)
    driver.core.set_unaligned(1, 2, 1)
    driver.core.set_predictor(8)
    return driver


def execute(driver: Driver, walk: list[tuple[int, int, int, int]]) -> None:
    for addr, source_addr, divisor, target_addr in walk:
        driver.registers[:4] = [source_addr, 0x1234, divisor, target_addr]
        driver.run([addr])


@given(values)
def test_static_and_run_time_cycles_are_all_there_is(walk):
    driver = busy_driver()

    execute(driver, walk)

    assert 3 * len(walk) + sum(driver.reasons().values()) == driver.core.now


@given(values)
def test_the_charges_of_a_block_sum_to_its_cycles_by_reason(walk):
    driver = busy_driver()

    execute(driver, walk)

    for index in range(driver.core.blocks_count):
        expected = array("q")
        expected.frombytes(driver.core.block_dynamics(index))
        sums = [0] * len(expected)
        for offset, reason, cycles in driver.core.block_charges(index):
            assert 0 <= offset < 12
            sums[reason] += cycles
        assert expected.tolist() == sums


def test_charges_name_the_instruction():
    """The second block starts in the middle of a granule of 8 bytes that was fetched; load, divide, store follow."""
    driver = busy_driver()

    execute(driver, [(BLOCKS[0], FLASH_ADDR + 0x800, 7, SLOW_ADDR + 1)])

    fetches = [(offset, Reason.INSTRUCTION_CACHE) for offset in (0, 4, 8)]
    others = [(2, Reason.DATA_CACHE), (4, Reason.DIVIDE), (6, Reason.UNALIGNED), (6, Reason.SLOW_MEMORY)]
    assert sorted(fetches + others) == sorted(row[:2] for row in driver.core.block_charges(0))


@given(values, st.sets(st.sampled_from([r for r in Reason if r >= Reason.FLASH_FETCH])))
def test_ignored_reasons_are_missing_and_nothing_else_changes(walk, ignored):
    whole, part = busy_driver(), busy_driver()
    part.core.ignore(sum(1 << reason for reason in ignored))

    execute(whole, walk)
    execute(part, walk)

    left = {reason: cycles for reason, cycles in whole.reasons().items() if reason not in ignored}
    assert left == part.reasons()
    assert whole.core.now - sum(whole.reasons().values()) + sum(left.values()) == part.core.now
    assert whole.core.counters() == part.core.counters()


def test_a_static_reason_cannot_be_ignored():
    """Its cycles are in the price of the block: the cost model leaves them out, not the core."""
    with pytest.raises(ValueError, match="static"):
        busy_driver().core.ignore(1 << Reason.LOAD_USE)


@pytest.mark.parametrize(("is_load", "cycles"), [(True, 3), (False, 0)])
def test_a_core_may_store_unaligned_for_nothing(is_load, cycles):
    """Cortex-M7: an unaligned load takes 3 cycles more, a store none."""
    steps = step(ACCESS, ALWAYS, 0, constant=4 | 256 * is_load | 1 << 16)
    driver = Driver({0x100: Spec(0x100, registers=(0,), steps=steps)}, lambda _previous, _block: (0, 0))
    driver.core.set_unaligned(3, 3, 3, True)
    driver.registers[0] = 0x2000_0001

    driver.run([0x100])

    assert cycles == driver.core.now
