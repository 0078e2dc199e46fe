"""Warnings about flash that silicon would misread."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.analysis.warnings import run_warnings

MHZ = 1_000_000


@pytest.fixture
def warnings_at(recording, board, run_request):
    """Warnings of the hand-made run, its second phase at this clock; limits 30, 60 and 90 MHz."""

    def warnings(clock_hz: int, waits_count: int, **interface_changes) -> list[str]:
        first, second = recording.phases
        second = replace(second, clock_hz=clock_hz, flash_wait_cycles=waits_count)
        limits_hz = (30 * MHZ, 60 * MHZ, 90 * MHZ)
        assert board.chip.flash_interface is not None
        interface = replace(
            board.chip.flash_interface, **({"wait_state_limits_hz": limits_hz} | interface_changes)
        )
        changed = replace(board, chip=replace(board.chip, flash_interface=interface))
        found = run_warnings(replace(recording, phases=(first, second)), changed, run_request)
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
    interface = replace(
        board.chip.flash_interface, wait_state_limits_hz=(10 * MHZ, 20 * MHZ, 60 * MHZ, 200 * MHZ)
    )
    changed = replace(board, chip=replace(board.chip, flash_interface=interface))
    phases = (first, replace(second, flash_wait_cycles=0))  # 16 MHz lacks one, 160 MHz lacks three

    found = run_warnings(replace(recording, phases=phases), changed, run_request)

    assert [each for each in found if "wait state" in each] == [
        "the core ran at 160 MHz with no flash wait states, which needs 3: silicon would misread its flash"
    ]


def test_a_chip_whose_hardware_chooses_or_whose_limits_nobody_knows_is_not_warned_of(warnings_at):
    assert warnings_at(90 * MHZ, 0, waits_follow_clock=True) == []
    assert warnings_at(90 * MHZ, 0, wait_state_limits_hz=()) == []
