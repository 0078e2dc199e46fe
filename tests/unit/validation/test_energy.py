"""Published energies against a model made for the test: 10 mA at 100 MHz measured, 8 mA in the datasheet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mcusim.errors import DataFileError
from mcusim.power.load import load_power_model
from mcusim.power.schema import PowerModel
from mcusim.validation.energy import (
    EXTERNAL_SMPS,
    PublishedEnergy,
    left_out_predictions,
    model_for,
    predicted,
    read_energies,
)
from mcusim.validation.energy_errors import energy_errors

MODEL = """
name = "chip_a"
chips = ["chip_a"]
regulator = "ldo"
covers = "the chip"
[supply]
min_supply_v = 1.7
max_supply_v = 3.6
basis = "datasheet"
source = "made for the test"
[inference_scale]
ratio = 1.0
low_ratio = 0.5
high_ratio = 2.0
basis = "derived"
source = "made for the test"
[idle_band]
low_ratio = 1.0
high_ratio = 1.0
basis = "assumed"
source = "made for the test"
[[current]]
activity = "run"
supply_v = 3.0
basis = "datasheet"
source = "made for the test"
points = [{ clock_mhz = 100, current_ma = 8 }]
[[current]]
activity = "run"
workload = "inference"
low_ratio = 0.9
high_ratio = 1.1
supply_v = 3.0
basis = "measured"
source = "made for the test"
points = [{ clock_mhz = 100, current_ma = 10 }]
"""

HEADINGS = (
    "round,submitter,system_id,mcu,clock_mhz,supply_v,regulator_note,task,latency_ms,energy_uj_per_inf\n"
)


@pytest.fixture
def model(tmp_path: Path) -> PowerModel:
    file = tmp_path / "chip_a.toml"
    file.write_text(MODEL)
    return load_power_model(str(file))


def row(submission: str, current_a: float, **changes: object) -> PublishedEnergy:
    """100 ms at 3 V."""
    published = PublishedEnergy(
        submission, "kws", "CHIP_A", "ldo", 100_000_000, 3.0, 0.1, current_a * 3.0 * 0.1
    )
    return replace(published, **changes)  # type: ignore[arg-type]


def test_a_shipped_model_says_its_measured_current_times_the_published_time(model: PowerModel) -> None:
    prediction = predicted(row("s1", 0.0125), model)
    assert prediction.energy.value == pytest.approx(0.010 * 3.0 * 0.1)
    assert prediction.error_ratio == pytest.approx(-0.2)  # 10 mA modelled, 12.5 mA published
    assert not prediction.is_in_band


def test_a_row_is_predicted_from_the_other_submissions_only(model: PowerModel) -> None:
    rows = (row("s1", 0.012), row("s1", 0.014), row("s2", 0.009), row("s3", 0.011))
    predictions = left_out_predictions(rows, [model])
    values_a = [each.energy.value / 0.3 for each in predictions]
    assert values_a == pytest.approx([0.010, 0.010, (0.012 + 0.014 + 0.011) / 3, (0.012 + 0.014 + 0.009) / 3])
    assert [each.how for each in predictions] == ["others"] * 4


def test_a_chip_with_one_submission_falls_back_to_the_datasheet(model: PowerModel) -> None:
    (prediction,) = left_out_predictions((row("s1", 0.009),), [model])
    assert prediction.how == "datasheet"
    assert prediction.energy.value == pytest.approx(0.008 * 0.3)


def test_a_model_of_measurements_alone_has_nothing_to_say_without_them(model: PowerModel) -> None:
    measured_only = replace(
        model, points=tuple(each for each in model.points if each.workload.value == "inference")
    )
    assert left_out_predictions((row("s1", 0.009),), [measured_only]) == ()


def test_other_regulators_are_other_hardware(model: PowerModel) -> None:
    rows = (row("s1", 0.010), row("s2", 0.004, regulator=EXTERNAL_SMPS))
    assert model_for(rows[1], [model]) is None
    (prediction,) = left_out_predictions(rows, [model])
    assert prediction.how == "datasheet"


def test_errors_are_summed_up_per_chip_and_over_all(model: PowerModel) -> None:
    rows = tuple(row(f"s{n}", 0.010 * 2 / (2 + 0.1 * n)) for n in range(10))
    errors = energy_errors(predicted(each, model) for each in rows)
    assert [each.chip for each in errors] == ["CHIP_A", "all"]
    # The model says 10 mA: 0, 5, 10 … 45 % too much.
    assert errors[0].mean_absolute_percent == pytest.approx(22.5)
    assert errors[0].p90_percent == pytest.approx(40.0)
    assert errors[0].worst_percent == pytest.approx(45.0)
    assert (
        errors[0].in_band_count == 3
    )  # the published current is 1, 1/1.05 and 1/1.1 of the model's, band 0.9 to 1.1
    assert errors[0].submissions_count == 10


def test_a_file_of_results_is_read_and_rows_without_energy_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(
        HEADINGS
        + "v1,acme,BOARD-P,CHIP_A,120,1.8,,kws,10,180\n"
        + "v1,acme,BOARD,CHIP_A,120,1.8,with SMPS,kws,10,\n"
        + "v1,acme,BOARD,CHIP_A,120,1.8,with SMPS,ic,10,90\n"
    )
    first, second = read_energies(file)
    assert (first.submission, first.regulator, first.current_a) == (
        "v1 acme BOARD-P",
        EXTERNAL_SMPS,
        pytest.approx(0.010),
    )
    assert (second.regulator, second.clock_hz, second.energy_j) == ("smps", 120_000_000, pytest.approx(90e-6))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("round,submitter\nv1,acme\n", "'system_id' is missing"),
        (HEADINGS + "v1,acme,B,CHIP_A,fast,1.8,,kws,10,180\n", "'clock_mhz' is not a number"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(text)
    with pytest.raises(DataFileError, match=message):
        read_energies(file)
