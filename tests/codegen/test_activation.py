"""Activations of int8 values equal TensorFlow Lite Micro's for every value there is."""

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
EVERY_VALUE = np.arange(-128, 128, dtype=np.int8)


@st.composite
def quantized(draw, names=("RELU", "RELU6", "LEAKY_RELU", "LOGISTIC", "TANH", "ABS", "HARD_SWISH")):
    """One table operation from one random quantization to another."""
    name = draw(st.sampled_from(names))
    before = T((256,), scale=draw(scales()), zero_point=draw(zero_points()))
    after = T((256,), scale=draw(scales(before.scale / 100, 0.5)), zero_point=draw(zero_points()))
    options = None
    if name == "LOGISTIC":
        after = T((256,), scale=1 / 256, zero_point=-128)
    if name == "TANH":
        after = T((256,), scale=1 / 128, zero_point=0)
    if name == "LEAKY_RELU":
        options = ("LeakyReluOptions", {"Alpha": draw(st.floats(0, 1.5, width=32))})
    return Case([before, after], Op(name, [0], [1], options))


@SLOW
@given(st.lists(quantized(), min_size=4, max_size=12))
def test_a_table_holds_what_the_interpreter_computes_for_each_of_256_values(cases):
    assert_as_golden(merged(cases), [[EVERY_VALUE for _ in cases]])


@SLOW
@given(
    st.lists(
        st.tuples(scales(1e-4, 8), scales(1e-3, 8), zero_points(), zero_points()), min_size=4, max_size=9
    )
)
def test_rsqrt_is_right_from_the_zero_point_up(rows):
    """Below it TensorFlow Lite Micro stops with an error."""
    cases = [
        Case(
            [T((256,), scale=scale, zero_point=zero), T((256,), scale=after, zero_point=after_zero)],
            Op("RSQRT", [0], [1]),
        )
        for scale, after, zero, after_zero in rows
    ]

    assert_as_golden(
        merged(cases), [[np.maximum(EVERY_VALUE, zero).astype(np.int8) for _, _, zero, _ in rows]]
    )


@SLOW
@given(st.lists(st.integers(1, 70), min_size=3, max_size=6))
def test_a_table_is_applied_to_every_element_whatever_their_count(counts):
    cases = [
        Case([T((count,), scale=0.05), T((count,), scale=1 / 256, zero_point=-128)], Op("LOGISTIC", [0], [1]))
        for count in counts
    ]

    assert_as_golden(merged(cases))


@st.composite
def softmaxes(draw):
    """One softmax to int8 or int16."""
    shape = (*draw(st.lists(st.integers(1, 4), max_size=2)), draw(st.integers(1, 40)))
    wide = draw(st.booleans())
    source = T(shape, scale=draw(scales(1e-4, 2.0)), zero_point=draw(zero_points()))
    output = T(shape, "int16", 1 / 65536, -32768) if wide else T(shape, "int8", 1 / 256, -128)
    beta = draw(st.sampled_from([1.0, 1.0, 0.5, 2.0]))
    return Case([source, output], Op("SOFTMAX", [0], [1], ("SoftmaxOptions", {"Beta": beta})))


@SLOW
@given(st.lists(softmaxes(), min_size=3, max_size=8))
def test_softmax_equals_the_interpreter(cases):
    assert_as_golden(merged(cases))


def test_softmax_of_equal_values_shares_one_among_them():
    """511 equal values: the largest sum whose share TensorFlow Lite Micro computes without stopping."""
    cases = [
        Case(
            [T((count,), scale=0.1), T((count,), "int8", 1 / 256, -128)],
            Op("SOFTMAX", [0], [1], ("SoftmaxOptions", {"Beta": 1.0})),
        )
        for count in (1, 2, 3, 256, 511)
    ]

    assert_as_golden(merged(cases), [[np.full(count, 7, np.int8) for count in (1, 2, 3, 256, 511)]])


@st.composite
def prelus(draw):
    """One PRELU, alpha for each channel, one for all, or one for each element."""
    shape = (
        draw(st.integers(1, 2)),
        draw(st.integers(1, 4)),
        draw(st.integers(1, 4)),
        draw(st.integers(1, 9)),
    )
    alpha_shape = draw(st.sampled_from([(1, 1, shape[3]), (1, 1, 1), shape[1:]]))
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    source = T(shape, scale=draw(scales()), zero_point=draw(zero_points()))
    data = rng.integers(-128, 128, alpha_shape, dtype=np.int8)
    alpha = T(alpha_shape, scale=draw(scales(1e-3, 0.05)), zero_point=draw(zero_points()), data=data)
    after = T(shape, scale=draw(scales(source.scale / 50, 0.5)), zero_point=draw(zero_points()))
    return Case([source, alpha, after], Op("PRELU", [0, 1], [2]))


@SLOW
@given(st.lists(prelus(), min_size=3, max_size=6))
def test_prelu_equals_the_interpreter(cases):
    assert_as_golden(merged(cases))


def test_logistic_with_an_output_that_is_not_0_to_1_is_refused():
    data = merged([Case([T((4,), scale=0.1), T((4,), scale=1 / 256)], Op("LOGISTIC", [0], [1]))])

    with pytest.raises(UnsupportedOperatorError, match="zero point -128"):
        HostNetwork(data)


def test_softmax_of_another_output_scale_is_refused():
    tensors = [T((4,), scale=0.1), T((4,), scale=1 / 128, zero_point=-128)]
    data = merged([Case(tensors, Op("SOFTMAX", [0], [1], ("SoftmaxOptions", {"Beta": 1.0})))])

    with pytest.raises(UnsupportedOperatorError, match="scale"):
        HostNetwork(data)
