"""The STM32's ADCs: polled, with interrupt, by DMA; the numbers are those that the user feeds."""

from __future__ import annotations

import pytest

# Sampling 15 and 2.5 ADC clocks, 12.5 more for the conversion (ADC_SAMPLETIME_15CYCLES, _2CYCLES_5, _1CYCLE_5).


def f4(make, **options):
    adc = make("stm32f4_adc", name="ADC1", irq_number=18, **options)
    adc.write("CR2", 1)
    return adc


def l4(make, kind="stm32l4_adc", **options):
    adc = make(kind, name="ADC1", irq_number=18, **options)
    adc.write("CR", 1)
    return adc


def test_the_f4_converts_a_channel_in_its_sampling_time_and_twelve_and_a_half_clocks(make, host):
    host.feeds["ADC1.5"] = [1234]
    adc = f4(make)
    adc.write("SQR3", 5)
    adc.write("SMPR2", 1 << 15)
    adc.write("CR2", 1 | 1 << 30)
    host.advance(54)  # (15 + 12.5) clocks, PCLK2 / 2
    before = adc.read("SR") & 2
    host.advance(1)

    assert (0, 2, 1234, 0) == (before, adc.read("SR") & 2, adc.read("DR"), adc.read("SR") & 2)


def test_the_f4_scans_channels_and_asks_dma_for_each(make, host):
    host.feeds |= {"ADC1.3": [30], "ADC1.12": [120]}
    adc = f4(make)
    adc.write("CR1", 1 << 8)
    adc.write("SQR1", 1 << 20)
    adc.write("SQR3", 12 << 5 | 3)
    adc.write("CR2", 1 | 1 << 8 | 1 << 30)
    seen = []
    for _ in range(2):
        host.advance(31)  # (3 + 12.5) clocks
        seen.append((host.dma_net.is_asking("ADC1"), adc.read("DR"), host.dma_net.is_asking("ADC1")))
    host.advance(1000)

    assert ([(True, 30, False), (True, 120, False)], False) == (seen, host.dma_net.is_asking("ADC1"))


def test_the_f1_starts_with_its_own_bit_and_interrupts(make, host):
    host.feeds["ADC1.0"] = [7]
    adc = f4(make, is_f1=True)
    adc.write("CR1", 1 << 5)
    adc.write("CR2", 1 | 1 << 20 | 0b111 << 17 | 1 << 22)
    host.advance(1000)

    assert (True, 7, False) == (host.irqs[18], adc.read("DR"), host.irqs[18])


def test_the_f4_goes_on_when_told_to(make, host):
    host.feeds["ADC1.0"] = [1, 2, 3]
    adc = f4(make)
    adc.write("CR2", 1 | 1 << 1 | 1 << 30)
    seen = []
    for _ in range(3):
        host.advance(32)
        seen.append(adc.read("DR"))
    adc.write("CR2", 0)
    host.advance(1000)

    assert ([1, 2, 3], 0) == (seen, adc.read("SR") & 2)


def test_the_l4_is_ready_at_once_and_calibrates_at_once(make):
    adc = make("stm32l4_adc", name="ADC1")
    adc.write("CR", 1 << 28)
    adc.write("CR", 1 << 28 | 1 << 31)
    calibrated = adc.read("CR")
    adc.write("CR", 1 << 28 | 1)

    assert (1 << 28, 1, 1 << 28 | 1) == (calibrated, adc.read("ISR") & 1, adc.read("CR"))


def test_the_l4_converts_its_sequence_and_says_when_it_is_over(make, host):
    host.feeds |= {"ADC1.5": [50], "ADC1.16": [160]}
    adc = l4(make)
    adc.write("SQR1", 16 << 12 | 5 << 6 | 1)
    adc.write("IER", 1 << 3)
    adc.write("CR", 1 | 1 << 2)
    seen = []
    for cycles in (14, 1, 15):  # 2.5 + 12.5 clocks each
        host.advance(cycles)
        seen.append((adc.read("ISR") & 0b1100, host.irqs[18], bool(adc.read("CR") & 1 << 2)))
        if cycles == 1:
            assert 50 == adc.read("DR")

    assert ([(0, False, True), (4, False, True), (0b1100, True, False)], 160) == (seen, adc.read("DR"))


@pytest.mark.parametrize("bit", [0, 1])
def test_the_l4_asks_dma_only_when_told_to(bit, make, host):
    adc = l4(make)
    adc.write("CFGR", bit)
    adc.write("CR", 1 | 1 << 2)
    host.advance(100)

    assert bool(bit) is host.dma_net.is_asking("ADC1")


def test_the_common_register_divides_the_clock(make, host):
    host.bus[0x5004_0308] = 0b11 << 16  # CKMODE: a quarter of the bus clock
    adc = l4(make, common_addr=0x5004_0300)
    adc.write("CR", 1 | 1 << 2)
    host.advance(59)
    before = adc.read("ISR") & 4
    host.advance(1)

    assert (0, 4) == (before, adc.read("ISR") & 4)


