"""Between floats and integers, from one scale to another, and from one type to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Alias, Call, Constant, unsupported
from mcusim.codegen.lower.quantized import quantized_multiplier
from mcusim.codegen.lower.views import for_each, only_output

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mcusim.codegen.graph import Graph, Operator, Quantization, Tensor
    from mcusim.codegen.lower.call import Lowered, Lowering, Target

_SUFFIXES = {
    ElementType.INT8: "s8",
    ElementType.UINT8: "u8",
    ElementType.INT16: "s16",
    ElementType.INT32: "s32",
    ElementType.FLOAT32: "f32",
    ElementType.BOOL: "bool",
}
_BYTES = (ElementType.INT8, ElementType.UINT8)
_REQUANTIZED = {
    ElementType.INT8: (ElementType.INT8, ElementType.UINT8, ElementType.INT16, ElementType.INT32),
    ElementType.UINT8: (ElementType.INT8,),
    ElementType.INT16: (ElementType.INT8, ElementType.INT16, ElementType.INT32),
    ElementType.INT32: (ElementType.INT8, ElementType.INT16),
}
"""As tensorflow/lite/micro/kernels/quantize_common.cc."""
_CAST_TO = (ElementType.INT8, ElementType.INT16, ElementType.INT32, ElementType.FLOAT32)


def _quantize(graph: Graph, operator: Operator, target: Target) -> Lowered:
    source, output = graph.tensors[operator.inputs[0]], only_output(graph, operator)
    quantization = _one_scale(operator, output)
    if output.element not in (ElementType.INT8, ElementType.INT16):
        raise unsupported(
            operator, f"it makes {output.element.value} of floats, and the kernels int8 and int16"
        )
    return _call(
        f"quantize_f32_{_SUFFIXES[output.element]}",
        operator,
        {
            "elements_count": source.elements_count,
            "scale": quantization.scale,
            "zero_point": quantization.zero_point,
        },
        "quantize",
    )


def _requantize(graph: Graph, operator: Operator, target: Target) -> Lowered:
    source, output = graph.tensors[operator.inputs[0]], only_output(graph, operator)
    before, after = _one_scale(operator, source), _one_scale(operator, output)
    if output.element not in _REQUANTIZED[source.element]:
        raise unsupported(
            operator,
            f"it makes {output.element.value} of {source.element.value}, which TensorFlow Lite Micro does not",
        )
    if source.element in _BYTES and output.element in _BYTES:
        table = byte_table(before, after, source.element, output.element)
        return Call(
            kernel="requantize_bytes",
            inputs=operator.inputs[:1],
            outputs=operator.outputs,
            params={"elements_count": source.elements_count, "table": "table"},
            constants=(Constant("table", table),),
        )
    multiplier, shift = quantized_multiplier(before.scale / after.scale)
    return _call(
        f"requantize_{_SUFFIXES[source.element]}_{_SUFFIXES[output.element]}",
        operator,
        {
            "elements_count": source.elements_count,
            "multiplier": multiplier,
            "shift": shift,
            "in_zero_point": before.zero_point,
            "out_zero_point": after.zero_point,
        },
        "requantize",
    )


def byte_table(
    before: Quantization, after: Quantization, source: ElementType, to: ElementType
) -> NDArray[np.uint8]:
    """The byte of the requantized value for each input byte, computed as fixed_point.h computes it."""
    values = np.arange(256, dtype=np.uint8).view(source.dtype).astype(np.int64) - before.zero_point
    multiplier, shift = quantized_multiplier(before.scale / after.scale)
    limits = np.iinfo(to.value)
    scaled = [_scaled(int(each), multiplier, shift) + after.zero_point for each in values]
    return np.clip(scaled, limits.min, limits.max).astype(to.dtype).view(np.uint8)


def _scaled(value: int, multiplier: int, shift: int) -> int:
    """`requantized` of fixed_point.h: two roundings, both of halves away from zero."""
    product = (value << max(shift, 0)) * multiplier
    high = _halves_away(product, 31)
    return _halves_away(high, max(-shift, 0))


def _halves_away(value: int, bits: int) -> int:
    half = 1 << bits >> 1
    return (value + half) >> bits if value >= 0 else -((-value + half) >> bits)


def _dequantize(graph: Graph, operator: Operator, target: Target) -> Lowered:
    source, output = graph.tensors[operator.inputs[0]], only_output(graph, operator)
    quantization = _one_scale(operator, source)
    if output.element is not ElementType.FLOAT32:
        raise unsupported(operator, f"its output is {output.element.value}, not float32")
    return _call(
        f"dequantize_{_SUFFIXES[source.element]}_f32",
        operator,
        {
            "elements_count": source.elements_count,
            "scale": quantization.scale,
            "zero_point": quantization.zero_point,
        },
        "dequantize",
    )


def _cast(graph: Graph, operator: Operator, target: Target) -> Lowered:
    source, output = graph.tensors[operator.inputs[0]], only_output(graph, operator)
    if output.element is source.element:
        return Alias(source.index, output.index)
    if output.element not in _CAST_TO:
        raise unsupported(operator, f"it makes {output.element.value}, which TensorFlow Lite Micro does not")
    kernel = f"cast_{_SUFFIXES[source.element]}_{_SUFFIXES[output.element]}"
    return _call(kernel, operator, {"elements_count": source.elements_count}, "cast")


def _call(kernel: str, operator: Operator, params: dict[str, int | float], family: str) -> Call:
    """One of several kernels that share a file and parameters."""
    return Call(
        kernel=kernel,
        inputs=operator.inputs[:1],
        outputs=operator.outputs,
        params=dict(params),
        sources=(f"{family}.c",),
        header=f"{family}.h",
        params_type=f"{family}_params_t",
    )


def _one_scale(operator: Operator, tensor: Tensor) -> Quantization:
    if tensor.quantization is None or len(tensor.quantization.scales) != 1:
        raise unsupported(operator, f"'{tensor.name}' has not exactly one scale and zero point")
    return tensor.quantization


LOWERINGS: dict[tuple[str, ElementType], Lowering] = {
    **for_each((ElementType.FLOAT32,), QUANTIZE=_quantize),
    **for_each(_REQUANTIZED, QUANTIZE=_requantize),
    **for_each((ElementType.INT8, ElementType.UINT8, ElementType.INT16), DEQUANTIZE=_dequantize),
    **for_each((*_CAST_TO, ElementType.BOOL), CAST=_cast),
}
