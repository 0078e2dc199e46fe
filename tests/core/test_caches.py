"""The line caches against a dictionary-based least-recently-used model."""

from __future__ import annotations

from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.driver import Driver, Spec, step

BASE_ADDR, SIZE_BYTES = 0x0800_0000, 0x1000
MISS_CYCLES = 5
ACCESS, ALWAYS, LOAD_WORD = 22, 255, 4 | 256 | 1 << 16
addrs = st.lists(st.integers(0, SIZE_BYTES // 4 - 1).map(lambda word: BASE_ADDR + 4 * word), max_size=80)


class Lru:
    """Lines per set in order of use; a miss fills one granule."""

    def __init__(self, lines: int, ways: int, line_bytes: int, granule_bytes: int) -> None:
        self.ways = ways or lines
        self.sets = [OrderedDict() for _ in range(lines // self.ways)]
        self.line_bytes, self.granule_bytes = line_bytes, granule_bytes
        self.current = None

    def misses(self, addr: int) -> int:
        granule = addr // self.granule_bytes
        if granule == self.current:
            return 0
        self.current = granule
        line = (addr - BASE_ADDR) // self.line_bytes
        lines = self.sets[line % len(self.sets)]
        known = lines.pop(line, set())
        lines[line] = known
        if len(lines) > self.ways:
            lines.popitem(last=False)
        is_miss = granule not in known
        known.add(granule)
        return int(is_miss)


def reading_driver() -> Driver:
    """One block whose load reads the address in register 0."""
    spec = Spec(0x100, registers=(0,), steps=step(ACCESS, ALWAYS, left=0, constant=LOAD_WORD))
    driver = Driver({0x100: spec})
    driver.core.add_range(BASE_ADDR, BASE_ADDR + SIZE_BYTES, 0, True, 0, 0)
    return driver


@pytest.mark.parametrize(
    ("lines", "ways", "line_bytes", "granule_bytes"),
    [(4, 0, 32, 8), (8, 0, 16, 16), (8, 2, 16, 4), (4, 1, 8, 8)],
    ids=["fully associative, granules", "fully associative", "two-way, granules", "direct mapped"],
)
@given(addrs)
def test_data_misses_are_those_of_a_least_recently_used_cache(lines, ways, line_bytes, granule_bytes, addrs):
    driver = reading_driver()
    driver.core.set_flash(granule_bytes.bit_length() - 1, False)
    driver.core.set_cache(True, lines, ways, line_bytes.bit_length() - 1, BASE_ADDR, SIZE_BYTES)
    driver.core.set_flash_state(True, 0, MISS_CYCLES, False, True)
    model = Lru(lines, ways, line_bytes, granule_bytes)

    for addr in addrs:
        driver.registers[0] = addr
        driver.run([0x100])

    misses = sum(model.misses(addr) for addr in addrs)
    assert len(addrs) + MISS_CYCLES * misses == driver.core.now


def test_an_impossible_cache_is_refused():
    driver = reading_driver()
    driver.core.set_flash(2, False)

    with pytest.raises(ValueError, match="cache"):
        driver.core.set_cache(True, 4, 3, 4, BASE_ADDR, SIZE_BYTES)


def test_fractions_of_a_fetch_stall_are_not_lost():
    """Two misses at 2.5 cycles are 5 cycles."""
    specs = {addr: Spec(addr, flags=256) for addr in (BASE_ADDR, BASE_ADDR + 64)}
    driver = Driver(specs, lambda _previous, _block: (0, 0))
    driver.core.set_flash(4, False)
    driver.core.set_flash_state(True, 640, 0, False, False)

    driver.run([BASE_ADDR, BASE_ADDR + 64])

    assert driver.core.now == 5
