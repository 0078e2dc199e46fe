"""Trains the ResNet-8 of MLPerf Tiny on handwritten digits and writes the sample's files.

python -m firmware_samples.resnet8.train     (packages of the extra `samples`; about four minutes)

The published network classifies CIFAR-10; no package ships those pictures, so the same layers learn digits here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from firmware_samples.common.training.digits import CLASSES, load_digits, moved
from firmware_samples.common.training.fitting import Recipe, fit_classifier
from firmware_samples.common.training.results import save_classifier
from firmware_samples.common.training.seeding import prepare
from firmware_samples.common.training.split import Examples, Split

FOLDER = Path(__file__).resolve().parent
RECIPE = Recipe(seed=8, epochs=6)
COMMITTED_COUNT = 90
"""Held-back images in the repository: 3072 bytes each."""
STAGES = ((16, 1), (32, 2), (64, 2))
"""Channels and stride of the three residual blocks."""


def as_pictures(digits: Examples) -> Examples:
    """28x28 in grey to 32x32 with three equal colour channels."""
    framed = np.pad(digits.inputs, ((0, 0), (2, 2), (2, 2), (0, 0)))
    return Examples(np.repeat(framed, 3, axis=3), digits.labels)


def load_split() -> Split:
    """The digits as pictures of CIFAR-10's shape."""
    digits = load_digits()
    return Split(as_pictures(digits.training), as_pictures(digits.held_back))


def _convolved(inputs: Any, channels_count: int, size: int, stride: int) -> Any:
    from keras import layers, regularizers

    return layers.Conv2D(
        channels_count,
        size,
        strides=stride,
        padding="same",
        kernel_initializer="he_normal",
        kernel_regularizer=regularizers.L2(1e-4),
    )(inputs)


def _normalised(inputs: Any) -> Any:
    """With a short memory: an epoch here has 63 steps."""
    from keras import layers

    return layers.BatchNormalization(momentum=0.9)(inputs)


def network() -> Any:
    """As published: Banbury et al. 2021, MLPerf Tiny Benchmark; the batch norms vanish into the convolutions."""
    from keras import Model, layers

    inputs = layers.Input((32, 32, 3))
    signal = layers.ReLU()(_normalised(_convolved(inputs, STAGES[0][0], 3, 1)))
    for channels_count, stride in STAGES:
        branch = layers.ReLU()(_normalised(_convolved(signal, channels_count, 3, stride)))
        branch = _normalised(_convolved(branch, channels_count, 3, 1))
        if stride != 1:
            signal = _convolved(signal, channels_count, 1, stride)
        signal = layers.ReLU()(layers.Add()([signal, branch]))
    pooled = layers.Flatten()(layers.AveragePooling2D(8)(signal))
    return Model(inputs, layers.Dense(len(CLASSES), activation="softmax")(pooled))


def main() -> None:
    """Train, convert, write, and say how good the result is."""
    prepare(RECIPE.seed)
    split = load_split()
    model = network()
    fit_classifier(model, split.training, RECIPE, moved)
    save_classifier(FOLDER, model, split, CLASSES, COMMITTED_COUNT)


if __name__ == "__main__":
    main()
