"""STM32F7 and H7: clock tree, power, flash interface, where they differ from the F4 and L4+."""

from __future__ import annotations

import pytest

from mcusim.errors import DataFileError

HSION, CSION, HSEON, PLLON = 1 << 0, 1 << 7, 1 << 16, 1 << 24
PLLRDY = 1 << 25
DIVP1EN = 1 << 16
EOP_H7 = 1 << 16


def _h7_pll1(rcc, *, source, m, n, p, fraction=None):
    """PLL1 with output P as the system clock (RM0433 8.7.11 to 8.7.15)."""
    rcc.write("PLLCKSELR", source | m << 4)
    rcc.write("PLL1DIVR", n - 1 | p - 1 << 9)
    rcc.write("PLL1FRACR", (fraction or 0) << 3)
    rcc.write("PLLCFGR", DIVP1EN | (fraction is not None))
    rcc.write("CR", rcc.read("CR") | HSEON | PLLON)
    rcc.write("CFGR", 3)


def test_the_discovery_board_s_25_mhz_crystal_makes_216_mhz(make, host):
    rcc = make("stm32f7_rcc", hse_hz=25_000_000)
    started_hz = host.core_clock_hz
    rcc.write("CR", HSION | HSEON)
    rcc.write("PLLCFGR", 25 | 432 << 6 | 1 << 22)  # HSE / 25 * 432 / 2
    rcc.write("CR", HSION | HSEON | PLLON)
    rcc.write("CFGR", 0b10)

    # RM0385 5.3.2: f(VCO) = f(in) * N / M, f(PLL) = f(VCO) / P; 216 MHz is the part's maximum
    assert (started_hz, host.core_clock_hz, rcc.fields("CFGR", 2, 2)) == (16_000_000, 216_000_000, 0b10)


def test_an_f7_has_no_second_pll_output_for_the_system_clock(make, host):
    rcc = make("stm32f7_rcc")
    rcc.write("CR", HSION | PLLON)
    rcc.write("CFGR", 0b11)

    assert (host.core_clock_hz, rcc.fields("CFGR", 2, 2)) == (16_000_000, 0)  # RM0385 5.3.3: not allowed


def test_timpre_of_an_f7_is_in_dckcfgr1(make, host):
    rcc = make("stm32f7_rcc")
    rcc.write("CFGR", 0b101 << 10)  # APB1 / 4
    before_hz = host.clock_net.clock_hz("apb1_timer")
    rcc.write("DCKCFGR1", 1 << 24)

    assert (8_000_000, 16_000_000) == (before_hz, host.clock_net.clock_hz("apb1_timer"))  # RM0385 5.3.25


def test_f7_overdrive_becomes_ready_in_csr1(make):
    pwr = make("stm32f7_pwr")
    seen = [pwr.read("CSR1") >> 16 & 0b11]
    for value in (1 << 16, 0b11 << 16):
        pwr.write("CR1", 0xC000 | value)
        seen.append(pwr.read("CSR1") >> 16 & 0b11)

    assert [0b00, 0b01, 0b11] == seen  # RM0385 4.4.2: ODRDY, ODSWRDY


@pytest.mark.parametrize(
    ("flash_bytes", "sector", "addr", "size_kib"),
    [
        (1 << 20, 0, 0x0800_0000, 32),
        (1 << 20, 4, 0x0802_0000, 128),
        (1 << 20, 7, 0x080C_0000, 256),
        (2 << 20, 11, 0x081C_0000, 256),
    ],
)
def test_f7_sectors_lie_where_the_manuals_say(flash_bytes, sector, addr, size_kib, make):
    flash = make("stm32f7_flash", flash_bytes=flash_bytes)
    for key in (0x4567_0123, 0xCDEF_89AB):
        flash.write("KEYR", key)
    flash.write("CR", 1 << 1 | sector << 3 | 1 << 16)

    assert {addr: b"\xff" * size_kib * 1024} == flash.host.memory  # RM0385 table 3; RM0410 table 3


