"""Trains the MobileNetV1 of MLPerf Tiny to see whether a picture shows a digit, and writes the sample's files.

python -m firmware_samples.mobilenet_v1.train     (packages of the extra `samples`; about ten minutes)

The published network sees whether a picture shows a person; no package ships those pictures, so scenes are generated.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from firmware_samples.common.training.digits import load_digits
from firmware_samples.common.training.fitting import Recipe, fit_classifier
from firmware_samples.common.training.results import save_classifier
from firmware_samples.common.training.seeding import prepare
from firmware_samples.common.training.split import Examples, Split
from firmware_samples.mobilenet_v1.generator import CLASSES, SIZE, drawn

FOLDER = Path(__file__).resolve().parent
RECIPE = Recipe(seed=6, epochs=6, batch_size=32)
TRAINING_COUNT, HELD_BACK_COUNT = 2400, 500
COMMITTED_COUNT = 10
"""Held-back pictures in the repository: 27 648 bytes each."""
STEM_CHANNELS = 8
BLOCKS = (
    *((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)),
    *((128, 1),) * 5,
    *((256, 2), (256, 1)),
)
"""Channels and stride of each depthwise separable block at width 0.25."""


def load_split() -> Split:
    """Scenes of two random streams; held-back scenes show digits that are not learned from."""
    digits = load_digits()
    streams = [np.random.default_rng(seed) for seed in np.random.SeedSequence(RECIPE.seed).spawn(2)]
    return Split(
        drawn(digits.training.inputs, TRAINING_COUNT, streams[0]),
        drawn(digits.held_back.inputs, HELD_BACK_COUNT, streams[1]),
    )


def altered(training: Examples, rng: np.random.Generator) -> Examples:
    """Colours in another order: what a digit is does not depend on them."""
    return Examples(training.inputs[..., rng.permutation(3)], training.labels)


def network() -> Any:
    """As published: Banbury et al. 2021, MLPerf Tiny Benchmark, after Howard et al. 2017, MobileNets."""
    from keras import Sequential, layers

    def after_sums() -> list[Any]:
        return [layers.BatchNormalization(momentum=0.9), layers.ReLU()]

    blocks = []
    for channels_count, stride in BLOCKS:
        blocks += [
            layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False),
            *after_sums(),
            layers.Conv2D(channels_count, 1, use_bias=False),
            *after_sums(),
        ]
    return Sequential(
        [
            layers.Input((SIZE, SIZE, 3)),
            layers.Conv2D(STEM_CHANNELS, 3, strides=2, padding="same", use_bias=False),
            *after_sums(),
            *blocks,
            layers.AveragePooling2D(3),
            layers.Flatten(),
            layers.Dense(len(CLASSES), activation="softmax"),
        ]
    )


def main() -> None:
    """Train, convert, write, and say how good the result is."""
    prepare(RECIPE.seed)
    split = load_split()
    model = network()
    fit_classifier(model, split.training, RECIPE, altered)
    save_classifier(FOLDER, model, split, CLASSES, COMMITTED_COUNT)


if __name__ == "__main__":
    main()
