"""Every kind of fault ends the run with exit code 3 and a report that names the instruction and the cause."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.machine.firmware import CODE_ADDR, Firmware

TEMPLATE = """
@ cortex-m4
Reset_Handler:
    f000 f801   bl    main
    e7fe        b     .
main:
    b510        push  {r4, lr}
    f000 f801   bl    broken
    bd10        pop   {r4, pc}
broken:
    b510        push  {r4, lr}
    2455        movs  r4, #85
    {setup}
    {fault}
    2463        movs  r4, #99           @ must not run
    bd10        pop   {r4, pc}
"""
BASE = Firmware(TEMPLATE)
UNDEFINSTR, NOCP, PRECISERR, BFARVALID = 1 << 16, 1 << 19, 1 << 9, 1 << 15
"""CFSR (Armv7-M ARM, B3.2.15)."""

CASES = {
    "FPU used while off": ("2107  movs r1, #7", "ee30 0a00  vadd.f32 s0, s0, s0", NOCP),
    "FPU moved to while off": ("2107  movs r1, #7", "ee00 1a10  vmov s0, r1", NOCP),
    "undefined 16-bit instruction": ("2107  movs r1, #7", "de00  udf #0", UNDEFINSTR),
    "undefined 32-bit instruction": ("2107  movs r1, #7", "f7f0 a000  udf.w #0", UNDEFINSTR),
    "read where nothing is": ("f04f 4110  mov r1, #0x90000000", "6808  ldr r0, [r1]", PRECISERR | BFARVALID),
    "write where nothing is": ("f04f 4110  mov r1, #0x90000000", "6008  str r0, [r1]", PRECISERR | BFARVALID),
    "write to flash": ("f04f 6100  mov r1, #0x08000000", "6008  str r0, [r1]", PRECISERR | BFARVALID),
}


def broken(setup: str, fault: str) -> Firmware:
    return replace(
        BASE, listing=TEMPLATE.replace("{setup}", f"    {setup}").replace("{fault}", f"    {fault}")
    )


@pytest.fixture(params=list(CASES))
def case(request, run_command):
    """Name, CFSR bits expected, exit code and fault report of one case."""
    setup, fault, bits = CASES[request.param]
    code, report = run_command(broken(setup, fault))
    return setup, bits, code, report["stop"]["fault"]


def size_bytes(line: str) -> int:
    """Of the instruction whose hex the line begins with."""
    return 2 * len(line.split("  ", maxsplit=1)[0].split())


def test_the_exit_code_is_3(case):
    assert 3 == case[2]


def test_the_program_counter_is_the_faulting_instruction(case):
    """broken() is at CODE_ADDR + 0x0E: push and movs, 2 bytes each, then the set-up."""
    assert CODE_ADDR + 0x0E + 4 + size_bytes(case[0]) == case[3]["pc_addr"]


def test_the_status_bits_name_the_cause(case):
    assert case[1] == case[3]["cfsr"]


def test_instructions_before_the_fault_have_run_and_those_after_it_have_not(case):
    assert 85 == dict(case[3]["registers"])["r4"]


def test_the_backtrace_names_the_callers(case):
    assert ["broken", "main", "Reset_Handler"] == [
        frame["function"].split("+")[0] for frame in case[3]["backtrace"]
    ]
