"""The digits network in floating point with its gradients, in plain numpy; no data, no quantisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Parameters = dict[str, FloatArray]

CONV_CHANNELS = 16
POINTWISE_CHANNELS = 32
CLASSES = 10


@dataclass(frozen=True, slots=True)
class Activations:
    """What the forward pass computed, by layer; all but `logits` and the pools are after ReLU."""

    image: FloatArray
    conv: FloatArray
    depthwise: FloatArray
    pointwise: FloatArray
    max_pool: FloatArray
    avg_pool: FloatArray
    logits: FloatArray


def initial_parameters(rng: np.random.Generator) -> Parameters:
    """He-initialised weights and zero biases."""

    def he(*shape: int, fan_in: int) -> FloatArray:
        return rng.normal(0.0, np.sqrt(2.0 / fan_in), shape)

    flat = 4 * POINTWISE_CHANNELS
    return {
        "conv_w": he(9, CONV_CHANNELS, fan_in=9),
        "conv_b": np.zeros(CONV_CHANNELS),
        "depthwise_w": he(9, CONV_CHANNELS, fan_in=9),
        "depthwise_b": np.zeros(CONV_CHANNELS),
        "pointwise_w": he(CONV_CHANNELS, POINTWISE_CHANNELS, fan_in=CONV_CHANNELS),
        "pointwise_b": np.zeros(POINTWISE_CHANNELS),
        "dense_w": he(flat, CLASSES, fan_in=flat),
        "dense_b": np.zeros(CLASSES),
    }


def _shifted(image: FloatArray) -> list[FloatArray]:
    """The nine views of a zero-padded 3 x 3 neighbourhood, row by row."""
    padded = np.pad(image, ((0, 0), (1, 1), (1, 1), (0, 0)))
    return [padded[:, dy : dy + 8, dx : dx + 8] for dy in range(3) for dx in range(3)]


def _unshifted(gradients: list[FloatArray]) -> FloatArray:
    """The gradient of `_shifted`'s argument."""
    count, _, _, channels = gradients[0].shape
    padded = np.zeros((count, 10, 10, channels))
    for index, gradient in enumerate(gradients):
        dy, dx = divmod(index, 3)
        padded[:, dy : dy + 8, dx : dx + 8] += gradient
    return padded[:, 1:9, 1:9]


def _tiles(image: FloatArray) -> FloatArray:
    """2 x 2 tiles: [n, h/2, w/2, c, 4]."""
    count, height, width, channels = image.shape
    split = image.reshape(count, height // 2, 2, width // 2, 2, channels)
    return split.transpose(0, 1, 3, 5, 2, 4).reshape(count, height // 2, width // 2, channels, 4)


def _untiled(tiles: FloatArray) -> FloatArray:
    """The inverse of `_tiles`."""
    count, height, width, channels, _ = tiles.shape
    split = tiles.reshape(count, height, width, channels, 2, 2).transpose(0, 1, 4, 2, 5, 3)
    return split.reshape(count, height * 2, width * 2, channels)


def forward(params: Parameters, image: FloatArray) -> Activations:
    """All activations for a batch [n, 8, 8, 1] of values in 0..1."""
    neighbours = np.concatenate(_shifted(image), axis=-1)
    conv = np.maximum(neighbours @ params["conv_w"] + params["conv_b"], 0.0)
    weighted = [view * params["depthwise_w"][tap] for tap, view in enumerate(_shifted(conv))]
    depthwise = np.maximum(np.sum(weighted, axis=0) + params["depthwise_b"], 0.0)
    pointwise = np.maximum(depthwise @ params["pointwise_w"] + params["pointwise_b"], 0.0)
    max_pool = _tiles(pointwise).max(axis=-1)
    avg_pool = _tiles(max_pool).mean(axis=-1)
    logits = avg_pool.reshape(len(image), -1) @ params["dense_w"] + params["dense_b"]
    return Activations(image, conv, depthwise, pointwise, max_pool, avg_pool, logits)


def _sum_outer(inputs: FloatArray, gradient: FloatArray) -> FloatArray:
    """Weight gradient of a matrix product over the last axis."""
    return inputs.reshape(-1, inputs.shape[-1]).T @ gradient.reshape(-1, gradient.shape[-1])


def _through_pools(acts: Activations, d_avg: FloatArray) -> FloatArray:
    """Gradient of the pointwise output from that of the average pool; ties share, as any choice is valid."""
    d_max = _untiled(np.repeat(d_avg[..., np.newaxis], 4, axis=-1) / 4.0)
    tiles = _tiles(acts.pointwise)
    is_max = tiles == acts.max_pool[..., np.newaxis]
    share = is_max / is_max.sum(axis=-1, keepdims=True)
    return _untiled(share * d_max[..., np.newaxis]) * (acts.pointwise > 0)


def gradients(params: Parameters, acts: Activations, labels: NDArray[np.int64]) -> Parameters:
    """Gradient of the mean cross-entropy with respect to every parameter."""
    exps = np.exp(acts.logits - acts.logits.max(axis=1, keepdims=True))
    d_logits = exps / exps.sum(axis=1, keepdims=True)
    d_logits[np.arange(len(labels)), labels] -= 1.0
    d_logits /= len(labels)
    d_avg = (d_logits @ params["dense_w"].T).reshape(acts.avg_pool.shape)
    d_pointwise = _through_pools(acts, d_avg)
    d_depthwise = (d_pointwise @ params["pointwise_w"].T) * (acts.depthwise > 0)
    views = _shifted(acts.conv)
    d_conv = _unshifted([d_depthwise * tap for tap in params["depthwise_w"]]) * (acts.conv > 0)
    return {
        "conv_w": _sum_outer(np.concatenate(_shifted(acts.image), axis=-1), d_conv),
        "conv_b": d_conv.sum(axis=(0, 1, 2)),
        "depthwise_w": np.stack([(view * d_depthwise).sum(axis=(0, 1, 2)) for view in views]),
        "depthwise_b": d_depthwise.sum(axis=(0, 1, 2)),
        "pointwise_w": _sum_outer(acts.depthwise, d_pointwise),
        "pointwise_b": d_pointwise.sum(axis=(0, 1, 2)),
        "dense_w": _sum_outer(acts.avg_pool.reshape(len(labels), -1), d_logits),
        "dense_b": d_logits.sum(axis=0),
    }
