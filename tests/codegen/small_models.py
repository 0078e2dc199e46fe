"""Models of a few operators for tests of whole commands; their weights are arbitrary but always the same."""

from __future__ import annotations

import numpy as np

from tests.codegen.tflite_factory import Op, T, model

INPUTS_COUNT, UNITS_COUNT = 8, 4
DENSE = ("FullyConnectedOptions", {"FusedActivationFunction": 0})


def classifier(units_count: int = UNITS_COUNT, element: str = "int8") -> bytes:
    """A fully connected layer and a softmax, both of 8-bit integers; "float32" puts conversions around them."""
    rng = np.random.RandomState(1)
    weights = rng.randint(-127, 128, (units_count, INPUTS_COUNT)).astype("int8")
    bias = rng.randint(-500, 500, units_count).astype("int32")
    core = [
        T((1, INPUTS_COUNT), scale=0.05, zero_point=3, name="features"),
        T(weights.shape, scale=0.01, data=weights, name="weights"),
        T(bias.shape, "int32", scale=0.0005, data=bias, name="bias"),
        T((1, units_count), scale=0.1, zero_point=-7, name="scores/MatMul;scores/BiasAdd"),
        T((1, units_count), scale=1 / 256, zero_point=-128, name="chances"),
    ]
    dense = Op("FULLY_CONNECTED", [0, 1, 2], [3], DENSE)
    softmax = Op("SOFTMAX", [3], [4], ("SoftmaxOptions", {"Beta": 1.0}))
    if element == "int8":
        return model(core, [dense, softmax], [0], [4])
    around = [
        T((1, INPUTS_COUNT), "float32", name="readings"),
        T((1, units_count), "float32", name="result"),
    ]
    operators = [Op("QUANTIZE", [5], [0]), dense, softmax, Op("DEQUANTIZE", [4], [6])]
    return model([*core, *around], operators, [5], [6])


def hybrid() -> bytes:
    """Float activations and 8-bit weights: what the converter's dynamic range quantisation makes."""
    tensors = [
        T((1, INPUTS_COUNT), "float32", name="readings"),
        T((UNITS_COUNT, INPUTS_COUNT), scale=0.01, data=np.ones((UNITS_COUNT, INPUTS_COUNT), "int8")),
        T((1, UNITS_COUNT), "float32", name="scores"),
    ]
    return model(tensors, [Op("FULLY_CONNECTED", [0, 1, -1], [2], DENSE)], [0], [2])


def large(inputs_count: int, units_count: int) -> bytes:
    """One fully connected layer."""
    weights = np.ones((units_count, inputs_count), "int8")
    tensors = [
        T((1, inputs_count), scale=0.05, name="features"),
        T(weights.shape, scale=0.01, data=weights, name="huge_weights"),
        T((1, units_count), scale=0.1, name="scores"),
    ]
    return model(tensors, [Op("FULLY_CONNECTED", [0, 1, -1], [2], DENSE)], [0], [2])
