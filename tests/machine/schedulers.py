"""Firmware with tasks: a preemptive scheduler of SVC, PendSV and SysTick, and coroutines that switch without them.

Tasks A, B and C call `leaf` 80, 90 and 80 times and stop there.
"""

from __future__ import annotations

PREEMPTIVE = """
@ cortex-m0
Reset_Handler:
    f000 f801   bl    main
    e7fe        b.n   Reset_Handler+0x4
main:
    b510        push  {r4, lr}
    4c3f        ldr   r4, [pc, #252]        @ saved stack pointers of the tasks, then the number of the one that runs
    4840        ldr   r0, [pc, #256]
    4940        ldr   r1, [pc, #256]
    f000 f814   bl    new_task
    4840        ldr   r0, [pc, #256]
    4940        ldr   r1, [pc, #256]
    f000 f810   bl    new_task
    4840        ldr   r0, [pc, #256]
    4940        ldr   r1, [pc, #256]
    f000 f80c   bl    new_task
    4840        ldr   r0, [pc, #256]        @ SHPR3: PendSV and SysTick at the lowest priority
    4940        ldr   r1, [pc, #256]
    6001        str   r1, [r0, #0]
    4840        ldr   r0, [pc, #256]        @ SysTick
    4935        ldr   r1, [pc, #212]
    6041        str   r1, [r0, #4]
    2100        movs  r1, #0
    6081        str   r1, [r0, #8]
    4934        ldr   r1, [pc, #208]        @ on, with interrupt, clocked by the core
    6001        str   r1, [r0, #0]
    df00        svc   0
    bd10        pop   {r4, pc}
new_task:
    3940        subs  r1, #64               @ R4-R11 below the frame
    6388        str   r0, [r1, #56]         @ PC
    2001        movs  r0, #1
    0600        lsls  r0, r0, #24
    63c8        str   r0, [r1, #60]         @ xPSR
    68e0        ldr   r0, [r4, #12]
    5021        str   r1, [r4, r0]
    3004        adds  r0, #4
    60e0        str   r0, [r4, #12]
    4770        bx    lr
SVC_Handler:
    492e        ldr   r1, [pc, #184]
    2000        movs  r0, #0                @ the first task
    60c8        str   r0, [r1, #12]
    5808        ldr   r0, [r1, r0]
    3020        adds  r0, #32
    f380 8809   msr   PSP, r0
    4834        ldr   r0, [pc, #208]
    4700        bx    r0
PendSV_Handler:
    f3ef 8009   mrs   r0, PSP
    3820        subs  r0, #32
    4a28        ldr   r2, [pc, #160]
    68d3        ldr   r3, [r2, #12]
    50d0        str   r0, [r2, r3]
    c0f0        stmia r0!, {r4, r5, r6, r7}
    4644        mov   r4, r8
    464d        mov   r5, r9
    4656        mov   r6, sl
    465f        mov   r7, fp
    c0f0        stmia r0!, {r4, r5, r6, r7}
    3304        adds  r3, #4
    2b0c        cmp   r3, #12
    d300        bcc.n PendSV_Handler+0x20
    2300        movs  r3, #0
    60d3        str   r3, [r2, #12]
    58d0        ldr   r0, [r2, r3]
    3010        adds  r0, #16
    c8f0        ldmia r0!, {r4, r5, r6, r7}
    46a0        mov   r8, r4
    46a9        mov   r9, r5
    46b2        mov   sl, r6
    46bb        mov   fp, r7
    f380 8809   msr   PSP, r0
    3820        subs  r0, #32
    c8f0        ldmia r0!, {r4, r5, r6, r7}
    4770        bx    lr
SysTick_Handler:
    4826        ldr   r0, [pc, #152]
    2101        movs  r1, #1
    0709        lsls  r1, r1, #28
    6001        str   r1, [r0, #0]          @ PENDSVSET
    4770        bx    lr
task_a:
    2414        movs  r4, #20
    f000 f812   bl    outer
    3c01        subs  r4, #1
    d1fb        bne.n task_a+0x2
    e7fe        b.n   task_a+0xa
task_b:
    241e        movs  r4, #30
    2003        movs  r0, #3
    f000 f815   bl    down
    3c01        subs  r4, #1
    d1fa        bne.n task_b+0x2
    e7fe        b.n   task_b+0xc
task_c:
    2428        movs  r4, #40
    f000 f819   bl    leaf
    4b1c        ldr   r3, [pc, #112]
    4798        blx   r3
    3c01        subs  r4, #1
    d1f9        bne.n task_c+0x2
    e7fe        b.n   task_c+0xe
outer:
    b510        push  {r4, lr}
    f000 f811   bl    leaf
    f000 f803   bl    middle
    f000 f80d   bl    leaf
    bd10        pop   {r4, pc}
middle:
    2002        movs  r0, #2
    e7ff        b.n   down                  @ tail call
down:
    b510        push  {r4, lr}
    b084        sub   sp, #16
    3801        subs  r0, #1
    d001        beq.n down+0xc
    f7ff fffa   bl    down
    f000 f802   bl    leaf
    b004        add   sp, #16
    bd10        pop   {r4, pc}
leaf:
    2107        movs  r1, #7
    3901        subs  r1, #1
    d1fd        bne.n leaf+0x2
    4770        bx    lr
    46c0        nop
    000003e7    .word 0x000003e7
    00000007    .word 0x00000007
    20000000    .word 0x20000000
    080001a5    .word 0x080001a5
    20001400    .word 0x20001400
    080001b1    .word 0x080001b1
    20001800    .word 0x20001800
    080001bf    .word 0x080001bf
    20001c00    .word 0x20001c00
    e000ed20    .word 0xe000ed20
    ffff0000    .word 0xffff0000
    e000e010    .word 0xe000e010
    fffffffd    .word 0xfffffffd
    e000ed04    .word 0xe000ed04
    080001f7    .word 0x080001f7
"""
"""Three tasks that PendSV changes at every tick; ARMv6-M code, which every core runs."""

