"""Source lines and variable types; expected values are what the hand-written debug information says."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcusim.firmware.lines import LineTable, SourceLine
from mcusim.firmware.variable_type import VariableKind, VariableType
from tests import dwarf_factory as dwarf
from tests import elf_factory
from tests.dwarf_factory import Entry, Row

ADDR = elf_factory.FLASH_ADDR + 64
ROWS = (
    Row(ADDR, 10),
    Row(ADDR, 11, 2),
    Row(ADDR + 4, 12),
    Row(ADDR + 8, 0),
    Row(ADDR + 12, 5, 2),
    Row(ADDR + 16, None),
)
MAIN, MATH = "/project/src/main.c", "/opt/include/math.h"

INT8 = dwarf.named(
    dwarf.TAG_BASE,
    "signed char",
    (dwarf.AT_BYTE_SIZE, dwarf.FORM_DATA1, 1),
    (dwarf.AT_ENCODING, dwarf.FORM_DATA1, 6),
)
UINT16 = dwarf.named(
    dwarf.TAG_BASE,
    "short unsigned int",
    (dwarf.AT_BYTE_SIZE, dwarf.FORM_DATA1, 2),
    (dwarf.AT_ENCODING, dwarf.FORM_DATA1, 7),
)
FLOAT = dwarf.named(
    dwarf.TAG_BASE,
    "float",
    (dwarf.AT_BYTE_SIZE, dwarf.FORM_DATA1, 4),
    (dwarf.AT_ENCODING, dwarf.FORM_DATA1, 4),
)
CHAR = dwarf.named(
    dwarf.TAG_BASE,
    "char",
    (dwarf.AT_BYTE_SIZE, dwarf.FORM_DATA1, 1),
    (dwarf.AT_ENCODING, dwarf.FORM_DATA1, 8),
)
BOOL = dwarf.named(
    dwarf.TAG_BASE,
    "_Bool",
    (dwarf.AT_BYTE_SIZE, dwarf.FORM_DATA1, 1),
    (dwarf.AT_ENCODING, dwarf.FORM_DATA1, 2),
)
INT8_T = dwarf.named(dwarf.TAG_TYPEDEF, "int8_t", (dwarf.AT_TYPE, dwarf.FORM_REF4, "signed char"))
COLOUR = dwarf.named(dwarf.TAG_ENUM, "colour", (dwarf.AT_BYTE_SIZE, dwarf.FORM_DATA1, 1))
STRUCT = dwarf.named(dwarf.TAG_STRUCT, "tensor", (dwarf.AT_BYTE_SIZE, dwarf.FORM_DATA1, 24))
POINTER = Entry(dwarf.TAG_POINTER, ((dwarf.AT_TYPE, dwarf.FORM_REF4, "char"),), "pointer")
VOLATILE = Entry(dwarf.TAG_VOLATILE, ((dwarf.AT_TYPE, dwarf.FORM_REF4, "int8_t"),), "volatile")
IMAGE = Entry(
    dwarf.TAG_ARRAY,
    ((dwarf.AT_TYPE, dwarf.FORM_REF4, "volatile"),),
    "image",
    (
        Entry(dwarf.TAG_SUBRANGE, ((dwarf.AT_UPPER_BOUND, dwarf.FORM_DATA1, 27),), "first"),
        Entry(dwarf.TAG_SUBRANGE, ((dwarf.AT_COUNT, dwarf.FORM_DATA1, 3),), "second"),
    ),
)
OPEN_ARRAY = Entry(
    dwarf.TAG_ARRAY,
    ((dwarf.AT_TYPE, dwarf.FORM_REF4, "float"),),
    "open",
    (Entry(dwarf.TAG_SUBRANGE, ((dwarf.AT_TYPE, dwarf.FORM_REF4, "float"),), "unbounded"),),
)
LOOP = Entry(dwarf.TAG_CONST, ((dwarf.AT_TYPE, dwarf.FORM_REF4, "loop"),), "loop")
TYPES = (INT8, UINT16, FLOAT, CHAR, BOOL, INT8_T, COLOUR, STRUCT, POINTER, VOLATILE, IMAGE, OPEN_ARRAY, LOOP)


def elf_bytes(version: int = 4, entries: tuple[Entry, ...] = (), *more: tuple[str, bytes]) -> bytes:
    extra = (*dwarf.sections(version, ROWS, entries), *more)
    return elf_factory.firmware_bytes(extra_sections=extra)


@pytest.fixture
def table(tmp_path: Path):
    def write(data: bytes) -> LineTable:
        path = tmp_path / "firmware.elf"
        path.write_bytes(data)
        return LineTable(path)

    return write


@pytest.fixture(params=[2, 3, 4, 5])
def lines(request, table) -> LineTable:
    return table(elf_bytes(request.param))


def test_a_line_holds_until_the_next_row(lines):
    assert lines.line_at(ADDR + 6) == SourceLine(MAIN, 12)


def test_the_last_row_of_an_address_is_its_line(lines):
    assert lines.line_at(ADDR) == SourceLine(MATH, 11)


def test_the_first_row_of_a_function_names_its_file(lines):
    """Its body begins with a line of a header that was inlined; the function is still in main.c."""
    assert lines.function_decl_file(ADDR) == MAIN


def test_code_that_the_compiler_made_up_belongs_to_the_line_before(lines):
    """Line 0 (DWARF 5, 6.2.2)."""
    assert lines.line_at(ADDR + 8) == SourceLine(MAIN, 12)


def test_the_second_file_has_the_directory_of_its_own(lines):
    assert lines.line_at(ADDR + 12) == SourceLine(MATH, 5)


@pytest.mark.parametrize("addr", [0, ADDR - 2, ADDR + 16, 0xFFFF_FFFF])
def test_there_is_no_line_outside_the_table(lines, addr):
    assert lines.line_at(addr) is None
    assert lines.function_decl_file(addr) is None


def test_address_ranges_lead_to_the_unit(table):
    lines = table(elf_bytes(4, (), dwarf.address_ranges((0, 64), (ADDR, 16))))

    assert lines.line_at(ADDR + 4) == SourceLine(MAIN, 12)


def test_functions_that_the_linker_dropped_have_no_lines(table):
    """GNU ld leaves them at address 0, where a vector table is."""
    rows = (Row(0, 7), Row(64, None), *ROWS)
    lines = table(elf_factory.firmware_bytes(extra_sections=dwarf.sections(4, rows)))

    assert lines.line_at(16) is None
    assert lines.line_at(ADDR + 4) == SourceLine(MAIN, 12)


def test_special_opcodes_advance_address_and_line_together(table):
    """DWARF 5, 6.2.5.1: with line_base -5, line_range 14, opcode_base 13, opcode 0x4b is 8 bytes and 1 line on."""
    program = bytearray(dwarf.line_program(4, (Row(ADDR, 10),)))
    program += b"\x4b\x02\x04\0\x01\x01"  # the special opcode, advance_pc by 4 x 2, end_sequence
    struct.pack_into("<I", program, 0, len(program) - 4)
    sections = dict(dwarf.sections(4, ROWS)) | {".debug_line": bytes(program)}
    lines = table(elf_factory.firmware_bytes(extra_sections=tuple(sections.items())))

    assert lines.line_at(ADDR + 7) == SourceLine(MAIN, 10)
    assert lines.line_at(ADDR + 8) == SourceLine(MAIN, 11)
    assert lines.line_at(ADDR + 16) is None


def test_compressed_sections_are_unpacked(table):
    """gcc -gz: SHF_COMPRESSED and an Elf32_Chdr before zlib data (gABI, "Section Compression")."""
    plain = elf_bytes()
    line_data = dict(dwarf.sections(4, ROWS))[".debug_line"]
    packed = struct.pack("<III", 1, len(line_data), 1) + zlib.compress(line_data)
    sections = dict(dwarf.sections(4, ROWS)) | {".debug_line": packed}
    data = bytearray(elf_factory.firmware_bytes(extra_sections=tuple(sections.items())))
    _set_section_flags(data, len(packed), 0x800)

    assert table(bytes(data)).line_at(ADDR + 4) == table(plain).line_at(ADDR + 4) == SourceLine(MAIN, 12)


def _set_section_flags(data: bytearray, size_bytes: int, flags_mask: int) -> None:
    sections_offset = struct.unpack_from("<I", data, 32)[0]
    for offset in range(sections_offset, len(data), 40):
        if struct.unpack_from("<I", data, offset + 20)[0] == size_bytes:
            struct.pack_into("<I", data, offset + 8, flags_mask)


def test_a_file_without_debug_information_has_no_lines_and_no_problem(table):
    lines = table(elf_factory.firmware_bytes())

    assert (lines.line_at(ADDR), lines.variable_type("counter", 0x2000_0001), lines.problem) == (
        None,
        None,
        "",
    )


def test_a_file_that_vanished_has_no_lines_and_a_problem(tmp_path):
    lines = LineTable(tmp_path / "absent.elf")

    assert lines.line_at(ADDR) is None
    assert "absent.elf" in lines.problem


@pytest.mark.parametrize("version", [2, 3, 4, 5])
@pytest.mark.parametrize(
    ("type_key", "expected"),
    [
        ("int8_t", VariableType(VariableKind.INT, 1, (), "int8_t")),
        ("short unsigned int", VariableType(VariableKind.UINT, 2, (), "short unsigned int")),
        ("float", VariableType(VariableKind.FLOAT, 4, (), "float")),
        ("char", VariableType(VariableKind.CHAR, 1, (), "char")),
        ("_Bool", VariableType(VariableKind.BOOL, 1, (), "_Bool")),
        ("colour", VariableType(VariableKind.ENUM, 1, (), "colour")),
        ("tensor", VariableType(VariableKind.STRUCT, 24, (), "tensor")),
        ("pointer", VariableType(VariableKind.POINTER, 4, (), "")),
        ("image", VariableType(VariableKind.INT, 1, (28, 3), "int8_t")),
        ("open", VariableType(VariableKind.FLOAT, 4, (0,), "float")),
        ("loop", None),
    ],
)
def test_a_variable_is_described(table, version, type_key, expected):
    """Encodings: DWARF 5, 7.8; a volatile int8_t[28][3] has the element int8_t; a type that is itself has none."""
    lines = table(elf_bytes(version, (*TYPES, dwarf.variable("scores", 0x2000_0000, type_key))))

    assert lines.variable_type("scores", 0x2000_0000) == expected


@pytest.mark.parametrize("form", [dwarf.FORM_STRING, dwarf.FORM_STRP])
@pytest.mark.parametrize("name", ["r", "scores"])
def test_names_are_found_in_place_and_in_the_string_table(table, form, name):
    lines = table(elf_bytes(4, (*TYPES, dwarf.variable(name, 0x2000_0000, "float", form=form))))

    assert lines.variable_type(name, 0x2000_0000) == VariableType(VariableKind.FLOAT, 4, (), "float")


def test_the_address_tells_variables_of_one_name_apart(table):
    variables = (
        dwarf.variable("buffer", 0x2000_0000, "float"),
        dwarf.variable("buffer", 0x2000_0010, "_Bool"),
    )
    lines = table(elf_bytes(4, (*TYPES, *variables)))

    assert lines.variable_type("buffer.1", 0x2000_0010) == VariableType(VariableKind.BOOL, 1, (), "_Bool")
    assert lines.variable_type("buffer.0", 0x2000_0000) == VariableType(VariableKind.FLOAT, 4, (), "float")
    assert lines.variable_type("buffer", 0x2000_0020) is None


def test_a_declaration_leads_to_its_definition(table):
    """C++ declares a variable in its namespace and defines it outside (DWARF 5, 4.1, DW_AT_specification)."""
    declaration = dwarf.named(dwarf.TAG_VARIABLE, "arena", (dwarf.AT_TYPE, dwarf.FORM_REF4, "image"))
    namespace = Entry(
        dwarf.TAG_NAMESPACE, ((dwarf.AT_NAME, dwarf.FORM_STRING, "app"),), "app", (declaration,)
    )
    definition = Entry(
        dwarf.TAG_VARIABLE,
        (
            (dwarf.AT_SPECIFICATION, dwarf.FORM_REF4, "arena"),
            (dwarf.AT_LOCATION, dwarf.FORM_BLOCK1, b"\x03" + struct.pack("<I", 0x2000_0040)),
        ),
        "definition",
    )
    lines = table(elf_bytes(4, (*TYPES, namespace, definition)))

    assert lines.variable_type("_ZN3app5arenaE", 0x2000_0040) == VariableType(
        VariableKind.INT, 1, (28, 3), "int8_t"
    )


def test_a_definition_made_by_link_time_optimisation_leads_back_to_its_type(table):
    """GCC's -flto places the variable in a new unit and refers to the old one (DW_AT_abstract_origin)."""
    declaration = dwarf.named(dwarf.TAG_VARIABLE, "arena", (dwarf.AT_TYPE, dwarf.FORM_REF4, "float"))
    old = Entry(dwarf.TAG_VARIABLE, ((dwarf.AT_SPECIFICATION, dwarf.FORM_REF4, "arena"),), "old")
    new = Entry(
        dwarf.TAG_VARIABLE,
        (
            (dwarf.AT_ABSTRACT_ORIGIN, dwarf.FORM_REF4, "old"),
            (dwarf.AT_LOCATION, dwarf.FORM_BLOCK1, b"\x03" + struct.pack("<I", 0x2000_0040)),
        ),
        "new",
    )
    lines = table(elf_bytes(4, (*TYPES, declaration, old, new)))

    assert lines.variable_type("arena", 0x2000_0040) == VariableType(VariableKind.FLOAT, 4, (), "float")


