"""Moves whose every dimension reads through a table: mirrored padding, nearest neighbours, reversal, repetition."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.lower.call import Call, Constant, unsupported
from mcusim.codegen.lower.views import MOVABLE, constant_integers, for_each, only_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.codegen.graph import ElementType, Graph, Operator
    from mcusim.codegen.lower.call import Lowered, Lowering, Target

_RANK = 4
"""INDEXED_COPY_RANK of indexed_copy.h."""


def _mirror_pad(graph: Graph, operator: Operator, target: Target) -> Lowered:
    """REFLECT leaves the edge itself out, SYMMETRIC repeats it."""
    shape = graph.tensors[operator.inputs[0]].shape
    edges = constant_integers(graph, operator, 1)
    inset = 0 if operator.options.get("mode", 0) in (1, "SYMMETRIC") else 1
    places = []
    for axis, size in enumerate(shape):
        before, after = edges[2 * axis], edges[2 * axis + 1]
        if max(before, after) > size - inset:
            raise unsupported(
                operator, f"it mirrors {max(before, after)} of the {size} indices of dimension {axis}"
            )
        left = [before - 1 + inset - index for index in range(before)]
        right = [size - 1 - inset - index for index in range(after)]
        places.append([*left, *range(size), *right])
    return _indexed(graph, operator, places)


def _resize_nearest_neighbor(graph: Graph, operator: Operator, target: Target) -> Lowered:
    shape = graph.tensors[operator.inputs[0]].shape
    output = only_output(graph, operator)
    if len(shape) != 4 or constant_integers(graph, operator, 1) != output.shape[1:3]:
        raise unsupported(operator, f"it does not resize {shape} to {output.shape}")
    aligned = bool(operator.options.get("align_corners"))
    centred = bool(operator.options.get("half_pixel_centers"))
    rows, columns = (_nearest(shape[axis], output.shape[axis], aligned, centred) for axis in (1, 2))
    return _indexed(graph, operator, [range(shape[0]), rows, columns, range(shape[3])])


def _nearest(size: int, out_size: int, aligned: bool, centred: bool) -> list[int]:
    """In single precision, as TensorFlow Lite computes it: the rounding decides between neighbours."""
    numerator, denominator = (size - 1, out_size - 1) if aligned and out_size > 1 else (size, out_size)
    scale = np.float32(numerator) / np.float32(denominator)
    half = np.float32(0.5 if centred else 0.0)
    found = []
    for index in range(out_size):
        place = (np.float32(index) + half) * scale
        rounded = math.floor(float(place) + 0.5) if aligned else math.floor(place)
        found.append(max(0, min(rounded, size - 1)))
    return found


def _reverse(graph: Graph, operator: Operator, target: Target) -> Lowered:
    shape = graph.tensors[operator.inputs[0]].shape
    axes = {axis % len(shape) for axis in constant_integers(graph, operator, 1)}
    places = [range(size - 1, -1, -1) if axis in axes else range(size) for axis, size in enumerate(shape)]
    return _indexed(graph, operator, places)


def _broadcast_to(graph: Graph, operator: Operator, target: Target) -> Lowered:
    shape = graph.tensors[operator.inputs[0]].shape
    wanted = only_output(graph, operator).shape
    whole = (1,) * (len(wanted) - len(shape)) + shape
    if any(size not in (1, to) for size, to in zip(whole, wanted, strict=True)):
        raise unsupported(operator, f"{shape} cannot be repeated to {wanted}")
    places = [range(to) if size == to else [0] * to for size, to in zip(whole, wanted, strict=True)]
    return _indexed(graph, operator, places)


def _tile(graph: Graph, operator: Operator, target: Target) -> Lowered:
    shape = graph.tensors[operator.inputs[0]].shape
    times = constant_integers(graph, operator, 1)
    if len(times) != len(shape):
        raise unsupported(operator, f"it repeats {len(times)} dimensions of {len(shape)}")
    return _indexed(graph, operator, [list(range(size)) * n for size, n in zip(shape, times, strict=True)])


def _indexed(graph: Graph, operator: Operator, places: Sequence[Sequence[int]]) -> Call:
    """`places`: of each dimension, which input index each output index reads."""
    source, output = graph.tensors[operator.inputs[0]], only_output(graph, operator)
    itemsize = source.element.dtype.itemsize
    shape = (1,) * (len(places) - len(source.shape)) + source.shape
    if math.prod(len(each) for each in places) != output.elements_count:
        raise unsupported(operator, f"it does not make {output.shape} of {source.shape}")
    dimensions = [(shape[axis], math.prod(shape[axis + 1 :]) * itemsize) for axis in range(len(places))]
    unit = itemsize
    while places and list(places[-1]) == list(range(dimensions[-1][0])):
        unit *= dimensions.pop()[0]
        places = places[:-1]
    tables = [
        [index * stride for index in each] for each, (_, stride) in zip(places, dimensions, strict=True)
    ]
    tables = [each for each in tables if each != [0]]
    if len(tables) > _RANK:
        raise unsupported(
            operator, f"it moves along {len(tables)} dimensions, and the kernel has {_RANK} loops"
        )
    tables = [[0]] * (_RANK - len(tables)) + tables
    return Call(
        kernel="indexed_copy",
        inputs=operator.inputs[:1],
        outputs=operator.outputs,
        params={
            "counts": tuple(len(each) for each in tables),
            "offsets_bytes": "offsets_bytes",
            "unit_bytes": unit,
        },
        constants=(Constant("offsets_bytes", np.concatenate(tables).astype(np.int32)),),
    )


LOWERINGS: dict[tuple[str, ElementType], Lowering] = {
    **for_each(MOVABLE, MIRROR_PAD=_mirror_pad, RESIZE_NEAREST_NEIGHBOR=_resize_nearest_neighbor),
    **for_each(MOVABLE, REVERSE_V2=_reverse, BROADCAST_TO=_broadcast_to, TILE=_tile),
}
