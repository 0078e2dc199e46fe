"""From a numpy view of an operand to the loops of strided_copy: numpy's indexing decides what goes where."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Alias, Call, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from mcusim.codegen.graph import Graph, Operator, Tensor
    from mcusim.codegen.lower.call import Lowered, Lowering

MOVABLE = tuple(each for each in ElementType if each is not ElementType.INT4)
"""Elements that take up whole bytes."""
WORD_OR_SMALLER = tuple(each for each in MOVABLE if each is not ElementType.INT64)
"""Elements that a word can be filled with."""
_RANK = 6
"""STRIDED_COPY_RANK of strided_copy.h."""


def stand_in(tensor: Tensor) -> NDArray[np.generic]:
    """An array of the tensor's shape and type, to take views of; its values mean nothing."""
    return np.empty(tensor.shape, tensor.element.dtype)


def constant_integers(graph: Graph, operator: Operator, place: int) -> tuple[int, ...]:
    """The values of an operand that says how to move.

    Raises:
        UnsupportedOperatorError: they are computed by the network, or are not integers.
    """
    tensor = graph.tensors[operator.inputs[place]]
    if not tensor.is_constant or tensor.element not in (ElementType.INT32, ElementType.INT64):
        raise unsupported(
            operator,
            f"its operand '{tensor.name}' ({tensor.element.value}) says what is moved and must be constant",
            fix="convert the model with fixed shapes",
        )
    return tuple(int(each) for each in tensor.values.reshape(-1))


def option_integer(operator: Operator, name: str) -> int:
    """A whole-number option; 0 where the file leaves it out."""
    value = operator.options.get(name, 0)
    return value if isinstance(value, int) else 0


def for_each(
    elements: Iterable[ElementType], **lowerings: Lowering
) -> dict[tuple[str, ElementType], Lowering]:
    """Rows of LOWERINGS: each operator for each element type."""
    return {(name, element): each for name, each in lowerings.items() for element in elements}


def only_output(graph: Graph, operator: Operator) -> Tensor:
    """The result of an operator that has one."""
    return graph.tensors[operator.outputs[0]]


def moved(graph: Graph, operator: Operator, base: NDArray[np.generic], view: NDArray[np.generic]) -> Lowered:
    """The call that makes the output out of the first input as `view` does out of `base`.

    Raises:
        UnsupportedOperatorError: the view has more dimensions than the kernel's loops, or not the output's size.
    """
    output = only_output(graph, operator)
    if view.size != output.elements_count:
        raise unsupported(operator, f"it gives {view.shape} where the model says {output.shape}")
    source = operator.inputs[0]
    first = view.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    loops, unit = loops_of(view)
    if first == 0 and unit == base.nbytes == view.nbytes:
        return Alias(source, output.index)
    if len(loops) > _RANK:
        raise unsupported(
            operator, f"it moves along {len(loops)} dimensions, and the kernel has {_RANK} loops"
        )
    padded = [(1, 0)] * (_RANK - len(loops)) + loops
    return Call(
        kernel="strided_copy",
        inputs=(source,),
        outputs=(output.index,),
        params={
            "counts": tuple(count for count, _ in padded),
            "strides_bytes": tuple(stride for _, stride in padded),
            "first_byte": first,
            "unit_bytes": unit,
        },
    )


def loops_of(view: NDArray[np.generic]) -> tuple[list[tuple[int, int]], int]:
    """(count, stride in bytes) of as few nested loops as can be, and the bytes that the innermost step copies."""
    loops: list[tuple[int, int]] = []
    for count, stride in zip(view.shape, view.strides, strict=True):
        if count == 1:
            continue
        if loops and loops[-1][1] == count * stride:
            loops[-1] = (loops[-1][0] * count, stride)
        else:
            loops.append((count, stride))
    unit = view.itemsize
    if loops and loops[-1][1] == unit:
        unit *= loops.pop()[0]
    return loops, unit


def repeated_to_word(value: NDArray[np.generic]) -> int:
    """The bytes of one element of 1, 2 or 4 bytes, repeated to a word: what fill_bytes of copy.h takes."""
    raw = value.tobytes()
    return int.from_bytes(raw * (4 // len(raw)), "little")


def zero_of(tensor: Tensor) -> NDArray[np.generic]:
    """What stands for 0.0 in the tensor."""
    quantized = tensor.quantization is not None and tensor.element in (ElementType.INT8, ElementType.UINT8)
    zero = tensor.quantization.zero_point if quantized and tensor.quantization is not None else 0
    return np.array(zero, tensor.element.dtype)


def sizes_around(shape: tuple[int, ...], axis: int) -> tuple[int, int]:
    """Elements before and after the axis: (rows, elements of one index)."""
    return math.prod(shape[:axis]), math.prod(shape[axis + 1 :])