PREEMPTIVE_FP = """
@ cortex-m4
Reset_Handler:
    4849        ldr   r0, [pc, #292]        @ CPACR
    f44f 0170   mov.w r1, #15728640
    6001        str   r1, [r0, #0]
    f3bf 8f4f   dsb   sy
    f3bf 8f6f   isb   sy
    f000 f801   bl    main
    e7fe        b.n   Reset_Handler+0x14
main:
    b510        push  {r4, lr}
    f04f 5400   mov.w r4, #536870912        @ saved stack pointers of the tasks, then the number of the one that runs
    4843        ldr   r0, [pc, #268]
    4944        ldr   r1, [pc, #272]
    f000 f814   bl    new_task
    4843        ldr   r0, [pc, #268]
    4944        ldr   r1, [pc, #272]
    f000 f810   bl    new_task
    4843        ldr   r0, [pc, #268]
    4944        ldr   r1, [pc, #272]
    f000 f80c   bl    new_task
    4843        ldr   r0, [pc, #268]        @ SHPR3: PendSV and SysTick at the lowest priority
    4944        ldr   r1, [pc, #272]
    6001        str   r1, [r0, #0]
    4844        ldr   r0, [pc, #272]        @ SysTick
    4938        ldr   r1, [pc, #224]
    6041        str   r1, [r0, #4]
    2100        movs  r1, #0
    6081        str   r1, [r0, #8]
    4937        ldr   r1, [pc, #220]        @ on, with interrupt, clocked by the core
    6001        str   r1, [r0, #0]
    df00        svc   0
    bd10        pop   {r4, pc}
new_task:
    3944        subs  r1, #68               @ R4-R11 and EXC_RETURN below the frame
    63c8        str   r0, [r1, #60]         @ PC
    f04f 7080   mov.w r0, #16777216
    6408        str   r0, [r1, #64]         @ xPSR
    f06f 0002   mvn.w r0, #2                @ 0xFFFFFFFD
    6208        str   r0, [r1, #32]
    68e0        ldr   r0, [r4, #12]
    5021        str   r1, [r4, r0]
    3004        adds  r0, #4
    60e0        str   r0, [r4, #12]
    4770        bx    lr
SVC_Handler:
    f04f 5100   mov.w r1, #536870912
    2000        movs  r0, #0                @ the first task
    60c8        str   r0, [r1, #12]
    5808        ldr   r0, [r1, r0]
    e8b0 4ff0   ldmia.w r0!, {r4, r5, r6, r7, r8, r9, sl, fp, lr}
    f380 8809   msr   PSP, r0
    4770        bx    lr
PendSV_Handler:
    f3ef 8009   mrs   r0, PSP
    f01e 0f10   tst.w lr, #16               @ an FP frame: S16-S31 are the task's
    bf08        it    eq
    ed20 8a10   vstmdbeq r0!, {s16-s31}
    e920 4ff0   stmdb r0!, {r4, r5, r6, r7, r8, r9, sl, fp, lr}
    f04f 5200   mov.w r2, #536870912
    68d3        ldr   r3, [r2, #12]
    50d0        str   r0, [r2, r3]
    3304        adds  r3, #4
    2b0c        cmp   r3, #12
    bf28        it    cs
    2300        movcs r3, #0
    60d3        str   r3, [r2, #12]
    58d0        ldr   r0, [r2, r3]
    e8b0 4ff0   ldmia.w r0!, {r4, r5, r6, r7, r8, r9, sl, fp, lr}
    f01e 0f10   tst.w lr, #16
    bf08        it    eq
    ecb0 8a10   vldmiaeq r0!, {s16-s31}
    f380 8809   msr   PSP, r0
    4770        bx    lr
SysTick_Handler:
    4826        ldr   r0, [pc, #152]
    2101        movs  r1, #1
    0709        lsls  r1, r1, #28
    6001        str   r1, [r0, #0]          @ PENDSVSET
    4770        bx    lr
task_a:
    2414        movs  r4, #20
    f000 f812   bl    outer
    3c01        subs  r4, #1
    d1fb        bne.n task_a+0x2
    e7fe        b.n   task_a+0xa
task_b:
    241e        movs  r4, #30
    2003        movs  r0, #3
    f000 f815   bl    down
    3c01        subs  r4, #1
    d1fa        bne.n task_b+0x2
    e7fe        b.n   task_b+0xc
task_c:
    2428        movs  r4, #40
    f000 f819   bl    leaf
    4b1d        ldr   r3, [pc, #116]
    4798        blx   r3
    3c01        subs  r4, #1
    d1f9        bne.n task_c+0x2
    e7fe        b.n   task_c+0xe
outer:
    b510        push  {r4, lr}
    f000 f811   bl    leaf
    f000 f803   bl    middle
    f000 f80d   bl    leaf
    bd10        pop   {r4, pc}
middle:
    2002        movs  r0, #2
    e7ff        b.n   down                  @ tail call
down:
    b510        push  {r4, lr}
    b084        sub   sp, #16
    3801        subs  r0, #1
    d001        beq.n down+0xc
    f7ff fffa   bl    down
    f000 f802   bl    leaf
    b004        add   sp, #16
    bd10        pop   {r4, pc}
leaf:
    2107        movs  r1, #7
    ee00 4a10   vmov  s0, r4
    ee30 8a00   vadd.f32 s16, s0, s0
    3901        subs  r1, #1
    d1fd        bne.n leaf+0xa
    4770        bx    lr
    000003e7    .word 0x000003e7
    00000007    .word 0x00000007
    e000ed88    .word 0xe000ed88
    080001bf    .word 0x080001bf
    20001400    .word 0x20001400
    080001cb    .word 0x080001cb
    20001800    .word 0x20001800
    080001d9    .word 0x080001d9
    20001c00    .word 0x20001c00
    e000ed20    .word 0xe000ed20
    ffff0000    .word 0xffff0000
    e000e010    .word 0xe000e010
    e000ed04    .word 0xe000ed04
    08000211    .word 0x08000211
"""
"""The same where every task uses the FPU: frames with S0-S15, and S16-S31 saved by PendSV."""

