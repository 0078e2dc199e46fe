"""Runs that change the chip (--set, --without, --ignore): the bundled sample has 5 wait states and both caches on."""

from __future__ import annotations

from functools import cache

import pytest

from mcusim.board.load import load_board
from mcusim.errors import UsageError
from mcusim.machine.flash_control import AutoWaits, FlashOverrides
from mcusim.machine.what_if import flash_overrides
from mcusim.report.report import Report
from mcusim.report.request import RunRequest
from mcusim.session import measure
from mcusim.shipped import shipped_dir

SAMPLE = shipped_dir("firmware_samples") / "digits_cnn"
MEMORY_STALLS = ("flash-fetch", "flash-data", "instruction-cache", "data-cache")


@cache
def report_of(settings=(), ignored=()) -> Report:
    """The sample's inferences in the first 30 ms on the STM32L4R5."""
    request = RunRequest(
        SAMPLE / "nucleo_l4r5zi.elf", "nucleo_l4r5zi", max_seconds=0.03, settings=settings, ignored=ignored
    )
    report = measure(request)
    assert report.inference.calls_count >= 1
    return report


def cycles_of(settings=(), ignored=()) -> float:
    cycles = report_of(settings, ignored).inference.cycles
    assert cycles is not None
    return cycles


def test_flash_without_wait_states_is_flash_without_its_stalls():
    """Two ways to take the same cycles away: nothing waits, or waiting costs nothing."""
    no_waits = report_of((("flash.wait_states", 0),)).inference
    no_stalls = report_of(ignored=MEMORY_STALLS).inference

    assert no_waits.cycles == no_stalls.cycles
    assert no_waits.cycles < cycles_of()


@pytest.mark.parametrize("part", ["instruction_cache", "data_cache"])
def test_flash_without_a_cache_is_slower_whatever_firmware_switches_on(part):
    assert cycles_of(((f"flash.{part}", False),)) > cycles_of()


def test_flash_with_prefetch_is_faster_though_firmware_leaves_it_off():
    assert cycles_of((("flash.prefetch", True),)) < cycles_of()


def test_a_setting_that_is_what_firmware_programs_changes_nothing():
    """FLASH_ACR resets to 0x600 and the sample leaves that: both caches on, prefetch off."""
    same = (("flash.prefetch", False), ("flash.instruction_cache", True), ("flash.data_cache", True))

    assert cycles_of(same) == cycles_of()


def test_the_phases_show_the_wait_states_of_the_setting_from_reset_on():
    phases = report_of((("flash.wait_states", 3),)).phases

    assert {phase.flash_wait_cycles for phase in phases} == {3}
    assert 5 in {phase.flash_wait_cycles for phase in report_of().phases}


def test_too_few_wait_states_of_a_setting_are_warned_of_too():
    report = report_of((("flash.wait_states", 3),))

    assert report.what_if == ("flash.wait_states=3",)
    assert [each for each in report.warnings if "with 3 flash wait states, which needs 5" in each]


@pytest.mark.parametrize("stall", ["load-use", "branch-refill", "instruction-cache", "data-cache"])
def test_an_ignored_stall_is_not_among_the_reasons_and_its_cycles_are_gone(stall):
    plain, changed = report_of(), report_of(ignored=(stall,))
    name = stall.replace("-", "_")

    assert dict(plain.reasons)[name] > 0
    assert dict(changed.reasons).get(name, 0) == 0
    assert cycles_of(ignored=(stall,)) < cycles_of()
    assert sum(cycles for _, cycles in changed.reasons) == changed.totals.active_cycles


def test_an_unknown_stall_is_refused_before_anything_runs():
    with pytest.raises(UsageError, match="there is no stall 'fetching' to ignore"):
        report_of(ignored=("fetching",))


def test_one_cache_for_instructions_and_data_is_switched_for_both():
    """RP2040: XIP cache."""
    overrides = flash_overrides((("flash.instruction_cache", False),), load_board("raspberry_pi_pico"))

    assert overrides == FlashOverrides(is_instruction_cache_on=False, is_data_cache_on=False)


