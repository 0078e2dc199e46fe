"""Operators that move data and compute nothing: one C kernel serves all element types of a size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower import moves_indexed, moves_strided
from mcusim.codegen.lower.call import Alias, Call, Constant, unsupported
from mcusim.codegen.lower.views import (
    MOVABLE,
    WORD_OR_SMALLER,
    constant_integers,
    for_each,
    only_output,
    option_integer,
    repeated_to_word,
    sizes_around,
    zero_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.codegen.graph import Graph, Operator, Tensor
    from mcusim.codegen.lower.call import Lowered, Lowering, Target


def _same_memory(graph: Graph, operator: Operator, target: Target) -> Lowered:
    """RESHAPE, SQUEEZE, EXPAND_DIMS: the file says the output's shape."""
    source, output = graph.tensors[operator.inputs[0]], only_output(graph, operator)
    if source.elements_count != output.elements_count:
        raise unsupported(operator, f"it makes {output.shape} of {source.shape}: another number of elements")
    return Alias(source.index, output.index)


def _concatenation(graph: Graph, operator: Operator, target: Target) -> Lowered:
    output = only_output(graph, operator)
    if operator.options.get("fused_activation_function", "NONE") != "NONE":
        raise unsupported(operator, "TensorFlow Lite Micro fuses no activation with it")
    for index in operator.inputs:
        tensor = graph.tensors[index]
        same = tensor.quantization == output.quantization or tensor.element is not ElementType.INT8
        if tensor.element is not output.element or not same:
            raise unsupported(
                operator,
                f"its input '{tensor.name}' has another type, scale or zero point than its output",
                fix="convert the model again: the converter puts a QUANTIZE before such an input",
            )
    return _joined(graph, operator, _axis_of(operator, option_integer(operator, "axis"), output))


def _pack(graph: Graph, operator: Operator, target: Target) -> Lowered:
    output = only_output(graph, operator)
    return _joined(graph, operator, _axis_of(operator, option_integer(operator, "axis"), output))


def _axis_of(operator: Operator, axis: int, tensor: Tensor) -> int:
    """From the front; negative ones count from the back."""
    rank = len(tensor.shape)
    if not -rank <= axis < rank:
        raise unsupported(operator, f"axis {axis} of a tensor with {rank} dimensions")
    return axis % rank


def _joined(graph: Graph, operator: Operator, axis: int) -> Call:
    output = only_output(graph, operator)
    rows, _ = sizes_around(output.shape, axis)
    tensors = [graph.tensors[index] for index in operator.inputs]
    row_bytes = [each.size_bytes // rows for each in tensors]
    if sum(row_bytes) * rows != output.size_bytes:
        raise unsupported(operator, f"its inputs do not fill its output of shape {output.shape}")
    return Call(
        kernel="concatenation",
        inputs=operator.inputs,
        outputs=operator.outputs,
        params={"rows_count": rows, "inputs_count": len(tensors), "row_bytes": "row_bytes"},
        constants=(Constant("row_bytes", np.array(row_bytes, np.int32)),),
    )


def _split(graph: Graph, operator: Operator, target: Target) -> Lowered:
    source, (axis,) = operator.inputs[1], constant_integers(graph, operator, 0)
    return _cut(graph, operator, source, _axis_of(operator, axis, graph.tensors[source]))


def _split_v(graph: Graph, operator: Operator, target: Target) -> Lowered:
    source, (axis,) = operator.inputs[0], constant_integers(graph, operator, 2)
    return _cut(graph, operator, source, _axis_of(operator, axis, graph.tensors[source]))


def _unpack(graph: Graph, operator: Operator, target: Target) -> Lowered:
    source = operator.inputs[0]
    axis = _axis_of(operator, option_integer(operator, "axis"), graph.tensors[source])
    return _cut(graph, operator, source, axis)


def _cut(graph: Graph, operator: Operator, source: int, axis: int) -> Call:
    rows, _ = sizes_around(graph.tensors[source].shape, axis)
    row_bytes = [graph.tensors[index].size_bytes // rows for index in operator.outputs]
    if sum(row_bytes) * rows != graph.tensors[source].size_bytes:
        raise unsupported(operator, "its outputs together are not as large as its input")
    return Call(
        kernel="split",
        inputs=(source,),
        outputs=operator.outputs,
        params={"rows_count": rows, "outputs_count": len(row_bytes), "row_bytes": "row_bytes"},
        constants=(Constant("row_bytes", np.array(row_bytes, np.int32)),),
    )


def _gather(graph: Graph, operator: Operator, target: Target) -> Lowered:
    data, indices = (graph.tensors[index] for index in operator.inputs[:2])
    if indices.element is not ElementType.INT32:
        raise unsupported(operator, f"its indices are {indices.element.value}, and the kernel takes int32")
    axis = _axis_of(operator, option_integer(operator, "axis"), data)
    shared = option_integer(operator, "batch_dims")
    shared += len(indices.shape) if shared < 0 else 0
    if indices.is_constant and not _all_within(indices.values, data.shape[axis]):
        raise unsupported(operator, f"it reads indices outside of 0..{data.shape[axis] - 1}")
    rows, inner = sizes_around(data.shape, axis)
    batches, _ = sizes_around(data.shape, shared)
    return Call(
        kernel="gather",
        inputs=operator.inputs[:2],
        outputs=operator.outputs,
        params={
            "batches_count": batches,
            "outer_count": rows // batches,
            "axis_count": data.shape[axis],
            "indices_count": indices.elements_count // batches,
            "slice_bytes": inner * data.element.dtype.itemsize,
        },
    )


def _all_within(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]], count: int) -> bool:
    return all(0 <= int(each) < count for each in values.reshape(-1))


