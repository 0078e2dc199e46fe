"""Flash at zero wait states that is not quite a word a cycle: the STM32F407 with its prefetch off."""

from __future__ import annotations

from tests.machine.firmware import Firmware

_ADDS = "    eb02 0203 eb02 0203 eb02 0203 eb02 0203   add.w r2, r2, r3, four times\n" * 4
_TWICE = Firmware(
    f"""
Reset_Handler:
    f000 f806   bl    main
.Lstay:
    e7fe        b     .Lstay
    bf00        nop
    f3af 8000   nop.w
    f3af 8000   nop.w
main:
    b510        push  {{r4, lr}}
    f000 f80d   bl    straight
    4803        ldr   r0, =0x40023C00   @ FLASH_ACR
    f44f 7180   mov.w r1, #256          @ PRFTEN
    6001        str   r1, [r0]
    f000 f807   bl    straight
    bd10        pop   {{r4, pc}}
    40023c00    .word 0x40023c00
    f3af 8000   nop.w
    f3af 8000   nop.w
straight:
{_ADDS}    4770        bx    lr
"""
)
_LINES_COUNT = 4  # of 16 bytes in `straight`, whose code is aligned


def _cycles(run, board, **options):
    """Of the first and of the second call."""
    calls = run(_TWICE, board, roi="straight", **options).region_calls
    return [call.end_cycles - call.begin_cycles for call in calls]


def test_each_line_costs_a_cycle_until_the_firmware_turns_prefetch_on(run):
    ideal, again = _cycles(run, "generic_m4")
    assert ideal == again
    without, with_prefetch = _cycles(run, "stm32f407g_disc1")
    assert with_prefetch == ideal
    # the first line of a branch's target is behind the refill; curve9767's author measured the others
    assert ideal + _LINES_COUNT - 1 <= without <= ideal + _LINES_COUNT


def test_with_wait_states_the_run_time_model_is_asked_instead(run):
    with_waits = _cycles(run, "stm32f407g_disc1", settings=(("flash.wait_states", 5),))
    assert min(with_waits) > max(_cycles(run, "stm32f407g_disc1"))
