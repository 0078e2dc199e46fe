"""Which memory the MPU of a Cortex-M7 keeps out of the caches (ARMv7-M ARM, B3.5.8 and B3.5.9)."""

from __future__ import annotations

import pytest

from mcusim.machine.devices.device import Host
from mcusim.machine.system.cacheability import uncacheable_ranges
from mcusim.machine.system.mpu import CTRL, RASR, RBAR, RNR, Mpu
from mcusim.machine.system.variant import CoreVariant

RAM_ADDR = 0x2000_0000
ENABLE = 1


def rasr(size_bytes: int, *, tex: int = 0, scb: int = 0, disabled: int = 0) -> int:
    """Of an enabled region; `scb` are the bits S, C and B."""
    return tex << 19 | scb << 16 | disabled << 8 | size_bytes.bit_length() - 2 << 1 | ENABLE


@pytest.mark.parametrize(
    ("tex", "scb", "is_cached"),
    [
        (0, 0b000, False),  # strongly-ordered
        (0, 0b001, False),  # device
        (0, 0b010, True),  # write-through
        (0, 0b011, True),  # write-back, no write allocate
        (1, 0b000, False),  # normal, non-cacheable
        (1, 0b011, True),  # write-back, write and read allocate
        (2, 0b000, False),  # device, not shared
        (4, 0b000, False),  # inner policy: non-cacheable
        (5, 0b001, True),  # inner write-back
        (0, 0b111, False),  # shareable
    ],
)
def test_attributes_decide(tex, scb, is_cached):
    expected = () if is_cached else ((RAM_ADDR, RAM_ADDR + 0x1000),)

    assert expected == uncacheable_ranges([(RAM_ADDR, rasr(0x1000, tex=tex, scb=scb))])


def test_the_region_with_the_highest_number_decides():
    regions = [(RAM_ADDR, rasr(0x1000)), (RAM_ADDR + 0x400, rasr(0x400, scb=0b011))]

    expected = ((RAM_ADDR, RAM_ADDR + 0x400), (RAM_ADDR + 0x800, RAM_ADDR + 0x1000))
    assert expected == uncacheable_ranges(regions)
    assert ((RAM_ADDR, RAM_ADDR + 0x1000),) == uncacheable_ranges(regions[::-1])


def test_disabled_subregions_do_not_count():
    """The first three eighths."""
    assert ((RAM_ADDR + 0x300, RAM_ADDR + 0x800),) == uncacheable_ranges(
        [(RAM_ADDR, rasr(0x800, disabled=0b111))]
    )


def test_small_regions_have_no_subregions():
    assert ((RAM_ADDR, RAM_ADDR + 128),) == uncacheable_ranges([(RAM_ADDR, rasr(128, disabled=0xFF))])


def test_a_region_of_four_gigabytes_reaches_the_end():
    assert ((0, 1 << 32),) == uncacheable_ranges([(0, rasr(1 << 32))])


def test_disabled_regions_do_not_count():
    assert uncacheable_ranges([(RAM_ADDR, rasr(0x1000) & ~ENABLE)]) == ()


class Listener(Host):
    """Hears what the MPU says."""

    def __init__(self) -> None:
        self.heard: list[tuple[tuple[int, int], ...]] = []

    def set_uncacheable(self, ranges: tuple[tuple[int, int], ...]) -> None:
        self.heard.append(ranges)

    def warn(self, text: str) -> None:
        pass


def written(core: str, writes: list[tuple[int, int]]) -> list[tuple[tuple[int, int], ...]]:
    host = Listener()
    registers = Mpu(
        CoreVariant(core, is_v6m=False, has_fpu=True, priority_bits=4, interrupts_count=32), host
    ).registers()
    for offset, value in writes:
        registers[offset].write(value, 0xFFFF_FFFF)
    return host.heard


SET_UP = [(RNR, 0), (RBAR, RAM_ADDR), (RASR, rasr(0x1000)), (CTRL, 5)]
KEPT_OUT = ((RAM_ADDR, RAM_ADDR + 0x1000),)


def test_regions_count_once_the_unit_is_on_and_until_it_is_off():
    assert written("cortex-m7", [*SET_UP, (CTRL, 0), (RASR, 0)]) == [KEPT_OUT, ()]


def test_a_region_that_changes_while_the_unit_is_on_counts_at_once():
    assert written("cortex-m7", [*SET_UP, (RASR, 0)])[-1] == ()


def test_cores_without_caches_say_nothing():
    assert written("cortex-m4", SET_UP) == []