def test_an_address_may_be_a_number_in_a_table(table):
    """clang from DWARF 5 on: DW_OP_addrx (0xa1) counts from DW_AT_addr_base."""
    location = (dwarf.AT_LOCATION, dwarf.FORM_EXPRLOC, b"\xa1\x01")
    scores = dwarf.named(dwarf.TAG_VARIABLE, "scores", (dwarf.AT_TYPE, dwarf.FORM_REF4, "float"), location)
    lines = table(elf_bytes(5, (*TYPES, scores), dwarf.address_table(0x2000_0000, 0x2000_0040)))

    assert lines.variable_type("scores", 0x2000_0040) == VariableType(VariableKind.FLOAT, 4, (), "float")
    assert lines.variable_type("scores", 0x2000_0000) is None


def test_a_local_static_is_found_by_the_name_that_clang_gives_it(table):
    lines = table(elf_bytes(4, (*TYPES, dwarf.variable("counter", 0x2000_0000, "float"))))

    assert lines.variable_type("helper.counter", 0x2000_0000) == VariableType(
        VariableKind.FLOAT, 4, (), "float"
    )


def test_the_size_of_an_array_is_that_of_all_its_elements():
    assert VariableType(VariableKind.UINT, 2, (4, 5)).size_bytes == 2 * 4 * 5


DAMAGEABLE = elf_bytes(
    5, (*TYPES, dwarf.variable("scores", 0x2000_0000, "image")), dwarf.address_ranges((ADDR, 16))
)
DEBUG_OFFSET = DAMAGEABLE.index(dict(dwarf.sections(5, ROWS))[".debug_line"][:20]) - 600


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 900), st.integers(1, 255)), min_size=1, max_size=4))
def test_damaged_debug_information_costs_lines_and_nothing_else(tmp_path, flips):
    data = bytearray(DAMAGEABLE)
    for offset, mask in flips:
        data[min(max(DEBUG_OFFSET, 52) + offset, len(data) - 1)] ^= mask
    path = tmp_path / "firmware.elf"
    path.write_bytes(data)
    lines = LineTable(path)

    assert isinstance(lines.line_at(ADDR + 4), SourceLine | None)
    assert isinstance(lines.variable_type("scores", 0x2000_0000), VariableType | None)
