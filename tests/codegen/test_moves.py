"""Operators that move data give the bytes that TensorFlow Lite Micro gives, for every type and many shapes."""

from __future__ import annotations

import numpy as np
import pytest
from tflite import MirrorPadMode

from mcusim.codegen.lower.call import Alias, UnsupportedOperatorError
from mcusim.codegen.lower.registry import lowered
from mcusim.codegen.tensorflow_lite import parse_model
from tests.codegen.golden import golden_outputs
from tests.codegen.host import COMPILER, PLAIN, HostNetwork, random_inputs
from tests.codegen.many_operators import ZERO, ManyOperators

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")

ELEMENTS = ["int8", "int16", "float32"]


@pytest.mark.parametrize("element", ELEMENTS)
def test_transpositions_of_two_to_five_dimensions_give_the_same_bytes(element):
    rng, moves = np.random.default_rng(3), ManyOperators()
    for rank in (2, 3, 3, 4, 4, 4, 4, 5, 5, 5):
        shape = rng.integers(1, 7, rank)
        order = rng.permutation(rank)
        source = moves.input(shape, element)
        moves.add("TRANSPOSE", [source, moves.integers(*order)], [shape[order]], element)
    moves.check()


def test_a_transposition_that_moves_only_ones_costs_nothing():
    moves = ManyOperators()
    moves.add("TRANSPOSE", [moves.input((1, 6, 1, 5)), moves.integers(2, 1, 0, 3)], [(1, 6, 1, 5)])
    ((_, step),) = lowered(parse_model(moves.file(), "ones"), PLAIN)
    assert step == Alias(0, 2)


@pytest.mark.parametrize("element", ["int8", "int16", "int32", "float32"])
def test_strided_slices_with_masks_and_backward_strides_give_the_same_bytes(element):
    rng, moves = np.random.default_rng(4), ManyOperators()
    while len(moves.operators) < 16:
        shape = rng.integers(1, 9, rng.integers(1, 5))
        begin, end = rng.integers(-9, 10, shape.size), rng.integers(-9, 10, shape.size)
        stride = rng.choice([-3, -2, -1, 1, 2, 3], shape.size)
        masks = rng.integers(0, 1 << shape.size, 3) & rng.integers(0, 1 << shape.size, 3)
        begin_mask, end_mask, shrink_mask = (int(mask) for mask in masks)
        begin_mask, end_mask = begin_mask & ~shrink_mask, end_mask & ~shrink_mask
        index = []
        for axis, size in enumerate(shape):
            if shrink_mask >> axis & 1:
                begin[axis] = rng.integers(-size, size)
                stride[axis] = 1
                index.append(int(begin[axis]))
            else:
                first = None if begin_mask >> axis & 1 else int(begin[axis])
                last = None if end_mask >> axis & 1 else int(end[axis])
                index.append(slice(first, last, int(stride[axis])))
        result = np.empty(shape)[tuple(index)]
        if result.size == 0 or result.ndim == 0:
            continue
        options = {"BeginMask": begin_mask, "EndMask": end_mask, "ShrinkAxisMask": shrink_mask}
        operands = [moves.input(shape, element), *(moves.integers(*each) for each in (begin, end, stride))]
        moves.add("STRIDED_SLICE", operands, [result.shape], element, ("StridedSliceOptions", options))
    moves.check()


@pytest.mark.parametrize("element", ["int8", "int16", "int32", "float32"])
def test_slices_give_the_same_bytes(element):
    rng, moves = np.random.default_rng(5), ManyOperators()
    for _ in range(8):
        shape = rng.integers(1, 9, rng.integers(1, 5))
        begin = np.array([rng.integers(0, size) for size in shape])
        size = np.array(
            [rng.integers(1, whole - first + 1) for whole, first in zip(shape, begin, strict=True)]
        )
        stated = np.where((begin + size == shape) & (rng.random(shape.size) < 0.5), -1, size)
        operands = [moves.input(shape, element), moves.integers(*begin), moves.integers(*stated)]
        moves.add("SLICE", operands, [size], element)
    moves.check()


@pytest.mark.parametrize("element", ["int8", "int16", "int32", "int64", "float32"])
def test_concatenations_along_every_axis_give_the_same_bytes(element):
    rng, moves = np.random.default_rng(6), ManyOperators()
    for axis, count in ((0, 2), (1, 3), (2, 2), (3, 5), (-1, 2), (-3, 10), (3, 1)):
        shape = rng.integers(1, 6, 4)
        parts = []
        for _ in range(count):
            part = shape.copy()
            part[axis] = rng.integers(1, 20)
            parts.append(part)
        total = shape.copy()
        total[axis] = sum(part[axis] for part in parts)
        operands = [moves.input(part, element) for part in parts]
        moves.add("CONCATENATION", operands, [total], element, ("ConcatenationOptions", {"Axis": axis}))
    moves.check()