def test_access_control_of_an_f7_keeps_latency_prefetch_and_art_enable(make, host):
    flash = make("stm32f7_flash")
    flash.write("ACR", 7 | 1 << 8 | 1 << 9 | 1 << 10)

    assert (flash.read("ACR"), host.flash.wait_cycles) == (0x307, 7)  # bit 10 is reserved (RM0385 3.7.1)


@pytest.mark.parametrize(
    ("plan", "expected_hz"),
    [
        # RM0433 8.7.14: f(VCO) = f(in) / M * N, f(P) = f(VCO) / P
        ({"source": 2, "m": 4, "n": 280, "p": 2}, 280_000_000),
        ({"source": 2, "m": 1, "n": 120, "p": 2}, 480_000_000),
        ({"source": 0, "m": 4, "n": 60, "p": 2}, 480_000_000),
        ({"source": 1, "m": 1, "n": 140, "p": 2}, 280_000_000),
        # 8.7.15: N + fraction / 8192
        ({"source": 2, "m": 2, "n": 100, "p": 2, "fraction": 4096}, 201_000_000),
    ],
)
def test_pll1_makes_the_clock_of_the_manual_s_formula(plan, expected_hz, make, host):
    rcc = make("stm32h7_rcc", hse_hz=8_000_000)
    rcc.write("CR", HSION | CSION)
    _h7_pll1(rcc, **plan)

    assert (expected_hz, 3) == (host.core_clock_hz, rcc.fields("CFGR", 3, 3))


def test_pll1_output_p_must_be_enabled(make, host):
    rcc = make("stm32h7_rcc")
    rcc.write("PLLCKSELR", 4 << 4)
    rcc.write("PLLCFGR", 0)
    rcc.write("CR", HSION | PLLON)
    rcc.write("CFGR", 3)

    assert (host.core_clock_hz, rcc.fields("CFGR", 3, 3)) == (64_000_000, 0)


@pytest.mark.parametrize(("field", "expected_hz"), [(0, 64_000_000), (1, 32_000_000), (3, 8_000_000)])
def test_an_h7_starts_from_hsi_and_can_divide_it(field, expected_hz, make, host):
    rcc = make("stm32h7_rcc")
    rcc.write("CR", HSION | field << 3)

    assert expected_hz == host.core_clock_hz  # RM0433 8.7.2, HSIDIV


