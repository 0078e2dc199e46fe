"""Where the compiler inlined functions in one function, out of its DWARF entry; the objects are pyelftools'.

"DWARF Debugging Information Format", version 5: 3.3.8 (inlined subroutines), 2.17 (ranges).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcusim.firmware.names import without_clone
from mcusim.firmware.symbols import demangle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SCOPES = ("DW_TAG_namespace", "DW_TAG_module")
_ORIGINS = ("DW_AT_abstract_origin", "DW_AT_specification")
_MAX_ORIGINS_COUNT = 4
_MAX_DEPTH = 64
_FILES_FROM_0_VERSION = 5


@dataclass(frozen=True, slots=True)
class Inlined:
    """One place where a function was inlined."""

    name: str
    """Demangled, with its arguments where the entry has a linkage name."""
    source_file: str
    """Without directories."""
    ranges: tuple[tuple[int, int], ...]
    """Half-open, by address; the compiler mixes neighbours, so there may be many."""
    inner: tuple[Inlined, ...]
    """What was inlined in it."""


def inlined_in(dwarf: Any, unit_offsets: Iterable[int], addr: int) -> tuple[Inlined, ...]:
    """What was inlined in the function that begins at `addr`, looked for in these compilation units."""
    for offset in unit_offsets:
        top = dwarf.get_CU_at(offset).get_top_DIE()
        for entry in _subprograms(top):
            if any(start == addr for start, _ in _ranges(entry)):
                return tuple(_pieces(entry))
    return ()


def _subprograms(scope: Any) -> Iterator[Any]:
    """Function entries of a unit; clang keeps those of a C++ namespace within it."""
    for entry in scope.iter_children():
        if entry.tag == "DW_TAG_subprogram":
            yield entry
        elif entry.tag in _SCOPES:
            yield from _subprograms(entry)


def _pieces(entry: Any, depth: int = 0) -> Iterator[Inlined]:
    """The outermost inlined functions below `entry`."""
    if not entry.has_children or depth > _MAX_DEPTH:
        return
    for child in entry.iter_children():
        if child.tag == "DW_TAG_lexical_block":
            yield from _pieces(child, depth + 1)
        elif child.tag == "DW_TAG_inlined_subroutine":
            ranges = tuple(_ranges(child))
            inner = tuple(_pieces(child, depth + 1))
            if ranges:
                yield Inlined(*_name_and_file(child), ranges, inner)
            else:  # nothing is left of it but what it called
                yield from inner


def _ranges(entry: Any) -> list[tuple[int, int]]:
    """The addresses of an entry, sorted."""
    attributes = entry.attributes
    if "DW_AT_ranges" in attributes:
        return sorted(_listed_ranges(entry, attributes["DW_AT_ranges"].value))
    if "DW_AT_low_pc" not in attributes or "DW_AT_high_pc" not in attributes:
        return []
    start, high = attributes["DW_AT_low_pc"].value, attributes["DW_AT_high_pc"]
    end = high.value if high.form.startswith("DW_FORM_addr") else start + high.value  # 2.17.2
    return [(start, end)] if start < end else []


def _listed_ranges(entry: Any, offset: int) -> Iterator[tuple[int, int]]:
    top = entry.cu.get_top_DIE().attributes
    base_addr = top["DW_AT_low_pc"].value if "DW_AT_low_pc" in top else 0
    for row in entry.dwarfinfo.range_lists().get_range_list_at_offset(offset, entry.cu):
        if hasattr(row, "base_address"):
            base_addr = row.base_address
            continue
        shift = 0 if row.is_absolute else base_addr
        if row.begin_offset < row.end_offset:
            yield row.begin_offset + shift, row.end_offset + shift


def _name_and_file(entry: Any) -> tuple[str, str]:
    """The name of the function that an entry is an instance of, and the file that declares it."""
    name = linkage_name = source_file = ""
    for each in _origins(entry):
        attributes = each.attributes
        name = name or _text(attributes, "DW_AT_name")
        linkage_name = linkage_name or _text(attributes, "DW_AT_linkage_name")
        if not source_file and "DW_AT_decl_file" in attributes:
            source_file = _file_name(each, attributes["DW_AT_decl_file"].value)
    # A C function's linkage name is what the assembler calls it: its name, perhaps with a clone's number.
    shown = demangle(linkage_name) if linkage_name.startswith("_Z") else name or without_clone(linkage_name)
    return shown, source_file


def _origins(entry: Any) -> Iterator[Any]:
    """The entry and those that complete it."""
    for _ in range(_MAX_ORIGINS_COUNT):
        yield entry
        reference = next((name for name in _ORIGINS if name in entry.attributes), "")
        if not reference:
            return
        entry = entry.get_DIE_from_attribute(reference)


def _text(attributes: Any, name: str) -> str:
    return attributes[name].value.decode("utf-8", "replace") if name in attributes else ""


def _file_name(entry: Any, number: int) -> str:
    """A file of the unit's line table, without its directories (6.2.4; before version 5 numbers begin at 1)."""
    program = entry.dwarfinfo.line_program_for_CU(entry.cu)
    if program is None:
        return ""
    files = program.header["file_entry"]
    index = number if program.header["version"] >= _FILES_FROM_0_VERSION else number - 1
    if not 0 <= index < len(files):
        return ""
    name = files[index].name
    return str(name.decode("utf-8", "replace") if isinstance(name, bytes) else name).rpartition("/")[2]