@pytest.mark.parametrize("element", ["int8", "int32", "float32"])
def test_packed_and_unpacked_tensors_give_the_same_bytes(element):
    rng, moves = np.random.default_rng(7), ManyOperators()
    for axis, count in ((0, 2), (1, 3), (2, 4), (-1, 3)):
        shape = rng.integers(1, 6, 3)
        whole = list(shape)
        whole.insert(axis % 4, count)
        parts = [moves.input(shape, element) for _ in range(count)]
        moves.add("PACK", parts, [whole], element, ("PackOptions", {"Axis": axis, "ValuesCount": count}))
        options = ("UnpackOptions", {"Axis": axis, "Num": count})
        moves.add("UNPACK", [moves.input(whole, element)], [shape] * count, element, options)
    moves.check()


@pytest.mark.parametrize("element", ["int8", "int16", "int32", "float32"])
def test_splits_give_the_same_bytes(element):
    rng, moves = np.random.default_rng(8), ManyOperators()
    for axis, count in ((0, 2), (1, 3), (2, 4), (3, 2)):
        part = rng.integers(1, 6, 4)
        whole = part.copy()
        whole[axis] *= count
        operands = [moves.tensor((), "int32", np.array(axis, np.int32)), moves.input(whole, element)]
        moves.add("SPLIT", operands, [part] * count, element, ("SplitOptions", {"NumSplits": count}))
        sizes = rng.integers(1, 5, count)
        parts = [np.concatenate([part[:axis], [size], part[axis + 1 :]]).astype(int) for size in sizes]
        whole = part.copy()
        whole[axis] = sizes.sum()
        operands = [moves.input(whole, element), moves.integers(*sizes)]
        operands.append(moves.tensor((), "int32", np.array(axis, np.int32)))
        moves.add("SPLIT_V", operands, parts, element, ("SplitVOptions", {"NumSplits": count}))
    moves.check()


@pytest.mark.parametrize("element", ["int8", "int16", "int32", "float32"])
def test_padding_of_one_to_four_dimensions_gives_the_same_bytes(element):
    rng, moves = np.random.default_rng(9), ManyOperators()
    for rank in (1, 2, 3, 4, 4, 4):
        shape, edges = rng.integers(1, 8, rank), rng.integers(0, 4, (rank, 2))
        grown = shape + edges.sum(axis=1)
        pads = moves.tensor(edges.shape, "int32", edges.astype(np.int32))
        moves.add("PAD", [moves.input(shape, element), pads], [grown], element)
        value = moves.tensor((), element, np.array(rng.integers(-100, 100), element))
        moves.add("PADV2", [moves.input(shape, element), pads, value], [grown], element)
    moves.check()


@pytest.mark.parametrize("element", ["int8", "float32"])
@pytest.mark.parametrize("mode", ["REFLECT", "SYMMETRIC"])
def test_mirrored_padding_gives_the_same_bytes(element, mode):
    rng, moves = np.random.default_rng(10), ManyOperators()
    for rank in (1, 2, 3, 4):
        shape = rng.integers(4, 7, rank)
        edges = rng.integers(0, 4, (rank, 2))
        pads = moves.tensor(edges.shape, "int32", edges.astype(np.int32))
        options = ("MirrorPadOptions", {"Mode": getattr(MirrorPadMode, mode)})
        moves.add(
            "MIRROR_PAD", [moves.input(shape, element), pads], [shape + edges.sum(axis=1)], element, options
        )
    moves.check()


@pytest.mark.parametrize("element", ["int8", "float32"])
def test_gathered_slices_give_the_same_bytes(element):
    rng, moves = np.random.default_rng(11), ManyOperators()
    for axis, indices_shape in ((0, (7,)), (1, (2, 3)), (2, (4,)), (-1, (5,)), (0, ())):
        shape = rng.integers(2, 7, 3)
        values = rng.integers(0, shape[axis], indices_shape).astype(np.int32)
        picked = np.take(np.empty(shape), values, axis).shape
        operands = [moves.input(shape, element), moves.tensor(indices_shape, "int32", values)]
        moves.add("GATHER", operands, [picked], element, ("GatherOptions", {"Axis": axis}))
    values = rng.integers(0, 5, (3, 2)).astype(np.int32)
    operands = [moves.input((3, 5, 4), element), moves.tensor((3, 2), "int32", values)]
    moves.add("GATHER", operands, [(3, 2, 4)], element, ("GatherOptions", {"Axis": 1, "BatchDims": 1}))
    moves.check()


