"""Every mistake in a power model file is an error that names file, table, key and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcusim.errors import DataFileError, UnknownNameError
from mcusim.power.check import check_chip
from mcusim.power.load import load_power_model, power_model_names
from mcusim.power.schema import Activity, Execution
from mcusim.provenance import Basis

GOOD = """
name = "mine"
chips = ["any"]
regulator = "ldo"
covers = "the chip"
[supply]
min_supply_v = 1.8
max_supply_v = 3.6
basis = "datasheet"
source = "DS1 Table 1"
[inference_scale]
ratio = 1.15
low_ratio = 0.9
high_ratio = 1.4
basis = "derived"
source = "here"
[idle_band]
low_ratio = 0.8
high_ratio = 1.5
basis = "assumed"
source = "there"
[[current]]
activity = "run"
execution = ["flash", "ram"]
supply_v = 3.3
basis = "datasheet"
source = "DS1 Table 2"
points = [{ clock_mhz = 100, current_ma = 20 }, { clock_mhz = 6.5, current_ma = 2.5 }]
[[current]]
activity = "stop"
execution = ["any"]
supply_v = 3.3
basis = "datasheet"
source = "DS1 Table 3"
points = [{ current_ma = 0.01 }]
"""


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_user_s_file_is_read_into_amperes_and_hertz(tmp_path):
    model = load_power_model(written(tmp_path, GOOD))

    run = [point for point in model.points if point.activity is Activity.RUN]
    assert {Execution.FLASH, Execution.RAM} == {point.execution for point in run}
    assert {(100_000_000, 0.02), (6_500_000, 0.0025)} == {(point.clock_hz, point.current_a) for point in run}
    assert {(1.15, 0.9, 1.4)} == {(point.scale_ratio, point.low_ratio, point.high_ratio) for point in run}
    stop = model.points[-1]
    assert (
        stop.clock_hz,
        stop.current_a,
        stop.scale_ratio,
        stop.low_ratio,
        stop.high_ratio,
    ) == (0, 0.01e-3, 1.0, 0.8, 1.5)
    assert stop.provenance.basis is Basis.DATASHEET


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ('regulator = "ldo"', 'regulator = "lod"', "regulator", "did you mean 'ldo'?"),
        ("min_supply_v = 1.8", "min_supply_v = 3.7", "[supply]", "min_supply_v is above max_supply_v"),
        ("ratio = 1.15\n", "", "[inference_scale]: ratio", "'ratio' is missing"),
        (
            "ratio = 1.15\n",
            "ratio = 1.5\n",
            "[[current]] 1: low_ratio",
            "does not contain the expected value",
        ),
        (
            "low_ratio = 0.8",
            "low_ratio = 1.2",
            "[[current]] 2: low_ratio",
            "does not contain the expected value",
        ),
        ('source = "there"', "", "[idle_band]: source", "'source' is missing"),
        ('"flash", "ram"', '"flash", "rma"', "[[current]] 1: execution", "did you mean 'ram'?"),
        ('"flash", "ram"', "", "[[current]] 1: execution", "'execution' is empty"),
        ('activity = "stop"', 'activity = "stopp"', "[[current]] 2: activity", "did you mean 'stop'?"),
        ('source = "DS1 Table 3"', "", "[[current]] 2: source", "every number says how we know it"),
        ("current_ma = 0.01", "amperes = 0.01", "[[current]] 2: [[points]] 1: current_ma", "is missing"),
        (
            "current_ma = 0.01",
            "current_a = 0.01",
            "[[current]] 2: [[points]] 1: current_a",
            "did you mean 'current_ma'?",
        ),
        (
            "current_ma = 20 ",
            "current_ma = 0 ",
            "[[current]] 1: [[points]] 1: current_ma",
            "run current is zero",
        ),
        (
            'activity = "stop"',
            'activity = "wake_up"',
            "[[current]] 2: activity",
            "use one of: run, sleep, stop, standby",
        ),
        ("current_ma = 0.01", "current_ma = -1", "[[current]] 2: [[points]] 1: current_ma", "out of range"),
        ("clock_mhz = 6.5", "clock_mhz = 0", "[[current]] 1: [[points]] 2: clock_mhz", "out of range"),
        ("clock_mhz = 6.5, ", "", "[[current]] 1: [[points]] 2: clock_mhz", "is missing"),
        ("clock_mhz = 6.5", "clock_mhz = 100", "[[current]] run, flash", "two currents at 100 MHz"),
        ("[{ current_ma = 0.01 }]", "[]", "[[current]] 2: points", "needs at least 1"),
        ('activity = "run"', 'activity = "sleep"', "[[current]]", "no run current"),
        (
            'supply_v = 3.3\nbasis = "datasheet"\nsource = "DS1 Table 3"',
            'supply_v = 4.0\nbasis = "datasheet"\nsource = "DS1 Table 3"',
            "[[current]] stop, any: supply_v",
            "outside the supply range",
        ),
        (
            'execution = ["flash", "ram"]',
            'execution = ["flash", "ram"]\nvoltage_range = "range2"',
            "[[current]] run, flash",
            "no voltage range called 'range2'",
        ),
        ('covers = "the chip"', 'covers = "the chip"\ncover = 1', "cover", "unknown key 'cover'"),
        ("[idle_band]", "[idle_band]\nhigh = 2", "[idle_band]: high", "unknown key 'high'"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path, old, new, where, message):
    assert GOOD.count(old) == 1

    with pytest.raises((DataFileError, UnknownNameError)) as caught:
        load_power_model(written(tmp_path, GOOD.replace(old, new)))

    assert caught.value.where.endswith(f"mine.toml: {where}")
    assert message in str(caught.value)
    assert caught.value.fix


def test_one_clock_at_two_supplies_is_fine_only_behind_a_switching_regulator(tmp_path):
    row = GOOD[GOOD.index("[[current]]") : GOOD.rindex("[[current]]")]
    twice = GOOD + row.replace("supply_v = 3.3", "supply_v = 1.8")

    load_power_model(written(tmp_path, twice.replace('"ldo"', '"smps"')))
    with pytest.raises(DataFileError, match="two currents at 100 MHz"):
        load_power_model(written(tmp_path, twice))


def test_a_current_at_a_clock_that_its_voltage_range_does_not_allow_is_refused(tmp_path):
    slow = '[[voltage_range]]\nname = "range2"\nmax_clock_mhz = 26\nbasis = "datasheet"\nsource = "DS1 Table 4"\n'
    text = GOOD.replace('"flash", "ram"]', '"flash", "ram"]\nvoltage_range = "range2"') + slow

    with pytest.raises(DataFileError, match="100 MHz in voltage range 'range2'") as caught:
        load_power_model(written(tmp_path, text))

    assert caught.value.why == "that range allows 26 MHz"


def test_voltage_ranges_that_are_not_slowest_first_are_refused(tmp_path):
    """Which range is next slower decides what stands in for a row that is not there."""
    text = '[[voltage_range]]\nname = "{}"\nmax_clock_mhz = {}\nbasis = "datasheet"\nsource = "DS1"\n'
    slow, fast = text.format("range2", 26), text.format("range1", 100)

    assert len(load_power_model(written(tmp_path, GOOD + slow + fast)).voltage_ranges) == 2
    with pytest.raises(DataFileError, match="'range2' comes after 'range1'") as caught:
        load_power_model(written(tmp_path, GOOD + fast + slow))
    assert "26 MHz after 100 MHz" in caught.value.why


@pytest.mark.parametrize(
    ("name", "why"), [("models", "it is a folder"), ("mine.json", "does not end in .toml"), ("", "")]
)
def test_what_is_no_power_model_file_is_told_so(tmp_path, monkeypatch, name, why):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()

    with pytest.raises(UnknownNameError) as caught:
        load_power_model(name)

    assert why in caught.value.why
    assert ".toml file" in caught.value.fix


def test_a_folder_called_like_a_shipped_model_does_not_hide_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rp2040").mkdir()

    assert load_power_model("rp2040").name == "rp2040"


def test_a_model_of_another_chip_is_refused_with_the_names_of_the_chip_s_own():
    """Of the STM32L4R5 two are shipped, one of them for the boards with a converter of their own."""
    with pytest.raises(DataFileError) as caught:
        check_chip(load_power_model("rp2040"), "stm32l4r5zi")

    assert "use --power-model stm32l4r5zi or stm32l4r5zi_p," in caught.value.fix


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'rp2040'"):
        load_power_model("rp2041")


def test_a_missing_file_is_an_error():
    with pytest.raises(DataFileError, match="cannot read"):
        load_power_model("absent.toml")


@pytest.mark.parametrize("name", power_model_names())
def test_a_shipped_model_is_called_like_its_file(name):
    model = load_power_model(name)

    assert name == model.name
    assert model.covers
