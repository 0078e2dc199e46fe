"""Reads a global variable's bytes as what its debug information says it is."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.firmware.image import SymbolKind
from mcusim.firmware.variable_type import VariableKind

if TYPE_CHECKING:
    from mcusim.firmware.image import Symbol
    from mcusim.firmware.symbols import SymbolTable
    from mcusim.firmware.variable_type import VariableType

_CODES = {
    VariableKind.INT: {1: "b", 2: "h", 4: "i", 8: "q"},
    VariableKind.UINT: {1: "B", 2: "H", 4: "I", 8: "Q"},
    VariableKind.FLOAT: {2: "e", 4: "f", 8: "d"},
}
_LETTERS = {
    VariableKind.INT: "i",
    VariableKind.UINT: "u",
    VariableKind.FLOAT: "f",
    VariableKind.CHAR: "u",
    VariableKind.POINTER: "u",
    VariableKind.ENUM: "u",
}
_BYTES_SHOWN = 64
Value = int | float | str | tuple[int | float, ...]


def placed_symbol(symbols: SymbolTable, name: str) -> Symbol:
    """The variable called `name`.

    Raises:
        UnknownNameError: there is no such symbol, or several.
        UsageError: it is a function.
    """
    symbol = symbols.find(name)
    if symbol.kind is SymbolKind.FUNCTION:
        raise UsageError(f"'{name}' is a function, not a variable", fix="name a global variable or array")
    return symbol


def dtype_of(kind: VariableType) -> str:
    """numpy's name of an element of the variable, little endian ("<i2"); empty: it is none of numpy's types."""
    size_bytes = kind.element_size_bytes
    if kind.kind in _LETTERS and size_bytes in _CODES[VariableKind.UINT]:
        return f"<{_LETTERS[kind.kind]}{size_bytes}"
    return "|b1" if kind.kind is VariableKind.BOOL and size_bytes == 1 else ""


def decoded_value(data: bytes, symbol: Symbol, kind: VariableType | None) -> Value:
    """`data` as the variable's type says; without debug information one word, or the bytes of something longer.

    Arrays are flattened. A char array is a text up to its first zero. A struct is its bytes, in hex when short.
    """
    if kind is None:
        size_bytes = symbol.size_bytes or 4
        if size_bytes <= 4:
            return int.from_bytes(data[:size_bytes], "little")
        return tuple(data[:size_bytes])
    element_bytes = kind.element_size_bytes
    data = data[: symbol.size_bytes or kind.size_bytes]
    if kind.kind is VariableKind.CHAR and kind.dims:
        return data.split(b"\0")[0].decode("utf-8", "replace")
    if kind.kind is VariableKind.STRUCT:
        return f"0x{data.hex()}" if len(data) <= _BYTES_SHOWN else tuple(data)
    code = _CODES.get(kind.kind, _CODES[VariableKind.UINT]).get(element_bytes) or _CODES[
        VariableKind.UINT
    ].get(element_bytes)
    if code is None:
        return tuple(data)
    count = len(data) // element_bytes
    values: tuple[int | float, ...] = struct.unpack_from(f"<{count}{code}", data)
    return values if kind.dims else values[0]
