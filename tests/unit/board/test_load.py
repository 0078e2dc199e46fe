"""Boards load into SI units, and every mistake in a file names its place and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcusim.board.load import board_names, load_board
from mcusim.board.schema import CacheSpec, Medium
from mcusim.errors import DataFileError, UnknownNameError
from mcusim.provenance import Basis, Provenance

BOARD = """
name = "mine"
title = "My board"
chip = "mychip.toml"
power_model = "rp2040"
flash_interface = "wide"
boot_addrs = [0x0801_0000]
boot_basis = "measured"
boot_source = "my boot loader"
[supply]
supply_v = 3.3
basis = "measured"
source = "my meter"
[device_options]
basis = "assumed"
source = "my schematic"
[device_options.UART]
is_timed = true
"""

CHIP = """
name = "mychip"
core = "cortex-m4"
has_fpu = true
has_bit_band = true
interrupts_count = 40
priority_bits = 4
boot_addrs = [0x0800_0000]
basis = "datasheet"
source = "DS1"
devices_basis = "datasheet"
devices_source = "RM1"
[clock]
reset_clock_mhz = 6.5
max_clock_mhz = 48
basis = "datasheet"
source = "DS1"
[[region]]
name = "flash"
medium = "flash"
start_addr = 0x0800_0000
size_kib = 128
basis = "datasheet"
source = "DS1"
[[region]]
name = "ram"
medium = "sram"
start_addr = 0x2000_0000
size_kib = 32
write_wait_cycles = 2
basis = "datasheet"
source = "DS1"
[[region]]
name = "ram_again"
medium = "sram"
start_addr = 0x1000_0000
size_kib = 16
alias_of = "ram"
alias_offset_kib = 16
basis = "assumed"
source = "guess"
[[flash_interface]]
name = "narrow"
regions = ["flash"]
granule_bytes = 8
caches_data = false
fetch_exposed_ratio = 0.7
fetch_exposed_prefetch_ratio = 0.5
reset_instruction_cache_on = true
reset_data_cache_on = false
reset_prefetch_on = false

basis = "derived"
source = "a fit"
[[flash_interface]]
name = "wide"
regions = ["flash"]
granule_bytes = 16
caches_data = true
fetch_exposed_ratio = 0.6
fetch_exposed_prefetch_ratio = 0.3
reset_instruction_cache_on = true
reset_data_cache_on = true
reset_prefetch_on = true

