"""Every format of firmware file gives the image that the ELF file gives; damage is named."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from mcusim.errors import FirmwareFileError, McusimError, UsageError
from mcusim.firmware.load import Target, load_firmware
from tests import elf_factory
from tests.elf_factory import FLASH_ADDR, STACK_ADDR

ELF = elf_factory.firmware()
CONTENTS = ELF.parts[0].data + ELF.parts[1].data
CODE_ADDR = FLASH_ADDR + 64


def hex_record(kind: int, addr: int, data: bytes) -> str:
    """Intel HEX rev. A: count, address, type, data, two's complement of their sum."""
    body = bytes([len(data), addr >> 8 & 0xFF, addr & 0xFF, kind]) + data
    return f":{body.hex().upper()}{-sum(body) & 0xFF:02X}"


def intel_hex(contents: bytes = CONTENTS, base_addr: int = FLASH_ADDR) -> list[str]:
    lines = [hex_record(4, 0, struct.pack(">H", base_addr >> 16))]
    lines += [hex_record(0, at, contents[at : at + 16]) for at in range(0, len(contents), 16)]
    return [*lines, hex_record(1, 0, b"")]


def s_record(kind: int, addr: int, data: bytes) -> str:
    """S3 and S7: count of what follows, four address bytes, data, ones' complement of the sum."""
    body = struct.pack(">I", addr) + data
    body = bytes([len(body) + 1]) + body
    return f"S{kind}{body.hex().upper()}{~sum(body) & 0xFF:02X}"


def srec(contents: bytes = CONTENTS) -> list[str]:
    lines = [s_record(3, FLASH_ADDR + at, contents[at : at + 16]) for at in range(0, len(contents), 16)]
    return [*lines, s_record(7, CODE_ADDR | 1, b"")]


def uf2(contents: bytes = CONTENTS, family_id: int = 0x57755A57, base_addr: int = FLASH_ADDR) -> bytes:
    """microsoft/uf2, README.md: 32 bytes of header, 476 of data, a closing magic; 0x57755A57 is the STM32F4."""
    count = -(-len(contents) // 256)
    blocks = b""
    for number in range(count):
        data = contents[number * 256 : number * 256 + 256]
        head = struct.pack(
            "<4s7I",
            b"UF2\n",
            0x9E5D5157,
            0x2000,
            base_addr + number * 256,
            len(data),
            number,
            count,
            family_id,
        )
        blocks += head + data.ljust(476, b"\xff") + struct.pack("<I", 0x0AB16F30)
    return blocks


def saved(folder: Path, data: bytes | list[str], name: str = "firmware") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else "\n".join(data).encode() + b"\n")
    return path


def refusal(path: Path, *arguments: object) -> McusimError:
    with pytest.raises(McusimError) as caught:
        load_firmware(path, *arguments)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize(
    ("data", "base_addr"), [(intel_hex(), None), (srec(), None), (uf2(), None), (CONTENTS, FLASH_ADDR)]
)
def test_every_format_gives_the_same_bytes_and_start(tmp_path, data, base_addr):
    image = load_firmware(saved(tmp_path, data), base_addr)

    assert [(FLASH_ADDR, CONTENTS)] == [(each.load_addr, each.data) for each in image.segments]
    assert (FLASH_ADDR, STACK_ADDR, CODE_ADDR) == (
        image.vector_table_addr,
        image.initial_sp_addr,
        image.initial_pc_addr,
    )
    assert "--symbols" in image.warnings[-1]


def test_a_vector_table_behind_a_bootloader_is_found(tmp_path):
    words = struct.unpack_from("<16I", CONTENTS)
    moved = struct.pack("<16I", words[0], *(word + 0x4000 if word else 0 for word in words[1:]))
    path = saved(tmp_path, b"\xff" * 0x4000 + moved + ELF.parts[0].data[64:])

    assert FLASH_ADDR + 0x4000 == load_firmware(path, FLASH_ADDR).vector_table_addr


def test_records_in_any_order_and_repeated_are_one_image(tmp_path):
    first, *middle, last = intel_hex()
    image = load_firmware(saved(tmp_path, [first, *reversed(middle), middle[0], last]))

    assert CONTENTS == image.segments[0].data


