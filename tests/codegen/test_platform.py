"""Linker script, start-up code and console follow from the board's file."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.board.load import board_names, load_board
from mcusim.board.schema import Medium, StartUp, StartUpStep, StepKind
from mcusim.codegen.memory_layout import linker_script, memory_layouts
from mcusim.codegen.platform import platform_of
from mcusim.codegen.request import Console
from mcusim.errors import DataFileError
from mcusim.provenance import Basis, Provenance

KIB = 1024
CITED = Provenance(Basis.DATASHEET, "RM0000 */ section\n 1")


def rams(board):
    return [
        (each.ram.names, each.ram.start_addr, each.ram.size_bytes)
        for each in memory_layouts(load_board(board))
    ]


def text_of(board, name, console=Console.SEMIHOSTING):
    (found,) = [each.text for each in platform_of(board, console).sources if each.name == f"platform/{name}"]
    return found


def names_of(board, console=Console.SEMIHOSTING):
    return {each.name.removeprefix("platform/") for each in platform_of(board, console).sources}


def with_start_up(board, *steps):
    return replace(board, chip=replace(board.chip, start_up=StartUp(80_000_000, steps, CITED)))


@pytest.mark.parametrize("name", board_names())
def test_code_is_in_flash_at_the_boot_address_and_data_in_ram_on_every_board(name):
    chip = load_board(name).chip
    bytes_of = {
        medium: {(each.start_addr, each.end_addr) for each in chip.regions if each.medium is medium}
        for medium in Medium
    }

    for layout in memory_layouts(load_board(name)):
        flash_end = layout.flash.start_addr + layout.flash.size_bytes
        assert chip.boot_addrs[0] == layout.flash.start_addr
        assert [] != [
            1 for start, end in bytes_of[Medium.FLASH] if start <= layout.flash.start_addr < flash_end <= end
        ]
        covered = sum(
            end - start
            for start, end in bytes_of[Medium.SRAM]
            if layout.ram.start_addr <= start and end <= layout.ram.start_addr + layout.ram.size_bytes
        )
        assert layout.ram.size_bytes == covered


def test_a_cortex_m7_has_its_data_in_tightly_coupled_memory_while_it_fits_there():
    """64 KiB DTCM at 0x20000000, 240 + 16 KiB of cached SRAM right behind it: RM0385, memory map."""
    assert [
        (("dtcm",), 0x2000_0000, 64 * KIB),
        (("dtcm", "sram1", "sram2"), 0x2000_0000, 320 * KIB),
    ] == rams("stm32f746g_disco")
    reasons = [each.ram_reason for each in memory_layouts(load_board("stm32f746g_disco"))]
    assert "dtcm (64 KiB), which the core reads without waiting" in reasons[0]
    assert "the data does not fit in the faster dtcm (64 KiB)" in reasons[1]


def test_axi_sram_follows_tightly_coupled_memory_where_it_is_larger():
    """RM0433, memory map: 128 KiB DTCM, 512 KiB AXI SRAM, not side by side."""
    assert [(("dtcm",), 0x2000_0000, 128 * KIB), (("axi_sram",), 0x2400_0000, 512 * KIB)] == rams(
        "nucleo_h743zi"
    )


def test_ram_with_wait_states_is_used_only_for_what_needs_it():
    """RM0432: SRAM1 192 KiB without waits; SRAM2 and SRAM3 behind it."""
    assert [
        (("sram1",), 0x2000_0000, 192 * KIB),
        (("sram1", "sram2", "sram3"), 0x2000_0000, 640 * KIB),
    ] == rams("nucleo_l4r5zi")


def test_memory_does_not_go_on_over_the_border_of_code_and_sram_bus():
    """K64: SRAM_L ends and SRAM_U begins at 0x20000000; an access must not lie across."""
    assert [(("sram_u",), 0x2000_0000, 192 * KIB)] == rams("frdm_k64f")


def test_aliases_are_no_memory_of_their_own():
    assert [(("ram",), 0x2000_0000, 256 * KIB)] == rams("nano33ble")


def test_of_two_memories_alike_the_one_on_the_data_bus_is_used():
    """i.MX RT1062: ITCM at 0 and DTCM at 0x20000000, 512 KiB each."""
    assert (("dtcm",), 0x2000_0000, 512 * KIB) == rams("teensy40")[0]


def test_the_script_keeps_room_for_the_stack_at_the_end_of_ram():
    layout = memory_layouts(load_board("nucleo_f446re"))[0]

    script = linker_script(layout, "SECTIONS { }\n", stack_bytes=2048)

    assert "FLASH (rx)  : ORIGIN = 0x08000000, LENGTH = 524288" in script
    assert "RAM   (rwx) : ORIGIN = 0x20000000, LENGTH = 129024" in script  # (112 + 16) KiB - 2 KiB
    assert "_stack_top = 0x20020000;" in script
    assert "BOOT2" not in script


def test_the_pico_has_its_boot_code_in_front_of_the_vector_table():
    pico = load_board("raspberry_pi_pico")
    script = linker_script(memory_layouts(pico)[0], "", stack_bytes=2048)

    assert "BOOT2 (rx)  : ORIGIN = 0x10000000, LENGTH = 256" in script
    assert "FLASH (rx)  : ORIGIN = 0x10000100, LENGTH = 2096896" in script
    assert "rp2040_boot2.S" in names_of(pico)


@pytest.mark.parametrize(
    ("board", "name"),
    [("raspberry_pi_pico_2", "rp2350_image_def.c"), ("frdm_k64f", "kinetis_flash_config.c")],
)
def test_what_a_boot_rom_looks_for_is_there_on_this_chip_and_no_other(board, name):
    assert [board] == [each for each in board_names() if name in names_of(load_board(each))]


def test_a_board_that_would_not_boot_says_so():
    notes = {name: platform_of(load_board(name), Console.SEMIHOSTING).notes for name in board_names()}

    assert ["teensy40"] == [name for name, each in notes.items() if each]
    assert "FlexSPI configuration block" in notes["teensy40"][0]


def test_no_flash_at_the_boot_address_is_an_error_with_the_address():
    board = load_board("nucleo_f446re")
    board = replace(board, chip=replace(board.chip, boot_addrs=(0x2000_0000,)))

    with pytest.raises(DataFileError, match="no flash at 0x20000000"):
        memory_layouts(board)


def test_the_vector_table_has_the_chips_interrupts():
    """CMSIS stm32f446xx.h: the last is FMPI2C1_ER, 96."""
    assert "#define BOARD_IRQ_COUNT 97\n" in text_of(load_board("nucleo_f446re"), "chip.h")


def test_start_up_steps_become_volatile_accesses_in_their_order_and_width():
    steps = (
        StartUpStep(StepKind.WRITE, 0x4002_2000, 0xFFFF_FFFF, 0x105, "ACR: five */ waits"),
        StartUpStep(StepKind.MODIFY, 0x4002_3800, 0x30, 0x10, "CR: on", 2),
        StartUpStep(StepKind.WAIT, 0x4002_3802, 0x2, 0x2, "until it is", 1),
    )

    text = text_of(with_start_up(load_board("nucleo_f446re"), *steps), "board.c")

    body = text[text.index("static void start_up") : text.index("void board_init")]
    assert body.splitlines()[2:-2] == [
        "    /* ACR: five * / waits */",
        "    *(volatile uint32_t *)0x40022000u = 0x105u;",
        "    /* CR: on */",
        "    *(volatile uint16_t *)0x40023800u = (uint16_t)((*(volatile uint16_t *)0x40023800u & ~0x30u) | 0x10u);",
        "    /* until it is */",
        "    while ((*(volatile uint8_t *)0x40023802u & 0x2u) != 0x2u) {",
        "    }",
    ]
    assert "/* RM0000 * / section 1 */" in text
    assert "    start_up();\n" in text
    assert ": 80 MHz." in text


def test_without_start_up_steps_the_clock_stays_as_after_reset():
    board = load_board("nucleo_f446re")
    text = text_of(replace(board, chip=replace(board.chip, start_up=None)), "board.c")

    assert "stays at the clock after reset, 16 MHz" in text
    assert "start_up" not in text


def test_caches_are_turned_on_where_the_core_has_them():
    assert "caches_enable();" in text_of(load_board("stm32f746g_disco"), "board.c")
    assert "caches_enable();" not in text_of(load_board("nucleo_f446re"), "board.c")


def test_only_a_core_with_the_register_is_told_where_its_vectors_are():
    """Armv6-M: VTOR is optional; the Cortex-M0 is without, the M0+ of our chips with it."""
    assert "SCB_VTOR" not in text_of(load_board("nucleo_f072rb"), "board.c")
    assert "SCB_VTOR" in text_of(load_board("nucleo_g071rb"), "board.c")


def test_the_console_is_the_one_asked_for():
    board = load_board("nucleo_f446re")

    assert {"console_semihosting.c"} == {each for each in names_of(board) if each.startswith("console")}
    assert {"console_none.c"} == {
        each for each in names_of(board, Console.NONE) if each.startswith("console")
    }