COROUTINES = """
@ cortex-m0
Reset_Handler:
    f000 f801   bl    main
    e7fe        b.n   Reset_Handler+0x4
main:
    b510        push  {r4, lr}
    4c16        ldr   r4, [pc, #88]
    4817        ldr   r0, [pc, #92]
    4917        ldr   r1, [pc, #92]
    3914        subs  r1, #20
    6108        str   r0, [r1, #16]         @ where the first switch pops PC from
    6061        str   r1, [r4, #4]
    2505        movs  r5, #5
    f000 f805   bl    work_a
    3d01        subs  r5, #1
    d1fb        bne.n main+0x10
    f000 f81c   bl    leaf
    e7fe        b.n   main+0x1c
work_a:
    b510        push  {r4, lr}
    f000 f818   bl    leaf
    f000 f803   bl    yield
    f000 f814   bl    leaf
    bd10        pop   {r4, pc}
yield:
    b5f0        push  {r4, r5, r6, r7, lr}
    480b        ldr   r0, [pc, #44]
    6802        ldr   r2, [r0, #0]
    6843        ldr   r3, [r0, #4]          @ the other one's SP
    4669        mov   r1, sp
    6041        str   r1, [r0, #4]
    469d        mov   sp, r3
    bdf0        pop   {r4, r5, r6, r7, pc}
co_b:
    f000 f801   bl    work_b
    e7fc        b.n   co_b
work_b:
    b510        push  {r4, lr}
    f000 f805   bl    leaf
    f000 f803   bl    leaf
    f7ff ffee   bl    yield
    bd10        pop   {r4, pc}
leaf:
    2107        movs  r1, #7
    3901        subs  r1, #1
    d1fd        bne.n leaf+0x2
    4770        bx    lr
    0000        .hword 0x0000
    20000000    .word 0x20000000
    08000145    .word 0x08000145
    20001400    .word 0x20001400
"""
"""Two coroutines; the second begins where the first switch returns to."""

