"""A forced clock takes the slowest core voltage range that allows it, unless the user names one; a note says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mcusim.analysis.build import build_report
from mcusim.analysis.power_settings import (
    slowest_range,
    with_clock_range,
    with_power_settings,
    with_range_note,
)
from mcusim.power.load import load_power_model
from mcusim.recording.recording import PowerSetting
from mcusim.report.request import RunRequest

MHZ = 1_000_000
RANGE = "power.voltage_range"


@pytest.fixture
def l4r5():
    """Range 2 up to 26 MHz, range 1 up to 80, boost up to 120 (power_models/stm32l4r5zi.toml)."""
    return load_power_model("stm32l4r5zi")


def asked(clock_hz, *settings):
    return RunRequest(Path("fw.elf"), "nucleo_l4r5zi", clock_hz=clock_hz, settings=settings)


@pytest.mark.parametrize(
    ("clock_mhz", "name"),
    [(20, "range2"), (26, "range2"), (27, "range1"), (80, "range1"), (81, "range1-boost"), (121, "")],
)
def test_the_slowest_range_is_the_one_with_the_lowest_limit_that_allows_the_clock(l4r5, clock_mhz, name):
    assert name == slowest_range(l4r5, clock_mhz * MHZ)


def test_a_forced_clock_takes_its_own_range_and_that_is_no_what_if(l4r5):
    request = with_clock_range(asked(20 * MHZ), l4r5)

    assert dict(request.settings) == {RANGE: "range2"}
    assert request.changes == ()


def test_a_range_that_the_user_names_stays_and_so_does_firmware_s_at_its_own_clock(l4r5):
    named = asked(20 * MHZ, (RANGE, "range1"))

    assert with_clock_range(named, l4r5) == named
    assert named.changes == ("power.voltage_range=range1",)
    assert with_clock_range(asked(None), l4r5) == asked(None)
    assert with_clock_range(asked(20 * MHZ), None) == asked(20 * MHZ)


@pytest.fixture
def noted(recording, image, board, power_model):
    """The notes on energy of the hand-made run, its phases in a range, its clock forced with these settings."""

    def notes(own: str, *settings):
        phases = tuple(replace(each, power=PowerSetting(voltage_range=own)) for each in recording.phases)
        run = replace(recording, phases=phases)
        request = replace(
            asked(20 * MHZ, *settings, (RANGE, "range2")), board="board_a", followed_range="range2"
        )
        priced = with_power_settings(run, request.settings)
        report = with_range_note(build_report(priced, image, board, power_model, request), run, request)
        assert report.energy is not None
        return [each for each in report.energy.notes if "--clock" in each], report.warnings

    return notes


def test_the_report_says_which_range_it_took_instead_of_firmware_s(noted):
    (note,), warnings = noted("range1-boost")

    assert note.startswith(
        "at --clock 20 MHz: currents of range2, the slowest that allows it, not of firmware's "
    )
    assert "range1-boost (--set power.voltage_range=" in note
    assert "--set flash.wait_states=auto" in note
    assert f"energy: {note}" in warnings


def test_nothing_is_said_of_the_range_that_firmware_chose_itself(noted):
    assert noted("range2")[0] == []


def test_wait_states_are_not_recommended_to_one_who_set_them(noted):
    (note,), _ = noted("range1", ("flash.wait_states", 2))

    assert "wait_states" not in note
