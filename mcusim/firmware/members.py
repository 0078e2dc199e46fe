"""Where a member of a structure is, by its DWARF type: "cpus.current", or across a pointer "->stack_info.start".

DWARF Debugging Information Format, version 5, sections 5.7.6 (data member entries) and 2.14 (type attribute).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_CHAIN_LENGTH = 64
_POINTER = "DW_TAG_pointer_type"
_SEEN_THROUGH = frozenset(
    f"DW_TAG_{name}_type" for name in ("const", "volatile", "atomic", "restrict", "packed", "array")
) | {"DW_TAG_typedef"}
_STRUCTURES = frozenset(f"DW_TAG_{name}_type" for name in ("structure", "union", "class"))
_DW_OP_PLUS_UCONST = 0x23


def offset_of(variable: Any, path: str) -> int | None:
    """The offset of the member that `path` leads to, from the variable or from where the last "->" points.

    An array stands for its first element. None when the path does not fit the type.
    """
    entry = _type_of(variable)
    offset_bytes = 0
    for number, part in enumerate(path.split("->")):
        if number:
            if entry is None or entry.tag != _POINTER:
                return None
            entry, offset_bytes = _type_of(entry), 0
        for name in filter(None, part.split(".")):
            found = _member(entry, name) if entry is not None else None
            if found is None:
                return None
            entry, offset_bytes = _type_of(found[0]), offset_bytes + found[1]
    return offset_bytes if entry is not None else None


def _type_of(entry: Any) -> Any:
    """The type of a variable, member or pointer without its qualifiers, names and array bounds."""
    for _ in range(_MAX_CHAIN_LENGTH):
        if "DW_AT_type" not in entry.attributes:
            return None
        entry = entry.get_DIE_from_attribute("DW_AT_type")
        if entry.tag not in _SEEN_THROUGH:
            return entry
    return None


def _member(structure: Any, name: str, depth: int = 0) -> tuple[Any, int] | None:
    """The member and its offset; members of a structure without a name count as its owner's."""
    if structure.tag not in _STRUCTURES or depth > _MAX_CHAIN_LENGTH:
        return None
    for child in _members(structure):
        if "DW_AT_name" not in child.attributes:
            inner_type = _type_of(child)
            inner = _member(inner_type, name, depth + 1) if inner_type is not None else None
            if inner is not None:
                return inner[0], inner[1] + _place(child)
        elif child.attributes["DW_AT_name"].value == name.encode():
            return child, _place(child)
    return None


def _members(structure: Any) -> Iterator[Any]:
    return (child for child in structure.iter_children() if child.tag == "DW_TAG_member")


def _place(member: Any) -> int:
    """DW_AT_data_member_location: absent in a union, a number, or in DWARF 2 an expression that adds one."""
    if "DW_AT_data_member_location" not in member.attributes:
        return 0
    value = member.attributes["DW_AT_data_member_location"].value
    if isinstance(value, int):
        return value
    if not isinstance(value, list) or value[:1] != [_DW_OP_PLUS_UCONST]:
        raise ValueError("a member at a place that must be computed")
    return sum((byte & 0x7F) << 7 * shift for shift, byte in enumerate(value[1:]))
