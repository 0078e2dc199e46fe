"""What power controllers publish: deep sleep modes, voltage ranges and regulators by the power models' names."""

from __future__ import annotations

import pytest

from mcusim.machine.devices.power_net import DeepSleep
from mcusim.machine.devices.stm32.clock_enables import enables_of
from mcusim.power.load import load_power_model
from mcusim.shipped import shipped_names

# Fields: ST's CMSIS headers (PWR_…_Pos) and the values that ST's HAL writes (PWR_REGULATOR_VOLTAGE_SCALE…, LPMS).
MODES = [
    ("stm32f1_pwr", "CR", 0, "stop-mr"),
    ("stm32f1_pwr", "CR", 0b01, "stop-lpr"),
    ("stm32f1_pwr", "CR", 0b11, "standby"),
    ("stm32f4_pwr", "CR", 0, "stop-mr"),
    ("stm32f4_pwr", "CR", 1 << 9, "stop-mr-fpd"),
    ("stm32f4_pwr", "CR", 1 << 9 | 1, "stop-lpr-fpd"),
    ("stm32f4_pwr", "CR", 0b10, "standby"),
    ("stm32f7_pwr", "CR1", 1, "stop-lpr"),
    ("stm32l0_pwr", "CR", 1, "stop-lpr"),
    ("stm32l0_pwr", "CR", 0b10, "standby"),
    ("stm32l4_pwr", "CR1", 0, "stop0"),
    ("stm32l4_pwr", "CR1", 1, "stop1"),
    ("stm32l4_pwr", "CR1", 2, "stop2"),
    ("stm32l4_pwr", "CR1", 3, "standby"),
    ("stm32l4_pwr", "CR1", 4, "shutdown"),
    ("stm32g0_pwr", "CR1", 1, "stop1"),
    ("stm32g0_pwr", "CR1", 3, "standby"),
    ("stm32g0_pwr", "CR1", 4, "shutdown"),
    ("stm32u5_pwr", "CR1", 3, "stop3"),
    ("stm32u5_pwr", "CR1", 4, "standby"),
    ("stm32u5_pwr", "CR1", 6, "shutdown"),
    ("stm32u3_pwr", "CR1", 2, "stop2"),
    ("stm32h5_pwr", "PMCR", 0b01 << 2, "stop-svos5"),
    ("stm32h5_pwr", "PMCR", 0b11 << 2, "stop-svos3"),
    ("stm32h5_pwr", "PMCR", 1, "standby"),
    ("stm32h7_pwr", "CR1", 0b10 << 14, "stop-svos4"),
    ("stm32h7_pwr", "CPUCR", 0b111, "standby"),
]


@pytest.mark.parametrize("case", MODES)
def test_a_mode_has_the_name_of_the_power_models(case, make, host):
    kind, register, value, mode = case
    make(kind).write(register, value)
    is_standby = mode in ("standby", "shutdown")

    assert (mode, DeepSleep.STANDBY if is_standby else DeepSleep.STOP) == (
        host.power_net.mode_name,
        host.power_net.deep_mode,
    )


RANGES = [
    ("stm32l0_pwr", {}, "CR", 0b01 << 11, "range1"),
    ("stm32l0_pwr", {}, "CR", 0b11 << 11, "range3"),
    ("stm32l4_pwr", {}, "CR1", 0b01 << 9, "range1"),
    ("stm32l4_pwr", {}, "CR1", 0b10 << 9, "range2"),
    ("stm32l4_pwr", {}, "CR5", 0, "range1-boost"),
    ("stm32g0_pwr", {}, "CR1", 0b10 << 9, "range2"),
    ("stm32u5_pwr", {}, "VOSR", 0b11 << 16, "range1"),
    ("stm32u5_pwr", {}, "VOSR", 0b01 << 16, "range3"),
    ("stm32u3_pwr", {}, "VOSR", 0b01, "range1"),
    ("stm32u3_pwr", {}, "VOSR", 0b10, "range2"),
    ("stm32h5_pwr", {}, "VOSCR", 0b11 << 4, "vos0"),
    ("stm32h5_pwr", {}, "VOSCR", 0, "vos3"),
    ("stm32h7_pwr", {}, "D3CR", 0b11 << 14, "vos1"),
    ("stm32h7_pwr", {}, "D3CR", 0b01 << 14, "vos3"),
    ("stm32h7_pwr", {"vos_reset": 0}, "D3CR", 0b11 << 14, "vos0"),
    ("stm32h7_pwr", {"vos_reset": 0}, "D3CR", 0b01 << 14, "vos2"),
]


