"""Removes whole channels: what is left is an ordinary, smaller network that needs no special kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_samples.compression.networks import CONVOLUTIONS, DENSE, Widths, network

Kept = NDArray[np.int64]


def pruned(model: Any, widths: Widths) -> Any:
    """A network of these widths with the strongest channels of `model`, not yet trained again.

    A channel counts as strong by the sum of its weights' magnitudes (Li et al. 2017, Pruning Filters for Efficient
    ConvNets, section 3.1).
    """
    smaller = network(widths)
    kept_inputs: Kept = np.zeros(1, dtype=np.int64)
    for name, count in zip(CONVOLUTIONS, widths.convolutions, strict=True):
        kernel, bias = model.get_layer(name).get_weights()
        kept = _strongest(kernel, count)
        smaller.get_layer(name).set_weights([kernel[:, :, kept_inputs][..., kept], bias[kept]])
        kept_inputs = kept
    kernel, bias = model.get_layer(DENSE[0]).get_weights()
    kept = _strongest(kernel, widths.hidden)
    channels_count = model.get_layer(CONVOLUTIONS[-1]).filters
    by_channel = kernel.reshape(-1, channels_count, kernel.shape[1])[:, kept_inputs][..., kept]
    smaller.get_layer(DENSE[0]).set_weights([by_channel.reshape(-1, widths.hidden), bias[kept]])
    kernel, bias = model.get_layer(DENSE[1]).get_weights()
    smaller.get_layer(DENSE[1]).set_weights([kernel[kept], bias])
    return smaller


def _strongest(kernel: NDArray[np.float32], count: int) -> Kept:
    """Indices along the last axis, in their old order."""
    strengths = np.abs(kernel).reshape(-1, kernel.shape[-1]).sum(axis=0)
    return np.sort(np.argsort(-strengths, kind="stable")[:count])
