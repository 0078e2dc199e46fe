"""Trains the heartbeat network on synthetic electrocardiograms and writes the sample's files.

python -m firmware_samples.heartbeat.train     (packages of the extra `samples`; a few minutes)

generator.py says how the signals are made. As a network can learn a generator's habits instead of rhythms, the regular
electrocardiograms of another program, neurokit2, are tried too; they are never learned from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from firmware_samples.common.training.results import fill_readme, save_classifier
from firmware_samples.common.training.seeding import prepare
from firmware_samples.common.training.split import Examples, FloatArray, Split, one_of_each_class_first
from firmware_samples.heartbeat.generator import DURATION_S, RATE_HZ, Rhythm, electrocardiogram

FOLDER = Path(__file__).resolve().parent
SEED = 20264
CLASSES = ("sinus rhythm", "atrial fibrillation", "ectopic beats")
TRAINING_COUNT, HELD_BACK_COUNT = 3600, 300
FOREIGN_COUNT = 60
EPOCHS = 16


def generated(count: int, rng: np.random.Generator) -> Examples:
    """The rhythms in turn."""
    labels = np.arange(count) % len(CLASSES)
    signals = np.stack([electrocardiogram(Rhythm(label), rng) for label in labels])
    return Examples(signals[:, :, np.newaxis, np.newaxis].astype(np.float32), labels)


def foreign_signals() -> FloatArray:
    """Regular electrocardiograms by neurokit2, 55 to 100 beats a minute, its own noise and base line."""
    from neurokit2 import ecg_simulate

    signals = []
    for index in range(FOREIGN_COUNT):
        signal = ecg_simulate(
            duration=int(DURATION_S),
            sampling_rate=RATE_HZ,
            heart_rate=55 + index * 45 // FOREIGN_COUNT,
            heart_rate_std=1,
            noise=0.02,
            random_state=index,
        )
        signals.append((signal - np.mean(signal)) / np.std(signal))
    return np.stack(signals)[:, :, np.newaxis, np.newaxis].astype(np.float32)


def network() -> Any:
    """Convolutions over time that halve its resolution down to a third of a second, then two that look around."""
    from keras import Sequential, layers

    def block(channels: int, taps: int, stride: int) -> list[Any]:
        return [
            layers.Conv2D(channels, (taps, 1), strides=(stride, 1), padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
        ]

    return Sequential(
        [
            layers.Input((int(DURATION_S * RATE_HZ), 1, 1)),
            *block(12, 7, 4),
            *block(16, 5, 2),
            *block(24, 5, 2),
            *block(32, 5, 2),
            *block(32, 5, 1),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.2),
            layers.Dense(len(CLASSES), activation="softmax"),
        ]
    )


def main() -> None:
    """Train, convert, write, and say how good the result is."""
    import keras

    prepare(SEED)
    streams = [np.random.default_rng(seed) for seed in np.random.SeedSequence(SEED).spawn(2)]
    training, held_back = generated(TRAINING_COUNT, streams[0]), generated(HELD_BACK_COUNT, streams[1])
    split = Split(training, one_of_each_class_first(held_back))
    model = network()
    rate = keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * TRAINING_COUNT // 32)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy")
    model.fit(training.inputs, training.labels, batch_size=32, epochs=EPOCHS, verbose=0)
    quantized = save_classifier(FOLDER, model, split, CLASSES)
    reference = quantized.reference
    foreign = reference.outputs(reference.input.quantized(foreign_signals()))
    right_count = int((foreign.argmax(axis=1) == Rhythm.SINUS.value).sum())
    made = "regular electrocardiograms made by neurokit2"
    text = f"{right_count} of {FOREIGN_COUNT} {made} are called sinus rhythm (int8)."
    fill_readme(FOLDER, "foreign", text)
    print(text)


if __name__ == "__main__":
    main()
