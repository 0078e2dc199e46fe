"""Weights of four bits: trained for it, then packed two to a byte into an int8 model."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_samples.compression.networks import FULL, network

LARGEST = 7
"""Of the symmetric four-bit range -7..7, as the int8 range of weights is -127..127."""
WEIGHTED = ("CONV_2D", "FULLY_CONNECTED")


def on_grid(kernel: Any, is_convolution: bool) -> Any:
    """The nearest weights that four bits can say; the gradient passes as if nothing had been rounded.

    One scale per output channel of a convolution, one for a dense layer, as the packed file has them.
    """
    import tensorflow as tf

    axes = [0, 1, 2] if is_convolution else [0, 1]
    scale = tf.maximum(tf.reduce_max(tf.abs(kernel), axis=axes, keepdims=True), 1e-6) / LARGEST
    return kernel + tf.stop_gradient(tf.round(kernel / scale) * scale - kernel)


def trained_for_it(model: Any, fit: Any) -> Any:
    """A network like `model`, its weights on the four-bit grid after `fit` has trained them to be there."""
    rounding = network(FULL, _kinds())
    rounding.set_weights(model.get_weights())
    fit(rounding)
    plain = network(FULL)
    plain.set_weights(
        [
            np.asarray(on_grid(each, each.ndim == 4)) if each.ndim > 1 else each
            for each in rounding.get_weights()
        ]
    )
    return plain


def _kinds() -> Any:
    """Keras layers that compute with their weights on the grid."""
    import tensorflow as tf
    from keras import layers

    class Conv2D(layers.Conv2D):
        def call(self, inputs: Any) -> Any:
            sums = tf.nn.conv2d(inputs, on_grid(self.kernel, True), 1, "SAME")
            return self.activation(sums + self.bias)

    class Dense(layers.Dense):
        def call(self, inputs: Any, training: bool | None = None) -> Any:
            return self.activation(tf.matmul(inputs, on_grid(self.kernel, False)) + self.bias)

    return SimpleNamespace(Conv2D=Conv2D, Dense=Dense)


def packed(model: bytes) -> bytes:
    """An int8 .tflite file with its convolutions' and dense layers' weights as int4 tensors, two to a byte.

    The weights should lie on the grid already: rounding them twice would cost accuracy.
    """
    from flatbuffers import Builder
    from tensorflow.lite.python import schema_py_generated as schema

    tree = schema.ModelT.InitFromObj(schema.Model.GetRootAs(model, 0))
    codes = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    graph = tree.subgraphs[0]
    for operator in graph.operators:
        if codes[tree.operatorCodes[operator.opcodeIndex].builtinCode] in WEIGHTED:
            inputs, weights, bias = (graph.tensors[index] for index in operator.inputs)
            factors = _pack_weights(tree, weights, schema.TensorType.INT4)
            _rescale_bias(tree, bias, inputs.quantization.scale[0] * weights.quantization.scale, factors)
    builder = Builder(len(model))
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _pack_weights(tree: Any, tensor: Any, element: int) -> NDArray[np.float64]:
    """Returns by how much each output channel's scale has grown."""
    values = np.frombuffer(bytes(tree.buffers[tensor.buffer].data), dtype=np.int8).reshape(tensor.shape)
    old_scales = np.asarray(tensor.quantization.scale, dtype=np.float32)
    is_by_channel = len(old_scales) > 1
    real = values.reshape(len(values), -1) * old_scales.astype(np.float64)[:, np.newaxis]
    largest = np.abs(real).max(axis=1 if is_by_channel else None, keepdims=True)
    scales = (np.maximum(largest, 1e-9) / LARGEST).astype(np.float32)
    steps = np.clip(np.round(real / scales), -LARGEST, LARGEST).astype(np.int8).reshape(-1)
    tensor.type = element
    tensor.quantization.scale = scales.reshape(-1)
    tree.buffers[tensor.buffer].data = _two_to_a_byte(steps)
    return scales.reshape(-1).astype(np.float64) / old_scales


def _two_to_a_byte(steps: NDArray[np.int8]) -> NDArray[np.uint8]:
    """The first of two in the low half, as TensorFlow Lite reads them."""
    halves = (np.append(steps, np.int8(0)) if len(steps) % 2 else steps).astype(np.uint8) & 0x0F
    return np.asarray(halves[0::2] | (halves[1::2] << 4), dtype=np.uint8)


def _rescale_bias(tree: Any, tensor: Any, scales: Any, factors: NDArray[np.float64]) -> None:
    """A bias counts in steps of input scale times weight scale."""
    steps = np.frombuffer(bytes(tree.buffers[tensor.buffer].data), dtype="<i4")
    rescaled = np.round(steps / factors).astype("<i4")
    tree.buffers[tensor.buffer].data = np.frombuffer(rescaled.tobytes(), dtype=np.uint8)
    tensor.quantization.scale = np.asarray(scales, dtype=np.float32)
