"""A firmware whose inference is worked out on paper, for tests of evaluations.

It counts g_input[0] down, adding up, and writes the sum's low byte; its second output is g_input[1] and how often it
was called before. Input 255 reads where there is no memory, 254 never returns.
"""

from __future__ import annotations

from pathlib import Path

from tests.machine.firmware import Firmware

ADDER = Firmware(
    """
Reset_Handler:
    f000 f801   bl    main
    e7fe        b     .
main:
    b500        push  {lr}
    f000 f803   bl    inference
    f000 f801   bl    inference
    bd00        pop   {pc}
inference:
    480c        ldr   r0, .input
    490c        ldr   r1, .output
    7802        ldrb  r2, [r0, #0]
    2aff        cmp   r2, #255
    d00e        beq   .fault
    2afe        cmp   r2, #254
    d00e        beq   .hang
    2300        movs  r3, #0
.loop:
    189b        adds  r3, r3, r2
    3a01        subs  r2, #1
    d1fc        bne   .loop
    700b        strb  r3, [r1, #0]
    7842        ldrb  r2, [r0, #1]
    4807        ldr   r0, .calls
    7803        ldrb  r3, [r0, #0]
    18d2        adds  r2, r2, r3
    704a        strb  r2, [r1, #1]
    3301        adds  r3, #1
    7003        strb  r3, [r0, #0]
    4770        bx    lr
.fault:
    4805        ldr   r0, .nowhere
    6800        ldr   r0, [r0, #0]
.hang:
    3301        adds  r3, #1
    e7fd        b     .hang
    bf00        nop
.input:
    20000000    .word g_input
.output:
    20000004    .word g_output
.calls:
    20000008    .word g_calls
.nowhere:
    60000000    .word 0x60000000
""",
    variables=(("g_input", 4), ("g_output", 4), ("g_calls", 4), ("g_address", 4)),
)
"""Whoever runs it puts something other than 0 into g_input[0] first."""
BOARD = "generic_m4"
START = {"g_input": bytes([10, 0, 0, 0]), "g_address": (0x2000_0000).to_bytes(4, "little")}


def written(folder: Path) -> Path:
    """The firmware as a file."""
    path = folder / "adder.elf"
    path.write_bytes(ADDER.elf())
    return path


def expected_outputs(rows: list[list[int]]) -> list[list[int]]:
    """What every input gives when it begins at the first call: n(n+1)/2 and the second element as it is."""
    return [[row[0] * (row[0] + 1) // 2 % 256, row[1], 0, 0] for row in rows]
