"""The kernels' own exp, log, tanh, … stay within stated errors of double precision over their whole ranges."""

from __future__ import annotations

import ctypes
import subprocess

import numpy as np
import pytest

from tests.codegen.host import COMPILER, KERNELS

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")

NAMES = ["exp_f32", "exp_less_one_f32", "log_f32", "tanh_f32", "logistic_f32", "sqrt_digit_by_digit"]
COUNT = 300_000
LEAST_NORMAL = float(np.finfo(np.float32).tiny)


@pytest.fixture(scope="module")
def functions(tmp_path_factory):
    """Each function over an array."""
    folder = tmp_path_factory.mktemp("float_math")
    source, built = folder / "sweep.c", folder / "sweep.so"
    sweeps = [
        f"void sweep_{name}(const float *x, float *y, int32_t n) "
        f"{{ for (int32_t i = 0; i < n; ++i) y[i] = {name}(x[i]); }}"
        for name in NAMES
    ]
    source.write_text("\n".join(['#include "float_math.h"', *sweeps]) + "\n")
    flags = ["-std=c11", "-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run([COMPILER, *flags, f"-I{KERNELS}", str(source), "-o", str(built)], check=True)
    library = ctypes.CDLL(str(built))

    def run(name: str, values) -> np.ndarray:
        x = np.ascontiguousarray(values, dtype=np.float32)
        y = np.empty_like(x)
        pointers = (each.ctypes.data_as(ctypes.c_void_p) for each in (x, y))
        getattr(library, f"sweep_{name}")(*pointers, ctypes.c_int32(x.size))
        return y

    return run


def _any_floats() -> np.ndarray:
    bits = np.random.default_rng(1).integers(0, 1 << 32, COUNT, dtype=np.uint64).astype(np.uint32)
    floats = bits.view(np.float32)
    return floats[np.isfinite(floats)]


def _between(low: float, high: float) -> np.ndarray:
    return np.random.default_rng(2).uniform(low, high, COUNT).astype(np.float32)


def _logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@pytest.mark.parametrize(
    ("name", "exact", "values", "ulps"),
    [
        ("exp_f32", np.exp, _between(-104, 88.7), 1.1),
        ("exp_f32", np.exp, _between(-1, 1), 1.0),
        ("exp_less_one_f32", np.expm1, _between(-20, 80), 1.8),
        ("exp_less_one_f32", np.expm1, _between(-0.5, 0.5), 1.8),
        ("log_f32", np.log, np.abs(_any_floats()), 1.0),
        ("log_f32", np.log, _between(0.5, 2), 1.0),
        ("tanh_f32", np.tanh, _between(-10, 10), 1.5),
        ("tanh_f32", np.tanh, _any_floats(), 1.5),
        ("logistic_f32", _logistic, _between(-87, 20), 2.5),
    ],
)
def test_the_largest_error_in_units_of_the_last_place(functions, name, exact, values, ulps):
    """Bounds: the largest errors over 4,000,000 arguments in each of these ranges, rounded up."""
    expected = exact(values.astype(np.float64))
    spacing = np.spacing(np.maximum(np.abs(expected), LEAST_NORMAL).astype(np.float32)).astype(np.float64)
    errors = np.abs(functions(name, values) - expected) / spacing
    assert errors.max() <= ulps, values[np.argmax(errors)]


def test_the_square_root_without_an_fpu_is_correctly_rounded(functions):
    values = np.abs(_any_floats())
    np.testing.assert_array_equal(np.sqrt(values), functions("sqrt_digit_by_digit", values))


@pytest.mark.parametrize(
    ("name", "argument", "expected"),
    [
        ("exp_f32", np.inf, np.inf),
        ("exp_f32", 89.0, np.inf),
        ("exp_f32", -np.inf, 0.0),
        ("exp_f32", -0.0, 1.0),
        ("exp_f32", np.nan, np.nan),
        ("exp_less_one_f32", np.inf, np.inf),
        ("exp_less_one_f32", -np.inf, -1.0),
        ("exp_less_one_f32", np.nan, np.nan),
        ("log_f32", 0.0, -np.inf),
        ("log_f32", np.inf, np.inf),
        ("log_f32", -1.0, np.nan),
        ("log_f32", 1.0, 0.0),
        ("tanh_f32", np.inf, 1.0),
        ("tanh_f32", -np.inf, -1.0),
        ("tanh_f32", np.nan, np.nan),
        ("logistic_f32", np.inf, 1.0),
        ("logistic_f32", -np.inf, 0.0),
        ("logistic_f32", 0.0, 0.5),
        ("logistic_f32", np.nan, np.nan),
        ("sqrt_digit_by_digit", np.inf, np.inf),
        ("sqrt_digit_by_digit", -1.0, np.nan),
        ("sqrt_digit_by_digit", 0.0, 0.0),
    ],
)
def test_the_ends_of_the_numbers_give_the_limits(functions, name, argument, expected):
    np.testing.assert_array_equal([expected], functions(name, [argument]))
