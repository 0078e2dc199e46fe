"""What load_image makes of good firmware; expected numbers are those the hand-built file was made from."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from mcusim.firmware.elf import load_image
from mcusim.firmware.image import Image, SectionKind, SymbolBinding, SymbolKind
from tests import elf_factory
from tests.elf_factory import (
    ABSOLUTE_INDEX,
    CODE_BYTES,
    EXECUTE,
    FILE,
    FLASH_ADDR,
    FUNCTION,
    LABEL,
    LOCAL,
    OBJECT,
    RAM_ADDR,
    READ,
    STACK_ADDR,
    WRITE,
    Elf,
    Name,
    Part,
)

CODE_ADDR = FLASH_ADDR + 64


@pytest.fixture
def load(tmp_path: Path):
    def load_elf(elf: Elf) -> Image:
        path = tmp_path / "firmware.elf"
        path.write_bytes(elf_factory.to_bytes(elf))
        return load_image(path)

    return load_elf


def test_stack_pointer_and_entry_come_from_the_vector_table(load):
    image = load(elf_factory.firmware(entry_addr=0))

    assert (
        image.vector_table_addr,
        image.initial_sp_addr,
        image.initial_pc_addr,
    ) == (FLASH_ADDR, STACK_ADDR, CODE_ADDR)


def test_the_hash_is_that_of_the_file(tmp_path):
    path = tmp_path / "firmware.elf"
    path.write_bytes(elf_factory.firmware_bytes())

    assert hashlib.sha256(path.read_bytes()).hexdigest() == load_image(path).sha256


def test_initialised_data_is_loaded_in_flash_and_used_in_ram(load):
    data = load(elf_factory.firmware()).segments[1]

    assert (RAM_ADDR, FLASH_ADDR + 128, bytes(range(8))) == (data.addr, data.load_addr, data.data)


def test_sections_know_what_they_hold_and_where_flash_keeps_it(load):
    sections = load(elf_factory.firmware()).sections

    assert [(each.name, each.addr, each.load_addr, each.size_bytes, each.kind) for each in sections] == [
        (".text", FLASH_ADDR, FLASH_ADDR, 128, SectionKind.CODE),
        (".data", RAM_ADDR, FLASH_ADDR + 128, 8, SectionKind.DATA),
        (".bss", RAM_ADDR + 8, RAM_ADDR + 8, 32, SectionKind.ZERO),
    ]


def test_functions_in_ram_leave_their_section_initialised_data(load):
    """GNU ld marks .data executable when a .ramfunc section goes there."""
    good = elf_factory.firmware()
    data = replace(good.parts[1], flags=READ | WRITE | EXECUTE)

    image = load(replace(good, parts=(good.parts[0], data, good.parts[2])))

    assert image.sections[1].kind is SectionKind.DATA


def test_the_thumb_bit_is_no_part_of_a_function_address(load):
    main = next(each for each in load(elf_factory.firmware()).symbols if each.name == "main")

    assert (main.addr, main.size_bytes, main.kind) == (CODE_ADDR + 20, 40, SymbolKind.FUNCTION)


def test_a_byte_variable_keeps_its_odd_address(load):
    counter = next(each for each in load(elf_factory.firmware()).symbols if each.name == "counter")

    assert (counter.addr, counter.kind) == (RAM_ADDR + 1, SymbolKind.OBJECT)


def test_numbers_that_the_linker_defined_are_not_labels_in_code(load):
    estack = next(each for each in load(elf_factory.firmware()).symbols if each.name == "_estack")

    assert (estack.addr, estack.kind) == (STACK_ADDR, SymbolKind.ABSOLUTE)


@pytest.mark.parametrize("name", ["$t", "$d", "$a", "$t.12", "$d.realdata", "$x", "$v0"])
def test_mapping_symbols_are_dropped(load, name):
    """ELF for the Arm Architecture, 5.5.5, with the suffixes that clang and armclang add."""
    image = load(
        elf_factory.firmware(names=(Name("g_pfnVectors", FLASH_ADDR), Name(name, CODE_ADDR, 0, LABEL, LOCAL)))
    )

    assert [each.name for each in image.symbols] == ["g_pfnVectors"]


def test_linker_names_with_a_dollar_are_kept(load):
    """armlink's region names begin like mapping symbols only for a careless reader."""
    image = load(
        elf_factory.firmware(names=(Name("$Super$$main", CODE_ADDR | 1), Name("Image$$ER$$Base", CODE_ADDR)))
    )

    assert {"$Super$$main", "Image$$ER$$Base"} == {each.name for each in image.symbols}


def test_local_symbols_know_their_source_file_and_global_ones_do_not(load):
    names = (
        Name("conv.cc", kind=FILE, binding=LOCAL, section_index=ABSOLUTE_INDEX),
        Name("Eval", CODE_ADDR | 1, 20, FUNCTION, LOCAL),
        Name("softmax.cc", kind=FILE, binding=LOCAL, section_index=ABSOLUTE_INDEX),
        Name("Eval", CODE_ADDR + 20 | 1, 20, FUNCTION, LOCAL),
        Name("main", CODE_ADDR + 40 | 1, 20),
    )

    symbols = load(elf_factory.firmware(names=names)).symbols

    assert [(each.name, each.source_file) for each in symbols] == [
        ("Eval", "conv.cc"),
        ("Eval", "softmax.cc"),
        ("main", ""),
    ]
    assert SymbolBinding.GLOBAL is symbols[-1].binding