@pytest.mark.parametrize("case", RANGES)
def test_a_voltage_range_has_the_name_of_the_power_models(case, make, host):
    kind, options, register, value, name = case
    make(kind, **options).write(register, value)

    assert name == host.power_net.voltage_range


AFTER_RESET = {
    "stm32f1_pwr": "",
    "stm32f4_pwr": "scale3",
    "stm32f7_pwr": "scale3",
    "stm32l0_pwr": "range2",
    "stm32l4_pwr": "range1",
    "stm32g0_pwr": "range1",
    "stm32u5_pwr": "range4",
    "stm32u3_pwr": "range2",
    "stm32h5_pwr": "vos3",
    "stm32h7_pwr": "vos3",
}


@pytest.mark.parametrize("kind", list(AFTER_RESET))
def test_the_range_after_reset_is_published(kind, make, host):
    """VOS of the registers' reset values; the F4 and F7 run at scale 3 while the PLL is off."""
    make(kind)

    assert AFTER_RESET[kind] == host.power_net.voltage_range


def test_the_scale_of_the_f4_holds_only_while_its_pll_runs(make, host):
    """ST's stm32f4xx_hal_pwr_ex.c: "When the PLL is OFF, the voltage scale 3 is automatically selected"."""
    rcc = make("stm32f4_rcc", name="RCC")
    make("stm32f4_pwr").write("CR", 0b10 << 14)
    before = host.power_net.voltage_range
    rcc.write("CR", 1 << 24 | 1)
    with_pll = host.power_net.voltage_range
    rcc.write("CR", 1)

    assert ("scale3", "scale2", "scale3") == (before, with_pll, host.power_net.voltage_range)


@pytest.mark.parametrize(("vos", "scale"), [(1, "scale1"), (0, "scale2")])
def test_the_f407_has_two_scales_and_keeps_them_without_its_pll(vos, scale, make, host):
    """PWR_CR_VOS is one bit (stm32f407xx.h)."""
    make("stm32f4_pwr", vos_reset=1, has_one_vos_bit=True).write("CR", vos << 14)

    assert scale == host.power_net.voltage_range


def test_over_drive_makes_scale_0_of_the_h743s_scale_1(make, host):
    """SYSCFG_PWRCR.ODEN (stm32h743xx.h)."""
    syscfg = make("stm32_settings", name="SYSCFG", overdrive_0x2C=1)
    make("stm32h7_pwr").write("D3CR", 0b11 << 14)
    syscfg.device.write(0x2C, 4, 1)
    raised = host.power_net.voltage_range
    syscfg.device.write(0x2C, 4, 0)

    assert ("vos0", "vos1") == (raised, host.power_net.voltage_range)


REGULATORS = [
    ("stm32l4_pwr", {}, "CR2", 0, ""),
    ("stm32u5_pwr", {}, "CR3", 1 << 1, "smps"),
    ("stm32u5_pwr", {}, "CR3", 0, "ldo"),
    ("stm32u3_pwr", {}, "CR3", 1 << 1, "smps"),
    ("stm32h5_pwr", {}, "SCCR", 1 << 9, "smps"),
    ("stm32h5_pwr", {}, "SCCR", 1 << 8, "ldo"),
    ("stm32h7_pwr", {}, "CR3", 0b110, "ldo"),
    ("stm32h7_pwr", {"has_smps": True}, "CR3", 0b110, ""),
    ("stm32h7_pwr", {"has_smps": True}, "CR3", 0b100, "smps"),
    ("stm32h7_pwr", {"has_smps": True}, "CR3", 0b010, "ldo"),
]


@pytest.mark.parametrize("case", REGULATORS)
def test_the_regulator_that_firmware_chose_is_published(case, make, host):
    """PWR_CR3.REGSEL, PWR_SCCR and PWR_CR3 of the H7: bypass, LDO and converter in bits 0, 1 and 2."""
    kind, options, register, value, name = case
    make(kind, **options).write(register, value)

    assert name == host.power_net.regulator


