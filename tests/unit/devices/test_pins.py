"""Output pins: every vendor's port tells the same story under the vendor's names."""

from __future__ import annotations

import pytest

PORTS = {
    "STM32": ("stm32_gpio", "GPIOA", [("MODER", 1 << 10)], ("BSRR", 1 << 5), ("BSRR", 1 << 21), "PA5"),
    "STM32F1": ("stm32f1_gpio", "GPIOC", [("CRH", 0x2 << 20)], ("BSRR", 1 << 13), ("BRR", 1 << 13), "PC13"),
    "nRF": ("nrf52_gpio", "GPIO", [("P1_DIRSET", 1 << 9)], ("P1_OUTSET", 1 << 9), ("P1_OUTCLR", 1 << 9), "P1.09"),
    "RP2040": ("rp2040_sio", "SIO",
        [("GPIO_OE_SET", 1 << 25)], ("GPIO_OUT_SET", 1 << 25), ("GPIO_OUT_XOR", 1 << 25), "GPIO25"),
    "RP2350": ("rp2350_sio", "SIO",
        [("GPIO_HI_OE", 1 << 8)], ("GPIO_HI_OUT_XOR", 1 << 8), ("GPIO_HI_OUT_CLR", 1 << 8), "GPIO40"),
    "SAMD": ("samd_port", "PORT", [("DIR0_SET", 1 << 17)], ("OUT0_SET", 1 << 17), ("OUT0_TOGGLE", 1 << 17), "PA17"),
    "Kinetis": ("kinetis_gpio", "GPIO", [("DIR1", 1 << 22)], ("OUT1_SET", 1 << 22), ("OUT1_CLEAR", 1 << 22), "PTB22"),
    "i.MX RT": ("imxrt_gpio", "GPIO7", [("DIR0", 1 << 3)], ("OUT0_SET", 1 << 3), ("OUT0_TOGGLE", 1 << 3), "GPIO7_IO03"),
    "LPC55": ("lpc55_gpio", "GPIO", [("DIR1_SET", 1 << 4)], ("OUT1_SET", 1 << 4), ("OUT1", 0), "PIO1_4"),
    "EFM32": ("efm32_gpio", "GPIO", [("MODEH_H", 0x4 << 8)], ("DOUT_H", 1 << 10), ("DOUTTGL_H", 1 << 10), "PH10"),
    "EFR32": ("efr32_gpio", "GPIO", [("MODEL_B", 0x4 << 8)], ("DOUT_B", 1 << 2), ("DOUT_B", 0), "PB2"),
    "RA": ("ra_ports", "PORT", [("PCNTR1_4", 1 << 15)], ("PCNTR3_4", 1 << 15), ("PCNTR3_4", 1 << 31), "P415"),
    "Apollo3": ("apollo3_gpio", "GPIO",
        [("CONFIG0_48", 1 << 13)], ("OUT0_SET", 1 << 19), ("OUT0_CLEAR", 1 << 19), "GPIO19"),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "output", "high", "low", "pin"), PORTS.values(), ids=PORTS)
def test_a_pin_is_told_of_once_it_is_an_output(kind, name, output, high, low, pin, make, host):  # noqa: PLR0917
    port = make(kind, name=name)
    seen = []
    for writes in ([high, low], output, [high], [low]):
        for register, value in writes:
            port.write(register, value)
        seen.append(dict(host.pins))

    assert [{}, {pin: 0}, {pin: 1}, {pin: 0}] == seen
    assert pin in port.device.pin_driver.names


@pytest.mark.parametrize("kind", ["samd_port", "kinetis_gpio", "imxrt_gpio", "lpc55_gpio", "apollo3_gpio"])
def test_an_output_reads_back_and_an_input_reads_what_the_board_drives(kind, make):
    port = make(kind, input_levels=0b1100)
    if kind == "apollo3_gpio":
        port.write("CONFIG0_40", 0b011 << 5)  # pad 1: tri-state
    port.write("DIR0", 0b0010)
    port.write("OUT0_SET", 0b0110)

    assert 0b1110 == port.read("OUT0" if kind == "lpc55_gpio" else "IN0")


def test_a_pin_of_the_lpc55_has_a_byte_and_a_word(make, host):
    port = make("lpc55_gpio", name="GPIO")
    port.write("DIR1", 0b11)
    port.device.write(0x21, 1, 1)  # B[1][1]
    port.device.write(0x1080, 4, 0xFFFF_FFFF)  # W[1][0]
    seen = (port.device.read(0x21, 1), port.device.read(0x1080, 4), port.device.read(0x20, 4))

    assert ((1, 0xFFFF_FFFF, 0x0000_0101), {"PIO1_0": 1, "PIO1_1": 1}) == (seen, host.pins)


def test_what_the_lpc55_masks_out_is_not_written(make, host):
    port = make("lpc55_gpio", name="GPIO")
    port.write("DIR0", 0b11)
    port.write("CONFIG0_2080", 0b10)
    port.write("MASKED0", 0b11)

    assert ({"PIO0_0": 1, "PIO0_1": 0}, 0b01) == (host.pins, port.read("MASKED0"))


def test_the_fast_bus_of_the_samd21_reaches_the_same_port(make, host):
    alias = make("samd_port_alias", port_addr=0x4100_4400)
    alias.device.write(0x18, 4, 1 << 17)
    host.bus[0x4100_4420] = 5

    assert ({0x4100_4418: 1 << 17, 0x4100_4420: 5}, 5) == (host.bus, alias.device.read(0x20, 4))


def test_an_alternate_function_output_of_the_stm32f1_is_not_gpio_s(make, host):
    port = make("stm32f1_gpio", name="GPIOA")
    port.write("CRL", 0xB << 20 | 0x3 << 16)
    port.write("ODR", 0xFFFF)

    assert {"PA4": 1} == host.pins


def test_a_pin_s_own_register_of_the_ra_drives_it(make, host):
    port = make("ra_ports", name="PORT")
    seen = []
    for value in (0b001, 0b100, 0b101):
        port.write("PFS_1_6", value)
        seen.append(host.pins.get("P106"))

    assert [None, 0, 1] == seen


def test_a_pin_s_own_register_and_the_port_s_word_of_the_ra_are_the_same_bits(make):
    port = make("ra_ports", name="PORT")
    port.write("PCNTR1_2", 1 << 19 | 1 << 3)

    assert 0b111 == port.read("PFS_2_3") & 0b111
