"""From a Keras network to an int8 TensorFlow Lite file, by TensorFlow's own converter."""

from __future__ import annotations

from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from firmware_samples.common.training.split import FloatArray

CALIBRATION_COUNT = 200
"""Training examples whose activations set the ranges, spread evenly over the training data."""


def _with_one_example(model: Any) -> Any:
    """The network as a function of exactly one example, its weights as constants: firmware has no batches."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    shape = (1, *model.input_shape[1:])
    function = tf.function(lambda inputs: model(inputs, training=False), autograph=False)
    return convert_variables_to_constants_v2(
        function.get_concrete_function(tf.TensorSpec(shape, tf.float32, name="input"))
    )


@contextmanager
def _converter(model: Any) -> Iterator[Any]:
    """A recurrent layer becomes one fused operator only if it comes from a saved model of Keras 2 (tf_keras).

    Keras 3 writes its LSTM as a loop, and freezing the weights takes away the marks by which the converter knows it.
    """
    import tensorflow as tf

    if not type(model).__module__.startswith("tf_keras"):
        yield tf.lite.TFLiteConverter.from_concrete_functions([_with_one_example(model)])
        return
    shape = (1, *model.input_shape[1:])
    function = tf.function(lambda inputs: model(inputs, training=False), autograph=False)
    signature = function.get_concrete_function(tf.TensorSpec(shape, tf.float32, name="input"))
    with TemporaryDirectory() as folder:
        model.save(folder, save_format="tf", signatures=signature)
        yield tf.lite.TFLiteConverter.from_saved_model(folder)


def float_model(model: Any) -> bytes:
    """The network as a float32 .tflite file."""
    with _converter(model) as converter:
        return bytes(converter.convert())


def int8_model(model: Any, training_inputs: FloatArray) -> bytes:
    """The network as a .tflite file with int8 weights, activations, input and output.

    Weights of convolutions have one scale per channel, weights of dense layers one per tensor, as every version of
    TensorFlow Lite Micro understands them.
    """
    import tensorflow as tf

    chosen = np.linspace(0, len(training_inputs) - 1, CALIBRATION_COUNT).astype(np.int64)

    def calibration() -> Iterator[list[FloatArray]]:
        for index in dict.fromkeys(chosen.tolist()):
            yield [training_inputs[index : index + 1].astype(np.float32)]

    with _converter(model) as converter:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = calibration
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
        # There is no public switch for this one (TensorFlow 2.21, lite/python/lite.py).
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
        return bytes(converter.convert())