basis = "derived"
source = "a fit"
instruction_cache = { lines_count = 64, line_bytes = 16, ways_count = 2 }
data_cache = { lines_count = 8, line_bytes = 32, ways_count = 0 }
[[device]]
kind = "stm32_usart"
name = "UART"
base_addr = 0x4000_0000
size_bytes = 0x400
irq_number = 5
options = { version = 1 }
[[device]]
kind = "stm32_gpio"
name = "GPIO"
base_addr = 0x4000_0400
size_bytes = 0x400
"""


def load(folder: Path, board: str = BOARD, chip: str = CHIP):
    (folder / "mychip.toml").write_text(chip, encoding="utf-8")
    path = folder / "mine.toml"
    path.write_text(board, encoding="utf-8")
    return load_board(str(path))


def test_a_user_s_board_is_read_into_si_units(tmp_path):
    board = load(tmp_path)

    assert (board.name, board.title, board.supply_v) == ("mine", "My board", 3.3)
    assert board.supply_provenance == Provenance(Basis.MEASURED, "my meter")
    assert (board.power_model, board.no_power_reason) == ("rp2040", "")
    chip = board.chip
    assert (chip.reset_clock_hz, chip.max_clock_hz) == (6_500_000, 48_000_000)
    flash, ram, again = chip.regions
    assert (flash.medium, flash.size_bytes, flash.end_addr) == (Medium.FLASH, 0x2_0000, 0x0802_0000)
    assert (ram.read_wait_cycles, ram.write_wait_cycles) == (0, 2)
    assert (again.alias_of, again.alias_offset_bytes) == ("ram", 0x4000)
    assert chip.devices[1].irq_number == -1


def test_the_board_chooses_the_flash_organisation(tmp_path):
    interface = load(tmp_path).chip.flash_interface

    assert interface is not None
    assert (interface.name, interface.granule_bytes) == ("wide", 16)
    assert interface.instruction_cache == CacheSpec(64, 16, 2)


def test_without_a_choice_the_first_flash_organisation_counts(tmp_path):
    interface = load(tmp_path, BOARD.replace('flash_interface = "wide"\n', "")).chip.flash_interface

    assert interface is not None
    assert interface.name == "narrow"


def test_the_board_s_boot_address_comes_before_the_chip_s(tmp_path):
    assert load(tmp_path).chip.boot_addrs == (0x0801_0000, 0x0800_0000)


def test_regions_that_share_a_page_of_memory_are_refused(tmp_path):
    chip = CHIP.replace("size_kib = 128", "size_kib = 129").replace("0x1000_0000", "0x0802_0800")
    with pytest.raises(DataFileError, match="'flash' and 'ram_again' share a page of memory"):
        load(tmp_path, BOARD, chip)


def test_the_board_adds_device_options_to_the_chip_s(tmp_path):
    assert load(tmp_path).chip.devices[0].options == {"version": 1, "is_timed": True}


def test_a_board_without_power_model_says_why(tmp_path):
    board = load(tmp_path, BOARD.replace('power_model = "rp2040"', 'no_power_reason = "not measured"'))

    assert (board.power_model, board.no_power_reason) == ("", "not measured")


def test_a_power_model_beside_the_board_file_is_found(tmp_path):
    (tmp_path / "power.toml").write_text("", encoding="utf-8")

    board = load(tmp_path, BOARD.replace('"rp2040"', '"power.toml"'))
    assert board.power_model == str(tmp_path / "power.toml")


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ('title = "My board"', "", "title", "'title' is missing"),
        ('chip = "mychip.toml"', 'chip = "rp2041"', "chip", "did you mean 'rp2040'"),
        ('"rp2040"', '"rp204"', "power_model", "did you mean 'rp2040'"),
        ('"rp2040"', '"absent.toml"', "power_model", "there is no power model file"),
        ('power_model = "rp2040"', "", "no_power_reason", "'no_power_reason' is missing"),
        ("supply_v = 3.3", "supply_v = 33", "[supply]: supply_v", "use a value from 0.9 to 5.5"),
        ('source = "my meter"', "", "[supply]: source", "every number says how we know it"),
        ("[0x0801_0000]", "[0x0801_0000, 0x3000_0000]", "boot_addrs", "0x30000000 is in no region"),
        ("[0x0801_0000]", "[0x0801_0002]", "boot_addrs", "not a multiple of 4"),
        ("device_options.UART", "device_options.UARD", "[device_options]: UARD", "did you mean 'UART'?"),
        ('title = "My board"', 'title = "My board"\ncolour = 1', "colour", "unknown key 'colour'"),
        ("is_timed = true", "is_timed = [1]", "[device_options]: [UART]: is_timed", "is a list"),
        (
            "is_timed = true",
            "is_timd = true",
            "[device_options]: [UART]: is_timd",
            "did you mean 'is_timed'?",
        ),
        ('boot_basis = "measured"', "", "boot_basis", "every number says how we know it"),
        ('source = "my schematic"', "", "[device_options]: source", "every number says how we know it"),
    ],
)
def test_a_mistake_in_a_board_file_is_named_with_its_place(tmp_path, old, new, where, message):
    assert BOARD.count(old) == 1

    with pytest.raises((DataFileError, UnknownNameError)) as caught:
        load(tmp_path, board=BOARD.replace(old, new))

    assert caught.value.where.endswith(f"mine.toml: {where}")
    assert message in str(caught.value)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("old", "new", "where", "message"),
    [
        ('core = "cortex-m4"', 'core = "cortex-m5"', ": core", "did you mean 'cortex-m"),
        ('core = "cortex-m4"', 'core = "cortex-m3"', ": has_fpu", "a cortex-m3 has no FPU"),
        ("has_fpu = true", "has_fpu = 1", ": has_fpu", "must be true or false"),
        ("interrupts_count = 40", "interrupts_count = 0", ": interrupts_count", "out of range"),
        ("boot_addrs = [0x0800_0000]", "boot_addrs = []", ": boot_addrs", "has no boot address"),
        ("boot_addrs = [0x0800_0000]", "boot_addrs = [0x0800_0000, 0]", ": boot_addrs", "is in no region"),
        ("devices_source", "device_source", ": device_source", "did you mean 'devices_source'?"),
        (
            "reset_clock_mhz = 6.5",
            "reset_clock_mhz = 50",
            ": [clock]: reset_clock_mhz",
            "above the highest clock",
        ),
        ("reset_clock_mhz = 6.5", 'reset_clock_mhz = "6.5"', ": [clock]: reset_clock_mhz", "without quotes"),
        ("reset_clock_mhz = 6.5", "reset_clock_mhz = 0", ": [clock]: reset_clock_mhz", "out of range"),
        ('medium = "flash"', 'medium = "falsh"', ": [[region]] 1 'flash': medium", "did you mean 'flash'?"),
        ("size_kib = 128", "size_kib = 0.5", ": [[region]] 1 'flash': size_kib", "out of range"),
        ("size_kib = 32", "size_kib = 32.5", ": [[region]] 'ram': size_kib", "not a multiple of 1 KiB"),
        ("= 0x2000_0000", "= 0x2000_0200", ": [[region]] 'ram': start_addr", "not a multiple of 1 KiB"),
        ("= 0x2000_0000", "= 0x0801_0000", "", "'flash' and region 'ram' overlap"),
        ("= 0x2000_0000", "= 0x2200_0000", "", "'ram' and the bit-band alias at '0x22000000' overlap"),
        ("= 0x2000_0000", "= 0x5000_0000", ": [[region]] 'ram'", "where the architecture has peripherals"),
        ("= 0x2000_0000", "= 0xE000_0000", ": [[region]] 'ram'", "the core's own address space"),
        ("= 0x2000_0000", "= 0xDFFF_FC00", ": [[region]] 'ram'", "the core's own address space"),
        ("= 0x2000_0000", "= 0xFFFF_FC00", ": [[region]] 'ram'", "the core's own address space"),
        ('name = "ram_again"', 'name = "ram"', ": [[region]] 'ram'", "two regions are called 'ram'"),
        ('alias_of = "ram"', 'alias_of = "rum"', ": [[region]] 'ram_again': alias_of", "did you mean 'ram'?"),
        (
            'alias_of = "ram"',
            'alias_of = "flash"',
            ": [[region]] 'ram_again': alias_of",
            "shows the same memory",
        ),
        (
            'alias_of = "ram"',
            'alias_of = "ram_again"',
            ": [[region]] 'ram_again': alias_of",
            "no region called",
        ),
        (
            "alias_offset_kib = 16",
            "alias_offset_kib = 17",
            ": [[region]] 'ram_again': alias_of",
            "beyond the end",
        ),
        ("write_wait_cycles", "write_wiat_cycles", ": [[region]] 2 'ram': write_wiat_cycles", "did you mean"),
        ('source = "guess"', "", ": [[region]] 3 'ram_again': source", "every number says how we know it"),
        ('name = "wide"', 'name = "narrow"', ": [[flash_interface]] 'narrow'", "two flash_interfaces"),
        ('name = "wide"', 'name = "wider"', "", "did you mean 'wider'?"),
        (
            "granule_bytes = 16",
            "granule_bytes = 12",
            ": [[flash_interface]] 'wide': granule_bytes",
            "use 8 or 16",
        ),
        (
            "granule_bytes = 16",
            "granule_bytes = 32",
            ": [[flash_interface]] 'wide': instruction_cache: line_bytes",
            "smaller than a granule",
        ),
        (
            "lines_count = 64",
            "lines_count = 48",
            ": [[flash_interface]] 'wide': instruction_cache: lines_count",
            "not a power of two",
        ),
        (
            "line_bytes = 32",
            "line_bytes = 24",
            ": [[flash_interface]] 'wide': data_cache: line_bytes",
            "not a power of two",
        ),
        (
            "ways_count = 2",
            "ways_count = 3",
            ": [[flash_interface]] 'wide': instruction_cache: ways_count",
            "cannot be split into 3 ways",
        ),
        (
            "caches_data = true",
            "caches_data = false",
            ": [[flash_interface]] 'wide': caches_data",
            "the caches say otherwise",
        ),
        (
            "caches_data = true",
            "caches_data = true\nis_unified = true",
            ": [[flash_interface]] 'wide': is_unified",
            "has one cache",
        ),
        (
            'name = "wide"\nregions = ["flash"]',
            'name = "wide"\nregions = ["flash", "flsh"]',
            ": [[flash_interface]] 'wide': regions",
            "did you mean 'flash'?",
        ),
        (
            'name = "wide"\nregions = ["flash"]',
            'name = "wide"\nregions = []',
            ": [[flash_interface]] 'wide'",
            "serves no region",
        ),
        (
            "fetch_exposed_ratio = 0.6",
            "fetch_exposed_ratio = nan",
            ": [[flash_interface]] 2 'wide': fetch_exposed_ratio",
            "out of range",
        ),
        ("irq_number = 5", "irq_number = 40", ": [[device]] 'UART': irq_number", "interrupts 0 to 39"),
        ("= 0x4000_0400", "= 0x4000_0200", "", "device 'UART' and device 'GPIO' overlap"),
        ("= 0x4000_0400", "= 0x2000_0400", "", "region 'ram' and device 'GPIO' overlap"),
        ('name = "GPIO"', 'name = "UART"', ": [[device]] 'UART'", "two devices are called 'UART'"),
        ('kind = "stm32_gpio"', "kind = 3", ": [[device]] 2 'GPIO': kind", "must be a text"),
        (
            'kind = "stm32_gpio"',
            'kind = "stm32_gpoi"',
            ": [[device]] 2 'GPIO': kind",
            "did you mean 'stm32_gpio'",
        ),
        (
            "{ version = 1 }",
            "{ versoin = 1 }",
            ": [[device]] 1 'UART': [options]: versoin",
            "did you mean 'version'?",
        ),
        ("version = 1", "version = 1.5", ": [[device]] 1 'UART': [options]: version", "is a number"),
    ],
)
def test_a_mistake_in_a_chip_file_is_named_with_its_place(tmp_path, old, new, where, message):
    assert CHIP.count(old) == 1

    with pytest.raises((DataFileError, UnknownNameError)) as caught:
        load(tmp_path, chip=CHIP.replace(old, new))

    assert caught.value.where.endswith(f"mychip.toml{where}")
    assert message in str(caught.value)
    assert caught.value.fix


def test_an_alias_of_an_alias_is_refused(tmp_path):
    third = CHIP[CHIP.index('[[region]]\nname = "ram_again"') : CHIP.index("[[flash_interface]]")]
    fourth = third.replace('alias_of = "ram"', 'alias_of = "ram_again"').replace(
        '"ram_again"\nmedium', '"more"\nmedium'
    )

    with pytest.raises(DataFileError, match="make it an alias of 'ram'"):
        load(
            tmp_path,
            chip=CHIP + fourth.replace("0x1000_0000", "0x1100_0000").replace("_kib = 16", "_kib = 8"),
        )


@pytest.mark.parametrize("core", ["cortex-m0", "cortex-m0plus"])
def test_an_armv6_m_core_has_neither_bit_band_nor_more_than_32_interrupts(tmp_path, core):
    small = CHIP.replace("cortex-m4", core).replace("has_fpu = true", "has_fpu = false")

    with pytest.raises(DataFileError, match="no bit-band"):
        load(tmp_path, chip=small)
    with pytest.raises(DataFileError, match="at most 32 interrupts"):
        load(tmp_path, chip=small.replace("has_bit_band = true", "has_bit_band = false"))


def test_a_missing_chip_file_is_named(tmp_path):
    with pytest.raises(DataFileError, match="cannot read") as caught:
        load(tmp_path, BOARD.replace("mychip.toml", "absent.toml"))

    assert caught.value.where.endswith("absent.toml")


def test_an_unknown_board_name_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean 'nucleo_f446re'"):
        load_board("nucleo_f446")


@pytest.mark.parametrize("name", ["../secret", "", "chips/rp2040"])
def test_a_name_is_not_a_path(name):
    with pytest.raises(UnknownNameError):
        load_board(name)


def test_a_missing_board_file_is_an_error():
    with pytest.raises(DataFileError, match="cannot read"):
        load_board("absent.toml")


@pytest.mark.parametrize("name", board_names())
def test_a_shipped_board_is_called_like_its_file(name):
    board = load_board(name)

    assert name == board.name
    assert bool(board.power_model) != bool(board.no_power_reason)
