"""Runs one DWARF line-number program, versions 2 to 5, into sequences of rows; it knows no compilation units.

"DWARF Debugging Information Format", version 5, section 6.2; section numbers below are its. Python code of our own
because a TinyML firmware has a quarter of a megabyte of these programs and a general library takes seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from posixpath import isabs, join, normpath
from typing import TYPE_CHECKING

from mcusim.firmware.dwarf_reader import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_DW_LNCT_PATH, _DW_LNCT_DIRECTORY_INDEX = 1, 2

_LAST_CODE_ADDR = 0xFFFF_FFF0
"""lld marks functions that it dropped with the highest addresses, GNU ld with 0 (DWARF issue 200609.1)."""


@dataclass(frozen=True, slots=True)
class FileTable:
    """Directories and files of one program; before version 5 both count from 1."""

    compilation_dir: str
    dirs: tuple[str, ...]
    files: tuple[tuple[str, int], ...]
    first_index: int

    def path(self, file_index: int) -> str:
        """The path of a file, absolute if the compiler said enough; "" when there is no such file."""
        row_index = file_index - self.first_index
        if not 0 <= row_index < len(self.files):
            return ""
        name, dir_index = self.files[row_index]
        dir_row_index = dir_index - self.first_index
        directory = self.dirs[dir_row_index] if 0 <= dir_row_index < len(self.dirs) else ""
        if _is_absolute(name):
            return name
        return normpath(join("" if _is_absolute(directory) else self.compilation_dir, directory, name))


@dataclass(frozen=True, slots=True, order=True)
class Sequence:
    """Ascending rows: row i holds from addrs[i] up to addrs[i + 1] or `end_addr`."""

    start_addr: int
    end_addr: int
    addrs: tuple[int, ...] = field(compare=False)
    file_indexes: tuple[int, ...] = field(compare=False)
    lines: tuple[int, ...] = field(compare=False)
    files: FileTable = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Encoding:
    """The part of the header that the opcodes depend on."""

    instruction_bytes: int
    line_base_number: int
    line_range_count: int
    first_special_id: int
    operands_by_opcode: bytes


def sequences(sections: Mapping[str, bytes], offset: int, compilation_dir: str) -> Iterator[Sequence]:
    """The rows of the program at `offset` of .debug_line, without functions that the linker dropped."""
    cursor = Cursor(sections[".debug_line"], offset)
    length_bytes = cursor.unsigned(4)
    end_offset = cursor.offset + length_bytes
    version = cursor.unsigned(2)
    if end_offset > len(cursor.data) or not 2 <= version <= 5:
        raise LookupError(f"no line program at offset {offset}")
    if version >= 5:
        cursor.offset += 2  # sizes of address and segment selector
    program_offset = cursor.unsigned(4)
    program_offset += cursor.offset
    encoding = _encoding(cursor, version)
    files = _files_5(cursor, sections) if version >= 5 else _files_2(cursor, compilation_dir)
    cursor.offset = program_offset
    for rows, end_addr in _runs(cursor, end_offset, encoding):
        rows.sort(key=lambda row: row[0])  # stable; they should ascend already
        if rows and 0 < rows[0][0] < end_addr <= _LAST_CODE_ADDR:
            addrs, file_indexes, lines = zip(*rows, strict=True)
            yield Sequence(addrs[0], end_addr, addrs, file_indexes, lines, files)


def _encoding(cursor: Cursor, version: int) -> _Encoding:
    instruction_bytes = cursor.unsigned(1)
    cursor.offset += 1 if version < 4 else 2  # operations per instruction (VLIW only), default_is_stmt
    line_base = cursor.unsigned(1)
    line_range, first_special = cursor.unsigned(1), cursor.unsigned(1)
    if not line_range or not first_special:
        raise LookupError("a line program without line_range or opcode_base")
    operands = cursor.data[cursor.offset : cursor.offset + first_special - 1]
    cursor.offset += first_special - 1
    return _Encoding(instruction_bytes, (line_base ^ 0x80) - 0x80, line_range, first_special, operands)


def _files_2(cursor: Cursor, compilation_dir: str) -> FileTable:
    """Versions 2 to 4: two lists that end with an empty name."""
    dirs: list[str] = []
    files: list[tuple[str, int]] = []
    while name := cursor.string():
        dirs.append(name.decode("utf-8", "replace"))
    while name := cursor.string():
        files.append((name.decode("utf-8", "replace"), cursor.uleb128()))
        cursor.uleb128()  # time of modification
        cursor.uleb128()  # length
    return FileTable(compilation_dir, tuple(dirs), tuple(files), 1)


def _files_5(cursor: Cursor, sections: Mapping[str, bytes]) -> FileTable:
    """Version 5: two tables that say their own shape; directory 0 is where the compiler ran (6.2.4)."""
    dirs = tuple(name for name, _ in _table_5(cursor, sections))
    return FileTable(dirs[0] if dirs else "", dirs, tuple(_table_5(cursor, sections)), 0)


def _table_5(cursor: Cursor, sections: Mapping[str, bytes]) -> list[tuple[str, int]]:
    shape = [(cursor.uleb128(), cursor.uleb128()) for _ in range(cursor.unsigned(1))]
    rows_count = cursor.uleb128()
    if rows_count > len(cursor.data):
        raise LookupError(f"a table of {rows_count} files")
    rows: list[tuple[str, int]] = []
    for _ in range(rows_count if shape else 0):
        values = {kind: cursor.value(form, sections) for kind, form in shape}
        name, dir_index = values.get(_DW_LNCT_PATH, b""), values.get(_DW_LNCT_DIRECTORY_INDEX, 0)
        rows.append(
            (
                name.decode("utf-8", "replace") if isinstance(name, bytes) else "",
                dir_index if isinstance(dir_index, int) else 0,
            )
        )
    return rows


_Row = tuple[int, int, int]


class _State:
    """The registers of the line-number machine that matter here (6.2.2)."""

    def __init__(self) -> None:
        self.rows: list[_Row] = []
        self.addr = 0
        self.file_index = 1
        self.line = 1

    def add_row(self) -> None:
        """Line 0 stands for code that the compiler made up; it stays with the row before."""
        if self.line > 0:
            self.rows.append((self.addr, self.file_index, self.line))


def _runs(cursor: Cursor, end_offset: int, encoding: _Encoding) -> Iterator[tuple[list[_Row], int]]:
    """(rows, end address) of each sequence."""
    data, state = cursor.data, _State()
    first_special, line_range = encoding.first_special_id, encoding.line_range_count
    while cursor.offset < end_offset:
        opcode = data[cursor.offset]
        cursor.offset += 1
        if opcode >= first_special:  # 6.2.5.1
            advance, line_step = divmod(opcode - first_special, line_range)
            state.addr += advance * encoding.instruction_bytes
            state.line += encoding.line_base_number + line_step
            state.add_row()
        elif opcode:
            _standard(opcode, cursor, state, encoding)
        elif _ends_sequence(cursor, state):
            yield state.rows, state.addr
            state = _State()


def _standard(opcode: int, cursor: Cursor, state: _State, encoding: _Encoding) -> None:
    """One standard opcode (6.2.5.2); those without effect on address, file and line are skipped."""
    if opcode == 1:  # DW_LNS_copy
        state.add_row()
    elif opcode == 2:  # DW_LNS_advance_pc
        state.addr += cursor.uleb128() * encoding.instruction_bytes
    elif opcode == 3:  # DW_LNS_advance_line
        state.line += cursor.sleb128()
    elif opcode == 4:  # DW_LNS_set_file
        state.file_index = cursor.uleb128()
    elif opcode == 8:  # DW_LNS_const_add_pc
        advance = (255 - encoding.first_special_id) // encoding.line_range_count
        state.addr += advance * encoding.instruction_bytes
    elif opcode == 9:  # DW_LNS_fixed_advance_pc
        state.addr += cursor.unsigned(2)
    else:
        for _ in range(encoding.operands_by_opcode[opcode - 1]):
            cursor.uleb128()


def _ends_sequence(cursor: Cursor, state: _State) -> bool:
    """One extended opcode (6.2.5.3); True for the one that ends a sequence."""
    length_bytes = cursor.uleb128()
    next_offset = cursor.offset + length_bytes
    opcode = cursor.unsigned(1) if length_bytes else 0
    if opcode == 2:  # DW_LNE_set_address
        state.addr = cursor.unsigned(4)
    cursor.offset = next_offset
    return opcode == 1


def _is_absolute(path: str) -> bool:
    return isabs(path) or path[1:2] == ":" or path.startswith("\\\\")
