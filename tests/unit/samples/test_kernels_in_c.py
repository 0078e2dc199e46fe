"""The C kernels, compiled for this machine, equal the numpy reference on shapes the sample does not have."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from firmware_samples.common import int8_reference as kernels
from firmware_samples.digits_cnn.quantize import Quantization, softmax_json

HERE = Path(__file__).resolve().parent
KERNELS = HERE.parents[2] / "firmware_samples/common/kernels"
COMPILER = shutil.which("cc") or shutil.which("gcc")

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")


class CShape(ctypes.Structure):
    """shape_t of kernels_s8.h."""

    _fields_ = [(name, ctypes.c_int32) for name in ("height", "width", "channels")]


class CLayer(ctypes.Structure):
    """layer_t of kernels_s8.h."""

    _fields_ = [
        *((name, ctypes.c_void_p) for name in ("weights", "bias", "multipliers", "shifts")),
        *(
            (name, ctypes.c_int32)
            for name in ("input_offset", "output_offset", "activation_min", "activation_max")
        ),
        *((name, ctypes.c_int8) for name in ("kernel_size", "stride", "pad")),
    ]


class CScratch(ctypes.Structure):
    """scratch_t of kernels_s8.h."""

    _fields_ = [("patch", ctypes.c_void_p), ("wide", ctypes.c_void_p)]


class CSoftmaxScaling(ctypes.Structure):
    """softmax_scaling_t of kernels_s8.h."""

    _fields_ = [(name, ctypes.c_int32) for name in ("multiplier", "left_shift", "diff_min")]


@pytest.fixture(scope="module", params=["plain", "simd"])
def library(request, tmp_path_factory):
    """All kernels as a shared library: the plain C, and the SIMD code on portable stand-ins."""
    built = tmp_path_factory.mktemp("kernels") / f"kernels_{request.param}.so"
    stand_ins = ["-include", str(HERE / "host_simd.h")] if request.param == "simd" else []
    sanitize = ["-fsanitize=undefined", "-fno-sanitize-recover=undefined", "-static-libubsan"]
    sources = [str(path) for path in sorted(KERNELS.glob("*.c"))]
    command = [COMPILER, "-std=c11", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", *stand_ins]
    with_checks = subprocess.run(
        [*command, *sanitize, *sources, "-o", str(built)], check=False, capture_output=True
    )
    if with_checks.returncode != 0:  # a compiler without the sanitizer's library
        subprocess.run([*command, *sources, "-o", str(built)], check=True)
    return ctypes.CDLL(str(built))


def _int8(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, dtype=np.int8)


def _random_layer(rng, weight_shape, outputs, *, pad=0, stride=1) -> kernels.Layer:
    return kernels.Layer(
        weights=rng.integers(-127, 128, weight_shape),
        bias=rng.integers(-20000, 20000, outputs),
        multipliers=rng.integers(1 << 30, 1 << 31, outputs),
        shifts=rng.integers(-9, -5, outputs),
        input_offset=int(rng.integers(-127, 129)),
        output_offset=int(rng.integers(-128, 128)),
        activation_min=-120,
        activation_max=119,
        pad=pad,
        stride=stride,
    )


class Call:
    """One kernel call with everything it points to kept alive."""

    def __init__(self, layer: kernels.Layer, kernel_size: int = 1) -> None:
        types = {"weights": np.int8, "bias": np.int32, "multipliers": np.int32, "shifts": np.int8}
        self.arrays = {
            name: np.ascontiguousarray(getattr(layer, name), dtype) for name, dtype in types.items()
        }
        self.layer = CLayer(
            *(array.ctypes.data for array in self.arrays.values()),
            layer.input_offset,
            layer.output_offset,
            layer.activation_min,
            layer.activation_max,
            kernel_size,
            layer.stride,
            layer.pad,
        )
        self.patch, self.wide = np.zeros(4096, np.int8), np.zeros(4096, np.int16)
        self.scratch = CScratch(self.patch.ctypes.data, self.wide.ctypes.data)


def _pointer(array: np.ndarray) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


class Window(NamedTuple):
    """One convolution's geometry."""

    image: tuple[int, int]
    channels: int
    outputs: int
    size: int
    pad: int
    stride: int


