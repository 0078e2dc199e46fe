"""Trains the face network on real photographs (a subset of LFW) and writes the sample's files.

python -m firmware_samples.face_detection.train     (packages of the extra `samples`; a few minutes)

Data: skimage.data.lfw_subset, 100 faces and 100 cut-outs of the background of the same photographs, 25x25 grey
pixels. Every fourth image of each kind is held back. As 50 held-back images say little, the network is also trained
four times more, each time with another quarter held back: the mean over all 200 images is in the read-me.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from firmware_samples.common.training.results import fill_readme, save_classifier
from firmware_samples.common.training.scores import accuracy_ratio
from firmware_samples.common.training.seeding import prepare
from firmware_samples.common.training.split import (
    Examples,
    FloatArray,
    Split,
    one_of_each_class_first,
    split_every,
)

FOLDER = Path(__file__).resolve().parent
SEED = 20263
CLASSES = ("background", "face")
SIDE_PIXELS = 24
FOLDS_COUNT = 4
EPOCHS = 60
COPIES_COUNT = 4


def load_examples() -> Examples:
    """All 200 images without their last row and column, values -1..1; the even side halves without remainder."""
    from skimage.data import lfw_subset

    images = np.asarray(lfw_subset(), dtype=np.float32)[:, :SIDE_PIXELS, :SIDE_PIXELS, np.newaxis]
    return Examples(images * 2.0 - 1.0, np.repeat(np.array([1, 0]), 100))


def rotated(examples: Examples, by_count: int) -> Examples:
    """The same examples beginning elsewhere, so that another quarter of them is every fourth."""
    order = np.concatenate([np.arange(by_count, 100), np.arange(by_count)])
    return examples.taken(np.concatenate([order, order + 100]))


def altered(images: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Mirrored, moved by up to two pixels, brighter or darker, with more or less contrast."""
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="edge")
    result = np.empty_like(images)
    for index, image in enumerate(padded):
        down, right = rng.integers(0, 5, 2)
        cut = image[down : down + SIDE_PIXELS, right : right + SIDE_PIXELS]
        cut = cut[:, ::-1] if rng.uniform() < 0.5 else cut
        result[index] = cut * rng.uniform(0.7, 1.3) + rng.uniform(-0.2, 0.2)
    return np.clip(result, -1.0, 1.0)


def network() -> Any:
    """MobileNetV1's pattern (Howard et al. 2017, arXiv:1704.04861) in small: depthwise 3x3, pointwise 1x1."""
    from keras import Sequential, layers

    def separable(channels: int, stride: int) -> list[Any]:
        return [
            layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(6.0),
            layers.Conv2D(channels, 1, use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(6.0),
        ]

    return Sequential(
        [
            layers.Input((SIDE_PIXELS, SIDE_PIXELS, 1)),
            layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(6.0),
            *separable(16, 1),
            *separable(32, 2),
            *separable(32, 1),
            *separable(64, 2),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.3),
            layers.Dense(len(CLASSES), activation="softmax"),
        ]
    )


def trained(training: Examples, seed: int) -> Any:
    """A network that has seen COPIES_COUNT altered copies of each image in every epoch."""
    import keras

    rng = np.random.default_rng(seed)
    model = network()
    steps = EPOCHS * (len(training.labels) * COPIES_COUNT // 32)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy")
    images, labels = (np.repeat(each, COPIES_COUNT, axis=0) for each in (training.inputs, training.labels))
    for _ in range(EPOCHS):
        model.fit(altered(images, rng), labels, batch_size=32, epochs=1, verbose=0)
    return model


def cross_validated_ratio(examples: Examples) -> float:
    """Accuracy in float over all images, each judged by a network that has not seen it."""
    right_count = 0.0
    for fold in range(FOLDS_COUNT):
        split = split_every(rotated(examples, fold), FOLDS_COUNT)
        outputs = np.asarray(trained(split.training, SEED + fold).predict(split.held_back.inputs, verbose=0))
        right_count += accuracy_ratio(outputs, split.held_back.labels) * len(split.held_back.labels)
    return right_count / len(examples.labels)


def main() -> None:
    """Train, convert, write, and say how good the result is."""
    prepare(SEED)
    examples = load_examples()
    split = split_every(examples, FOLDS_COUNT)
    split = Split(split.training, one_of_each_class_first(split.held_back))
    save_classifier(FOLDER, trained(split.training, SEED), split, CLASSES)
    ratio = cross_validated_ratio(examples)
    fill_readme(FOLDER, "cross-validation", f"Four-fold, float32, all 200 images: {100 * ratio:.1f} %.")
    print(f"cross-validated: {ratio:.4f}")


if __name__ == "__main__":
    main()
