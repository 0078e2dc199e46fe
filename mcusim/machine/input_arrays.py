"""Arrays that the user gives for variables of the firmware: their types and sizes against the variable's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mcusim.errors import UsageError
from mcusim.firmware.variable_type import VariableKind
from mcusim.firmware.variables import dtype_of

if TYPE_CHECKING:
    from mcusim.firmware.image import Symbol
    from mcusim.firmware.variable_type import VariableType
    from mcusim.report.request import ArrayInput

_RAW_BYTES = "give raw bytes in the array's element type, for example numpy.ndarray.tofile"


def check_size(data: bytes, symbol: Symbol, *, where: str = "") -> None:
    """Complain about more bytes than the variable has.

    Raises:
        UsageError: there are more.
    """
    if symbol.size_bytes and len(data) > symbol.size_bytes:
        raise UsageError(
            f"the input for '{symbol.name}' is too long",
            where=where,
            why=f"{'the file' if where else 'it'} has {len(data)} bytes, the array {symbol.size_bytes}",
            fix=_RAW_BYTES,
        )


def fitted(given: ArrayInput, symbol: Symbol, kind: VariableType | None) -> bytes:
    """The array as bytes of the variable; `kind` is None where no debug information tells its type.

    Raises:
        UsageError: it has another type, more or fewer elements, or numbers that the type cannot hold.
    """
    if not given.dtype:
        check_size(given.data, symbol)
        return given.data
    array = np.frombuffer(given.data, given.dtype)
    wanted = np.dtype(dtype_of(kind)) if kind is not None and dtype_of(kind) else None
    if wanted is None:
        _check_untyped(given, symbol)
    elif array.dtype != wanted:
        is_text = kind is not None and kind.kind is VariableKind.CHAR and array.dtype.itemsize == 1
        if not is_text:
            array = _converted(array, wanted, symbol, is_loose=given.is_loose)
    if symbol.size_bytes and array.nbytes != symbol.size_bytes:
        element = np.dtype(wanted or array.dtype)
        raise UsageError(
            f"the input for '{symbol.name}' has {array.size} elements",
            why=f"'{symbol.name}' has {symbol.size_bytes} bytes: {symbol.size_bytes // element.itemsize} of "
            f"{element.name}",
            fix="give as many; to fill only the beginning, give bytes: array.tobytes()",
        )
    return array.tobytes()


def _check_untyped(given: ArrayInput, symbol: Symbol) -> None:
    if given.is_loose:
        raise UsageError(
            f"the type of '{symbol.name}' is not known",
            why="the firmware has no debug information that tells it, and plain numbers have no type",
            fix="give a numpy array of the variable's own type: numpy.array(values, dtype='int8')",
        )


def _converted(
    array: np.ndarray[tuple[int, ...], np.dtype[np.generic]],
    wanted: np.dtype[np.generic],
    symbol: Symbol,
    *,
    is_loose: bool,
) -> np.ndarray[tuple[int, ...], np.dtype[np.generic]]:
    if is_loose:
        with np.errstate(all="ignore"):
            converted = array.astype(wanted)
        if wanted.kind == "f" or np.array_equal(converted.astype(array.dtype), array):
            return converted
        raise UsageError(
            f"the input for '{symbol.name}' has numbers that {wanted.name} cannot hold",
            why=f"they reach from {array.min():g} to {array.max():g}",
            fix=f"quantise or round them first, and give an array of {wanted.name}",
        )
    raise UsageError(
        f"the input for '{symbol.name}' is {array.dtype.name}, the variable holds {wanted.name}",
        why="the bytes would mean other numbers to the firmware",
        fix=_retyping(array.dtype, wanted),
    )


def _retyping(given: np.dtype[np.generic], wanted: np.dtype[np.generic]) -> str:
    if given.kind == "f" and wanted.kind in "iu":
        return f"quantise it: numpy.round(x / scale + zero_point).astype('{wanted.name}')"
    if given.itemsize == wanted.itemsize:
        return f"convert it: x.astype('{wanted.name}'), or x.view('{wanted.name}') to keep the bits"
    return f"convert it: x.astype('{wanted.name}')"
