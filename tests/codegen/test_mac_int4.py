"""Layers with weights of four bits equal TensorFlow Lite Micro's, and take half of the flash."""

from __future__ import annotations

import numpy as np
import pytest

from mcusim.codegen.build import network_of
from mcusim.codegen.lower.call import Call
from mcusim.codegen.lower.mac_int4 import LEAST_WEIGHTS_COUNT, packed_words
from mcusim.codegen.lower.registry import lowered
from mcusim.codegen.request import BuildRequest
from mcusim.codegen.tensorflow_lite import parse_model
from tests.codegen.cases import Case, assert_as_golden, merged
from tests.codegen.host import COMPILER, PLAIN, SIMD
from tests.codegen.tflite_factory import Op, T, model

needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")
CONVOLUTION = ("Conv2DOptions", {"Padding": 0, "StrideH": 1, "StrideW": 1, "FusedActivationFunction": 1})
DENSE = ("FullyConnectedOptions", {"FusedActivationFunction": 0})


def four_bits(rng, shape) -> np.ndarray:
    """All sixteen values, two to a byte, the first in the low half (schema.fbs of TensorFlow Lite)."""
    values = rng.integers(-8, 8, int(np.prod(shape)))
    halves = np.pad(values, (0, len(values) % 2)) & 0x0F
    return (halves[0::2] | halves[1::2] << 4).astype(np.uint8)


def convolution(rng, in_shape: tuple[int, ...], outputs: int, kernel: int) -> Case:
    shape = (outputs, kernel, kernel, in_shape[3])
    return layer(rng, "CONV_2D", CONVOLUTION, (in_shape, shape, (*in_shape[:3], outputs)))


def dense(rng, batches: int, inputs: int, outputs: int) -> Case:
    shapes = ((batches, inputs), (outputs, inputs), (batches, outputs))
    return layer(rng, "FULLY_CONNECTED", DENSE, shapes)


def layer(rng, operator: str, options, shapes) -> Case:
    in_shape, weights_shape, out_shape = shapes
    outputs, taps = weights_shape[0], int(np.prod(weights_shape[1:]))
    count = 1 if operator == "FULLY_CONNECTED" else outputs
    scales = rng.uniform(0.05, 0.15, count).astype(np.float32).tolist()
    tensors = [
        T(in_shape, scale=0.02, zero_point=-9),
        T(weights_shape, "int4", scale=scales, data=four_bits(rng, weights_shape)),
        T((outputs,), "int32", scale=[0.02 * each for each in scales],
          data=rng.integers(-999, 999, outputs, dtype=np.int32)),
        T(out_shape, scale=0.02 * 0.1 * 4.6 * 74 * taps**0.5 / 40, zero_point=5),
    ]  # fmt: skip
    return Case(tensors, Op(operator, [0, 1, 2], [3], options))


def cases() -> dict[str, Case]:
    """Odd numbers of channels, taps that are no multiple of four, several images: what the packing has to pad."""
    rng = np.random.default_rng(4)
    return {
        "conv_2d_s4": convolution(rng, (1, 5, 6, 7), 11, 3),
        "conv_2d_s4, channels by four": convolution(rng, (2, 4, 5, 8), 12, 3),
        "conv_2d_1x1_s4": convolution(rng, (1, 3, 5, 33), 19, 1),
        "fully_connected_s4": dense(rng, 1, 61, 21),
        "fully_connected_s4, batches": dense(rng, 3, 64, 16),
        "conv_2d_1x1_s4, many batches": dense(rng, 6, 50, 13),
    }


def data_of(case: Case) -> bytes:
    return model(case.tensors, [case.op], [0], [3])


@needs_compiler
def test_four_bit_layers_compute_what_the_interpreter_computes():
    assert_as_golden(merged(list(cases().values())))


@pytest.mark.parametrize("target", [PLAIN, SIMD], ids=["plain", "simd"])
@pytest.mark.parametrize("name", cases())
def test_the_kernel_that_unpacks_is_called(name, target):
    ((_, call),) = lowered(parse_model(data_of(cases()[name]), "model"), target)

    assert isinstance(call, Call)
    assert name.partition(",")[0] == call.kernel


@needs_compiler
def test_a_small_layer_stays_unpacked_and_is_right(tmp_path):
    rng = np.random.default_rng(5)
    small = dense(rng, 1, LEAST_WEIGHTS_COUNT // 8 - 1, 8)
    ((_, call),) = lowered(parse_model(data_of(small), "model"), SIMD)

    assert "fully_connected_s8" == call.kernel
    assert_as_golden(merged([small]))


def test_four_bit_weights_take_half_of_the_flash(tmp_path):
    rng = np.random.default_rng(6)
    path = tmp_path / "net.tflite"
    path.write_bytes(data_of(dense(rng, 1, 256, 64)))

    _, code, _ = network_of(BuildRequest(path, "nucleo_l4r5zi", tmp_path / "net.elf"), SIMD)

    assert (
        256 * 64 // 2 + 64 * 16 == code.weights_bytes
    )  # half a byte each; four words of constants per channel


def test_the_packing_is_undone_by_what_the_header_says():
    """unpack_s4.h: weight + 8, weight i of a word in the low half of byte i, weight i + 4 in its high half."""
    weights = np.arange(-8, 5, dtype=np.int8)

    words = packed_words(weights)

    octets = words.view(np.uint8).reshape(-1, 4).astype(int)
    unpacked = np.concatenate([np.concatenate([row & 15, row >> 4]) for row in octets]) - 8
    assert [*range(-8, 5), 0, 0, 0] == unpacked.tolist()
