"""Whose cycles they are: calls by every means that compilers and people have."""

from __future__ import annotations

from dataclasses import replace

from tests.machine.firmware import Firmware
from tests.machine.reading import name_of, self_cycles_of, tree

START = "thread/Reset_Handler"

TAIL = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f000 f807   bl    first
    f000 f801   bl    third
    e7fe        b     .
third:
    bf00        nop
    4770        bx    lr
second:
    bf00        nop
    e7fb        b     third
first:
    bf00        nop
    e7fb        b     second            @ tail call
"""
)


def test_a_tail_call_is_a_child_of_the_function_that_jumped(run):
    assert tree(run(TAIL)) == {
        START: 1,
        f"{START}/first": 1,
        f"{START}/first/second": 1,
        f"{START}/first/second/third": 1,
        f"{START}/third": 1,
    }


def test_a_tail_call_is_marked_as_one(run):
    assert 2 == sum(node.is_tail_call for node in run(TAIL).calls)


def test_a_tail_call_of_the_function_that_follows_in_memory_is_one_too(run):
    firmware = Firmware(
        """
@ cortex-m4
Reset_Handler:
    f000 f803   bl    first
    e7fe        b     .
    bf00        nop
    bf00        nop
first:
    bf00        nop
    f000 b800   b.w   second            @ to the very next instruction
second:
    bf00        nop
    4770        bx    lr
"""
    )
    assert tree(run(firmware, roi="first")) == {START: 1, f"{START}/first": 1, f"{START}/first/second": 1}


POINTER = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f240 1415   movw  r4, #0x0115       @ leaf, with the Thumb bit
    f6c0 0400   movt  r4, #0x0800
    47a0        blx   r4                @ function pointer
    f20f 0e07   add   lr, pc, #7        @ call by hand: return to the B below
    bf00        nop
    4720        bx    r4
    e7fe        b     .
leaf:
    bf00        nop
    4770        bx    lr
"""
)


def test_a_call_through_a_pointer_is_a_call(run):
    recording = run(POINTER)

    assert 1 == sum(
        node.calls_count
        for node in recording.calls
        if node.calls_count and not node.is_tail_call and name_of(recording, node) == "leaf"
    )


def test_a_call_made_by_hand_returns_to_its_caller(run):
    """LR is set by ADD, so the BX looks like a tail call; the return must not leave Reset_Handler."""
    recording = run(POINTER)

    assert 2 == sum(count for path, count in tree(recording).items() if path.endswith("/leaf"))
    assert "idle_loop" == recording.stop.reason


RECURSION = Firmware(
    """
@ cortex-m4
Reset_Handler:
    2004        movs  r0, #4
    f000 f801   bl    down
    e7fe        b     .
down:
    b510        push  {r4, lr}
    3801        subs  r0, #1
    d001        beq   .Lend
    f7ff fffb   bl    down
.Lend:
    bd10        pop   {r4, pc}
"""
)


def test_recursion_is_one_node_per_depth(run):
    assert tree(run(RECURSION)) == {START + "/down" * depth: 1 for depth in range(5)}


JUMP_OUT = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f000 f803   bl    outer
    f000 f812   bl    after
    e7fe        b     .
outer:
    b510        push  {r4, lr}
    46e8        mov   r8, sp            @ setjmp by hand
    f000 f802   bl    middle
    bf00        nop
.Lback:
    bd10        pop   {r4, pc}
middle:
    b510        push  {r4, lr}
    f000 f801   bl    inner
    bd10        pop   {r4, pc}
inner:
    b510        push  {r4, lr}
    46c5        mov   sp, r8            @ longjmp by hand
    a001        adr   r0, .Ltarget
    6801        ldr   r1, [r0]
    4708        bx    r1
    .balign 4
.Ltarget:
    08000115    .word 0x08000100 + .Lback - Reset_Handler + 1
after:
    bf00        nop
    4770        bx    lr
"""
)


def test_longjmp_leaves_the_functions_that_it_jumps_over(run):
    """`after` is called by Reset_Handler, not by anything that longjmp left."""
    assert tree(run(JUMP_OUT)) == {
        START: 1,
        f"{START}/outer": 1,
        f"{START}/outer/middle": 1,
        f"{START}/outer/middle/inner": 1,
        f"{START}/after": 1,
    }


def test_a_stripped_firmware_has_functions_named_by_address(run):
    """Called places become functions; where reset begins is known only as such."""
    stripped = run(replace(RECURSION, is_stripped=True))
    named = run(RECURSION)

    assert self_cycles_of(named, "down") == self_cycles_of(stripped, f"sub_{RECURSION.addr('down'):08X}")


COLD = Firmware(
    """
@ cortex-m4
Reset_Handler:
    2000        movs  r0, #0
    f000 f801   bl    hot
    e7fe        b     .
hot:
    b510        push  {r4, lr}
    2800        cmp   r0, #0
    d000        beq   hot_cold
.Lback:
    bd10        pop   {r4, pc}
hot_cold:
    bf00        nop
    e7fc        b     .Lback
"""
)


def test_a_cold_part_does_not_end_the_call(run):
    """GCC puts unlikely code into hot.cold; it comes back by a jump, and hot returns to its caller."""
    listing = COLD.listing.replace("hot_cold:", "hot.cold:")
    recording = run(replace(COLD, listing=listing))

    assert 1 == tree(recording)[f"{START}/hot"]
    assert (
        sum(node.self_cycles for node in recording.calls) == recording.total_cycles - recording.sleep_cycles
    )


HANDLER = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f000 f801   bl    main
    e7fe        b     .
main:
    b510        push  {r4, lr}
    f64e 5404   movw  r4, #0xED04
    f2ce 0400   movt  r4, #0xE000
    f04f 5680   mov   r6, #0x10000000   @ PENDSVSET
    6026        str   r6, [r4]
    f3bf 8f6f   isb
    f000 f801   bl    leaf
    bd10        pop   {r4, pc}
leaf:
    4770        bx    lr
PendSV_Handler:
    b510        push  {r4, lr}
    f7ff fffc   bl    leaf
    bd10        pop   {r4, pc}
"""
)


def test_a_handler_has_a_tree_of_its_own(run):
    assert tree(run(HANDLER)) == {
        START: 1,
        f"{START}/main": 1,
        f"{START}/main/leaf": 1,
        "exception 14 PendSV/PendSV_Handler": 1,
        "exception 14 PendSV/PendSV_Handler/leaf": 1,
    }