def test_a_setting_of_one_part_leaves_the_others_to_the_firmware():
    board = load_board("nucleo_l4r5zi")

    assert flash_overrides((), board) == FlashOverrides()
    assert flash_overrides((("flash.wait_states", 0),), board) == FlashOverrides(wait_cycles=0)
    assert flash_overrides((("flash.data_cache", False),), board) == FlashOverrides(is_data_cache_on=False)


@pytest.mark.parametrize(
    ("board", "setting", "what", "why"),
    [
        ("generic_m0plus", ("flash.data_cache", True), "on board 'generic_m0plus'", "is ideal"),
        ("generic_m4", ("flash.wait_states", 5), "on board 'generic_m4'", "no wait states"),
        ("nano33ble", ("flash.prefetch", True), "chip nrf52840 has no prefetch", "instruction_cache"),
        ("nano33ble", ("flash.data_cache", True), "chip nrf52840 has no data cache", "wait_states"),
        ("raspberry_pi_pico", ("flash.data_cache", False), "no data cache of its own", "one cache serves"),
    ],
)
def test_what_the_chip_does_not_have_cannot_be_set(board, setting, what, why):
    with pytest.raises(UsageError) as caught:
        flash_overrides((setting,), load_board(board))

    assert what in caught.value.what
    assert why in caught.value.why
    assert caught.value.fix


def test_the_second_setting_is_checked_like_the_first():
    with pytest.raises(UsageError, match="has no prefetch"):
        flash_overrides(
            (("flash.instruction_cache", True), ("flash.prefetch", True)), load_board("nano33ble")
        )


def test_automatic_wait_states_follow_the_clock_that_firmware_programs():
    """RM0432, 3.3.3: MSI at 4 MHz after reset needs none, 120 MHz in range 1 boost needs 5."""
    phases = report_of((("flash.wait_states", "auto"),)).phases
    waits = {phase.clock_hz: phase.flash_wait_cycles for phase in phases}

    assert (0, 5) == (waits[4_000_000], waits[120_000_000])


def test_automatic_wait_states_hold_for_the_users_supply_and_range():
    board = load_board("nucleo_l4r5zi")
    settings = (("flash.wait_states", "auto"), ("power.voltage_range", "range2"))

    assert flash_overrides(settings, board, 1.8) == FlashOverrides(auto_waits=AutoWaits(1.8, "range2"))
    assert flash_overrides(settings[:1], board) == FlashOverrides(auto_waits=AutoWaits(3.3, ""))


def test_wait_states_of_the_firmware_are_no_setting():
    assert cycles_of((("flash.wait_states", "firmware"),)) == cycles_of()
    assert report_of((("flash.wait_states", "firmware"),)).what_if == ()


def test_automatic_wait_states_need_a_table():
    with pytest.raises(UsageError, match="cannot be used on board 'raspberry_pi_pico'") as caught:
        flash_overrides((("flash.wait_states", "auto"),), load_board("raspberry_pi_pico"))
    assert "no table says" in caught.value.why


def test_a_voltage_range_changes_the_current_and_no_cycle():
    """At 20 MHz both ranges of the STM32L4R5 are possible (RM0432, 5.1.8)."""

    def at(voltage_range):
        settings = (("power.voltage_range", voltage_range),)
        elf = SAMPLE / "nucleo_l4r5zi.elf"
        return measure(
            RunRequest(elf, "nucleo_l4r5zi", clock_hz=20_000_000, max_seconds=0.1, settings=settings)
        )

    high, low = at("range1"), at("range2")

    assert high.inference.cycles == low.inference.cycles
    assert high.inference.energy_j.value > low.inference.energy_j.value
    assert {"range2"} == {each.voltage_range for each in low.energy.currents}
    assert ("power.voltage_range=range2",) == low.what_if


@pytest.mark.parametrize(
    ("setting", "what", "why"),
    [
        (("power.regulator", "smps"), "regulator cannot be 'smps'", "knows ldo"),
        (("power.voltage_range", "vos1"), "voltage_range cannot be 'vos1'", "range2"),
    ],
)
def test_a_power_setting_that_nothing_is_known_of_is_refused_before_the_run(setting, what, why):
    with pytest.raises(UsageError, match=what) as caught:
        report_of((setting,))
    assert why in caught.value.why
