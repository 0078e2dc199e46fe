"""Fits supply currents of power states to measured mean currents: pure functions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mcusim.calibration.traces.trace import Floats

if TYPE_CHECKING:
    from collections.abc import Sequence

SAME_FIRMWARE_BAND_RATIO = 0.08
"""Least half-width of a calibrated band: the mean current of the other models of the same submission is off by at most
7.9 % for 90 % of 97 MLPerf Tiny results (v0.5 to v1.3, Arm CPUs; benchmarks/calibration.py)."""
UNCHECKED_BAND_RATIO = 0.20
"""Of one window, which nothing checks: no better than the mean of other people's firmware on the chip, which is off by
at most 20.7 % for 85 results without an accelerator (same script)."""
_RESIDUALS_PER_BAND = 2.0
_LEAST_SINGULAR_RATIO = 0.05
"""Differences between states that the windows show less clearly than this are noise."""
_LEAST_GAIN_RATIO = 0.7
"""Currents of their own must leave this share of the common factor's residual, or less."""


@dataclass(frozen=True, slots=True)
class CurrentFit:
    """Currents that explain the windows."""

    state_ratios: tuple[float, ...]
    """Measured over modelled current, per state."""
    common_ratio: float
    """The same for all states together: what one measured mean current gives."""
    is_separate: bool
    """The states have ratios of their own; else the windows could not tell them apart."""
    residual_ratios: tuple[float, ...]
    """(fitted - measured) / measured, per window."""

    @property
    def is_checked(self) -> bool:
        """Whether one window can be compared with another; a single one is always met exactly."""
        return len(self.residual_ratios) > 1

    @property
    def rms_ratio(self) -> float:
        """Root mean square of the residuals."""
        return float(np.sqrt(np.mean(np.square(self.residual_ratios))))

    @property
    def band_ratio(self) -> float:
        """Half-width of the band around the fitted currents."""
        if not self.is_checked:
            return UNCHECKED_BAND_RATIO
        return max(SAME_FIRMWARE_BAND_RATIO, _RESIDUALS_PER_BAND * self.rms_ratio)


def common_ratio(measured_a: Sequence[float], modelled_a: Sequence[float]) -> float:
    """What modelled currents are multiplied with to fit measured ones best, each weighing the same."""
    ratios = [measured / modelled for measured, modelled in zip(measured_a, modelled_a, strict=True)]
    return sum(ratios) / len(ratios)


def fitted_currents(
    measured_a: Sequence[float], shares: Sequence[Sequence[float]], modelled_a: Sequence[float]
) -> CurrentFit:
    """Currents of states from windows in which they are mixed: `shares` of time per window and state.

    All states take one common ratio. They get ratios of their own only along the directions in which the windows
    differ clearly, and only where that explains the windows much better.
    """
    weights = np.asarray(shares, dtype=np.float64) * np.asarray(modelled_a, dtype=np.float64)
    measured = np.asarray(measured_a, dtype=np.float64)
    totals = weights.sum(axis=1)
    common = common_ratio(measured_a, totals.tolist())
    ratios = np.full(weights.shape[1], common)
    residuals = weights @ ratios / measured - 1
    separate = ratios + _own_ratios(weights / measured[:, None], -residuals)
    own_residuals = weights @ separate / measured - 1
    before, after = (float(np.sqrt(np.mean(np.square(each)))) for each in (residuals, own_residuals))
    is_separate = bool((separate > 0).all() and before > 0 and after < _LEAST_GAIN_RATIO * before)
    if is_separate:
        ratios, residuals = separate, own_residuals
    return CurrentFit(tuple(ratios.tolist()), common, is_separate, tuple(residuals.tolist()))


def fitted_with_fixed(
    measured_a: Sequence[float],
    shares: Sequence[Sequence[float]],
    modelled_a: Sequence[float],
    is_fixed: Sequence[bool],
) -> CurrentFit:
    """The same where some states keep their modelled current: sleep within an inference, which is not what ran.

    Where they alone would draw more than was measured, all states are fitted.
    """
    weights = np.asarray(shares, dtype=np.float64) * np.asarray(modelled_a, dtype=np.float64)
    fixed = np.asarray(is_fixed, dtype=np.bool_)
    measured = np.asarray(measured_a, dtype=np.float64)
    left = measured - weights[:, fixed].sum(axis=1)
    if not fixed.any() or fixed.all() or (left <= 0).any():
        return fitted_currents(measured_a, shares, modelled_a)
    free = np.asarray(shares, dtype=np.float64)[:, ~fixed]
    fit = fitted_currents(left.tolist(), free.tolist(), np.asarray(modelled_a)[~fixed].tolist())
    ratios = np.ones(len(fixed))
    ratios[~fixed] = fit.state_ratios
    residuals = np.asarray(fit.residual_ratios) * left / measured
    return replace(fit, state_ratios=tuple(ratios.tolist()), residual_ratios=tuple(residuals.tolist()))


def _own_ratios(weights: Floats, missing: Floats) -> Floats:
    """The smallest change of the ratios that explains what is missing, without the directions that are noise."""
    left, singular, right = np.linalg.svd(weights, full_matrices=False)
    kept = singular > _LEAST_SINGULAR_RATIO * singular[0]
    if np.count_nonzero(kept) < 2:
        return np.zeros(weights.shape[1])
    scaled = (left[:, kept].T @ missing) / singular[kept]
    return np.asarray(right[kept].T @ scaled, dtype=np.float64)
