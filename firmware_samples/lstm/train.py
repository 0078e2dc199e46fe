"""Trains an LSTM that tells nine speakers by one vowel, and writes the sample's files.

python -m firmware_samples.lstm.train     (packages of the extra `samples`; about two minutes)

In TensorFlow Lite Micro the state of an LSTM lives on from one inference to the next, unless the program clears it.
This network is trained for that: its state is whatever the utterance before has left.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from firmware_samples.common.training.results import save_classifier
from firmware_samples.common.training.seeding import prepare
from firmware_samples.common.training.split import Examples, Split
from firmware_samples.common.training.vowels import (
    CEPSTRA_COUNT,
    CLASSES,
    FRAMES_COUNT,
    load_vowels,
    spoken_again,
)

FOLDER = Path(__file__).resolve().parent
SEED = 4
EPOCHS = 120
BATCH_SIZE = 30
LEARNING_RATE = 0.004
UNITS_COUNT = 32


def ended_together(examples: Examples) -> Examples:
    """The silence before each utterance instead of after it: what is said last is what the state shows best."""
    rolled = np.stack([np.roll(each, _silence_count(each), axis=0) for each in examples.inputs])
    return Examples(rolled, examples.labels)


def _silence_count(utterance: Any) -> int:
    return FRAMES_COUNT - 1 - int(np.flatnonzero(np.abs(utterance).sum(axis=1))[-1])


def network(batch_size: int | None = None) -> Any:
    """One LSTM, one dense layer; with a batch size, each row's state lives on into the next batch."""
    from tf_keras import Sequential, layers

    return Sequential(
        [
            layers.Input((FRAMES_COUNT, CEPSTRA_COUNT), batch_size=batch_size),
            layers.LSTM(UNITS_COUNT, stateful=batch_size is not None),
            layers.Dropout(0.2),
            layers.Dense(len(CLASSES), activation="softmax"),
        ]
    )


def trained(training: Examples) -> Any:
    """Each utterance follows a random other one, and takes over its state."""
    from tf_keras import optimizers

    rng = np.random.default_rng(SEED)
    model = network(BATCH_SIZE)
    steps = EPOCHS * len(training.labels) // BATCH_SIZE
    rate = optimizers.schedules.CosineDecay(LEARNING_RATE, steps)
    model.compile(optimizers.Adam(rate, clipnorm=1.0), loss="sparse_categorical_crossentropy")
    for _ in range(EPOCHS):
        order = rng.permutation(len(training.labels))
        examples = ended_together(spoken_again(training.taken(order), rng))
        model.fit(examples.inputs, examples.labels, batch_size=BATCH_SIZE, epochs=1, shuffle=False, verbose=0)
    stateless = network()
    stateless.set_weights(model.get_weights())
    return stateless


def main() -> None:
    """Train, convert, write, and say how good the result is."""
    prepare(SEED)
    vowels = load_vowels()
    split = Split(ended_together(vowels.training), ended_together(vowels.held_back))
    save_classifier(FOLDER, trained(vowels.training), split, CLASSES)


if __name__ == "__main__":
    main()
