"""Moves along fixed strides: transpositions, slices, blocks between space and depth; and constant padding."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Call, unsupported
from mcusim.codegen.lower.views import (
    MOVABLE,
    WORD_OR_SMALLER,
    constant_integers,
    for_each,
    loops_of,
    moved,
    only_output,
    option_integer,
    repeated_to_word,
    stand_in,
    zero_of,
)

if TYPE_CHECKING:
    from types import EllipsisType

    from mcusim.codegen.graph import Graph, Operator, Tensor
    from mcusim.codegen.lower.call import Lowered, Lowering, Target

_Index = int | slice | None
_PAD_RANK = 4
"""PAD_RANK of pad.h."""


def _transpose(graph: Graph, operator: Operator, target: Target) -> Lowered:
    base = stand_in(graph.tensors[operator.inputs[0]])
    order = constant_integers(graph, operator, 1)
    if sorted(each % base.ndim for each in order) != list(range(base.ndim)):
        raise unsupported(operator, f"{order} does not name each of its {base.ndim} dimensions once")
    return moved(graph, operator, base, base.transpose(order))


def _slice(graph: Graph, operator: Operator, target: Target) -> Lowered:
    base = stand_in(graph.tensors[operator.inputs[0]])
    begins, sizes = constant_integers(graph, operator, 1), constant_integers(graph, operator, 2)
    ends = [
        whole if size < 0 else begin + size
        for begin, size, whole in zip(begins, sizes, base.shape, strict=True)
    ]
    if any(begin < 0 or end > whole for begin, end, whole in zip(begins, ends, base.shape, strict=True)):
        raise unsupported(operator, f"it reads from {begins} up to {tuple(ends)} of {base.shape}")
    index = tuple(slice(begin, end) for begin, end in zip(begins, ends, strict=True))
    return moved(graph, operator, base, base[index])


def _strided_slice(graph: Graph, operator: Operator, target: Target) -> Lowered:
    base = stand_in(graph.tensors[operator.inputs[0]])
    begins, ends, strides = (constant_integers(graph, operator, place) for place in (1, 2, 3))
    if operator.options.get("offset"):
        ends = tuple(begin + end for begin, end in zip(begins, ends, strict=True))
    index = slice_index(operator, begins, ends, strides)
    try:
        view = base[index]
    except (IndexError, ValueError) as error:
        raise unsupported(operator, f"it does not fit its input of shape {base.shape}: {error}") from None
    return moved(graph, operator, base, view)


def slice_index(
    operator: Operator, begins: tuple[int, ...], ends: tuple[int, ...], strides: tuple[int, ...]
) -> tuple[_Index | EllipsisType, ...]:
    """STRIDED_SLICE's numbers and masks as numpy's index; Python's slices clamp as TensorFlow Lite does."""
    index: list[_Index | EllipsisType] = []
    for place, (begin, end, stride) in enumerate(zip(begins, ends, strides, strict=True)):
        if _masked(operator, "ellipsis_mask", place):
            index.append(...)
        elif _masked(operator, "new_axis_mask", place):
            index.append(None)
        elif _masked(operator, "shrink_axis_mask", place):
            index.append(0 if _masked(operator, "begin_mask", place) else begin)
        else:
            first = None if _masked(operator, "begin_mask", place) else begin
            last = None if _masked(operator, "end_mask", place) else end
            index.append(slice(first, last, stride))
    return tuple(index)


def _masked(operator: Operator, mask: str, place: int) -> bool:
    return bool(option_integer(operator, mask) >> place & 1)


def _space_to_depth(graph: Graph, operator: Operator, target: Target) -> Lowered:
    tensor = graph.tensors[operator.inputs[0]]
    base, block = stand_in(tensor), _block_size(operator, tensor)
    batches, height, width, channels = tensor.shape
    if height % block or width % block:
        raise unsupported(operator, f"its image of {height} x {width} is not of whole blocks of {block}")
    blocks = base.reshape(batches, height // block, block, width // block, block, channels)
    return moved(graph, operator, base, blocks.transpose(0, 1, 3, 2, 4, 5))


def _depth_to_space(graph: Graph, operator: Operator, target: Target) -> Lowered:
    tensor = graph.tensors[operator.inputs[0]]
    base, block = stand_in(tensor), _block_size(operator, tensor)
    batches, height, width, channels = tensor.shape
    if channels % (block * block):
        raise unsupported(operator, f"its {channels} channels are not of whole blocks of {block} x {block}")
    blocks = base.reshape(batches, height, width, block, block, channels // (block * block))
    return moved(graph, operator, base, blocks.transpose(0, 1, 3, 2, 4, 5))


def _block_size(operator: Operator, tensor: Tensor) -> int:
    block = option_integer(operator, "block_size")
    if block < 1 or len(tensor.shape) != 4:
        raise unsupported(operator, f"its block size is {block} and its input's shape {tensor.shape}")
    return block


def _pad(graph: Graph, operator: Operator, target: Target) -> Lowered:
    source, output = graph.tensors[operator.inputs[0]], only_output(graph, operator)
    edges = constant_integers(graph, operator, 1)
    grown = tuple(size + edges[2 * place] + edges[2 * place + 1] for place, size in enumerate(source.shape))
    if grown != output.shape or min(edges, default=0) < 0:
        raise unsupported(operator, f"padding {source.shape} by {edges} does not give {output.shape}")
    whole = stand_in(output)
    inside = whole[tuple(slice(edges[2 * at], edges[2 * at] + size) for at, size in enumerate(source.shape))]
    runs, run_bytes = loops_of(inside)
    if len(runs) > _PAD_RANK:
        raise unsupported(operator, f"it pads {len(runs) + 1} dimensions; TensorFlow Lite Micro pads 4")
    runs = [(1, 0)] * (_PAD_RANK - len(runs)) + runs
    return Call(
        kernel="pad",
        inputs=operator.inputs[:1],
        outputs=operator.outputs,
        params={
            "counts": tuple(count for count, _ in runs),
            "strides_bytes": tuple(stride for _, stride in runs),
            "run_bytes": run_bytes,
            "first_byte": inside.__array_interface__["data"][0] - whole.__array_interface__["data"][0],
            "out_bytes": output.size_bytes,
            "pattern": repeated_to_word(_padding(graph, operator, output)),
        },
    )


def _padding(
    graph: Graph, operator: Operator, output: Tensor
) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    """PADV2 says it; PAD pads with what stands for 0.0."""
    if len(operator.inputs) < 3:
        return zero_of(output)
    tensor = graph.tensors[operator.inputs[2]]
    same = tensor.quantization == output.quantization or tensor.element is not ElementType.INT8
    if not tensor.is_constant or math.prod(tensor.shape) != 1 or not same:
        raise unsupported(
            operator, "what it pads with must be one constant of the output's scale and zero point"
        )
    return tensor.values.reshape(())


LOWERINGS: dict[tuple[str, ElementType], Lowering] = {
    **for_each(MOVABLE, TRANSPOSE=_transpose, SLICE=_slice, STRIDED_SLICE=_strided_slice),
    **for_each(MOVABLE, SPACE_TO_DEPTH=_space_to_depth, DEPTH_TO_SPACE=_depth_to_space),
    **for_each(WORD_OR_SMALLER, PAD=_pad, PADV2=_pad),
}
