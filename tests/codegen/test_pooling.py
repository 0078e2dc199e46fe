"""Pooling equals TensorFlow Lite Micro's for windows, strides and paddings of all kinds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.codegen.lower.call import UnsupportedOperatorError
from tests.codegen.cases import ACTIVATIONS, SLOW, Case, assert_as_golden, merged, scales, zero_points
from tests.codegen.host import COMPILER, HostNetwork
from tests.codegen.tflite_factory import Op, T

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")
SAME, VALID = 0, 1


def _case(name, shape, window, activation="NONE", quantization=(0.05, 0)):
    (height, width), (step_y, step_x), padding = window
    sizes = [
        -(-size // step) if padding == SAME else (size - length) // step + 1
        for size, length, step in zip(shape[1:3], (height, width), (step_y, step_x), strict=True)
    ]
    options = {
        "Padding": padding,
        "StrideW": step_x,
        "StrideH": step_y,
        "FilterWidth": width,
        "FilterHeight": height,
        "FusedActivationFunction": ACTIVATIONS[activation],
    }
    scale, zero = quantization
    tensors = [
        T(shape, scale=scale, zero_point=zero),
        T((shape[0], *sizes, shape[3]), scale=scale, zero_point=zero),
    ]
    return Case(tensors, Op(name, [0], [1], ("Pool2DOptions", options)))


@st.composite
def pools(draw):
    """One pool."""
    shape = (
        draw(st.integers(1, 2)),
        draw(st.integers(1, 9)),
        draw(st.integers(1, 9)),
        draw(st.integers(1, 13)),
    )
    lengths = (draw(st.integers(1, 5)), draw(st.integers(1, 5)))
    fits = lengths[0] <= shape[1] and lengths[1] <= shape[2]
    window = (
        lengths,
        (draw(st.integers(1, 4)), draw(st.integers(1, 4))),
        draw(st.sampled_from([SAME, VALID])),
    )
    if not fits:
        window = (window[0], window[1], SAME)
    name = draw(st.sampled_from(["AVERAGE_POOL_2D", "MAX_POOL_2D"]))
    quantization = (draw(scales()), draw(zero_points()))
    return _case(name, shape, window, draw(st.sampled_from(sorted(ACTIVATIONS))), quantization)


@SLOW
@given(st.lists(pools(), min_size=4, max_size=10))
def test_a_pool_equals_the_interpreter(cases):
    assert_as_golden(merged(cases))


@pytest.mark.parametrize(
    "shape", [(1, 25, 5, 64), (1, 8, 8, 64), (1, 3, 3, 256), (1, 16, 16, 4), (1, 17, 16, 6)]
)
def test_the_mean_of_a_whole_image_equals_the_interpreter(shape):
    """The last layers of the MLPerf Tiny networks, and one value more than sums of 16 bits hold."""
    window = ((shape[1], shape[2]), (1, 1), VALID)

    assert_as_golden(merged([_case("AVERAGE_POOL_2D", shape, window)]))


def test_a_pool_that_would_have_to_rescale_is_refused():
    """TensorFlow Lite Micro refuses it, too."""
    case = _case("MAX_POOL_2D", (1, 4, 4, 1), ((2, 2), (2, 2), VALID))
    case.tensors[1].scale = 0.06

    with pytest.raises(UnsupportedOperatorError, match="share scale"):
        HostNetwork(merged([case]))
