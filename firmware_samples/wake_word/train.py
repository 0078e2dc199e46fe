"""Trains the wake word network on synthetic speech and writes the sample's files.

python -m firmware_samples.wake_word.train     (packages of the extra `samples`; a few minutes)

generator.py and speech.py say how the scenes are made and what is held back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from firmware_samples.common.training.fitting import Recipe, fit_classifier
from firmware_samples.common.training.results import save_classifier
from firmware_samples.common.training.seeding import prepare
from firmware_samples.common.training.split import Examples, Split, one_of_each_class_first
from firmware_samples.wake_word.generator import CLASSES, FRAMES_COUNT, LEARNING, MEL, TESTING, Scenes
from firmware_samples.wake_word.speech import Synthesiser

FOLDER = Path(__file__).resolve().parent
SEED = 20266
TRAINING_COUNT, HELD_BACK_COUNT = 4500, 300
RECIPE = Recipe(SEED, epochs=14, batch_size=32)


def load_split() -> Split:
    """Scenes of two casts and two random streams, standardised by the training scenes."""
    streams = [np.random.default_rng(seed) for seed in np.random.SeedSequence(SEED).spawn(2)]
    synthesiser = Synthesiser()
    training = Scenes(synthesiser, LEARNING, streams[0]).drawn(TRAINING_COUNT)
    held_back = Scenes(synthesiser, TESTING, streams[1]).drawn(HELD_BACK_COUNT)
    mean, deviation = training.inputs.mean(), training.inputs.std()
    parts = [Examples((each.inputs - mean) / deviation, each.labels) for each in (training, held_back)]
    return Split(parts[0], one_of_each_class_first(parts[1]))


def altered(training: Examples, rng: np.random.Generator) -> Examples:
    """Each spectrum louder or softer and up to two frames earlier or later."""
    gains = rng.uniform(-0.2, 0.2, (len(training.labels), 1, 1, 1)).astype(np.float32)
    return Examples(np.roll(training.inputs, int(rng.integers(-2, 3)), axis=1) + gains, training.labels)


def network() -> Any:
    """The pattern of DS-CNN (Zhang et al. 2017, "Hello Edge", arXiv:1711.07128), narrower and with fewer blocks."""
    from keras import Sequential, layers

    def block(channels: int, stride: int) -> list[Any]:
        return [
            layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Conv2D(channels, 1, use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
        ]

    return Sequential(
        [
            layers.Input((FRAMES_COUNT, MEL.bands_count, 1)),
            layers.Conv2D(24, (8, 4), strides=(2, 2), padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            *block(32, 1),
            *block(40, 2),
            *block(48, 1),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.2),
            layers.Dense(len(CLASSES), activation="softmax"),
        ]
    )


def main() -> None:
    """Train, convert, write, and say how good the result is."""
    prepare(SEED)
    split = load_split()
    model = network()
    fit_classifier(model, split.training, RECIPE, altered)
    save_classifier(FOLDER, model, split, CLASSES)


if __name__ == "__main__":
    main()
