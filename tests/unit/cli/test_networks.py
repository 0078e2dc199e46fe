"""The command line of `mcusim networks`: models are built, run on test data, and judged by what they print."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from mcusim.cli.main import main
from mcusim.codegen.inputs import input_data
from mcusim.codegen.request import Inputs
from mcusim.codegen.tensorflow_lite import parse_model
from tests.codegen.small_models import classifier, hybrid, large

BOARD = ["--board", "nucleo_l4r5zi"]
needs_gcc = pytest.mark.skipif(shutil.which("arm-none-eabi-gcc") is None, reason="needs arm-none-eabi-gcc")
COUNT = 12


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Three networks of the same classes, and inputs as the integer ones take them."""
    monkeypatch.chdir(tmp_path)
    for name, data in {
        "net.tflite": classifier(),
        "float.tflite": classifier(element="float32"),
        "hybrid.tflite": hybrid(),
        "wide.tflite": large(200_000, 1),
    }.items():
        (tmp_path / name).write_bytes(data)
    inputs = np.random.RandomState(3).randint(-128, 128, (COUNT, 8)).astype("int8")
    np.save("x.npy", inputs)
    np.save("y.npy", np.zeros(COUNT, "uint8"))
    np.save("short.npy", np.zeros(COUNT - 1, "uint8"))
    return tmp_path


def refused(capsys, *words: str) -> str:
    assert 2 == main(["networks", *words])
    return capsys.readouterr().err


@needs_gcc
def test_accuracy_latency_and_sizes_of_each_network_are_measured(capsys, folder):
    """Labels are what TFLM's interpreter finds largest, but for three of them: 9 of 12 are right."""
    pytest.importorskip("tflite_micro")
    from mcusim.codegen.reference import reference_outputs

    graph = parse_model(classifier(), "net")
    data = input_data(Inputs(folder / "x.npy"), graph)
    wanted = [int(np.argmax(np.frombuffer(each[0], "int8"))) for each in
              reference_outputs(classifier(), graph, data)]  # fmt: skip
    np.save("y.npy", [(each + (place < 3)) % 4 for place, each in enumerate(wanted)])
    command = ["networks", "net.tflite", "hybrid.tflite", "float.tflite", *BOARD]

    assert 0 == main(
        [*command, "--inputs", "x.npy", "--labels", "y.npy", "--json", "c.json", "--plot", "c.svg"]
    )

    shown, found = capsys.readouterr().out, json.loads((folder / "c.json").read_text())
    net, hybrid_row, floats = found["rows"]
    assert "hybrid (1)" in shown
    assert "75.0 %" in shown
    assert b"<svg" in (folder / "c.svg").read_bytes()
    assert hybrid_row["result"] is None
    assert "hybrid layer" in hybrid_row["why_not"]
    for row in (net, floats):
        assert (9, 0.75) == (
            row["result"]["accuracy"]["correct_count"],
            row["result"]["accuracy"]["value_ratio"],
        )
        assert wanted == row["result"]["predicted"]
    assert "the real values 0.0500000007 * (value - 3)" == floats["given"]  # 0.05 as float32
    assert (COUNT * 8, COUNT * 8 * 4) == (net["result"]["inputs_bytes"], floats["result"]["inputs_bytes"])
    assert net["result"]["latency_s"] < floats["result"]["latency_s"]  # one converts besides
    assert (True, False) == (net["is_pareto"], floats["is_pareto"])


@needs_gcc
def test_how_the_inputs_are_split_among_firmwares_changes_nothing_but_their_number(
    capsys, folder, monkeypatch
):
    whole = printed_row(capsys)
    monkeypatch.setattr("mcusim.scenarios.networks_run._MOST_INPUT_BYTES", 5 * 8)
    split = printed_row(capsys)

    assert (1, 3) == (whole.pop("firmwares_count"), split.pop("firmwares_count"))  # 12 inputs, five at a time
    for key in (
        "predicted",
        "inputs_bytes",
        "weights_bytes",
        "peak_ram_bytes",
        "inferences_count",
        "accuracy",
    ):
        assert whole[key] == split[key]
    # Each firmware's first inference finds cold caches; the sums of floats differ in their last bits.
    assert whole["cycles"] == pytest.approx(split["cycles"], rel=0.02)
    assert abs(whole["flash_bytes"] - split["flash_bytes"]) < 64  # the loop over the inputs


def printed_row(capsys) -> dict:
    command = ["networks", "net.tflite", *BOARD, "--inputs", "x.npy", "--json", "-"]
    assert 0 == main(command)
    return json.loads(capsys.readouterr().out)["rows"][0]["result"]


@needs_gcc
def test_a_flash_too_small_for_all_inputs_is_filled_several_times(capsys, folder):
    """128 KiB (STM32F072RB, its datasheet) for 16 inputs of 8 KiB, weights of 16 KiB and the code."""
    (folder / "long.tflite").write_bytes(large(8192, 2))
    np.save("long.npy", np.zeros((16, 8192), "int8"))
    command = ["networks", "long.tflite", "--board", "nucleo_f072rb", "--inputs", "long.npy", "--json", "-"]

    assert 0 == main(command)

    result = json.loads(capsys.readouterr().out)["rows"][0]["result"]
    assert 16 == result["inferences_count"]
    assert 1 < result["firmwares_count"] <= 16
    assert result["flash_bytes"] < 128 * 1024


@needs_gcc
def test_when_no_network_can_be_run_the_reasons_are_said(capsys):
    np.save("long.npy", np.zeros((2, 200_000), "int8"))
    said = refused(capsys, "wide.tflite", "--board", "nucleo_f072rb", "--inputs", "long.npy")

    assert "none of the networks can be run" in said
    assert "wide: " in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["net.tflite", "--inputs", "x.npy"], "no board was named"),
        (["net.tflite", *BOARD], "--inputs"),
        (["no.tflite", *BOARD, "--inputs", "x.npy"], "there is no file 'no.tflite'"),
        (["net.tflite", "net.tflite", *BOARD, "--inputs", "x.npy"], "named twice"),
        (["net.tflite", *BOARD, "--inputs", "no.npy"], "cannot read the inputs 'no.npy'"),
        (
            ["net.tflite", *BOARD, "--inputs", "x.npy", "--inputs-count", "13"],
            "for 12 inferences, not for 13",
        ),
        (["net.tflite", *BOARD, "--inputs", "x.npy", "--labels", "short.npy"], "'x.npy' has 12 inputs"),
        (["float.tflite", *BOARD, "--inputs", "x.npy"], "int8, which none of the networks takes"),
        (["net.tflite", "--board", "nucleo", "--inputs", "x.npy"], "no board called 'nucleo'"),
        (["net.tflite", *BOARD, "--inputs", "x.npy", "--json", "x.npy"], "a file that this run reads"),
        (["net.tflite", *BOARD, "--inputs", "x.npy", "--plot", "x.gif"], "--plot cannot write 'x.gif'"),
        (["net.tflite", *BOARD, "--inputs", "x.npy", "--compiler", "tcc"], "tcc"),
    ],
)
def test_wrong_input_is_said_before_anything_is_built(capsys, words, message):
    assert message in refused(capsys, *words)
