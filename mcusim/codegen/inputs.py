"""Makes the bytes that the network is given: from a file of the user's data, or a pattern."""

from __future__ import annotations

import math
from tokenize import TokenError
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from mcusim.codegen.graph import ElementType
from mcusim.codegen.request import Inputs, Pattern
from mcusim.errors import McusimError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from mcusim.codegen.graph import Graph, Tensor

InputData = tuple[tuple[bytes, ...], ...]
"""For each inference the bytes of each of the network's inputs, in its order of inputs."""

_NUMPY_SUFFIX = ".npy"
_PERIOD = 256
"""Of a ramp: it goes through all values of a byte."""
_BYTE_SIZED = (ElementType.INT8, ElementType.UINT8)
_INDEX_OPERATORS = {"GATHER": (1, 0), "EMBEDDING_LOOKUP": (0, 1)}
"""Operators with an input of row numbers: where among the inputs these are, and where the rows."""


class InputFileError(McusimError):
    """The file with inputs cannot be used: missing, damaged, or not what the network takes."""


def input_data(inputs: Inputs, graph: Graph) -> InputData:
    """What the network gets in each inference.

    Raises:
        InputFileError: the file is missing or damaged, or its type, shape or size is not the network's.
    """
    tensors = [graph.tensors[index] for index in graph.inputs]
    if inputs.path is None:
        return _made_up(inputs, graph, tensors)
    is_numpy = inputs.path.suffix.lower() == _NUMPY_SUFFIX
    found = _of_array(inputs.path, tensors) if is_numpy else _of_bytes(inputs.path, tensors)
    if inputs.count is not None and inputs.count > len(found):
        raise InputFileError(
            f"'{inputs.path.name}' has inputs for {len(found)} inferences, not for {inputs.count}",
            where=str(inputs.path),
            fix=f"give --inputs-count {len(found)} or less, or leave it out",
        )
    return found[: inputs.count]


def _made_up(inputs: Inputs, graph: Graph, tensors: list[Tensor]) -> InputData:
    count = inputs.count or 1
    # RandomState's numbers are frozen for good; those of newer generators may change with numpy's version.
    random = np.random.RandomState(inputs.seed)
    columns = []
    for tensor in tensors:
        limit = _rows_count(graph, tensor)
        shape = (count, tensor.elements_count)
        if inputs.pattern is Pattern.ZEROS:
            values = np.zeros(shape, tensor.element.dtype)
        elif inputs.pattern is Pattern.RAMP:
            values = _ramp(np.arange(math.prod(shape)).reshape(shape), tensor.element, limit)
        else:
            values = _random(random, shape, tensor.element, limit)
        columns.append([row.tobytes() for row in values])
    return tuple(zip(*columns, strict=True))


