"""MSPLIM and PSPLIM of the Cortex-M33: who goes below them takes a UsageFault, by an instruction or by an interrupt."""

from __future__ import annotations

import struct

import pytest

from tests.machine.firmware import STACK_ADDR, Firmware
from tests.machine.reading import variable

STKOF = 1 << 20
"""CFSR.UFSR.STKOF (Armv8-M ARM, D1.2.282)."""

LIMIT_ADDR = STACK_ADDR - 64

LIMITED = """
@ cortex-m33
Reset_Handler:
    f04f 5a00   mov   r10, #0x20000000
    46d3        mov   r11, r10
    f64e 5024   movw  r0, #0xED24       @ SHCSR: UsageFault on
    f2ce 0000   movt  r0, #0xE000
    f44f 2180   mov   r1, #0x00040000
    6001        str   r1, [r0]
    f643 72c0   movw  r2, #0x3FC0       @ 64 bytes below the top
    f2c2 0200   movt  r2, #0x2000
    f382 880a   msr   msplim, r2
    f3ef 840a   mrs   r4, msplim
    f8cb 400c   str   r4, [r11, #12]
    f64e 5004   movw  r0, #0xED04       @ ICSR.PENDSVSET
    f2ce 0000   movt  r0, #0xE000
    f04f 5180   mov   r1, #0x10000000
    {body}
    2007        movs  r0, #7
    f80a 0b01   strb  r0, [r10], #1
    be00        bkpt  #0
UsageFault_Handler:
    2101        movs  r1, #1
    f80a 1b01   strb  r1, [r10], #1
    f64e 5028   movw  r0, #0xED28       @ CFSR
    f2ce 0000   movt  r0, #0xE000
    6801        ldr   r1, [r0]
    f8cb 1004   str   r1, [r11, #4]
    f8cb d008   str   sp, [r11, #8]
    be00        bkpt  #0
PendSV_Handler:
    2005        movs  r0, #5
    f80a 0b01   strb  r0, [r10], #1
    4770        bx    lr
"""
PEND = "    6001        str   r1, [r0]\n    f3bf 8f6f   isb"


def seen(run, body: str) -> tuple[list[int], int, int, int, str]:
    """Bytes logged; CFSR, SP and MSPLIM as stored; why the run ended."""
    firmware = Firmware(LIMITED.replace("    {body}", body), variables=(("log", 16),), core="cortex-m33")
    recording = run(firmware, reads=("log",))
    data = bytes(variable(recording, "log"))
    cfsr, sp_addr, limit_addr = struct.unpack("<3I", data[4:])
    return list(data[:4].rstrip(b"\0")), cfsr, sp_addr, limit_addr, recording.stop.reason


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("b092        sub   sp, #72", id="SUB"),
        pytest.param("f84d 0d48   str   r0, [sp, #-72]!", id="store with write-back"),
        pytest.param("46dd        mov   sp, r11", id="MOV"),
    ],
)
def test_an_instruction_that_moves_sp_below_the_limit_faults_before_it_does(code, run):
    """SP is as it was, so that the frame of 32 bytes fits (Armv8-M ARM, B3.21)."""
    assert ([1], STKOF, STACK_ADDR - 32, LIMIT_ADDR, "fault") == seen(run, "    " + code)


def test_sp_at_the_limit_is_allowed(run):
    assert ([7], 0, 0, LIMIT_ADDR, "breakpoint") == seen(run, "    b090        sub   sp, #64")


def test_a_frame_that_would_cross_the_limit_is_not_pushed(run):
    """SP becomes the limit (Armv8-M ARM, PushStack); PendSV, as urgent as the fault, runs first (B3.24)."""
    body = f"    b08a        sub   sp, #40\n{PEND}"

    assert ([5, 1], STKOF, LIMIT_ADDR, LIMIT_ADDR, "fault") == seen(run, body)


def test_a_frame_that_just_fits_is_pushed(run):
    body = f"    b088        sub   sp, #32\n{PEND}"

    assert ([5, 7], 0, 0, LIMIT_ADDR, "breakpoint") == seen(run, body)
