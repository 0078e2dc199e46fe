"""Lowers pooling over windows of int8 images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Call, unsupported
from mcusim.codegen.lower.elements import (
    activation_range,
    number_option,
    operand,
    quantization_of,
    require,
    result,
)

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator, Tensor
    from mcusim.codegen.lower.call import FieldValue, Lowering, Target

_MOST_SCALE_DIFFERENCE = 1.0e-6
"""pooling_common.cc: TensorFlow Lite Micro refuses more."""


def lower_pool(graph: Graph, operator: Operator, target: Target) -> Call:
    """AVERAGE_POOL_2D and MAX_POOL_2D."""
    del target
    image, output = operand(graph, operator, 0), result(graph, operator)
    require(operator, output, image.element)
    _check_scales(operator, image, output)
    low, high = activation_range(operator, output)
    params: dict[str, FieldValue] = {
        **_window_fields(operator, image.shape, output.shape),
        "activation_min": low,
        "activation_max": high,
    }
    kernel = f"{operator.name.lower()}_s8"
    return Call(kernel, (image.index,), (output.index,), params, params_type="pool_2d_params_t")


def _check_scales(operator: Operator, image: Tensor, output: Tensor) -> None:
    before, after = quantization_of(operator, image), quantization_of(operator, output)
    difference = abs(np.float32(before.scale) - np.float32(after.scale))
    if before.zero_point != after.zero_point or difference > _MOST_SCALE_DIFFERENCE:
        raise unsupported(operator, "its input and output must share scale and zero point")


def _window_fields(
    operator: Operator, image: tuple[int, ...], output: tuple[int, ...]
) -> dict[str, FieldValue]:
    if len(image) != 4 or len(output) != 4:
        raise unsupported(
            operator, f"its input has the shape {list(image)}, not batch, height, width, channel"
        )
    fields: dict[str, FieldValue] = {
        "batches": image[0],
        "in_height": image[1],
        "in_width": image[2],
        "channels": image[3],
        "out_height": output[1],
        "out_width": output[2],
    }
    pads: dict[str, FieldValue] = {}
    for axis, (name, letter, side) in enumerate((("height", "h", "top"), ("width", "w", "left")), start=1):
        size, stride = (
            int(number_option(operator, option)) for option in (f"filter_{name}", f"stride_{letter}")
        )
        if size < 1 or stride < 1:
            raise unsupported(operator, f"a window of {size} with stride {stride} is not a window")
        fields |= {f"filter_{name}": size, f"stride_{name}": stride}
        pads[f"pad_{side}"] = _padding(operator, image[axis], output[axis], (size, stride))
    return fields | pads


def _padding(operator: Operator, size: int, out_size: int, window: tuple[int, int]) -> int:
    """Before the image; the rest comes after it (ComputePaddingWithOffset)."""
    length, stride = window
    is_same = operator.options.get("padding") == "SAME"
    expected = -(-size // stride) if is_same else -(-(size - length + 1) // stride)
    if out_size != expected:
        raise unsupported(operator, f"{size} pixels give {expected} windows, its output has {out_size}")
    return max((out_size - 1) * stride + length - size, 0) // 2


LOWERINGS: dict[tuple[str, ElementType], Lowering] = {
    ("AVERAGE_POOL_2D", ElementType.INT8): lower_pool,
    ("MAX_POOL_2D", ElementType.INT8): lower_pool,
}
