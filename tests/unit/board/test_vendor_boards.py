"""What the boards with chips of other vendors than ST say agrees with the chips' headers and SDKs."""

from __future__ import annotations

import pytest

from mcusim.board.load import load_board
from mcusim.board.schema import CacheSwitch, FetchModel
from mcusim.machine.devices.microchip.samd51_flash import AUTOMATIC_LIMITS_MHZ

KIB, MHZ = 1024, 1_000_000


@pytest.mark.parametrize(
    ("board", "region", "start_addr", "size_kib"),
    [
        ("nrf5340_dk", "flash", 0, 1024),  # modm-devices 0.13.1
        ("nrf5340_dk", "ram", 0x2000_0000, 512),
        ("raspberry_pi_pico_2", "xip", 0x1000_0000, 4096),  # pico-sdk 2.2: addressmap.h, boards/pico2.h
        ("raspberry_pi_pico_2", "xip_nocache", 0x1400_0000, 4096),
        ("raspberry_pi_pico_2", "scratch", 0x2008_0000, 8),
        ("feather_m4", "flash", 0, 512),  # CMSIS-Atmel: samd51j19a.h
        ("feather_m4", "ram", 0x2000_0000, 192),
        ("arduino_zero", "flash", 0, 256),  # CMSIS-Atmel: samd21g18a.h
        ("arduino_zero", "ram", 0x2000_0000, 32),
        ("frdm_k64f", "sram_l", 0x1FFF_0000, 64),  # NXP's linker script
        ("frdm_k64f", "sram_u", 0x2000_0000, 192),
        ("teensy40", "flash", 0x6000_0000, 2048),  # Teensy cores: imxrt1062.ld
        ("teensy40", "ocram", 0x2020_0000, 512),
        ("sparkfun_edge", "sram", 0x1001_0000, 320),  # pyOCD 0.46.0
        ("efm32gg11_stk", "flash", 0, 2048),  # gecko_sdk 4.4
        ("efm32gg11_stk", "ram_at_code", 0x1000_0000, 512),
        ("xg24_dk2601b", "flash", 0x0800_0000, 1536),  # gecko_sdk 4.4
        ("lpc55s69_evk", "flash", 0, 630),  # probe-rs targets: 645120 bytes
        ("ek_ra6m4", "flash", 0, 1024),
    ],
)
def test_a_region_is_where_the_documents_put_it(board, region, start_addr, size_kib):
    found = {each.name: each for each in load_board(board).chip.regions}[region]

    assert (start_addr, size_kib * KIB) == (found.start_addr, found.size_bytes)


@pytest.mark.parametrize(
    ("board", "device", "base_addr", "irq_number"),
    [
        ("nrf5340_dk", "CACHE", 0x5000_1000, 1),  # Nordic's SVD file
        ("nrf5340_dk", "UARTE2", 0x5000_B000, 11),
        ("raspberry_pi_pico_2", "UART0", 0x4007_0000, 33),  # pico-sdk 2.2: addressmap.h, intctrl.h
        ("raspberry_pi_pico_2", "TIMER1", 0x400B_8000, 4),
        ("raspberry_pi_pico_2", "XIP_QMI", 0x400D_0000, -1),
        ("feather_m4", "SERCOM5", 0x4300_0400, 66),  # Microchip's SVD files
        ("feather_m4", "CMCC", 0x4100_6000, -1),
        ("arduino_zero", "SERCOM5", 0x4200_1C00, 14),
        ("frdm_k64f", "UART0", 0x4006_A000, 31),  # NXP's SVD files
        ("frdm_k64f", "FMC", 0x4001_F000, -1),
        ("teensy40", "LPUART6", 0x4019_8000, 25),
        ("teensy40", "CCM", 0x400F_C000, 95),
        ("lpc55s69_evk", "FLEXCOMM5", 0x4009_6000, 19),
        ("sparkfun_edge", "UART0", 0x4001_C000, 15),  # Ambiq's SVD file
        ("efm32gg11_stk", "UART0", 0x4001_4000, 21),  # gecko_sdk 4.4
        ("xg24_dk2601b", "EUSART0", 0x5B01_0000, 11),
        ("ek_ra6m4", "SCI0", 0x4011_8000, -1),  # R7FA6M4AF.h
    ],
)
def test_a_device_is_where_the_documents_put_it(board, device, base_addr, irq_number):
    found = {each.name: each for each in load_board(board).chip.devices}[device]

    assert (base_addr, irq_number) == (found.base_addr, found.irq_number)


