"""Lowers int8 layers whose weights have four bits: packed in flash, unpacked by the kernel while the layer runs.

What is computed is what the int8 kernels compute with the same weights. Where packing saves less flash than the code
that unpacks, the weights are bytes in flash as those of an int8 layer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower import mac
from mcusim.codegen.lower.call import Call, Constant, input_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mcusim.codegen.graph import Graph, Operator
    from mcusim.codegen.lower.call import FieldValue, Lowered, Lowering, Target

LEAST_WEIGHTS_COUNT = 512
"""Of a layer that is packed: the kernels that unpack take about 100 to 200 bytes of code."""
GROUP_COUNT = 8
"""FULLY_CONNECTED_S4_GROUP of fully_connected_s4.h."""
_PER_WORD_COUNT = 8
_PACKED_KERNELS = {
    "conv_2d_s8": "conv_2d_s4",
    "conv_2d_1x1_s8": "conv_2d_1x1_s4",
    "fully_connected_s8": "fully_connected_s4",
}


def conv_2d(graph: Graph, operator: Operator, target: Target) -> Lowered:
    """CONV_2D."""
    return _packed_where_it_pays(graph, operator, mac.conv_2d(graph, operator, target))


def fully_connected(graph: Graph, operator: Operator, target: Target) -> Lowered:
    """FULLY_CONNECTED."""
    return _packed_where_it_pays(graph, operator, mac.fully_connected(graph, operator, target))


def packed_words(weights: NDArray[np.int8]) -> NDArray[np.uint32]:
    """As unpack_s4.h wants them; filled up with zeros."""
    flat = weights.reshape(-1).astype(np.int64)
    stored = np.pad(flat, (0, -len(flat) % _PER_WORD_COUNT)) + 8
    low, high = stored.reshape(-1, 2, _PER_WORD_COUNT // 2).transpose(1, 0, 2)
    return (low | high << 4).astype(np.uint8).reshape(-1).view("<u4")


def _packed_where_it_pays(graph: Graph, operator: Operator, call: Lowered) -> Lowered:
    weights = input_of(graph, operator, 1)
    if not isinstance(call, Call) or weights is None or weights.element is not ElementType.INT4:
        return call
    if call.kernel not in _PACKED_KERNELS or weights.elements_count < LEAST_WEIGHTS_COUNT:
        return call
    return _packed(call, weights.shape[0])


def _packed(call: Call, outputs_count: int) -> Call:
    values = next(each.values for each in call.constants if each.name == "weights").astype(np.int8)
    others = tuple(each for each in call.constants if each.name != "weights")
    params: dict[str, FieldValue] = {f"layer.{name}": value for name, value in call.params.items()}
    params = {name: value for name, value in params.items() if value != "weights"} | {"packed": "packed"}
    kernel = _PACKED_KERNELS[call.kernel]
    if kernel == "fully_connected_s4":
        is_interleaved = values.ndim > 2  # two by two: a channel is added to an odd number of them
        rows_count = outputs_count + (outputs_count % 2 if is_interleaved else 0)
        row_count = values.size // rows_count
        params |= {"packed_rows": rows_count, "row_weights": row_count}
        unpacked_count = GROUP_COUNT * row_count
    else:
        params["weights"] = values.size
        unpacked_count = -(-values.size // _PER_WORD_COUNT) * _PER_WORD_COUNT
    return replace(
        call,
        kernel=kernel,
        params=params,
        constants=(Constant("packed", packed_words(values)), *others),
        scratch_bytes=unpacked_count + (call.scratch_bytes or 0),
        sources=(f"{kernel}.c", *call.sources),
    )


LOWERINGS: dict[tuple[str, ElementType], Lowering] = {
    ("CONV_2D", ElementType.INT8): conv_2d,
    ("FULLY_CONNECTED", ElementType.INT8): fully_connected,
}
