"""Warnings about flash that silicon would misread."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.analysis.warnings import run_warnings
from mcusim.board.schema import WaitStates
from mcusim.provenance import Basis, Provenance
from mcusim.recording.recording import PowerSetting

MHZ = 1_000_000
SOURCE = Provenance(Basis.ASSUMED, "a test")


def limits(*mhz: int, min_supply_v: float = 0.0, voltage_range: str = "") -> WaitStates:
    """Highest clocks with 0, 1, 2 … wait states."""
    return WaitStates(tuple(each * MHZ for each in mhz), SOURCE, min_supply_v, voltage_range)


@pytest.fixture
def warnings_at(recording, board, run_request):
    """Warnings of the hand-made run, its second phase at this clock; limits 30, 60 and 90 MHz."""

    def warnings(
        clock_hz: int, waits_count: int, voltage_range: str = "", supply_v: float = 3.3, **interface_changes
    ) -> list[str]:
        first, second = recording.phases
        second = replace(
            second,
            clock_hz=clock_hz,
            flash_wait_cycles=waits_count,
            power=PowerSetting(voltage_range=voltage_range),
        )
        assert board.chip.flash_interface is not None
        interface = replace(
            board.chip.flash_interface, **({"wait_states": (limits(30, 60, 90),)} | interface_changes)
        )
        changed = replace(board, chip=replace(board.chip, flash_interface=interface))
        request = replace(run_request, supply_v=supply_v)
        found = run_warnings(replace(recording, phases=(first, second)), changed, request)
        return [each for each in found if "wait state" in each]

    return warnings


@pytest.mark.parametrize(
    ("clock_hz", "waits_count", "says"),
    [
        (61 * MHZ, 1, "ran at 61.0 MHz with 1 flash wait state, which needs 2"),
        (90 * MHZ, 0, "ran at 90.0 MHz with no flash wait states, which needs 2"),
        (31 * MHZ, 0, "ran at 31.0 MHz with no flash wait states, which needs 1"),
        (
            200 * MHZ,
            1,
            "ran at 200 MHz with 1 flash wait state, which needs 2",
        ),  # above the table: at least its end
    ],
)
def test_too_few_wait_states_for_the_clock_are_named_with_what_is_needed(
    warnings_at, clock_hz, waits_count, says
):
    (warning,) = warnings_at(clock_hz, waits_count)

    assert says in warning
    assert "silicon would misread its flash" in warning


@pytest.mark.parametrize(
    ("clock_hz", "waits_count"), [(90 * MHZ, 2), (60 * MHZ, 1), (30 * MHZ, 0), (30 * MHZ, 7)]
)
def test_enough_wait_states_are_no_warning(warnings_at, clock_hz, waits_count):
    """Each limit is the highest clock that is allowed; the first phase runs at 16 MHz without wait states."""
    assert warnings_at(clock_hz, waits_count) == []


def test_the_worst_stretch_is_warned_of_once(warnings_at, recording, board, run_request):
    first, second = recording.phases
    assert board.chip.flash_interface is not None
    interface = replace(board.chip.flash_interface, wait_states=(limits(10, 20, 60, 200),))
    changed = replace(board, chip=replace(board.chip, flash_interface=interface))
    phases = (first, replace(second, flash_wait_cycles=0))  # 16 MHz lacks one, 160 MHz lacks three

    found = run_warnings(replace(recording, phases=phases), changed, run_request)

    assert [each for each in found if "wait state" in each] == [
        "the core ran at 160 MHz with no flash wait states, which needs 3: silicon would misread its flash"
    ]


def test_a_chip_whose_hardware_chooses_or_whose_limits_nobody_knows_is_not_warned_of(warnings_at):
    assert warnings_at(90 * MHZ, 0, waits_follow_clock=True) == []
    assert warnings_at(90 * MHZ, 0, wait_states=()) == []


def test_what_a_lower_supply_voltage_needs_is_asked_for_and_the_supply_is_named(warnings_at):
    """As on the STM32F4: 30 MHz per wait state from 2.7 V on, 20 MHz from 1.8 V on."""
    tables = (limits(30, 60, 90, min_supply_v=2.7), limits(20, 40, 60, 80, 90, min_supply_v=1.8))

    assert warnings_at(90 * MHZ, 2, supply_v=2.7, wait_states=tables) == []
    (warning,) = warnings_at(90 * MHZ, 2, supply_v=2.6, wait_states=tables)
    assert "ran at 90.0 MHz and 2.6 V with 2 flash wait states, which needs 4" in warning


def test_what_the_core_voltage_range_needs_is_asked_for_and_the_range_is_named(warnings_at):
    tables = (limits(20, 40, 60, voltage_range="range1"), limits(8, 16, voltage_range="range2"))

    assert warnings_at(40 * MHZ, 1, "range1", wait_states=tables) == []
    (warning,) = warnings_at(16 * MHZ, 0, "range2", wait_states=tables)
    assert "ran at 16.0 MHz in range2 with no flash wait states, which needs 1" in warning


def test_a_clock_that_no_wait_states_allow_in_this_range_is_named_with_what_flash_is_specified_for(
    warnings_at, board
):
    """The chip's own highest clock is warned about elsewhere; this one is below it."""
    tables = (limits(20, 40, 160, voltage_range="range1"), limits(8, 16, voltage_range="range2"))
    assert board.chip.max_clock_hz >= 40 * MHZ

    (warning,) = warnings_at(40 * MHZ, 7, "range2", wait_states=tables)

    assert warning == (
        "the core ran at 40.0 MHz in range2, where flash is specified up to 16.0 MHz with any wait states: "
        "silicon would misread it"
    )
