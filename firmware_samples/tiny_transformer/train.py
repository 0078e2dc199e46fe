"""Trains a two-layer transformer encoder that tells nine speakers by one vowel, and writes the sample's files.

python -m firmware_samples.tiny_transformer.train     (packages of the extra `samples`; about two minutes)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from firmware_samples.common.training.fitting import Recipe, fit_classifier
from firmware_samples.common.training.results import save_classifier
from firmware_samples.common.training.seeding import prepare
from firmware_samples.common.training.vowels import (
    CEPSTRA_COUNT,
    CLASSES,
    FRAMES_COUNT,
    load_vowels,
    spoken_again,
)

FOLDER = Path(__file__).resolve().parent
RECIPE = Recipe(seed=5, epochs=120, batch_size=30, learning_rate=0.002)
WIDTH, HEADS_COUNT, INNER_WIDTH, LAYERS_COUNT = 32, 2, 64, 2


def network() -> Any:
    """Frames to 32 numbers each, plus learned positions; two encoder layers; the mean of all frames; a dense layer."""
    import keras
    import tensorflow as tf

    from firmware_samples.tiny_transformer.encoder import Dense, EncoderLayer, LayerNorm

    class Classifier(keras.Model):
        input_shape = (None, FRAMES_COUNT, CEPSTRA_COUNT)

        def __init__(self) -> None:
            super().__init__()
            self.embedding, self.embedded, self.decided = Dense(WIDTH), LayerNorm(), Dense(len(CLASSES))
            self.positions = self.add_weight(
                shape=(1, FRAMES_COUNT, WIDTH), initializer=keras.initializers.RandomNormal(stddev=0.3)
            )
            self.encoder = [
                EncoderLayer(FRAMES_COUNT, WIDTH, HEADS_COUNT, INNER_WIDTH) for _ in range(LAYERS_COUNT)
            ]

        def call(self, inputs: Any, training: bool = False) -> Any:
            frames = self.embedding(tf.reshape(inputs, [-1, CEPSTRA_COUNT]))
            placed = tf.reshape(frames, [-1, FRAMES_COUNT, WIDTH]) + self.positions
            rows = self.embedded(tf.reshape(placed, [-1, WIDTH]))
            for layer in self.encoder:
                rows = layer(rows, training=training)
            mean = tf.reduce_mean(tf.reshape(rows, [-1, FRAMES_COUNT, WIDTH]), axis=1)
            return tf.nn.softmax(self.decided(mean))

    return Classifier()


def main() -> None:
    """Train, convert, write, and say how good the result is."""
    prepare(RECIPE.seed)
    split = load_vowels()
    model = network()
    model(split.training.inputs[:1])
    fit_classifier(model, split.training, RECIPE, spoken_again)
    save_classifier(FOLDER, model, split, CLASSES)


if __name__ == "__main__":
    main()
