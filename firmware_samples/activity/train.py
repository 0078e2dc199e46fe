"""Trains the activity network on smart-watch recordings (BasicMotions) and writes the sample's files.

python -m firmware_samples.activity.train     (packages of the extra `samples`; about a minute)

Data: four students wore a smart watch and walked, rested, ran and played badminton; 3-axis accelerometer and 3-axis
gyroscope at 10 Hz for ten seconds. 80 recordings, 40 of them are the archive's own test set, held back here too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from firmware_samples.common.training.results import save_classifier
from firmware_samples.common.training.seeding import prepare
from firmware_samples.common.training.split import Examples, FloatArray, Split, one_of_each_class_first

FOLDER = Path(__file__).resolve().parent
SEED = 20261
CLASSES = ("badminton", "running", "standing", "walking")
SAMPLES_COUNT, CHANNELS_COUNT = 100, 6
COPIES_COUNT = 24
"""Altered copies of each of the 40 recordings that are learned from in one epoch."""
EPOCHS = 12


def load_split() -> Split:
    """The archive's own split; each channel in units of its standard deviation over the training recordings.

    The division is part of the sensor's processing: one int8 scale has to serve both m/s^2 and degrees per second.
    """
    from aeon.datasets import load_basic_motions

    parts = [load_basic_motions(split=part) for part in ("train", "test")]
    recordings = [np.asarray(inputs, dtype=np.float32).transpose(0, 2, 1) for inputs, _ in parts]
    deviation = recordings[0].std(axis=(0, 1), keepdims=True)
    labels = [np.array([CLASSES.index(str(name).lower()) for name in names]) for _, names in parts]
    examples = [
        Examples((each / deviation)[:, :, np.newaxis, :], each_labels)
        for each, each_labels in zip(recordings, labels, strict=True)
    ]
    return Split(examples[0], one_of_each_class_first(examples[1]))


def altered(training: Examples, rng: np.random.Generator) -> Examples:
    """Copies as the same people might have moved: shifted in time, weaker or stronger, with sensor noise.

    The shift wraps around; a periodic motion loses nothing by it.
    """
    copies: list[FloatArray] = []
    for recording in np.repeat(training.inputs, COPIES_COUNT, axis=0):
        moved = np.roll(recording, rng.integers(SAMPLES_COUNT), axis=0)
        noise = rng.normal(0.0, 0.05, recording.shape)
        copies.append((moved * rng.uniform(0.8, 1.25) + noise).astype(np.float32))
    return Examples(np.stack(copies), np.repeat(training.labels, COPIES_COUNT))


def network() -> Any:
    """Three 1-D convolutions (as 2-D ones of width 1), the mean over time, one dense layer."""
    from keras import Sequential, layers

    return Sequential(
        [
            layers.Input((SAMPLES_COUNT, 1, CHANNELS_COUNT)),
            layers.Conv2D(16, (5, 1), strides=(2, 1), padding="same", activation="relu"),
            layers.Conv2D(24, (5, 1), strides=(2, 1), padding="same", activation="relu"),
            layers.Conv2D(32, (3, 1), padding="same", activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.2),
            layers.Dense(len(CLASSES), activation="softmax"),
        ]
    )


def main() -> None:
    """Train, convert, write, and say how good the result is."""
    prepare(SEED)
    split = load_split()
    examples = altered(split.training, np.random.default_rng(SEED))
    model = network()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(examples.inputs, examples.labels, batch_size=32, epochs=EPOCHS, verbose=0)
    save_classifier(FOLDER, model, split, CLASSES)


if __name__ == "__main__":
    main()
