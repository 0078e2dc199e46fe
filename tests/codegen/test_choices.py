"""Arithmetic on indices, comparisons and choices give TensorFlow Lite Micro's values; what it lacks, numpy's."""

from __future__ import annotations

import numpy as np
import pytest

from mcusim.codegen.lower.call import UnsupportedOperatorError
from mcusim.codegen.lower.registry import lowered
from mcusim.codegen.tensorflow_lite import parse_model
from tests.codegen.host import COMPILER, PLAIN, HostNetwork
from tests.codegen.many_operators import ManyOperators

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")

SHAPES = [((2, 3, 4),) * 2, ((2, 3, 4), ()), ((7,), (1,)), ((2, 1, 4), (1, 3, 1))]


def _values(network: ManyOperators, seed: int) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    tensors = [network.tensors[index] for index in network.inputs]
    return [
        rng.integers(0, 2, each.shape).astype(bool)
        if each.element == "bool"
        else rng.integers(-3, 4, each.shape).astype(each.element)
        for each in tensors
    ]


@pytest.mark.parametrize("name", ["ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM"])
def test_arithmetic_on_indices_is_the_same(name):
    network = ManyOperators()
    for first, second in SHAPES:
        operands = [network.input(first, "int32"), network.input(second, "int32")]
        options = (f"{name.capitalize()}Options", {}) if name in ("ADD", "SUB", "MUL") else None
        network.add(name, operands, [np.broadcast_shapes(first, second)], "int32", options)
    network.check([_values(network, seed) for seed in (1, 2)])


@pytest.mark.parametrize("element", ["int32", "float32"])
@pytest.mark.parametrize("name", ["LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL", "EQUAL", "NOT_EQUAL"])
def test_comparisons_are_the_same(name, element):
    network = ManyOperators()
    for first, second in SHAPES:
        operands = [network.input(first, element), network.input(second, element)]
        network.add(name, operands, [np.broadcast_shapes(first, second)], "bool")
    network.check([_values(network, seed) for seed in (1, 2)])


@pytest.mark.parametrize("element", ["int8", "int16", "float32"])
def test_choices_are_the_same_also_broadcasting(element):
    network = ManyOperators()
    for condition, first, second in (
        ((2, 3, 4),) * 3,
        ((1, 3, 1), (2, 3, 4), (2, 3, 4)),
        ((2, 1, 4), (1, 3, 4), ()),
        ((5,), (1,), (5,)),
    ):
        operands = [
            network.input(condition, "bool"),
            network.input(first, element),
            network.input(second, element),
        ]
        network.add("SELECT_V2", operands, [np.broadcast_shapes(condition, first, second)], element)
    network.check([_values(network, seed) for seed in (1, 2)])


def test_negative_indices_of_an_embedding_count_from_the_end():
    """LESS, ADD, SELECT before GATHER: what Keras' Embedding becomes; TensorFlow Lite Micro has no SELECT."""
    table = np.random.default_rng(3).integers(-128, 128, (9, 6), dtype=np.int8)
    network = ManyOperators()
    tokens = network.input((1, 4), "int32")
    size, zero = (network.tensor((), "int32", np.array(each, np.int32)) for each in (9, 0))
    network.add("LESS", [tokens, zero], [(1, 4)], "bool")
    network.add("ADD", [tokens, size], [(1, 4)], "int32", ("AddOptions", {}))
    is_negative, wrapped = network.outputs
    network.add("SELECT", [is_negative, wrapped, tokens], [(1, 4)], "int32")
    operands = [network.tensor((9, 6), "int8", table), network.outputs[-1]]
    network.add("GATHER", operands, [(1, 4, 6)], "int8", ("GatherOptions", {"Axis": 0}))
    ours = HostNetwork(network.file()).run([[np.array([[-1, 0, 8, -9]], np.int32)]])[0]
    np.testing.assert_array_equal([[8, 0, 8, 0]], ours[2])
    np.testing.assert_array_equal(table[[[8, 0, 8, 0]]], ours[3])


def test_a_condition_of_one_dimension_chooses_rows():
    """tensorflow/lite/kernels/select.cc: SELECT's condition may be a vector as long as the first dimension."""
    network = ManyOperators()
    operands = [network.input((2,), "bool"), network.input((2, 3), "int32"), network.input((2, 3), "int32")]
    network.add("SELECT", operands, [(2, 3)], "int32")
    ones, twos = np.ones((2, 3), np.int32), np.full((2, 3), 2, np.int32)
    ours = HostNetwork(network.file()).run([[np.array([False, True]), ones, twos]])[0][0]
    np.testing.assert_array_equal([[2, 2, 2], [1, 1, 1]], ours)


@pytest.mark.parametrize("element", ["int8", "int32", "float32"])
def test_tiles_are_those_of_numpy(element):
    """What Keras' UpSampling2D becomes; TensorFlow Lite Micro has no TILE."""
    network = ManyOperators()
    cases = [((2, 3, 4), (1, 2, 1)), ((2, 3, 4), (3, 1, 2)), ((5,), (4,)), ((1, 4, 1, 3), (1, 1, 2, 1))]
    for shape, times in cases:
        tiled = tuple(np.multiply(shape, times))
        network.add("TILE", [network.input(shape, element), network.integers(*times)], [tiled], element)
    inputs = _values(network, 4)
    ours = HostNetwork(network.file()).run([inputs])[0]
    for values, (_, times), got in zip(inputs, cases, ours, strict=True):
        np.testing.assert_array_equal(np.tile(values, times), got)


def test_a_choice_between_unlike_scales_is_refused():
    network = ManyOperators()
    operands = [network.input((2,), "bool"), network.input((2,)), network.input((2,))]
    network.add("SELECT_V2", operands, [(2,)])
    network.tensors[1].scale = 0.25
    with pytest.raises(UnsupportedOperatorError, match="unlike scales"):
        lowered(parse_model(network.file(), "unlike"), PLAIN)
