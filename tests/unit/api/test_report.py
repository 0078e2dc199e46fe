"""mcusim's Python API on a hand-made run (tests/unit/conftest.py) and on the digits sample."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import fields, replace

import numpy as np
import pytest

import mcusim
from mcusim.api.report import Report
from mcusim.errors import DataFileError, UnknownNameError, UsageError
from mcusim.recording.recording import OutputType
from mcusim.report import report as parts


@pytest.fixture(scope="module")
def digits():
    return mcusim.run("digits_cnn", outputs=["g_all_outputs", "g_correct"])


def with_outputs(report, outputs, types=()):
    recording = replace(report.recorded.recording, outputs=outputs, output_types=types)
    return Report(replace(report.recorded, recording=recording))


def test_a_report_has_every_field_of_the_stored_one(digits):
    stored = digits.recorded.report

    assert all(getattr(digits, each.name) == getattr(stored, each.name) for each in fields(parts.Report))
    assert isinstance(digits, parts.Report)


def test_copies_and_pickles_are_equal_and_keep_the_run(digits):
    for other in (copy.copy(digits), pickle.loads(pickle.dumps(digits))):
        assert digits == other
        assert digits.recorded == other.recorded


def test_a_report_cannot_be_changed(digits):
    with pytest.raises(AttributeError):
        digits.clock_hz = 1


def test_outputs_have_the_type_and_shape_that_the_firmware_declares(digits):
    """int8_t g_all_outputs[DIGITS_COUNT][NETWORK_OUTPUTS], int32_t g_correct (the sample's src/main.c)."""
    scores, correct = digits.outputs["g_all_outputs"], digits.outputs["g_correct"]

    assert (np.dtype("int8"), (10, 10)) == (scores.dtype, scores.shape)
    assert (np.dtype("int32"), ()) == (correct.dtype, correct.shape)
    assert correct == 10


def test_outputs_without_a_known_type_are_bytes_until_one_is_named(digits):
    report = with_outputs(digits, {"g_raw": bytes([1, 0, 2, 0])})

    assert [1, 0, 2, 0] == report.outputs["g_raw"].tolist()
    assert [1, 2] == report.output("g_raw", "<u2").tolist()
    with pytest.raises(UsageError, match="no array of uint64"):
        report.output("g_raw", "u8")
    with pytest.raises(UnknownNameError, match="g_rwa"):
        report.output("g_rwa")


def test_an_array_longer_than_its_declaration_stays_flat(digits):
    report = with_outputs(digits, {"g": bytes(6)}, (OutputType("g", "<i2", (2,)),))

    assert (3,) == report.outputs["g"].shape


def test_a_saved_report_is_loaded_as_it_was(digits, tmp_path):
    digits.save(tmp_path / "run.mcusim")
    again = mcusim.load(tmp_path / "run.mcusim")

    assert digits == again
    assert digits.outputs["g_all_outputs"].tolist() == again.outputs["g_all_outputs"].tolist()


def test_nothing_is_overwritten_without_force(digits, tmp_path):
    path = tmp_path / "run.mcusim"
    path.write_text("mine")

    with pytest.raises(UsageError, match="exists"):
        digits.save(path)
    assert path.read_text() == "mine"
    digits.save(path, force=True)
    assert digits == mcusim.load(path)


def test_a_recording_has_a_recordings_name(digits, tmp_path):
    with pytest.raises(UsageError, match=r"ends in \.mcusim"):
        digits.save(tmp_path / "run.json")


def test_what_is_no_recording_is_not_loaded(tmp_path):
    with pytest.raises(DataFileError):
        mcusim.load(tmp_path / "nothing.mcusim")


def test_the_text_and_the_json_are_those_of_the_commands(digits):
    assert digits.render("text").decode() == str(digits)
    assert digits.render("json").decode() == digits.to_json()
    assert digits.to_dict()["inference"]["count"] == 10


def test_unknown_formats_tables_and_pictures_name_the_known_ones(digits):
    for wrong in (digits.render, digits.rows, digits.plot):
        with pytest.raises(UnknownNameError):
            wrong("lyaers")


def test_layers_and_kernels_sum_to_the_inference(digits):
    layers, kernels = digits.to_dataframe("layers"), digits.to_dataframe("kernels")

    assert digits.inference.cycles == pytest.approx(layers["cycles"].sum())
    assert digits.inference.cycles == pytest.approx(kernels["self_cycles"].sum())
    assert digits.inference.energy_j.value == pytest.approx(layers["energy_j"].sum(), rel=1e-6)


def test_reasons_are_columns_that_sum_to_a_functions_cycles(digits):
    table = digits.to_dataframe("functions")
    reasons = [name for name in table.columns if name.endswith("_cycles")]
    reasons = [name for name in reasons if name not in ("self_cycles", "inclusive_cycles")]

    assert table["self_cycles"].tolist() == table[reasons].sum(axis=1).tolist()


def test_totals_are_one_row(digits):
    (row,) = digits.rows("totals")

    assert (digits.inference.cycles, "nucleo_l4r5zi") == (row["cycles"], row["board"])


def test_a_notebook_shows_the_report_and_its_pictures(digits, tmp_path):
    assert "digits_cnn" in digits._repr_html_()
    assert "<svg" in digits.plot("layers", tmp_path / "layers.svg")._repr_svg_()
    assert (tmp_path / "layers.svg").is_file()


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"g_all_logits": np.zeros((10, 10), np.float32)}, "is float32, the variable holds int8"),
        ({"g_correct": [1, 2]}, "has 2 elements"),
        ({"g_output": [300] * 10}, "int8 cannot hold"),
        ({"g_output": bytes(11)}, "too long"),
        ({"g_output": "text.npy"}, "cannot read"),
        ({"g_output": [{}]}, "no array of numbers"),
        ({"g_outptu": b"1"}, "no symbol called"),
    ],
)
def test_arrays_that_do_not_fit_say_why(inputs, text):
    with pytest.raises(mcusim.McusimError, match=text):
        mcusim.run("digits_cnn", inputs=inputs)