def _space_to_batch_nd(graph: Graph, operator: Operator, target: Target) -> Lowered:
    source, output = graph.tensors[operator.inputs[0]], only_output(graph, operator)
    blocks, pads = _blocks_and_edges(graph, operator)
    batches, height, width, channels = _as_images(operator, source.shape)
    _, out_height, out_width, _ = _as_images(operator, output.shape)
    return Call(
        kernel="space_to_batch_nd",
        inputs=operator.inputs[:1],
        outputs=operator.outputs,
        params={
            "in_batches": batches,
            "in_height": height,
            "in_width": width,
            "out_height": out_height,
            "out_width": out_width,
            "block_height": blocks[0],
            "block_width": blocks[1],
            "pad_top": pads[0],
            "pad_left": pads[1],
            "pixel_bytes": channels * source.element.dtype.itemsize,
            "pattern": repeated_to_word(zero_of(output)),
        },
    )


def _batch_to_space_nd(graph: Graph, operator: Operator, target: Target) -> Lowered:
    source, output = graph.tensors[operator.inputs[0]], only_output(graph, operator)
    blocks, crops = _blocks_and_edges(graph, operator)
    _, height, width, channels = _as_images(operator, source.shape)
    batches, out_height, out_width, _ = _as_images(operator, output.shape)
    return Call(
        kernel="batch_to_space_nd",
        inputs=operator.inputs[:1],
        outputs=operator.outputs,
        params={
            "in_height": height,
            "in_width": width,
            "out_batches": batches,
            "out_height": out_height,
            "out_width": out_width,
            "block_height": blocks[0],
            "block_width": blocks[1],
            "crop_top": crops[0],
            "crop_left": crops[1],
            "pixel_bytes": channels * source.element.dtype.itemsize,
        },
    )


def _blocks_and_edges(graph: Graph, operator: Operator) -> tuple[tuple[int, int], tuple[int, int]]:
    """Block (height, width) and the (top, left) edge; a tensor of three dimensions has width 1."""
    blocks, edges = constant_integers(graph, operator, 1), constant_integers(graph, operator, 2)
    if len(blocks) == 1:
        return (blocks[0], 1), (edges[0], 0)
    return (blocks[0], blocks[1]), (edges[0], edges[2])


def _as_images(operator: Operator, shape: Sequence[int]) -> tuple[int, int, int, int]:
    if len(shape) == 3:
        return shape[0], shape[1], 1, shape[2]
    if len(shape) != 4:
        raise unsupported(operator, f"it has {len(shape)} dimensions; TensorFlow Lite Micro takes 3 or 4")
    return shape[0], shape[1], shape[2], shape[3]


def _read_variable(graph: Graph, operator: Operator, target: Target) -> Lowered:
    return _copied("read_variable", graph, operator.inputs[0], operator.outputs[0])


def _assign_variable(graph: Graph, operator: Operator, target: Target) -> Lowered:
    return _copied("assign_variable", graph, operator.inputs[1], operator.inputs[0])


def _copied(kernel: str, graph: Graph, source: int, to: int) -> Call:
    return Call(kernel, (source,), (to,), {"bytes": graph.tensors[source].size_bytes})


LOWERINGS: dict[tuple[str, ElementType], Lowering] = {
    **for_each(MOVABLE, RESHAPE=_same_memory, SQUEEZE=_same_memory, EXPAND_DIMS=_same_memory),
    **for_each(MOVABLE, CONCATENATION=_concatenation, PACK=_pack, UNPACK=_unpack, SPLIT_V=_split_v),
    **for_each((ElementType.INT32,), SPLIT=_split),
    **for_each(MOVABLE, GATHER=_gather, BATCH_TO_SPACE_ND=_batch_to_space_nd),
    **for_each(WORD_OR_SMALLER, SPACE_TO_BATCH_ND=_space_to_batch_nd),
    **for_each(MOVABLE, READ_VARIABLE=_read_variable, ASSIGN_VARIABLE=_assign_variable),
    **moves_strided.LOWERINGS,
    **moves_indexed.LOWERINGS,
}
