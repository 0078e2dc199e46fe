"""Metrics against numbers worked out by hand, and data that is not what it should be."""

from __future__ import annotations

import numpy as np
import pytest

from mcusim.errors import UsageError
from mcusim.scenarios.evaluation import _percentile
from mcusim.scenarios.evaluation_data import (
    Affine,
    Compared,
    check_inputs,
    check_labels,
    checked_metric,
    class_results,
    predicted_classes,
    quality_of,
)

SCORES = np.array([[1, 5, 3], [9, 2, 4], [0, 1, 8], [7, 7, 0]], np.int8)


def quality(metric, outputs, labels, inputs=None):
    inputs = np.zeros((len(outputs), 1)) if inputs is None else inputs
    return quality_of(metric, Compared(inputs, outputs, np.array(labels)))


def test_accuracy_counts_the_largest_output_and_the_first_of_equal_ones():
    assert [1, 0, 2, 0] == predicted_classes(SCORES).tolist()
    assert (0.75, 3) == (
        quality("accuracy", SCORES, [1, 0, 2, 1]).value,
        quality("accuracy", SCORES, [1, 0, 2, 1]).correct_count,
    )


def test_top_2_counts_the_second_largest_too():
    """Second largest: 2, 2, 1, 1 (of the tie)."""
    assert quality("top-2", SCORES, [2, 2, 1, 1]).value == 1.0
    assert quality("top-2", SCORES, [0, 2, 1, 2]).value == 0.5


def test_a_single_whole_output_is_the_class():
    assert quality("accuracy", np.array([[3], [1]]), [3, 2]).value == 0.5


def test_an_output_that_is_nan_is_never_right():
    assert [-1, 1] == predicted_classes(np.array([[np.nan, 1.0], [0.0, 1.0]])).tolist()


def test_mae_and_rmse_are_of_all_elements():
    """Differences 1, -3: mean 2; sqrt((1 + 9) / 2) = sqrt(5)."""
    outputs = np.array([[2.0], [2.0]])
    assert quality("mae", outputs, [1.0, 5.0]).value == 2.0
    assert quality("rmse", outputs, [1.0, 5.0]).value == pytest.approx(5**0.5)


@pytest.mark.parametrize(
    ("scores", "expected"),
    [([1, 2, 3, 4], 1.0), ([4, 3, 2, 1], 0.0), ([1, 3, 2, 4], 0.75), ([1, 1, 1, 1], 0.5)],
)
def test_auc_is_the_share_of_pairs_in_the_right_order(scores, expected):
    assert expected == quality("auc", np.array(scores)[:, None], [0, 0, 1, 1]).value


def test_auc_of_an_autoencoder_takes_the_difference_to_the_input():
    inputs = np.zeros((2, 4))
    outputs = np.array([[0, 0, 0, 1.0], [3, 3, 3, 3.0]])

    assert quality("auc", outputs, [0, 1], inputs).value == 1.0


def test_classes_say_what_they_were_taken_for():
    first, second = class_results(Compared(SCORES, SCORES, np.array([0, 0, 2, 0])))

    assert (0, 3, 2, ((0, 2), (1, 1))) == (
        first.label_number,
        first.inputs_count,
        first.correct_count,
        first.predicted,
    )
    assert (2, 1, 1, ((2, 1),)) == (
        second.label_number,
        second.inputs_count,
        second.correct_count,
        second.predicted,
    )


def test_values_are_quantised_to_the_nearest_and_cut_at_the_ends():
    affine = Affine(0.5, -3)

    assert [-3, -1, 127, -128] == affine.quantised(np.array([0.0, 0.9, 900, -900]), np.dtype("i1")).tolist()
    assert [0.0, 1.0] == affine.real(np.array([-3, -1], np.int8)).tolist()


@pytest.mark.parametrize(("percent", "expected"), [(50, 50), (95, 95), (99, 99), (100, 100)])
def test_percentiles_are_the_nearest_rank(percent, expected):
    assert expected == _percentile(list(range(1, 101)), percent)


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        (np.zeros((0, 3)), "of the shape"),
        (np.array(5), "of the shape"),
        (np.array(["a"]), "the inputs are"),
        (np.array([[1.0, 2.0], [np.nan, 1.0]]), "NaN, first in row 1"),
    ],
)
def test_inputs_that_are_no_rows_of_numbers_are_refused(inputs, text):
    with pytest.raises(UsageError, match=text):
        check_inputs(inputs)


def test_labels_are_one_for_each_input():
    check_labels(np.zeros(3, int), 3)
    with pytest.raises(UsageError, match="2 labels and 3 inputs"):
        check_labels(np.zeros(2, int), 3)
    with pytest.raises(UsageError, match="NaN"):
        check_labels(np.array([np.nan]), 1)


@pytest.mark.parametrize(
    ("name", "labels", "dims", "text"),
    [
        ("accuracy", np.array([0.5]), (3,), "one whole number"),
        ("accuracy", np.array([3]), (3,), "there is a label 3"),
        ("accuracy", np.array([-1]), (3,), "there is a label -1"),
        ("auc", np.array([2]), (1,), "0 or 1"),
        ("top-9", np.array([1]), (3,), "always right"),
        ("mae", np.array([[1.0, 2.0]]), (3,), "compares 3 outputs"),
        ("top-x", np.array([1]), (3,), "no metric"),
    ],
)
def test_metrics_are_refused_where_they_say_nothing(name, labels, dims, text):
    with pytest.raises(UsageError, match=text):
        checked_metric(name, labels, dims)


def test_the_metric_follows_the_labels():
    assert checked_metric("", np.array([1]), (3,)) == "accuracy"
    assert checked_metric("", np.array([1.5]), (1,)) == "mae"
