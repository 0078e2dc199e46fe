"""Faults with a course of their own: wrong jumps, stack overflow, lockup, and faults that the firmware handles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.machine.firmware import RAM_ADDR, Firmware
from tests.machine.reading import log_of

INVSTATE, UNALIGNED, IBUSERR, STKERR, BFARVALID = 1 << 17, 1 << 24, 1 << 8, 1 << 12, 1 << 15
"""CFSR (Armv7-M ARM, B3.2.15)."""

JUMP = """
@ cortex-m4
Reset_Handler:
    f000 f801   bl    main
    e7fe        b     .
main:
    b510        push  {r4, lr}
    2455        movs  r4, #85
    {target}
    4788        blx   r1
    bd10        pop   {r4, pc}
"""

JUMPS = {
    "to where nothing is": ("f06f 4110  mvn r1, #0x90000000", 0x6FFF_FFFE, IBUSERR),
    "to an even address in flash": ("f04f 6100  mov r1, #0x08000000", 0x0800_0000, INVSTATE),
    "to null": ("2100  movs r1, #0", 0, INVSTATE),
}


@pytest.mark.parametrize("name", list(JUMPS))
def test_a_wrong_jump_faults_at_its_target_with_exit_code_3(name, run_command):
    """Entry to the target succeeds, the fetch there fails (Armv7-M ARM, B1.5.14): PC is the target."""
    code, target_addr, bits = JUMPS[name]
    exit_code, report = run_command(Firmware(JUMP.replace("{target}", f"    {code}")))
    fault = report["stop"]["fault"]

    assert (3, target_addr, bits) == (exit_code, fault["pc_addr"], fault["cfsr"])


@pytest.mark.parametrize("name", list(JUMPS))
def test_the_backtrace_of_a_wrong_jump_starts_with_the_caller(name, run_command):
    _, report = run_command(Firmware(JUMP.replace("{target}", f"    {JUMPS[name][0]}")))
    functions = [frame["function"].split("+")[0] for frame in report["stop"]["fault"]["backtrace"]]

    assert ["main", "Reset_Handler"] == functions[1:3]


UNALIGNED_M0 = Firmware(
    """
@ cortex-m0
Reset_Handler:
    2120        movs  r1, #0x20
    0609        lsls  r1, r1, #24
    3101        adds  r1, #1
    2455        movs  r4, #85
fault:
    6808        ldr   r0, [r1]
    e7fe        b     .
""",
    core="cortex-m0",
)


def test_an_unaligned_load_faults_on_cortex_m0(run_command):
    """Armv6-M has no unaligned access (Armv6-M ARM, A3.2.1)."""
    exit_code, report = run_command(UNALIGNED_M0)
    fault = report["stop"]["fault"]

    assert (3, UNALIGNED_M0.addr("fault"), UNALIGNED) == (exit_code, fault["pc_addr"], fault["cfsr"])


OVERFLOW = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f000 f801   bl    recurse
    e7fe        b     .
recurse:
    b5f0        push  {r4-r7, lr}
    f7ff fffd   bl    recurse
    bdf0        pop   {r4-r7, pc}
""",
    stack_addr=RAM_ADDR + 0x200,
)


def test_a_stack_overflow_below_ram_faults_at_the_push(run_command):
    """0x200 bytes hold 25 frames of 20 bytes; the push of the 26th goes below RAM, and so does its exception frame."""
    exit_code, report = run_command(OVERFLOW)
    fault = report["stop"]["fault"]

    assert (3, OVERFLOW.addr("recurse")) == (exit_code, fault["pc_addr"])
    assert fault["cfsr"] & (STKERR | BFARVALID)
    assert "stack overflow" in fault["hint"]


def test_the_backtrace_of_a_stack_overflow_shows_the_recursion_once(run_command):
    """The push, the call it came from (equal frames in a row are shown once), and who began."""
    _, report = run_command(OVERFLOW)
    functions = [frame["function"].split("+")[0] for frame in report["stop"]["fault"]["backtrace"]]

    assert ["recurse", "recurse", "Reset_Handler"] == functions


LOCKUP = Firmware(
    """
@ cortex-m4
Reset_Handler:
    de00        udf   #0
HardFault_Handler:
    2501        movs  r5, #1
second:
    de01        udf   #1
"""
)


def test_a_fault_in_the_hardfault_handler_is_a_lockup(run_command):
    """Armv7-M ARM, B1.5.15; the report is about the first fault, the stop about the second."""
    exit_code, report = run_command(LOCKUP)
    stop = report["stop"]

    assert (3, LOCKUP.addr("second"), LOCKUP.addr("Reset_Handler")) == (
        exit_code,
        stop["pc_addr"],
        stop["fault"]["pc_addr"],
    )
    assert "lockup" in stop["detail"]


def test_a_breakpoint_without_debugger_ends_the_run_with_exit_code_3(run_command):
    firmware = Firmware("Reset_Handler:\n    2001  movs r0, #1\n    be00  bkpt #0\n")
    exit_code, report = run_command(firmware)

    assert (3, "breakpoint", firmware.addr("Reset_Handler") + 2) == (
        exit_code,
        report["stop"]["reason"],
        report["stop"]["pc_addr"],
    )


HANDLED = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f04f 5a00   mov   r10, #0x20000000
    f64e 5024   movw  r0, #0xED24       @ SHCSR: BusFault on
    f2ce 0000   movt  r0, #0xE000
    f44f 3100   mov   r1, #0x00020000
    6001        str   r1, [r0]
    f000 f801   bl    main
    e7fe        b     .
