"""What the STM32U5, U3 and G0 boards say agrees with the chips' documents."""

from __future__ import annotations

import pytest

from mcusim.board.load import load_board
from mcusim.board.schema import FetchModel

KIB, MHZ = 1024, 1_000_000
U575, U585, U385, G0B1 = "nucleo_u575zi_q", "b_u585i_iot02a", "nucleo_u385rg_q", "nucleo_g0b1re"


@pytest.mark.parametrize(
    ("board", "region", "start_addr", "size_kib"),
    [
        (U575, "flash", 0x0800_0000, 2048),  # CMSIS stm32u575xx.h
        (U575, "sram2", 0x2003_0000, 64),
        (U575, "sram3", 0x2004_0000, 512),
        (U585, "sram4", 0x2800_0000, 16),
        (U385, "flash", 0x0800_0000, 1024),  # modm-devices 0.13.1, stm32u3-75_85
        (U385, "sram2", 0x2003_0000, 64),
        (G0B1, "flash", 0x0800_0000, 512),  # CMSIS stm32g0b1xx.h
        (G0B1, "flash_at_boot", 0x0000_0000, 512),
    ],
)
def test_a_region_is_where_the_documents_put_it(board, region, start_addr, size_kib):
    found = {each.name: each for each in load_board(board).chip.regions}[region]

    assert (start_addr, size_kib * KIB) == (found.start_addr, found.size_bytes)


@pytest.mark.parametrize(
    ("board", "stack_addr"), [(U575, 0x200C_0000), (U385, 0x2003_0000), (G0B1, 0x2002_4000)]
)
def test_the_initial_stack_of_published_firmware_is_at_the_end_of_ram(board, stack_addr):
    """MLPerf Tiny v1.1 to v1.3: the first word of the images for these boards."""
    assert stack_addr in {each.end_addr for each in load_board(board).chip.regions}


@pytest.mark.parametrize(
    ("board", "device", "base_addr", "irq_number"),
    [
        (U575, "RCC", 0x4602_0C00, 9),  # CMSIS stm32u575xx.h
        (U575, "PWR", 0x4602_0800, -1),
        (U575, "ICACHE", 0x4003_0400, 107),
        (U575, "USART1", 0x4001_3800, 61),
        (U575, "LPUART1", 0x4600_2400, 66),
        (U585, "TIM5", 0x4000_0C00, 48),
        (U385, "RCC", 0x4003_0C00, 9),  # RM0487, memory map
        (U385, "PWR", 0x4003_0800, -1),
        (U385, "FLASH", 0x4002_2000, 6),
        (G0B1, "RCC", 0x4002_1000, 4),  # CMSIS stm32g0b1xx.h
        (G0B1, "USART2", 0x4000_4400, 28),
        (G0B1, "LPUART2", 0x4000_8400, 28),
        (G0B1, "GPIOB", 0x5000_0400, -1),
    ],
)
def test_a_device_is_where_the_documents_put_it(board, device, base_addr, irq_number):
    found = {each.name: each for each in load_board(board).chip.devices}[device]

    assert (base_addr, irq_number) == (found.base_addr, found.irq_number)


@pytest.mark.parametrize("board", [U575, U585, U385])
def test_the_icache_is_8_kib_in_two_ways_for_code_and_data_and_off_after_reset(board):
    interface = load_board(board).chip.flash_interface
    assert interface is not None
    cache = interface.instruction_cache

    assert cache is not None
    assert (8 * KIB, 16, 2) == (cache.lines_count * cache.line_bytes, cache.line_bytes, cache.ways_count)
    assert (True, False) == (interface.is_unified, interface.reset_instruction_cache_on)


@pytest.mark.parametrize(
    ("board", "limits_mhz"), [(U575, (32, 64, 96, 128, 160)), (U385, (32, 64, 96)), (G0B1, (24, 48, 64))]
)
def test_wait_states_are_needed_from_the_documented_clocks_on(board, limits_mhz):
    """modm-devices 0.13.1: flash latency in the highest voltage range."""
    interface = load_board(board).chip.flash_interface

    assert interface is not None
    assert tuple(limit * MHZ for limit in limits_mhz) == interface.wait_state_limits_hz


def test_the_g0_fetches_over_its_one_bus_through_lines_of_64_bits():
    interface = load_board(G0B1).chip.flash_interface

    assert interface is not None
    assert (FetchModel.WALK, 8, False) == (interface.model, interface.granule_bytes, interface.caches_data)
