"""Teaches a small network by what a large one thinks of each image, not only by the label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from firmware_samples.common.training.digits import CLASSES, moved
from firmware_samples.common.training.fitting import Recipe, adam

if TYPE_CHECKING:
    from firmware_samples.common.training.split import Examples

TEMPERATURE = 4.0
TEACHER_SHARE = 0.9


def fit_by_teacher(student: Any, teacher: Any, training: Examples, recipe: Recipe) -> None:
    """Hinton, Vinyals and Dean 2015: softened outputs of the teacher, with a share of the true labels.

    The teacher sees each image as the student does, moved.
    """
    rng = np.random.default_rng(recipe.seed)
    student.compile(adam(recipe, len(training.labels)), loss=_loss)
    for _ in range(recipe.epochs):
        examples = moved(training, rng)
        opinions = teacher.predict(examples.inputs, batch_size=250, verbose=0)
        truth = np.eye(len(CLASSES), dtype=np.float32)[examples.labels]
        lessons = np.concatenate([opinions, truth], axis=1)
        student.fit(examples.inputs, lessons, batch_size=recipe.batch_size, epochs=1, verbose=0)


def _loss(lessons: Any, logits: Any) -> Any:
    """Cross entropies; the square of the temperature keeps the two gradients' sizes comparable."""
    import tensorflow as tf

    opinions, truth = tf.split(lessons, 2, axis=1)
    softened = tf.nn.softmax(opinions / TEMPERATURE)
    by_teacher = tf.nn.softmax_cross_entropy_with_logits(softened, logits / TEMPERATURE) * TEMPERATURE**2
    by_label = tf.nn.softmax_cross_entropy_with_logits(truth, logits)
    return TEACHER_SHARE * by_teacher + (1.0 - TEACHER_SHARE) * by_label
