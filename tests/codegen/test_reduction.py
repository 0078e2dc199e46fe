"""Reductions equal TensorFlow Lite Micro's over any axes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.codegen.lower.call import UnsupportedOperatorError
from tests.codegen.cases import SLOW, Case, assert_as_golden, merged, scales, zero_points
from tests.codegen.host import COMPILER, HostNetwork
from tests.codegen.tflite_factory import Op, T

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")


def _case(name, shape, axes, keeps, quantizations):
    places = {axis % len(shape) for axis in axes}
    kept = [(1 if axis in places else size) for axis, size in enumerate(shape)]
    output = tuple(kept if keeps else [size for axis, size in enumerate(shape) if axis not in places])
    (scale, zero), (after, after_zero) = quantizations
    tensors = [
        T(shape, scale=scale, zero_point=zero),
        T((len(axes),), "int32", data=np.array(axes, np.int32)),
        T(output, scale=after, zero_point=after_zero),
    ]
    return Case(tensors, Op(name, [0, 1], [2], ("ReducerOptions", {"KeepDims": keeps})))


@st.composite
def reductions(draw):
    """One reduction."""
    name = draw(st.sampled_from(["MEAN", "MEAN", "SUM", "REDUCE_MAX"]))
    shape = tuple(draw(st.lists(st.integers(1, 9), min_size=1, max_size=4)))
    axes = draw(st.lists(st.integers(0, len(shape) - 1), min_size=1, max_size=len(shape), unique=True))
    signed = [axis - len(shape) if draw(st.booleans()) else axis for axis in axes]
    before = (draw(scales()), draw(zero_points()))
    ratio = draw(st.one_of(st.sampled_from([1.0, 0.5, 8.0]), st.floats(0.05, 30)))
    after = (float(np.float32(before[0] * ratio)), draw(zero_points()))
    return _case(
        name, shape, signed, draw(st.booleans()), (before, before if name == "REDUCE_MAX" else after)
    )


@SLOW
@given(st.lists(reductions(), min_size=4, max_size=12))
def test_a_reduction_equals_the_interpreter(cases):
    assert_as_golden(merged(cases))


def test_long_sums_equal_the_interpreter():
    """More values than sums of 16 bits hold, along neighbours and across them."""
    quantizations = ((0.05, -3), (0.04, 5))
    cases = [
        _case("MEAN", (1, 25, 25, 7), (1, 2), True, quantizations),
        _case("MEAN", (3, 1500), (1,), False, quantizations),
        _case("SUM", (1030, 5), (0,), False, ((0.0005, -3), (0.04, 5))),
    ]

    assert_as_golden(merged(cases))


@st.composite
def args(draw):
    """One ARG_MAX or ARG_MIN with ties."""
    shape = tuple(draw(st.lists(st.integers(1, 6), min_size=1, max_size=4)))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    name = draw(st.sampled_from(["ARG_MAX", "ARG_MIN"]))
    kept = tuple(size for place, size in enumerate(shape) if place != axis % len(shape))
    tensors = [T(shape, scale=0.1), T((1,), "int32", data=np.array([axis], np.int32)), T(kept, "int32")]
    return Case(
        tensors, Op(name, [0, 1], [2], (f"{name.title().replace('_', '')}Options", {"OutputType": 2}))
    )


@SLOW
@given(st.lists(args(), min_size=4, max_size=10), st.integers(0, 99))
def test_the_first_of_equal_values_wins(cases, seed):
    rng = np.random.default_rng(seed)
    inputs = [rng.integers(-3, 4, case.tensors[0].shape, dtype=np.int8) for case in cases]

    assert_as_golden(merged(cases), [inputs])


def test_a_maximum_that_would_have_to_rescale_is_refused():
    data = merged([_case("REDUCE_MAX", (4, 4), (1,), False, ((0.1, 0), (0.2, 0)))])

    with pytest.raises(UnsupportedOperatorError, match="share scale"):
        HostNetwork(data)
