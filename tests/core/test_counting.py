"""The native core adds what it was told, whatever the order of blocks and wherever it is stopped."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.driver import Driver, Spec

ADDRS = [0x100 + 16 * n for n in range(6)]
SPECS = {addr: Spec(addr, function=n % 2, flags=64 if n < 2 else 0) for n, addr in enumerate(ADDRS)}
walks = st.lists(st.sampled_from(ADDRS), min_size=1, max_size=60)


def cost(previous: Spec | None, block: Spec) -> tuple[int, int]:
    """A different price for every pair."""
    before = previous.addr if previous else 7
    return before // 16 % 5 - 2 if previous else 0, (before * 31 + block.addr * 17) % 23 + 1


def expected_cycles(walk: list[int]) -> int:
    pairs = zip([None, *walk], walk, strict=False)
    return sum(sum(cost(SPECS[before] if before else None, SPECS[block])) for before, block in pairs)


@given(walks)
def test_time_is_the_sum_of_the_edges(walk):
    driver = Driver(SPECS, cost)

    driver.run(walk)

    assert expected_cycles(walk) == driver.core.now


@given(walks)
def test_self_cycles_sum_to_the_time(walk):
    driver = Driver(SPECS, cost)

    driver.run(walk)

    assert driver.core.now == sum(row[3] for row in driver.core.nodes())


@given(walks)
def test_every_block_is_counted_once(walk):
    driver = Driver(SPECS, cost)

    driver.run(walk)

    assert len(walk) == sum(row[2] for row in driver.core.edges())


@given(walks, st.integers(1, 40))
def test_a_deadline_stops_before_a_block_and_changes_nothing(walk, slice_cycles):
    """A stop announces the block again: it must be counted once."""
    driver = Driver(SPECS, cost)

    for addr in walk:
        driver.core.deadline = (driver.core.now // slice_cycles) * slice_cycles
        driver.core.stop_reason = 0
        driver.run([addr])
        if driver.core.stop_reason:
            driver.core.deadline = 1 << 60
            driver.run([addr])

    assert expected_cycles(walk) == driver.core.now


def test_a_block_that_did_not_run_is_not_counted():
    """A fault at a block's first instruction."""
    driver = Driver(SPECS, cost)
    driver.run([ADDRS[2], ADDRS[3]])

    driver.core.truncate(ADDRS[3])

    assert (expected_cycles([ADDRS[2]]), 1) == (driver.core.now, sum(row[2] for row in driver.core.edges()))


def test_a_block_that_ran_in_part_is_priced_as_the_part():
    driver = Driver({0x100: Spec(0x100, size_bytes=8)}, lambda _previous, _block: (0, 5))
    driver.run([0x100])

    driver.core.truncate(0x106)

    assert [(5, 6)] == [
        (row[4], size) for row in driver.core.edges() for size in [driver.core.last_block()[1]]
    ]


def test_an_error_in_fill_reaches_the_caller():
    driver = Driver({0x100: Spec(0x100)}, lambda _previous, _block: 1 // 0)

    with pytest.raises(ZeroDivisionError):
        driver.run([0x100])
