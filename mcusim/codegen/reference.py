"""What TensorFlow Lite Micro computes on this machine, and how a firmware's printed outputs differ from it.

The one place that imports the interpreter: it comes with the optional package `tflite-micro`.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
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
    first: Difference | None

    @property
    def is_equal(self) -> bool:
        """Every inference ran and gave the same bits."""
        return self.inferences_count == self.wanted_count and not self.differing_count


def reference_outputs(model: bytes, graph: Graph, inputs: InputData) -> Outputs:
    """What the interpreter computes, one inference after the other; variables keep their values in between.

    Raises:
        NoReferenceError: the package is not installed, or the interpreter does not run the model.
    """
    try:
        from tflite_micro.python.tflite_micro import runtime
    except ImportError:
        raise NoReferenceError(
            "--reference needs TensorFlow Lite Micro's interpreter",
            why="the package tflite-micro is not installed",
            fix="pip install 'mcusim[reference]'",
        ) from None
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
    differing, largest, first = 0, 0.0, None
    for inference, (ours, theirs) in enumerate(zip(printed, wanted, strict=False)):
        differing += ours != theirs
        for place, tensor in enumerate(tensors):
            if ours[place] == theirs[place]:
                continue
            left, right = (_values(data, tensor) for data in (theirs[place], ours[place]))
            largest = max(largest, _largest(left, right))
            element = int(np.flatnonzero(_bits(theirs[place], tensor) != _bits(ours[place], tensor))[0])
            pair = float(left[element]), float(right[element])
            first = first or Difference(inference, place, element, *pair)
    return Comparison(min(len(printed), len(wanted)), len(wanted), differing, largest, first)


def _largest(wanted: NDArray[np.generic], found: NDArray[np.generic]) -> float:
    """Infinity where only one of them is a number."""
    left, right = wanted.astype(np.float64), found.astype(np.float64)
    with np.errstate(invalid="ignore"):
        difference = np.where(left == right, 0.0, np.abs(left - right))
    both_nan = np.isnan(left) & np.isnan(right)
    return float(np.max(np.where(both_nan, 0.0, np.where(np.isnan(difference), np.inf, difference))))


def _values(data: bytes, tensor: Tensor) -> NDArray[np.generic]:
    return np.frombuffer(data, tensor.element.dtype)


def _bits(data: bytes, tensor: Tensor) -> NDArray[np.generic]:
    return np.frombuffer(data, f"<u{tensor.element.dtype.itemsize}")


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
