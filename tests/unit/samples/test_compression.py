"""One network told five ways: the firmwares predict what the trained models do, at the costs that the page shows."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from tests.doc_compression import BOARD, FOLDER, MEASURED, compared, figures, page, variants

COUNT = 10
NAMES = [each["name"] for each in variants()]


@pytest.fixture(scope="module")
def expected():
    return json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def measured():
    return json.loads(MEASURED.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def networks():
    if shutil.which("arm-none-eabi-gcc") is None:
        pytest.skip("needs arm-none-eabi-gcc")
    return compared(BOARD, COUNT)


def test_every_firmware_predicts_what_the_interpreter_does(networks, expected):
    """expected.json: the outputs of TensorFlow Lite Micro's interpreter, when the networks were trained."""
    for row in networks.rows:
        assert row.result is not None, row.why_not
        outputs = np.array(expected[f"outputs_{row.name}"])[:COUNT]
        assert np.argmax(outputs, axis=1).tolist() == list(row.result.predicted), row.name


def test_the_page_shows_costs_that_a_short_run_finds_again(networks, measured):
    """Kernels or models changed? `python -m tests.doc_compression` measures anew."""
    for name, found in figures(networks).items():
        shown = measured[BOARD][name]

        assert found["latency_s"] == pytest.approx(shown["latency_s"], rel=0.02), name
        assert found["energy_j"] == pytest.approx(shown["energy_j"], rel=0.03), name
        assert found["flash_bytes"] == pytest.approx(shown["flash_bytes"], abs=256), name
        for key in ("peak_ram_bytes", "weights_bytes", "macs"):
            assert found[key] == shown[key], name


def test_the_accuracies_of_all_held_back_images_are_the_interpreter_s(measured, expected):
    """All int8 outputs are equal bit for bit; sums of floats may differ in their last bits."""
    for name in NAMES:
        wanted = expected["variants"][name]["committed_accuracy_ratio"]

        assert measured[BOARD][name]["accuracy_ratio"] == pytest.approx(wanted), name


def test_the_page_shows_what_was_measured(measured):
    text = (FOLDER / "README.md").read_text(encoding="utf-8")

    assert text == page(text, measured)
    assert "(networks.svg)" in text


def test_smaller_is_cheaper_and_four_bits_halve_the_flash(measured):
    """What the page says one learns, as far as it can be computed."""
    rows = measured[BOARD]

    assert rows["int8"]["flash_bytes"] < 0.4 * rows["float32"]["flash_bytes"]
    assert rows["int8"]["energy_j"] < 0.5 * rows["float32"]["energy_j"]
    assert rows["int4"]["weights_bytes"] < 0.6 * rows["int8"]["weights_bytes"]
    for smaller in ("pruned_int8", "distilled_int8"):
        assert rows[smaller]["energy_j"] < 0.6 * rows["int8"]["energy_j"]
