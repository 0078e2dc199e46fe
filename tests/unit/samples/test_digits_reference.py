"""The integer reference of digits_cnn agrees with what is committed and with the data set."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace

import numpy as np
import pytest

from firmware_samples.digits_cnn import model_header, reference

FOLDER = reference.FOLDER


@pytest.fixture(scope="module")
def network() -> reference.Network:
    return reference.load_network()


@pytest.fixture(scope="module")
def expected() -> dict[str, object]:
    return json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))


def test_the_reference_reproduces_expected_json(network, expected):
    """expected.json is what the committed parameters give, not what somebody typed."""
    assert expected["digits"] == reference.expected(network, *reference.bundled_digits())


def test_the_reference_notices_one_changed_weight(network, expected):
    """The comparison above can fail: one weight of the last layer moves a logit."""
    weights = network.dense.weights.copy()
    weights[3, 100] += 40
    changed = replace(network, dense=replace(network.dense, weights=weights))

    assert expected["digits"] != reference.expected(changed, *reference.bundled_digits())


@pytest.mark.parametrize(
    ("name", "render"),
    [
        ("model_data.h", model_header.weights_header),
        ("model_data_digits.h", model_header.digits_header),
    ],
)
def test_the_firmware_header_is_what_the_model_file_gives(name, render):
    """C and Python read the same numbers."""
    model = json.loads(reference.MODEL_PATH.read_text(encoding="utf-8"))

    assert (FOLDER / "src" / name).read_text(encoding="utf-8") == render(model)


def test_the_bundled_digits_show_every_class_once():
    _, labels = reference.bundled_digits()

    assert list(range(10)) == sorted(labels.tolist())
    assert list(range(10)) != labels.tolist()  # a firmware that prints the index must not look right


def test_sample_toml_promises_the_console_of_expected_json(expected):
    """The console text is derived from the predictions, so the three files cannot drift apart."""
    recipe = tomllib.loads((FOLDER / "sample.toml").read_text(encoding="utf-8"))
    rows = expected["digits"]
    lines = [
        f"digit {at}: predicted {row['prediction']} label {row['label']}\n" for at, row in enumerate(rows)
    ]
    right = sum(row["prediction"] == row["label"] for row in rows)

    assert "".join(lines) + f"accuracy {right}/{len(rows)}\n" == recipe["measure"]["console"]


@pytest.fixture(scope="module")
def held_back():
    """The digits that training never sees, straight from scikit-learn."""
    pytest.importorskip("sklearn", reason="scikit-learn, which ships the digits, is not installed")
    from firmware_samples.digits_cnn import train

    return train.load_split()[1]


def test_the_held_back_accuracy_is_what_expected_json_says(network, expected, held_back):
    inputs = reference.quantized_input(held_back.pixels)
    ratio = reference.accuracy_ratio(network, inputs, held_back.labels)

    assert expected["held_back"] == {"digits_count": 449, "accuracy_ratio": ratio}
    assert ratio >= 0.96  # the sample's own aim


def test_the_bundled_digits_are_held_back_images_of_the_data_set(held_back):
    """No digit that the firmware shows was trained on."""
    inputs, labels = reference.bundled_digits()
    pool = reference.quantized_input(held_back.pixels)
    found = [np.flatnonzero((pool == values).all(axis=1)) for values in inputs]

    assert labels.tolist() == [int(held_back.labels[at[0]]) for at in found]


def test_the_gradients_of_the_training_loop_match_finite_differences():
    """Central differences of the loss are the definition of the gradient."""
    from firmware_samples.digits_cnn import float_net

    rng = np.random.default_rng(5)
    params = float_net.initial_parameters(rng)
    image, labels = rng.random((3, 8, 8, 1)), np.array([1, 7, 4])

    def loss() -> float:
        logits = float_net.forward(params, image).logits
        log_total = np.log(np.exp(logits).sum(axis=1))
        return float((log_total - logits[np.arange(3), labels]).mean())

    gradients = float_net.gradients(params, float_net.forward(params, image), labels)
    for name, value in params.items():
        at = tuple(int(size) // 2 for size in value.shape)
        kept, step = value[at], 1e-6
        value[at] = kept + step
        above = loss()
        value[at] = kept - step
        below = loss()
        value[at] = kept
        assert (above - below) / (2 * step) == pytest.approx(gradients[name][at], rel=1e-4, abs=1e-8), name
