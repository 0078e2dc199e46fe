"""What the shipped boards say agrees with the chips' documents."""

from __future__ import annotations

import pytest

from mcusim.board.load import board_names, load_board
from mcusim.machine.devices import DEVICE_CLASSES
from mcusim.power.load import load_power_model
from mcusim.provenance import Basis

KIB = 1024


def test_the_boards_of_the_first_release_are_shipped():
    expected = {"nucleo_f446re", "nucleo_l4r5zi", "nano33ble", "raspberry_pi_pico"}
    expected |= {"generic_m0", "generic_m0plus", "generic_m3", "generic_m4"}

    assert expected <= set(board_names())


@pytest.mark.parametrize(
    ("board", "region", "start_addr", "size_kib"),
    [
        # modm-devices 0.13.1: stm32f4-46, stm32l4-r5_r7_r9, nrf52820_840, rp2040
        ("nucleo_f446re", "flash", 0x0800_0000, 512),
        ("nucleo_l4r5zi", "flash", 0x0800_0000, 2048),
        ("nucleo_l4r5zi", "sram1", 0x2000_0000, 192),
        ("nucleo_l4r5zi", "sram2_at_code", 0x1000_0000, 64),
        ("nucleo_l4r5zi", "sram3", 0x2004_0000, 384),
        ("nano33ble", "flash", 0x0000_0000, 1024),
        ("nano33ble", "ram", 0x2000_0000, 256),
        ("nano33ble", "ram_at_code", 0x0080_0000, 256),
        ("raspberry_pi_pico", "sram", 0x2000_0000, 256),
        ("raspberry_pi_pico", "sram4", 0x2004_0000, 4),
        ("raspberry_pi_pico", "sram5", 0x2004_1000, 4),
        # pico-sdk addressmap.h; Pico datasheet: 2 MiB
        ("raspberry_pi_pico", "xip", 0x1000_0000, 2048),
        ("raspberry_pi_pico", "xip_noalloc", 0x1100_0000, 2048),
        ("raspberry_pi_pico", "sram_unstriped", 0x2100_0000, 256),
        ("raspberry_pi_pico", "rom", 0x0000_0000, 16),
    ],
)
def test_a_region_is_where_the_documents_put_it(board, region, start_addr, size_kib):
    found = {each.name: each for each in load_board(board).chip.regions}[region]

    assert (found.start_addr, found.size_bytes) == (start_addr, size_kib * KIB)


@pytest.mark.parametrize(
    ("board", "total_kib"),
    [("nucleo_f446re", 128), ("nucleo_l4r5zi", 640), ("nano33ble", 256), ("raspberry_pi_pico", 264)],
)
def test_the_ram_adds_up_to_what_the_data_sheet_s_first_page_says(board, total_kib):
    regions = load_board(board).chip.regions

    assert total_kib * KIB == sum(
        region.size_bytes for region in regions if region.medium.value == "sram" and not region.alias_of
    )


@pytest.mark.parametrize(
    ("board", "device", "base_addr", "irq_number"),
    [
        ("nucleo_f446re", "USART2", 0x4000_4400, 38),  # CMSIS stm32f446xx.h
        ("nucleo_f446re", "USART6", 0x4001_1400, 71),
        ("nucleo_f446re", "TIM5", 0x4000_0C00, 50),
        ("nucleo_f446re", "RCC", 0x4002_3800, 5),
        ("nucleo_f446re", "FLASH", 0x4002_3C00, 4),
        ("nucleo_l4r5zi", "LPUART1", 0x4000_8000, 70),  # RM0432
        ("nucleo_l4r5zi", "RCC", 0x4002_1000, 5),
        ("nucleo_l4r5zi", "FLASH", 0x4002_2000, 4),
        ("nano33ble", "UARTE0", 0x4000_2000, 2),  # nRF52840 PS: the interrupt is the peripheral ID
        ("nano33ble", "UARTE1", 0x4002_8000, 40),
        ("raspberry_pi_pico", "UART0", 0x4003_4000, 20),  # pico-sdk addressmap.h, intctrl.h
        ("raspberry_pi_pico", "UART1", 0x4003_8000, 21),
        ("raspberry_pi_pico", "TIMER", 0x4005_4000, 0),
        ("raspberry_pi_pico", "SIO", 0xD000_0000, 15),
        ("raspberry_pi_pico", "ADC", 0x4004_C000, 22),
        ("raspberry_pi_pico", "I2C1", 0x4004_8000, 24),
        ("raspberry_pi_pico", "DMA", 0x5000_0000, 11),
        ("raspberry_pi_pico", "USB", 0x5011_0000, 5),
        ("raspberry_pi_pico", "PIO1", 0x5030_0000, 9),
    ],
)
def test_a_device_is_where_the_documents_put_it(board, device, base_addr, irq_number):
    found = {each.name: each for each in load_board(board).chip.devices}[device]

    assert (found.base_addr, found.irq_number) == (base_addr, irq_number)


