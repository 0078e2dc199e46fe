"""Arrays between Python and the firmware's variables: what the user gives, and what a run has left."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mcusim.errors import UsageError
from mcusim.report.request import ArrayInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike, NDArray

    from mcusim.recording.recording import Recording

_NUMPY_SUFFIX = ".npy"
_KINDS = "biuf"
"""Of numpy's types: truth values, integers and floats."""


def array_input(name: str, data: ArrayLike | PathLike[str]) -> Path | ArrayInput:
    """What the user gives for the variable `name`: a file of raw bytes, or an array.

    Raises:
        UsageError: it is neither bytes nor numbers, or a .npy file that cannot be read.
    """
    if isinstance(data, str | PathLike):
        path = Path(data)
        return array_input(name, loaded(path)) if path.suffix.lower() == _NUMPY_SUFFIX else path
    if isinstance(data, bytes | bytearray | memoryview):
        return ArrayInput(bytes(data))
    array = np.asarray(data)
    if array.dtype.kind not in _KINDS or not array.size:
        raise UsageError(
            f"the input for '{name}' is no array of numbers",
            why=f"it is {array.dtype.name} of the shape {list(array.shape)}",
            fix="give integers or floats, bytes, or the path of a file",
        )
    little = array.astype(array.dtype.newbyteorder("<"))
    return ArrayInput(
        little.tobytes(), little.dtype.str, is_loose=not isinstance(data, np.ndarray | np.generic)
    )


def loaded(path: Path) -> NDArray[Any]:
    """The array in a .npy file.

    Raises:
        UsageError: there is none.
    """
    try:
        array = np.load(path, allow_pickle=False)
    except OSError as error:
        raise UsageError(f"cannot read '{path}'", why=error.strerror or str(error)) from error
    except (ValueError, EOFError) as error:
        raise UsageError(f"cannot read '{path}'", why=f"it is no .npy file ({error})") from error
    if not isinstance(array, np.ndarray):
        raise UsageError(f"'{path}' is an archive of several arrays", fix="save one array with numpy.save")
    return array


def output_array(recording: Recording, symbol: str, dtype: DTypeLike | None = None) -> NDArray[Any]:
    """What a run left in a variable, as an array of its own.

    Raises:
        UsageError: the bytes are no whole number of such elements.
    """
    data = recording.outputs[symbol]
    if dtype is not None:
        wanted = np.dtype(dtype)
        if not wanted.itemsize or len(data) % wanted.itemsize:
            raise UsageError(
                f"'{symbol}' is no array of {wanted.name}",
                why=f"it has {len(data)} bytes, an element {wanted.itemsize}",
                fix="leave dtype out, or give the type that the firmware declares",
            )
        return np.frombuffer(data, wanted).copy()
    kind = next((each for each in recording.output_types if each.symbol == symbol), None)
    if kind is None or len(data) % np.dtype(kind.dtype).itemsize:
        return np.frombuffer(data, np.uint8).copy()
    array = np.frombuffer(data, kind.dtype).copy()
    return array.reshape(kind.dims) if array.size == np.prod(kind.dims, dtype=int) else array
