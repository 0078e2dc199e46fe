"""What the STM32F401, L476, L475, G071, G474, F303, H563 and H747 boards say agrees with the chips' documents."""

from __future__ import annotations

import pytest

from mcusim.board.load import load_board
from mcusim.shipped import data_file

KIB, MHZ = 1024, 1_000_000
F401, L476, L475, G071 = "nucleo_f401re", "nucleo_l476rg", "b_l475e_iot01a", "nucleo_g071rb"
G474, F303, H563, PORTENTA = "nucleo_g474re", "nucleo_f303re", "nucleo_h563zi", "portenta_h7"
ALL = (F401, L476, L475, G071, G474, F303, H563, PORTENTA)


@pytest.mark.parametrize(
    ("board", "region", "start_addr", "size_kib"),
    [
        (F401, "flash", 0x0800_0000, 512),  # CMSIS stm32f401xe.h; modm-devices 0.13.1, stm32f4-01_11
        (F401, "sram", 0x2000_0000, 96),
        (L476, "flash", 0x0800_0000, 1024),  # CMSIS stm32l476xx.h, stm32l475xx.h
        (L475, "sram1", 0x2000_0000, 96),
        (L475, "sram2", 0x1000_0000, 32),
        (G071, "flash", 0x0800_0000, 128),  # modm-devices 0.13.1, stm32g0-71_81
        (G071, "sram", 0x2000_0000, 36),
        (G474, "sram1", 0x2000_0000, 80),  # CMSIS stm32g474xx.h
        (G474, "sram2", 0x2001_4000, 16),
        (G474, "ccm_sram", 0x1000_0000, 32),
        (F303, "flash", 0x0800_0000, 512),  # CMSIS stm32f303xe.h
        (F303, "ccm", 0x1000_0000, 16),
        (H563, "flash", 0x0800_0000, 2048),  # CMSIS stm32h563xx.h
        (H563, "sram2", 0x2004_0000, 64),
        (H563, "sram3", 0x2005_0000, 320),
        (PORTENTA, "itcm", 0x0000_0000, 64),  # modm-devices 0.13.1, stm32h7-45_47_55_57
        (PORTENTA, "dtcm", 0x2000_0000, 128),
        (PORTENTA, "axi_sram", 0x2400_0000, 512),
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
        (L476, "LPUART1", 0x4000_8000, 70),  # CMSIS stm32l476xx.h
        (L475, "USART1", 0x4001_3800, 37),
        (L475, "TIM17", 0x4001_4800, 26),
        (G071, "RCC", 0x4002_1000, 4),  # CMSIS stm32g071xx.h
        (G071, "USART4", 0x4000_4C00, 29),
        (G474, "RCC", 0x4002_1000, 5),  # CMSIS stm32g474xx.h
        (G474, "LPUART1", 0x4000_8000, 91),
        (G474, "GPIOG", 0x4800_1800, -1),
        (F303, "FLASH", 0x4002_2000, 4),  # CMSIS stm32f303xe.h
        (F303, "USART2", 0x4000_4400, 38),
        (F303, "GPIOA", 0x4800_0000, -1),
        (H563, "RCC", 0x4402_0C00, 9),  # CMSIS stm32h563xx.h
        (H563, "PWR", 0x4402_0800, -1),
        (H563, "ICACHE", 0x4003_0400, 104),
        (H563, "USART3", 0x4000_4800, 60),
        (PORTENTA, "RCC", 0x5802_4400, 5),  # CMSIS stm32h747xx.h
        (PORTENTA, "LPUART1", 0x5800_0C00, 142),
    ],
)
def test_a_device_is_where_the_documents_put_it(board, device, base_addr, irq_number):
    found = {each.name: each for each in load_board(board).chip.devices}[device]

    assert (base_addr, irq_number) == (found.base_addr, found.irq_number)


@pytest.mark.parametrize(
    ("board", "limits_mhz"),
    [
        (F401, (30, 60, 84)),  # modm-devices 0.13.1, 2.7 to 3.6 V
        (L476, (16, 32, 48, 64, 80)),  # modm-devices 0.13.1, range 1
        (L475, (16, 32, 48, 64, 80)),
        (G071, (24, 48, 64)),
        (G474, (34, 68, 102, 136, 170)),  # stm32g4xx_ll_utils.c, range 1 boost mode
        (F303, (24, 48, 72)),  # stm32f3xx_ll_utils.c
        (H563, (42, 84, 126, 168, 210, 250)),  # stm32h5xx_ll_utils.c, VOS0
        (PORTENTA, (140, 280, 420, 450, 480)),  # AXI at half the core clock; modm-devices 0.13.1, 1.26 V
    ],
)
def test_wait_states_are_needed_from_the_documented_clocks_on(board, limits_mhz):
    interface = load_board(board).chip.flash_interface

    assert interface is not None
    assert tuple(limit * MHZ for limit in limits_mhz) == interface.wait_state_limits_hz


@pytest.mark.parametrize("board", ALL)
def test_every_interrupt_of_a_device_is_one_that_the_core_has(board):
    chip = load_board(board).chip

    assert [each.name for each in chip.devices if each.irq_number >= chip.interrupts_count] == []


@pytest.mark.parametrize(
    ("board", "measured", "names"),
    [
        # The same accelerator, cache or buffer by the manuals; only the second board's was measured.
        (F401, "stm32f407g_disc1", ("granule_bytes", "data_cache", "prefetch", "zero_wait")),
        (L476, "nucleo_l4r5zi", ("granule_bytes", "data_cache", "fetch_exposed_ratio")),
        (G474, "nucleo_l4r5zi", ("granule_bytes", "data_cache", "fetch_exposed_prefetch_ratio")),
        (G071, "nucleo_g0b1re", ("granule_bytes", "model", "prefetch")),
        (F303, "nucleo_f103rb", ("granule_bytes", "model", "prefetch", "reset_prefetch_on")),
        (H563, "nucleo_u575zi_q", ("granule_bytes", "is_unified", "miss_overhead_cycles", "prefetch")),
        (PORTENTA, "nucleo_h743zi", ("granule_bytes", "miss_overhead_cycles", "wait_state_cycles", "switch")),
    ],
)
def test_a_flash_interface_that_nobody_measured_is_that_of_a_relative_that_was(board, measured, names):
    own, other = (load_board(name).chip.flash_interface for name in (board, measured))

    assert own is not None
    assert other is not None
    for name in (*names, "instruction_cache"):
        assert getattr(other, name) == getattr(own, name)


@pytest.mark.parametrize(("name", "granule_bytes"), [("dual_bank", 8), ("single_bank", 16)])
def test_the_bank_mode_of_the_g474_decides_the_width_of_a_flash_read(name, granule_bytes, tmp_path):
    """RM0440: 64 bits in dual bank, as the chip is shipped, 128 bits in single bank."""
    path = tmp_path / "mine.toml"
    text = data_file("boards", "board", G474).read_text(encoding="utf-8")
    path.write_text(f'flash_interface = "{name}"\n{text}', encoding="utf-8")
    interface = load_board(str(path)).chip.flash_interface

    assert interface is not None
    assert granule_bytes == interface.granule_bytes


def test_firmware_for_the_portenta_starts_behind_arduino_s_boot_loader():
    assert load_board(PORTENTA).chip.boot_addrs[0] == 0x0804_0000
