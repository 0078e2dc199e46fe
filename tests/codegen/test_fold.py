"""What does not depend on the input is computed before the network runs, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from mcusim.codegen.fold import folded
from mcusim.codegen.tensorflow_lite import parse_model
from tests.codegen.golden import golden_outputs
from tests.codegen.host import COMPILER, HostNetwork, random_inputs
from tests.codegen.tflite_factory import Op, T, model


def _integers(*values: int) -> T:
    return T(np.shape(values), "int32", data=np.array(values, np.int32))


def _computed(*shape: int) -> T:
    return T(shape, "int32")


def _scalar(value: int) -> T:
    return T((), "int32", data=np.array(value, np.int32))


def _reshaped_by_its_own_shape() -> bytes:
    """SHAPE, STRIDED_SLICE, PACK, RESHAPE: what Keras' Reshape becomes in the MLPerf Tiny anomaly detector."""
    tensors = [
        T((1, 4, 6), "int8", 0.5, 3),
        _computed(3),
        *(_integers(0), _integers(1), _integers(1)),
        _computed(),
        _scalar(24),
        _computed(2),
        T((1, 24), "int8", 0.5, 3),
        T((1, 24), "int8", 0.25, 3),
    ]
    operators = [
        Op("SHAPE", [0], [1], ("ShapeOptions", {"OutType": 2})),
        Op("STRIDED_SLICE", [1, 2, 3, 4], [5], ("StridedSliceOptions", {"ShrinkAxisMask": 1})),
        Op("PACK", [5, 6], [7], ("PackOptions", {"Axis": 0, "ValuesCount": 2})),
        Op("RESHAPE", [0, 7], [8]),
        Op("QUANTIZE", [8], [9]),
    ]
    return model(tensors, operators, [0], [9])


def test_a_shape_worked_out_of_the_inputs_shape_is_a_constant():
    graph = folded(parse_model(_reshaped_by_its_own_shape(), "shape"))
    assert [each.name for each in graph.operators] == ["RESHAPE", "QUANTIZE"]
    assert graph.tensors[7].values.tolist() == [1, 24]


@pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")
def test_a_network_with_a_folded_shape_gives_the_same_bytes():
    data = _reshaped_by_its_own_shape()
    inputs = random_inputs(data, 2)
    for expected, got in zip(golden_outputs(data, inputs), HostNetwork(data).run(inputs), strict=True):
        np.testing.assert_array_equal(expected[0], got[0])


@pytest.mark.parametrize(
    ("name", "operands", "options", "expected"),
    [
        ("ADD", [_integers(1, 2), _integers(3, 4)], None, [4, 6]),
        ("SUB", [_integers(1, 2), _integers(3, 4)], None, [-2, -2]),
        ("MUL", [_integers(5, 2), _scalar(-4)], None, [-20, -8]),
        ("DIV", [_integers(7, -7), _scalar(2)], None, [3, -3]),
        ("FLOOR_DIV", [_integers(7, -7), _scalar(2)], None, [3, -4]),
        ("FLOOR_MOD", [_integers(7, -7), _scalar(2)], None, [1, 1]),
        ("MAXIMUM", [_integers(7, -7), _scalar(2)], None, [7, 2]),
        ("MINIMUM", [_integers(7, -7), _scalar(2)], None, [2, -7]),
        ("SLICE", [_integers(5, 6, 7), _integers(1), _integers(-1)], None, [6, 7]),
        ("GATHER", [_integers(5, 6, 7), _integers(2, 0)], None, [7, 5]),
        ("CONCATENATION", [_integers(5), _integers(7)], ("ConcatenationOptions", {"Axis": 0}), [5, 7]),
        ("CAST", [_integers(5, 7)], None, [5, 7]),
        (
            "REDUCE_PROD",
            [T((2, 2), "int32", data=np.array([[2, 3], [4, 5]], np.int32)), _integers(1)],
            None,
            [6, 20],
        ),
    ],
)
def test_arithmetic_on_constants_is_done_ahead_of_time(name, operands, options, expected):
    count = len(operands)
    shape, kept = T((2, 1), "int8", 0.5), T((1, 2), "int8", 0.5)
    tensors = [*operands, _computed(2), shape, kept]
    operators = [
        Op(name, list(range(count)), [count], options),
        Op("TRANSPOSE", [count + 1, count], [count + 2]),
    ]
    graph = folded(parse_model(model(tensors, operators, [count + 1], [count + 2]), name))
    assert [each.name for each in graph.operators] == ["TRANSPOSE"]
    assert graph.tensors[count].values.tolist() == expected


@pytest.mark.parametrize(
    ("name", "operands"),
    [
        ("ADD", [_computed(2), _integers(3, 4)]),
        ("DIV", [_integers(3, 4), _integers(1, 0)]),
        ("GATHER", [_integers(5, 6), _integers(0, 2)]),
        ("SIN", [_integers(5, 6)]),
        ("ADD", [T((2,), "int8", 0.5, data=np.array([1, 2], np.int8)), _integers(3, 4)]),
    ],
)
def test_what_depends_on_the_input_or_cannot_be_is_left_to_run(name, operands):
    count = len(operands)
    tensors = [*operands, _computed(2), _computed(2), _computed(2)]
    operators = [Op(name, list(range(count)), [count]), Op("ADD", [count, count + 2], [count + 1])]
    inputs = [count + 2, *(place for place, each in enumerate(operands) if each.data is None)]
    graph = parse_model(model(tensors, operators, inputs, [count + 1]), name)
    assert folded(graph) == graph


def test_an_output_of_the_network_is_never_folded_away():
    data = model([T((2, 3), "int8", 0.5), _computed(2)], [Op("SHAPE", [0], [1])], [0], [1])
    graph = parse_model(data, "shape")
    assert folded(graph) == graph


def test_large_constants_are_left_alone():
    ones = T((2000,), "int32", data=np.ones(2000, np.int32))
    tensors = [ones, _computed(2000), _computed(2000), _computed(2000)]
    operators = [Op("ADD", [0, 0], [1]), Op("ADD", [1, 2], [3])]
    graph = parse_model(model(tensors, operators, [2], [3]), "large")
    assert folded(graph) == graph
