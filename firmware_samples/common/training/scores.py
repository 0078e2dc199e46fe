"""How good a network is on data it has not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from firmware_samples.common.training.split import LabelArray


def accuracy_ratio(outputs: NDArray[Any], labels: LabelArray) -> float:
    """The share of rows whose largest output (the first of equals) is the label's."""
    return float((outputs.argmax(axis=1) == labels).mean())


def confusion(outputs: NDArray[Any], labels: LabelArray) -> list[list[int]]:
    """Rows: what it is; columns: what the network says."""
    count = outputs.shape[1]
    table = np.zeros((count, count), dtype=np.int64)
    np.add.at(table, (labels, outputs.argmax(axis=1)), 1)
    return table.tolist()


def area_under_curve(scores: NDArray[Any], labels: LabelArray) -> float:
    """The chance that a random example of class 1 scores higher than one of class 0; ties count half.

    The Mann-Whitney statistic, which equals the area under the ROC curve (Hanley and McNeil 1982).
    """
    positive, negative = scores[labels == 1], scores[labels == 0]
    above = (positive[:, np.newaxis] > negative[np.newaxis, :]).mean()
    equal = (positive[:, np.newaxis] == negative[np.newaxis, :]).mean()
    return float(above + equal / 2.0)
