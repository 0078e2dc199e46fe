"""Convolutions, fully connected layers and matrix products equal TensorFlow Lite Micro's, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.codegen.golden import golden_outputs
from tests.codegen.host import COMPILER, PLAIN, SIMD, HostNetwork, random_inputs
from tests.codegen.tflite_factory import Op, T, model

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")
ACTIVATIONS = {"NONE": 0, "RELU": 1, "RELU_N1_TO_1": 2, "RELU6": 3}
SLOW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _assert_equal(data: bytes) -> None:
    """Both forms of the kernels compute what the interpreter computes."""
    inferences = random_inputs(data, 2)
    expected = golden_outputs(data, inferences)
    for target in (PLAIN, SIMD):
        computed = HostNetwork(data, target).run(inferences)
        for wanted, got in zip(expected, computed, strict=True):
            assert wanted[0].reshape(-1).tolist() == got[0].reshape(-1).tolist(), target


@st.composite
def zero_points(draw):
    """The ends of the range often."""
    return draw(st.one_of(st.sampled_from([-128, 127, 0]), st.integers(-128, 127)))


@st.composite
def output_scale(draw, taps: int):
    """So that results spread over the int8 range, mostly; else multipliers above 1 and tiny ones."""
    spread = 0.02 * 0.01 * 74 * 74 * max(taps, 1) ** 0.5 / 40
    return spread * draw(st.sampled_from([0.2, 0.7, 1.0, 1.0, 1.5, 4.0, 1e-3, 1e5, 1e9]))


def _weights(rng, shape):
    return rng.integers(-127, 128, shape, dtype=np.int8)


def _channel_scales(rng, count, per_channel):
    return rng.uniform(0.004, 0.012, count if per_channel else 1).astype(np.float32).tolist()


@st.composite
def convolutions(draw):
    """A model of one CONV_2D."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    channels, outputs = draw(st.sampled_from([1, 2, 3, 4, 5, 8, 12])), draw(st.integers(1, 9))
    kernel = (draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    strides, dilations = (
        (draw(st.integers(1, 3)), draw(st.integers(1, 3))),
        draw(st.sampled_from([1, 1, 2, 3])),
    )
    reach = [(size - 1) * dilations + 1 for size in kernel]
    same = draw(st.booleans()) or reach[0] > height or reach[1] > width
    sizes = [
        -(-size // step) if same else (size - taken) // step + 1
        for size, step, taken in zip((height, width), strides, reach, strict=True)
    ]
    batches = draw(st.integers(1, 2))
    scales = _channel_scales(rng, outputs, draw(st.booleans()))
    tensors = [
        T((batches, height, width, channels), scale=0.02, zero_point=draw(zero_points())),
        T((outputs, *kernel, channels), scale=scales, data=_weights(rng, (outputs, *kernel, channels))),
        T(
            (outputs,),
            "int32",
            scale=[0.02 * each for each in scales],
            data=rng.integers(-9999, 9999, outputs, dtype=np.int32),
        ),
        T(
            (batches, *sizes, outputs),
            scale=draw(output_scale(kernel[0] * kernel[1] * channels)),
            zero_point=draw(zero_points()),
        ),
    ]
    options = {
        "Padding": 0 if same else 1, "StrideH": strides[0], "StrideW": strides[1],
        "DilationHFactor": dilations, "DilationWFactor": dilations,
        "FusedActivationFunction": ACTIVATIONS[draw(st.sampled_from(sorted(ACTIVATIONS)))],
    }  # fmt: skip
    operator = Op("CONV_2D", [0, 1, 2], [3], ("Conv2DOptions", options))
    return model(tensors, [operator], [0], [3])


@SLOW
@given(convolutions())
def test_a_convolution_equals_the_interpreters(data):
    _assert_equal(data)


@st.composite
def depthwise_convolutions(draw):
    """A model of one DEPTHWISE_CONV_2D."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    height, width = draw(st.integers(1, 10)), draw(st.integers(1, 10))
    channels, multiplier = (
        draw(st.sampled_from([1, 2, 3, 4, 5, 8, 12, 17])),
        draw(st.sampled_from([1, 1, 1, 2, 3])),
    )
    outputs = channels * multiplier
    kernel = draw(st.sampled_from([(3, 3), (3, 3), (1, 1), (2, 2), (5, 3), (1, 4), (4, 1), (5, 5)]))
    strides = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    dilations = draw(st.sampled_from([1, 1, 2, 3]))
    reach = [(size - 1) * dilations + 1 for size in kernel]
    same = draw(st.booleans()) or reach[0] > height or reach[1] > width
    sizes = [
        -(-size // step) if same else (size - taken) // step + 1
        for size, step, taken in zip((height, width), strides, reach, strict=True)
    ]
    batches = draw(st.integers(1, 2))
    scales = _channel_scales(rng, outputs, draw(st.booleans()))
    tensors = [
        T((batches, height, width, channels), scale=0.02, zero_point=draw(zero_points())),
        T((1, *kernel, outputs), scale=scales, axis=3, data=_weights(rng, (1, *kernel, outputs))),
        T(
            (outputs,),
            "int32",
            scale=[0.02 * each for each in scales],
            data=rng.integers(-9999, 9999, outputs, dtype=np.int32),
        ),
        T(
            (batches, *sizes, outputs),
            scale=draw(output_scale(kernel[0] * kernel[1])),
            zero_point=draw(zero_points()),
        ),
    ]
    options = {
        "Padding": 0 if same else 1, "StrideH": strides[0], "StrideW": strides[1], "DepthMultiplier": multiplier,
        "DilationHFactor": dilations, "DilationWFactor": dilations,
        "FusedActivationFunction": ACTIVATIONS[draw(st.sampled_from(sorted(ACTIVATIONS)))],
    }  # fmt: skip
    operator = Op("DEPTHWISE_CONV_2D", [0, 1, 2], [3], ("DepthwiseConv2DOptions", options))
    return model(tensors, [operator], [0], [3])


@SLOW
@given(depthwise_convolutions())
def test_a_depthwise_convolution_equals_the_interpreters(data):
    _assert_equal(data)


@st.composite
def fully_connected_layers(draw):
    """A model of one FULLY_CONNECTED."""
    rng = np.random.default_rng(draw(st.integers(0, 1 << 30)))
    leading = draw(st.sampled_from([(1,), (2,), (5,), (1, 3), (2, 2, 1)]))
    depth, outputs = draw(st.integers(1, 70)), draw(st.integers(1, 9))
    keep, has_bias = len(leading) > 1, draw(st.booleans())
    scales = _channel_scales(rng, outputs, per_channel := draw(st.booleans()) and outputs > 1)
    zero_point = 0 if per_channel else draw(st.sampled_from([0, 0, 0, 5, -128]))
    scale = draw(output_scale(depth))
    bias_scales = [float(np.float32(0.02) * np.float32(each)) for each in scales]
    tensors = [
        T((*leading, depth), scale=0.02, zero_point=draw(zero_points())),
        T((outputs, depth), scale=scales, zero_point=zero_point, data=_weights(rng, (outputs, depth))),
        T((outputs,), "int32", scale=bias_scales, data=rng.integers(-9999, 9999, outputs, dtype=np.int32)),
        T((*leading, outputs), scale=scale, zero_point=draw(zero_points())),
    ]
    options = {
        "KeepNumDims": keep,
        "FusedActivationFunction": ACTIVATIONS[draw(st.sampled_from(sorted(ACTIVATIONS)))],
    }
    operator = Op("FULLY_CONNECTED", [0, 1, 2 if has_bias else -1], [3], ("FullyConnectedOptions", options))
    return model(tensors, [operator], [0], [3])


@SLOW
@given(fully_connected_layers())
def test_a_fully_connected_layer_equals_the_interpreters(data):
    _assert_equal(data)


@st.composite
def matrix_products(draw):
    """A model of one BATCH_MATMUL of two inputs."""
    rows, depth, columns = draw(st.integers(1, 6)), draw(st.integers(1, 19)), draw(st.integers(1, 6))
    batches = draw(st.lists(st.integers(1, 3), max_size=3))
    left_batches = [draw(st.sampled_from([each, 1])) for each in batches]
    right_batches = [
        each if left == 1 else draw(st.sampled_from([each, 1]))
        for each, left in zip(batches, left_batches, strict=True)
    ]
    adjoint = (draw(st.booleans()), draw(st.booleans()))
    left = (*left_batches, depth, rows) if adjoint[0] else (*left_batches, rows, depth)
    right = (*right_batches, columns, depth) if adjoint[1] else (*right_batches, depth, columns)
    tensors = [
        T(left, scale=0.02, zero_point=draw(zero_points())),
        T(right, scale=0.01, zero_point=draw(zero_points())),
        T((*batches, rows, columns), scale=draw(output_scale(depth)), zero_point=draw(zero_points())),
    ]
    options = {"AdjX": adjoint[0], "AdjY": adjoint[1]}
    return model(tensors, [Op("BATCH_MATMUL", [0, 1], [2], ("BatchMatMulOptions", options))], [0, 1], [2])


@SLOW
@given(matrix_products())
def test_a_matrix_product_equals_the_interpreters(data):
    _assert_equal(data)
