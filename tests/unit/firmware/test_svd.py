"""Names of registers and bits; the file uses every form of the CMSIS-SVD format that the look-up knows."""

from __future__ import annotations

import pytest

from mcusim.errors import DataFileError
from mcusim.firmware.svd import RegisterNames, best_name, bit_names

REGISTER = "<register><name>{name}</name><addressOffset>{offset}</addressOffset>{more}</register>"
SVD = f"""<?xml version="1.0"?>
<device><name>TEST</name><width>32</width><size>32</size><peripherals>
<peripheral><name>RCC</name><baseAddress>0x40023800</baseAddress>
<addressBlock><offset>0</offset><size>0x400</size><usage>registers</usage></addressBlock><registers>
<register><name>CR</name><addressOffset>0x0</addressOffset><size>32</size><fields>
<field><name>PLLON</name><bitOffset>24</bitOffset><bitWidth>1</bitWidth></field>
<field><name>PLLRDY</name><lsb>25</lsb><msb>25</msb><enumeratedValues><enumeratedValue><name>x</name><value>#1x</value>
</enumeratedValue></enumeratedValues></field>
<field><name>HSITRIM</name><bitRange>[7:3]</bitRange></field></fields></register>
<register><dim>3</dim><dimIncrement>4</dimIncrement><dimIndex>A,B,C</dimIndex><name>GPIO%s</name>
<addressOffset>0x10</addressOffset><size>32</size></register>
<cluster><dim>2</dim><dimIncrement>16</dimIncrement><name>CH[%s]</name><addressOffset>0x40</addressOffset>
{REGISTER.format(name="CTRL", offset="4", more="<size>32</size>")}</cluster>
{REGISTER.format(name="C1", offset="0x80", more="<size>8</size>")}
{
    REGISTER.format(
        name="S",
        offset="0x82",
        more="<size>8</size><fields><field><name>READY</name><bitOffset>1</bitOffset>"
        "<bitWidth>1</bitWidth></field></fields>",
    )
}
</registers></peripheral>
<peripheral derivedFrom="RCC"><name>RCC2</name><baseAddress>0x40024000</baseAddress></peripheral>
</peripherals></device>
"""


@pytest.fixture
def names(tmp_path) -> RegisterNames:
    path = tmp_path / "chip.svd"
    path.write_text(SVD)
    return RegisterNames(path, "chip")


@pytest.mark.parametrize(
    ("addr", "name"),
    [
        (0x4002_3800, "RCC.CR"),
        (0x4002_3818, "RCC.GPIOC"),
        (0x4002_3854, "RCC.CH[1].CTRL"),
        (0x4002_3880, "RCC.C1"),
        (0x4002_4000, "RCC2.CR"),
        (0x4002_3804, ""),
        (0x5000_0000, ""),
    ],
)
def test_registers_are_found_alone_in_arrays_and_in_clusters(names, addr, name):
    assert name == names.register_at(addr)


def test_bits_have_names_where_fields_cover_them_and_numbers_elsewhere(names):
    assert ("PLLRDY",) == names.bits_of(0x4002_3800, 1 << 25)
    assert ("HSITRIM", "bit 31") == names.bits_of(0x4002_3800, 1 << 5 | 1 << 31)
    assert ("bit 17",) == names.bits_of(0x5000_0000, 1 << 17)
    assert () == names.bits_of(0x4002_3800, 0xFFFF_FFFF)


def test_byte_registers_share_a_word(names):
    """Bit 17 of the word at 0x80 is bit 1 of the register at 0x82."""
    assert ("RCC.S", ("READY",)) == (
        names.register_at(0x4002_3880, 1 << 17),
        names.bits_of(0x4002_3880, 1 << 17),
    )


def test_without_a_file_bits_have_numbers():
    assert ("bit 3", "bit 17") == bit_names(1 << 17 | 1 << 3)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no XML"),
        ("not xml", "no XML"),
        ("<device/>", "no peripherals"),
        ("<device><name>X</name><width>32</width></device>", "no peripherals"),
        ("<device><peripherals/></device>", "no peripherals"),
        ("<html></html>", "not 'device'"),
    ],
)
def test_what_is_no_svd_file_is_an_error_in_words(tmp_path, text, why):
    path = tmp_path / "broken.svd"
    path.write_text(text)
    with pytest.raises(DataFileError, match="not a usable CMSIS-SVD file") as caught:
        RegisterNames(path, "chip")

    assert why in caught.value.why


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(DataFileError, match="cannot be read") as caught:
        RegisterNames(tmp_path / "absent.svd", "chip")

    assert "--svd" in caught.value.fix


@pytest.mark.parametrize(
    ("chip", "file"),
    [
        ("stm32f103rb", "STM32F103xx.svd"),
        ("nrf52840", "nrf52840.svd"),
        ("lpc55s69", "LPC55S69_cm33_core0.xml"),
        ("stm32l4r5zi", ""),
        ("stm32l475vg", "STM32L4x5.svd"),
    ],
)
def test_a_packaged_file_is_chosen_by_the_chips_name(chip, file):
    """Names of files in pyOCD 0.46; "x" is a digit, so that the STM32L4R5 does not get the STM32L4x5's registers."""
    files = ["nrf52.svd", "nrf52840.svd", "STM32F103xx.svd", "STM32L4x5.svd", "LPC55S69_cm33_core0.xml"]

    assert file == best_name(files, chip)
