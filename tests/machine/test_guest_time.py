"""The time that firmware reads, DWT CYCCNT and SysTick, agrees with the cycle model at the reading instruction."""

from __future__ import annotations

import pytest

from tests.machine.firmware import Firmware
from tests.machine.reading import variable

TEMPLATE = """
@ cortex-m4
Reset_Handler:
    f64e 50fc   movw  r0, #0xEDFC       @ DEMCR.TRCENA
    f2ce 0000   movt  r0, #0xE000
    f04f 7180   mov   r1, #0x01000000
    6001        str   r1, [r0]
    f241 0400   movw  r4, #0x1000       @ DWT_CTRL.CYCCNTENA
    f2ce 0400   movt  r4, #0xE000
    2101        movs  r1, #1
    6021        str   r1, [r4]
    f24e 0810   movw  r8, #0xE010       @ SysTick, longest period, no interrupt
    f2ce 0800   movt  r8, #0xE000
    f06f 417f   mvn   r1, #0xFF000000
    f8c8 1004   str   r1, [r8, #4]
    f8c8 1008   str   r1, [r8, #8]
    2105        movs  r1, #5
    f8c8 1000   str   r1, [r8]
    f04f 5500   mov   r5, #0x20000000
    f04f 30ff   mov   r0, #-1
    2101        movs  r1, #1
    2307        movs  r3, #7
    429b        cmp   r3, r3
    bf00        nop
    {first}
    {body}
    {second}
    1bbf        subs  r7, r7, r6
    602f        str   r7, [r5]
    e7fe        b     .
SysTick_Handler:
    4770        bx    lr
"""
CYCCNT = ("f8d4 6004   ldr.w r6, [r4, #4]", "f8d4 7004   ldr.w r7, [r4, #4]")
SYSTICK = (
    "f8d8 7008   ldr.w r7, [r8, #8]  @ counts down, so the earlier value is the larger",
    "f8d8 6008   ldr.w r6, [r8, #8]",
)

BODIES = [
    pytest.param("", 1, id="LDR after LDR pipelines: 1 (DDI0439, 3.3.2)"),
    pytest.param("3301  adds r3, #1", 2 + 1, id="LDR 2, ADD 1 (DDI0439, table 3-1)"),
    pytest.param("3301 3301 3301 3301  adds r3, #1 four times", 2 + 4, id="LDR 2, four ADD"),
    pytest.param("fb03 f303  mul r3, r3, r3", 2 + 1, id="LDR 2, MUL 1"),
    pytest.param("b40f  push {r0-r3}", 2 + 5, id="LDR 2, PUSH 1 + 4"),
    pytest.param("b40f bc0f  push {r0-r3}; pop {r0-r3}", 2 + 5 + 5, id="LDR 2, PUSH 1 + 4, POP 1 + 4"),
    pytest.param("f3bf 8f6f  isb", 2 + 4, id="LDR 2, ISB 4 (refill)"),
    pytest.param("fbb0 f2f1  udiv r2, r0, r1", 2 + 12, id="LDR 2, UDIV of 2^32-1 by 1: the longest, 12"),
    pytest.param("fbb1 f2f0  udiv r2, r1, r0", 2 + 3, id="LDR 2, UDIV of 1 by 2^32-1: 3"),
    pytest.param("fb93 f2f1  sdiv r2, r3, r1", 2 + 5, id="LDR 2, SDIV of 7 by 1: 5"),
    pytest.param("682a  ldr r2, [r5]", 1 + 1, id="three LDR in a row"),
    pytest.param(
        "f8d5 2001 3301  ldr r2, [r5, #1]; adds r3, #1", 1 + 4 + 1, id="LDR at an odd address: 2 more"
    ),
    pytest.param(
        "bf18 682a 3301  it ne; ldrne r2, [r5]; adds r3, #1", 2 + 1 + 1 + 1, id="skipped LDR: 1, IT 1"
    ),
]


def difference(run, reads, body) -> int:
    first, second = reads
    listing = TEMPLATE.replace("{first}", "    " + first).replace("{second}", "    " + second)
    listing = listing.replace("{body}", "    " + body if body else "")
    recording = run(Firmware(listing, variables=(("elapsed", 4),)), reads=("elapsed",))
    return int(variable(recording, "elapsed"))


@pytest.mark.parametrize(("body", "expected"), BODIES)
def test_two_reads_of_the_cycle_counter_differ_by_the_instructions_between(body, expected, run):
    assert expected == difference(run, CYCCNT, body)


@pytest.mark.parametrize(("body", "expected"), BODIES)
def test_two_reads_of_systick_differ_by_the_instructions_between(body, expected, run):
    assert expected == difference(run, SYSTICK, body)


WAKE_UP = """
@ cortex-m4
Reset_Handler:
    f64e 50fc   movw  r0, #0xEDFC       @ DEMCR.TRCENA
    f2ce 0000   movt  r0, #0xE000
    f04f 7180   mov   r1, #0x01000000
    6001        str   r1, [r0]
    f241 0400   movw  r4, #0x1000       @ DWT_CTRL.CYCCNTENA
    f2ce 0400   movt  r4, #0xE000
    2101        movs  r1, #1
    6021        str   r1, [r4]
    b672        cpsid i                 @ WFI wakes, no handler runs
    f24e 0810   movw  r8, #0xE010
    f2ce 0800   movt  r8, #0xE000
    f242 710f   movw  r1, #9999         @ SysTick in 10000 cycles
    f8c8 1004   str   r1, [r8, #4]
    f8c8 1008   str   r1, [r8, #8]
    2107        movs  r1, #7
    f8c8 1000   str   r1, [r8]
    f04f 5500   mov   r5, #0x20000000
    6866        ldr   r6, [r4, #4]
    bf30        wfi
    6867        ldr   r7, [r4, #4]
    1bbf        subs  r7, r7, r6
    602f        str   r7, [r5]
    2100        movs  r1, #0
    f8c8 1000   str   r1, [r8]
    be00        bkpt  #0
"""


def test_the_cycle_counter_stops_while_the_core_sleeps(run):
    """LDR 2, WFI 1 (DDI0439, table 3-1: 1 + W), and none of the nearly 10000 cycles asleep (C1.8.3)."""
    recording = run(Firmware(WAKE_UP, variables=(("elapsed", 4),)), reads=("elapsed",))

    assert recording.sleep_cycles > 9900
    assert 2 + 1 == variable(recording, "elapsed")


def test_systick_goes_on_while_the_core_sleeps(run):
    """10000 cycles from the start of the counter to its first zero, most of them asleep."""
    recording = run(Firmware(WAKE_UP, variables=(("elapsed", 4),)))
    awake_cycles = recording.total_cycles - recording.sleep_cycles

    assert 10_000 < recording.total_cycles < 10_000 + awake_cycles
