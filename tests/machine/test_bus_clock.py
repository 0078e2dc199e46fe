"""Firmware that slows the bus between the core and flash pays for it at every miss."""

from __future__ import annotations

import pytest

from tests.machine.conftest import Run
from tests.machine.firmware import Firmware

READS_COUNT = 100
_HPRE_1, _HPRE_2, _HPRE_4 = 0, 8, 9  # RCC_D1CFGR.HPRE (RM0433 8.7.7), CDCFGR1 on the STM32H7A3
_READS = """
Reset_Handler:
    4804        ldr   r0, 1f
    4b05        ldr   r3, 2f
    21{divider:02x}        movs  r1, #divider
    6001        str   r1, [r0]
    2464        movs  r4, #100
    e7ff        b     .loop           ; a block that is running keeps the bus it began with
.loop:
    681e        ldr   r6, [r3]
    3c01        subs  r4, #1
    d1fc        bne   .loop
    e7fe        b     .
    58024418    1: .word RCC_D1CFGR
    08010000    2: .word 0x08010000
"""


def _flash_data_cycles(run: Run, board: str, divider: int) -> int:
    recording = run(Firmware(_READS.format(divider=divider), core="cortex-m7"), board=board)
    return dict(recording.reason_cycles)["flash_data"]


@pytest.mark.parametrize(
    ("board", "divider", "more_cycles"),
    [
        ("nucleo_h7a3zi_q", _HPRE_2, 3 + 6),
        ("nucleo_h7a3zi_q", _HPRE_4, 3 * (3 + 6)),
        ("nucleo_h743zi", _HPRE_2, 7 + 6),
    ],
)
def test_a_miss_takes_bus_cycles(run: Run, board: str, divider: int, more_cycles: int) -> None:
    """After reset HPRE divides by 1; then a miss takes the reset wait states and 6 cycles of the bus."""
    fast_cycles, slow_cycles = (_flash_data_cycles(run, board, each) for each in (_HPRE_1, divider))

    assert slow_cycles - fast_cycles == READS_COUNT * more_cycles