# RCC_…_…EN of ST's CMSIS headers, written down here by hand from stm32f446xx.h and so on.
CLOCKS = [
    ("stm32f0_rcc", "APB1ENR", 17, {"usart2"}),
    ("stm32f1_rcc", "APB2ENR", 2, {"gpioa"}),
    ("stm32f3_rcc", "AHBENR", 28, {"adc1", "adc2"}),
    ("stm32f4_rcc", "APB1ENR", 17, {"usart2"}),
    ("stm32f4_rcc", "AHB1ENR", 0, {"gpioa"}),
    ("stm32f7_rcc", "AHB1ENR", 22, {"dma2"}),
    ("stm32g0_rcc", "APBENR1", 17, {"usart2"}),
    ("stm32g4_rcc", "AHB1ENR", 0, {"dma1"}),
    ("stm32h5_rcc", "APB1LENR", 18, {"usart3"}),
    ("stm32h7_rcc", "AHB4ENR", 1, {"gpiob"}),
    ("stm32h7_rcc", "C1_AHB4ENR", 1, {"gpiob"}),
    ("stm32l0_rcc", "IOPENR", 0, {"gpioa"}),
    ("stm32l1_rcc", "APB1ENR", 17, {"usart2"}),
    ("stm32l4_rcc", "APB1ENR1", 17, {"usart2"}),
    ("stm32u3_rcc", "AHB2ENR1", 0, {"gpioa"}),
    ("stm32u5_rcc", "AHB1ENR", 0, {"gpdma1"}),
]


@pytest.mark.parametrize("case", CLOCKS)
def test_an_enable_bit_feeds_its_peripheral_until_it_is_cleared(case, make, host):
    kind, register, bit, names = case
    rcc = make(kind, name="RCC")
    before = set(host.power_net.clocked)
    rcc.write(register, rcc.read(register) | 1 << bit)
    on = set(host.power_net.clocked)
    rcc.write(register, rcc.read(register) & ~(1 << bit))

    assert (names, before) == (on - before, set(host.power_net.clocked))


def test_the_clocks_that_are_on_after_reset_are_published(make, host):
    """RCC_AHB1ENR of the STM32L4 resets to FLASHEN (RM0351, RCC)."""
    make("stm32l4_rcc", name="RCC")

    assert {"flash"} <= set(host.power_net.clocked)


def test_every_table_of_enable_bits_names_registers_that_its_controller_has(make):
    for kind in sorted({each[0] for each in CLOCKS}):
        bench = make(kind)
        names = {name for name, _ in enables_of(bench.device.FAMILY)}
        assert names <= set(bench.device.registers), kind


FED_OTHERWISE = {"icache", "iwdg"}
"""The cache is on in the tables of the run current that count; the watchdog runs on its own oscillator."""
PRICED = [
    name
    for name in shipped_names("power_models")
    if name.startswith("stm32") and load_power_model(name).peripherals
]


@pytest.mark.parametrize("name", PRICED)
def test_a_peripheral_that_a_power_model_prices_has_an_enable_bit(name):
    family = name[: len("stm32xx")]
    fed = {device for _, bits in enables_of(family) for _, devices in bits for device in devices}

    assert {each.name for each in load_power_model(name).peripherals} <= fed | FED_OTHERWISE


OTHER_MODES = [
    # pm.h of the SAM D51; fsl_smc.h and MK64F12.h; r_lpm.c of Renesas' FSP; hardware/regs/clocks.h of the pico-sdk.
    ("samd51_pm", 0x01, 1, 2, DeepSleep.SLEEP, ""),
    ("samd51_pm", 0x01, 1, 4, DeepSleep.STOP, "standby"),
    ("samd51_pm", 0x01, 1, 5, DeepSleep.STANDBY, "hibernate"),
    ("samd51_pm", 0x01, 1, 6, DeepSleep.STANDBY, "backup"),
    ("kinetis_smc", 0x01, 1, 0, DeepSleep.STOP, "stop"),
    ("kinetis_smc", 0x01, 1, 2, DeepSleep.STOP, "vlps"),
    ("kinetis_smc", 0x01, 1, 3, DeepSleep.STOP, "lls"),
    ("kinetis_smc", 0x01, 1, 4, DeepSleep.STANDBY, "vlls3"),
    ("ra_system", 0x0C, 2, 0x4000, DeepSleep.SLEEP, ""),
    ("ra_system", 0x0C, 2, 0xC000, DeepSleep.STOP, "software-standby"),
    ("rp2040_clocks", 0xA8, 4, 0xFFFF_FFFF, DeepSleep.SLEEP, ""),
    ("rp2040_clocks", 0xA8, 4, 1 << 21, DeepSleep.STOP, "sleep"),
    ("rp2350_clocks", 0xB8, 4, 0, DeepSleep.STOP, "sleep"),
    ("efm32_cmu", 0x60, 4, 1 << 6, DeepSleep.STOP, "em2"),
    ("efm32_cmu", 0x60, 4, 1 << 7, DeepSleep.STOP, "em3"),
]


