"""Inlined functions; expected values are what the hand-written debug information says.

Codes and forms are from "DWARF Debugging Information Format", version 5, chapter 7; ranges are 2.17.3 and 7.25,
in version 4 section 2.17.3 and 7.24.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcusim.firmware.elf import load_image
from mcusim.firmware.inlined_layers import inlined_layers
from mcusim.firmware.inlines import Inlined
from mcusim.firmware.lines import LineTable
from mcusim.firmware.recognise import recognise
from mcusim.firmware.symbols import SymbolTable
from tests import dwarf_factory as dwarf
from tests import elf_factory
from tests.dwarf_factory import Entry, Row

ADDR = elf_factory.FLASH_ADDR + 64
SUBPROGRAM, INLINED, LEXICAL_BLOCK = 0x2E, 0x1D, 0x0B
LOW_PC, HIGH_PC, RANGES, DECL_FILE, LINKAGE_NAME, RNGLISTS_BASE = 0x11, 0x12, 0x55, 0x3A, 0x6E, 0x74
ADDR_FORM = 0x01
ROWS = (Row(ADDR, 10), Row(ADDR + 64, None))
Attribute = tuple[int, int, str | int | bytes]
Lines = Callable[..., LineTable]


def span(start_addr: int, size_bytes: int) -> tuple[Attribute, ...]:
    """One contiguous range: from DWARF 4 on, a high_pc that is no address is a size."""
    return ((LOW_PC, ADDR_FORM, start_addr), (HIGH_PC, dwarf.FORM_DATA4, size_bytes))


def abstract(name: str, file_index: int = 1, linkage_name: str = "") -> Entry:
    """A function that has no code of its own."""
    more: tuple[Attribute, ...] = ((DECL_FILE, dwarf.FORM_DATA1, file_index),)
    if linkage_name:
        more += ((LINKAGE_NAME, dwarf.FORM_STRING, linkage_name),)
    return dwarf.named(SUBPROGRAM, name, *more)


def inlined(name: str, *place: Attribute, children: tuple[Entry, ...] = ()) -> Entry:
    return Entry(INLINED, ((dwarf.AT_ABSTRACT_ORIGIN, dwarf.FORM_REF4, name), *place), children=children)


def function(name: str, *children: Entry) -> Entry:
    return Entry(
        SUBPROGRAM, ((dwarf.AT_NAME, dwarf.FORM_STRING, name), *span(ADDR, 64)), key=name, children=children
    )


@pytest.fixture
def lines(tmp_path: Path) -> Lines:
    """lines(version, *entries, more sections …) -> the table of a file with them."""

    def write(version: int, *entries: Entry, extra: tuple[tuple[str, bytes], ...] = ()) -> LineTable:
        path = tmp_path / "firmware.elf"
        sections = dwarf.sections(version, ROWS, entries)
        path.write_bytes(elf_factory.firmware_bytes(extra_sections=(*sections, *extra)))
        return LineTable(path)

    return write


@pytest.mark.parametrize("version", [4, 5])
def test_an_inlined_function_has_the_name_and_file_of_its_origin(lines, version):
    table = lines(version, abstract("conv", 2), function("entry", inlined("conv", *span(ADDR + 4, 8))))

    assert table.inlined_in(ADDR) == (Inlined("conv", "math.h", ((ADDR + 4, ADDR + 12),), ()),)


def test_a_cpp_function_is_demangled(lines):
    table = lines(
        4, abstract("Eval", 1, "_ZN4tiny4EvalEi"), function("entry", inlined("Eval", *span(ADDR + 4, 8)))
    )

    assert ["tiny::Eval(int)"] == [each.name for each in table.inlined_in(ADDR)]


def test_a_block_of_the_source_is_looked_into(lines):
    block = Entry(LEXICAL_BLOCK, (), children=(inlined("conv", *span(ADDR + 4, 8)),))

    assert ["conv"] == [
        each.name for each in lines(4, abstract("conv"), function("entry", block)).inlined_in(ADDR)
    ]


def test_what_is_inlined_in_inlined_code_is_within_it(lines):
    inner = inlined("relu", *span(ADDR + 6, 2))
    table = lines(
        4,
        abstract("conv"),
        abstract("relu"),
        function("entry", inlined("conv", *span(ADDR + 4, 8), children=(inner,))),
    )

    (outer,) = table.inlined_in(ADDR)
    assert ("conv", ["relu"]) == (outer.name, [each.name for each in outer.inner])


def test_several_ranges_of_version_4_are_offsets_from_the_units_base(lines):
    """A unit without low_pc has base 0, so the offsets are addresses."""
    pairs = (ADDR + 20, ADDR + 24, ADDR + 4, ADDR + 8, 0, 0)
    table = lines(
        4,
        abstract("conv"),
        function("entry", inlined("conv", (RANGES, dwarf.FORM_SEC_OFFSET, 0))),
        extra=((".debug_ranges", struct.pack("<6I", *pairs)),),
    )

    assert ((ADDR + 4, ADDR + 8), (ADDR + 20, ADDR + 24)) == table.inlined_in(ADDR)[0].ranges


def test_several_ranges_of_version_5_have_a_base_of_their_own(lines):
    header = struct.pack("<HBBI", 5, 4, 0, 0)
    rows = b"\x05" + struct.pack("<I", ADDR)  # DW_RLE_base_address
    rows += b"\x04\x04\x08\x04\x14\x18\0"  # twice DW_RLE_offset_pair, DW_RLE_end_of_list
    body = header + rows
    table = lines(
        5,
        abstract("conv"),
        function("entry", inlined("conv", (RANGES, dwarf.FORM_SEC_OFFSET, 4 + len(header)))),
        extra=((".debug_rnglists", struct.pack("<I", len(body)) + body),),
    )

    assert ((ADDR + 4, ADDR + 8), (ADDR + 20, ADDR + 24)) == table.inlined_in(ADDR)[0].ranges


def test_a_place_of_which_nothing_is_left_gives_way_to_what_is_in_it(lines):
    inner = inlined("relu", *span(ADDR + 6, 2))
    table = lines(
        4, abstract("conv"), abstract("relu"), function("entry", inlined("conv", children=(inner,)))
    )

    assert ["relu"] == [each.name for each in table.inlined_in(ADDR)]


def test_another_function_has_nothing_inlined(lines):
    table = lines(4, abstract("conv"), function("entry", inlined("conv", *span(ADDR + 4, 8))))

    assert () == table.inlined_in(ADDR + 2)
    assert "" == table.problem


def test_without_debug_information_nothing_is_inlined(tmp_path):
    path = tmp_path / "firmware.elf"
    path.write_bytes(elf_factory.firmware_bytes())

    assert () == LineTable(path).inlined_in(ADDR)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 400), byte=st.integers(0, 255), section=st.sampled_from([0, 1]))
def test_damage_is_no_information(tmp_path, place, byte, section):
    """A flipped byte never stops a run."""
    sections = list(
        dwarf.sections(4, ROWS, (abstract("conv"), function("entry", inlined("conv", *span(ADDR + 4, 8)))))
    )
    name, data = sections[section]
    damaged = bytearray(data)
    damaged[place % len(damaged)] = byte
    sections[section] = (name, bytes(damaged))
    path = tmp_path / "firmware.elf"
    path.write_bytes(elf_factory.firmware_bytes(extra_sections=tuple(sections)))

    for each in LineTable(path).inlined_in(ADDR):
        assert each.ranges


def chosen(path: Path, inference: str, *patterns: str) -> list[str]:
    symbols = SymbolTable(load_image(path))
    found = recognise(symbols, inference=inference)
    assert found is not None
    return [each.name for _, each in inlined_layers(found, LineTable(path), patterns)]


@pytest.fixture
def network_file(tmp_path: Path) -> Path:
    """A function of unknown runtime with two layers inlined, one of them with a helper in it."""
    inner = inlined("saturate", *span(ADDR + 6, 2))
    entries = (
        abstract("conv"),
        abstract("relu"),
        abstract("saturate"),
        function(
            "run_it",
            inlined("conv", *span(ADDR + 4, 8), children=(inner,)),
            inlined("relu", *span(ADDR + 12, 4)),
        ),
    )
    path = tmp_path / "network.elf"
    names = (elf_factory.Name("run_it", ADDR | 1, 64),)
    path.write_bytes(elf_factory.firmware_bytes(extra_sections=dwarf.sections(4, ROWS, entries), names=names))
    return path


def test_what_is_inlined_directly_in_an_unknown_network_is_a_layer(network_file):
    assert ["conv", "relu"] == chosen(network_file, "run_it")


def test_the_users_patterns_choose_among_inlined_functions_at_any_depth(network_file):
    assert ["saturate"] == chosen(network_file, "run_it", "sat*")
