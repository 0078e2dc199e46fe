"""Intervals of accuracies, and which networks nothing beats."""

from __future__ import annotations

import pytest

from mcusim.scenarios.networks_run import accuracy_of

Z_95 = 1.959963984540054  # the 0.975 quantile of the normal distribution


@pytest.mark.parametrize(("correct", "count"), [(81, 263), (15, 148), (1, 29), (299, 300), (1, 2)])
def test_the_interval_ends_where_the_share_is_196_standard_errors_off(correct, count):
    """Wilson (1927): p is in the interval when |share - p| <= z sqrt(p (1 - p) / n), with the p's own error."""
    found = accuracy_of(correct, count)

    for end_ratio in (found.low_ratio, found.high_ratio):
        error = (end_ratio * (1 - end_ratio) / count) ** 0.5
        assert abs(correct / count - end_ratio) / error == pytest.approx(Z_95)
    assert found.low_ratio < found.value_ratio < found.high_ratio


def test_nothing_right_and_all_right_have_an_interval_too():
    none, whole = accuracy_of(0, 20), accuracy_of(20, 20)

    assert (0.0, 1.0) == (none.low_ratio, whole.high_ratio)
    assert none.high_ratio == pytest.approx(Z_95**2 / (20 + Z_95**2))  # the equation above for a share of 0
    assert whole.low_ratio == pytest.approx(1 - none.high_ratio)
