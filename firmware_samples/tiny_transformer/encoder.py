"""A BERT-style encoder, written so that TensorFlow Lite's converter makes few and plain int8 operators of it.

Everything but the attention works on a matrix [frames, width], so that dense layers become FULLY_CONNECTED without
reshaping; constant factors are part of weights, so that no operator is spent on them.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

GELU_SLOPE = 1.702
"""GELU(x) is about x * sigmoid(1.702 x): Hendrycks and Gimpel 2016, section 2."""


class Dense(keras.layers.Layer):
    """x W + b, times `factor`: a constant that the converter multiplies into both."""

    def __init__(self, width: int, factor: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.width, self.factor = width, factor

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Weights."""
        self.kernel = self.add_weight(shape=(input_shape[-1], self.width), initializer="glorot_uniform")
        self.bias = self.add_weight(shape=(self.width,), initializer="zeros")

    def call(self, inputs: Any) -> Any:
        """Of a matrix of rows."""
        return tf.matmul(inputs, self.kernel * self.factor) + self.bias * self.factor


class LayerNorm(keras.layers.Layer):
    """Each row to mean 0 and variance 1, then a factor and an offset for each column (Ba et al. 2016)."""

    EPSILON = 1e-3
    """Smaller than one step of an int8 variance: it matters in floating point only."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Weights."""
        self.gain = self.add_weight(shape=(input_shape[-1],), initializer="ones")
        self.offset = self.add_weight(shape=(input_shape[-1],), initializer="zeros")

    def call(self, inputs: Any) -> Any:
        """MEAN, SQUARED_DIFFERENCE, MEAN, ADD, RSQRT, SUB, MUL, MUL, ADD."""
        mean = tf.reduce_mean(inputs, axis=-1, keepdims=True)
        variance = tf.reduce_mean(tf.math.squared_difference(inputs, mean), axis=-1, keepdims=True)
        normal = (inputs - mean) * tf.math.rsqrt(variance + self.EPSILON)
        return normal * self.gain + self.offset


class Attention(keras.layers.Layer):
    """Multi-head self-attention (Vaswani et al. 2017) over all frames."""

    def __init__(self, frames_count: int, width: int, heads_count: int) -> None:
        super().__init__()
        self.split_shape = [-1, frames_count, heads_count, width // heads_count]
        self.width = width
        self.query = Dense(width, factor=float((width // heads_count) ** -0.5))
        self.key, self.value, self.joined = Dense(width), Dense(width), Dense(width)

    def _heads(self, rows: Any) -> Any:
        """[frames, width] as [1, heads, frames, width of a head]."""
        return tf.transpose(tf.reshape(rows, self.split_shape), [0, 2, 1, 3])

    def call(self, rows: Any) -> Any:
        """Rows in, rows out."""
        likeness = tf.matmul(self._heads(self.query(rows)), self._heads(self.key(rows)), transpose_b=True)
        seen = tf.matmul(tf.nn.softmax(likeness), self._heads(self.value(rows)))
        return self.joined(tf.reshape(tf.transpose(seen, [0, 2, 1, 3]), [-1, self.width]))


class FeedForward(keras.layers.Layer):
    """Dense, GELU, dense. With z = 1.702 x from the first, z * sigmoid(z) / 1.702 is the GELU of x."""

    def __init__(self, width: int, inner_width: int) -> None:
        super().__init__()
        self.widened = Dense(inner_width, factor=GELU_SLOPE)
        self.narrowed = Dense(width)

    def call(self, rows: Any) -> Any:
        """Rows in, rows out; the last division by 1.702 is left to the second layer's training."""
        widened = self.widened(rows)
        return self.narrowed(widened * tf.sigmoid(widened))


class EncoderLayer(keras.layers.Layer):
    """Attention and feed-forward network, each added to its input and normalised after it, as in BERT."""

    def __init__(self, frames_count: int, width: int, heads_count: int, inner_width: int) -> None:
        super().__init__()
        self.attention = Attention(frames_count, width, heads_count)
        self.feed_forward = FeedForward(width, inner_width)
        self.after_attention, self.after_feed_forward = LayerNorm(), LayerNorm()
        self.dropout = keras.layers.Dropout(0.1)

    def call(self, rows: Any, training: bool = False) -> Any:
        """Rows in, rows out."""
        rows = self.after_attention(rows + self.dropout(self.attention(rows), training=training))
        return self.after_feed_forward(rows + self.dropout(self.feed_forward(rows), training=training))