def test_an_embedding_picks_rows_by_computed_indices_and_stays_inside_for_wrong_ones():
    rng, moves = np.random.default_rng(12), ManyOperators()
    table = rng.integers(-128, 128, (9, 6), dtype=np.int8)
    rows, tokens = moves.tensor((9, 6), "int8", table), moves.input((4,), "int32")
    moves.add("GATHER", [rows, tokens], [(4, 6)], "int8", ("GatherOptions", {"Axis": 0}))
    data = moves.file()
    right = [[np.array([0, 8, 3, 3], np.int32)]]
    golden, ours = golden_outputs(data, right), HostNetwork(data).run(right)
    np.testing.assert_array_equal(golden[0][0], table[[0, 8, 3, 3]])
    np.testing.assert_array_equal(golden[0][0], ours[0][0])
    wrong = HostNetwork(data).run([[np.array([-1, 9, 1 << 30, -(1 << 31)], np.int32)]])
    np.testing.assert_array_equal(table[[0, 8, 8, 0]], wrong[0][0])


@pytest.mark.parametrize("element", ["int8", "float32"])
def test_blocks_between_space_and_depth_give_the_same_bytes(element):
    moves = ManyOperators()
    for block, (height, width, channels) in ((2, (3, 4, 5)), (3, (2, 1, 1)), (2, (1, 5, 4))):
        small = (1, height, width, channels * block * block)
        large = (1, height * block, width * block, channels)
        moves.add(
            "SPACE_TO_DEPTH", [moves.input(large, element)], [small], element, _block("SpaceToDepth", block)
        )
        moves.add(
            "DEPTH_TO_SPACE", [moves.input(small, element)], [large], element, _block("DepthToSpace", block)
        )
    moves.check()


def _block(kind: str, size: int):
    return f"{kind}Options", {"BlockSize": size}


