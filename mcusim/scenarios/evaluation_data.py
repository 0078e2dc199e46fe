"""The inputs and labels of a data set, and what the firmware's outputs say of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mcusim.errors import UsageError
from mcusim.report.evaluation import ClassResult, Quality

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mcusim.report.quantity import Number

    Array = NDArray[Any]

ACCURACY, MAE, RMSE, AUC = "accuracy", "mae", "rmse", "auc"
_TOP = "top-"
METRICS = (ACCURACY, f"{_TOP}K", MAE, RMSE, AUC)
_NUMBERS = "biuf"
_SHOWN_CLASSES_COUNT = 1000


@dataclass(frozen=True, slots=True)
class Affine:
    """real = scale * (value - zero point)."""

    scale: Number
    zero_point: Number

    def real(self, values: Array) -> Array:
        """What quantised values stand for."""
        return (values.astype(np.float64) - self.zero_point) * self.scale

    def quantised(self, values: Array, dtype: np.dtype[Any]) -> Array:
        """The nearest values of the type, at its ends where they lie beyond."""
        limits = np.iinfo(dtype)
        steps = np.round(values.astype(np.float64) / self.scale + self.zero_point)
        return np.clip(steps, limits.min, limits.max).astype(dtype)


def check_inputs(inputs: Array) -> None:
    """Complain about inputs that no firmware can be given.

    Raises:
        UsageError: they are no rows of numbers, or some are NaN.
    """
    if inputs.dtype.kind not in _NUMBERS or inputs.ndim == 0 or not inputs.size:
        raise UsageError(
            f"the inputs are {inputs.dtype} of the shape {list(inputs.shape)}",
            fix="give an array of numbers whose first dimension counts the inputs",
        )
    if inputs.dtype.kind == "f":
        rows = np.flatnonzero(np.isnan(inputs.reshape(len(inputs), -1)).any(axis=1))
        if rows.size:
            raise UsageError(
                f"the inputs hold NaN, first in row {rows[0]}",
                why="what a network makes of it says nothing about the network",
                fix="leave these rows out, or replace the missing values as your application does",
            )


def check_labels(labels: Array, inputs_count: int) -> None:
    """Complain about labels that are not one for each input.

    Raises:
        UsageError: they are no numbers, NaN, or not as many as there are inputs.
    """
    if labels.dtype.kind not in _NUMBERS or labels.ndim == 0:
        raise UsageError(
            f"the labels are {labels.dtype} of the shape {list(labels.shape)}",
            fix="give the number of the right class for each input, or the right outputs",
        )
    if len(labels) != inputs_count:
        raise UsageError(
            f"there are {len(labels)} labels and {inputs_count} inputs",
            why="each input has one label",
            fix="give the labels of the same examples in the same order",
        )
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise UsageError("the labels hold NaN", fix="leave these examples out")


def checked_metric(name: str, labels: Array, outputs_shape: tuple[int, ...]) -> str:
    """The metric to use; `name` empty: what the labels are made for.

    Raises:
        UsageError: there is no such metric, or the labels or outputs are not made for it.
    """
    name = name or (ACCURACY if labels.dtype.kind in "biu" and _is_flat(labels) else MAE)
    if name not in METRICS[:1] + METRICS[2:] and not _top_count(name):
        raise UsageError(f"there is no metric '{name}'", fix=f"use one of: {', '.join(METRICS)} (top-3)")
    elements = math.prod(outputs_shape)
    if name in (ACCURACY, AUC) or _top_count(name):
        _check_classes(name, labels, elements)
    elif labels.size != len(labels) * elements:
        raise UsageError(
            f"{name} compares {elements} outputs with labels of the shape {list(labels.shape)}",
            fix=f"give {elements} right outputs for each input",
        )
    return name


def _check_classes(name: str, labels: Array, elements: int) -> None:
    if labels.dtype.kind not in "biu" or not _is_flat(labels):
        raise UsageError(
            f"{name} needs one whole number as the label of each input",
            why=f"the labels are {labels.dtype} of the shape {list(labels.shape)}",
            fix="give class numbers from 0 (numpy.argmax of one-hot rows), or choose --metric mae",
        )
    if name == AUC and not set(np.unique(labels)) <= {0, 1}:
        raise UsageError("auc needs labels that are 0 or 1", why=f"the largest is {labels.max()}")
    if name == AUC:
        return
    if labels.min() < 0 or (elements > 1 and labels.max() >= elements):
        raise UsageError(
            f"there is a label {labels.min() if labels.min() < 0 else labels.max()}",
            why=f"the output has {elements} elements, classes from 0 to {elements - 1}",
            fix="check the labels, and whether the output's symbol is the right one",
        )
    if _top_count(name) > elements:
        raise UsageError(f"{name} of an output with {elements} elements is always right")


def _is_flat(labels: Array) -> bool:
    return bool(labels.size == len(labels))


def _top_count(name: str) -> int:
    """3 of "top-3"; 0: it is none."""
    digits = name.removeprefix(_TOP)
    return int(digits) if name.startswith(_TOP) and digits.isascii() and digits.isdigit() else 0


def predicted_classes(outputs: Array) -> NDArray[np.int64]:
    """Where the largest element of each row is, of equal ones the first; of a single element its value."""
    rows = outputs.reshape(len(outputs), -1)
    if rows.shape[1] == 1:
        return rows[:, 0].astype(np.int64)
    has_nan = np.isnan(rows).any(axis=1) if rows.dtype.kind == "f" else np.zeros(len(rows), bool)
    return np.where(has_nan, -1, rows.argmax(axis=1))


@dataclass(frozen=True, slots=True)
class Compared:
    """Rows that ran, with what belongs to them."""

    inputs: Array
    """Real values, where it is known what the numbers mean."""
    outputs: Array
    labels: Array


def quality_of(metric: str, compared: Compared) -> Quality:
    """How right the outputs are by a metric that `checked_metric` has let pass."""
    rows = compared.outputs.reshape(len(compared.outputs), -1)
    labels, count = compared.labels, len(rows)
    if metric == AUC:
        scores, how = _scores(rows, compared.inputs)
        return Quality(AUC, _auc(scores, labels.reshape(-1)), count, None, how)
    if metric in (MAE, RMSE):
        differences = rows.astype(np.float64) - labels.reshape(count, -1).astype(np.float64)
        value = np.abs(differences).mean() if metric == MAE else np.sqrt((differences**2).mean())
        return Quality(metric, float(value), count, None, "outputs against labels")
    classes = labels.reshape(-1).astype(np.int64)
    top = _top_count(metric)
    if top:
        order = np.argsort(-rows.astype(np.float64), axis=1, kind="stable")[:, :top]
        right, how = (order == classes[:, None]).any(axis=1), f"label among the {top} largest outputs"
    else:
        right = predicted_classes(rows) == classes
        how = "largest output against label" if rows.shape[1] > 1 else "output against label"
    correct = int(right.sum())
    return Quality(metric, correct / count, count, correct, how)


def class_results(compared: Compared) -> tuple[ClassResult, ...]:
    """What became of the inputs of each label; nothing of more labels than anybody reads."""
    predicted, labels = predicted_classes(compared.outputs), compared.labels.reshape(-1).astype(np.int64)
    known = np.unique(labels)
    if len(known) > _SHOWN_CLASSES_COUNT:
        return ()
    results = []
    for label in known:
        own = predicted[labels == label]
        found, counts = np.unique(own, return_counts=True)
        pairs = sorted(
            zip(found.tolist(), counts.tolist(), strict=True), key=lambda each: (-each[1], each[0])
        )
        results.append(ClassResult(int(label), len(own), int((own == label).sum()), tuple(pairs)))
    return tuple(results)


def _scores(rows: Array, inputs: Array) -> tuple[NDArray[np.float64], str]:
    """One number for each input that is the larger the more it looks like label 1."""
    values, given = rows.astype(np.float64), inputs.reshape(len(inputs), -1).astype(np.float64)
    if values.shape[1] == 1:
        return values[:, 0], "the output is the score"
    if values.shape[1] == 2:
        return values[:, 1] - values[:, 0], "the second output less the first is the score"
    if values.shape == given.shape:
        return ((values - given) ** 2).mean(
            axis=1
        ), "the mean squared difference of output and input is the score"
    raise UsageError(
        f"auc cannot tell a score from {values.shape[1]} outputs",
        why="it takes one output, two, or as many as there are inputs (an autoencoder)",
        fix="choose --metric accuracy, or compute it from --predictions",
    )


def _auc(scores: NDArray[np.float64], labels: Array) -> float:
    """The share of pairs of a 1 and a 0 of which the 1 has the larger score; a tie is half a pair (Mann-Whitney U)."""
    ones, zeros = scores[labels == 1], np.sort(scores[labels == 0])
    if not len(ones) or not len(zeros):
        raise UsageError("auc needs inputs of both labels, 0 and 1")
    below = np.searchsorted(zeros, ones, side="left")
    not_above = np.searchsorted(zeros, ones, side="right")
    return float((below + not_above).sum() / 2 / (len(ones) * len(zeros)))
