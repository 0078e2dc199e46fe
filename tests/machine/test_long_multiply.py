"""A Cortex-M3's long multiplies are shorter when both factors are small (Arm DDI0337E 18.2: UMULL 3-4, SMULL 4-5)."""

from __future__ import annotations

import pytest

from tests.machine.firmware import Firmware

_LISTING = """
Reset_Handler:
    f000 f801   bl    main
.Lstay:
    e7fe        b     .Lstay
main:
    b510        push  {r4, lr}
    2203        movs  r2, #3
    2305        movs  r3, #5
    f000 f813   bl    unsigned
    f44f 3280   mov   r2, #0x10000
    f000 f80f   bl    unsigned
    f06f 0202   mvn   r2, #2            @ -3, as an unsigned number a large one
    f000 f80b   bl    unsigned
    f000 f80c   bl    signed
    f647 72ff   movw  r2, #0x7FFF
    f000 f808   bl    signed
    f44f 4200   mov   r2, #0x8000       @ its sign needs a seventeenth bit
    f000 f804   bl    signed
    bd10        pop   {r4, pc}
unsigned:
    fba2 0103   umull r0, r1, r2, r3
    4770        bx    lr
signed:
    fb82 0103   smull r0, r1, r2, r3
    4770        bx    lr
"""
_NARROW = {"unsigned": [True, False, False], "signed": [True, True, False]}


@pytest.mark.parametrize("name", ["unsigned", "signed"])
def test_small_factors_save_a_cycle_on_a_cortex_m3_and_nothing_on_a_cortex_m4(run, name):
    for core, saved_cycles in (("cortex-m3", 1), ("cortex-m4", 0)):
        calls = run(Firmware(_LISTING, core=core), roi=name).region_calls
        cycles = [call.end_cycles - call.begin_cycles for call in calls]
        assert [max(cycles) - saved_cycles * is_small for is_small in _NARROW[name]] == cycles
