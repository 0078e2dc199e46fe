"""Cluttered colour pictures of 96 x 96 pixels, with a handwritten digit somewhere or without one. Synthetic scenes.

Clutter: a colour gradient, rectangles of all sizes, noise. The digit is one of MNIST's, enlarged, in any colour that
differs enough from what is behind it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firmware_samples.common.training.split import Examples, FloatArray

SIZE = 96
CLASSES = ("no digit", "digit")

Mask = NDArray[np.float32]


def drawn(digits: FloatArray, count: int, rng: np.random.Generator) -> Examples:
    """Pictures [96, 96, 3] in 0..1, classes in turn, each with its own digit of those given."""
    labels = np.arange(count) % len(CLASSES)
    pictures = [_picture(digits[int(rng.integers(len(digits)))], index, rng) for index in range(count)]
    return Examples(np.stack(pictures), labels)


def _picture(digit: FloatArray, index: int, rng: np.random.Generator) -> FloatArray:
    picture = _gradient(rng)
    for _ in range(int(rng.integers(2, 6))):
        picture = _painted(picture, _rectangle(rng), rng)
    if index % 2 == 1:
        picture = _painted(picture, _placed(digit[:, :, 0], rng), rng, contrast=0.5)
    picture = picture + rng.normal(0.0, rng.uniform(0.01, 0.06), picture.shape)
    return np.clip(picture, 0.0, 1.0).astype(np.float32)


def _gradient(rng: np.random.Generator) -> FloatArray:
    """From one colour to another, in a random direction."""
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] / (SIZE - 1.0)
    angle = rng.uniform(0.0, 2.0 * np.pi)
    share = (np.cos(angle) * (rows - 0.5) + np.sin(angle) * (columns - 0.5)) / np.sqrt(2.0) + 0.5
    first, last = rng.uniform(0.0, 1.0, (2, 3))
    return np.asarray(first + (last - first) * share[..., np.newaxis], dtype=np.float32)


def _painted(picture: FloatArray, mask: Mask, rng: np.random.Generator, contrast: float = 0.0) -> FloatArray:
    """In one colour; with a contrast, one that differs at least so much from the picture in some channel."""
    around = picture[mask > 0.5].mean(axis=0) if (mask > 0.5).any() else np.full(3, 0.5)
    colour = rng.uniform(0.0, 1.0, 3)
    while np.abs(colour - around).max() < contrast:
        colour = rng.uniform(0.0, 1.0, 3)
    return np.asarray(picture + mask[..., np.newaxis] * (colour - picture), dtype=np.float32)


def _rectangle(rng: np.random.Generator) -> Mask:
    mask = np.zeros((SIZE, SIZE), dtype=np.float32)
    top, left = rng.integers(0, SIZE - 8, 2)
    height, width = rng.integers(8, 56, 2)
    mask[top : top + height, left : left + width] = 1.0
    return mask


def _placed(image: FloatArray, rng: np.random.Generator) -> Mask:
    """Enlarged 1.6 to 3 times, somewhere in the picture."""
    size = int(28 * rng.uniform(1.6, 3.0))
    enlarged = _resized(image, size)
    top, left = rng.integers(0, SIZE - size + 1, 2)
    mask = np.zeros((SIZE, SIZE), dtype=np.float32)
    mask[top : top + size, left : left + size] = enlarged
    return mask


def _resized(image: FloatArray, size: int) -> FloatArray:
    """Bilinear."""
    at = np.linspace(0.0, len(image) - 1.0, size)
    below = np.minimum(at.astype(np.int64), len(image) - 2)
    share = at - below
    rows = image[below] * (1 - share)[:, np.newaxis] + image[below + 1] * share[:, np.newaxis]
    return rows[:, below] * (1 - share) + rows[:, below + 1] * share
