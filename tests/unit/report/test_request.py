"""What the user may ask for, and what contradicts itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcusim.errors import UsageError
from mcusim.report.request import Progress, RunRequest

FIRMWARE = Path("fw.elf")


def test_a_plain_request_is_accepted():
    request = RunRequest(
        FIRMWARE, "board_a", roi="infer", max_cycles=1, max_seconds=0.5, clock_hz=32_768, supply_v=1.8
    )

    assert request.shown_firmware == "fw.elf"


def test_the_report_shows_the_firmware_as_the_user_named_it():
    """A sample's name, not the folder that it is installed in."""
    assert RunRequest(Path("/opt/lib/a.elf"), "b", firmware_label="digits").shown_firmware == "digits"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"roi": "a", "roi_begin": "b", "roi_end": "c"}, "exclude each other"),
        ({"roi": "a", "roi_end": "c"}, "exclude each other"),
        ({"roi_begin": "b"}, "--roi-begin needs --roi-end"),
        ({"roi_end": "c"}, "--roi-end needs --roi-begin"),
        ({"roi_begin": "b", "roi_end": "b"}, "are both 'b'"),
        ({"roi": ""}, "--roi needs the name of a symbol"),
        ({"until": "  "}, "--until needs the name of a symbol"),
        ({"reads": ("a", "")}, "--read needs the name of a symbol"),
        ({"max_cycles": 0}, "--max-cycles must be above zero"),
        ({"max_cycles": -5}, "--max-cycles must be above zero"),
        ({"max_seconds": 0.0}, "--max-seconds must be above zero"),
        ({"max_seconds": float("nan")}, "--max-seconds must be above zero"),
        ({"max_seconds": float("inf")}, "--max-seconds must be above zero"),
        ({"clock_hz": -1}, "--clock must be above zero"),
        ({"clock_hz": 80}, "--clock 80 means 80 Hz"),
        ({"clock_hz": 10**11}, "--clock is above 10 GHz"),
        ({"supply_v": 99.0}, "--supply is above 20 V"),
        ({"supply_v": 0.0}, "--supply must be above zero"),
        ({"inputs": (("x", Path("a")), ("x", Path("b")))}, "--input names 'x' twice"),
        ({"outputs": (("x", Path("a")), ("x", Path("b")))}, "--output names 'x' twice"),
        ({"outputs": (("x", Path("a")), ("y", Path("a")))}, "write the same file"),
    ],
)
def test_a_contradiction_is_refused_with_what_to_do(options, message):
    with pytest.raises(UsageError, match=message) as caught:
        RunRequest(FIRMWARE, "board_a", **options)

    assert caught.value.fix


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((("flash.waits", 1),), "there is no setting flash.waits=1"),
        ((("flash.wait_states", True),), "there is no setting flash.wait_states=True"),
        ((("flash.prefetch", 1),), "there is no setting flash.prefetch=1"),
        ((("flash.wait_states", -1),), "wait states are not negative"),
        ((("flash.wait_states", 1001),), "no flash is that slow"),
        ((("flash.prefetch", False), ("flash.prefetch", True)), "to off and to on"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_with_what_to_do(settings, message):
    """A good setting first, the bad one second."""
    good = ("flash.data_cache", False)

    with pytest.raises(UsageError, match=message) as caught:
        RunRequest(FIRMWARE, "board_a", settings=(good, *settings))

    assert caught.value.fix


def test_the_changes_of_a_what_if_are_worded_as_they_were_typed():
    settings = (("flash.wait_states", 0), ("flash.prefetch", False))

    changes = RunRequest(FIRMWARE, "board_a", settings=settings, ignored=("mispredict",)).changes

    assert changes == ("flash.wait_states=0", "flash.prefetch=off", "mispredict ignored")
    assert RunRequest(FIRMWARE, "board_a").changes == ()


def test_simulation_speed_is_zero_before_time_has_passed():
    assert Progress(0.0, 0, 0, 0.0).instructions_per_host_s == 0.0
    assert Progress(1.0, 64, 100, 2.0).instructions_per_host_s == 50.0
