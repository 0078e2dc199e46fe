"""Lowers int8 operations on one value each, which become tables, and softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Call, Constant, unsupported
from mcusim.codegen.lower.elements import (
    broadcast_fields,
    number_option,
    operand,
    quantization_of,
    require,
    result,
)
from mcusim.codegen.lower.quantized import quantized_multiplier
from mcusim.codegen.lower.tables import TABLES, softmax_exponentials

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator
    from mcusim.codegen.lower.call import FieldValue, Lowering, Target

_SOFTMAX_KERNELS = {
    ElementType.INT8: ("softmax_s8", 1 / 256, -128),
    ElementType.INT16: ("softmax_s8_s16", 1 / 65536, -32768),
}
_MOST_SOFTMAX_VALUES = 4095
"""The sum of exponentials is a Q12.19 of 32 bits."""


def lower_table(graph: Graph, operator: Operator, target: Target) -> Call:
    """An operation on each value by itself: its 256 results."""
    del target
    source, output = operand(graph, operator, 0), result(graph, operator)
    require(operator, output, ElementType.INT8)
    if source.elements_count != output.elements_count:
        raise unsupported(operator, f"its input is {list(source.shape)}, its output {list(output.shape)}")
    quantizations = quantization_of(operator, source), quantization_of(operator, output)
    values = TABLES[operator.name](operator, *quantizations)
    table = Constant("table", np.array([*values[128:], *values[:128]], np.int8))
    return Call(
        f"{operator.name.lower()}_s8",
        (source.index,),
        (output.index,),
        {"table": "table", "count": source.elements_count},
        (table,),
        sources=("lookup_s8.c",),
        header="lookup_s8.h",
        params_type="lookup_s8_params_t",
    )


def lower_softmax(graph: Graph, operator: Operator, target: Target) -> Call:
    """SOFTMAX over the last axis."""
    del target
    source, output = operand(graph, operator, 0), result(graph, operator)
    if output.element not in _SOFTMAX_KERNELS:
        raise unsupported(operator, f"its output is {output.element.value}, not int8 or int16")
    kernel, scale, zero_point = _SOFTMAX_KERNELS[output.element]
    out, count = quantization_of(operator, output), source.shape[-1] if source.shape else 0
    if abs(out.scale - scale) > 0.001 * scale or out.zero_point != zero_point:
        raise unsupported(operator, f"its output must have the scale {scale} and the zero point {zero_point}")
    if not 0 < count <= _MOST_SOFTMAX_VALUES:
        raise unsupported(operator, f"it has {count} values, the kernel takes 1 to {_MOST_SOFTMAX_VALUES}")
    beta = number_option(operator, "beta")
    exponentials = softmax_exponentials(operator, beta * quantization_of(operator, source).scale)
    return Call(
        kernel,
        (source.index,),
        (output.index,),
        {"exponentials": "exponentials", "rows": source.elements_count // count, "count": count},
        (Constant("exponentials", np.array(exponentials, np.int32)),),
        sources=("softmax_s8.c",),
        header="softmax_s8.h",
        params_type="softmax_s8_params_t",
    )


def lower_prelu(graph: Graph, operator: Operator, target: Target) -> Call:
    """PRELU with alpha broadcast over the input."""
    del target
    source, alpha, output = operand(graph, operator, 0), operand(graph, operator, 1), result(graph, operator)
    for each in (source, alpha, output):
        require(operator, each, ElementType.INT8)
    before, slope = quantization_of(operator, source), quantization_of(operator, alpha)
    after = quantization_of(operator, output)
    positive, positive_shift = quantized_multiplier(before.scale / after.scale)
    negative, negative_shift = quantized_multiplier(before.scale * slope.scale / after.scale)
    params: dict[str, FieldValue] = {
        "in_offset": -before.zero_point,
        "alpha_offset": -slope.zero_point,
        "out_offset": after.zero_point,
        "positive_multiplier": positive,
        "positive_shift": positive_shift,
        "negative_multiplier": negative,
        "negative_shift": negative_shift,
        "broadcast": broadcast_fields(operator, (source.shape, alpha.shape, output.shape), size_bytes=1),
    }
    return Call("prelu_s8", (source.index, alpha.index), (output.index,), params)


LOWERINGS: dict[tuple[str, ElementType], Lowering] = {
    **{(name, ElementType.INT8): lower_table for name in TABLES},
    ("SOFTMAX", ElementType.INT8): lower_softmax,
    ("PRELU", ElementType.INT8): lower_prelu,
}