def test_cpp_names_are_demangled(load):
    """Itanium C++ ABI, 5.1: _ZN…E is a nested name, v an empty parameter list."""
    names = (Name("_ZN6tflite16MicroInterpreter6InvokeEv", CODE_ADDR | 1),)

    symbol = load(elf_factory.firmware(names=names)).symbols[0]

    assert symbol.name == "tflite::MicroInterpreter::Invoke()"
    assert symbol.linkage_name == "_ZN6tflite16MicroInterpreter6InvokeEv"


def test_undefined_symbols_are_not_there(load):
    names = (Name("missing", 0, section_index=0), Name("main", CODE_ADDR | 1))

    assert [each.name for each in load(elf_factory.firmware(names=names)).symbols] == ["main"]


@pytest.mark.parametrize(
    ("architecture_id", "profile", "name"),
    [
        (11, "M", "v6S-M"),
        (12, "M", "v6S-M"),
        (10, "M", "v7-M"),
        (13, "M", "v7E-M"),
        (16, "M", "v8-M.baseline"),
        (17, "M", "v8-M.mainline"),
        (21, "M", "v8.1-M.mainline"),
        (10, "", ""),
        (None, "", ""),
    ],
)
def test_build_attributes_name_the_architecture(load, architecture_id, profile, name):
    """Numbers: Tag_CPU_arch in "Addenda to the ABI for the Arm Architecture", 3.3.5.2."""
    assert name == load(elf_factory.firmware(architecture_id=architecture_id, profile=profile)).architecture


def test_the_build_id_is_read_from_its_note(load):
    assert load(elf_factory.firmware(build_id=bytes.fromhex("00112233"))).build_id == "00112233"


def test_a_file_without_section_headers_runs_from_its_segments(load):
    image = load(elf_factory.firmware(has_sections=False))

    assert (
        image.vector_table_addr,
        image.initial_sp_addr,
        len(image.segments),
    ) == (FLASH_ADDR, STACK_ADDR, 3)
    assert image.symbols + image.sections == ()


def test_zero_data_that_lives_in_ram_does_not_grow_a_flash_segment(load):
    """armlink writes one segment whose memory size includes the ZI data of a region in RAM."""
    good = elf_factory.firmware()
    text = replace(good.parts[0], memory_size_bytes=128 + 32)

    image = load(replace(good, parts=(text, good.parts[1], good.parts[2])))

    assert image.segments[0].memory_size_bytes == 128


def test_zero_data_behind_initialised_data_counts_as_memory(load):
    """GNU ld puts .data and .bss into one segment."""
    good = elf_factory.firmware()
    data = replace(good.parts[1], memory_size_bytes=8 + 32)

    image = load(replace(good, parts=(good.parts[0], data, good.parts[2])))

    assert image.segments[1].memory_size_bytes == 8 + 32


def test_the_elf_header_inside_the_first_segment_is_not_firmware(tmp_path):
    """GNU ld starts the first segment at file offset 0 when the page has room for it."""
    data = bytearray(elf_factory.firmware_bytes())
    text_offset = struct.unpack_from("<I", data, 52 + 4)[0]
    struct.pack_into(
        "<5I",
        data,
        52 + 4,
        0,
        FLASH_ADDR - text_offset,
        FLASH_ADDR - text_offset,
        text_offset + 128,
        text_offset + 128,
    )
    path = tmp_path / "firmware.elf"
    path.write_bytes(data)

    segment = load_image(path).segments[0]

    assert (
        segment.addr,
        segment.load_addr,
        len(segment.data),
        segment.memory_size_bytes,
    ) == (FLASH_ADDR, FLASH_ADDR, 128, 128)


def test_code_that_start_up_copies_to_ram_is_found_at_its_load_address(load):
    """Linked to RAM, kept in flash: the vector table at reset is the copy in flash."""
    code_addr = RAM_ADDR + 64
    text = elf_factory.vector_table(STACK_ADDR, code_addr, code_addr + 60) + CODE_BYTES
    parts = (Part(".text", RAM_ADDR, text, load_addr=FLASH_ADDR, flags=READ | WRITE | EXECUTE),)

    image = load(Elf(parts, (Name("__Vectors", RAM_ADDR, 64, OBJECT),)))

    assert (FLASH_ADDR, code_addr) == (image.vector_table_addr, image.initial_pc_addr)


def test_a_segment_without_bytes_may_name_an_offset_behind_the_end_of_the_file(tmp_path):
    """GNU ld rounds the offset of a stack segment up to a page (AmbiqSuite's linker scripts)."""
    data = bytearray(elf_factory.firmware_bytes())
    index = next(each for each in range(3) if not struct.unpack_from("<I", data, 52 + 32 * each + 16)[0])
    struct.pack_into("<I", data, 52 + 32 * index + 4, 0x20000)
    path = tmp_path / "firmware.elf"
    path.write_bytes(data)

    segments = load_image(path).segments

    assert (3, b"") == (len(segments), segments[index].data)
