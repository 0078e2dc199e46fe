"""Prepares int8 depthwise layers with one output per input channel for the fast kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.lower.call import Call, Constant
from mcusim.codegen.lower.mac_fast import channels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mcusim.codegen.graph import Operator
    from mcusim.codegen.lower.call import FieldValue, Target
    from mcusim.codegen.lower.mac_fast import Channels
    from mcusim.codegen.lower.mac_layer import Ints, MacLayer, Window

_GROUP_COUNT = 4
_BAND_BYTES = 2560
"""Scratch memory that the 3 x 3 kernel may take: more rows at a time are widened less often."""


def depthwise_call(operator: Operator, layer: MacLayer, target: Target) -> Call | None:
    """The call of a fast kernel; None where none computes this layer."""
    window = layer.window
    is_plain = layer.groups_count == window.in_channels_count == window.out_channels_count
    channels = channels_of(layer) if is_plain else None
    if channels is None:
        return None
    taps = layer.weights[..., 0]
    strides = (window.stride_height_count, window.stride_width_count)
    dilations = (window.dilation_height_count, window.dilation_width_count)
    is_square = taps.shape[1:] == (3, 3) and strides in ((1, 1), (2, 2)) and dilations == (1, 1)
    if target.has_dsp and is_square and window.pad_left_count <= 1:
        return _three_by_three(operator, layer, channels)
    rows = taps.reshape(len(taps), -1)
    return Call(
        kernel="depthwise_conv_2d_s8",
        inputs=operator.inputs[:1],
        outputs=operator.outputs,
        constants=(
            Constant("weights", _by_pairs(rows) if target.has_dsp else rows.T.astype(np.int8)),
            Constant("channels", channels.words(len(rows))),
        ),
        params=_params(layer),
        scratch_bytes=rows.size,
    )


def _params(layer: MacLayer) -> dict[str, FieldValue]:
    low, high = layer.activation_range
    return {
        "window": layer.window.fields,
        "weights": "weights",
        "channels": "channels",
        "input_zero_point": layer.zero_points.image,
        "activation_min": low,
        "activation_max": high,
    }


def _three_by_three(operator: Operator, layer: MacLayer, channels: Channels) -> Call:
    taps = layer.weights[..., 0]
    band_rows_count = _band_rows_count(layer.window)
    return Call(
        kernel="depthwise_conv_2d_3x3_s8",
        sources=("depthwise_conv_2d_3x3_s8.c", "depthwise_rows.c"),
        inputs=operator.inputs[:1],
        outputs=operator.outputs,
        constants=(
            Constant("weights", three_by_three(taps)),
            Constant("channels", channels.words(len(taps))),
        ),
        params=_params(layer) | {"band_rows": band_rows_count},
        scratch_bytes=_band_bytes(layer.window, band_rows_count),
    )


def three_by_three(taps: Ints) -> NDArray[np.int8]:
    """Weights [channel, 3, 3] as depthwise_conv_2d_3x3_s8.h wants them."""
    return taps[..., [0, 1, 1, 2]].astype(np.int8)


def _band_bytes(window: Window, rows_count: int) -> int:
    """As depthwise_conv_2d_3x3_s8.h says."""
    width = window.out_width_count + window.out_width_count % 2
    pairs_count = width // 2 + 1 if window.stride_width_count == 1 else width + 1
    return 4 * _GROUP_COUNT * ((rows_count - 1) * window.stride_height_count + 3) * pairs_count


def _band_rows_count(window: Window) -> int:
    """As many output rows as the scratch memory allows, in bands of about the same height."""
    fitting = [
        rows for rows in range(1, window.out_height_count + 1) if _band_bytes(window, rows) <= _BAND_BYTES
    ]
    bands_count = -(-window.out_height_count // max(fitting, default=1))
    return -(-window.out_height_count // bands_count)


def _by_pairs(rows: Ints) -> NDArray[np.int8]:
    """Weights [channel, tap] as depthwise_conv_2d_s8.c wants them with the DSP extension."""
    whole_count = len(rows) // _GROUP_COUNT * _GROUP_COUNT
    padded = np.pad(rows[:whole_count], ((0, 0), (0, rows.shape[1] % 2)))
    groups = padded.reshape(-1, 2, 2, padded.shape[1] // 2, 2)  # group, ab or cd, which of them, pair, tap
    by_pair = groups.transpose(0, 3, 1, 4, 2)
    return np.concatenate([by_pair.reshape(-1), rows[whole_count:].T.reshape(-1)]).astype(np.int8)