def _ramp(places: NDArray[np.int64], element: ElementType, limit: int) -> NDArray[np.generic]:
    """From the type's smallest value up; of floats from -1 to 1; of row numbers and wide integers from 0."""
    steps = places % min(limit, _PERIOD)
    if element is ElementType.FLOAT32:
        return (steps / (_PERIOD / 2) - 1).astype(element.dtype)
    if element is ElementType.BOOL:
        return (steps % 2).astype(element.dtype)
    if element is ElementType.INT8 and limit >= _PERIOD:
        return (steps - _PERIOD // 2).astype(element.dtype)
    return steps.astype(element.dtype)


def _random(
    random: np.random.RandomState, shape: tuple[int, int], element: ElementType, limit: int
) -> NDArray[np.generic]:
    """Evenly distributed over the type; floats over -1 to 1; row numbers and wide integers from 0."""
    if element is ElementType.FLOAT32:
        return (random.random_sample(shape) * 2 - 1).astype(element.dtype)
    if element is ElementType.BOOL:
        return random.randint(0, 2, shape).astype(element.dtype)
    if element is ElementType.INT16 and limit >= _PERIOD:
        return random.randint(-(1 << 15), 1 << 15, shape).astype(element.dtype)
    low = -_PERIOD // 2 if element is ElementType.INT8 and limit >= _PERIOD else 0
    return random.randint(low, low + min(limit, _PERIOD), shape).astype(element.dtype)


def _rows_count(graph: Graph, tensor: Tensor) -> int:
    """How many different values the network takes, where it looks rows up by them; else a byte's."""
    limits = [_PERIOD]
    for operator in graph.operators:
        if operator.name in _INDEX_OPERATORS:
            index_place, rows_place = _INDEX_OPERATORS[operator.name]
            axis = operator.options.get("axis", 0)
            rows = graph.tensors[operator.inputs[rows_place]]
            if operator.inputs[index_place] == tensor.index and rows.shape and isinstance(axis, int):
                limits.append(rows.shape[axis])
    return max(min(limits), 1)


def _of_array(path: Path, tensors: list[Tensor]) -> InputData:
    if len(tensors) != 1:
        raise InputFileError(
            f"the network has {len(tensors)} inputs, a .npy file has one array",
            where=str(path),
            fix="give a .bin file: for each inference the bytes of all inputs, one after the other: "
            + ", ".join(_described(each) for each in tensors),
        )
    tensor = tensors[0]
    _check_regular(path)
    try:
        with path.open("rb") as file:
            array = np.load(file, allow_pickle=False)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except MemoryError:
        raise _unreadable(path, "its array is larger than this machine's memory") from None
    except (ValueError, EOFError, TokenError, BadZipFile) as error:
        raise _unreadable(path, f"it is no .npy file ({error})") from None
    if not isinstance(array, np.ndarray):
        raise _unreadable(path, "it is an archive of several arrays (.npz)")
    _check_type(path, array.dtype, tensor)
    rows = array.reshape(_inferences_count(path, array.shape, tensor), -1)
    return tuple((row.astype(tensor.element.dtype).tobytes(),) for row in rows)


def _check_type(path: Path, dtype: np.dtype[np.generic], tensor: Tensor) -> None:
    if dtype == tensor.element.dtype:
        return
    fix = f"save it as {tensor.element.value}"
    quantization = tensor.quantization
    if dtype == np.uint8 and tensor.element is ElementType.INT8:
        fix += "; of pixels from 0 to 255 that is usually (x.astype('int16') - 128).astype('int8')"
    if dtype.kind == "f" and quantization is not None and len(quantization.scales) == 1:
        scale, zero = quantization.scale, quantization.zero_point
        fix = f"quantise it: {_quantising(scale, zero, tensor.element.value)}"
    raise InputFileError(
        f"'{path.name}' holds {dtype}, the network takes {_described(tensor)}", where=str(path), fix=fix
    )


def _quantising(scale: float, zero: int, element: str) -> str:
    limits = f"np.iinfo('{element}').min, np.iinfo('{element}').max"
    return f"np.clip(np.round(x / {scale:.9g} + {zero}), {limits}).astype('{element}')"


def _inferences_count(path: Path, shape: tuple[int, ...], tensor: Tensor) -> int:
    """An array is one inference's input or a row of them; dimensions of length 1 do not matter."""
    wanted = _without_ones(tensor.shape)
    if _without_ones(shape) == wanted:
        return 1
    if shape and shape[0] and _without_ones(shape[1:]) == wanted:
        return shape[0]
    size_count = math.prod(shape)
    raise InputFileError(
        f"'{path.name}' has the shape {_shape(shape)} ({size_count} elements), "
        f"the network takes {_described(tensor)} ({tensor.elements_count} elements)",
        where=str(path),
        fix=f"save an array of shape {_shape(tensor.shape)} for one inference, "
        f"or {_shape(('N', *_of_one(tensor.shape)))} for N",
    )


def _of_bytes(path: Path, tensors: list[Tensor]) -> InputData:
    _check_regular(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    sizes_bytes = [each.size_bytes for each in tensors]
    total_bytes = sum(sizes_bytes)
    if not data or not total_bytes or len(data) % total_bytes:
        raise InputFileError(
            f"'{path.name}' has {len(data)} bytes, one inference takes {total_bytes}",
            where=str(path),
            why="the network takes " + ", then ".join(_described(each) for each in tensors),
            fix=f"give {total_bytes} bytes, or N times as many for N inferences",
        )
    return tuple(_split(data[at : at + total_bytes], sizes_bytes) for at in range(0, len(data), total_bytes))


def _split(data: bytes, sizes_bytes: list[int]) -> tuple[bytes, ...]:
    parts, at = [], 0
    for size_bytes in sizes_bytes:
        parts.append(data[at : at + size_bytes])
        at += size_bytes
    return tuple(parts)


def _check_regular(path: Path) -> None:
    """A device may have no end. Others, also folders, say themselves why they cannot be read."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise _unreadable(path, "it is no regular file")


def _unreadable(path: Path, why: str) -> InputFileError:
    return InputFileError(
        f"cannot read the inputs '{path.name}'",
        where=str(path),
        why=why,
        fix="give a .npy file, raw bytes in a .bin file, or a pattern: zeros, ramp, random or random:SEED",
    )


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(each for each in shape if each != 1)


def _of_one(shape: tuple[int, ...]) -> tuple[int, ...]:
    return shape[1:] if shape and shape[0] == 1 else shape


def _shape(shape: tuple[int | str, ...]) -> str:
    return "[" + ", ".join(str(each) for each in shape) + "]"


def _described(tensor: Tensor) -> str:
    return f"{tensor.element.value} {_shape(tensor.shape)}"
