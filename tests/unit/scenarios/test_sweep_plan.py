"""Which combinations a sweep has, what it sets in each, and which cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcusim.board.load import load_board
from mcusim.board.wait_states import wait_states_for
from mcusim.errors import UnknownNameError, UsageError
from mcusim.report.request import RunRequest
from mcusim.scenarios.sweep_plan import Planned, Refused, SweepWish, axes_of, plan

ELF = Path("firmware.elf")
MHZ = 1_000_000


def wish(*boards, fixed=(), **axes):
    return SweepWish(RunRequest(ELF, boards[0], settings=fixed), boards, dict.fromkeys(boards, ELF), **axes)


def settings_of(planned):
    assert isinstance(planned, Planned), planned
    return dict(planned.request.settings)


def test_the_combinations_are_the_product_with_the_settings_fastest():
    axes = {
        "clocks_hz": (16 * MHZ, 80 * MHZ),
        "supplies_v": (1.8, 3.3),
        "settings": (("flash.prefetch", (True, False)),),
    }
    points = [each.point for each in plan(wish("nucleo_l4r5zi", **axes))]

    assert 8 == wish("nucleo_l4r5zi", **axes).rows_count == len(set(points))
    assert [("on",), ("off",)] == [tuple(dict(each.settings).values()) for each in points[:2]]
    assert [1.8, 1.8, 3.3, 3.3] == [each.supply_v for each in points[:4]]
    assert [16 * MHZ] * 4 == [each.clock_hz for each in points[:4]]


def test_a_swept_clock_gets_the_fewest_wait_states_of_the_slowest_range_that_allows_it():
    """STM32L4R5: 26 MHz is the end of range 2 (RM0432, 3.3.3 and 5.1.8)."""
    slow, fast = plan(wish("nucleo_l4r5zi", clocks_hz=(20 * MHZ, 80 * MHZ)))
    interface = load_board("nucleo_l4r5zi").chip.flash_interface
    expected = {name: wait_states_for(interface, 20 * MHZ, 3.3, name) for name in ("range1", "range2")}

    assert "range2" == settings_of(slow)["power.voltage_range"]
    assert expected["range2"] == settings_of(slow)["flash.wait_states"] > expected["range1"]
    assert "range1" == settings_of(fast)["power.voltage_range"]


def test_the_users_voltage_range_and_wait_states_stay():
    given = (("power.voltage_range", "range1"), ("flash.wait_states", 7))
    (planned,) = plan(wish("nucleo_l4r5zi", clocks_hz=(20 * MHZ,), fixed=given))

    assert dict(given) == settings_of(planned)


def test_nothing_is_set_when_no_clock_is_swept_or_firmware_is_to_decide():
    (by_firmware,) = plan(wish("nucleo_l4r5zi", supplies_v=(1.8,)))
    (kept,) = plan(wish("nucleo_l4r5zi", clocks_hz=(20 * MHZ,), keeps_wait_states=True))
    words = (("flash.wait_states", ("firmware", "auto")),)
    said, automatic = plan(
        wish("nucleo_l4r5zi", clocks_hz=(20 * MHZ,), keeps_wait_states=True, settings=words)
    )

    assert [{}, {}, {}] == [settings_of(each) for each in (by_firmware, kept, said)]
    assert {"flash.wait_states": 0} == settings_of(automatic) | {"flash.wait_states": 0}


def test_wait_states_depend_on_the_supply():
    """STM32F446 at 120 MHz: 3 wait states from 2.7 V on, more below (RM0390, table 5)."""
    low, high = plan(wish("nucleo_f446re", clocks_hz=(120 * MHZ,), supplies_v=(1.8, 3.3)))

    assert settings_of(low)["flash.wait_states"] > settings_of(high)["flash.wait_states"] == 3


@pytest.mark.parametrize(
    ("boards", "axes", "why"),
    [
        (
            ("nucleo_l4r5zi",),
            {"clocks_hz": (80 * MHZ, 160 * MHZ)},
            "160 MHz is above the 120 MHz of stm32l4r5zi",
        ),
        (("nucleo_l4r5zi",), {"supplies_v": (3.3, 5.0)}, "5 V is outside the 1.71 to 3.6 V"),
        (("nucleo_l4r5zi",), {"temps_c": (25.0, 200.0)}, "200 °C is outside the"),
        (
            ("nucleo_l4r5zi",),
            {"clocks_hz": (80 * MHZ,), "settings": (("power.voltage_range", ("range1", "range2")),)},
            "80 MHz is above the 26 MHz of range2",
        ),
        (
            ("nucleo_l4r5zi",),
            {"settings": (("power.regulator", ("ldo", "smps")),)},
            "regulator cannot be 'smps'",
        ),
        (
            ("nucleo_l4r5zi", "nano33ble"),
            {"settings": (("flash.prefetch", (True, False)),)},
            "has no prefetch",
        ),
    ],
)
def test_a_combination_that_cannot_be_says_why_and_the_good_one_before_it_stays(boards, axes, why):
    first, *_, last = plan(wish(*boards, **axes))

    assert isinstance(first, Planned)
    assert isinstance(last, Refused)
    assert why in last.why_not


def test_a_board_without_a_firmware_is_a_row_that_says_so():
    boards = ("nucleo_l4r5zi", "nucleo_f446re")
    firmwares = {"nucleo_l4r5zi": ELF, "nucleo_f446re": UsageError("no build", why="nobody made one")}
    _, refused = plan(SweepWish(RunRequest(ELF, boards[0]), boards, firmwares))

    assert "no build: nobody made one" == refused.why_not


def test_a_wrong_board_name_is_wrong_input():
    with pytest.raises(UnknownNameError, match="no board called 'nucleo_x'"):
        plan(wish("nucleo_l4r5zi", "nucleo_x"))


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"clocks_hz": (MHZ, MHZ)}, "--clock names a value twice"),
        ({"settings": (("weights", ("ram", "ram")),)}, "--set weights names a value twice"),
        ({"settings": (("weights", ("ram",)), ("weights", ("flash",)))}, "weights is set twice"),
        ({"deadline_s": 0.0}, "--deadline must be above zero"),
        (
            {"clocks_hz": tuple(range(MHZ, MHZ + 101)), "temps_c": tuple(map(float, range(100)))},
            "10100 combinations",
        ),
    ],
)
def test_axes_that_make_no_sense_are_refused_with_what_to_do(axes, message):
    with pytest.raises(UsageError, match=message) as caught:
        wish("nucleo_l4r5zi", **axes)

    assert caught.value.fix


def test_no_board_at_all_is_refused():
    with pytest.raises(UsageError, match="no board is named"):
        SweepWish(RunRequest(ELF, "a"), (), {})


def test_only_what_is_swept_is_an_axis():
    axes = axes_of(wish("nucleo_l4r5zi", clocks_hz=(16 * MHZ,), settings=(("weights", ("ram", "flash")),)))

    assert [("board", ("nucleo_l4r5zi",)), ("clock", ("16.00 MHz",)), ("weights", ("ram", "flash"))] == [
        (each.name, each.values) for each in axes
    ]
