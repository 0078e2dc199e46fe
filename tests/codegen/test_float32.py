"""Float operators agree with TensorFlow Lite Micro's to 1e-5 of the output's largest magnitude.

They need not be the same bits: sums have another order, and exp, tanh and log are our own instead of libm's.
"""

from __future__ import annotations

import numpy as np
import pytest
from tflite import ActivationFunctionType, Padding

from mcusim.codegen.lower.call import UnsupportedOperatorError
from mcusim.codegen.lower.registry import lowered
from mcusim.codegen.tensorflow_lite import parse_model
from tests.codegen.golden import golden_outputs
from tests.codegen.host import COMPILER, PLAIN, HostNetwork
from tests.codegen.many_operators import ManyOperators
from tests.codegen.tflite_factory import Op, T, model

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")

RELATIVE = 1e-5
ACTIVATIONS = ["NONE", "RELU", "RELU6", "RELU_N1_TO_1"]


def _activation(name: str) -> int:
    return getattr(ActivationFunctionType, name)


def _output_size(size, kernel, stride, dilation, same):
    reach = (kernel - 1) * dilation + 1
    return -(-size // stride) if same else (size - reach) // stride + 1


def _geometry(rng, *, dilated=True):
    """A window that fits its image: image, kernel, strides, dilations, padding, output."""
    while True:
        image, kernel = rng.integers(3, 12, 2), rng.integers(1, 6, 2)
        strides = rng.integers(1, 4, 2)
        dilations = rng.integers(1, 4, 2) if dilated and rng.random() < 0.4 else np.ones(2, int)
        same = bool(rng.random() < 0.5)
        output = [_output_size(*each, same) for each in zip(image, kernel, strides, dilations, strict=True)]
        if min(output) > 0:
            return image, kernel, strides, dilations, same, output


def _window_options(strides, same, activation, **more):
    return {
        "StrideH": int(strides[0]),
        "StrideW": int(strides[1]),
        "Padding": Padding.SAME if same else Padding.VALID,
        "FusedActivationFunction": _activation(activation),
        **more,
    }


def _dilation(dilations):
    return {"DilationHFactor": int(dilations[0]), "DilationWFactor": int(dilations[1])}


@pytest.mark.parametrize("seed", range(3))
def test_convolutions_agree(seed):
    rng, network = np.random.default_rng(seed), ManyOperators()
    for _ in range(8):
        image, kernel, strides, dilations, same, output = _geometry(rng)
        depth, channels, batches = rng.integers(1, 8), rng.integers(1, 14), rng.integers(1, 3)
        groups = int(rng.choice([1, 1, 2]))
        weights = rng.normal(0, 1, (channels * groups, *kernel, depth))
        operands = [network.input((batches, *image, depth * groups), "float32"), network.floats(weights)]
        operands.append(network.floats(rng.normal(0, 1, channels * groups)) if rng.random() < 0.7 else -1)
        options = _window_options(strides, same, rng.choice(ACTIVATIONS), **_dilation(dilations))
        shape = (batches, *output, channels * groups)
        network.add("CONV_2D", operands, [shape], "float32", ("Conv2DOptions", options))
    network.check(relative=RELATIVE)


def test_convolutions_of_columns_of_pixels_agree():
    """As over time: computed as if the column were a row."""
    rng, network = np.random.default_rng(9), ManyOperators()
    for size, kernel, stride, dilation, same in (
        (9, 3, 1, 1, True),
        (10, 3, 2, 1, False),
        (12, 3, 1, 2, True),
        (7, 1, 1, 1, True),
    ):
        output = _output_size(size, kernel, stride, dilation, same)
        operands = [
            network.input((2, size, 1, 5), "float32"),
            network.floats(rng.normal(0, 1, (6, kernel, 1, 5))),
        ]
        operands.append(network.floats(rng.normal(0, 1, 6)))
        options = _window_options((stride, stride), same, "RELU", **_dilation((dilation, 1)))
        network.add(
            "CONV_2D", operands, [(2, output, -(-1 // stride), 6)], "float32", ("Conv2DOptions", options)
        )
    network.check(relative=RELATIVE)


@pytest.mark.parametrize("seed", range(3))
def test_depthwise_convolutions_agree(seed):
    rng, network = np.random.default_rng(10 + seed), ManyOperators()
    for _ in range(8):
        image, kernel, strides, dilations, same, output = _geometry(rng)
        depth, multiplier = int(rng.integers(1, 14)), int(rng.choice([1, 1, 2, 5]))
        weights = rng.normal(0, 1, (1, *kernel, depth * multiplier))
        operands = [network.input((1, *image, depth), "float32"), network.floats(weights)]
        operands.append(network.floats(rng.normal(0, 1, depth * multiplier)))
        options = _window_options(strides, same, rng.choice(ACTIVATIONS), DepthMultiplier=multiplier)
        options |= _dilation(dilations)
        shape = (1, *output, depth * multiplier)
        network.add("DEPTHWISE_CONV_2D", operands, [shape], "float32", ("DepthwiseConv2DOptions", options))
    network.check(relative=RELATIVE)


@pytest.mark.parametrize("name", ["AVERAGE_POOL_2D", "MAX_POOL_2D"])
def test_pools_agree(name):
    rng, network = np.random.default_rng(20), ManyOperators()
    for activation in ACTIVATIONS * 2:
        image, kernel, strides, _, same, output = _geometry(rng, dilated=False)
        options = _window_options(
            strides, same, activation, FilterHeight=int(kernel[0]), FilterWidth=int(kernel[1])
        )
        source = network.input((2, *image, 3), "float32")
        network.add(name, [source], [(2, *output, 3)], "float32", ("Pool2DOptions", options))
    network.check(relative=RELATIVE)


def test_fully_connected_layers_agree():
    rng, network = np.random.default_rng(30), ManyOperators()
    for rows, depth, outputs in ((1, 1, 1), (1, 7, 4), (3, 16, 10), (2, 33, 7), (1, 64, 3)):
        for activation in ("NONE", "RELU"):
            operands = [
                network.input((rows, depth), "float32"),
                network.floats(rng.normal(0, 1, (outputs, depth))),
            ]
            operands.append(network.floats(rng.normal(0, 1, outputs)) if activation == "RELU" else -1)
            options = {"FusedActivationFunction": _activation(activation)}
            network.add(
                "FULLY_CONNECTED", operands, [(rows, outputs)], "float32", ("FullyConnectedOptions", options)
            )
    network.check(relative=RELATIVE)


def test_products_of_computed_matrices_agree():
    network = ManyOperators()
    for lhs, rhs, output in (
        ((5, 7), (7, 6), (5, 6)),
        ((3, 5, 4), (3, 4, 9), (3, 5, 9)),
        ((2, 3, 5, 4), (2, 1, 4, 2), (2, 3, 5, 2)),
        ((1, 3, 1, 4), (2, 3, 4, 5), (2, 3, 1, 5)),
        ((2, 1, 3, 5, 4), (1, 2, 3, 4, 5), (2, 2, 3, 5, 5)),
    ):
        for adj_x in (False, True):
            for adj_y in (False, True):
                shapes = [
                    (*shape[:-2], *shape[:-3:-1]) if turned else shape
                    for shape, turned in ((lhs, adj_x), (rhs, adj_y))
                ]
                operands = [network.input(shape, "float32") for shape in shapes]
                options = ("BatchMatMulOptions", {"AdjX": adj_x, "AdjY": adj_y})
                network.add("BATCH_MATMUL", operands, [output], "float32", options)
    network.check(relative=RELATIVE)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ADD", "AddOptions"),
        ("SUB", "SubOptions"),
        ("MUL", "MulOptions"),
        ("DIV", "DivOptions"),
        ("SQUARED_DIFFERENCE", None),
        ("MAXIMUM", None),
        ("MINIMUM", None),
    ],
)
def test_operations_on_two_tensors_agree_also_broadcasting(name, options):
    network = ManyOperators()
    shapes = [((2, 3, 4, 5),) * 2, ((2, 3, 4, 5), (1, 1, 1, 5)), ((7,), (1,)), ((2, 1, 4, 1), (2, 3, 1, 5))]
    for activation in ACTIVATIONS if options else ["NONE"]:
        for first, second in shapes:
            operands = [network.input(first, "float32"), network.input(second, "float32")]
            fused = (options, {"FusedActivationFunction": _activation(activation)}) if options else None
            output = np.broadcast_shapes(first, second)
            network.add(name, operands, [output], "float32", fused)
    network.check(relative=RELATIVE)


def test_prelu_agrees():
    network = ManyOperators()
    for alpha in ((4,), (1, 1, 4), (2, 3, 4)):
        operands = [
            network.input((1, 2, 3, 4), "float32"),
            network.floats(np.linspace(-1, 2, np.prod(alpha)).reshape(alpha)),
        ]
        network.add("PRELU", operands, [(1, 2, 3, 4)], "float32")
    network.check(relative=RELATIVE)


@pytest.mark.parametrize(
    "name", ["ABS", "NEG", "SQUARE", "EXP", "LOG", "SQRT", "RSQRT", "LOGISTIC", "TANH", "ELU"]
)
def test_functions_of_one_tensor_agree(name):
    network = ManyOperators()
    source = network.input((4, 500), "float32")
    network.add(name, [source], [(4, 500)], "float32")
    values = np.random.default_rng(40).normal(0, 3, (4, 500)).astype(np.float32)
    values[0, :8] = [0.0, 1.0, -1.0, 20.0, -20.0, 1e-6, -1e-6, 9.0]
    if name in ("LOG", "SQRT", "RSQRT"):
        values = np.abs(values) + np.float32(1e-3)
    network.check([[values]], relative=RELATIVE)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("RELU", None),
        ("RELU6", None),
        ("HARD_SWISH", None),
        ("LEAKY_RELU", ("LeakyReluOptions", {"Alpha": 0.125})),
    ],
)
def test_activations_agree(name, options):
    network = ManyOperators()
    network.add(name, [network.input((300,), "float32")], [(300,)], "float32", options)
    network.check([[np.linspace(-9, 9, 300, dtype=np.float32)]], relative=RELATIVE)


