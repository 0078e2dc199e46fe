"""Outputs that a firmware printed beside those of TensorFlow Lite Micro's interpreter."""

from __future__ import annotations

import math
import struct
import sys

import numpy as np
import pytest

from mcusim.codegen.graph import ElementType, Graph, Tensor
from mcusim.codegen.inputs import input_data
from mcusim.codegen.reference import (
    NoReferenceError,
    check_installed,
    compare,
    printed_outputs,
    reference_outputs,
)
from mcusim.codegen.request import Inputs
from mcusim.codegen.tensorflow_lite import parse_model
from tests.codegen.small_models import classifier


def graph(*elements, count=2):
    tensors = tuple(Tensor(i, f"t{i}", (1, count), each) for i, each in enumerate(elements))
    return Graph("net", tensors, (), (), tuple(range(len(elements))))


BYTES = graph(ElementType.INT8)
FLOATS = graph(ElementType.FLOAT32)


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


# --- what was printed ---


def test_integers_are_printed_in_decimal():
    console = "hello\noutput 0: -128 127\nnoise\noutput 0: 0 -1\n"

    assert ((b"\x80\x7f",), (b"\x00\xff",)) == printed_outputs(console, BYTES)


def test_floats_are_printed_as_their_bits():
    assert ((floats(1.0, -0.0),),) == printed_outputs("output 0: 0x3f800000 0x80000000\n", FLOATS)


def test_wide_integers_are_printed_as_their_bits():
    wide = graph(ElementType.INT64)
    console = "output 0: 0xfffffffffffffffe 0x0000000000000005\n"

    assert ((struct.pack("<qq", -2, 5),),) == printed_outputs(console, wide)


def test_an_inference_is_whole_when_all_outputs_were_printed():
    two = graph(ElementType.INT8, ElementType.INT8)
    console = "output 0: 1 2\noutput 1: 3 4\noutput 0: 5 6\n"

    assert ((b"\1\2", b"\3\4"),) == printed_outputs(console, two)


@pytest.mark.parametrize(
    "line", ["output 0: 1", "output 0: 1 2 3", "output 0: 1 x", "output 7: 1 2", "output"]
)
def test_a_line_that_is_not_the_network_s_is_passed_over(line):
    assert () == printed_outputs(line + "\n", BYTES)


# --- comparison ---


def test_equal_bits_are_equal():
    found = compare(((b"\1\2",), (b"\3\4",)), ((b"\1\2",), (b"\3\4",)), BYTES)

    assert (True, True, 2, 0, None) == (
        found.is_equal,
        found.is_within_tolerance,
        found.inferences_count,
        found.differing_count,
        found.first,
    )


def test_the_first_of_all_differences_and_the_largest_are_told():
    found = compare(((b"\1\2",), (b"\3\x04",), (b"\x80\0",)), ((b"\1\2",), (b"\3\5",), (b"\x7f\0",)), BYTES)

    assert (2, 255.0, False) == (found.differing_count, found.largest_difference, found.is_within_tolerance)
    assert (1, 0, 1, 5.0, 4.0) == (
        found.first.inference_index,
        found.first.output_index,
        found.first.element_index,
        found.first.wanted,
        found.first.found,
    )


def test_an_inference_that_is_missing_is_not_equal():
    found = compare(((b"\1\2",),), ((b"\1\2",), (b"\3\4",)), BYTES)

    assert (1, 2, 0, False, False) == (
        found.inferences_count,
        found.wanted_count,
        found.differing_count,
        found.is_equal,
        found.is_within_tolerance,
    )


def test_floats_may_differ_by_what_another_order_of_summing_does():
    near = compare(((floats(1.00001, 2000.1),),), ((floats(1.0, 2000.0),),), FLOATS)
    far = compare(((floats(1.001, 2000.0),),), ((floats(1.0, 2000.0),),), FLOATS)

    assert (False, True) == (near.is_equal, near.is_within_tolerance)
    assert 0.1 == pytest.approx(near.largest_difference, rel=1e-3)
    assert not far.is_within_tolerance


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_float_that_is_no_number_is_only_equal_to_its_like(value):
    same = compare(((floats(value, 0.0),),), ((floats(value, 0.0),),), FLOATS)
    other = compare(((floats(value, 0.0),),), ((floats(1.0, 0.0),),), FLOATS)

    assert same.is_equal
    assert (math.inf, False) == (other.largest_difference, other.is_within_tolerance)


def test_minus_zero_is_another_bit_but_no_difference():
    found = compare(((floats(-0.0, 1.0),),), ((floats(0.0, 1.0),),), FLOATS)

    assert (False, True, 0.0) == (found.is_equal, found.is_within_tolerance, found.largest_difference)


# --- the interpreter ---


def test_the_interpreter_computes_what_the_definition_says():
    """Softmax's outputs add up to 1, that is to 256 steps of its fixed scale (TFLite's quantisation specification)."""
    pytest.importorskip("tflite_micro")
    data = classifier()
    network = parse_model(data, "net")
    outputs = reference_outputs(data, network, input_data(Inputs(count=3), network))

    assert 3 == len(outputs)
    for (each,) in outputs:
        assert 256 == pytest.approx(np.frombuffer(each, "int8").astype(int).sum() + 4 * 128, abs=4)


def test_without_the_package_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tflite_micro", None)

    with pytest.raises(NoReferenceError, match=r"pip install 'mcusim\[reference\]'"):
        check_installed()
