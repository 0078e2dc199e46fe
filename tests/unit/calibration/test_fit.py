"""The fit itself, on numbers that can be checked on paper."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.calibration.fit import (
    SAME_FIRMWARE_BAND_RATIO,
    common_ratio,
    fitted_currents,
    fitted_with_fixed,
)


def test_one_measured_mean_current_scales_the_model():
    assert common_ratio([0.012], [0.010]) == pytest.approx(1.2)


def test_windows_of_one_mix_share_one_ratio():
    fit = fitted_currents([0.012, 0.012], [[0.5, 0.5], [0.5, 0.5]], [0.005, 0.015])

    assert fit.state_ratios == pytest.approx((1.2, 1.2))
    assert not fit.is_separate
    assert fit.band_ratio == SAME_FIRMWARE_BAND_RATIO


def test_windows_of_different_mixes_tell_two_states_apart():
    """10 mA and 30 mA, modelled as 8 and 40."""
    shares = [[0.9, 0.1], [0.5, 0.5], [0.1, 0.9]]
    measured = [12e-3, 20e-3, 28e-3]

    fit = fitted_currents(measured, shares, [8e-3, 40e-3])

    assert fit.is_separate
    assert fit.state_ratios == pytest.approx((10 / 8, 30 / 40))
    assert fit.rms_ratio == pytest.approx(0, abs=1e-9)


def test_noise_does_not_become_currents_of_their_own():
    """Shares that hardly differ, currents that differ by 1 % at random: a common ratio and a residual."""
    random = np.random.default_rng(3)
    first = 0.5 + 0.005 * random.standard_normal(50)
    measured = 0.02 * (1 + 0.01 * random.standard_normal(50))

    fit = fitted_currents(measured.tolist(), np.stack([first, 1 - first], axis=1).tolist(), [0.01, 0.03])

    assert not fit.is_separate
    assert fit.state_ratios == pytest.approx((1.0, 1.0), rel=0.01)
    assert fit.rms_ratio == pytest.approx(0.01, rel=0.3)


def test_large_residuals_widen_the_band():
    """Windows 10 % above and below their mean: twice their root mean square."""
    fit = fitted_currents([0.009, 0.011], [[1.0], [1.0]], [0.01])

    assert fit.band_ratio == pytest.approx(2 * np.sqrt(((1 / 0.9 - 1) ** 2 + (1 / 1.1 - 1) ** 2) / 2))


def test_sleep_within_an_inference_keeps_its_modelled_current():
    """Nine tenths at 12 mA and one tenth at the modelled 2 mA are 11 mA on average; 10 mA were modelled for the run."""
    fit = fitted_with_fixed([11e-3, 11e-3], [[0.9, 0.1]] * 2, [10e-3, 2e-3], [False, True])

    assert fit.state_ratios == pytest.approx((1.2, 1.0))
    assert fit.rms_ratio == pytest.approx(0, abs=1e-9)


@given(
    st.floats(0.2, 5.0),
    st.floats(0.2, 5.0),
    st.lists(st.floats(0.0, 1.0), min_size=3, max_size=12),
)
def test_currents_are_found_again_or_explained_by_a_common_ratio(first_ratio, second_ratio, shares):
    """Whatever the mixes: without noise, the fit's currents are positive and its residual no larger than a ratio's."""
    mixes = [[share, 1 - share] for share in shares]
    modelled = [0.01, 0.02]
    measured = [share * 0.01 * first_ratio + (1 - share) * 0.02 * second_ratio for share in shares]

    fit = fitted_currents(measured, mixes, modelled)

    assert min(fit.state_ratios) > 0
    spread = [
        each / (share * 0.01 + (1 - share) * 0.02) for each, share in zip(measured, shares, strict=True)
    ]
    assert fit.rms_ratio <= max(spread) / min(spread) - 1 + 1e-9