@pytest.mark.parametrize("name", ["MEAN", "SUM", "REDUCE_MAX"])
def test_reductions_over_any_dimensions_agree(name):
    network = ManyOperators()
    for axes, keeps in (
        ((1, 2), True),
        ((1, 2), False),
        ((3,), True),
        ((0,), False),
        ((0, 2), True),
        ((-1, 0), False),
    ):
        shape = np.array((2, 5, 3, 7))
        kept = [1 if axis in axes or axis - 4 in axes else int(size) for axis, size in enumerate(shape)]
        output = (
            kept
            if keeps
            else [size for axis, size in enumerate(kept) if not (axis in axes or axis - 4 in axes)]
        )
        operands = [network.input(shape, "float32"), network.integers(*axes)]
        network.add(name, operands, [output], "float32", ("ReducerOptions", {"KeepDims": keeps}))
    network.check(relative=RELATIVE)


def test_softmax_and_its_logarithm_agree():
    network = ManyOperators()
    for shape in ((1, 10), (3, 4), (2, 3, 5), (1, 1)):
        for beta in (1.0, 0.5):
            source = network.input(shape, "float32")
            network.add("SOFTMAX", [source], [shape], "float32", ("SoftmaxOptions", {"Beta": beta}))
        network.add("LOG_SOFTMAX", [source], [shape], "float32", ("LogSoftmaxOptions", {}))
    network.check(relative=RELATIVE)


