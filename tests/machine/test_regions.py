"""What is measured, where the run stops, and what goes in and out of the firmware's variables."""

from __future__ import annotations

import pytest

from tests.machine.firmware import Firmware
from tests.machine.reading import self_cycles_of, tree, variable

CALLS = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f000 f803   bl    main
    2007        movs  r0, #7
    f000 f81a   bl    _exit
main:
    b510        push  {r4, lr}
    2003        movs  r0, #3
    f000 f80a   bl    work
    2009        movs  r0, #9
    f000 f807   bl    work
    2005        movs  r0, #5
    f000 f807   bl    factorial
    f04f 5100   mov   r1, #0x20000000
    6008        str   r0, [r1]
    bd10        pop   {r4, pc}
work:
    3801        subs  r0, #1
    d1fd        bne   work
    4770        bx    lr
factorial:
    b510        push  {r4, lr}
    4604        mov   r4, r0
    2801        cmp   r0, #1
    d003        beq   .Lone
    3801        subs  r0, #1
    f7ff fff9   bl    factorial
    4360        muls  r0, r4, r0
.Lone:
    bd10        pop   {r4, pc}
_exit:
    e7fe        b     .
""",
    variables=(("result", 4), ("array", 6)),
)


def test_the_region_counts_each_call_from_first_instruction_to_return(run):
    """n rounds of SUBS 1 and BNE 2 taken or 1 not (DDI0439, table 3-1), then BX: 3n - 1 + BX 1 and its refill 2."""
    recording = run(CALLS, roi="work")
    lengths = [call.end_cycles - call.begin_cycles for call in recording.region_calls]

    assert (2, sum(lengths)) == (recording.region_calls_count, recording.region_cycles)
    assert [min(lengths), max(lengths)] == [recording.region_cycles_min, recording.region_cycles_max]
    assert 3 * (9 - 3) == lengths[1] - lengths[0]


def test_a_function_without_callees_takes_its_self_cycles(run):
    recording = run(CALLS, roi="work")

    assert self_cycles_of(recording, "work") == recording.region_cycles


def test_recursion_counts_its_outermost_call(run):
    recording = run(CALLS, roi="factorial", reads=("result",))

    assert (1, 120) == (recording.region_calls_count, variable(recording, "result"))


def test_main_is_measured_when_no_region_is_named(run):
    recording = run(CALLS)

    assert ("main", "main", 1) == (recording.region_kind, recording.region_name, recording.region_calls_count)


def test_a_pair_of_places_measures_what_lies_between(run):
    """From the first instruction of work to the first of factorial, once: work does not begin again inside."""
    recording = run(CALLS, roi_begin="work", roi_end="factorial")
    whole = run(CALLS)
    between = self_cycles_of(whole, "work")

    assert ("pair", 1) == (recording.region_kind, recording.region_calls_count)
    assert between < recording.region_cycles < between + 20


def test_cycles_of_a_pair_are_those_of_its_phases(run):
    recording = run(CALLS, roi_begin="work", roi_end="factorial")

    assert recording.region_cycles == sum(each.active_cycles for each in recording.phases if each.in_region)


def test_until_stops_where_the_function_begins(run):
    recording = run(CALLS, until="factorial")

    assert ("until", CALLS.addr("factorial")) == (recording.stop.reason, recording.stop.pc_addr)
    assert not any("factorial" in path for path in tree(recording))


def test_exit_ends_the_run_with_its_status(run_command):
    exit_code, report = run_command(CALLS)

    assert (0, "exit", 7) == (exit_code, report["stop"]["reason"], report["stop"]["exit_status"])


@pytest.mark.parametrize("limit_cycles", [1, 2, 10, 33, 60])
def test_the_cycle_limit_stops_within_one_block(limit_cycles, run_command):
    """The longest block here is a handful of instructions: 16 cycles at most."""
    exit_code, report = run_command(CALLS, "--max-cycles", str(limit_cycles))

    assert (4, "max_cycles") == (exit_code, report["stop"]["reason"])
    assert limit_cycles <= report["totals"]["cycles"] <= limit_cycles + 16


COPY = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f04f 5000   mov   r0, #0x20000000   @ start-up code clears the variables: inputs must come later
    2100        movs  r1, #0
    6001        str   r1, [r0]
    6041        str   r1, [r0, #4]
    f000 f801   bl    main
    e7fe        b     .
main:
    f04f 5000   mov   r0, #0x20000000
    6801        ldr   r1, [r0]
    3101        adds  r1, #1
    6041        str   r1, [r0, #4]
    4770        bx    lr
""",
    variables=(("source", 4), ("target", 4)),
)


def test_input_and_output_fill_and_save_variables(run_command, tmp_path):
    (tmp_path / "in.bin").write_bytes(bytes([0xFF, 1, 2, 3]))
    run_command(
        COPY, "--input", f"source={tmp_path / 'in.bin'}", "--output", f"target={tmp_path / 'out.bin'}"
    )

    assert bytes([0x00, 2, 2, 3]) == (tmp_path / "out.bin").read_bytes()


def test_an_array_without_debug_information_is_read_as_bytes(run):
    assert (0,) * 6 == variable(run(CALLS, reads=("array",)), "array")


FOR_EVER = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f000 f802   bl    mcusim_infer
    e7fc        b     Reset_Handler
    bf00        nop
mcusim_infer:
    f44f 7000   mov.w r0, #512
.Lagain:
    3801        subs  r0, #1
    d1fd        bne   .Lagain
    4770        bx    lr
"""
)


def test_firmware_that_infers_for_ever_ends_after_a_second_of_calls(run):
    """Ten calls are enough, but not before a simulated second: at 100 kHz that is 65 calls of 1.5 ms."""
    recording = run(FOR_EVER, clock_hz=100_000, max_seconds=None)

    assert ("enough_calls", True) == (recording.stop.reason, recording.region_calls_count >= 10)
    assert 100_000 <= recording.total_cycles < 100_000 + 2 * recording.region_cycles_max


def test_a_limit_of_the_user_is_the_only_limit(run):
    recording = run(FOR_EVER, clock_hz=100_000, max_seconds=2.0)

    assert (2 * 100_000, "max_seconds") == (recording.total_cycles // 100 * 100, recording.stop.reason)
