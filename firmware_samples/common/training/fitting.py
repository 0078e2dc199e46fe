"""Fits a classifier on examples that are altered anew for every epoch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware_samples.common.training.split import Examples


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long and how fast."""

    seed: int
    epochs: int
    batch_size: int = 64
    learning_rate: float = 0.003
    """At the start; it falls along a half cosine to nothing."""


def adam(recipe: Recipe, examples_count: int) -> Any:
    """The optimizer of a recipe."""
    from keras import optimizers

    steps = recipe.epochs * -(-examples_count // recipe.batch_size)
    return optimizers.Adam(optimizers.schedules.CosineDecay(recipe.learning_rate, steps))


def fit_classifier(
    model: Any, training: Examples, recipe: Recipe, alter: Callable[[Examples, np.random.Generator], Examples]
) -> None:
    """Minimise the cross entropy of a network that ends in a softmax."""
    rng = np.random.default_rng(recipe.seed)
    model.compile(adam(recipe, len(training.labels)), loss="sparse_categorical_crossentropy")
    for _ in range(recipe.epochs):
        examples = alter(training, rng)
        model.fit(examples.inputs, examples.labels, batch_size=recipe.batch_size, epochs=1, verbose=0)