HEX = intel_hex()


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([*HEX[:2], HEX[2][:-2] + "00", *HEX[3:]], "line 3 of the Intel HEX file is damaged"),
        ([*HEX[:2], HEX[2][:-4], *HEX[3:]], "line 3 of the Intel HEX file is damaged"),
        ([*HEX[:2], "hello", *HEX[3:]], "line 3 of the Intel HEX file is damaged"),
        (HEX[:-1], "without its end record"),
        ([*HEX, HEX[1]], "follows the end"),
        ([*HEX[:-1], hex_record(0, 0, b"\x55" * 4), HEX[-1]], "says other bytes at 0x08000000"),
        ([HEX[0], HEX[-1]], "no bytes of firmware"),
        ([hex_record(0, 0, b"\1" * 16), hex_record(9, 0, b""), HEX[-1]], "record type 9"),
        ([*srec()[:1], "S5030007F5", *srec()[1:]], "the S-record file is"),
        ([*srec()[:2], srec()[2].replace("S3", "S4"), *srec()[3:]], "damaged"),
    ],
)
def test_damaged_records_are_named_by_line(tmp_path, lines, words):
    error = refusal(saved(tmp_path, lines))

    assert isinstance(error, FirmwareFileError)
    assert words in error.what


def test_an_s_record_file_without_end_is_only_warned_about(tmp_path):
    image = load_firmware(saved(tmp_path, srec()[:-1]))

    assert "may be cut off" in image.warnings[0]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (uf2()[:-1], "cut off"),
        (uf2()[:508] + bytes(4) + uf2()[512:], "block 0 of the UF2 file is damaged"),
        (uf2(CONTENTS * 3)[512:], "incomplete"),
        (uf2(family_id=0xE48BFF5A), "is for Raspberry Pi RP2350 (RISC-V)"),
        (uf2(family_id=0xE48BFF56), "is for Raspberry Pi RP2040"),
    ],
)
def test_damaged_and_foreign_uf2_files_are_refused(tmp_path, data, words):
    error = refusal(saved(tmp_path, data), None, None, Target("stm32f446re"))

    assert words in error.what


def test_of_a_uf2_file_for_several_chips_the_board_chooses(tmp_path):
    other = uf2(b"\xaa" * 600, family_id=0xE48BFF56, base_addr=0x1000_0000)
    image = load_firmware(saved(tmp_path, other + uf2()), None, None, Target("stm32f446re"))

    assert [CONTENTS] == [each.data for each in image.segments]


def test_the_block_that_the_rp2350_needs_for_its_erratum_is_no_firmware(tmp_path):
    """picotool, elf2uf2.cpp, gen_abs_block: block 0 of 2, 256 bytes of 0xEF at 0x10FFFF00, family "absolute"."""
    block = bytearray(uf2(b"\xef" * 256, family_id=0xE48BFF57, base_addr=0x10FF_FF00))
    struct.pack_into("<I", block, 24, 2)
    image = load_firmware(
        saved(tmp_path, bytes(block) + uf2(family_id=0xE48BFF59)), None, None, Target("rp2350")
    )

    assert [FLASH_ADDR] == [each.load_addr for each in image.segments]


def test_a_raw_image_needs_its_address_and_is_told_the_likely_one(tmp_path):
    error = refusal(saved(tmp_path, CONTENTS, "fw.bin"), None, None, Target("", (0x1000_0000, FLASH_ADDR)))

    assert isinstance(error, UsageError)
    assert "--base 0x08000000" in error.fix


def test_a_raw_image_that_begins_without_a_table_is_told_where_flash_begins(tmp_path):
    target = Target("", (0x1000_0100, 0x1000_0000), 0x1000_0000)
    error = refusal(saved(tmp_path, bytes(range(128)) + CONTENTS, "fw.bin"), None, None, target)

    assert "--base 0x10000000" in error.fix


@pytest.mark.parametrize(("base_addr", "before"), [(4, 0), (64, 0), (1, 0), (2, 0), (4, 256)])
def test_a_base_that_puts_the_table_where_no_core_has_it_is_refused_with_the_likely_one(
    tmp_path, base_addr, before
):
    """Armv7-M ARM, B3.2.5: bits 6:0 of VTOR are zero. The Pico has 256 bytes of second stage before the table."""
    words = struct.unpack_from("<16I", CONTENTS)
    table = struct.pack("<16I", words[0], *(word + before if word else 0 for word in words[1:]))
    path = saved(tmp_path, b"\xff" * before + table + CONTENTS[64:])
    error = refusal(path, FLASH_ADDR + base_addr)

    assert isinstance(error, UsageError)
    assert "try --base 0x08000000" == error.fix
    assert FLASH_ADDR + before == load_firmware(path, FLASH_ADDR).vector_table_addr