@pytest.mark.parametrize("case", OTHER_MODES)
def test_other_makers_modes_have_the_names_of_the_power_models(case, make, host):
    kind, offset, size_bytes, value, mode, name = case
    make(kind).device.write(offset, size_bytes, value)

    assert (mode, name) == (host.power_net.deep_mode, host.power_net.mode_name)


DEFAULT_MODES = {
    "samd21_pm": "standby",
    "efr32_cmu": "em2",
    "apollo3_pwrctrl": "deep-sleep",
}


@pytest.mark.parametrize("kind", list(DEFAULT_MODES))
def test_a_chip_with_one_deep_sleep_mode_names_it(kind, make, host):
    make(kind)

    assert (DeepSleep.STOP, DEFAULT_MODES[kind]) == (host.power_net.deep_mode, host.power_net.mode_name)


CONVERTERS = [
    ("nrf52_clock", "DCDCEN", 1),
    ("nrf53_regulators", "VREGMAIN_DCDCEN", 1),
    ("efr32_dcdc", "CTRL", 1),
    ("samd51_supc", "VREG", 0b110),
]


@pytest.mark.parametrize("case", CONVERTERS)
def test_a_converter_that_firmware_switches_on_supplies_the_core(case, make, host):
    """POWER.DCDCEN, REGULATORS.VREGMAIN.DCDCEN, DCDC_CTRL.MODE, SUPC_VREG.SEL: the LDO or the input after reset."""
    kind, register, value = case
    bench = make(kind)
    before = host.power_net.regulator
    bench.write(register, value)
    during = host.power_net.regulator
    bench.device.reset()

    assert ("ldo", "smps", "ldo") == (before, during, host.power_net.regulator)


def test_the_converter_of_the_efr32_is_in_regulation_at_once(make):
    """EMU_DCDCModeSet of em_emu.c waits for IF.REGULATION, and for STATUS.BYPSW when it switches back."""
    bench = make("efr32_dcdc")
    bypassed = bench.read("STATUS") & 1
    bench.write("CTRL", 1)

    assert (1, 1 << 5, 0) == (bypassed, bench.read("IF") & 1 << 5, bench.read("STATUS") & 1)


def test_the_efr32_scales_its_core_voltage_on_command(make, host):
    """EMU_CMD.EM01VSCALE1 and 2; EMU_VScaleEM01 of em_emu.c waits for IF.VSCALEDONE (efr32mg24_emu.h)."""
    bench = make("efr32_emu")
    ranges = [host.power_net.voltage_range]
    for command in (1 << 10, 1 << 11):
        bench.write("IF", 0)
        bench.write("CMD", command)
        assert bench.read("IF") & 1 << 25
        ranges.append(host.power_net.voltage_range)

    assert ["vscale2", "vscale1", "vscale2"] == ranges


def test_em4_ends_the_run_once_its_sequence_is_complete(make, host):
    """EMU_EnterEM4 of em_emu.c: 2 and 3 four times, then 2."""
    bench = make("efr32_emu")
    for value in (2, 3) * 4:
        bench.write("EM4CTRL", value)
    before = list(host.endings)
    bench.write("EM4CTRL", 2)

    assert ([], 1) == (before, len(host.endings))


def test_an_alarm_that_runs_in_backup_ends_it_and_others_do_not(make, host):
    host.power_net.choose(DeepSleep.STANDBY, "backup")
    host.power_net.enter()
    host.power_net.count_wake()
    before = host.power_net.is_woken
    host.power_net.count_wake(ends_standby=True)

    assert (False, True, 2) == (before, host.power_net.is_woken, host.power_net.wakes_count)
