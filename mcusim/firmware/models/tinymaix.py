"""Reads TinyMaix models (tm_mdlbin_t and tml_head_t in include/tinymaix.h, revision 0532eceb)."""

from __future__ import annotations

import struct

from mcusim.firmware.models.model import DamagedModelError, ModelLayer, Shape, elements_of

_HEADER = struct.Struct("<4sBBHHHII4H4H28x")
_LAYER_HEAD = struct.Struct("<HHIII4H4H16x")
"""Type, is_out, size, in_oft, out_oft, in_dims, out_dims, then scales and zero points."""
_KERNEL = struct.Struct("<BB")
_OPERATORS = ("CONV2D", "GAP", "FC", "SOFTMAX", "RESHAPE", "DWCONV2D", "ADD")
"""tm_layer_type_t without TML_, in its order."""


def read_layers(data: bytes) -> tuple[ModelLayer, ...]:
    """The layers of the model at the beginning of `data`.

    Raises:
        DamagedModelError: it is no whole model.
    """
    try:
        layers_count = _HEADER.unpack_from(data)[5]
        layers, at = [], _HEADER.size
        for _ in range(layers_count):
            layer, size_bytes = _layer(data, at)
            layers.append(layer)
            at += size_bytes
    except struct.error:
        raise DamagedModelError from None
    if at > len(data):
        raise DamagedModelError
    return tuple(layers)


def _layer(data: bytes, at: int) -> tuple[ModelLayer, int]:
    kind, _, size_bytes, _, _, *dims = _LAYER_HEAD.unpack_from(data, at)
    if kind >= len(_OPERATORS) or size_bytes < _LAYER_HEAD.size:
        raise DamagedModelError
    operator = _OPERATORS[kind]
    in_shape, out_shape = _shape(dims[:4]), _shape(dims[4:])
    macs_count = None
    if operator in {"CONV2D", "DWCONV2D"}:
        kernel_width, kernel_height = _KERNEL.unpack_from(data, at + _LAYER_HEAD.size)
        depth = 1 if operator == "DWCONV2D" else in_shape[-1]
        macs_count = elements_of((*out_shape, kernel_height, kernel_width, depth))
    elif operator == "FC":
        macs_count = elements_of((*in_shape, *out_shape))
    in_shapes = (in_shape, in_shape) if operator == "ADD" else (in_shape,)
    return ModelLayer(operator, "", in_shapes, (out_shape,), macs_count), size_bytes


def _shape(dims: list[int]) -> Shape:
    """dims[0] of height, width and channels count, from the end: "dims==2: 1wc" (tm_mat_t)."""
    if not 1 <= dims[0] <= 3 or 0 in dims[1:]:
        raise DamagedModelError
    return tuple(dims[4 - dims[0] :])
