"""Where the vector table is; tables are laid out as in the Armv7-M ARM, B1.5.2 and B1.5.3."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest

from mcusim.errors import FirmwareFileError
from mcusim.firmware.elf import load_image
from mcusim.firmware.image import Image
from mcusim.firmware.vectors import find_vector_tables, reset_state
from tests import elf_factory
from tests.elf_factory import (
    CODE_BYTES,
    EXECUTE,
    FLASH_ADDR,
    FUNCTION,
    LABEL,
    OBJECT,
    RAM_ADDR,
    READ,
    STACK_ADDR,
    WRITE,
    Elf,
    Name,
    Part,
    vector_table,
)


@pytest.fixture
def load(tmp_path: Path):
    def load_elf(*parts: Part, names: tuple[Name, ...] = (), entry_addr: int = 0) -> Image:
        path = tmp_path / "firmware.elf"
        path.write_bytes(elf_factory.to_bytes(Elf(parts, names, entry_addr)))
        return load_image(path)

    return load_elf


def code_with_table_at(offset: int, base_addr: int = FLASH_ADDR, stack_addr: int = STACK_ADDR) -> Part:
    """`offset` bytes of code, a table that leads to the code after it, code."""
    start_addr = base_addr + offset + 64
    filler = (CODE_BYTES * (offset // 64 + 1))[:offset]
    return Part(
        ".text", base_addr, filler + vector_table(stack_addr, start_addr, start_addr + 60) + CODE_BYTES
    )


@pytest.mark.parametrize("offset", [0, 4, 64, 128, 256, 1024])
def test_a_table_without_any_name_is_found_by_its_words(load, offset):
    assert load(code_with_table_at(offset)).vector_table_addr == FLASH_ADDR + offset


def test_the_table_of_an_rp2040_follows_its_second_stage(load):
    """RP2040 Datasheet, 2.8.1.3: 256 bytes of second stage at 0x10000000, whose first word is no RAM address."""
    second_stage = struct.pack("<I", 0x4B32B500) + (CODE_BYTES * 4)[:252]
    text = code_with_table_at(0, 0x1000_0100, 0x2004_2000)

    image = load(Part(".boot2", 0x1000_0000, second_stage), text, entry_addr=0x1000_0001)

    assert (image.vector_table_addr, image.initial_sp_addr) == (0x1000_0100, 0x2004_2000)


@pytest.mark.parametrize(
    "name",
    [
        "g_pfnVectors",
        "__isr_vector",
        "__Vectors",
        "__vector_table",
        "_vectors",
        "vector_table",
        "_vector_table",
    ],
)
def test_a_table_of_two_words_is_known_by_its_symbol(load, name):
    """Hand-written start-up code often has only SP and Reset; then a name decides."""
    code_addr = FLASH_ADDR + 128
    data = CODE_BYTES + struct.pack("<II", STACK_ADDR, code_addr | 1) + CODE_BYTES + CODE_BYTES

    image = load(Part(".text", FLASH_ADDR, data), names=(Name(name, FLASH_ADDR + 64, 8, OBJECT),))

    assert (image.vector_table_addr, image.initial_pc_addr) == (FLASH_ADDR + 64, code_addr)


@pytest.mark.parametrize("section", [".isr_vector", ".vectors", ".intvec", "RESET", ".vector_table"])
def test_a_table_of_two_words_is_known_by_its_section(load, section):
    table_addr = FLASH_ADDR + 0x400
    code = Part(".text", FLASH_ADDR, CODE_BYTES * 2)
    table = Part(section, table_addr, struct.pack("<II", STACK_ADDR, FLASH_ADDR | 1), flags=READ)

    assert load(code, table).vector_table_addr == table_addr


def test_a_name_on_something_else_does_not_make_a_table(load):
    """A function called `vectors` holds instructions."""
    image = load(code_with_table_at(128), names=(Name("vectors", FLASH_ADDR | 1, 64, FUNCTION),))

    assert image.vector_table_addr == FLASH_ADDR + 128


@pytest.mark.parametrize("entry_by", ["symbol", "entry"])
def test_of_two_tables_the_one_with_the_reset_handler_wins(load, entry_by):
    """A bootloader and an application in one file."""
    first, second = code_with_table_at(0), code_with_table_at(0, FLASH_ADDR + 0x4000)
    reset_addr = FLASH_ADDR + 0x4000 + 64
    names = (Name("Reset_Handler", reset_addr | 1, 8),) if entry_by == "symbol" else ()

    image = load(first, second, names=names, entry_addr=reset_addr | 1 if entry_by == "entry" else 0)

    assert image.vector_table_addr == FLASH_ADDR + 0x4000


def test_all_tables_are_offered_best_first(load):
    first, second = code_with_table_at(0), code_with_table_at(0, FLASH_ADDR + 0x4000)

    image = load(first, second, entry_addr=FLASH_ADDR + 0x4040 | 1)

    assert find_vector_tables(image) == (FLASH_ADDR + 0x4000, FLASH_ADDR)
    assert reset_state(image, FLASH_ADDR) == (STACK_ADDR, FLASH_ADDR + 64)


def test_a_copy_of_the_table_among_initialised_data_comes_last(load):
    """Firmware that moves VTOR to RAM may keep an initial value of the RAM table in flash."""
    text = code_with_table_at(0)
    copy = Part(".data", RAM_ADDR, text.data[:64], load_addr=FLASH_ADDR + 0x2000, flags=READ | WRITE)

    assert find_vector_tables(load(text, copy))[0] == FLASH_ADDR


def test_firmware_that_a_debugger_loads_to_ram_has_its_table_there(load):
    part = replace(code_with_table_at(0, RAM_ADDR, RAM_ADDR + 0x8000), flags=READ | WRITE | EXECUTE)

    assert load(part).vector_table_addr == RAM_ADDR


def test_the_stack_may_be_in_core_coupled_memory(load):
    """STM32F4: 64 KiB of CCM at 0x10000000 (RM0090, 2.3.1)."""
    assert load(code_with_table_at(0, stack_addr=0x1001_0000)).initial_sp_addr == 0x1001_0000


def test_the_stack_may_be_in_external_memory(load):
    """Armv7-M ARM, B3.1: external RAM from 0x60000000."""
    assert load(code_with_table_at(0, stack_addr=0x6010_0000)).initial_sp_addr == 0x6010_0000


@pytest.mark.parametrize(
    ("stack_addr", "reset_addr"),
    [
        (STACK_ADDR + 2, FLASH_ADDR + 64 | 1),  # SP not a multiple of four
        (0x4000_1000, FLASH_ADDR + 64 | 1),  # SP among the peripherals
        (FLASH_ADDR + 32, FLASH_ADDR + 64 | 1),  # SP in the code
        (0, FLASH_ADDR + 64 | 1),
        (STACK_ADDR, FLASH_ADDR + 64),  # no Thumb bit
        (STACK_ADDR, 0x0900_0001),  # outside the code
    ],
)
def test_words_that_no_core_could_start_from_are_no_table(load, stack_addr, reset_addr):
    data = struct.pack("<II", stack_addr, reset_addr) + CODE_BYTES * 2

    with pytest.raises(FirmwareFileError, match="no vector table"):
        load(Part(".text", FLASH_ADDR, data), names=(Name("g_pfnVectors", FLASH_ADDR, 8, OBJECT),))


def test_a_table_of_constants_that_alternate_is_not_mistaken_for_vectors(load):
    """RAM addresses and odd numbers in a constant table, but no handlers at NMI and HardFault."""
    constants = struct.pack("<16I", *(STACK_ADDR, 3) * 8)
    text = code_with_table_at(128)

    image = load(Part(".rodata", FLASH_ADDR - 0x1000, constants, flags=READ), text)

    assert image.vector_table_addr == FLASH_ADDR + 128


def test_a_label_is_as_good_as_an_object(load):
    code_addr = FLASH_ADDR + 64
    data = struct.pack("<II", STACK_ADDR, code_addr | 1) + bytes(56) + CODE_BYTES

    image = load(Part(".text", FLASH_ADDR, data), names=(Name("__isr_vector", FLASH_ADDR, 0, LABEL),))

    assert image.vector_table_addr == FLASH_ADDR
