"""What the lowerings of element-wise kernels share: quantization, activation ranges, broadcasting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType, Quantization
from mcusim.codegen.lower.call import input_of, unsupported

if TYPE_CHECKING:
    from mcusim.codegen.graph import Graph, Operator, Tensor

BROADCAST_LOOPS = 6
"""As in firmware_samples/common/nn/broadcast.h."""
_RANGES = {"RELU": (0.0, None), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}


def operand(graph: Graph, operator: Operator, place: int) -> Tensor:
    """The input at `place`, which must be there.

    Raises:
        UnsupportedOperatorError: it is left out.
    """
    found = input_of(graph, operator, place)
    if found is None:
        raise unsupported(operator, f"input {place} is missing")
    return found


def result(graph: Graph, operator: Operator) -> Tensor:
    """The only output."""
    return graph.tensors[operator.outputs[0]]


def quantization_of(operator: Operator, tensor: Tensor) -> Quantization:
    """The one scale and zero point of a tensor.

    Raises:
        UnsupportedOperatorError: it has none, or one for each channel.
    """
    found = tensor.quantization
    if found is None or len(found.scales) != 1:
        raise unsupported(operator, f"tensor '{tensor.name}' must have one scale and zero point")
    return found


def number_option(operator: Operator, name: str) -> float:
    """An option of the schema that is a number.

    Raises:
        UnsupportedOperatorError: it is not there.
    """
    value = operator.options.get(name)
    if isinstance(value, int | float):
        return value
    raise unsupported(operator, f"its option '{name}' is missing")


def require(operator: Operator, tensor: Tensor, element: ElementType) -> None:
    """Refuses a tensor of another type.

    Raises:
        UnsupportedOperatorError: the types differ.
    """
    if tensor.element is not element:
        raise unsupported(
            operator, f"tensor '{tensor.name}' is {tensor.element.value}, the kernel takes {element.value}"
        )


def activation_range(operator: Operator, output: Tensor) -> tuple[int, int]:
    """What the fused activation leaves of the output's range (CalculateActivationRangeQuantized).

    Raises:
        UnsupportedOperatorError: an activation that is not a range.
    """
    bits = 8 * output.element.dtype.itemsize
    lowest, highest = -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    name = str(operator.options.get("fused_activation_function", "NONE"))
    if name == "NONE":
        return lowest, highest
    if name not in _RANGES:
        raise unsupported(operator, f"the fused activation {name} is not computed")
    quantization, (low, high) = quantization_of(operator, output), _RANGES[name]
    least = max(lowest, quantized(low, quantization))
    most = highest if high is None else min(highest, quantized(high, quantization))
    return least, most


def quantized(real: float, quantization: Quantization) -> int:
    """real / scale in float32, halves away from zero, plus the zero point."""
    ratio = float(np.float32(real) / np.float32(quantization.scale))
    return quantization.zero_point + (int(ratio + 0.5) if ratio >= 0 else -int(-ratio + 0.5))


def broadcast_fields(
    operator: Operator, shapes: tuple[tuple[int, ...], ...], size_bytes: int
) -> tuple[int, ...]:
    """The `broadcast` field of nn/broadcast.h for two operands and the output, in this order of `shapes`.

    Raises:
        UnsupportedOperatorError: more loops than the kernel has, or shapes that do not fit.
    """
    first, second, output = shapes
    rank = max(len(output), 1)
    if max(len(first), len(second)) > rank or np.broadcast_shapes(first, second) != output:
        raise unsupported(operator, f"shapes {list(first)} and {list(second)} do not give {list(output)}")
    loops = _fused(_padded(first, rank), _padded(second, rank), _padded(output, rank))
    if len(loops) > BROADCAST_LOOPS:
        raise unsupported(
            operator, f"broadcasting {list(first)} and {list(second)} needs more than {BROADCAST_LOOPS} loops"
        )
    outer = [(count, step0 * size_bytes, step1 * size_bytes) for count, step0, step1 in loops[1:]]
    flat = [number for loop in (loops[0], *outer) for number in loop]
    return (len(loops), *flat, *([0] * (3 * BROADCAST_LOOPS - len(flat))))


def _padded(shape: tuple[int, ...], rank: int) -> tuple[int, ...]:
    return (1,) * (rank - len(shape)) + shape


def _fused(
    first: tuple[int, ...], second: tuple[int, ...], output: tuple[int, ...]
) -> list[tuple[int, int, int]]:
    """(count, step of each operand in elements), innermost loop first; neighbours that move alike are one loop."""
    loops: list[tuple[int, int, int]] = []
    stride0 = stride1 = 1
    for size0, size1, count in zip(reversed(first), reversed(second), reversed(output), strict=True):
        step0, step1 = (stride0 if size0 > 1 else 0), (stride1 if size1 > 1 else 0)
        stride0, stride1 = stride0 * size0, stride1 * size1
        if count == 1:
            continue
        if loops and (step0, step1) == tuple(loops[-1][0] * step for step in loops[-1][1:]):
            loops[-1] = (loops[-1][0] * count, *loops[-1][1:])
        else:
            loops.append((count, step0, step1))
    return loops or [(1, 1, 1)]
