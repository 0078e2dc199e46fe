"""Test inputs for several networks: what the values of one file mean, and how each network is given them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.inputs import InputFileError
from mcusim.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from mcusim.codegen.graph import Graph, Quantization, Tensor

    Array = NDArray[np.generic]

_EXACT_KINDS = "iub"
"""Of numpy's types: integers and truth values."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Inputs in rows, and the label of each."""

    inputs: Array
    """The first dimension counts inferences."""
    labels: NDArray[np.int64] | None
    meaning: Quantization | None = None
    """Of inputs that are integers; None: they are real values, or indices, which mean themselves."""


@dataclass(frozen=True, slots=True)
class Given:
    """What one network gets."""

    data: tuple[bytes, ...]
    """One input each."""
    how: str
    """How the file's values were turned into it; empty: they are it already."""


def load_inputs(path: Path, count: int | None) -> Array:
    """The first `count` rows of the file; None: all of them.

    Raises:
        InputFileError: there is no such file, it is no array of numbers, or it has fewer rows.
    """
    array = _loaded(path, "inputs")
    if array.ndim == 0 or not array.size or array.dtype.kind not in _EXACT_KINDS + "f":
        raise InputFileError(
            f"'{path.name}' holds {array.dtype} of the shape {list(array.shape)}",
            where=str(path),
            fix="save an array of numbers whose first dimension counts the inferences",
        )
    if count is not None and count > len(array):
        raise InputFileError(
            f"'{path.name}' has inputs for {len(array)} inferences, not for {count}",
            where=str(path),
            fix=f"give --inputs-count {len(array)} or less, or leave it out",
        )
    return array[:count]


def load_labels(path: Path, inputs: Path, count: int | None) -> NDArray[np.int64]:
    """A label for each of the first `count` inputs; None: for each of all.

    Raises:
        InputFileError: there is no such file, it holds no labels, or not as many as there are inputs.
    """
    labels, inputs_count = _loaded(path, "labels"), len(load_inputs(inputs, None))
    if labels.dtype.kind not in _EXACT_KINDS:
        raise InputFileError(
            f"the labels in '{path.name}' are {labels.dtype}, not integers",
            where=str(path),
            why="a label is the number of the output that should be largest, from 0",
            fix="save np.argmax(…, axis=1) of one-hot rows, or labels.astype(np.uint8)",
        )
    if labels.size != inputs_count or max(labels.shape, default=1) != inputs_count:
        raise InputFileError(
            f"'{path.name}' has the shape {list(labels.shape)}, '{inputs.name}' has {inputs_count} inputs",
            where=str(path),
            why="each input has one label",
            fix="save the labels of the same examples in the same order",
        )
    whole = labels.reshape(-1).astype(np.int64)
    if whole.min() < 0:
        raise InputFileError(
            f"'{path.name}' has the label {whole.min()}",
            where=str(path),
            why="a label is the number of the output that should be largest, from 0",
        )
    return whole[:count]


def meaning_of(inputs: Array, graphs: Iterable[tuple[str, Graph]]) -> Quantization | None:
    """What integers in the file mean: what the networks that take their type take them for.

    Raises:
        UsageError: these networks differ in it, or there are none.
    """
    if inputs.dtype.kind == "f":
        return None
    takers = [
        (name, graph.tensors[graph.inputs[0]])
        for name, graph in graphs
        if graph.inputs and graph.tensors[graph.inputs[0]].element.dtype == inputs.dtype
    ]
    if not takers:
        raise UsageError(
            f"the inputs are {inputs.dtype}, which none of the networks takes",
            why="what their values mean is not known",
            fix="save the inputs as real values (float32): each network gets them as it takes them",
        )
    first_name, first = takers[0]
    for name, tensor in takers[1:]:
        if tensor.quantization != first.quantization:
            raise UsageError(
                f"'{first_name}' and '{name}' take {inputs.dtype} values for different real values",
                why=f"{first_name}: {_affine(first)}; {name}: {_affine(tensor)}",
                fix="save the inputs as real values (float32): each network gets them as it takes them",
            )
    return first.quantization


