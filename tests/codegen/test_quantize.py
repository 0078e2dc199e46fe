"""Quantizing, requantizing, dequantizing and casting give the values that TensorFlow Lite Micro gives, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from tflite import TensorType

from mcusim.codegen.lower.call import UnsupportedOperatorError
from mcusim.codegen.lower.registry import lowered
from mcusim.codegen.tensorflow_lite import parse_model
from tests.codegen.golden import golden_outputs
from tests.codegen.host import COMPILER, PLAIN, HostNetwork
from tests.codegen.tflite_factory import Op, T, model

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")

SCALES = [(0.5, 0.25), (0.0123, 0.0123), (0.001, 0.9), (1.7, 0.004), (0.3, 0.2999999)]


def _one(name, source: T, *results: T, options=None) -> bytes:
    """One input, and one operator of that name for each result."""
    operators = [Op(name, [0], [place], options) for place in range(1, len(results) + 1)]
    return model([source, *results], operators, [0], list(range(1, len(results) + 1)))


def _every(element: str, count: int) -> np.ndarray:
    """Every value of a small type; the ends and random values of a larger one."""
    limits, rng = np.iinfo(element), np.random.default_rng(1)
    if limits.max - limits.min < count:
        values = np.arange(limits.min, limits.max + 1)
        return np.resize(values, count).astype(element)
    values = rng.integers(limits.min, limits.max, count, endpoint=True)
    values[:4] = limits.min, limits.max, 0, -1
    return values.astype(element)


def _check(data: bytes, values: np.ndarray) -> None:
    golden, ours = golden_outputs(data, [[values]])[0], HostNetwork(data).run([[values]])[0]
    for expected, got in zip(golden, ours, strict=True):
        np.testing.assert_array_equal(expected, got)


@pytest.mark.parametrize(
    ("source", "to"),
    [
        ("int8", "int8"),
        ("int8", "uint8"),
        ("uint8", "int8"),
        ("int8", "int16"),
        ("int8", "int32"),
        ("int16", "int8"),
        ("int16", "int16"),
        ("int16", "int32"),
    ],
)
def test_requantized_integers_are_the_same_for_every_value(source, to):
    zeros = {"int8": (-128, 3), "uint8": (0, 131), "int16": (0, 0), "int32": (0, 0)}
    for zero in (0, 1):
        values = _every(source, 3000)
        results = [T((3000,), to, after, zeros[to][zero]) for _, after in SCALES]
        for (before, _), result in zip(SCALES, results, strict=True):
            _check(_one("QUANTIZE", T((3000,), source, before, zeros[source][1 - zero]), result), values)


@pytest.mark.parametrize("to", ["int8", "int16"])
def test_requantized_sums_of_32_bits_are_the_same(to):
    values = np.random.default_rng(2).integers(-(1 << 20), 1 << 20, 500).astype(np.int32)
    results = [T((500,), to, scale, 5 if to == "int8" else 0) for scale in (0.5, 3.0, 400.0)]
    _check(_one("QUANTIZE", T((500,), "int32", 0.01), *results), values)


@pytest.mark.parametrize("to", ["int8", "int16"])
def test_quantized_floats_are_the_same_also_between_and_beyond_steps(to):
    rng = np.random.default_rng(3)
    values = np.concatenate(
        [
            rng.normal(0, 30, 2000),
            np.arange(-200, 200) * 0.25,  # halves of a scale of 0.5
            [0.0, -0.0, 1e6, -1e6, 1e-30, np.nextafter(np.float32(0.25), 0), 0.499999970197678 * 0.5],
        ]
    ).astype(np.float32)
    results = [T(values.shape, to, scale, -3) for scale in (0.5, 0.1, 0.0078125, 3.7)]
    _check(_one("QUANTIZE", T(values.shape, "float32"), *results), values)


def test_floats_beyond_all_integers_stop_at_the_limits():
    """As TensorFlow Lite Micro compiled for Arm, whose conversion saturates; on a PC it wraps."""
    values = np.array([3e38, np.inf, -3e38, -np.inf], np.float32)
    data = _one("QUANTIZE", T((4,), "float32"), T((4,), "int8", 0.5, 7))
    np.testing.assert_array_equal([127, 127, -128, -128], HostNetwork(data).run([[values]])[0][0])


@pytest.mark.parametrize("source", ["int8", "int16", "uint8"])
def test_dequantized_floats_are_the_same_bits(source):
    for scale in (0.5, 0.1, 1 / 3, 1.2345e-5):
        zero = 11 if source != "int16" else 0
        _check(
            _one("DEQUANTIZE", T((4000,), source, scale, zero), T((4000,), "float32")), _every(source, 4000)
        )


@pytest.mark.parametrize("source", ["int8", "int16", "int32", "float32"])
def test_casts_are_the_same(source):
    if source == "float32":
        values = np.random.default_rng(4).uniform(-120, 120, 300).astype(np.float32)
    else:
        values = _every(source, 300)
    results = [T((300,), to) for to in ("int8", "int16", "int32", "float32") if to != source]
    for result in results:
        kind = {"InDataType": _type(source), "OutDataType": _type(result.element)}
        _check(_one("CAST", T((300,), source), result, options=("CastOptions", kind)), values)


def _type(element: str) -> int:
    return getattr(TensorType, element.upper())


def test_casts_of_floats_beyond_integers_stop_at_the_limits():
    data = _one("CAST", T((3,), "float32"), T((3,), "int32"))
    values = np.array([1e20, -1e20, np.nan], np.float32)
    limits = np.iinfo(np.int32)
    np.testing.assert_array_equal(
        [limits.max, limits.min, limits.min], HostNetwork(data).run([[values]])[0][0]
    )


def test_quantizing_to_a_scale_for_each_channel_is_refused():
    data = _one("QUANTIZE", T((2, 2), "float32"), T((2, 2), "int8", [0.5, 0.25], [0, 0], axis=1))
    with pytest.raises(UnsupportedOperatorError, match="not exactly one scale"):
        lowered(parse_model(data, "channels"), PLAIN)
    with pytest.raises(RuntimeError):
        golden_outputs(data, [[np.zeros((2, 2), np.float32)]])


def test_requantizing_to_a_type_that_tensorflow_lite_micro_lacks_is_refused():
    data = _one("QUANTIZE", T((2,), "uint8", 0.5), T((2,), "int16", 0.5))
    with pytest.raises(UnsupportedOperatorError, match="int16 of uint8"):
        lowered(parse_model(data, "unknown"), PLAIN)