def test_a_softmax_of_large_inputs_neither_overflows_nor_loses_its_sum():
    network = ManyOperators()
    network.add(
        "SOFTMAX", [network.input((1, 4), "float32")], [(1, 4)], "float32", ("SoftmaxOptions", {"Beta": 1.0})
    )
    ours = HostNetwork(network.file()).run([[np.array([[1000, 999, -1000, 1000]], np.float32)]])[0][0]
    expected = np.array([1, np.exp(-1), 0, 1]) / (2 + np.exp(-1))
    np.testing.assert_allclose(ours[0], expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["ARG_MAX", "ARG_MIN"])
def test_places_of_extremes_are_the_same_and_the_first_of_equals(name):
    network = ManyOperators()
    source = network.input((2, 3, 5), "float32")
    for axis, output in ((0, (3, 5)), (1, (2, 5)), (2, (2, 3)), (-1, (2, 3))):
        network.add(
            name,
            [source, network.tensor((), "int32", np.array(axis, np.int32))],
            [output],
            "int32",
            (_arg(name), {"OutputType": 2}),
        )
    values = np.random.default_rng(50).integers(-2, 3, (2, 3, 5)).astype(np.float32)
    network.check([[values]])


def _arg(name: str) -> str:
    return {"ARG_MAX": "ArgMaxOptions", "ARG_MIN": "ArgMinOptions"}[name]