@pytest.mark.parametrize(
    ("board", "size_bytes", "line_bytes", "ways_count"),
    [
        (
            "nrf5340_dk",
            8 * KIB,
            16,
            2,
        ),  # CACHEINFO and CACHEDATA of Nordic's SVD file: two ways of four words
        ("raspberry_pi_pico_2", 16 * KIB, 8, 2),
        ("feather_m4", 4 * KIB, 16, 4),  # CMCC.TYPE 0x12D2: CSIZE 4 KB, CLSIZE 16 B, WAYNUM 4
        ("frdm_k64f", 128, 8, 4),  # MK64F12.h: SET[4][4] of 64 bits
        ("sparkfun_edge", 16 * KIB, 16, 2),  # CACHECFG.CONFIG: W2_128B_512E
        ("teensy40", 32 * KIB, 32, 2),  # Cortex-M7
    ],
)
def test_a_cache_has_its_documented_shape(board, size_bytes, line_bytes, ways_count):
    interface = load_board(board).chip.flash_interface
    assert interface is not None
    cache = interface.instruction_cache
    assert cache is not None

    assert (size_bytes, line_bytes, ways_count) == (
        cache.lines_count * cache.line_bytes,
        cache.line_bytes,
        cache.ways_count,
    )


@pytest.mark.parametrize(
    ("board", "limits_mhz"),
    [
        ("feather_m4", AUTOMATIC_LIMITS_MHZ),
        ("arduino_zero", (24, 48)),
        ("efm32gg11_stk", (18, 36, 54, 72)),  # em_cmu.c, 1.2 V
        ("xg24_dk2601b", (39, 78)),
        ("lpc55s69_evk", (11, 22, 33, 44, 55, 66, 77, 88, 100, 115, 130, 150)),  # fsl_clock.c
        ("ek_ra6m4", (50, 100, 150, 200)),  # FSP 6: BSP_FEATURE_SYSC_CLOCK_FREQ_ONE_ROM_WAITS and so on
    ],
)
def test_wait_states_are_needed_from_the_documented_clocks_on(board, limits_mhz):
    interface = load_board(board).chip.flash_interface

    assert interface is not None
    assert tuple(limit * MHZ for limit in limits_mhz) == interface.wait_state_limits_hz


@pytest.mark.parametrize(
    ("board", "boot_addr"), [("feather_m4", 0x4000), ("arduino_zero", 0x2000), ("sparkfun_edge", 0xC000)]
)
def test_a_boot_loader_moves_the_vector_table(board, boot_addr):
    """Start of the application in the linker scripts of the boards' SDKs; an image at 0 is found too."""
    assert (boot_addr, 0) == load_board(board).chip.boot_addrs[:2]


def test_caches_are_switched_by_what_the_chip_has():
    interfaces = {
        name: load_board(name).chip.flash_interface for name in ("teensy40", "nrf5340_dk", "arduino_zero")
    }
    assert all(interfaces.values())
    described = {name: (each.switch, each.model) for name, each in interfaces.items() if each}

    assert {
        "teensy40": (CacheSwitch.CORE, FetchModel.LINES),
        "nrf5340_dk": (CacheSwitch.INTERFACE, FetchModel.LINES),
        "arduino_zero": (CacheSwitch.INTERFACE, FetchModel.WALK),
    } == described


@pytest.mark.parametrize(
    "board", ["nrf5340_dk", "raspberry_pi_pico_2", "xg24_dk2601b", "lpc55s69_evk", "ek_ra6m4"]
)
def test_a_core_with_trustzone_starts_secure(board):
    assert load_board(board).chip.starts_secure
