"""Which numbers of a model to change, and how far, so that it comes near measured values: pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mcusim.calibration.traces.trace import Floats

SENSITIVE_RATIO = 0.002
"""A number whose trial moves no measured row by more is left alone: the measurements do not see it."""
_LEAST_GAIN_RATIO = 0.7
"""One number more must leave this share of the residual, or less."""
_MOST_NUMBERS_COUNT = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """Numbers to change, and by how much."""

    names: tuple[str, ...]
    """Empty: no change helps."""
    steps: tuple[float, ...]
    predicted_ratio: float
    """Root mean square of the relative residuals that a straight line promises."""


def rms_ratio(modelled: Sequence[float], measured: Sequence[float]) -> float:
    """Root mean square of modelled over measured, minus one."""
    return float(np.sqrt(np.mean((np.asarray(modelled) / np.asarray(measured) - 1) ** 2)))


def chosen_steps(
    modelled: Sequence[float],
    measured: Sequence[float],
    slopes: Mapping[str, Sequence[float]],
    limits: Mapping[str, tuple[float, float]],
) -> Choice:
    """The fewest numbers that explain the difference; `slopes` are the change of each row per unit of a number.

    `limits` are the smallest and largest step of each.
    """
    target = 1 - np.asarray(modelled) / np.asarray(measured)
    columns = {name: np.asarray(slope) / np.asarray(measured) for name, slope in slopes.items()}
    best = Choice((), (), rms_ratio(modelled, measured))
    for count in range(1, min(_MOST_NUMBERS_COUNT, len(target)) + 1):
        options = [_solved(names, target, columns, limits) for names in combinations(columns, count)]
        leader = min(options, key=lambda option: option.predicted_ratio, default=best)
        if leader.predicted_ratio < _LEAST_GAIN_RATIO * best.predicted_ratio:
            best = leader
    return best


def _solved(
    names: tuple[str, ...],
    target: Floats,
    columns: Mapping[str, Floats],
    limits: Mapping[str, tuple[float, float]],
) -> Choice:
    """Least squares within the limits: a number that hits one stays there while the others settle."""
    steps = dict.fromkeys(names, 0.0)
    free = list(names)
    while free:
        fixed = sum(
            (columns[name] * steps[name] for name in names if name not in free), np.zeros(len(target))
        )
        matrix = np.stack([columns[name] for name in free], axis=1)
        solution = np.linalg.lstsq(matrix, target - fixed, rcond=None)[0]
        steps.update(zip(free, solution.tolist(), strict=True))
        outside = [name for name in free if not limits[name][0] <= steps[name] <= limits[name][1]]
        if not outside:
            break
        for name in outside:
            steps[name] = min(max(steps[name], limits[name][0]), limits[name][1])
            free.remove(name)
    left = target - sum((columns[name] * steps[name] for name in names), np.zeros(len(target)))
    return Choice(names, tuple(steps[name] for name in names), float(np.sqrt(np.mean(left**2))))
