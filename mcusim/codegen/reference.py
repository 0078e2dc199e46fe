"""What TensorFlow Lite Micro computes on this machine, and how a firmware's printed outputs differ from it.

The one place that imports the interpreter: it comes with the optional package `tflite-micro`.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.errors import McusimError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mcusim.codegen.graph import Graph, Tensor
    from mcusim.codegen.inputs import InputData

Outputs = tuple[tuple[bytes, ...], ...]
"""For each inference the bytes of each of the network's outputs."""

_ARENA_BYTES = 64 << 20
"""Of this machine's memory; the interpreter takes what it needs of it."""
FLOAT_TOLERANCE_RATIO = 1e-4
"""Sums of some thousand float32 products in another order differ by less; a wrong kernel by much more."""
_LINE = re.compile(r"^output (\d+):([ 0-9a-fx-]*)$", re.MULTILINE)
_IN_DECIMAL = (ElementType.INT8, ElementType.UINT8, ElementType.INT16, ElementType.INT32, ElementType.BOOL)


class NoReferenceError(McusimError):
    """There is nothing to compare with: no interpreter, or it does not run the model."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first output element that is not what it should be."""

    inference_index: int
    output_index: int
    element_index: int
    wanted: float
    found: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Outputs of a firmware beside those of the reference."""

    inferences_count: int
    """Compared: as many as the firmware printed."""
    wanted_count: int
    """That the firmware was built to run."""
    differing_count: int
    """Inferences with at least one bit that differs."""
    largest_difference: float
    """Of all elements, in the output's own numbers."""
    largest_ratio: float
    """The same by the size of the element, or by 1 where it is smaller; infinite for integers."""
    first: Difference | None

    @property
    def is_equal(self) -> bool:
        """Every inference ran and gave the same bits."""
        return self.inferences_count == self.wanted_count and not self.differing_count

    @property
    def is_within_tolerance(self) -> bool:
        """Every inference ran; integers are equal, floats nearly."""
        return self.inferences_count == self.wanted_count and self.largest_ratio <= FLOAT_TOLERANCE_RATIO


def check_installed() -> None:
    """Complain if there is no interpreter.

    Raises:
        NoReferenceError: the package is not installed.
    """
    if find_spec("tflite_micro") is None:
        raise NoReferenceError(
            "--reference needs TensorFlow Lite Micro's interpreter",
            why="the package tflite-micro is not installed",
            fix="pip install 'mcusim[reference]'",
        )


def reference_outputs(model: bytes, graph: Graph, inputs: InputData) -> Outputs:
    """What the interpreter computes, one inference after the other; variables keep their values in between.

    Raises:
        NoReferenceError: the package is not installed, or the interpreter does not run the model.
    """
    check_installed()
    from tflite_micro.python.tflite_micro import runtime

    tensors = [graph.tensors[index] for index in graph.inputs]
    found = []
    try:
        interpreter = runtime.Interpreter.from_bytes(model, arena_size=_ARENA_BYTES)
        for each in inputs:
            for place, (tensor, data) in enumerate(zip(tensors, each, strict=True)):
                values = np.frombuffer(data, tensor.element.dtype).reshape(tensor.shape)
                interpreter.set_input(values, place)
            interpreter.invoke()
            places = range(len(graph.outputs))
            found.append(tuple(np.asarray(interpreter.get_output(place)).tobytes() for place in places))
    except (RuntimeError, ValueError) as error:
        raise NoReferenceError(
            "TensorFlow Lite Micro's interpreter does not run this model",
            why=str(error).strip().splitlines()[0] if str(error).strip() else "it does not say why",
            fix="leave --reference out, or convert the network to operators that it has",
        ) from None
    return tuple(found)


def printed_outputs(console: str, graph: Graph) -> Outputs:
    """The outputs in what a generated firmware has printed; an inference that is not whole is left out."""
    tensors = [graph.tensors[index] for index in graph.outputs]
    columns: list[list[bytes]] = [[] for _ in tensors]
    for place_text, words in _LINE.findall(console):
        place = int(place_text)
        data = _parsed(words.split(), tensors[place]) if place < len(tensors) else None
        if data is not None:
            columns[place].append(data)
    return tuple(zip(*columns, strict=False))


def compare(printed: Outputs, wanted: Outputs, graph: Graph) -> Comparison:
    """How the printed outputs differ from what they should be."""
    tensors = [graph.tensors[index] for index in graph.outputs]
    differing, largest, ratio, first = 0, 0.0, 0.0, None
    for inference, (ours, theirs) in enumerate(zip(printed, wanted, strict=False)):
        differing += ours != theirs
        for place, tensor in enumerate(tensors):
            if ours[place] == theirs[place]:
                continue
            pair = _Pair(tensor, theirs[place], ours[place])
            largest, ratio = max(largest, pair.largest()), max(ratio, pair.largest_ratio())
            first = first or pair.first(inference, place)
    return Comparison(min(len(printed), len(wanted)), len(wanted), differing, largest, ratio, first)


class _Pair:
    """An output as it should be and as it is, of which some bits differ."""

    def __init__(self, tensor: Tensor, wanted: bytes, found: bytes) -> None:
        dtype = tensor.element.dtype
        self._is_float = tensor.element is ElementType.FLOAT32
        self._wanted, self._found = (
            np.frombuffer(data, dtype).astype(np.float64) for data in (wanted, found)
        )
        bits = f"<u{dtype.itemsize}"
        self._differs = np.frombuffer(wanted, bits) != np.frombuffer(found, bits)

    def largest(self) -> float:
        """Difference of one element; infinite where only one of two is a number."""
        return float(np.max(self._differences()))

    def largest_ratio(self) -> float:
        """Difference by the size of the element."""
        if not self._is_float:
            return math.inf
        sizes = np.maximum(1.0, np.nan_to_num(np.abs(self._wanted), nan=1.0, posinf=1.0))
        return float(np.max(self._differences() / sizes))

    def first(self, inference: int, output: int) -> Difference:
        """The first element that differs."""
        element = int(np.flatnonzero(self._differs)[0])
        return Difference(
            inference, output, element, float(self._wanted[element]), float(self._found[element])
        )

    def _differences(self) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore"):
            differences = np.abs(self._wanted - self._found)
        is_same = (self._wanted == self._found) | (np.isnan(self._wanted) & np.isnan(self._found))
        return np.where(is_same, 0.0, np.where(np.isnan(differences), np.inf, differences))


def _parsed(words: list[str], tensor: Tensor) -> bytes | None:
    """None for a line that was cut off or is not the network's."""
    if len(words) != tensor.elements_count:
        return None
    try:
        if tensor.element in _IN_DECIMAL:
            return np.array([int(word) for word in words]).astype(tensor.element.dtype).tobytes()
        letter = "<I" if tensor.element.dtype.itemsize == 4 else "<Q"
        return b"".join(struct.pack(letter, int(word, 16)) for word in words)
    except (ValueError, struct.error):
        return None
