"""Trains the DS-CNN of MLPerf Tiny on synthetic command words and writes the sample's files.

python -m firmware_samples.ds_cnn.train     (packages of the extra `samples`; about ten minutes)

The published network learns Google's Speech Commands; no package ships those recordings, so a synthesiser speaks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from firmware_samples.common.training.fitting import Recipe, fit_classifier
from firmware_samples.common.training.results import save_classifier
from firmware_samples.common.training.seeding import prepare
from firmware_samples.common.training.split import Examples, Split, one_of_each_class_first
from firmware_samples.ds_cnn.generator import (
    CEPSTRA_COUNT,
    CLASSES,
    FRAMES_COUNT,
    LEARNING,
    TESTING,
    Utterances,
)
from firmware_samples.wake_word.speech import Synthesiser

FOLDER = Path(__file__).resolve().parent
RECIPE = Recipe(seed=12, epochs=12, batch_size=64)
TRAINING_COUNT, HELD_BACK_COUNT = 3600, 480
CHANNELS_COUNT, BLOCKS_COUNT = 64, 4


def load_split() -> Split:
    """Utterances of two casts and two random streams; each cepstrum in units of its deviation in training.

    The division is part of the front end: one int8 scale has to serve all ten.
    """
    streams = [np.random.default_rng(seed) for seed in np.random.SeedSequence(RECIPE.seed).spawn(2)]
    synthesiser = Synthesiser()
    training = Utterances(synthesiser, LEARNING, streams[0]).drawn(TRAINING_COUNT)
    held_back = Utterances(synthesiser, TESTING, streams[1]).drawn(HELD_BACK_COUNT)
    mean = training.inputs.mean(axis=(0, 1), keepdims=True)
    deviation = training.inputs.std(axis=(0, 1), keepdims=True)
    parts = [Examples((each.inputs - mean) / deviation, each.labels) for each in (training, held_back)]
    return Split(parts[0], one_of_each_class_first(parts[1]))


def altered(training: Examples, rng: np.random.Generator) -> Examples:
    """Up to three frames earlier or later, the frame at the edge repeated; a little noise."""
    edge = 3
    padded = np.pad(training.inputs, ((0, 0), (edge, edge), (0, 0), (0, 0)), mode="edge")
    starts = rng.integers(0, 2 * edge + 1, len(padded))
    moved = np.stack([each[start:][:FRAMES_COUNT] for each, start in zip(padded, starts, strict=True)])
    return Examples((moved + rng.normal(0.0, 0.05, moved.shape)).astype(np.float32), training.labels)


def network() -> Any:
    """As published: Banbury et al. 2021, MLPerf Tiny Benchmark, after Zhang et al. 2017, Hello Edge."""
    from keras import Sequential, layers

    def after_sums() -> list[Any]:
        return [layers.BatchNormalization(momentum=0.9), layers.ReLU()]

    blocks = []
    for _ in range(BLOCKS_COUNT):
        blocks += [layers.DepthwiseConv2D(3, padding="same"), *after_sums()]
        blocks += [layers.Conv2D(CHANNELS_COUNT, 1), *after_sums()]
    return Sequential(
        [
            layers.Input((FRAMES_COUNT, CEPSTRA_COUNT, 1)),
            layers.Conv2D(CHANNELS_COUNT, (10, 4), strides=2, padding="same"),
            *after_sums(),
            layers.Dropout(0.2),
            *blocks,
            layers.Dropout(0.4),
            layers.AveragePooling2D((25, 5)),
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
    save_classifier(FOLDER, model, split, CLASSES)


if __name__ == "__main__":
    main()
