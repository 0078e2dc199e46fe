"""Lowers operations on two int8 tensors element by element, and those whose one operand makes a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Call, unsupported
from mcusim.codegen.lower.elements import (
    activation_range,
    broadcast_fields,
    operand,
    quantization_of,
    require,
    result,
)
from mcusim.codegen.lower.quantized import quantized_multiplier

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator, Quantization, Tensor
    from mcusim.codegen.lower.call import FieldValue, Lowering, Target

_MOST_MUL_LEFT_SHIFT = 13
"""Products of two int8 values with offsets stay below 2**30 then."""
_MOST_SHIFT = 31


def _operands(graph: Graph, operator: Operator) -> tuple[Tensor, Tensor, Tensor]:
    tensors = (operand(graph, operator, 0), operand(graph, operator, 1), result(graph, operator))
    for each in tensors:
        require(operator, each, ElementType.INT8)
    return tensors


def _broadcast(operator: Operator, first: Tensor, second: Tensor, output: Tensor) -> tuple[int, ...]:
    return broadcast_fields(operator, (first.shape, second.shape, output.shape), size_bytes=1)


def _shift_right(operator: Operator, real: float) -> tuple[int, int]:
    """Multiplier and shift to the right of a factor that TensorFlow Lite asks to be below 1."""
    if not 0 < real < 1:
        raise unsupported(operator, f"its scales give the factor {real}, which must be in 0…1")
    multiplier, shift = quantized_multiplier(real)
    return multiplier, -shift


def lower_add(graph: Graph, operator: Operator, target: Target) -> Call:
    """ADD; the operand with the larger scale comes first."""
    del target
    first, second, output = _operands(graph, operator)
    if quantization_of(operator, first).scale < quantization_of(operator, second).scale:
        first, second = second, first
    in0, in1 = quantization_of(operator, first), quantization_of(operator, second)
    out = quantization_of(operator, output)
    twice = 2 * in0.scale
    in1_multiplier, in1_shift = _shift_right(operator, in1.scale / twice)
    out_multiplier, out_shift = _shift_right(operator, twice / ((1 << 20) * out.scale))
    low, high = activation_range(operator, output)
    params: dict[str, FieldValue] = {
        "in0_offset": -in0.zero_point,
        "in1_offset": -in1.zero_point,
        "in1_multiplier": in1_multiplier,
        "in1_shift": in1_shift,
        "out_multiplier": out_multiplier,
        "out_shift": out_shift,
        "out_offset": out.zero_point,
        "activation_min": low,
        "activation_max": high,
        "broadcast": _broadcast(operator, first, second, output),
    }
    return Call("add_s8", (first.index, second.index), (output.index,), params)


def _scaled_operands(
    operator: Operator, in0: Quantization, in1: Quantization, factors: tuple[float, float]
) -> dict[str, FieldValue]:
    multiplier0, shift0 = _shift_right(operator, factors[0])
    multiplier1, shift1 = _shift_right(operator, factors[1])
    return {
        "in0_offset": -in0.zero_point,
        "in0_multiplier": multiplier0,
        "in0_shift": shift0,
        "in1_offset": -in1.zero_point,
        "in1_multiplier": multiplier1,
        "in1_shift": shift1,
    }


def lower_sub(graph: Graph, operator: Operator, target: Target) -> Call:
    """SUB."""
    del target
    first, second, output = _operands(graph, operator)
    in0, in1 = quantization_of(operator, first), quantization_of(operator, second)
    out = quantization_of(operator, output)
    twice = 2 * max(in0.scale, in1.scale)
    out_multiplier, out_shift = _shift_right(operator, twice / ((1 << 20) * out.scale))
    low, high = activation_range(operator, output)
    factors = (in0.scale / twice, in1.scale / twice)
    params: dict[str, FieldValue] = {
        **_scaled_operands(operator, in0, in1, factors),
        "out_multiplier": out_multiplier,
        "out_shift": out_shift,
        "out_offset": out.zero_point,
        "activation_min": low,
        "activation_max": high,
        "broadcast": _broadcast(operator, first, second, output),
    }
    return Call("sub_s8", (first.index, second.index), (output.index,), params)


def lower_squared_difference(graph: Graph, operator: Operator, target: Target) -> Call:
    """SQUARED_DIFFERENCE."""
    del target
    first, second, output = _operands(graph, operator)
    in0, in1 = quantization_of(operator, first), quantization_of(operator, second)
    out = quantization_of(operator, output)
    twice = 2 * max(in0.scale, in1.scale)
    out_multiplier, out_shift = quantized_multiplier(twice * twice / ((1 << 14) * out.scale))
    params: dict[str, FieldValue] = {
        **_scaled_operands(operator, in0, in1, (in0.scale / twice, in1.scale / twice)),
        "out_multiplier": out_multiplier,
        "out_shift": out_shift,
        "out_offset": out.zero_point,
        "broadcast": _broadcast(operator, first, second, output),
    }
    return Call("squared_difference_s8", (first.index, second.index), (output.index,), params)


def lower_mul(graph: Graph, operator: Operator, target: Target) -> Call:
    """MUL."""
    del target
    first, second, output = _operands(graph, operator)
    in0, in1 = quantization_of(operator, first), quantization_of(operator, second)
    out = quantization_of(operator, output)
    multiplier, shift = quantized_multiplier(in0.scale * in1.scale / out.scale)
    if shift > _MOST_MUL_LEFT_SHIFT:
        raise unsupported(operator, "the product of its input scales is over 8192 times the output's scale")
    low, high = activation_range(operator, output)
    params: dict[str, FieldValue] = {
        "in0_offset": -in0.zero_point,
        "in1_offset": -in1.zero_point,
        "out_multiplier": multiplier,
        "out_left_shift": max(shift, 0),
        "out_right_shift": max(-shift, 0),
        "out_offset": out.zero_point,
        "activation_min": low,
        "activation_max": high,
        "broadcast": _broadcast(operator, first, second, output),
    }
    return Call("mul_s8", (first.index, second.index), (output.index,), params)


def lower_extreme(graph: Graph, operator: Operator, target: Target) -> Call:
    """MAXIMUM and MINIMUM, which compare the bytes whatever their scales."""
    del target
    first, second, output = _operands(graph, operator)
    kernel = f"{operator.name.lower()}_s8"
    params: dict[str, FieldValue] = {"broadcast": _broadcast(operator, first, second, output)}
    return Call(kernel, (first.index, second.index), (output.index,), params)


LOWERINGS: dict[tuple[str, ElementType], Lowering] = {
    ("ADD", ElementType.INT8): lower_add,
    ("SUB", ElementType.INT8): lower_sub,
    ("MUL", ElementType.INT8): lower_mul,
    ("SQUARED_DIFFERENCE", ElementType.INT8): lower_squared_difference,
    ("MAXIMUM", ElementType.INT8): lower_extreme,
    ("MINIMUM", ElementType.INT8): lower_extreme,
}
