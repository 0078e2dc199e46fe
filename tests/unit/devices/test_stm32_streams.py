"""Microphones and cameras of the STM32: DFSDM, MDF, SAI and DCMI give what is fed, at their pace."""

from __future__ import annotations

import pytest

# Bits and offsets: CMSIS stm32l476xx.h, stm32l4r5xx.h, stm32u575xx.h. The bench's core and buses run at 16 MHz.


def dfsdm(make, *, is_fast=True, dma=0):
    """CKOUT is 16 MHz / 8; a decimation of 50 x 4: 10 kHz, or 1600 core cycles a result."""
    device = make("stm32_dfsdm", name="DFSDM1", irqs="61 62")
    device.write("CHCFGR1_0", 1 << 31 | 7 << 16 | 1 << 7 | 1 << 2)
    device.write("FLTFCR_0", 3 << 29 | 49 << 16 | 3)
    device.write("FLTCR1_0", 1 | dma | 1 << 18 | (1 << 29 if is_fast else 0))
    return device


def start_dfsdm(device):
    device.write("FLTCR1_0", device.read("FLTCR1_0") | 1 << 17)


def test_a_dfsdm_result_comes_when_the_decimation_is_over(make, host):
    host.feeds["DFSDM1.0"] = [-5]
    device = dfsdm(make)
    start_dfsdm(device)
    host.advance(1599)
    before = device.read("FLTISR_0") & 2
    host.advance(1)

    assert (0, 2, 0xFFFF_FB00, 0) == (
        before,
        device.read("FLTISR_0") & 2,
        device.read("FLTRDATAR_0"),
        device.read("FLTISR_0") & 2,
    )


def test_a_dfsdm_filter_without_fast_mode_fills_anew(make, host):
    host.feeds["DFSDM1.0"] = [1]
    device = dfsdm(make, is_fast=False)
    start_dfsdm(device)
    host.advance(8 * (50 * (4 - 1 + 3) + 3) - 1)  # [FOSR x (IOSR - 1 + FORD) + FORD] / CKIN
    before = device.read("FLTISR_0") & 2
    host.advance(1)

    assert (0, 2) == (before, device.read("FLTISR_0") & 2)


def test_dfsdm_asks_dma_and_a_halfword_read_of_the_upper_half_takes_the_result(make, host):
    host.feeds["DFSDM1.0"] = [0x1234_56]
    device = dfsdm(make, dma=1 << 21)
    start_dfsdm(device)
    host.advance(1600)
    asked = host.dma_net.is_asking("DFSDM1_FLT0")
    word = device.device.read(device.offset("FLTRDATAR_0") + 2, 2)

    assert (True, 0x1234, False) == (asked, word, host.dma_net.is_asking("DFSDM1_FLT0"))


def test_dfsdm_overruns_when_nobody_reads_and_interrupts(make, host):
    host.feeds["DFSDM1.0"] = [1, 2, 3]
    device = dfsdm(make)
    device.write("FLTCR2_0", 1 << 3)
    start_dfsdm(device)
    host.advance(1600)
    before = host.irqs[61]
    host.advance(1600)
    during = host.irqs[61], device.read("FLTISR_0") & 8
    device.write("FLTICR_0", 8)

    assert (False, (True, 8), False) == (before, during, host.irqs[61])


def test_a_single_dfsdm_conversion_gives_one_result(make, host):
    host.feeds["DFSDM1.0"] = [1, 2, 3]
    device = dfsdm(make)
    device.write("FLTCR1_0", 1 | 1 << 29)
    start_dfsdm(device)
    host.advance(10_000)

    assert ([2, 3], 1 << 8) == (host.feeds["DFSDM1.0"], device.read("FLTRDATAR_0"))


def test_nothing_fed_reads_zero_with_a_warning(make, host):
    device = dfsdm(make)
    start_dfsdm(device)
    host.advance(1600)

    assert (0, True) == (
        device.read("FLTRDATAR_0"),
        any("--feed DFSDM1=FILE" in each for each in host.warnings),
    )


def test_an_mdf_filter_divides_its_clock_and_has_a_fifo(make, host):
    host.clock_net.publish("hclk", 16_000_000)
    host.feeds["MDF1"] = []
    host.feeds["MDF1.1"] = [7, -1, 9]
    device = make("stm32_mdf", name="MDF1", irqs="102 103")
    device.write("CKGCR", 1 | 1 << 24 | 3 << 16)  # PROCDIV 2, CCKDIV 4
    device.write("DFLTCICR_1", 9 << 8)  # MCICD 10, then the reshape filter's 4
    device.write("DFLTIER_1", 1)
    device.write("DFLTCR_1", 1 | 1 << 1 | 1 << 2)  # DMA, threshold half full
    host.advance(2 * 320 - 1)
    before = host.dma_net.is_asking("MDF1_FLT1"), host.irqs[103]
    host.advance(1)
    after = host.dma_net.is_asking("MDF1_FLT1"), host.irqs[103], device.read("DFLTISR_1")

    assert ((False, False), (True, True, 0b1001), 0x0700, 0xFFFF_FF00) == (
        before,
        after,
        device.read("DFLTDR_1"),
        device.read("DFLTDR_1"),
    )