WINDOWS = [
    Window((8, 8), 1, 16, size=3, pad=1, stride=1),
    Window((5, 7), 3, 5, size=3, pad=1, stride=2),
    Window((6, 4), 6, 4, size=3, pad=0, stride=1),
    Window((9, 9), 2, 3, size=5, pad=2, stride=2),
    Window((1, 1), 4, 4, size=3, pad=1, stride=1),
    Window((3, 2), 5, 7, size=1, pad=0, stride=1),
]


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_conv2d_equals_the_reference(library, window):
    rng = np.random.default_rng(window.channels)
    weight_shape = (window.outputs, window.size, window.size, window.channels)
    layer = _random_layer(rng, weight_shape, window.outputs, pad=window.pad, stride=window.stride)
    image = rng.integers(-128, 128, (*window.image, window.channels))
    expected = kernels.conv2d(image, layer)
    call, data, out = Call(layer, window.size), _int8(image), np.zeros(expected.shape, np.int8)

    library.conv2d_s8(
        ctypes.byref(call.layer),
        CShape(*image.shape),
        _pointer(data),
        CShape(*expected.shape),
        _pointer(out),
        call.scratch,
    )

    assert expected.tolist() == out.tolist()


@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_depthwise_conv2d_equals_the_reference(library, window):
    rng = np.random.default_rng(window.outputs)
    weight_shape = (window.size, window.size, window.outputs)
    layer = _random_layer(rng, weight_shape, window.outputs, pad=window.pad, stride=window.stride)
    image = rng.integers(-128, 128, (*window.image, window.outputs))
    expected = kernels.depthwise_conv2d(image, layer)
    call, data, out = Call(layer, window.size), _int8(image), np.zeros(expected.shape, np.int8)

    library.depthwise_conv2d_s8(
        ctypes.byref(call.layer),
        CShape(*image.shape),
        _pointer(data),
        CShape(*expected.shape),
        _pointer(out),
        call.scratch,
    )

    assert expected.tolist() == out.tolist()


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (4, 3), (7, 2), (130, 10)])
def test_fully_connected_equals_the_reference(library, inputs, outputs):
    rng = np.random.default_rng(inputs)
    layer = _random_layer(rng, (outputs, inputs), outputs)
    values = rng.integers(-128, 128, inputs)
    call, data, out = Call(layer), _int8(values), np.zeros(outputs, np.int8)

    library.fully_connected_s8(
        ctypes.byref(call.layer), inputs, _pointer(data), outputs, _pointer(out), call.scratch
    )

    assert kernels.dense(values, layer).tolist() == out.tolist()


@pytest.mark.parametrize(("channels", "outputs"), [(16, 32), (5, 3), (3, 8)])
def test_pointwise_conv2d_equals_the_reference(library, channels, outputs):
    rng = np.random.default_rng(channels)
    layer = _random_layer(rng, (outputs, channels), outputs)
    image = rng.integers(-128, 128, (3, 5, channels))
    call, data, out = Call(layer), _int8(image), np.zeros((3, 5, outputs), np.int8)

    library.pointwise_conv2d_s8(
        ctypes.byref(call.layer), CShape(*image.shape), _pointer(data), outputs, _pointer(out), call.scratch
    )

    assert kernels.dense(image, layer).tolist() == out.tolist()


@pytest.mark.parametrize("kernel", ["max_pool", "avg_pool"])
@pytest.mark.parametrize(("shape", "size"), [((4, 6, 8), 2), ((6, 3, 7), 3), ((2, 2, 1), 2)])
def test_pools_equal_the_reference(library, kernel, shape, size):
    image = np.random.default_rng(size).integers(-128, 128, shape)
    expected = getattr(kernels, kernel)(image, size)
    data, out = _int8(image), np.zeros(expected.shape, np.int8)

    getattr(library, f"{kernel}_s8")(CShape(*shape), _pointer(data), size, _pointer(out))

    assert expected.tolist() == out.tolist()


def _c_softmax(library, logits, scaling):
    data, out = _int8(logits), np.zeros(len(logits), np.int8)
    library.softmax_s8(
        CSoftmaxScaling(scaling.multiplier, scaling.left_shift, scaling.diff_min),
        len(logits),
        _pointer(data),
        _pointer(out),
    )
    return out.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_softmax_equals_the_reference(library, seed):
    """Many draws: a wrong last bit inside shows in few int8 results."""
    rng = np.random.default_rng(seed)
    for _ in range(200):
        scaling = kernels.SoftmaxScaling(**softmax_json(Quantization(float(rng.uniform(0.002, 0.5)), 0)))
        logits = rng.integers(-128, 128, int(rng.integers(2, 40)))

        assert kernels.softmax(logits, scaling).tolist() == _c_softmax(library, logits, scaling)
