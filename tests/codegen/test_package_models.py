"""Every model of two packages gives TensorFlow Lite Micro's values in every layer, through streams of inputs.

The models are found in the folder that MCUSIM_MODELS names (files, or the unpacked contents of wheels), else in the
installed packages pymicro_wakeword and mltk, which are looked at and never imported.
"""

from __future__ import annotations

import os
import zipfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.codegen.golden import golden_tensors
from tests.codegen.host import COMPILER, PLAIN, SIMD, HostNetwork, random_inputs

PACKAGES = ("pymicro_wakeword", "mltk")
FLOAT_TOLERANCE = 1e-5
"""Of a tensor's largest magnitude: floats are added up in another order, and exp is not libm's."""
INFERENCES_COUNT = 3
STREAM_COUNT = 60
"""Steps of a network that remembers: longer than the longest of its buffers (17 steps)."""

pytestmark = pytest.mark.skipif(COMPILER is None, reason="no C compiler on this machine")


def _folders() -> list[Path]:
    if "MCUSIM_MODELS" in os.environ:
        return [Path(os.environ["MCUSIM_MODELS"])]
    found = [find_spec(name) for name in PACKAGES]
    return [Path(place) for spec in found if spec for place in spec.submodule_search_locations or ()]


@cache
def _models() -> dict[str, bytes]:
    """By name: .tflite files, and those inside of .mltk.zip archives; the same bytes once."""
    models: dict[bytes, str] = {}
    for folder in _folders():
        for path in sorted(folder.rglob("*.tflite")):
            models.setdefault(path.read_bytes(), path.stem)
        for path in sorted(folder.rglob("*.mltk.zip")):
            with zipfile.ZipFile(path) as archive:
                for member in archive.namelist():
                    if member.endswith(".tflite"):
                        models.setdefault(archive.read(member), Path(member).stem)
    named: dict[str, bytes] = {}
    for data, name in sorted(models.items(), key=lambda each: each[1]):
        named[name if name not in named else f"{name} ({len(named)})"] = data
    return named


def _cases() -> list[object]:
    if _models():
        return list(_models())
    why = f"no models: neither is {' nor '.join(PACKAGES)} installed nor does MCUSIM_MODELS name a folder of them"
    return [pytest.param("", marks=pytest.mark.skip(reason=why))]


@pytest.mark.parametrize("target", [PLAIN, SIMD], ids=["plain", "simd"])
@pytest.mark.parametrize("name", _cases())
def test_every_layer_gives_the_values_of_tensorflow_lite_micro(name, target):
    data = _models()[name]
    network = HostNetwork(data, target, keeps_all=True)
    remembers = any(each.is_variable for each in network.graph.tensors)
    inputs = random_inputs(data, STREAM_COUNT if remembers else INFERENCES_COUNT)
    ours = network.run(inputs)
    golden = golden_tensors(data, inputs, network.graph.outputs)
    for place, index in enumerate(network.graph.outputs):
        tensor = network.graph.tensors[index]
        expected = np.stack([each[place].reshape(-1) for each in golden])
        got = np.stack([each[place].reshape(-1) for each in ours])
        if expected.dtype.kind == "f":
            tolerance = FLOAT_TOLERANCE * float(np.abs(expected).max())
            np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance, err_msg=tensor.name)
        else:
            np.testing.assert_array_equal(got, expected, err_msg=tensor.name)