def test_plain_numbers_become_the_variables_type():
    """The firmware adds its 10 right answers to what is there."""
    report = mcusim.run("digits_cnn", inputs={"g_correct": 5}, outputs=["g_correct"])

    assert report.outputs["g_correct"] == 15


def test_a_misspelt_argument_is_told():
    with pytest.raises(UnknownNameError, match="clok_hz"):
        mcusim.run("digits_cnn", clok_hz=1e6)


def test_a_model_argument_is_not_for_a_firmware():
    with pytest.raises(UsageError, match="model_inputs is for a"):
        mcusim.run("digits_cnn", model_inputs=[1])


def test_a_run_compared_with_itself_has_not_changed(digits):
    assert mcusim.compare(digits, digits) == mcusim.compare(digits.recorded.report, digits.recorded.report)


def test_a_comparison_prints_what_the_command_prints(digits):
    comparison = mcusim.compare(digits, digits)

    assert "No change" in str(comparison)
    assert "No change" in comparison._repr_html_()
    assert "<mcusim.Comparison digits_cnn to digits_cnn: +0 cycles>" == repr(comparison)
    assert comparison == pickle.loads(pickle.dumps(comparison))
    assert json.loads(comparison.to_json())["totals"]
    assert "### mcusim" in comparison.to_markdown()
    with pytest.raises(TypeError, match="not int"):
        mcusim.compare(digits, 7)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"clock_hz": "80MHz"}, "clock_hz='80MHz'\n  because: a number is expected"),
        ({"max_cycles": "9"}, "max_cycles='9'\n  because: a number is expected"),
        ({"inputs": [1]}, "because: a dictionary is expected\n  fix: write inputs={'NAME': …}"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told(options, text):
    with pytest.raises(mcusim.McusimError) as caught:
        mcusim.run("digits_cnn", **options)

    assert text in str(caught.value)


def test_every_public_name_is_there():
    assert all(hasattr(mcusim, name) for name in mcusim.__all__)
    assert set(mcusim.__all__) <= set(dir(mcusim))
    with pytest.raises(AttributeError):
        mcusim.runn  # noqa: B018
