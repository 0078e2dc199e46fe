"""Firmware that programs the ICACHE of a STM32U575 gets the cache that it asked for."""

from __future__ import annotations

import pytest

from tests.machine.conftest import Run
from tests.machine.firmware import Firmware

READS_COUNT = 100
_EN, _WAYSEL = 1, 4
# Two words 8 KiB apart, read in turn, share a line of a direct-mapped cache of 8 KiB, but not a set of two ways.
_ALTERNATING = """
Reset_Handler:
    4807        ldr   r0, 1f
    2104        movs  r1, #4
    6001        str   r1, [r0]
    4807        ldr   r0, 2f
    21{control:02x}        movs  r1, #control
    6001        str   r1, [r0]
    4a06        ldr   r2, 3f
    4b07        ldr   r3, 4f
    2464        movs  r4, #100
    e7ff        b     .loop           ; a block that is running keeps the cache it began with
.loop:
    6815        ldr   r5, [r2]
    681e        ldr   r6, [r3]
    3c01        subs  r4, #1
    d1fb        bne   .loop
    e7fe        b     .
    bf00        nop
    40022000    1: .word FLASH_ACR
    40030400    2: .word ICACHE_CR
    08010000    3: .word 0x08010000
    08012000    4: .word 0x08012000
"""


def _misses_count(run: Run, control: int) -> int:
    firmware = Firmware(_ALTERNATING.format(control=control), core="cortex-m33")
    return dict(run(firmware, board="nucleo_u575zi_q").counters)["flash_data_misses"]


def test_two_lines_of_one_set_evict_each_other_only_in_the_direct_mapped_cache(run: Run) -> None:
    """WAYSEL = 0: every one of the 200 reads misses; WAYSEL = 1: the first of each line. RM0456, ICACHE."""
    direct_mapped, two_ways = _misses_count(run, _EN), _misses_count(run, _EN | _WAYSEL)

    assert direct_mapped - two_ways == 2 * READS_COUNT - 2


@pytest.mark.parametrize("control", [0, _WAYSEL])
def test_nothing_is_kept_while_the_cache_is_off(run: Run, control: int) -> None:
    """Without EN every read of flash goes to the array, however many ways there would be."""
    assert _misses_count(run, control) >= 2 * READS_COUNT
