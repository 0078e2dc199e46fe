"""Data that is learned from and data that is held back; the second is never seen in training or calibration."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
LabelArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Examples:
    """Inputs with their labels; the first axis counts examples."""

    inputs: FloatArray
    labels: LabelArray

    def taken(self, indices: NDArray[np.int64]) -> Examples:
        """Those of the given indices, in that order."""
        return Examples(self.inputs[indices], self.labels[indices])


@dataclass(frozen=True, slots=True)
class Split:
    """One division of the data."""

    training: Examples
    held_back: Examples


def split_every(examples: Examples, nth: int) -> Split:
    """Every nth example of each class is held back, so that both parts have the classes in the same shares."""
    is_held_back = np.zeros(len(examples.labels), dtype=bool)
    for label in np.unique(examples.labels):
        is_held_back[np.flatnonzero(examples.labels == label)[nth - 1 :: nth]] = True
    return Split(examples.taken(np.flatnonzero(~is_held_back)), examples.taken(np.flatnonzero(is_held_back)))


def shuffled(examples: Examples, seed: int) -> Examples:
    """In random order."""
    return examples.taken(np.random.default_rng(seed).permutation(len(examples.labels)))


def one_of_each_class_first(examples: Examples) -> Examples:
    """The first example of every class in turn, then the second, and so on: any first N show every class.

    The order does not depend on what a network says about an example.
    """
    ranks = np.zeros(len(examples.labels), dtype=np.int64)
    for label in np.unique(examples.labels):
        at = np.flatnonzero(examples.labels == label)
        ranks[at] = np.arange(len(at))
    return examples.taken(np.lexsort((examples.labels, ranks)))
