"""RAM that only a run can show: the deepest point of every stack, and how far the heap grew."""

from __future__ import annotations

from tests.machine.firmware import STACK_ADDR, Firmware
from tests.machine.reading import tree

CHAIN = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f000 f801   bl    main
    e7fe        b     .
main:
    b510        push  {r4, lr}
    f000 f803   bl    deep
    f000 f807   bl    shallow
    bd10        pop   {r4, pc}
deep:
    b570        push  {r4, r5, r6, lr}
    b099        sub   sp, #100
    f000 f806   bl    leaf
    b019        add   sp, #100
    bd70        pop   {r4, r5, r6, pc}
shallow:
    b500        push  {lr}
    f000 f801   bl    leaf
    bd00        pop   {pc}
leaf:
    b410        push  {r4}
    bc10        pop   {r4}
    4770        bx    lr
"""
)


def test_the_stack_high_water_mark_is_that_of_the_deepest_chain(run):
    """main 8, deep 16 + 100, leaf 4: 128 bytes."""
    (stack,) = run(CHAIN).memory.stacks

    assert ("main", STACK_ADDR, 8 + 16 + 100 + 4) == (
        stack.name,
        stack.top_addr,
        stack.top_addr - stack.low_addr,
    )


TICK = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f64e 5404   movw  r4, #0xED04
    f2ce 0400   movt  r4, #0xE000
    f04f 5680   mov   r6, #0x10000000   @ PENDSVSET
    b08a        sub   sp, #40
    6026        str   r6, [r4]
    f3bf 8f6f   isb
    e7fe        b     .
PendSV_Handler:
    b510        push  {r4, lr}
    bd10        pop   {r4, pc}
"""
)


def test_an_exception_frame_and_its_handler_count_as_stack(run):
    """40 reserved, 32 of the frame, 8 pushed by the handler (Armv7-M ARM, B1.5.6)."""
    (stack,) = run(TICK).memory.stacks

    assert 40 + 32 + 8 == stack.top_addr - stack.low_addr


HEAP = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f04f 0040   mov   r0, #64
    f000 f80c   bl    _sbrk
    f04f 00c8   mov   r0, #200
    f000 f808   bl    _sbrk
    f06f 0063   mvn   r0, #99           @ -100
    f000 f804   bl    _sbrk
    2024        movs  r0, #36
    f000 f801   bl    _sbrk
    e7fe        b     .
_sbrk:
    4770        bx    lr
malloc:
    4770        bx    lr
"""
)


def test_the_heap_peak_is_the_largest_sum_of_sbrk_steps(run):
    """64 + 200; giving 100 back and taking 36 stays below."""
    memory = run(HEAP).memory

    assert ("sbrk", 264) == (memory.heap_source, memory.heap_peak_bytes)


HEAP_AND_RESET = Firmware(
    """
@ cortex-m4
Reset_Handler:
    2040        movs  r0, #64
    f000 f810   bl    _sbrk
    f04f 5400   mov.w r4, #0x20000000   @ not zero after the reset
    6821        ldr   r1, [r4, #0]
    b951        cbnz  r1, .Lstay
    2101        movs  r1, #1
    6021        str   r1, [r4, #0]
    f64e 500c   movw  r0, #0xED0C       @ AIRCR: SYSRESETREQ
    f2ce 0000   movt  r0, #0xE000
    f240 0104   movw  r1, #4
    f2c0 51fa   movt  r1, #0x05FA
    6001        str   r1, [r0, #0]
.Lstay:
    e7fe        b.n   .Lstay
_sbrk:
    4770        bx    lr
malloc:
    4770        bx    lr
"""
)


def test_after_a_reset_the_heap_is_empty(run):
    """64 bytes are taken twice, the second time after a reset."""
    memory = run(HEAP_AND_RESET).memory

    assert ("sbrk", 64) == (memory.heap_source, memory.heap_peak_bytes)


TASKS = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f04f 5900   mov   r9, #0x20000000   @ saved stack pointers of both tasks
    f642 0000   movw  r0, #0x2800       @ a first frame for task B below 0x20002800
    f2c2 0000   movt  r0, #0x2000
    f1a0 0020   sub   r0, #32
    f240 1157   movw  r1, #0x0157
    f6c0 0100   movt  r1, #0x0800
    6181        str   r1, [r0, #24]     @ its PC
    f04f 7180   mov   r1, #0x01000000
    61c1        str   r1, [r0, #28]     @ its xPSR
    f8c9 0004   str   r0, [r9, #4]
    f64e 5404   movw  r4, #0xED04       @ ICSR
    f2ce 0400   movt  r4, #0xE000
    f04f 5680   mov   r6, #0x10000000   @ PENDSVSET
    f242 4000   movw  r0, #0x2400       @ task A runs on the process stack from here on
    f2c2 0000   movt  r0, #0x2000
    f380 8809   msr   psp, r0
    2002        movs  r0, #2
    f380 8814   msr   control, r0
    f3bf 8f6f   isb
    e7ff        b     task_a
task_a:
    f000 f808   bl    work_a
    f000 f806   bl    work_a
    f000 f804   bl    work_a
    e7f8        b     task_a
task_b:
    f000 f806   bl    work_b
    e7fc        b     task_b
work_a:
    b510        push  {r4, lr}
    6026        str   r6, [r4]
    f3bf 8f6f   isb
    bd10        pop   {r4, pc}
work_b:
    b5b0        push  {r4, r5, r7, lr}
    6026        str   r6, [r4]
    f3bf 8f6f   isb
    bdb0        pop   {r4, r5, r7, pc}
PendSV_Handler:
    f8d9 2008   ldr   r2, [r9, #8]      @ which task
    f082 0304   eor   r3, r2, #4
    f8c9 3008   str   r3, [r9, #8]
    f3ef 8009   mrs   r0, psp
    f849 0002   str   r0, [r9, r2]
    f859 0003   ldr   r0, [r9, r3]
    f380 8809   msr   psp, r0
    4770        bx    lr
""",
    variables=(("stacks", 12),),
)


def test_tasks_on_the_process_stack_have_call_trees_of_their_own(run):
    """A hand-made switch: PendSV swaps the process stack pointers of two endless loops."""
    nodes = tree(run(TASKS, max_cycles=5000))
    roots_of = {
        name: {path.split("/")[0] for path in nodes if path.endswith(name)} for name in ("work_a", "work_b")
    }

    assert {"thread"} == roots_of["work_a"]
    assert {"task task_b"} == roots_of["work_b"]


def test_calls_of_tasks_do_not_nest_in_each_other(run):
    nodes = tree(run(TASKS, max_cycles=5000))

    assert not [path for path in nodes if "work_a" in path and "work_b" in path]
    assert all(path.count("work_") == 1 for path in nodes if "work_" in path)


def test_each_task_has_a_stack_of_its_own(run):
    """work_a pushes 8 bytes, work_b 16; PendSV stacks 32 more on the stack of whom it interrupts."""
    stacks = {
        each.top_addr: each.top_addr - each.low_addr for each in run(TASKS, max_cycles=5000).memory.stacks
    }

    assert (8 + 32, 16 + 32) == (stacks[0x2000_2400], stacks[0x2000_2800])
