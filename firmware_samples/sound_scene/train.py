"""Trains the sound scene network on synthetic scenes and writes the sample's files.

python -m firmware_samples.sound_scene.train     (packages of the extra `samples`; a few minutes)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from firmware_samples.common.training.fitting import Recipe, fit_classifier
from firmware_samples.common.training.results import save_classifier
from firmware_samples.common.training.seeding import prepare
from firmware_samples.common.training.split import Examples, Split, one_of_each_class_first
from firmware_samples.sound_scene.generator import CLASSES, FRAMES_COUNT, MEL, features

FOLDER = Path(__file__).resolve().parent
SEED = 20267
TRAINING_COUNT, HELD_BACK_COUNT = 3000, 300
RECIPE = Recipe(SEED, epochs=12, batch_size=32)


def load_split() -> Split:
    """Scenes of two random streams, the classes in turn, standardised by the training scenes."""
    parts = []
    for seed, count in zip(
        np.random.SeedSequence(SEED).spawn(2), (TRAINING_COUNT, HELD_BACK_COUNT), strict=True
    ):
        rng = np.random.default_rng(seed)
        labels = np.arange(count) % len(CLASSES)
        spectra = np.stack([features(CLASSES[label], rng) for label in labels])
        parts.append(Examples(spectra[..., np.newaxis].astype(np.float32), labels))
    mean, deviation = parts[0].inputs.mean(), parts[0].inputs.std()
    training, held_back = (Examples((each.inputs - mean) / deviation, each.labels) for each in parts)
    return Split(training, one_of_each_class_first(held_back))


def altered(training: Examples, rng: np.random.Generator) -> Examples:
    """Each spectrum louder or softer."""
    gains = rng.uniform(-0.3, 0.3, (len(training.labels), 1, 1, 1)).astype(np.float32)
    return Examples(training.inputs + gains, training.labels)


def network() -> Any:
    """One convolution and two residual blocks (He et al. 2015, arXiv:1512.03385), each halving time and frequency."""
    from keras import Input, Model, layers

    def convolved(tensor: Any, channels: int, stride: int) -> Any:
        made = layers.Conv2D(channels, 3, strides=stride, padding="same", use_bias=False)(tensor)
        return layers.BatchNormalization(momentum=0.9)(made)

    def block(tensor: Any, channels: int) -> Any:
        main = layers.ReLU()(convolved(tensor, channels, 2))
        short = layers.Conv2D(channels, 1, strides=2, padding="same")(tensor)
        return layers.ReLU()(layers.Add()([convolved(main, channels, 1), short]))

    inputs = Input((FRAMES_COUNT, MEL.bands_count, 1))
    tensor = layers.ReLU()(convolved(inputs, 8, 2))
    tensor = block(block(tensor, 16), 24)
    tensor = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(tensor))
    return Model(inputs, layers.Dense(len(CLASSES), activation="softmax")(tensor))


def main() -> None:
    """Train, convert, write, and say how good the result is."""
    prepare(SEED)
    split = load_split()
    model = network()
    fit_classifier(model, split.training, RECIPE, altered)
    save_classifier(FOLDER, model, split, CLASSES)


if __name__ == "__main__":
    main()