def sai(make, mode, **options):
    """Version 2: SAI_CK 8 192 000 Hz / (2 x 256): 16 kHz, two slots."""
    device = make("stm32_sai", name="SAI1", irq_number=74, version=2, **options)
    device.host.clock_net.publish("SAI1", 8_192_000)
    device.write("FRCR_A", 63)
    device.write("SLOTR_A", 1 << 8 | 0b11 << 16)
    device.write("CR1_A", mode | 2 << 20 | 1 << 17)
    return device


def test_a_sai_receiver_gives_its_slots_at_the_frame_rate(make, host):
    host.feeds["SAI1.0"] = list(range(100, 140))
    device = sai(make, 1)
    device.write("CR1_A", device.read("CR1_A") | 1 << 16)
    host.advance(499)  # 32 000 words a second: 500 cycles
    before = host.dma_net.is_asking("SAI1_A")
    host.advance(1)
    after = host.dma_net.is_asking("SAI1_A")

    assert (False, True, 100, False) == (
        before,
        after,
        device.read("DR_A"),
        host.dma_net.is_asking("SAI1_A"),
    )


@pytest.mark.parametrize(
    ("mck_bits", "divider"), [(0, 2 * 256), (1 << 26, 2 * 512), (1 << 19, 2 * 64)]
)  # MCKDIV of stm32l4xx_hal_sai.c: 256 FS, 512 FS with OSR, or frames with NOMCK
def test_the_master_clock_of_a_newer_sai_decides_the_rate(mck_bits, divider, make, host):
    host.feeds["SAI1.0"] = [0] * 1000
    device = sai(make, 1)
    device.write("CR1_A", device.read("CR1_A") | mck_bits | 1 << 16)
    cycles = divider * 16_000_000 // (2 * 8_192_000)
    host.advance(cycles + 1)

    assert 999 == len(host.feeds["SAI1.0"])


def test_an_older_sai_divides_by_twice_its_field(make, host):
    host.feeds["SAI1"] = [0] * 1000
    host.feeds["SAI1.1"] = [0] * 1000
    device = make("stm32_sai", name="SAI1", irq_number=74)
    host.clock_net.publish("SAI1", 8_192_000)
    device.write("SLOTR_B", 1 << 16)
    device.write("CR1_B", 1 | 1 << 20 | 1 << 16)  # 8 192 000 / 512 = 16 kHz: 1000 cycles
    host.advance(2000)

    assert 998 == len(host.feeds["SAI1.1"])


def test_a_sai_fifo_overruns_interrupts_and_is_flushed(make, host):
    host.feeds["SAI1.0"] = list(range(20))
    device = sai(make, 1)
    device.write("IM_A", 1)
    device.write("CR1_A", device.read("CR1_A") & ~(1 << 17) | 1 << 16)
    host.advance(8 * 500)
    full = host.irqs[74], device.read("SR_A") >> 16 & 7
    host.advance(500)
    lost = host.irqs[74], device.read("SR_A") & 1
    device.write("CLRFR_A", 1)
    device.write("CR2_A", 1 << 3)

    assert ((False, 5), (True, 1), False, 0) == (
        full,
        lost,
        host.irqs[74],
        device.read("SR_A") >> 16 & 7,
    )


def test_a_sai_sender_asks_in_its_time_and_loses_what_it_sends(make, host):
    device = sai(make, 0)
    device.write("CR1_A", device.read("CR1_A") | 1 << 16)
    asked = host.dma_net.is_asking("SAI1_A")
    device.write("DR_A", 1)
    after = host.dma_net.is_asking("SAI1_A")
    host.advance(500)

    assert (True, False, True) == (asked, after, host.dma_net.is_asking("SAI1_A"))


def test_a_sai_that_is_a_slave_of_its_other_block_runs_at_its_rate(make, host):
    host.feeds["SAI1.1"] = [0] * 100
    device = sai(make, 0)
    device.write("SLOTR_B", 1 << 8 | 0b11 << 16)
    device.write("CR1_B", 0b11 | 1 << 10 | 1 << 16)
    host.advance(5000)

    assert (100 - 8 - 2, []) == (
        len(host.feeds["SAI1.1"]),
        [each for each in host.warnings if "assumed" in each],
    )


# A camera of 10 million bytes a second gives a word each 6.4 cycles of 16 MHz.
def dcmi(make, data, mode):
    device = make("stm32_dcmi", name="DCMI", irq_number=78)
    device.host.feeds["DCMI"] = data
    device.write("IER", 0x1F)
    device.write("CR", 1 << 14 | mode)
    device.write("CR", 1 << 14 | mode | 1)
    return device


def take(device, host, count):
    words = []
    for _ in range(count):
        host.advance(7)
        assert host.dma_net.is_asking("DCMI")
        words.append(device.read("DR"))
    return words


