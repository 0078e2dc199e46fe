"""What firmware chose that changes the supply current: phases by regulator, range and clocks; deep sleep by mode."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.board.load import load_board
from mcusim.firmware.elf import load_image
from mcusim.firmware.symbols import SymbolTable
from mcusim.machine.machine import Machine
from mcusim.machine.options import MachineOptions, Region, RegionKind
from mcusim.machine.record import record
from mcusim.recording.recording import DeepSleep
from tests.machine.firmware import Firmware
from tests.machine.test_stm32_stop import PLL_80_MHZ, PWR, RCC, SCR, STOP_2, WAKE_UP, writing_firmware

USART2_ON, USART2_OFF = (RCC + 0x58, 1 << 17 | 1 << 28), (RCC + 0x58, 1 << 28)
"""APB1ENR1: USART2EN, PWREN (stm32l476xx.h)."""
RANGE_2 = (PWR, 0b10 << 9)
WAKE_S = 0.0005
"""A made-up wake-up time, half a millisecond: 40 000 cycles at 80 MHz."""


def _recorded(tmp_path, firmware, board_name="nucleo_l476rg", wake_ups=(), max_seconds=10.0):
    path = tmp_path / "firmware.elf"
    path.write_bytes(firmware.elf())
    image = load_image(path)
    options = MachineOptions(
        Region(RegionKind.WHOLE, "(whole run)"), max_seconds=max_seconds, wake_ups=wake_ups
    )
    machine = Machine(load_board(board_name), image, SymbolTable(image), options)
    machine.run()
    return record(machine, (), {}, -1)


def _assert_whole(recording):
    """Phases follow each other without a gap, and what they consist of adds up."""
    begin_cycles = 0
    for phase in recording.phases:
        assert begin_cycles == phase.begin_cycles
        assert sum(each.cycles for each in phase.deep) == phase.stop_cycles
        begin_cycles += phase.active_cycles + phase.sleep_cycles + phase.stop_cycles + phase.wake_cycles
        assert sum(phase.node_cycles) == phase.active_cycles
    assert begin_cycles == recording.total_cycles


def _deep(recording):
    return [each for phase in recording.phases for each in phase.deep]


def test_stop_2_until_the_wake_up_timer_is_two_seconds_and_one_wake_up(tmp_path):
    """2 s at 80 MHz; waking up takes half a millisecond of that clock, which ends it on MSI at 4 MHz."""
    firmware = writing_firmware(*PLL_80_MHZ, *WAKE_UP, *STOP_2)
    recording = _recorded(tmp_path, firmware, wake_ups=(("stop2", WAKE_S),))
    (slept,) = _deep(recording)

    _assert_whole(recording)
    assert DeepSleep("stop2", False, slept.cycles, 1, 40_000) == slept
    assert slept.cycles == pytest.approx(160_000_000, rel=1e-4)
    assert (4_000_000, ()) == (recording.phases[-1].clock_hz, recording.phases[-1].deep)


def test_waking_up_delays_the_first_instruction_by_its_time(tmp_path):
    firmware = writing_firmware(*PLL_80_MHZ, *WAKE_UP, *STOP_2)
    at_once = _recorded(tmp_path, firmware)
    delayed = _recorded(tmp_path, firmware, wake_ups=(("stop2", WAKE_S),))

    assert (
        40_000 == delayed.total_cycles - at_once.total_cycles == delayed.sleep_cycles - at_once.sleep_cycles
    )
    assert at_once.instructions_count == delayed.instructions_count


def test_a_chip_without_the_mode_s_own_time_takes_that_of_its_kind(tmp_path):
    firmware = writing_firmware(*PLL_80_MHZ, *WAKE_UP, *STOP_2)
    (slept,) = _deep(_recorded(tmp_path, firmware, wake_ups=(("stop", WAKE_S),)))

    assert ("stop2", 40_000) == (slept.mode, slept.wake_cycles)


def test_the_wake_up_timer_goes_on_while_the_chip_wakes_up(tmp_path):
    """It comes every 2 s from when it was started; the second Stop is shorter by what waking up took."""
    twice = writing_firmware(*WAKE_UP, *STOP_2, sleeps_count=2)
    (both,) = _deep(_recorded(tmp_path, twice, wake_ups=(("stop2", 0.5),), max_seconds=20.0))

    assert (2, 2 * 2_000_000) == (both.wakes_count, both.wake_cycles)  # 0.5 s at MSI's 4 MHz
    assert both.cycles == pytest.approx(2 * 8_000_000 - 2_000_000, rel=1e-3)


def test_standby_takes_its_time_before_the_reset(tmp_path):
    """LPMS 3; the firmware does it all again after each reset, so the run ends in a loop of resets."""
    firmware = writing_firmware(*WAKE_UP, (PWR, 3), (SCR, 1 << 2))
    recording = _recorded(tmp_path, firmware, wake_ups=(("standby", WAKE_S),), max_seconds=100.0)
    slept = _deep(recording)

    _assert_whole(recording)
    assert {("standby", True)} == {(each.mode, each.is_standby) for each in slept}
    assert 2_000 * sum(each.wakes_count for each in slept) == sum(each.wake_cycles for each in slept) > 0


def test_a_limit_within_the_wake_up_ends_the_run_there(tmp_path):
    firmware = writing_firmware(*PLL_80_MHZ, *WAKE_UP, *STOP_2)
    recording = _recorded(tmp_path, firmware, wake_ups=(("stop2", 3.0),), max_seconds=3.0)

    _assert_whole(recording)
    assert "max_seconds" == recording.stop.reason
    assert sum(each.wake_cycles for each in _deep(recording)) == pytest.approx(80_000_000, rel=1e-3)


def test_phases_say_which_voltage_range_and_which_clocks_were_on(tmp_path):
    firmware = writing_firmware(USART2_ON, RANGE_2, USART2_OFF, sleeps_count=0)
    recording = _recorded(tmp_path, firmware)
    settings = [phase.power for phase in recording.phases]
    reset = settings[0]

    _assert_whole(recording)
    assert ("range1", "") == (reset.voltage_range, reset.regulator)
    assert [
        ("range1", False, False),
        ("range1", True, True),
        ("range2", True, True),
        ("range2", False, True),
    ] == [(each.voltage_range, "usart2" in each.peripherals, "pwr" in each.peripherals) for each in settings]
    assert list(reset.peripherals) == sorted(reset.peripherals)


TOGGLING = Firmware(
    """