def test_an_h7_core_may_run_faster_than_its_buses(make, host):
    rcc = make("stm32h7_rcc")
    rcc.write("D1CFGR", 0b1000 | 0b100 << 4)  # HPRE / 2, D1PPRE / 2
    rcc.write("D2CFGR", 0b101 << 4 | 0b100 << 8)  # APB1 / 4, APB2 / 2
    rcc.write("D3CFGR", 0b110 << 4)  # APB4 / 8
    lines = ("hclk", "pclk1", "pclk2", "pclk3", "pclk4", "apb1_timer", "apb2_timer")
    expected_mhz = [32, 8, 16, 16, 4, 16, 32]

    assert host.core_clock_hz == 64_000_000
    assert expected_mhz == [host.clock_net.clock_hz(line) // 1_000_000 for line in lines]
    rcc.write("CFGR", 1 << 15)  # TIMPRE: 4 times the bus clock, at most HCLK (RM0433 8.7.6)
    assert host.clock_net.clock_hz("apb1_timer") == 32_000_000


def test_d1cpre_divides_the_core_and_its_buses(make, host):
    make("stm32h7_rcc").write("D1CFGR", 0b1001 << 8)

    assert (host.core_clock_hz, host.clock_net.clock_hz("hclk")) == (16_000_000, 16_000_000)


def test_reset_flags_of_an_h7_are_removed_in_their_own_register(make):
    rcc = make("stm32h7_rcc")
    started = rcc.read("RSR")
    rcc.write("RSR", 1 << 16)

    assert (started != 0, rcc.read("RSR")) == (True, 0)  # RM0433 8.7.39, RMVF


@pytest.mark.parametrize(("vos_reset", "scale"), [(1, 0b11), (0, 0b11), (1, 0b10)])
def test_the_voltage_scale_that_was_asked_for_is_active(vos_reset, scale, make):
    pwr = make("stm32h7_pwr", vos_reset=vos_reset)
    started = pwr.fields("CSR1", 13, 3)
    pwr.write("D3CR", scale << 14)

    # RM0433 6.8.2 and 6.8.6: VOS or ACTVOS above its ready bit
    assert (started, pwr.fields("CSR1", 13, 3), pwr.fields("D3CR", 13, 3)) == (
        vos_reset << 1 | 1,
        scale << 1 | 1,
        scale << 1 | 1,
    )


def test_regulators_of_an_h7_are_ready_when_enabled(make):
    pwr = make("stm32h7_pwr")
    pwr.write("CR3", 1 << 24 | 0b110)
    pwr.write("CR2", 1)

    assert (pwr.read("CR3"), pwr.read("CR2")) == (1 << 26 | 1 << 24 | 0b110, 1 << 16 | 1)


@pytest.mark.parametrize(("layout", "wait_cycles"), [("h74x", 7), ("h7a3", 3)])
def test_an_h7_starts_with_the_wait_states_of_its_line(layout, wait_cycles, make, host):
    make("stm32h7_flash", layout=layout)

    assert wait_cycles == host.flash.wait_cycles  # FLASH_LATENCY_DEFAULT of stm32h743xx.h and stm32h7a3xxq.h


def _unlock_bank(flash, bank):
    for key in (0x4567_0123, 0xCDEF_89AB):
        flash.write(f"KEYR{bank}", key)


@pytest.mark.parametrize(
    ("layout", "bank", "control", "erased"),
    [
        # RM0433 4.9.4: SER 2, BER 3, START 7, SNB from 8, sectors of 128 KiB
        ("h74x", 1, 1 << 2 | 3 << 8 | 1 << 7, {0x0806_0000: 128}),
        ("h74x", 2, 1 << 2 | 7 << 8 | 1 << 7, {0x081E_0000: 128}),
        ("h74x", 2, 1 << 3 | 1 << 7, {0x0810_0000: 1024}),
        # RM0455 4.9.4: START 5, SNB from 6, sectors of 8 KiB
        ("h7a3", 1, 1 << 2 | 127 << 6 | 1 << 5, {0x080F_E000: 8}),
        ("h7a3", 2, 1 << 2 | 2 << 6 | 1 << 5, {0x0810_4000: 8}),
        ("h7a3", 2, 1 << 2 | 2 << 6, {}),
    ],
)
def test_each_bank_of_an_h7_erases_its_own_sectors(layout, bank, control, erased, make):
    flash = make("stm32h7_flash", layout=layout)
    _unlock_bank(flash, bank)
    flash.write(f"CR{bank}", control)

    assert erased == {addr: len(data) // 1024 for addr, data in flash.host.memory.items()}
    assert flash.read(f"SR{bank}") == (EOP_H7 if erased else 0)
    flash.write(f"CCR{bank}", EOP_H7)
    assert flash.read(f"SR{bank}") == 0


def test_a_locked_bank_stays_locked_while_the_other_is_programmed(make, host):
    flash = make("stm32h7_flash")
    _unlock_bank(flash, 2)
    flash.write("CR1", 1 << 1)
    locked = host.may_write_flash
    flash.write("CR2", 1 << 1)

    assert (locked, host.may_write_flash, flash.read("CR1") & 1) == (False, True, 1)


def test_an_unknown_flash_layout_is_named_with_those_that_exist(make):
    with pytest.raises(DataFileError, match="layout") as caught:
        make("stm32h7_flash", layout="h5")
    assert "h74x or h7a3" in str(caught.value)


@pytest.mark.parametrize(
    ("base_addr", "mode"),
    # RM0433 11.4.1: debug pins on A and B, all others analog; RM0385 6.4.1: input
    [(0x5802_0000, 0xABFF_FFFF), (0x5802_0400, 0xFFFF_FEBF), (0x5802_0800, 0xFFFF_FFFF), (0x4002_0800, 0)],
)
def test_ports_start_as_the_manual_says(base_addr, mode, make):
    assert mode == make("stm32_gpio", base_addr=base_addr).read("MODER")
