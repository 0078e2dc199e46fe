"""The chip files agree with the device data of modm-devices, and the script that says so can fail."""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

BOARDS = Path(__file__).resolve().parents[3] / "boards"


def _script():
    spec = importlib.util.spec_from_file_location("import_modm", BOARDS / "import_modm.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["import_modm"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


modm = _script()
CHIPS = tuple(modm.PARTS)
F446, L4R5 = "stm32f446re", "stm32l4r5zi"


def text_of(chip: str) -> str:
    return (BOARDS / "chips" / f"{chip}.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("chip", CHIPS)
def test_a_chip_file_has_the_memories_and_the_wait_states_of_the_package(chip):
    assert modm.differences(chip, modm.read_part(chip)) == []


@pytest.mark.parametrize("chip", CHIPS)
def test_updating_an_up_to_date_chip_file_changes_no_byte(chip):
    assert text_of(chip) == modm.updated(text_of(chip), chip, modm.read_part(chip))


@pytest.mark.parametrize("chip", [F446, L4R5, "stm32g474re"])
def test_updating_writes_the_tables_again_and_keeps_every_other_line(chip, monkeypatch):
    """The G474 and the L4R5 have two flash interfaces, and tables that the package has otherwise."""
    text, part = text_of(chip), modm.read_part(chip)
    with monkeypatch.context() as patch:
        patch.setattr(modm, "CORRECTIONS", ())
        bare = modm.updated(text, chip, replace(part, wait_states=part.wait_states[:1]))
    assert bare.count(modm.TABLE) < text.count(modm.TABLE)

    assert text == modm.updated(bare, chip, part)
    without = [line for line in text.splitlines() if line.startswith("#")]
    assert without == [line for line in bare.splitlines() if line.startswith("#")]


def test_a_table_that_differs_is_named(monkeypatch, tmp_path):
    changed = text_of(F446).replace(
        "limits_mhz = [30, 60, 90, 120, 150, 180]", "limits_mhz = [30, 60, 90, 120, 180]"
    )
    assert changed != text_of(F446)
    (tmp_path / f"{F446}.toml").write_text(changed, encoding="utf-8")
    monkeypatch.setattr(modm, "CHIPS", tmp_path)

    lacks, has = modm.differences(F446, modm.read_part(F446))

    assert (
        "the chip file lacks {'min_supply_v': 2.7, 'limits_mhz': [30.0, 60.0, 90.0, 120.0, 150.0, 180.0]"
        in lacks
    )
    assert "only the chip file has {'min_supply_v': 2.7, 'limits_mhz': [30, 60, 90, 120, 180]" in has


def test_a_memory_of_another_size_is_named():
    table = tomllib.loads(text_of(F446))
    part = modm.read_part(F446)
    (sram,) = [each for each in part.regions if each.name == "sram"]
    larger = replace(
        part,
        regions=(
            *(each for each in part.regions if each is not sram),
            replace(sram, size_bytes=sram.size_bytes * 2),
        ),
    )
    smaller = replace(part, regions=tuple(each for each in part.regions if each is not sram))

    assert modm.region_differences(F446, table, part) == []
    assert modm.region_differences(F446, table, larger) == [
        "only the package has sram at 0x20000000, 256 KiB"
    ]
    assert modm.region_differences(F446, table, smaller) == [
        "only the chip file has sram1 at 0x20000000, 112 KiB",
        "only the chip file has sram2 at 0x2001c000, 16 KiB",
    ]


def test_an_explanation_and_a_correction_that_the_package_no_longer_needs_are_named():
    part = modm.read_part(L4R5)
    behind = modm.Region("sram2", 0x2003_0000, 64 * 1024, is_flash=False)
    repaired = replace(part, regions=(*part.regions, behind), wait_states=part.wait_states[:1])

    found = modm.differences(L4R5, repaired)

    assert "sram2 no longer differs: remove its explanation" in found
    assert any(each.startswith("the package no longer says") for each in found)


def test_limits_of_the_flash_s_bus_become_limits_of_the_core():
    """STM32H743: AXI and flash run at half the core's clock; modm-devices gives 225 MHz for 4 wait states at VOS3."""
    (table,) = [
        each
        for each in modm.expected_tables("stm32h743zi", modm.read_part("stm32h743zi"), 2)
        if each["voltage_range"] == "vos3"
    ]

    assert [90, 180, 270, 360, 450] == table["limits_mhz"]
    assert table["source"].endswith("times 2 for core clocks")


def test_the_script_says_how_many_differences_there_are(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["import_modm.py", F446, "--check"])

    assert modm.main() == 0
    assert capsys.readouterr().out == "no unexplained differences\n"


def test_an_unknown_chip_is_refused_with_the_known_ones(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["import_modm.py", "stm32f999"])

    with pytest.raises(SystemExit):
        modm.main()
    assert "'stm32f999' is not one of" in capsys.readouterr().err