Reset_Handler:
    f241 0058   movw  r0, #0x1058           @ RCC_APB1ENR1
    f2c4 0002   movt  r0, #0x4002
    f44f 3100   mov   r1, #1 << 17
    2200        movs  r2, #0
    f242 7410   movw  r4, #10000
.Lloop:
    6001        str   r1, [r0]
    6002        str   r2, [r0]
    3c01        subs  r4, #1
    d1fb        bne   .Lloop
    be00        bkpt  #0
"""
)


def test_a_clock_switched_thousands_of_times_stays_two_settings(tmp_path):
    """One stretch of one clock: the time with and without USART2 is put together, to the cycle."""
    recording = _recorded(tmp_path, TOGGLING)
    settings = [phase.power for phase in recording.phases]
    is_on = ["usart2" in each.peripherals for each in settings]
    on, off = (
        sum(phase.active_cycles for phase, each in zip(recording.phases, is_on, strict=True) if each is want)
        for want in (True, False)
    )

    _assert_whole(recording)
    assert len(settings) <= 3
    # On from the first store to the second: 1 cycle of 6 to 7 in each round.
    assert 10_000 == pytest.approx(on, abs=10)
    assert off > 2 * on


MANY = Firmware(
    """
Reset_Handler:
    f241 004c   movw  r0, #0x104C           @ RCC_AHB2ENR
    f2c4 0002   movt  r0, #0x4002
    f44f 7400   mov   r4, #512
.Lloop:
    6004        str   r4, [r0]
    3c01        subs  r4, #1
    d1fc        bne   .Lloop
    be00        bkpt  #0
"""
)


def test_too_many_settings_are_a_warning_and_no_cycle_is_lost(tmp_path):
    """512 combinations of nine bits of AHB2ENR, of which eight are ports: 256 settings and more."""
    recording = _recorded(tmp_path, MANY)

    _assert_whole(recording)
    assert len(recording.phases) <= 256
    assert any("combinations of peripheral clocks" in text for text in recording.warnings)


def test_two_runs_are_the_same(tmp_path):
    firmware = writing_firmware(USART2_ON, *PLL_80_MHZ, *WAKE_UP, RANGE_2, *STOP_2)
    first, second = (_recorded(tmp_path, firmware, wake_ups=(("stop2", WAKE_S),)) for _ in range(2))

    assert replace(first, tool_version="") == replace(second, tool_version="")