@pytest.mark.parametrize("element", ["int8", "float32"])
def test_images_go_to_batches_and_back_with_the_same_bytes(element):
    """As around a dilated convolution; SPACE_TO_BATCH_ND here without padding."""
    moves = ManyOperators()
    for (rows, columns), (height, width, channels) in (
        ((2, 2), (6, 4, 3)),
        ((3, 1), (6, 5, 4)),
        ((1, 2), (3, 8, 1)),
    ):
        image, parts = (
            (1, height, width, channels),
            (rows * columns, height // rows, width // columns, channels),
        )
        none = moves.tensor((2, 2), "int32", np.zeros((2, 2), np.int32))
        moves.add(
            "SPACE_TO_BATCH_ND",
            [moves.input(image, element), moves.integers(rows, columns), none],
            [parts],
            element,
        )
        crops = np.array([[rows - 1, 0], [1, 1]], np.int32)
        cropped = (1, height - rows + 1, width - 2, channels)
        operands = [
            moves.input(parts, element),
            moves.integers(rows, columns),
            moves.tensor((2, 2), "int32", crops),
        ]
        moves.add("BATCH_TO_SPACE_ND", operands, [cropped], element)
    moves.check()


def test_padding_before_batches_is_what_stands_for_zero():
    """tensorflow/lite/kernels/space_to_batch_nd.cc pads with the output's zero point."""
    moves = ManyOperators()
    pads = moves.tensor((2, 2), "int32", np.array([[1, 2], [2, 1]], np.int32))
    moves.add("SPACE_TO_BATCH_ND", [moves.input((2, 3, 5, 2)), moves.integers(2, 4), pads], [(16, 3, 2, 2)])
    ((image,),) = random_inputs(moves.file(), 1)
    padded = np.pad(image, ((0, 0), (1, 2), (2, 1), (0, 0)), constant_values=ZERO)
    expected = padded.reshape(2, 3, 2, 2, 4, 2).transpose(2, 4, 0, 1, 3, 5).reshape(16, 3, 2, 2)
    np.testing.assert_array_equal(expected, HostNetwork(moves.file()).run([[image]])[0][0])


@pytest.mark.parametrize("element", ["int8", "int16", "float32"])
@pytest.mark.parametrize(("aligned", "centred"), [(False, False), (True, False), (False, True)])
def test_nearest_neighbours_are_the_same(element, aligned, centred):
    moves = ManyOperators()
    for (height, width), (rows, columns) in (
        ((2, 3), (4, 6)),
        ((5, 7), (3, 11)),
        ((4, 4), (1, 13)),
        ((6, 5), (6, 5)),
    ):
        options = {"AlignCorners": aligned, "HalfPixelCenters": centred}
        operands = [moves.input((2, height, width, 3), element), moves.integers(rows, columns)]
        shape = (2, rows, columns, 3)
        moves.add(
            "RESIZE_NEAREST_NEIGHBOR", operands, [shape], element, ("ResizeNearestNeighborOptions", options)
        )
    moves.check()


@pytest.mark.parametrize("element", ["int8", "float32"])
def test_reversed_and_repeated_tensors_give_the_same_bytes(element):
    moves = ManyOperators()
    moves.add("REVERSE_V2", [moves.input((2, 3, 4), element), moves.integers(1)], [(2, 3, 4)], element)
    moves.add(
        "BROADCAST_TO", [moves.input((2, 1, 4), element), moves.integers(3, 2, 5, 4)], [(3, 2, 5, 4)], element
    )
    moves.check()


def test_reshaped_tensors_are_the_same_memory():
    moves = ManyOperators()
    source = moves.input((2, 3, 4))
    moves.add(
        "RESHAPE", [source, moves.integers(6, 4)], [(6, 4)], options=("ReshapeOptions", {"NewShape": [6, 4]})
    )
    moves.add("EXPAND_DIMS", [source, moves.integers(0)], [(1, 2, 3, 4)])
    assert [step for _, step in lowered(parse_model(moves.file(), "reshaped"), PLAIN)] == [
        Alias(0, 2),
        Alias(0, 4),
    ]


def test_a_concatenation_of_unlike_scales_is_refused_as_tensorflow_lite_micro_refuses_it():
    moves = ManyOperators()
    parts = [moves.input((2, 2)), moves.input((2, 2))]
    moves.add("CONCATENATION", parts, [(2, 4)], options=("ConcatenationOptions", {"Axis": 1}))
    moves.tensors[1].scale = 0.25
    with pytest.raises(UnsupportedOperatorError, match="another type, scale or zero point"):
        lowered(parse_model(moves.file(), "unlike"), PLAIN)
    with pytest.raises(RuntimeError):
        golden_outputs(moves.file(), random_inputs(moves.file(), 1))


@pytest.mark.parametrize(
    ("name", "constants", "shape", "why"),
    [
        ("TRANSPOSE", [(0, 0, 1)], (2, 3, 4), "does not name each of its 3 dimensions once"),
        ("SLICE", [(0, 2, 0), (2, 2, 4)], (2, 2, 4), "it reads from"),
        ("PAD", [((1, 1), (0, 0), (0, 0))], (3, 3, 4), "does not give"),
        ("SPACE_TO_BATCH_ND", [(2, 2), ((0, 0), (0, 0))], (3, 2), "3 or 4"),
        ("RESIZE_NEAREST_NEIGHBOR", [(2, 2)], (2, 2), "does not resize"),
    ],
)
def test_contradictory_operands_are_refused(name, constants, shape, why):
    moves = ManyOperators()
    moves.add(name, [moves.input((2, 3, 4)), *(moves.integers(*each) for each in constants)], [shape])
    if name == "SPACE_TO_BATCH_ND":
        moves.tensors[0].shape = (6, 4)
    with pytest.raises(UnsupportedOperatorError, match=why):
        lowered(parse_model(moves.file(), "wrong"), PLAIN)


@pytest.mark.parametrize("axis", [2, 7, -3])
def test_an_axis_that_the_tensor_does_not_have_is_refused(axis):
    moves = ManyOperators()
    parts = [moves.input((2, 2)), moves.input((2, 2))]
    moves.add("CONCATENATION", parts, [(2, 4)], options=("ConcatenationOptions", {"Axis": axis}))
    with pytest.raises(UnsupportedOperatorError, match=f"axis {axis} of a tensor with 2 dimensions"):
        lowered(parse_model(moves.file(), "beyond"), PLAIN)


def test_a_shape_that_the_network_computes_is_refused():
    moves = ManyOperators()
    moves.add("TRANSPOSE", [moves.input((2, 3)), moves.input((2,), "int32")], [(3, 2)])
    with pytest.raises(UnsupportedOperatorError, match="must be constant"):
        lowered(parse_model(moves.file(), "computed"), PLAIN)
