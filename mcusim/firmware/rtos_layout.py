"""Where an RTOS in the firmware keeps its running thread and what it knows of it, by the files in rtos/."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.datafile import Table
from mcusim.firmware.image import SymbolKind

if TYPE_CHECKING:
    from mcusim.firmware.image import Symbol
    from mcusim.firmware.lines import LineTable
    from mcusim.firmware.symbols import SymbolTable

_FOLDER = Path(__file__).with_name("rtos")
_MEMBERS = ("name", "stack_start", "stack_end", "stack_size")
_WORD_BYTES = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """A word that every thread object has."""

    offset_bytes: int
    mask: int
    expected_mask: int
    """The bits of `mask` that are set."""


@dataclass(frozen=True, slots=True)
class ThreadLayout:
    """Offsets within a thread object; -1: it is not known where, or it is not there."""

    name_offset: int = -1
    stack_start_offset: int = -1
    stack_end_offset: int = -1
    stack_size_offset: int = -1
    mark: Mark | None = None
    is_certain: bool = False
    """From debug information, not by the rule of a default configuration."""


@dataclass(frozen=True, slots=True)
class RtosLayout:
    """One RTOS in one firmware."""

    rtos: str
    current_addr: int
    """Where the pointer to the running thread is."""
    is_name_pointer: bool
    """The thread object holds a pointer to its name, not the text."""
    layouts: tuple[ThreadLayout, ...]
    """Tried in this order."""
    object_names: tuple[tuple[int, str], ...]
    """(address, name) of variables: a static thread object is called like its variable."""
    name_table_addr: int = -1
    """Where the firmware tells a debugger the offset of the name."""


@dataclass(frozen=True, slots=True)
class _Current:
    symbol: str
    member: str
    offset_bytes: int


@dataclass(frozen=True, slots=True)
class RtosFile:
    """One file of rtos/."""

    rtos: str
    current: tuple[_Current, ...]
    members: tuple[tuple[str, str], ...]
    is_name_pointer: bool
    object_prefixes: tuple[str, ...]
    table_symbol: str
    table_index: int
    layouts: tuple[ThreadLayout, ...]


def find_rtos(symbols: SymbolTable, lines: LineTable) -> RtosLayout | None:
    """The RTOS that is linked into a firmware; None when none of those known is."""
    objects = {each.linkage_name: each for each in symbols.symbols if each.kind is not SymbolKind.FUNCTION}
    for file in known_rtoses():
        for current in file.current:
            if current.symbol in objects:
                return _layout(file, objects, lines)
    return None


def _layout(file: RtosFile, objects: dict[str, Symbol], lines: LineTable) -> RtosLayout:
    current, offset_bytes = _current(file, objects, lines)
    symbol = objects[current.symbol]
    from_debug = {
        use: lines.member_offset(symbol.linkage_name, symbol.addr, f"{current.member}->{member}")
        for use, member in file.members
    }
    known = {use: offset for use, offset in from_debug.items() if offset is not None}
    certain = (_layout_at(known, is_certain=True),) if known else ()
    table = objects.get(file.table_symbol)
    return RtosLayout(
        rtos=file.rtos,
        current_addr=symbol.addr + offset_bytes,
        is_name_pointer=file.is_name_pointer,
        layouts=(*certain, *file.layouts),
        object_names=tuple(
            (each.addr, _without_prefix(each.name, file.object_prefixes))
            for each in objects.values()
            if each.kind is SymbolKind.OBJECT
        ),
        name_table_addr=table.addr + _WORD_BYTES * file.table_index if table is not None else -1,
    )


def _current(file: RtosFile, objects: dict[str, Symbol], lines: LineTable) -> tuple[_Current, int]:
    """The first way to the running thread that debug information agrees with; else the first whose symbol is there."""
    linked = [each for each in file.current if each.symbol in objects]
    for each in linked:
        offset_bytes = lines.member_offset(each.symbol, objects[each.symbol].addr, each.member)
        if each.member and offset_bytes is not None:
            return each, offset_bytes
    return linked[0], linked[0].offset_bytes


def _without_prefix(name: str, prefixes: tuple[str, ...]) -> str:
    return next((name.removeprefix(each) for each in prefixes if name.startswith(each)), name)


@cache
def known_rtoses() -> tuple[RtosFile, ...]:
    """What the files in rtos/ say, by file name.

    Raises:
        DataFileError: one is damaged.
    """
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.toml")))


def _read(path: Path) -> RtosFile:
    top = Table.load(path)
    members = top.table("members")
    table = top.optional_table("offset_table")
    if table is not None:
        table.provenance()
    file = RtosFile(
        rtos=top.text("rtos"),
        current=tuple(_current_row(each) for each in top.tables("current", minimum=1)),
        members=tuple((use, members.text(use)) for use in _MEMBERS if members.has(use)),
        is_name_pointer=top.text("name_form") == "pointer",
        object_prefixes=top.texts("object_prefixes", ()),
        table_symbol=table.text("symbol") if table is not None else "",
        table_index=table.integer("name_index") if table is not None else 0,
        layouts=tuple(_layout_row(each) for each in top.tables("layout", minimum=1)),
    )
    top.finish()
    return file


def _current_row(row: Table) -> _Current:
    if row.has("offset"):
        row.provenance()
    return _Current(row.text("symbol"), row.text("member", ""), row.integer("offset", 0))


def _layout_row(row: Table) -> ThreadLayout:
    row.provenance()
    known = {use: row.integer(f"{use}_offset") for use in _MEMBERS if row.has(f"{use}_offset")}
    has_mark = row.has("mark_mask")
    places = (row.integer(f"mark_{part}") for part in ("offset", "mask", "value")) if has_mark else ()
    return _layout_at(known, Mark(*places) if has_mark else None)


def _layout_at(
    offsets: dict[str, int], mark: Mark | None = None, *, is_certain: bool = False
) -> ThreadLayout:
    name, stack_start, stack_end, stack_size = (offsets.get(use, -1) for use in _MEMBERS)
    return ThreadLayout(name, stack_start, stack_end, stack_size, mark, is_certain)
