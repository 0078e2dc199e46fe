"""STM32 firmware that goes to Stop and is woken: time passes, no work is done, the clock is the internal one."""

from __future__ import annotations

import pytest

from tests.machine.conftest import Run
from tests.machine.firmware import Firmware

RCC, RTC, EXTI, PWR, SCR, ISER = 0x4002_1000, 0x4000_2800, 0x4001_0400, 0x4000_7000, 0xE000_ED10, 0xE000_E100
IWDG = 0x4000_3000
SYSTICK_ON = ((0xE000_E014, 3_999), (0xE000_E018, 0), (0xE000_E010, 0b111))
WAKE_UP = (  # the RTC on LSE, its wake-up timer after WUTR + 1 seconds, EXTI line 20, interrupt 3 (RM0351)
    (RCC + 0x90, 0x8101),
    (RTC + 0x24, 0xCA),
    (RTC + 0x24, 0x53),
    (RTC + 0x14, 1),
    (RTC + 0x08, 0b100 | 1 << 10 | 1 << 14),
    (EXTI, 1 << 20),
    (EXTI + 0x08, 1 << 20),
    (ISER, 1 << 3),
)
PLL_80_MHZ = (
    (0x4002_2000, 0x604),
    (RCC + 0x0C, 1 | 40 << 8 | 1 << 24),
    (RCC, 0x0100_0063),
    (RCC + 0x08, 0b11),
)
STOP_2 = ((PWR, 2), (SCR, 1 << 2))


def writing_firmware(*writes: tuple[int, int], sleeps_count: int = 1) -> Firmware:
    """Writes words to addresses, sleeps at most twice, and stops at a breakpoint; interrupt 3 clears the wake-up."""
    table = "".join(f"    {word:08x}    .word\n" for write in writes for word in write)
    adr = "a205" if sleeps_count == 2 else "a204"
    end = {
        0: "be00 bf00    bkpt  #0; nop",
        1: "bf30 be00    wfi; bkpt  #0",
        2: "bf30 bf30 be00 bf00    wfi; wfi; bkpt  #0; nop",
    }[sleeps_count]
    return Firmware(
        f"""
Reset_Handler:
    {adr}        adr   r2, .Ltable
.Lloop:
    6810        ldr   r0, [r2]
    2800        cmp   r0, #0
    d003        beq   .Lend
    6851        ldr   r1, [r2, #4]
    6001        str   r1, [r0]
    3208        adds  r2, #8
    e7f8        b     .Lloop
.Lend:
    {end}
.Ltable:
{table}
    00000000    .word
IRQ3_Handler:
    4b03        ldr   r3, .Lpending
    f44f 1280   mov   r2, #1 << 20
    601a        str   r2, [r3]
    4b02        ldr   r3, .Lflags
    2200        movs  r2, #0            @ WUTF is cleared by writing 0
    601a        str   r2, [r3]
    4770        bx    lr
.Lpending:
    40010414    .word
.Lflags:
    4000280c    .word
SysTick_Handler:
    4770        bx    lr
"""
    )


def test_stop_lasts_until_the_wake_up_timer_and_ends_on_the_internal_oscillator(run: Run) -> None:
    """2 s in Stop 2, counted at the 80 MHz before it; afterwards MSI at 4 MHz (RM0351, Stop 2 mode)."""
    recording = run(writing_firmware(*PLL_80_MHZ, *WAKE_UP, *STOP_2), "nucleo_l476rg", max_seconds=5.0)
    stopped = [phase for phase in recording.phases if phase.stop_cycles]

    assert "breakpoint" == recording.stop.reason
    assert [80_000_000] == [phase.clock_hz for phase in stopped]
    assert sum(phase.stop_cycles for phase in stopped) == pytest.approx(160_000_000, rel=1e-4)
    assert (4_000_000, 0) == (recording.phases[-1].clock_hz, recording.phases[-1].stop_cycles)


@pytest.mark.parametrize(("mode", "is_woken_early"), [((), True), (STOP_2, False)], ids=["sleep", "stop"])
def test_systick_wakes_from_sleep_and_stands_still_in_stop(
    mode: tuple[tuple[int, int], ...], is_woken_early: bool, run: Run
) -> None:
    """A tick every 4000 cycles at 4 MHz is one per millisecond; the wake-up timer comes after two seconds."""
    recording = run(writing_firmware(*WAKE_UP, *SYSTICK_ON, *mode), "nucleo_l476rg", max_seconds=5.0)

    assert "breakpoint" == recording.stop.reason
    assert is_woken_early == (recording.total_cycles < 100_000)


def test_a_watchdog_bites_in_stop(run: Run) -> None:
    """Started before Stop with nothing else armed, it resets the chip again and again; the reason names it."""
    recording = run(writing_firmware((IWDG, 0xCCCC), *STOP_2), "nucleo_l476rg", max_seconds=60.0)

    assert "reset_loop" == recording.stop.reason
    assert "IWDG was not refreshed" in recording.stop.detail


def test_stop_without_a_wake_up_source_ends_the_run(run: Run) -> None:
    assert "sleep_forever" == run(writing_firmware(*STOP_2), "nucleo_l476rg").stop.reason


def test_a_wake_up_far_away_is_waited_for(run: Run) -> None:
    """40 s, though nothing but waiting happens for longer than a second."""
    late = tuple((addr, 39 if addr == RTC + 0x14 else value) for addr, value in WAKE_UP)
    recording = run(writing_firmware(*late, *STOP_2), "nucleo_l476rg", max_seconds=100.0)

    assert "breakpoint" == recording.stop.reason
    assert recording.total_cycles == pytest.approx(160_000_000, rel=1e-4)


def test_standby_ends_in_a_reset(run: Run) -> None:
    """PWR_CR1.LPMS 3: waking up is a reset (RM0351, Standby mode); then the firmware does it all again."""
    recording = run(writing_firmware(*WAKE_UP, (PWR, 3), (SCR, 1 << 2)), "nucleo_l476rg", max_seconds=100.0)

    assert any("wake-up from Standby" in text for text in recording.warnings)
