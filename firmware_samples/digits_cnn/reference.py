"""The quantised digits network in integers, bit for bit what the firmware computes; it does not train.

`python -m firmware_samples.digits_cnn.reference` prints predictions and logits of the bundled digits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from firmware_samples.common import int8_reference as kernels
from firmware_samples.common.int8_reference import IntArray, Layer, SoftmaxScaling

FOLDER = Path(__file__).resolve().parent
MODEL_PATH = FOLDER / "model_data.json"


@dataclass(frozen=True, slots=True)
class Network:
    """The quantised parameters, in the order of execution."""

    conv: Layer
    depthwise: Layer
    pointwise: Layer
    dense: Layer
    softmax: SoftmaxScaling


def load_network(path: Path = MODEL_PATH) -> Network:
    """The network that train.py wrote."""
    data = json.loads(path.read_text(encoding="utf-8"))
    layers = {name: Layer.from_json(data[name]) for name in ("conv", "depthwise", "pointwise", "dense")}
    return Network(**layers, softmax=SoftmaxScaling(**data["softmax"]))


def bundled_digits(path: Path = MODEL_PATH) -> tuple[IntArray, IntArray]:
    """Inputs [digit, 64] as int8 values, and labels, of the digits that the firmware carries."""
    data = json.loads(path.read_text(encoding="utf-8"))["digits"]
    return np.array(data["inputs"], dtype=np.int64), np.array(data["labels"], dtype=np.int64)


def quantized_input(pixels: IntArray) -> IntArray:
    """Grey levels 0..16 to int8 with scale 1/255 of white and zero point -128, halves rounded up."""
    return (pixels * 255 + 8) // 16 - 128


def infer(network: Network, values: IntArray) -> tuple[IntArray, IntArray]:
    """Logits and probabilities (both int8 values) of one 8 x 8 input."""
    image = kernels.conv2d(values.reshape(8, 8, 1), network.conv)
    image = kernels.depthwise_conv2d(image, network.depthwise)
    image = kernels.dense(image, network.pointwise)
    image = kernels.avg_pool(kernels.max_pool(image, 2), 2)
    logits = kernels.dense(image.reshape(-1), network.dense)
    return logits, kernels.softmax(logits, network.softmax)


def accuracy_ratio(network: Network, inputs: IntArray, labels: IntArray) -> float:
    """Share of inputs whose most likely class is the label."""
    right_count = 0
    for values, label in zip(inputs, labels, strict=True):
        right_count += int(infer(network, values)[1].argmax()) == int(label)
    return right_count / len(labels)


def expected(network: Network, inputs: IntArray, labels: IntArray) -> list[dict[str, int | list[int]]]:
    """What expected.json records per digit."""
    rows: list[dict[str, int | list[int]]] = []
    for values, label in zip(inputs, labels, strict=True):
        logits, probabilities = infer(network, values)
        rows.append(
            {
                "label": int(label),
                "prediction": int(probabilities.argmax()),
                "logits": logits.tolist(),
                "probabilities": probabilities.tolist(),
            }
        )
    return rows


def main() -> None:
    """Print what the firmware must compute."""
    for index, row in enumerate(expected(load_network(), *bundled_digits())):
        print(f"digit {index}: predicted {row['prediction']} label {row['label']} logits {row['logits']}")


if __name__ == "__main__":
    main()
