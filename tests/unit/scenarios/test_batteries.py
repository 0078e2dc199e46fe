"""Battery files: what they say, what is refused, and the shipped ones."""

from __future__ import annotations

import math

import pytest

from mcusim.errors import DataFileError, UnknownNameError
from mcusim.provenance import Basis
from mcusim.scenarios.batteries import battery_names, load_battery, own_battery

GOOD = """
name = "cell"
title = "a cell"
[voltage]
nominal_v = 3.0
cutoff_v = 2.0
max_v = 3.2
basis = "datasheet"
source = "its datasheet"
[capacity]
capacity_mah = 220
usable_percent = 90
usable_low_percent = 80
usable_high_percent = 100
basis = "datasheet"
source = "its datasheet"
[self_discharge]
percent_per_year = 1
shelf_life_years = 10
basis = "datasheet"
source = "its datasheet"
[load]
max_continuous_ma = 3
max_pulse_ma = 15
basis = "datasheet"
source = "its datasheet"
"""


@pytest.fixture
def battery_file(tmp_path):
    def write(text: str) -> str:
        path = tmp_path / "cell.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_file_becomes_si_units(battery_file):
    """220 mAh = 220 x 3.6 C; after 365.25 days 99 % are left of what was there."""
    battery = load_battery(battery_file(GOOD))

    assert (3.0, 2.0, 3.2) == (battery.nominal_v, battery.cutoff_v, battery.max_v)
    assert pytest.approx(792.0) == battery.capacity_c
    assert pytest.approx(712.8) == battery.usable_c
    assert pytest.approx((0.8, 0.9, 1.0)) == (
        battery.usable_low_ratio,
        battery.usable_ratio,
        battery.usable_high_ratio,
    )
    assert pytest.approx(0.99) == math.exp(-battery.decay_hz * 365.25 * 86_400)
    assert (0.003, 0.015) == (battery.max_continuous_a, battery.max_pulse_a)
    assert pytest.approx(10 * 365.25 * 86_400) == battery.shelf_life_s


def test_what_a_file_leaves_out_is_not_known_or_has_the_stated_band(battery_file):
    head, _, rest = GOOD.partition("[self_discharge]")
    without = head.replace("usable_low_percent = 80\nusable_high_percent = 100\n", "")

    battery = load_battery(battery_file(without.replace("max_v = 3.2\n", "")))

    assert rest
    assert battery.max_v == 3.0
    assert not battery.has_own_band
    assert pytest.approx((0.9 * 0.85, 0.9 * 1.15)) == (battery.usable_low_ratio, battery.usable_high_ratio)
    assert (None, None, None) == (
        battery.self_discharge_percent,
        battery.max_continuous_a,
        battery.max_pulse_a,
    )
    assert battery.decay_hz == 0.0
    assert battery.shelf_life_s is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cutoff_v = 2.0", "cutoff_v = 3.1", "voltages contradict"),
        ("max_v = 3.2", "max_v = 2.9", "voltages contradict"),
        ("capacity_mah = 220", "capacity_mah = 0", "'capacity_mah' is out of range"),
        ("capacity_mah = 220", 'capacity_mah = "220"', "'capacity_mah' must be a number"),
        ("capacity_mah = 220\n", "", "'capacity_mah' is missing"),
        ("usable_percent = 90", "usable_percent = 79", "does not contain the usable capacity"),
        ("usable_percent = 90", "usable_percent = 0.9", "'usable_percent' is out of range"),
        ("max_pulse_ma = 15", "max_pulse_ma = 2", "max_pulse_ma is below max_continuous_ma"),
        ("percent_per_year = 1", "percent_per_year = -1", "'percent_per_year' is out of range"),
        ("percent_per_year = 1", "percent_per_year = 100", "'percent_per_year' is out of range"),
        ("percent_per_year = 1", "percent_a_year = 1", "unknown key 'percent_a_year'"),
        ("max_v = 3.2", "maximum_v = 3.2", "unknown key 'maximum_v'"),
        ('source = "its datasheet"\n[load]', "[load]", "'source' is missing"),
        ("nominal_v = 3.0", "nominal_v = nan", "out of range"),
    ],
)
def test_a_wrong_file_is_refused_after_a_good_one(battery_file, old, new, message):
    assert load_battery(battery_file(GOOD)).name == "cell"
    assert old in GOOD

    with pytest.raises(DataFileError, match=message):
        load_battery(battery_file(GOOD.replace(old, new)))


def test_an_unknown_battery_and_a_missing_file_are_named(tmp_path):
    with pytest.raises(UnknownNameError, match="no battery called 'cr9999'"):
        load_battery("cr9999")
    with pytest.raises(DataFileError, match="cannot read"):
        load_battery(str(tmp_path / "none.toml"))


def test_a_battery_from_the_command_line_is_assumed_to_deliver_all_of_its_capacity():
    battery = own_battery(792.0, 3.0, None)

    assert (792.0, 0.0) == (battery.usable_c, battery.decay_hz)
    assert (Basis.ASSUMED, None) == (battery.capacity_provenance.basis, battery.self_discharge_provenance)


def test_the_shipped_batteries_load_and_are_plausible():
    batteries = {name: load_battery(name) for name in battery_names()}

    for name, battery in batteries.items():
        assert name == battery.name
        assert 0.6 <= battery.usable_ratio <= 1.0
        assert 0.8 <= battery.cutoff_v < battery.nominal_v <= battery.max_v <= 15
        assert battery.self_discharge_percent is not None
        assert battery.self_discharge_percent <= 60
