"""What the STM32F401, L476, L475, G071, G474, F303, H563 and H747 boards say agrees with the chips' documents."""

from __future__ import annotations

import pytest

from mcusim.board.load import load_board

KIB, MHZ = 1024, 1_000_000
F401 = "nucleo_f401re"


@pytest.mark.parametrize(
    ("board", "region", "start_addr", "size_kib"),
    [
        (F401, "flash", 0x0800_0000, 512),  # CMSIS stm32f401xe.h; modm-devices 0.13.1, stm32f4-01_11
        (F401, "sram", 0x2000_0000, 96),
    ],
)
def test_a_region_is_where_the_documents_put_it(board, region, start_addr, size_kib):
    found = {each.name: each for each in load_board(board).chip.regions}[region]

    assert (start_addr, size_kib * KIB) == (found.start_addr, found.size_bytes)


@pytest.mark.parametrize(
    ("board", "device", "base_addr", "irq_number"),
    [
        (F401, "RCC", 0x4002_3800, 5),  # CMSIS stm32f401xe.h
        (F401, "FLASH", 0x4002_3C00, 4),
        (F401, "USART6", 0x4001_1400, 71),
        (F401, "GPIOH", 0x4002_1C00, -1),
        (F401, "TIM9", 0x4001_4000, 24),
    ],
)
def test_a_device_is_where_the_documents_put_it(board, device, base_addr, irq_number):
    found = {each.name: each for each in load_board(board).chip.devices}[device]

    assert (base_addr, irq_number) == (found.base_addr, found.irq_number)


@pytest.mark.parametrize(
    ("board", "limits_mhz"),
    [
        (F401, (30, 60, 84)),  # modm-devices 0.13.1, 2.7 to 3.6 V
    ],
)
def test_wait_states_are_needed_from_the_documented_clocks_on(board, limits_mhz):
    interface = load_board(board).chip.flash_interface

    assert interface is not None
    assert tuple(limit * MHZ for limit in limits_mhz) == interface.wait_state_limits_hz


def test_the_accelerator_of_the_f401_is_the_f407_s():
    """RM0368 and RM0090 describe the same one; it was measured on the STM32F407."""
    own, measured = (load_board(name).chip.flash_interface for name in (F401, "stm32f407g_disc1"))

    assert own is not None
    assert measured is not None
    for name in ("granule_bytes", "instruction_cache", "data_cache", "prefetch", "zero_wait"):
        assert getattr(measured, name) == getattr(own, name)
