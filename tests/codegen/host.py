"""Compiles a generated network for this PC and runs it: the plain C, or the SIMD code on portable stand-ins."""

from __future__ import annotations

import ctypes
import hashlib
import shutil
import subprocess
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from mcusim.codegen.emit import network_code, symbol_of
from mcusim.codegen.fold import folded
from mcusim.codegen.graph import Graph
from mcusim.codegen.lower.call import Target
from mcusim.codegen.lower.registry import lowered
from mcusim.codegen.plan import plan_of
from mcusim.codegen.tensorflow_lite import parse_model

REPOSITORY = Path(__file__).resolve().parents[2]
KERNELS = REPOSITORY / "firmware_samples/common/nn"
STAND_INS = REPOSITORY / "tests/unit/samples/host_simd.h"
COMPILER = shutil.which("cc") or shutil.which("gcc")
PLAIN = Target(has_dsp=False, has_fpu=True)
SIMD = Target(has_dsp=True, has_fpu=True)
_FLAGS = ["-std=c11", "-O1", "-Wall", "-Wextra", "-Wshadow", "-Werror", "-fPIC", "-ffp-contract=off"]
_CHECKS = ["-fsanitize=undefined", "-fno-sanitize-recover=undefined", "-static-libubsan"]


@cache
def _folder() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="codegen")
    _folder_owner.append(folder)
    return Path(folder.name)


_folder_owner: list[tempfile.TemporaryDirectory] = []


@cache
def _has_sanitizer() -> bool:
    probe = _folder() / "probe.c"
    probe.write_text("int probe(int x) { return x + 1; }\n")
    command = [COMPILER, *_CHECKS, "-shared", "-fPIC", str(probe), "-o", str(_folder() / "probe.so")]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _object(source: Path, simd: bool, includes: Path) -> Path:
    """Kernels are compiled once; their name carries what they were compiled from."""
    digest = hashlib.sha256(source.read_bytes() + bytes([simd]) + _headers_digest()).hexdigest()[:16]
    target = _folder() / f"{source.stem}_{digest}.o"
    if not target.exists():
        stand_ins = ["-include", str(STAND_INS)] if simd else []
        checks = _CHECKS if _has_sanitizer() else []
        command = [COMPILER, *_FLAGS, *checks, *stand_ins, f"-I{KERNELS}", f"-I{includes}", "-c", str(source)]
        done = subprocess.run([*command, "-o", str(target)], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    return target


def _headers_digest() -> bytes:
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(KERNELS.glob("*.h")))).digest()


class HostNetwork:
    """One generated network as a shared library of this PC."""

    def __init__(self, data: bytes, target: Target = PLAIN, *, keeps_all: bool = False) -> None:
        """`keeps_all`: every tensor that the network computes is one of its outputs."""
        self.graph = folded(parse_model(data, "model"))
        if keeps_all:
            self.graph = replace(self.graph, outputs=computed_tensors(self.graph))
        steps = lowered(self.graph, target)
        self.plan = plan_of(self.graph, steps)
        code = network_code(self.graph, steps, self.plan)
        text = "".join(each.text for each in code.files)
        folder = _folder() / hashlib.sha256(text.encode() + bytes([target.has_dsp])).hexdigest()[:16]
        folder.mkdir(exist_ok=True)
        for each in code.files:
            (folder / each.name).write_text(each.text)
        sources = [KERNELS / name for name in code.kernel_sources]
        objects = [_object(source, target.has_dsp, folder) for source in sources]
        objects.append(_object(folder / "network.c", target.has_dsp, folder))
        built = folder / f"network_{len(list(folder.glob('network_*.so')))}.so"
        checks = _CHECKS if _has_sanitizer() else []
        command = [COMPILER, *checks, "-shared", *map(str, objects), "-o", str(built)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        self._library = ctypes.CDLL(str(built))

    def run(self, inferences: list[list[np.ndarray]]) -> list[list[np.ndarray]]:
        """Outputs [inference][output] for inputs [inference][input]."""
        return [self._run_one(inputs) for inputs in inferences]

    def _run_one(self, inputs: list[np.ndarray]) -> list[np.ndarray]:
        for place, (index, values) in enumerate(zip(self.graph.inputs, inputs, strict=True)):
            tensor = self.graph.tensors[index]
            assert values.dtype == tensor.element.dtype
            assert values.size == tensor.elements_count
            self._buffer("input", place, tensor)[:] = np.ascontiguousarray(values).tobytes()
        self._library.mcusim_infer()
        return [
            np.frombuffer(bytes(self._buffer("output", place, tensor)), tensor.element.dtype).reshape(
                tensor.shape
            )
            for place, tensor in enumerate(self.graph.tensors[index] for index in self.graph.outputs)
        ]

    def _buffer(self, kind: str, place: int, tensor) -> ctypes.Array:
        return (ctypes.c_char * tensor.size_bytes).in_dll(self._library, symbol_of(kind, place))


def computed_tensors(graph: Graph) -> tuple[int, ...]:
    """What the operators give, variables excepted."""
    given = (index for operator in graph.operators for index in operator.outputs)
    return tuple(index for index in given if graph.tensors[index].data is None)


def random_inputs(data: bytes, count: int, seed: int = 1) -> list[list[np.ndarray]]:
    """Inputs over the whole range of their type; floats in -1..1."""
    graph, rng = parse_model(data, "model"), np.random.default_rng(seed)
    return [[_random(graph.tensors[index], rng) for index in graph.inputs] for _ in range(count)]


def _random(tensor, rng: np.random.Generator) -> np.ndarray:
    dtype = tensor.element.dtype
    if dtype.kind == "f":
        return rng.uniform(-1, 1, tensor.shape).astype(dtype)
    limits = np.iinfo(dtype)
    return rng.integers(limits.min, limits.max, tensor.shape, dtype=dtype, endpoint=True)
