"""A variable's bytes as its debug information says."""

from __future__ import annotations

import pytest

from mcusim.errors import UsageError
from mcusim.firmware.image import Symbol, SymbolKind
from mcusim.firmware.variable_type import VariableKind, VariableType
from mcusim.firmware.variables import decoded_value


def symbol(size_bytes: int) -> Symbol:
    return Symbol("g", "g", 0x2000_0000, size_bytes, SymbolKind.OBJECT)


@pytest.mark.parametrize(
    ("data", "kind", "expected"),
    [
        (b"\xfe\xff\xff\xff", VariableType(VariableKind.INT, 4), -2),
        (b"\xfe\xff\xff\xff", VariableType(VariableKind.UINT, 4), 0xFFFF_FFFE),
        (b"\x00\x00\x80\x3f", VariableType(VariableKind.FLOAT, 4), 1.0),
        (b"\x01\xff", VariableType(VariableKind.INT, 1, (2,)), (1, -1)),
        (b"hi\x00x", VariableType(VariableKind.CHAR, 1, (4,)), "hi"),
        (b"\x0a\x00\x00\x00\x14\x00\x00\x00", VariableType(VariableKind.STRUCT, 8), "0x0a00000014000000"),
        (b"\x2a\x00\x00\x00", None, 42),
        (b"\x01\x02\x03\x04\x05", None, (1, 2, 3, 4, 5)),
    ],
    ids=[
        "int",
        "unsigned",
        "float",
        "array",
        "text",
        "struct",
        "word without a type",
        "bytes without a type",
    ],
)
def test_a_value_is_read_as_its_type_says(data, kind, expected):
    assert expected == decoded_value(data, symbol(len(data)), kind)


def test_a_function_is_not_a_variable():
    from mcusim.firmware.variables import placed_symbol

    class Table:
        def find(self, name: str) -> Symbol:
            return Symbol(name, name, 0x0800_0000, 4, SymbolKind.FUNCTION)

    with pytest.raises(UsageError, match="is a function, not a variable"):
        placed_symbol(Table(), "main")
