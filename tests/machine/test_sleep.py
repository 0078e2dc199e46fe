"""Sleeping costs time and no work, and a run ends by itself when nothing is left that could happen."""

from __future__ import annotations

import pytest

from tests.machine.firmware import Firmware
from tests.machine.reading import calls_of, log_of

SYSTICK = """
    f24e 0810   movw  r8, #0xE010
    f2ce 0800   movt  r8, #0xE000
    f242 710f   movw  r1, #9999
    f8c8 1004   str   r1, [r8, #4]
    f8c8 1008   str   r1, [r8, #8]
    2107        movs  r1, #7
    f8c8 1000   str   r1, [r8]
"""
"""SysTick every 10000 cycles: 100 µs at the ideal board's 100 MHz."""
SLOW_SYSTICK = SYSTICK.replace("f242 710f   movw  r1, #9999", "f244 213f f2c0 010f  movw, movt r1, #999999")
HANDLER = "SysTick_Handler:\n    4770  bx lr\n"
THREE_SLEEPS = Firmware(
    "Reset_Handler:" + SYSTICK + "    bf30 bf30 bf30  wfi, three times\n    be00  bkpt #0\n" + HANDLER
)

ENDINGS = {
    "WFI with nothing pending": ("bf30  wfi", "sleep_forever"),
    "WFE with nothing pending": ("bf20  wfe", "sleep_forever"),
    "branch to itself": ("e7fe  b .", "idle_loop"),
    "WFI in a loop": ("bf30 e7fd  wfi; b back", "sleep_forever"),
    "NOP in a loop": ("bf00 e7fd  nop; b back", "idle_loop"),
}


@pytest.mark.parametrize("name", list(ENDINGS))
def test_a_run_ends_when_nothing_can_happen_any_more(name, run_command):
    code, reason = ENDINGS[name]
    exit_code, report = run_command(Firmware(f"Reset_Handler:\n    {code}\n"))

    assert (0, reason) == (exit_code, report["stop"]["reason"])


@pytest.mark.parametrize("name", ["branch to itself", "WFI in a loop", "NOP in a loop"])
def test_a_run_with_only_a_tick_ends_after_a_second_without_anything_else(name, run):
    """1 s is 100 million cycles of the ideal board and 100 ticks of a million cycles."""
    code, reason = ENDINGS[name]
    recording = run(Firmware(f"Reset_Handler:{SLOW_SYSTICK}    {code}\n{HANDLER}"))

    assert reason == recording.stop.reason
    assert 100_000_000 <= recording.total_cycles < 102_000_000
    assert 100 <= calls_of(recording, "SysTick_Handler") <= 101


def test_sleep_skips_to_the_next_tick(run):
    """Three periods of 10000 cycles pass; the core is awake for set-up and three short handlers."""
    recording = run(THREE_SLEEPS)
    awake_cycles = recording.total_cycles - recording.sleep_cycles

    assert 3 == calls_of(recording, "SysTick_Handler")
    assert 30_000 < recording.total_cycles < 30_100
    assert awake_cycles < 200


def test_time_limit_ends_a_sleep(run_command):
    """2^-14 s are 6103.5 cycles of the ideal board: more than half the way to the first tick."""
    exit_code, report = run_command(THREE_SLEEPS, "--max-seconds", "0.00006103515625")

    assert (4, "max_seconds", 6104) == (exit_code, report["stop"]["reason"], report["totals"]["cycles"])


EVENTS = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f04f 5a00   mov   r10, #0x20000000
    2001        movs  r0, #1
    f80a 0b01   strb  r0, [r10], #1
    bf40        sev
    bf20        wfe                     @ the event is there: goes on, and clears it
    2002        movs  r0, #2
    f80a 0b01   strb  r0, [r10], #1
    bf20        wfe                     @ sleeps for ever
    2003        movs  r0, #3
    f80a 0b01   strb  r0, [r10], #1
    e7fe        b     .
""",
    variables=(("log", 16),),
)


def test_wfe_goes_on_once_after_sev(run):
    """Armv7-M ARM, B1.5.18."""
    recording = run(EVENTS, reads=("log",))

    assert ([1, 2], "sleep_forever") == (log_of(recording), recording.stop.reason)


def test_an_exception_is_an_event_for_wfe(run):
    """Set-up of SysTick, first WFE woken by the tick; the return from its handler sets the event register too."""
    recording = run(Firmware("Reset_Handler:" + SYSTICK + "    bf20  wfe\n    be00  bkpt #0\n" + HANDLER))

    assert ("breakpoint", 1) == (recording.stop.reason, calls_of(recording, "SysTick_Handler"))


MAIN = "Reset_Handler:\n    f000 f801  bl main\n    e7fe  b .\nmain:\n    2001 4770  movs r0, #1; bx lr\n"


def test_an_endless_loop_behind_main_means_that_main_returned(run):
    assert "main_returned" == run(Firmware(MAIN)).stop.reason


def test_a_tick_may_run_for_seconds_before_the_first_inference(run):
    """A sketch that begins with delay(3000) does nothing but tick for three seconds: 300 ticks of 10 ms."""
    count_ticks = "SysTick_Handler:\n    3401  adds r4, #1\n    4770  bx lr\n"
    loop = (
        "    2400        movs  r4, #0\n"
        "    f44f 7596   mov.w r5, #300\n"
        "    bf30        wfi\n"
        "    42ac        cmp   r4, r5\n"
        "    d3fc        bcc   back to wfi\n"
        "    f000 f801   bl    infer\n"
        "    be00        bkpt  #0\n"
    )
    firmware = Firmware(f"Reset_Handler:{SLOW_SYSTICK}{loop}infer:\n    4770  bx lr\n{count_ticks}")

    recording = run(firmware, roi="infer", max_seconds=5.0)

    assert calls_of(recording, "infer") == 1