@pytest.mark.parametrize(
    ("configuration", "chosen", "expected"),
    [(0, 0b100101, [0, 2, 5]), (1 << 2, 0b100101, [5, 2, 0]), (1 << 21, 0xF427, [7, 2, 4])],
    ids=["upwards", "downwards", "as written"],
)
def test_the_g0_chooses_channels_by_mask_or_by_field(configuration, chosen, expected, make, host):
    host.feeds |= {f"ADC1.{channel}": [channel] for channel in range(8)}
    adc = l4(make, "stm32g0_adc")
    adc.write("CFGR", configuration)
    adc.write("CHSELR", chosen)
    adc.write("CR", 1 | 1 << 2)
    seen = []
    for _ in expected:
        host.advance(14)  # 1.5 + 12.5 clocks
        seen.append(adc.read("DR"))

    assert (expected, 1 << 3) == (seen, adc.read("ISR") & 1 << 3)


def test_a_trigger_that_nothing_models_is_said_and_conversions_follow_one_another(make, host):
    host.feeds["ADC1.0"] = [1, 2]
    adc = l4(make)
    adc.write("CFGR", 1 << 10)
    adc.write("CR", 1 | 1 << 2)
    seen = []
    for _ in range(2):
        host.advance(15)
        seen.append(adc.read("DR"))

    assert [1, 2] == seen
    assert "its trigger is not modelled" in host.warnings[0]


def test_nothing_fed_reads_zero_and_says_how_to_feed(make, host):
    adc = l4(make)
    adc.write("CR", 1 | 1 << 2)
    host.advance(100)

    assert (0, ["ADC1: nothing is fed to channel 0 (--feed ADC1=FILE): it reads 0"]) == (
        adc.read("DR"),
        host.warnings,
    )


def test_a_conversion_can_be_stopped(make, host):
    adc = l4(make)
    adc.write("CR", 1 | 1 << 2)
    adc.write("CR", 1 | 1 << 4)
    host.advance(100)

    assert (0, 1) == (adc.read("ISR") & 4, adc.read("CR"))


def test_a_timer_triggers_the_l4_at_its_rate_and_the_sequence_is_converted_once_each_time(make, host):
    host.feeds |= {"ADC1.5": [50, 51], "ADC1.6": [60, 61]}
    timer = make("stm32_timer", name="TIM6", irq_number=54)
    adc = l4(make, triggers="13=TIM6_TRGO")
    adc.write("SQR1", 6 << 12 | 5 << 6 | 1)
    adc.write("CFGR", 1 << 10 | 13 << 6)  # ADC_EXTERNALTRIG_T6_TRGO of stm32l4xx_hal_adc_ex.h
    adc.write("CR", 1 | 1 << 2)
    host.advance(5000)
    before = adc.read("ISR") & 4, bool(adc.read("CR") & 1 << 2)
    timer.write("ARR", 999)
    timer.write("CR2", 2 << 4)
    timer.write("CR1", 1)
    host.advance(1014)
    early = adc.read("ISR") & 4
    host.advance(1)
    seen = [adc.read("DR")]
    host.advance(15)
    seen.append(adc.read("DR"))
    host.advance(500)
    idle = adc.read("ISR") & 4
    host.advance(485)
    seen.append(adc.read("DR"))

    assert ((0, True), 0, [50, 60, 51], 0, []) == (before, early, seen, idle, host.warnings)


def test_a_timer_triggers_the_f4_and_stopping_it_stops_conversions(make, host):
    host.feeds["ADC1.0"] = [1, 2, 3]
    timer = make("stm32_timer", name="TIM3")
    timer.write("ARR", 999)
    timer.write("CR2", 2 << 4)
    adc = f4(make, triggers="8=TIM3_TRGO")
    adc.write("CR2", 1 | 1 << 28 | 8 << 24)  # ADC_EXTERNALTRIGCONV_T3_TRGO of stm32f4xx_hal_adc.h
    timer.write("CR1", 1)
    host.advance(2500)
    taken = 3 - len(host.feeds["ADC1.0"])
    timer.write("CR1", 0)
    host.advance(5000)

    assert (2, 1) == (taken, len(host.feeds["ADC1.0"]))


def test_a_timer_raises_compare_flags_and_interrupts_at_their_counts(make, host):
    timer = make("stm32_timer", name="TIM3", irq_number=29)
    timer.write("ARR", 999)
    timer.write("CCR1", 100)
    timer.write("CCR2", 300)
    timer.write("DIER", 1 << 2)
    timer.write("CR1", 1)
    seen = []
    for cycles in (99, 1, 199, 1):
        host.advance(cycles)
        seen.append((host.irqs[29], timer.read("SR") & 0b111))
    timer.write("SR", 0)
    host.advance(999)
    later = host.irqs[29]
    host.advance(1)

    assert ([(False, 0), (False, 2), (False, 2), (True, 6)], False, True) == (seen, later, host.irqs[29])