@pytest.mark.parametrize(
    ("board", "size_bytes"),
    [("nucleo_f446re", 1024), ("nucleo_l4r5zi", 1024), ("nano33ble", 2048), ("raspberry_pi_pico", 16384)],
)
def test_the_instruction_cache_has_its_documented_size(board, size_bytes):
    """ART of the F4: 64 x 16 B; of the L4: 32 x 32 B; nRF52: 2 KB as commonly quoted; RP2040: 16 KB."""
    interface = load_board(board).chip.flash_interface
    assert interface is not None
    cache = interface.instruction_cache

    assert cache is not None
    assert cache.lines_count * cache.line_bytes == size_bytes


def test_the_bank_mode_of_the_l4r5_decides_the_width_of_a_flash_read():
    """RM0432: 64 bits in dual bank, as the chip is shipped, 128 bits in single bank."""
    granules = {}
    for name in ("nucleo_l4r5zi", "nucleo_l4r5zi_single_bank"):
        interface = load_board(name).chip.flash_interface
        assert interface is not None
        granules[name] = interface.granule_bytes

    assert granules == {"nucleo_l4r5zi": 8, "nucleo_l4r5zi_single_bank": 16}


def test_the_single_bank_board_shows_its_option_bit_to_the_firmware():
    flash = {each.name: each for each in load_board("nucleo_l4r5zi_single_bank").chip.devices}["FLASH"]

    assert flash.options["is_single_bank"] is True


@pytest.mark.parametrize("name", board_names())
def test_a_machine_exists_for_every_device_of_a_board(name):
    kinds = {device.kind for device in load_board(name).chip.devices}

    assert kinds <= set(DEVICE_CLASSES)


@pytest.mark.parametrize("name", [name for name in board_names() if name.startswith("generic_")])
def test_a_generic_board_is_ideal_and_claims_nothing(name):
    """Zero wait states at 0, 0x08000000 and 0x20000000; every number is assumed; no energy."""
    board = load_board(name)
    starts = {region.start_addr for region in board.chip.regions}

    assert starts == {0, 0x0800_0000, 0x2000_0000}
    assert all(region.read_wait_cycles == region.write_wait_cycles == 0 for region in board.chip.regions)
    assert board.chip.flash_interface is None
    assert all(region.provenance.basis is Basis.ASSUMED for region in board.chip.regions)
    assert board.power_model == ""
    assert board.no_power_reason


@pytest.mark.parametrize("name", [name for name in board_names() if not name.startswith("generic_")])
def test_a_board_s_power_model_is_of_its_chip_and_covers_its_supply(name):
    board = load_board(name)
    if not board.power_model:
        pytest.skip(board.no_power_reason)
    model = load_power_model(board.power_model)

    assert board.chip.name in model.chips
    assert model.min_supply_v <= board.supply_v <= model.max_supply_v


@pytest.mark.parametrize(
    ("board", "limits_mhz"),
    [
        # ST's driver comments: stm32l4xx_ll_utils.c (STM32L4R/S, range 1), F4 drivers (2.7-3.6 V)
        ("nucleo_l4r5zi", (20, 40, 60, 80, 100, 120)),
        ("nucleo_l4r5zi_single_bank", (20, 40, 60, 80, 100, 120)),
        ("nucleo_f446re", (30, 60, 90, 120, 150, 180)),
    ],
)
def test_the_wait_states_that_a_clock_needs_are_those_of_the_vendor(board, limits_mhz):
    interface = load_board(board).chip.flash_interface
    assert interface is not None

    assert tuple(mhz * 1_000_000 for mhz in limits_mhz) == interface.wait_state_limits_hz