def test_a_dcmi_snapshot_is_one_frame_of_cropped_size(make, host):
    device = make("stm32_dcmi", name="DCMI", irq_number=78)
    host.feeds["DCMI"] = list(range(64))
    device.write("CWSIZER", 1 << 16 | 7)  # 8 bytes a line, 2 lines
    device.write("IER", 1)
    device.write("CR", 1 << 14 | 0b110 | 1)
    words = take(device, host, 4)
    before = host.irqs[78], device.read("CR") & 1
    host.advance(7)

    assert ([0x03020100, 0x07060504, 0x0B0A0908, 0x0F0E0D0C], (False, 1), (True, 0), 0b11001) == (
        words,
        before,
        (host.irqs[78], device.read("CR") & 1),
        device.read("RISR"),
    )


def test_a_dcmi_snapshot_without_crop_ends_when_the_dma_has_enough(make, host):
    device = dcmi(make, list(range(64)), 0b010)
    take(device, host, 3)
    device.write("ICR", 0x1F)
    host.advance(4000 * 6)
    early = device.read("RISR"), device.read("CR") & 1
    host.advance(500 * 7)

    assert ((0, 1), (1, 0)) == (early, (device.read("RISR"), device.read("CR") & 1))


def test_a_continuous_dcmi_goes_on_with_the_next_frame(make, host):
    device = make("stm32_dcmi", name="DCMI", irq_number=78)
    host.feeds["DCMI"] = list(range(16))
    device.write("CWSIZER", 7)
    device.write("CR", 1 << 14 | 0b100 | 1)
    first = take(device, host, 2)
    host.advance(7)
    flags = device.read("RISR") & 1
    device.write("ICR", 0x1F)
    second = take(device, host, 2)

    assert ([0x03020100, 0x07060504], 1, [0x0B0A0908, 0x0F0E0D0C], 1) == (
        first,
        flags,
        second,
        device.read("CR") & 1,
    )


def test_a_stopped_dcmi_asks_for_nothing(make, host):
    device = dcmi(make, list(range(16)), 0)
    host.advance(7)
    device.write("CR", 1 << 14)

    assert (False, 0) == (host.dma_net.is_asking("DCMI"), device.read("SR") & 4)


@pytest.mark.parametrize(
    ("options", "writes", "expected_hz"),
    [
        # MSI 4 MHz / 1 x 43 / 7 (HAL: PLLSAI1 N 43, P 7); the L4+ divides by its own M, here 2.
        (
            {},
            {"PLLCFGR": 1, "PLLSAI1CFGR": 43 << 8 | 1 << 16, "CR": 0x61 | 1 << 26},
            24_571_428,
        ),
        (
            {"plls_have_m": True},
            {"PLLCFGR": 1, "PLLSAI1CFGR": 43 << 8 | 1 << 16 | 1 << 4 | 14 << 27, "CR": 0x61 | 1 << 26},
            6_142_857,
        ),
    ],
)
def test_the_l4_clocks_sai_from_its_audio_pll(options, writes, expected_hz, make, host):
    rcc = make("stm32l4_rcc", kernel_clocks="SAI1=0x88:22:pllsai1_p,pllsai2_p,pll_p,-", **options)
    for name, value in writes.items():
        rcc.write(name, value)

    assert expected_hz == host.clock_net.clock_hz("SAI1")


def test_the_f4_clocks_i2s_and_sai_from_their_plls(make, host):
    # HSI 16 MHz / 16 x 192 / 2, and x 192 / 4 / 8 (PLLSAIQ 4, PLLSAIDIVQ 8).
    rcc = make("stm32f4_rcc", kernel_clocks="I2S=0x08:23:plli2s_r,- SAI1=0x8C:20:pllsai_q,plli2s_q,-,-")
    rcc.write("PLLI2SCFGR", 2 << 28 | 192 << 6)
    rcc.write("PLLSAICFGR", 4 << 24 | 192 << 6)
    rcc.write("DCKCFGR", 7 << 8)
    rcc.write("CR", rcc.read("CR") | 1 << 26 | 1 << 28)

    assert (96_000_000, 6_000_000) == (host.clock_net.clock_hz("I2S"), host.clock_net.clock_hz("SAI1"))


@pytest.mark.parametrize(
    ("kind", "name", "writes"),
    [  # HSI 64 MHz / 8 x 24 / 10 and HSI16 / 1 x 12 / 10: 19.2 MHz
        (
            "stm32h7_rcc",
            "pll2_p",
            {"PLLCKSELR": 8 << 12, "PLLCFGR": 1 << 19, "PLL2DIVR": 23 | 9 << 9, "CR": 1 | 1 << 26},
        ),
        (
            "stm32u5_rcc",
            "pll3_q",
            {"PLL3CFGR": 2 | 1 << 17, "PLL3DIVR": 11 | 9 << 16, "CR": 0x35 | 1 << 8 | 1 << 28},
        ),
    ],
)
def test_the_h7_and_u5_have_plls_for_audio(kind, name, writes, make, host):
    rcc = make(kind, kernel_clocks=f"AUDIO=0x300:0:{name}")
    for register, value in writes.items():
        rcc.write(register, value)

    assert 19_200_000 == host.clock_net.clock_hz("AUDIO")
