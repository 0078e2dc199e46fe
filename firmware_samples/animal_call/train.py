"""Trains the animal call network on synthetic calls and writes the sample's files.

python -m firmware_samples.animal_call.train     (packages of the extra `samples`; a few minutes)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from firmware_samples.animal_call.generator import CLASSES, FRAMES_COUNT, MEL, features
from firmware_samples.common.training.fitting import Recipe, fit_classifier
from firmware_samples.common.training.results import save_classifier
from firmware_samples.common.training.seeding import prepare
from firmware_samples.common.training.split import Examples, Split, one_of_each_class_first

FOLDER = Path(__file__).resolve().parent
SEED = 20268
TRAINING_COUNT, HELD_BACK_COUNT = 3000, 300
RECIPE = Recipe(SEED, epochs=12, batch_size=32)


def load_split() -> Split:
    """Recordings of two random streams, the classes in turn, standardised by those that are learned from."""
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
    """Each spectrum louder or softer, all of them some frames later: an animal may call at any moment."""
    gains = rng.uniform(-0.3, 0.3, (len(training.labels), 1, 1, 1)).astype(np.float32)
    moved = np.roll(training.inputs, int(rng.integers(FRAMES_COUNT)), axis=1)
    return Examples(moved + gains, training.labels)


def network() -> Any:
    """Two branches, one along time (rhythm) and one along frequency (pitch), joined and then looked at together."""
    from keras import Input, Model, layers

    def convolved(tensor: Any, channels: int, size: tuple[int, int]) -> Any:
        made = layers.Conv2D(channels, size, padding="same", use_bias=False)(tensor)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.9)(made))

    inputs = Input((FRAMES_COUNT, MEL.bands_count, 1))
    rhythm = layers.MaxPooling2D((1, 2))(convolved(inputs, 8, (7, 1)))
    pitch = layers.MaxPooling2D((1, 2))(convolved(inputs, 8, (1, 7)))
    tensor = layers.Concatenate()([rhythm, pitch])
    tensor = layers.MaxPooling2D(2)(convolved(tensor, 16, (3, 3)))
    tensor = layers.MaxPooling2D(2)(convolved(tensor, 24, (3, 3)))
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
