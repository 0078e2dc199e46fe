"""`mcusim eval`: files, formats, exit codes; what evaluations are is tested in tests/machine/test_evaluation.py."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from mcusim.cli.main import main
from tests.data_set import BOARD, START, expected_outputs, written

ROWS = np.array([[3, 0, 0, 0], [2, 1, 0, 0], [255, 0, 0, 0]], np.uint8)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    np.save("x.npy", ROWS[:2])
    np.save("faulting.npy", ROWS)
    np.save("y.npy", np.array([0, 1]))
    (tmp_path / "start.bin").write_bytes(START["g_input"])
    return tmp_path


def evaluate(*options, inputs="x.npy"):
    fixed = ["--board", BOARD, "--inputs", inputs, "--inference", "inference", "--input", "g_input=start.bin"]
    return main(["eval", "adder.elf", *fixed, *options])


def test_the_screen_shows_accuracy_and_spread(folder, capsys):
    """Sums 6 and 3: the first output is the largest both times; the second label is 1."""
    assert evaluate("--labels", "y.npy") == 0
    text = capsys.readouterr().out
    assert "Accuracy  50.0 %, 1 of 2" in text
    assert "median" in text


def test_files_are_written_by_their_endings_and_predictions_are_an_array(folder, capsys):
    assert evaluate("--labels", "y.npy", "-o", "e.json", "--predictions", "p.npy") == 0
    assert evaluate("-o", "e.csv") == 0

    assert expected_outputs(ROWS[:2].tolist()) == np.load("p.npy").tolist()
    assert json.loads((folder / "e.json").read_text())["quality"]["value"] == 0.5
    with (folder / "e.csv").open() as file:
        assert ["0", "1"] == [row["index"] for row in csv.DictReader(file)]
    assert capsys.readouterr().out == ""


def test_an_input_that_fails_is_exit_code_3_and_the_result_is_written(folder, capsys):
    assert evaluate("-o", "e.json", inputs="faulting.npy") == 3
    assert json.loads((folder / "e.json").read_text())["failed_count"] == 1


def test_less_accuracy_than_asked_for_is_exit_code_1(folder, capsys):
    assert evaluate("--labels", "y.npy", "--fail-under", "0.5") == 0
    assert evaluate("--labels", "y.npy", "--fail-under", "0.6") == 1
    assert "below --fail-under 0.6" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("-o", "e.xyz"), "does not tell the format"),
        (("-o", "x.npy", "--format", "csv"), "a file that this run reads"),
        (("--predictions", "p.bin"), "writes a .npy file"),
        (("--fail-under", "0.5"), "needs labels"),
        (("--labels", "y.npy", "--metric", "mae", "--fail-under", "1"), "less is better"),
        (("--inputs-count", "9"), "there are not 9 inputs"),
        (("--set", "flash.prefetch=off", "--set", "flash.prefetch=on"), "set twice"),
    ],
)
def test_wrong_options_are_exit_code_2(folder, capsys, options, text):
    assert evaluate(*options) == 2
    assert text in capsys.readouterr().err


def test_an_existing_result_stays_without_force(folder, capsys):
    (folder / "e.json").write_text("mine")

    assert evaluate("-o", "e.json") == 2
    assert (folder / "e.json").read_text() == "mine"
    assert evaluate("-o", "e.json", "--force") == 0