main:
    2001        movs  r0, #1
    f80a 0b01   strb  r0, [r10], #1
    f04f 4110   mov   r1, #0x90000000
    6808        ldr   r0, [r1]          @ faults; the handler skips its two bytes
    2003        movs  r0, #3
    f80a 0b01   strb  r0, [r10], #1
    4770        bx    lr
BusFault_Handler:
    2002        movs  r0, #2
    f80a 0b01   strb  r0, [r10], #1
    9806        ldr   r0, [sp, #24]
    3002        adds  r0, #2
    9006        str   r0, [sp, #24]
    4770        bx    lr
""",
    variables=(("log", 16),),
)


def test_firmware_that_handles_a_fault_goes_on(run):
    assert [1, 2, 3] == log_of(run(HANDLED, reads=("log",)))


def test_a_handled_fault_gives_exit_code_0_and_a_warning(run_command):
    exit_code, report = run_command(HANDLED)

    assert (0, "main_returned") == (exit_code, report["stop"]["reason"])
    assert any(
        "handled a fault: read where there is no memory (0x90000000)" in each for each in report["warnings"]
    )


@pytest.mark.parametrize(
    "firmware",
    [
        pytest.param(HANDLED, id="handled"),
        pytest.param(LOCKUP, id="lockup"),
        pytest.param(OVERFLOW, id="overflow"),
    ],
)
def test_a_fault_in_the_middle_of_a_block_loses_no_cycle(firmware, run):
    """The block that did not run to its end is counted as the part that ran."""
    recording = run(firmware)
    node_cycles = sum(node.self_cycles for node in recording.calls)
    reason_cycles = sum(cycles for _, cycles in recording.reason_cycles)

    assert recording.total_cycles - recording.sleep_cycles == node_cycles == reason_cycles


def test_a_fault_handler_that_returns_to_the_same_instruction_ends_the_run(run_command):
    """Without a limit the run would take the same fault for ever."""
    forever = replace(
        HANDLED, listing=HANDLED.listing.replace("3002        adds  r0, #2", "3000        adds  r0, #0")
    )

    assert 3 == run_command(forever)[0]


DIVIDE = """
@ cortex-m4
Reset_Handler:
    f64e 5014   movw  r0, #0xED14       @ CCR.DIV_0_TRP
    f2ce 0000   movt  r0, #0xE000
    2110        movs  r1, #16
    6001        str   r1, [r0]
    2200        movs  r2, #0
    fbb1 f3f2   udiv  r3, r1, r2
    e7fe        b     .
"""


def test_a_division_by_zero_that_should_trap_is_announced(run):
    """The trap is not modelled: the report says so."""
    recording = run(Firmware(DIVIDE))

    assert any("DIV_0_TRP" in each for each in recording.warnings)


FAULT_IN_HANDLER = """
@ cortex-m4
Reset_Handler:
    f000 f801   bl    main
    e7fe        b     .
main:
    b510        push  {r4, lr}
    f64e 5404   movw  r4, #0xED04       @ ICSR
    f2ce 0400   movt  r4, #0xE000
    f04f 5680   mov   r6, #0x10000000   @ PENDSVSET
    6026        str   r6, [r4]
    f3bf 8f6f   isb
    bd10        pop   {r4, pc}
PendSV_Handler:
    f04f 40c0   mov   r0, #0x60000000
    6800        ldr   r0, [r0]
    4770        bx    lr
"""


@pytest.mark.parametrize("core", ["cortex-m4", "cortex-m7", "cortex-m33"])
def test_a_backtrace_leads_over_the_frame_of_an_interrupt(core, run_command):
    """Each architecture has its own values in LR; without TrustZone the M33's is 0xFFFFFFB8."""
    _, report = run_command(Firmware(FAULT_IN_HANDLER, core=core))
    functions = [frame["function"].split("+")[0] for frame in report["stop"]["fault"]["backtrace"]]

    assert ["PendSV_Handler", "main", "Reset_Handler"] == functions


@pytest.mark.parametrize(
    ("core", "bit"), [("cortex-m3", 1 << 19), ("cortex-m4", 1 << 16), ("cortex-m33", 1 << 16)]
)
def test_double_precision_is_undefined_on_a_single_precision_fpu(core, bit, run_command):
    """UNDEFINSTR where there is an FPU, NOCP where there is none (Armv7-M ARM, B1.5.14, A6.4)."""
    listing = """
Reset_Handler:
    f64e 5088   movw  r0, #0xED88       @ CPACR: FPU on
    f2ce 0000   movt  r0, #0xE000
    f44f 0170   mov   r1, #0x00F00000
    6001        str   r1, [r0]
    f3bf 8f6f   isb
    ee31 0b02   vadd.f64 d0, d1, d2
    e7fe        b     .
"""
    _, report = run_command(Firmware(listing, core=core))

    assert bit == report["stop"]["fault"]["cfsr"]


def test_a_jump_into_device_space_is_a_memmanage_fault_there(run_command):
    """0x40000000 is execute-never whatever is there (Armv7-M ARM, B3.1): IACCVIOL."""
    code = "f04f 4180  mov r1, #0x40000000\n    3101  adds r1, #1"
    _, report = run_command(Firmware(JUMP.replace("{target}", f"    {code}")))
    fault = report["stop"]["fault"]

    assert (0x4000_0000, 1) == (fault["pc_addr"], fault["cfsr"])