STARTED_IN_A_FUNCTION = """
@ cortex-m0
Reset_Handler:
    f000 f801   bl    main
    e7fe        b.n   Reset_Handler+0x4
main:
    b510        push  {r4, lr}
    4918        ldr   r1, [pc, #96]
    f000 f808   bl    start
    2504        movs  r5, #4
    f000 f80e   bl    work_a
    3d01        subs  r5, #1
    d1fb        bne.n main+0xa
    f000 f824   bl    leaf
    e7fe        b.n   main+0x16
start:
    b5f0        push  {r4, r5, r6, r7, lr}
    4813        ldr   r0, [pc, #76]
    466a        mov   r2, sp
    6042        str   r2, [r0, #4]
    468d        mov   sp, r1                @ a coroutine begins in the middle of a function
    e7ff        b.n   start+0xc
    f000 f810   bl    co_b
    e7fe        b.n   start+0x10
work_a:
    b510        push  {r4, lr}
    f000 f817   bl    leaf
    f000 f803   bl    yield
    f000 f813   bl    leaf
    bd10        pop   {r4, pc}
yield:
    b5f0        push  {r4, r5, r6, r7, lr}
    480b        ldr   r0, [pc, #44]
    6843        ldr   r3, [r0, #4]          @ the other one's SP
    4669        mov   r1, sp
    6041        str   r1, [r0, #4]
    469d        mov   sp, r3
    bdf0        pop   {r4, r5, r6, r7, pc}
co_b:
    f000 f801   bl    work_b
    e7fc        b.n   co_b
work_b:
    b510        push  {r4, lr}
    f000 f805   bl    leaf
    f000 f803   bl    leaf
    f7ff ffef   bl    yield
    bd10        pop   {r4, pc}
leaf:
    2107        movs  r1, #7
    3901        subs  r1, #1
    d1fd        bne.n leaf+0x2
    4770        bx    lr
    20001400    .word 0x20001400
    20000000    .word 0x20000000
"""
"""The second coroutine begins in the middle of a function that set SP."""
