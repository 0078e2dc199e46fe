"""The network that is told five ways, and the small one that learns from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from firmware_samples.common.training.digits import CLASSES


@dataclass(frozen=True, slots=True)
class Widths:
    """Channels of the three convolutions, and units of the hidden dense layer."""

    convolutions: tuple[int, int, int]
    hidden: int


FULL = Widths((16, 32, 64), 32)
PRUNED = Widths((8, 16, 32), 16)
CONVOLUTIONS = ("conv_1", "conv_2", "conv_3")
DENSE = ("hidden", "logits")


def network(widths: Widths, kinds: Any = None) -> Any:
    """Three times 3x3 convolution, ReLU and 2x2 maximum; two dense layers; ends in logits.

    No batch normalisation: 4000 images train it without, and every weight is one that the firmware has.
    `kinds` has other classes Conv2D and Dense (None: those of Keras).
    """
    from keras import Input, Model, layers

    kinds = kinds or layers
    inputs = Input((28, 28, 1))
    signal = inputs
    for name, channels_count in zip(CONVOLUTIONS, widths.convolutions, strict=True):
        options = {"padding": "same", "activation": "relu", "kernel_initializer": "he_normal"}
        signal = kinds.Conv2D(channels_count, 3, name=name, **options)(signal)
        signal = layers.MaxPooling2D(2)(signal)
    signal = layers.Dropout(0.2)(layers.Flatten()(signal))
    signal = kinds.Dense(widths.hidden, activation="relu", name=DENSE[0])(signal)
    return Model(inputs, kinds.Dense(len(CLASSES), name=DENSE[1])(signal))


def student() -> Any:
    """Depthwise separable, strided early, no hidden layer: a twentieth of the arithmetic; ends in logits."""
    from keras import Input, Model, layers

    inputs = Input((28, 28, 1))
    signal = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(inputs)
    for channels_count, stride in ((16, 2), (32, 1)):
        signal = layers.DepthwiseConv2D(3, strides=stride, padding="same", activation="relu")(signal)
        signal = layers.Conv2D(channels_count, 1, activation="relu")(signal)
    signal = layers.GlobalAveragePooling2D()(signal)
    return Model(inputs, layers.Dense(len(CLASSES))(signal))


def with_softmax(model: Any) -> Any:
    """The same network, ending in probabilities: what is converted."""
    from keras import Model, layers

    return Model(model.inputs, layers.Softmax()(model.outputs[0]))
