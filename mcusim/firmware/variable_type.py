"""What a global variable is made of, from its DWARF type; only what is needed to print and fill it.

DWARF Debugging Information Format, version 5, chapter 5 (type entries); versions 2 to 4 differ in forms only.
Members of structures are not described.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_POINTER_BYTES = 4
_MAX_CHAIN_LENGTH = 64
"""typedef of typedef of …; a longer chain is a loop in a damaged file."""


class VariableKind(Enum):
    """How to read one element."""

    INT = "int"
    UINT = "uint"
    FLOAT = "float"
    CHAR = "char"
    BOOL = "bool"
    POINTER = "pointer"
    ENUM = "enum"
    STRUCT = "struct"


@dataclass(frozen=True, slots=True)
class VariableType:
    """The type of a variable: `dims` is empty for a single value, 0 is a length that is not written."""

    kind: VariableKind
    element_size_bytes: int
    dims: tuple[int, ...] = ()
    name: str = ""

    @property
    def size_bytes(self) -> int:
        """The size of the whole variable."""
        return self.element_size_bytes * prod(self.dims)


_ENCODINGS = {
    0x02: VariableKind.BOOL,  # DW_ATE_boolean
    0x04: VariableKind.FLOAT,
    0x05: VariableKind.INT,  # signed, signed_char
    0x06: VariableKind.INT,
    0x07: VariableKind.UINT,  # unsigned, unsigned_char, UTF
    0x08: VariableKind.UINT,
    0x10: VariableKind.UINT,
}
"""DW_ATE_… (section 7.8); complex, decimal and fixed-point numbers are left out."""

_TRANSPARENT_TAGS = frozenset(
    f"DW_TAG_{name}_type" for name in ("const", "volatile", "restrict", "atomic", "packed", "immutable")
)
_POINTER_TAGS = frozenset(
    f"DW_TAG_{name}_type"
    for name in ("pointer", "reference", "rvalue_reference", "ptr_to_member", "subroutine", "unspecified")
)
_STRUCT_TAGS = frozenset(f"DW_TAG_{name}_type" for name in ("structure", "union", "class"))


def describe(entry: Any) -> VariableType | None:
    """The type that a debugging entry's DW_AT_type names; None when it is none that can be printed."""
    dims: list[int] = []
    type_name = ""
    for _ in range(_MAX_CHAIN_LENGTH):
        if "DW_AT_type" not in entry.attributes:
            return None
        entry = entry.get_DIE_from_attribute("DW_AT_type")
        if entry.tag == "DW_TAG_array_type":
            dims += _lengths(entry)
        elif entry.tag == "DW_TAG_typedef":
            type_name = type_name or _text(entry, "DW_AT_name")
        elif entry.tag not in _TRANSPARENT_TAGS:
            return _leaf(entry, tuple(dims), type_name)
    return None


def _leaf(entry: Any, dims: tuple[int, ...], type_name: str) -> VariableType | None:
    own_name = _text(entry, "DW_AT_name")
    size_bytes = _number(entry, "DW_AT_byte_size", 0)
    if entry.tag in _POINTER_TAGS:
        return VariableType(VariableKind.POINTER, size_bytes or _POINTER_BYTES, dims, type_name or own_name)
    if entry.tag == "DW_TAG_enumeration_type":
        kind: VariableKind | None = VariableKind.ENUM
    elif entry.tag in _STRUCT_TAGS:
        kind = VariableKind.STRUCT
    elif entry.tag == "DW_TAG_base_type":
        # int8_t is "signed char": only the plain "char" of C holds text.
        is_text = own_name == "char"
        kind = VariableKind.CHAR if is_text else _ENCODINGS.get(_number(entry, "DW_AT_encoding", 0))
    else:
        kind = None
    if kind is None or size_bytes <= 0:
        return None
    return VariableType(kind, size_bytes, dims, type_name or own_name)


def _lengths(array: Any) -> Iterator[int]:
    """The dimensions of an array, outermost first; 0 for one without a written length."""
    for child in array.iter_children():
        if child.tag == "DW_TAG_subrange_type":
            count = _number(child, "DW_AT_count", -1)
            if count < 0:
                count = _number(child, "DW_AT_upper_bound", -1) + 1
            yield max(count, 0)


def _number(entry: Any, name: str, default: int) -> int:
    value = entry.attributes[name].value if name in entry.attributes else default
    return value if isinstance(value, int) else default


def _text(entry: Any, name: str) -> str:
    value = entry.attributes[name].value if name in entry.attributes else b""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
