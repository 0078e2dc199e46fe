"""What is not Cortex-M firmware is refused with a sentence that says what it is."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mcusim.errors import FirmwareFileError, McusimError
from mcusim.firmware.elf import load_image
from mcusim.firmware.image import Image
from mcusim.firmware.lines import LineTable
from mcusim.firmware.symbols import SymbolTable
from tests import elf_factory
from tests.elf_factory import FLASH_ADDR, Elf, Part

GOOD = elf_factory.firmware_bytes(build_id=b"1234")


def refusal(path: Path, data: bytes) -> FirmwareFileError:
    path.write_bytes(data)
    with pytest.raises(FirmwareFileError) as caught:
        load_image(path)
    assert caught.value.where == str(path)
    return caught.value


ABI_TAG = struct.pack("<3I", 4, 16, 1) + b"GNU\0" + bytes(16)
X86_LOADER = b"/lib64/ld-linux-x86-64.so.2\0"
ARM_LOADER = "/lib/ld-linux-armhf.so.3"


def elf64(machine_id: int, type_id: int, programs: tuple[tuple[int, bytes], ...] = ()) -> bytes:
    """A 64-bit ELF with (type, contents) segments."""
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack(
        "<HHIQQQIHHHHHH", type_id, machine_id, 1, 0x1000, 64, 0, 0, 64, 56, len(programs), 64, 0, 0
    )
    offset, rows, contents = 64 + 56 * len(programs), b"", b""
    for kind, data in programs:
        rows += struct.pack("<IIQQQQQQ", kind, 4, offset + len(contents), 0, 0, len(data), len(data), 1)
        contents += data
    return header + rows + contents


def test_a_missing_file_is_called_missing(tmp_path):
    with pytest.raises(FirmwareFileError, match="no such firmware file"):
        load_image(tmp_path / "absent.elf")


def test_a_directory_is_called_a_directory(tmp_path):
    with pytest.raises(FirmwareFileError, match="a directory"):
        load_image(tmp_path)


def test_a_name_that_no_system_accepts_is_an_error_like_any_other():
    with pytest.raises(FirmwareFileError):
        load_image(Path("a\0b"))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "this is an empty file"),
        (b":020000040800F2\n:10000000004000200901000811010008", "this is an Intel HEX file"),
        (b"S00F000068656C6C6F202020202000003C\r\nS11F0000", "this is a Motorola S-record file"),
        (b"UF2\nWQ]\x9e" + bytes(504), "this is a UF2 file"),
        (b"!<arch>\nmain.o/", "this is a static library"),
        (b"\xcf\xfa\xed\xfe" + bytes(28), "this is a Mach-O file"),
        (b"MZ\x90\0" + bytes(60), "this is a Windows program"),
        (b"\x1c\0\0\0TFL3" + bytes(20), "this is a TensorFlow Lite model"),
        (b"\x1c\0\0\0ET12" + bytes(20), "this is an ExecuTorch program"),
        (b"PK\x03\x04" + bytes(20), "this is a ZIP archive"),
        (struct.pack("<4I", 0x20004000, 0x08000101, 0x08000111, 0x08000111), "this is a raw binary image"),
        (b"int main(void) { return 0; }\n", "this is a text file"),
        (bytes(range(200, 256)), "this is not an ELF file"),
    ],
)
def test_other_formats_are_named(tmp_path, data, what):
    """Magic numbers: Intel HEX rev. A, UF2 specification, ar(5), Mach-O, PE, FlatBuffers identifiers."""
    error = refusal(tmp_path / "file", data)

    assert error.what.startswith(what)
    assert error.fix


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (elf64(183, 2, ((3, b"/lib/ld-linux-aarch64.so.1\0"),)), "this is an AArch64 Linux executable"),
        (elf64(183, 2, ((4, ABI_TAG),)), "this is an AArch64 Linux executable"),
        (elf64(183, 2), "this is an AArch64 executable"),
        (elf64(62, 3, ((3, X86_LOADER), (2, bytes(16)))), "this is an x86-64 Linux executable"),
        (elf64(62, 3, ((2, bytes(16)),)), "this is an x86-64 shared library"),
        (elf64(243, 2), "this is a RISC-V executable"),
        (elf_factory.firmware_bytes(machine_id=94), "this is a Xtensa executable"),
        (elf_factory.firmware_bytes(machine_id=83), "this is an AVR executable"),
        (elf_factory.firmware_bytes(machine_id=4711), "this is an ELF (machine 4711) executable"),
        (elf_factory.firmware_bytes(order=">"), "this is a big-endian 32-bit Arm executable"),
        (elf_factory.firmware_bytes(type_id=1), "this is a 32-bit Arm object file"),
        (elf_factory.firmware_bytes(type_id=4), "this is a 32-bit Arm core dump"),
        (elf_factory.firmware_bytes(interpreter=ARM_LOADER), "this is a 32-bit Arm Linux executable"),
        (
            elf_factory.firmware_bytes(architecture_id=10, profile="A"),
            "this is a 32-bit Arm executable for Armv7-A (A profile), not for a Cortex-M",
        ),
        (
            elf_factory.firmware_bytes(architecture_id=2, profile=""),
            "this is a 32-bit Arm executable for Armv4T, not for a Cortex-M",
        ),
    ],
)  # fmt: skip
def test_other_machines_and_systems_are_named(tmp_path, data, what):
    """e_machine values: System V ABI registry; the GNU ABI tag with system 0 means Linux (LSB Core)."""
    assert what == refusal(tmp_path / "file.elf", data).what


def test_an_object_file_is_to_be_linked(tmp_path):
    assert "link it" in refusal(tmp_path / "main.o", elf_factory.firmware_bytes(type_id=1)).fix


def test_an_elf_without_segments_has_nothing_to_load(tmp_path):
    assert "nothing to load" in refusal(tmp_path / "file.elf", elf_factory.firmware_bytes(parts=())).what


def test_an_elf_without_a_vector_table_is_refused(tmp_path):
    parts = (Part(".text", FLASH_ADDR, elf_factory.CODE_BYTES),)

    assert "no vector table" in refusal(tmp_path / "file.elf", elf_factory.to_bytes(Elf(parts))).what


@pytest.mark.parametrize("length_bytes", [1, 3, 4, 15, 40, 51, 60, 100, 200])
def test_a_truncated_elf_is_called_truncated(tmp_path, length_bytes):
    assert "truncated or damaged" in refusal(tmp_path / "file.elf", GOOD[:length_bytes]).what


def test_an_elf_that_lost_only_its_section_table_is_called_truncated(tmp_path):
    """All segments are there, so it would run: without symbols, and with no static RAM to report."""
    sections_offset = struct.unpack_from("<I", GOOD, 32)[0]  # e_shoff
    error = refusal(tmp_path / "file.elf", GOOD[: sections_offset + 39])

    assert "truncated or damaged" in error.what
    assert "section table" in error.why


def test_an_elf_without_a_section_table_is_firmware(tmp_path):
    """What sstrip leaves: e_shoff, e_shnum and e_shstrndx are 0."""
    data = bytearray(GOOD)
    struct.pack_into("<I", data, 32, 0)
    struct.pack_into("<HH", data, 48, 0, 0)
    (tmp_path / "file.elf").write_bytes(data)

    assert () == load_image(tmp_path / "file.elf").sections


@pytest.mark.parametrize(
    ("field_offset", "value", "why"),
    [
        (16, 0x1000_0001, "asks for"),  # p_filesz 0 would hide it: p_memsz below
        (20, 0xFFFF_FFFF, "asks for"),
        (16, 0x0100_0000, "ends at offset"),
        (4, 0xFFFF_FFF0, "ends at offset"),
        (8, 0xFFFF_FFF0, "beyond the 32-bit address space"),
        (12, 0xFFFF_FFF0, "beyond the 32-bit address space"),
        (20, 4, "more bytes in the file than in memory"),
    ],
)
def test_an_impossible_first_segment_is_damage(tmp_path, field_offset, value, why):
    data = bytearray(GOOD)
    struct.pack_into("<I", data, 52 + field_offset, value)
    error = refusal(tmp_path / "file.elf", bytes(data))

    assert "truncated or damaged" in error.what
    assert why in error.why or "larger than the file" in error.why


def test_a_damaged_second_segment_is_found_too(tmp_path):
    good = elf_factory.firmware()
    second = replace(good.parts[1], memory_size_bytes=0x7000_0000)

    error = refusal(tmp_path / "file.elf", elf_factory.to_bytes(replace(good, parts=(good.parts[0], second))))

    assert "0x20000000 asks for 1879048192 bytes" in error.why


def _open(path: Path, data: bytes) -> Image | McusimError:
    path.write_bytes(data)
    try:
        image = load_image(path)
    except McusimError as error:
        return error
    SymbolTable(image).named(image.initial_pc_addr)
    LineTable(path).line_at(image.initial_pc_addr)
    return image


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(GOOD) - 1))
def test_every_truncation_is_an_image_or_an_error(tmp_path, length_bytes):
    assert isinstance(_open(tmp_path / "file.elf", GOOD[:length_bytes]), Image | McusimError)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(1, 255)), min_size=1, max_size=8))
@example([(len(GOOD) - 1, 255)])
def test_flipped_bits_make_an_image_or_an_error(tmp_path, flips):
    data = bytearray(GOOD)
    for offset, mask in flips:
        data[offset] ^= mask

    assert isinstance(_open(tmp_path / "file.elf", bytes(data)), Image | McusimError)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_after_the_magic_are_an_image_or_an_error(tmp_path, data):
    assert isinstance(_open(tmp_path / "file.elf", b"\x7fELF\x01\x01\x01" + data), Image | McusimError)
