"""A firmware that does a little of everything, for tests that hold for any firmware."""

from __future__ import annotations

from tests.machine.firmware import Firmware

BUSY = Firmware(
    """
@ cortex-m4
Reset_Handler:
    4804        ldr   r0, =0xE000E010   @ SysTick: every 97 cycles
    2160        movs  r1, #96
    6041        str   r1, [r0, #4]
    6081        str   r1, [r0, #8]
    2107        movs  r1, #7
    6001        str   r1, [r0]
    f000 f804   bl    main
.Lstay:
    e7fe        b     .Lstay
    0000 e000e010  .ltorg
main:
    b530        push  {r4, r5, lr}
    2428        movs  r4, #40
.Lnext:
    4620        mov   r0, r4
    f000 f80a   bl    collatz
    bf30        wfi
    3c01        subs  r4, #1
    d1f9        bne   .Lnext
    2100        movs  r1, #0            @ SysTick off, so that the run ends
    f24e 0010   movw  r0, #0xE010
    f2ce 0000   movt  r0, #0xE000
    6001        str   r1, [r0]
    bd30        pop   {r4, r5, pc}
collatz:
    b510        push  {r4, lr}
    4604        mov   r4, r0
.Lstep:
    2c01        cmp   r4, #1
    d00e        beq   .Ldone
    2302        movs  r3, #2
    fbb4 f2f3   udiv  r2, r4, r3
    f014 0f01   tst   r4, #1
    bf14        ite   ne
    eb04 0444   addne r4, r4, r4, lsl #1
    4614        moveq r4, r2
    bf18        it    ne
    3401        addne r4, #1
    4620        mov   r0, r4
    f000 f802   bl    note
    e7ee        b     .Lstep
.Ldone:
    bd10        pop   {r4, pc}
note:
    f04f 5100   mov   r1, #0x20000000
    f8d1 2001   ldr   r2, [r1, #1]
    6048        str   r0, [r1, #4]
    4770        bx    lr
SysTick_Handler:
    b510        push  {r4, lr}
    f04f 5000   mov   r0, #0x20000000
    6881        ldr   r1, [r0, #8]
    3101        adds  r1, #1
    6081        str   r1, [r0, #8]
    bd10        pop   {r4, pc}
""",
    variables=(("words", 8), ("ticks", 4)),
)
"""Calls, a loop, divides, IT blocks, unaligned loads, an interrupt every 97 cycles, sleep."""
