"""Firmware for another core, chip or half of a chip is refused or warned about; the right one is not."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from mcusim.board.load import load_board
from mcusim.errors import FirmwareFileError, UsageError
from mcusim.firmware.elf import load_image
from mcusim.firmware.load import load_firmware
from mcusim.machine.fit import check_fit, placed_on, target_of, with_likely_board
from tests import elf_factory
from tests.elf_factory import FLASH_ADDR, READ, WRITE, Name, Part

STM32F4_ADDRS = (
    0x4002_3800,
    0x4002_3C00,
    0x4000_7000,
    0x4002_0000,
    0x4000_4400,
    0x4002_0400,
    0x4002_0800,
    0x4002_0C00,
)
"""RCC, FLASH, PWR, GPIOA, USART2, GPIOB, GPIOC, GPIOD (RM0390, table 1)."""


def image_of(tmp_path, **changes):
    path = tmp_path / "firmware.elf"
    path.write_bytes(elf_factory.firmware_bytes(**changes))
    return load_image(path)


def naming(addrs: tuple[int, ...]) -> tuple[Part, ...]:
    """Firmware whose code is one `ldr r0, [pc, #n]` per address (encoding T1: 0x4800 + words), then the words."""
    parts = elf_factory.firmware().parts
    start = len(parts[0].data)
    count = len(addrs) + len(addrs) % 2
    loads = b"".join(
        struct.pack("<H", 0x4800 + (2 * count + 4 * index - (2 * index + 4 & ~3)) // 4)
        for index in range(len(addrs))
    )
    code = loads.ljust(2 * count, b"\0") + struct.pack(f"<{len(addrs)}I", *addrs)
    assert start % 4 == 0
    return (replace(parts[0], data=parts[0].data + code), *parts[2:])


def test_firmware_that_names_another_chips_peripherals_is_warned_about(tmp_path):
    warning = with_likely_board(
        image_of(tmp_path, parts=naming(STM32F4_ADDRS)), load_board("nucleo_l476rg")
    ).warnings[0]

    assert "nucleo_f446re" in warning
    assert "nothing of board 'nucleo_l476rg' is at 0x40023800 (RCC)" in warning


@pytest.mark.parametrize("addrs", [STM32F4_ADDRS, (), STM32F4_ADDRS[:2]])
def test_the_right_board_and_code_that_names_little_stay_silent(tmp_path, addrs):
    assert (
        () == with_likely_board(image_of(tmp_path, parts=naming(addrs)), load_board("nucleo_f446re")).warnings
    )


RP2040_ADDRS = (
    0x4000_8000,
    0x4000_C000,
    0x4001_4000,
    0x4001_C000,
    0x4002_4000,
    0x4002_8000,
    0x4005_4000,
    0x4005_8000,
)
"""CLOCKS, RESETS, IO_BANK0, PADS_BANK0, XOSC, PLL_SYS, TIMER, WATCHDOG (RP2040 datasheet, 2.2.4)."""


def linked_at(base_addr: int, addrs: tuple[int, ...]) -> dict[str, object]:
    """As `naming`, with vector table and code from `base_addr` on."""
    code = naming(addrs)[0].data
    table = struct.pack("<16I", 0x2000_4000, *[base_addr + 65] * 3, *[0] * 12)
    part = Part(".text", base_addr, table + code[64:])
    return {"parts": (part,), "names": (), "entry_addr": base_addr + 65, "architecture_id": 12}


def test_firmware_in_the_flash_of_another_chip_that_is_ram_here_is_refused(tmp_path):
    """RM0432: SRAM2 of the STM32L4R5 is at 0x10000000, where the RP2040 has its flash. Tag_CPU_arch 12 is v6S-M."""
    image = image_of(tmp_path, **linked_at(0x1000_0000, RP2040_ADDRS))
    board = load_board("nucleo_l4r5zi")
    check_fit(image, board)
    with pytest.raises(FirmwareFileError, match="built for another chip") as caught:
        with_likely_board(image, board)

    assert "--board raspberry_pi_pico" in caught.value.fix
    assert () == with_likely_board(image, load_board("raspberry_pi_pico")).warnings


def test_firmware_in_ram_is_not_refused_whatever_it_looks_like(tmp_path):
    """At 0x20000000 no chip has flash: a look at its peripherals alone is a guess."""
    changes = linked_at(0x2000_0000, STM32F4_ADDRS) | {"architecture_id": 13}
    image = image_of(tmp_path, **changes)

    assert () == with_likely_board(image, load_board("nucleo_f446re")).warnings
    assert "looks built for" in with_likely_board(image, load_board("nucleo_l4r5zi")).warnings[0]


@pytest.mark.parametrize(("architecture_id", "words"), [(21, "Cortex-M55 or M85"), (16, "Cortex-M23")])
def test_a_core_that_no_board_has_is_refused_with_the_nearest(tmp_path, architecture_id, words):
    """Tag_CPU_arch 16 and 21 are v8-M.baseline and v8.1-M.mainline (Addenda to the Arm ABI, 3.3.5.2)."""
    with pytest.raises(FirmwareFileError) as caught:
        check_fit(image_of(tmp_path, architecture_id=architecture_id), load_board("nucleo_f446re"))

    assert words in caught.value.what
    assert "Cortex-M33" in caught.value.fix


def test_helium_is_named(tmp_path):
    image = replace(image_of(tmp_path, architecture_id=21), has_mve=True)
    with pytest.raises(FirmwareFileError, match="Helium"):
        check_fit(image, load_board("generic_m33"))


def test_firmware_for_an_accelerator_is_refused(tmp_path):
    names = (*elf_factory.firmware().names, Name("ethosu_invoke_v3", FLASH_ADDR + 65, 4))
    with pytest.raises(FirmwareFileError, match="Ethos-U"):
        check_fit(image_of(tmp_path, names=names), load_board("nucleo_f446re"))


def test_the_non_secure_half_of_a_pair_is_refused(tmp_path):
    names = (*elf_factory.firmware().names, Name("psa_call_veneer", FLASH_ADDR + 0x8_0001, 8))
    image = image_of(tmp_path, names=names, architecture_id=17)
    with pytest.raises(FirmwareFileError, match="non-secure half") as caught:
        check_fit(image, load_board("nucleo_h563zi"))

    assert "psa_call_veneer" in caught.value.why


def test_a_whole_firmware_for_the_same_core_is_not(tmp_path):
    check_fit(image_of(tmp_path, architecture_id=17), load_board("nucleo_h563zi"))


def test_bytes_for_option_registers_are_left_out_with_a_warning(tmp_path):
    """nRF52840 Product Specification, 4.5: UICR begins at 0x10001000."""
    chip = load_board("nano33ble").chip
    table = elf_factory.vector_table(0x2000_4000, 0x40, 0x40)
    parts = (
        Part(".text", 0, table + elf_factory.CODE_BYTES),
        Part(".uicr", 0x1000_1200, bytes(8), flags=READ | WRITE),
    )
    image = placed_on(image_of(tmp_path, parts=parts, names=(), entry_addr=0x41), chip)

    assert [0] == [each.load_addr for each in image.segments]
    assert "UICR at 0x10001200" in image.warnings[0]


def test_an_image_with_a_boot_header_starts_at_its_entry(tmp_path):
    """Teensy cores, teensy4/bootdata.c: 0x432000D1, entry, reserved, DCD, boot data, own address, CSF, reserved."""
    header_addr, code_addr = 0x6000_1000, 0x6000_1400
    header = struct.pack("<8I", 0x4320_00D1, code_addr | 1, 0, 0, header_addr + 32, header_addr, 0, 0)
    parts = (Part(".text", header_addr, header.ljust(0x400, b"\xff") + elf_factory.CODE_BYTES),)
    image = placed_on(image_of(tmp_path, parts=parts, names=()), load_board("teensy40").chip)

    assert (header_addr, code_addr) == (image.vector_table_addr, image.initial_pc_addr)
    check_fit(image, load_board("teensy40"))


def test_a_raw_image_is_told_the_start_of_the_boards_flash(tmp_path):
    path = tmp_path / "firmware.bin"
    path.write_bytes(elf_factory.firmware().parts[0].data)
    with pytest.raises(UsageError, match="raw image") as caught:
        load_firmware(path, target=target_of(load_board("nucleo_f446re").chip))

    assert "--base 0x08000000" in str(caught.value)


def test_the_start_of_a_pico_s_flash_is_proposed_not_that_of_another_vendor(tmp_path):
    """RP2040 datasheet, 2.2: XIP_BASE is 0x10000000; an image begins there with the second stage, not with a table."""
    path = tmp_path / "firmware.bin"
    path.write_bytes(b"\x00\xb5\x32\x4b" * 64)
    with pytest.raises(UsageError, match="raw image") as caught:
        load_firmware(path, target=target_of(load_board("raspberry_pi_pico").chip))

    assert "--base 0x10000000" in str(caught.value)