def test_of_a_base_a_little_before_a_place_where_firmware_begins_that_is_proposed(tmp_path):
    path = saved(tmp_path, b"\xff" * 256 + CONTENTS)

    assert "0x10000000" in refusal(path, 0x0FFF_FFFE, None, Target("", (0x1000_0000,))).fix


@pytest.mark.parametrize("data", [intel_hex(), srec(), uf2(), elf_factory.firmware_bytes()])
def test_a_base_address_for_a_file_that_has_addresses_is_refused(tmp_path, data):
    assert "--base is for raw images" in refusal(saved(tmp_path, data), FLASH_ADDR).what


def test_a_raw_image_at_the_end_of_the_address_space_is_refused(tmp_path):
    assert "does not fit behind" in refusal(saved(tmp_path, CONTENTS), 0xFFFF_FFF0).what


@pytest.mark.parametrize(("data", "words"), [(b"", "an empty file"), (b"hello there\n" * 9, "a text file")])
def test_what_is_no_firmware_is_named_even_with_a_base(tmp_path, data, words):
    assert words in refusal(saved(tmp_path, data), FLASH_ADDR).what


# --- names from a second file ---


def test_an_unstripped_elf_gives_names_sections_and_debug_lines(tmp_path):
    elf = saved(tmp_path, elf_factory.firmware_bytes(), "fw.elf")
    image = load_firmware(saved(tmp_path, intel_hex()), None, elf)
    original = load_firmware(elf)

    assert (original.symbols, original.sections, elf) == (image.symbols, image.sections, image.lines_path)
    assert original.architecture == image.architecture
    assert () == image.warnings


def test_the_elf_of_another_build_is_refused(tmp_path):
    elf = saved(tmp_path, elf_factory.firmware_bytes(), "fw.elf")
    other = bytearray(CONTENTS)
    other[80:96] = b"\x01\x20" * 8
    error = refusal(saved(tmp_path, intel_hex(bytes(other))), None, elf)

    assert "another build" in error.what
    assert "4 of 32 words of code differ" in error.why


def test_the_elf_of_another_chip_is_said_to_share_no_addresses(tmp_path):
    """Nothing was compared: "0 of 0 words differ" would tell nobody what is wrong."""
    elf = saved(tmp_path, elf_factory.firmware_bytes(), "fw.elf")
    words = struct.unpack_from("<16I", CONTENTS)
    moved = struct.pack("<16I", words[0], *(word + 0x0800_0000 if word else 0 for word in words[1:]))
    error = refusal(saved(tmp_path, moved + CONTENTS[64:], "other.bin"), 0x1000_0000, elf)

    assert (
        "they share no addresses: other.bin begins at 0x10000000, and fw.elf begins at 0x08000000"
        == error.why
    )


NM = f"{FLASH_ADDR + 64:08x} 00000014 T Reset_Handler\n{FLASH_ADDR + 84:08x} 00000028 T _Z4mainv\n20000000 b counter\n"


def test_a_list_of_nm_gives_names(tmp_path):
    image = load_firmware(saved(tmp_path, intel_hex()), None, saved(tmp_path, NM.encode(), "nm.txt"))

    assert [("Reset_Handler", 0x14), ("main()", 0x28), ("counter", 0)] == [
        (each.name, each.size_bytes) for each in image.symbols
    ]


def test_names_of_another_build_are_refused_or_doubted(tmp_path):
    firmware = saved(tmp_path, intel_hex())
    beyond = saved(tmp_path, b"08123450 00000014 T Reset_Handler\n", "beyond.txt")
    shifted = saved(tmp_path, f"{FLASH_ADDR + 66:08x} T Reset_Handler\n".encode(), "shifted.txt")

    assert "another build" in refusal(firmware, None, beyond).what
    assert "same build" in load_firmware(firmware, None, shifted).warnings[0]


def test_a_file_without_names_is_refused(tmp_path):
    error = refusal(saved(tmp_path, intel_hex()), None, saved(tmp_path, b"nothing\n", "x.txt"))

    assert "no names were found" in error.what