def test_rows_are_divided_by_their_length():
    network = ManyOperators()
    network.add(
        "L2_NORMALIZATION", [network.input((3, 7), "float32")], [(3, 7)], "float32", ("L2NormOptions", {})
    )
    values = np.random.default_rng(60).normal(0, 1, (3, 7)).astype(np.float32)
    values[2] = 0
    network.check([[values]], relative=RELATIVE)


def _lstm(*, time_major: bool, clip: float, batches=2, steps=4, inputs=3, states=5) -> bytes:
    rng = np.random.default_rng(70)
    shape = (steps, batches) if time_major else (batches, steps)
    tensors = [T((*shape, inputs), "float32")]
    tensors += [_floats(rng, states, inputs) for _ in range(4)]
    tensors += [_floats(rng, states, states) for _ in range(4)]
    tensors += [_floats(rng, states) for _ in range(4)]
    tensors += [T((batches, states), "float32", is_variable=True) for _ in range(2)]
    tensors.append(T((*shape, states), "float32"))
    operands = [0, *range(1, 9), -1, -1, -1, *range(9, 13), -1, -1, 13, 14, -1, -1, -1, -1]
    options = {
        "FusedActivationFunction": _activation("TANH"),
        "CellClip": clip,
        "TimeMajor": time_major,
    }
    operator = Op(
        "UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [15], ("UnidirectionalSequenceLSTMOptions", options)
    )
    return model(tensors, [operator], [0], [15])


def _floats(rng, *shape) -> T:
    return T(shape, "float32", data=rng.normal(0, 0.6, shape).astype(np.float32))


@pytest.mark.parametrize("time_major", [False, True])
@pytest.mark.parametrize("clip", [0.0, 0.3])
def test_a_recurrent_network_agrees_and_remembers(time_major, clip):
    data = _lstm(time_major=time_major, clip=clip)
    shape = (4, 2, 3) if time_major else (2, 4, 3)
    rng = np.random.default_rng(71)
    inputs = [[rng.normal(0, 1, shape).astype(np.float32)] for _ in range(3)]
    golden, ours = golden_outputs(data, inputs), HostNetwork(data).run(inputs)
    for expected, got in zip(golden, ours, strict=True):
        np.testing.assert_allclose(got[0], expected[0], rtol=0, atol=RELATIVE * np.abs(expected[0]).max())


def test_a_hybrid_layer_is_refused():
    weights = T((4, 3), "int8", 0.01, data=np.ones((4, 3), np.int8))
    data = model(
        [T((1, 3), "float32"), weights, T((1, 4), "float32")],
        [Op("FULLY_CONNECTED", [0, 1, -1], [2], ("FullyConnectedOptions", {}))],
        [0],
        [2],
    )
    with pytest.raises(UnsupportedOperatorError, match="hybrid"):
        lowered(parse_model(data, "hybrid"), PLAIN)
