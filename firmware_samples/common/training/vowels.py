"""Japanese Vowels: nine speakers say /ae/, as cepstra of short frames; shipped in aeon."""

from __future__ import annotations

import numpy as np

from firmware_samples.common.training.split import Examples, FloatArray, Split, one_of_each_class_first

FRAMES_COUNT, CEPSTRA_COUNT = 29, 12
CLASSES = tuple(f"speaker {number}" for number in range(1, 10))


def load_vowels() -> Split:
    """The archive's own split: 270 utterances to learn from, 370 held back; [29, 12], zeros after the last frame."""
    training, held_back = _load("train"), _load("test")
    return Split(training, one_of_each_class_first(held_back))


def _load(part: str) -> Examples:
    from aeon.datasets import load_japanese_vowels

    utterances, names = load_japanese_vowels(split=part)
    inputs = np.zeros((len(utterances), FRAMES_COUNT, CEPSTRA_COUNT), dtype=np.float32)
    for row, utterance in zip(inputs, utterances, strict=True):
        row[: utterance.shape[1]] = utterance.T
    return Examples(inputs, np.array([int(name) - 1 for name in names]))


def spoken_again(training: Examples, rng: np.random.Generator) -> Examples:
    """Each utterance up to 15 % faster or slower, with a little noise: what 30 a speaker do not show."""
    altered = np.zeros_like(training.inputs)
    for row, utterance in zip(altered, training.inputs, strict=True):
        spoken = utterance[: _frames_count(utterance)]
        count = int(np.clip(round(len(spoken) * rng.uniform(0.85, 1.15)), 5, FRAMES_COUNT))
        row[:count] = _resampled(spoken, count) + rng.normal(0.0, 0.05, (count, CEPSTRA_COUNT))
    return Examples(altered, training.labels)


def _frames_count(utterance: FloatArray) -> int:
    return int(np.flatnonzero(np.abs(utterance).sum(axis=1))[-1]) + 1


def _resampled(frames: FloatArray, count: int) -> FloatArray:
    """Linear interpolation between neighbouring frames."""
    at = np.linspace(0, len(frames) - 1, count)
    below = np.floor(at).astype(np.int64)
    above = np.minimum(below + 1, len(frames) - 1)
    share = (at - below)[:, np.newaxis]
    return np.asarray(frames[below] * (1 - share) + frames[above] * share, dtype=np.float32)
