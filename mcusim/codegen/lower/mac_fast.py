"""Prepares int8 layers for the fast kernels: constants folded ahead of time, weights in the order of their use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.lower.call import Call, Constant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mcusim.codegen.graph import Operator
    from mcusim.codegen.lower.call import FieldValue, Target
    from mcusim.codegen.lower.mac_layer import Ints, MacLayer

COLUMNS_COUNT = 4
"""MAC_COLUMNS of mac_rows.h."""
_ROWS_SOURCES = ("mac_rows.c", "mac_rows_4_columns.c")
_QUAD_ORDER = [0, 2, 1, 3]
"""SXTB16 unpacks bytes 0 and 2, then 1 and 3."""


@dataclass(frozen=True, slots=True)
class Channels:
    """What mac_channel_t of mac_channel.h holds, one entry per output channel."""

    bias: Ints
    multipliers: Ints
    rounding: Ints
    shifts: Ints

    def words(self, padded_count: int) -> NDArray[np.int32]:
        """As the kernels read it; channels that are only there to fill up give 0."""
        table = np.zeros((padded_count, 4), dtype=np.int64)
        table[:, 3] = 1
        columns = (self.bias, self.multipliers, self.rounding, self.shifts)
        table[: len(self.bias)] = np.stack(columns, axis=-1)
        return table.astype(np.int32)


def channels_of(layer: MacLayer) -> Channels | None:
    """The folded constants; None where a sum or a scale is out of the range of mac_requantized."""
    rows = layer.weights.reshape(len(layer.weights), -1)
    shifts = np.where(layer.multipliers == 0, 1, -layer.shifts)
    bias = layer.bias - layer.zero_points.image * rows.sum(axis=1)
    partial = np.abs(bias) + 128 * np.abs(rows).sum(axis=1)  # no partial sum is larger
    if layer.zero_points.weights or np.any(shifts < 1) or np.any(partial >= 1 << 30):
        return None
    rounding = (1 << (shifts - 1)) + (layer.zero_points.output << shifts)
    largest = (partial * layer.multipliers >> 31) + 2 + np.abs(rounding)
    if np.any(largest >= 1 << 31):
        return None
    return Channels(bias, layer.multipliers, rounding, shifts)


def interleaved(rows: Ints) -> NDArray[np.int8]:
    """Weights [output, tap] as mac_rows.h wants them with the DSP extension."""
    outputs_count, taps_count = rows.shape
    padded = np.pad(rows, ((0, outputs_count % 2), (0, -taps_count % 4)))
    quads = padded.reshape((outputs_count + 1) // 2, 2, -1, 4)[..., _QUAD_ORDER]
    pairs = quads.reshape(*quads.shape[:3], 2, 2)
    return pairs.transpose(0, 2, 3, 4, 1).astype(np.int8)


def fast_call(operator: Operator, layer: MacLayer, target: Target) -> Call | None:
    """The call of a fast kernel; None where none computes this layer."""
    channels = channels_of(layer)
    if channels is None or layer.groups_count != 1:
        return None
    if operator.name == "FULLY_CONNECTED" and layer.window.batches_count < COLUMNS_COUNT:
        return _fully_connected(operator, layer, channels, target)
    if layer.window.is_pointwise:
        return _pointwise(operator, layer, channels, target)
    return _windows(operator, layer, channels, target)


def _rows(
    layer: MacLayer, channels: Channels, target: Target
) -> tuple[dict[str, FieldValue], tuple[Constant, ...]]:
    """mac_rows_t and its arrays."""
    rows = layer.weights.reshape(len(layer.weights), -1)
    outputs_count, taps_count = rows.shape
    low, high = layer.activation_range
    params: dict[str, FieldValue] = {
        "rows.weights": "weights",
        "rows.channels": "channels",
        "rows.taps": taps_count,
        "rows.out_channels": outputs_count,
        "rows.activation_min": low,
        "rows.activation_max": high,
    }
    weights = interleaved(rows) if target.has_dsp else rows.astype(np.int8)
    return params, (
        Constant("weights", weights),
        Constant("channels", channels.words(outputs_count + outputs_count % 2)),
    )


def _quads_count(layer: MacLayer) -> int:
    return -(-int(layer.weights[0].size) // 4)


def _fully_connected(operator: Operator, layer: MacLayer, channels: Channels, target: Target) -> Call:
    params, constants = _rows(layer, channels, target)
    return Call(
        kernel="fully_connected_s8",
        sources=("fully_connected_s8.c", *_ROWS_SOURCES),
        inputs=operator.inputs[:1],
        outputs=operator.outputs,
        constants=constants,
        params=params | {"batches": layer.window.batches_count},
        scratch_bytes=8 * _quads_count(layer) if target.has_dsp else 0,
    )


def _pointwise(operator: Operator, layer: MacLayer, channels: Channels, target: Target) -> Call:
    params, constants = _rows(layer, channels, target)
    return Call(
        kernel="conv_2d_1x1_s8",
        sources=("conv_2d_1x1_s8.c", *_ROWS_SOURCES),
        inputs=operator.inputs[:1],
        outputs=operator.outputs,
        constants=constants,
        params=params | {"pixels": layer.window.pixels_count},
        scratch_bytes=8 * COLUMNS_COUNT * _quads_count(layer) if target.has_dsp else 0,
    )


def _windows(operator: Operator, layer: MacLayer, channels: Channels, target: Target) -> Call:
    params, constants = _rows(layer, channels, target)
    quads_count = _quads_count(layer)
    bytes_per_quad = 8 * COLUMNS_COUNT + (4 if layer.window.in_channels_count % 4 else 0)
    return Call(
        kernel="conv_2d_s8",
        sources=("conv_2d_s8.c", *_ROWS_SOURCES),
        inputs=operator.inputs[:1],
        outputs=operator.outputs,
        constants=constants,
        params=params | {"window": layer.window.fields, "input_zero_point": layer.zero_points.image},
        scratch_bytes=bytes_per_quad * quads_count if target.has_dsp else 2 * layer.weights[0].size,
    )