def given_to(examples: Examples, graph: Graph) -> Given:
    """The inputs as bytes of the network's own type.

    Raises:
        InputFileError: the network has several inputs, takes another shape, or a type that the values cannot become.
    """
    if len(graph.inputs) != 1:
        raise InputFileError(f"the network has {len(graph.inputs)} inputs, the file has one array")
    tensor, inputs = graph.tensors[graph.inputs[0]], examples.inputs
    if _without_ones(inputs.shape[1:]) != _without_ones(tensor.shape):
        raise InputFileError(
            f"the network takes {shown(tensor)}, the file has rows of the shape {list(inputs.shape[1:])}"
        )
    values, how = _values_for(examples, tensor)
    return Given(tuple(row.tobytes() for row in values.reshape(len(values), -1)), how)


def predicted_of(outputs: Iterable[bytes], tensor: Tensor) -> tuple[int, ...]:
    """Where the largest element of each output is, of equal ones the first."""
    return tuple(int(np.argmax(np.frombuffer(each, tensor.element.dtype))) for each in outputs)


def why_no_accuracy(tensor: Tensor, labels: NDArray[np.int64]) -> str:
    """Why these labels cannot be compared with the network's first output; empty: they can."""
    if tensor.elements_count < 2:
        return "the network has a single output: none can be the largest, and no label be the right one"
    if labels.max() >= tensor.elements_count:
        return f"there is a label {labels.max()}, and the network has {tensor.elements_count} outputs, from 0"
    return ""


def shown(tensor: Tensor) -> str:
    """Type and shape: "int8 [1, 28, 28, 1]"."""
    return f"{tensor.element.value} {list(tensor.shape)}"


def _values_for(examples: Examples, tensor: Tensor) -> tuple[Array, str]:
    inputs, element = examples.inputs, tensor.element
    if inputs.dtype == element.dtype:
        return inputs.astype(element.dtype), ""
    if inputs.dtype.kind == "f" or examples.meaning is not None:
        real, words = _real(examples)
        if element is ElementType.FLOAT32:
            return real.astype(element.dtype), words
        if (quantization := _single(tensor)) is not None:
            limits = np.iinfo(element.value)
            steps = np.round(real / quantization.scale + quantization.zero_point)
            words = f"integers that mean {_affine(tensor)}" + (f", made of {words}" if words else "")
            return np.clip(steps, limits.min, limits.max).astype(element.dtype), words
    raise InputFileError(f"the network takes {shown(tensor)}, the file holds {inputs.dtype}")


def _real(examples: Examples) -> tuple[NDArray[np.float64], str]:
    values = examples.inputs.astype(np.float64)
    if examples.meaning is None:
        return values, ""
    scale, zero_point = examples.meaning.scale, examples.meaning.zero_point
    return (values - zero_point) * scale, f"the real values {_words(scale, zero_point)}"


def _affine(tensor: Tensor) -> str:
    quantization = _single(tensor)
    return "as they are" if quantization is None else _words(quantization.scale, quantization.zero_point)


def _words(scale: float, zero_point: int) -> str:
    sign = "+" if zero_point < 0 else "-"
    shift = f"(value {sign} {abs(zero_point)})" if zero_point else "value"
    return f"{scale:.9g} * {shift}"


def _single(tensor: Tensor) -> Quantization | None:
    quantization = tensor.quantization
    return quantization if quantization is not None and len(quantization.scales) == 1 else None


def _loaded(path: Path, what: str) -> Array:
    try:
        loaded = np.load(path, allow_pickle=False)
    except OSError as error:
        raise _unreadable(path, what, error.strerror or str(error)) from None
    except (ValueError, EOFError) as error:
        raise _unreadable(path, what, f"it is no .npy file ({error})") from None
    if not isinstance(loaded, np.ndarray):
        raise _unreadable(path, what, "it is an archive of several arrays")
    return loaded


def _unreadable(path: Path, what: str, why: str) -> InputFileError:
    fix = f"save the {what} with numpy.save"
    return InputFileError(f"cannot read the {what} '{path.name}'", where=str(path), why=why, fix=fix)


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(each for each in shape if each != 1)
