"""Trains a small MobileNetV2 on handwritten digits and writes the sample's files.

python -m firmware_samples.mobilenet_v2.train     (packages of the extra `samples`; about two minutes)
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from firmware_samples.common.training.digits import CLASSES, load_digits, moved
from firmware_samples.common.training.fitting import Recipe, fit_classifier
from firmware_samples.common.training.results import save_classifier
from firmware_samples.common.training.seeding import prepare

FOLDER = Path(__file__).resolve().parent
RECIPE = Recipe(seed=2, epochs=14)
COMMITTED_COUNT = 300
"""Held-back images in the repository: 784 bytes each."""
BLOCKS = ((8, 1, 1), (16, 2, 4), (16, 1, 4), (24, 2, 4), (24, 1, 4), (24, 1, 4))
"""Output channels, stride and expansion of each inverted residual block."""
STEM_CHANNELS, HEAD_CHANNELS = 8, 64


def _convolved(inputs: Any, channels_count: int, size: int, stride: int) -> Any:
    """Convolution with batch norm, no activation."""
    from keras import layers

    signal = layers.Conv2D(channels_count, size, strides=stride, padding="same", use_bias=False)(inputs)
    return layers.BatchNormalization(momentum=0.9)(signal)


def _block(inputs: Any, channels_count: int, stride: int, expansion: int) -> Any:
    """Inverted residual: expand (1x1), depthwise (3x3), project (1x1, linear), and add what came in if it fits.

    Sandler et al. 2018, MobileNetV2: Inverted Residuals and Linear Bottlenecks, figure 3 and table 1.
    """
    from keras import layers

    signal = inputs
    if expansion != 1:
        signal = layers.ReLU(6.0)(_convolved(signal, expansion * inputs.shape[-1], 1, 1))
    signal = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False)(signal)
    signal = layers.ReLU(6.0)(layers.BatchNormalization(momentum=0.9)(signal))
    signal = _convolved(signal, channels_count, 1, 1)
    is_residual = stride == 1 and inputs.shape[-1] == channels_count
    return layers.Add()([inputs, signal]) if is_residual else signal


def network() -> Any:
    """Stem, six blocks, a 1x1 head, the mean over the picture, one dense layer."""
    from keras import Model, layers

    inputs = layers.Input((28, 28, 1))
    signal = layers.ReLU(6.0)(_convolved(inputs, STEM_CHANNELS, 3, 2))
    for channels_count, stride, expansion in BLOCKS:
        signal = _block(signal, channels_count, stride, expansion)
    signal = layers.ReLU(6.0)(_convolved(signal, HEAD_CHANNELS, 1, 1))
    pooled = layers.GlobalAveragePooling2D()(signal)
    return Model(inputs, layers.Dense(len(CLASSES), activation="softmax")(pooled))


def main() -> None:
    """Train, convert, write, and say how good the result is."""
    prepare(RECIPE.seed)
    split = load_digits()
    model = network()
    fit_classifier(model, split.training, RECIPE, moved)
    save_classifier(FOLDER, model, split, CLASSES, COMMITTED_COUNT)


if __name__ == "__main__":
    main()
