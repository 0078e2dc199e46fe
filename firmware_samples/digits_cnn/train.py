"""Trains the digits network, quantises it to int8 and writes what firmware and tests use.

`python -m firmware_samples.digits_cnn.train` needs numpy and scikit-learn, about a minute, no network.
Data: sklearn.datasets.load_digits, 1797 images of 8 x 8 pixels in 17 grey levels, from "Optical Recognition
of Handwritten Digits" (E. Alpaydin, C. Kaynak; UCI Machine Learning Repository, CC BY 4.0), shipped with
scikit-learn (BSD-3-Clause). Every fourth image is held back: neither training nor calibration sees it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_samples.digits_cnn.float_net import (
    FloatArray,
    Parameters,
    forward,
    gradients,
    initial_parameters,
)
from firmware_samples.digits_cnn.model_header import digits_header, weights_header
from firmware_samples.digits_cnn.quantize import quantized_network
from firmware_samples.digits_cnn.reference import (
    FOLDER,
    MODEL_PATH,
    accuracy_ratio,
    bundled_digits,
    expected,
    load_network,
    quantized_input,
)

SEED = 1
EPOCHS = 60
BATCH_SIZE = 64
LEARNING_RATE = 0.004
HOLD_BACK_EVERY = 4


@dataclass(frozen=True, slots=True)
class Digits:
    """Images [n, 64] in grey levels 0..16, with labels."""

    pixels: NDArray[np.int64]
    labels: NDArray[np.int64]

    @property
    def images(self) -> FloatArray:
        """What the network sees: [n, 8, 8, 1] in 0..1, on the grid of the int8 input."""
        return ((quantized_input(self.pixels) + 128) / 255.0).reshape(-1, 8, 8, 1)


def load_split() -> tuple[Digits, Digits]:
    """Training and held-back digits."""
    from sklearn.datasets import load_digits  # type: ignore[import-untyped]

    pixels, labels = load_digits(return_X_y=True)
    is_held_back = np.arange(len(labels)) % HOLD_BACK_EVERY == HOLD_BACK_EVERY - 1
    pixels, labels = pixels.astype(np.int64), labels.astype(np.int64)
    return (
        Digits(pixels[~is_held_back], labels[~is_held_back]),
        Digits(pixels[is_held_back], labels[is_held_back]),
    )


def _jittered(images: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Each image moved by -1, 0 or 1 pixel sideways: more handwriting than 1348 images show."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (0, 0)))
    starts = rng.choice(3, size=len(images), p=(0.2, 0.6, 0.2))
    return np.stack([image[:, start : start + 8] for image, start in zip(padded, starts, strict=True)])


def _adam_step(params: Parameters, grads: Parameters, moments: dict[str, Parameters], step: int) -> None:
    """One Adam update (Kingma and Ba 2014, algorithm 1) in place; the rate falls along a half cosine."""
    steps_total = EPOCHS * (1348 // BATCH_SIZE)
    rate = LEARNING_RATE * 0.5 * (1.0 + np.cos(np.pi * min(step / steps_total, 1.0)))
    for name, gradient in grads.items():
        first = moments["first"][name] = 0.9 * moments["first"][name] + 0.1 * gradient
        second = moments["second"][name] = 0.999 * moments["second"][name] + 0.001 * gradient**2
        update = (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        params[name] = params[name] - rate * update


def train(digits: Digits) -> Parameters:
    """Parameters after EPOCHS passes; seeded, in float64 so that libraries' summing orders hardly matter."""
    rng = np.random.default_rng(SEED)
    params = initial_parameters(rng)
    zeros = {name: np.zeros_like(value) for name, value in params.items()}
    moments = {"first": dict(zeros), "second": dict(zeros)}
    images, step = digits.images, 0
    for _ in range(EPOCHS):
        order = rng.permutation(len(images))
        for at in range(0, len(order) - BATCH_SIZE + 1, BATCH_SIZE):
            chosen = order[at : at + BATCH_SIZE]
            step += 1
            acts = forward(params, _jittered(images[chosen], rng))
            _adam_step(params, gradients(params, acts, digits.labels[chosen]), moments, step)
    return params


def _bundled(held_back: Digits) -> dict[str, Any]:
    """The first held-back digit of each class, right or wrong, in the order of the data set."""
    chosen = sorted(int(np.flatnonzero(held_back.labels == label)[0]) for label in range(10))
    return {
        "source_indices": [index * HOLD_BACK_EVERY + HOLD_BACK_EVERY - 1 for index in chosen],
        "inputs": quantized_input(held_back.pixels[chosen]).tolist(),
        "labels": held_back.labels[chosen].tolist(),
    }


def _write(path_name: str, text: str) -> None:
    (FOLDER / path_name).write_text(text, encoding="utf-8", newline="\n")


def _write_expected(held_back: Digits) -> float:
    """expected.json from the integer reference; returns the held-back accuracy."""
    network = load_network()
    ratio = accuracy_ratio(network, quantized_input(held_back.pixels), held_back.labels)
    rows = [json.dumps(row) for row in expected(network, *bundled_digits())]
    summary = json.dumps({"digits_count": len(held_back.labels), "accuracy_ratio": ratio})
    body = ",\n    ".join(rows)
    _write("expected.json", f'{{\n  "held_back": {summary},\n  "digits": [\n    {body}\n  ]\n}}\n')
    return ratio


def main() -> None:
    """Train, quantise, write, and say how good the result is."""
    training, held_back = load_split()
    params = train(training)
    model = quantized_network(params, forward(params, training.images)) | {"digits": _bundled(held_back)}
    members = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in model.items())
    MODEL_PATH.write_text(f"{{\n{members}\n}}\n", encoding="utf-8", newline="\n")
    _write("src/model_data.h", weights_header(model))
    _write("src/model_data_digits.h", digits_header(model))
    logits = forward(params, held_back.images).logits
    print(f"held back: {len(held_back.labels)} of {len(training.labels) + len(held_back.labels)} digits")
    print(f"accuracy float: {(logits.argmax(axis=1) == held_back.labels).mean():.4f}")
    print(f"accuracy int8:  {_write_expected(held_back):.4f}")


if __name__ == "__main__":
    main()
