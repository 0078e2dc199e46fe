"""Operations on two int8 tensors equal TensorFlow Lite Micro's, for every pair of values and every broadcasting."""

from __future__ import annotations

import ctypes
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcusim.codegen.lower.call import UnsupportedOperatorError
from tests.codegen.cases import ACTIVATIONS, SLOW, Case, assert_as_golden, merged, scales, zero_points
from tests.codegen.host import COMPILER, KERNELS, HostNetwork
from tests.codegen.tflite_factory import Op, T

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")
EVERY_VALUE = np.arange(-128, 128, dtype=np.int8)
_FUSED = {"ADD": "AddOptions", "SUB": "SubOptions", "MUL": "MulOptions"}
OPERATIONS = (*_FUSED, "SQUARED_DIFFERENCE", "MAXIMUM", "MINIMUM")


@st.composite
def quantizations(draw, name):
    """(scale, zero point) of both operands and the output, such that the output is neither all 0 nor all saturated."""
    first, second = draw(scales()), draw(scales(0.004, 0.1))
    if name in ("MAXIMUM", "MINIMUM"):
        return [(first, 3)] * 3
    spread = {"MUL": first * second, "SQUARED_DIFFERENCE": max(first, second) ** 2}.get(
        name, max(first, second)
    )
    ratio = draw(st.one_of(st.sampled_from([1.0, 2.0, 0.5, 64.0, 0.01]), st.floats(0.3, 200)))
    after = float(np.float32(spread * ratio))
    return [(first, draw(zero_points())), (second, draw(zero_points())), (after, draw(zero_points()))]


def _case(name, shapes, rows, activation="NONE", constant=None):
    tensors = [
        T(shape, scale=scale, zero_point=zero) for shape, (scale, zero) in zip(shapes, rows, strict=True)
    ]
    if constant is not None:
        rng = np.random.default_rng(5)
        tensors[constant].data = rng.integers(-128, 128, shapes[constant], dtype=np.int8)
    options = (_FUSED[name], {"FusedActivationFunction": ACTIVATIONS[activation]}) if name in _FUSED else None
    return Case(tensors, Op(name, [0, 1], [2], options))


@st.composite
def all_pairs(draw):
    """An operation as a table of all pairs of values."""
    name = draw(st.sampled_from(OPERATIONS))
    rows = draw(quantizations(name))
    return _case(name, [(256, 1), (1, 256), (256, 256)], rows, draw(st.sampled_from(sorted(ACTIVATIONS))))


@settings(SLOW, max_examples=4)
@given(st.lists(all_pairs(), min_size=2, max_size=3))
def test_every_pair_of_values_gives_what_the_interpreter_computes(cases):
    assert_as_golden(merged(cases), [[EVERY_VALUE for _ in cases for _ in range(2)]])


@settings(SLOW, max_examples=4)
@given(
    st.lists(
        st.sampled_from(OPERATIONS).flatmap(lambda n: st.tuples(st.just(n), quantizations(n))),
        min_size=2,
        max_size=4,
    )
)
def test_tensors_of_the_same_shape_give_the_same_for_every_pair(rows):
    """The loop over whole words of the SIMD kernels."""
    every = [np.repeat(EVERY_VALUE, 256), np.tile(EVERY_VALUE, 256)]
    cases = [_case(name, [(65536,)] * 3, quantization) for name, quantization in rows]

    assert_as_golden(merged(cases), [[values for _ in cases for values in every]])


@st.composite
def broadcasts(draw):
    """Shapes of up to five dimensions that fit, either operand a constant or none."""
    output = draw(st.lists(st.integers(1, 5), min_size=1, max_size=5))
    first, second = list(output), list(output)
    for place in range(len(output)):
        squeezed = draw(st.sampled_from([None, None, first, second]))
        if squeezed is not None:
            squeezed[place] = 1
    shorter = draw(st.sampled_from([first, second]))
    while len(shorter) > 1 and shorter[0] == 1 and draw(st.booleans()):
        del shorter[0]
    shape = tuple(int(size) for size in np.broadcast_shapes(tuple(first), tuple(second)))
    name = draw(st.sampled_from(OPERATIONS))
    rows, constant = draw(quantizations(name)), draw(st.sampled_from([None, 0, 1]))
    return _case(
        name, [tuple(first), tuple(second), shape], rows, draw(st.sampled_from(["NONE", "RELU"])), constant
    )


@SLOW
@given(st.lists(broadcasts(), min_size=4, max_size=10))
def test_operands_are_broadcast_as_the_interpreter_does(cases):
    assert_as_golden(merged(cases))


def test_a_scalar_operand_meets_every_element():
    cases = [
        _case(name, [(), (2, 9), (2, 9)], [(0.1, 3), (0.1, 3), (0.1, 3)], constant=0)
        for name in ("ADD", "MUL")
    ]

    assert_as_golden(merged(cases))


def test_six_dimensions_that_alternate_are_refused_in_words():
    """Seven loops: the kernel has six."""
    first, second = (2, 1, 2, 1, 2, 1, 2), (1, 2, 1, 2, 1, 2, 1)
    data = merged([_case("ADD", [first, second, (2,) * 7], [(0.1, 0)] * 3)])

    with pytest.raises(UnsupportedOperatorError, match="more than 6 loops"):
        HostNetwork(data)


def test_an_int16_operand_of_an_int8_operation_is_refused():
    case = _case("ADD", [(4,)] * 3, [(0.1, 0)] * 3)
    case.tensors[1].element = "int16"

    with pytest.raises(UnsupportedOperatorError, match="int16"):
        HostNetwork(merged([case]))


@pytest.fixture(scope="module")
def high_mul_by_halves(tmp_path_factory):
    """The multiplication of Cortex-M0+ as a function of this PC."""
    folder = tmp_path_factory.mktemp("high_mul")
    source, library = folder / "probe.c", folder / "probe.so"
    source.write_text(
        '#include "high_mul.h"\n'
        "int32_t probe(int32_t x, int32_t m);\n"
        "int32_t probe(int32_t x, int32_t m) { return high_mul_by_halves(x, m); }\n"
    )
    command = [
        COMPILER,
        "-std=c11",
        "-Wall",
        "-Werror",
        "-fsanitize=undefined",
        "-fno-sanitize-recover=undefined",
    ]
    command += ["-static-libubsan", "-shared", "-fPIC", f"-I{KERNELS}", str(source), "-o", str(library)]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(library)).probe


@given(st.integers(-(1 << 31), (1 << 31) - 1), st.integers(0, (1 << 31) - 1))
def test_four_small_products_are_the_rounded_large_one(high_mul_by_halves, x, multiplier):
    """gemmlowp's SaturatingRoundingDoublingHighMul: round(x * m / 2**31), halves up."""
    assert (x * multiplier + (1 << 30)) >> 31 == high_mul_by_halves(x, multiplier)
