"""What the boards with a Cortex-M7 say agrees with the vendor's headers."""

from __future__ import annotations

import pytest

from mcusim.board.load import load_board
from mcusim.board.schema import CacheSwitch

KIB = 1024
BOARDS = ("stm32f746g_disco", "nucleo_f767zi", "nucleo_h743zi", "nucleo_h7a3zi_q")


def _regions(board):
    return {each.name: each for each in load_board(board).chip.regions}


@pytest.mark.parametrize(
    ("board", "region", "start_addr", "size_kib"),
    [
        # CMSIS stm32f746xx.h, stm32f767xx.h: RAMITCM, FLASHITCM, RAMDTCM, SRAM1, SRAM2
        ("stm32f746g_disco", "flash", 0x0800_0000, 1024),
        ("stm32f746g_disco", "flash_at_itcm", 0x0020_0000, 1024),
        ("stm32f746g_disco", "itcm", 0x0000_0000, 16),
        ("stm32f746g_disco", "dtcm", 0x2000_0000, 64),
        ("stm32f746g_disco", "sram1", 0x2001_0000, 240),
        ("stm32f746g_disco", "sram2", 0x2004_C000, 16),
        ("nucleo_f767zi", "dtcm", 0x2000_0000, 128),
        ("nucleo_f767zi", "sram1", 0x2002_0000, 368),
        ("nucleo_f767zi", "sram2", 0x2007_C000, 16),
        # stm32h743xx.h, stm32h7a3xxq.h: D1/CD, D2 and D3/SRD memories
        ("nucleo_h743zi", "axi_sram", 0x2400_0000, 512),
        ("nucleo_h743zi", "d2_sram", 0x3000_0000, 288),
        ("nucleo_h743zi", "d2_sram_at_code", 0x1000_0000, 288),
        ("nucleo_h743zi", "d3_sram", 0x3800_0000, 64),
        ("nucleo_h7a3zi_q", "flash", 0x0800_0000, 2048),
        ("nucleo_h7a3zi_q", "axi_sram", 0x2400_0000, 1024),
        ("nucleo_h7a3zi_q", "ahb_sram", 0x3000_0000, 128),
        ("nucleo_h7a3zi_q", "srd_sram", 0x3800_0000, 32),
    ],
)
def test_a_region_is_where_the_header_puts_it(board, region, start_addr, size_kib):
    found = _regions(board)[region]

    assert (found.start_addr, found.size_bytes) == (start_addr, size_kib * KIB)


@pytest.mark.parametrize(
    ("board", "device", "base_addr", "irq_number"),
    [
        ("stm32f746g_disco", "USART1", 0x4001_1000, 37),  # CMSIS stm32f746xx.h
        ("stm32f746g_disco", "RCC", 0x4002_3800, 5),
        ("stm32f746g_disco", "TIM5", 0x4000_0C00, 50),
        ("nucleo_f767zi", "USART3", 0x4000_4800, 39),
        ("nucleo_h743zi", "USART3", 0x4000_4800, 39),  # stm32h743xx.h
        ("nucleo_h743zi", "RCC", 0x5802_4400, 5),
        ("nucleo_h7a3zi_q", "FLASH", 0x5200_2000, 4),  # stm32h7a3xxq.h
        ("nucleo_h7a3zi_q", "GPIOK", 0x5802_2800, -1),
        ("nucleo_h7a3zi_q", "USART10", 0x4001_1C00, 141),
    ],
)
def test_a_device_is_where_the_header_puts_it(board, device, base_addr, irq_number):
    found = {each.name: each for each in load_board(board).chip.devices}[device]

    assert (found.base_addr, found.irq_number) == (base_addr, irq_number)


@pytest.mark.parametrize("board", BOARDS)
def test_tightly_coupled_memory_is_never_cached_and_all_other_ram_is(board):
    ram = [each for each in _regions(board).values() if each.medium.value == "sram"]

    assert {"itcm", "dtcm"} == {each.name for each in ram if not each.line_fill_cycles}


@pytest.mark.parametrize(
    ("board", "cache_kib", "wait_cycles", "line_cycles"),
    [
        # Sizes: data sheet overviews. Cycles of a line at the highest clock: replay of vendor images against
        # published latencies at 7 wait states, 12 (F746) and 13 (H7A3, which needs 6); the others carry these over.
        ("stm32f746g_disco", 4, 7, 12),
        ("nucleo_f767zi", 16, 7, 12),
        ("nucleo_h7a3zi_q", 16, 6, 12),
        ("nucleo_h743zi", 16, 4, 20),
    ],
)
def test_the_l1_caches_have_their_size_and_a_miss_its_cycles(board, cache_kib, wait_cycles, line_cycles):
    chip = load_board(board).chip
    flash = chip.flash_interface
    caches = (flash.instruction_cache, flash.data_cache)

    assert flash.switch is CacheSwitch.CORE
    assert [(cache_kib * KIB, 2), (cache_kib * KIB, 4)] == [
        (each.lines_count * each.line_bytes, each.ways_count) for each in caches
    ]
    assert wait_cycles == sum(limit_hz < chip.max_clock_hz for limit_hz in flash.wait_state_limits_hz)
    assert line_cycles == flash.miss_overhead_cycles + wait_cycles * flash.wait_state_cycles
