"""The table of states is there for firmware that slept deeply, and sums up clocks and memories."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.render.states import state_lines
from mcusim.report.quantity import Band
from mcusim.report.report import CurrentUse

RUN = CurrentUse(
    activity="run",
    execution="flash",
    clock_hz=120_000_000,
    cycles=1_200_000,
    current_a=Band(0.020, 0.015, 0.025, "measured"),
    energy_j=Band(6e-4, 5e-4, 7e-4, "measured"),
    source="a meter",
    time_s=0.010,
)
SLOW = replace(
    RUN, clock_hz=4_000_000, current_a=Band(0.010, 0.009, 0.011, "measured"), time_s=0.030, execution="ram"
)
SLEEP = replace(RUN, activity="sleep", execution="any")
STOP = replace(
    RUN,
    activity="stop",
    mode="stop2",
    current_a=Band(3e-6, 1e-6, 5e-6, "datasheet"),
    energy_j=Band(6e-5, 5e-5, 7e-5, "datasheet"),
    time_s=3.96,
)
WAKE = replace(RUN, activity="wake_up", mode="stop2", energy_j=Band(0, 0, 0, "assumed"), time_s=0.0)


@pytest.fixture
def lines_of(report):
    """The lines of a report with these states, woken as often in its first phase."""

    def lines(*states, wakes_count=8, width=80):
        phases = (replace(report.phases[0], wakes_count=wakes_count), *report.phases[1:])
        energy = replace(report.energy, states=states)
        return state_lines(replace(report, energy=energy, phases=phases), width)

    return lines


def test_firmware_that_only_waits_in_wfi_has_no_table(lines_of):
    assert [] == lines_of(RUN, SLEEP)


def test_states_are_summed_by_name_dearest_first(lines_of):
    """Awake 0.010 + 0.030 s of 4 s and 1.2 of 1.26 mJ; (20 mA x 10 ms + 10 mA x 30 ms) / 40 ms = 12.5 mA."""
    _, heading, *rows = lines_of(STOP, RUN, WAKE, SLOW)

    assert ["State,", "woken", "8", "times", "time", "of", "it"] == heading.split()[:7]
    assert [
        ["awake", "40.0", "ms", "1.0%", "1.20", "mJ", "95.2%", "12.5", "mA"],
        ["asleep", "(stop2)", "3.96", "s", "99.0%", "60.0", "µJ", "4.8%", "3.00", "µA"],
        ["waking", "up", "0", "s", "0.0%", "0", "J", "0.0%"],
    ] == [row.split() for row in rows]


def test_one_wake_up_is_one_time(lines_of):
    assert lines_of(STOP, wakes_count=1)[1].startswith("State, woken 1 time ")


def test_a_narrow_terminal_loses_the_current(lines_of):
    lines = lines_of(RUN, STOP, width=60)

    assert "mean current" not in lines[1]
    assert max(map(len, lines)) <= 60


def test_a_board_without_a_power_model_has_no_table(report):
    assert [] == state_lines(replace(report, energy=None), 80)
