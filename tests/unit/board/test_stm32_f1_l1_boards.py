"""What the STM32F1 and L1 boards say agrees with the chips' documents."""

from __future__ import annotations

import pytest

from mcusim.board.load import load_board

KIB, MHZ = 1024, 1_000_000
F103, L100 = "nucleo_f103rb", "stm32l100_disco"


@pytest.mark.parametrize(
    ("board", "region", "start_addr", "size_kib"),
    [
        (F103, "flash", 0x0800_0000, 128),  # CMSIS stm32f103xb.h
        (F103, "sram", 0x2000_0000, 20),  # DS5319, title page
        (L100, "flash", 0x0800_0000, 256),  # CMSIS stm32l100xc.h
        (L100, "eeprom", 0x0808_0000, 4),
    ],
)
def test_a_region_is_where_the_documents_put_it(board, region, start_addr, size_kib):
    found = {each.name: each for each in load_board(board).chip.regions}[region]

    assert (start_addr, size_kib * KIB) == (found.start_addr, found.size_bytes)


@pytest.mark.parametrize(
    ("board", "device", "base_addr", "irq_number"),
    [
        (F103, "RCC", 0x4002_1000, 5),  # CMSIS stm32f103xb.h
        (F103, "FLASH", 0x4002_2000, 4),
        (F103, "USART1", 0x4001_3800, 37),
        (F103, "USART2", 0x4000_4400, 38),
        (F103, "GPIOE", 0x4001_1800, -1),
        (F103, "TIM4", 0x4000_0800, 30),
        (L100, "RCC", 0x4002_3800, 5),  # CMSIS stm32l100xc.h
        (L100, "FLASH", 0x4002_3C00, 4),
        (L100, "USART3", 0x4000_4800, 39),
        (L100, "GPIOH", 0x4002_1400, -1),
        (L100, "TIM7", 0x4000_1400, 44),
    ],
)
def test_a_device_is_where_the_documents_put_it(board, device, base_addr, irq_number):
    found = {each.name: each for each in load_board(board).chip.devices}[device]

    assert (base_addr, irq_number) == (found.base_addr, found.irq_number)


@pytest.mark.parametrize(
    ("board", "limits_mhz", "has_prefetch_after_reset"),
    [(F103, (24, 48, 72), True), (L100, (16, 32), False)],  # RM0008 3.3.3, RM0038 3.4; FLASH_ACR reset values
)
def test_flash_is_read_by_64_bits_without_a_cache(board, limits_mhz, has_prefetch_after_reset):
    interface = load_board(board).chip.flash_interface

    assert (8, None, None) == (interface.granule_bytes, interface.instruction_cache, interface.data_cache)
    assert tuple(limit * MHZ for limit in limits_mhz) == interface.wait_state_limits_hz
    assert has_prefetch_after_reset == interface.reset_prefetch_on
