"""Compares the chip files with the device data of the package modm-devices, and writes its wait-state tables into them.

python boards/import_modm.py [CHIP…]            print every difference that is not explained below; exit code 1 if any
python boards/import_modm.py --update [CHIP…]   write the wait-state tables into the chip files, then compare

Needs `pip install ".[boards]"`. What is wrong or left out in the package's data stands in EXPLAINED_REGIONS and
CORRECTIONS, each with its reason; one that no longer applies is a difference, too. The package is MPL-2.0 licensed
(https://github.com/modm-io/modm-devices); only facts are taken from it.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHIPS = Path(__file__).resolve().parent / "chips"
PACKAGE_VERSION = "0.13.1"

PARTS = {
    "nrf52840": ("nrf/nrf52820_840.xml", "nrf52840-ckaa"),
    "nrf5340": ("nrf/nrf5340.xml", "nrf5340-claa@app"),
    "rp2040": ("rp/rp2040.xml", "rp2040"),
    "rp2350": ("rp/rp2350.xml", "rp2350"),
    "samd21g18a": ("sam/samd21.xml", "samd21g18a-af"),
    "samd51j19a": ("sam/samd51_e51_e53_e54.xml", "samd51j19a-af"),
    "stm32f072rb": ("stm32/stm32f0-71_72_78.xml", "stm32f072rbt6"),
    "stm32f103rb": ("stm32/stm32f1-01_02_03-8_b.xml", "stm32f103rbt6"),
    "stm32f303re": ("stm32/stm32f3-03-b_c_d_e.xml", "stm32f303ret6"),
    "stm32f401re": ("stm32/stm32f4-01_11.xml", "stm32f401ret6"),
    "stm32f407vg": ("stm32/stm32f4-05_07_15_17.xml", "stm32f407vgt6"),
    "stm32f446re": ("stm32/stm32f4-46.xml", "stm32f446ret6"),
    "stm32f746ng": ("stm32/stm32f7-45_46_50_56.xml", "stm32f746ngh6"),
    "stm32f767zi": ("stm32/stm32f7-67_68_77_78.xml", "stm32f767zit6"),
    "stm32g071rb": ("stm32/stm32g0-71_81.xml", "stm32g071rbt6"),
    "stm32g0b1re": ("stm32/stm32g0-b1_c1.xml", "stm32g0b1ret6n"),
    "stm32g474re": ("stm32/stm32g4-74_84.xml", "stm32g474ret6"),
    "stm32h563zi": ("stm32/stm32h5-62_63_73.xml", "stm32h563zit6q"),
    "stm32h743zi": ("stm32/stm32h7-42_43_50_53.xml", "stm32h743zit6"),
    "stm32h747xi": ("stm32/stm32h7-45_47_55_57.xml", "stm32h747xih6@m7"),
    "stm32h7a3zi": ("stm32/stm32h7-a3_b0_b3-.xml", "stm32h7a3zit6"),
    "stm32l053r8": ("stm32/stm32l0-51_52_53_62_63.xml", "stm32l053r8t6"),
    "stm32l100rc": ("stm32/stm32l1-00.xml", "stm32l100rct6"),
    "stm32l475vg": ("stm32/stm32l4-75.xml", "stm32l475vgt6"),
    "stm32l476rg": ("stm32/stm32l4-76_86.xml", "stm32l476rgt6"),
    "stm32l4r5zi": ("stm32/stm32l4-r5_r7_r9.xml", "stm32l4r5zit6p"),
    "stm32u385rg": ("stm32/stm32u3-75_85.xml", "stm32u385rgt6q"),
    "stm32u575zi": ("stm32/stm32u5-75_85.xml", "stm32u575zit6q"),
    "stm32u585ai": ("stm32/stm32u5-75_85.xml", "stm32u585aii6q"),
}
"""Chip file: device file and part of the package. It has no Apollo3, EFM32, EFR32, LPC55, K64, i.MX RT or RA."""

CORE_VOLTAGES_MV = {
    "stm32g0": {1000: "range2", 1200: "range1"},
    "stm32h5": {950: "vos3", 1050: "vos2", 1150: "vos1", 1260: "vos0"},
    "stm32h7": {950: "vos3", 1050: "vos2", 1150: "vos1", 1250: "vos0", 1260: "vos0"},
    "stm32l0": {1050: "range3", 1350: "range2", 1650: "range1"},
    "stm32l1": {1200: "range3", 1500: "range2", 1800: "range1"},
    "stm32l4": {1000: "range2", 1200: "range1"},
    "stm32g4": {1000: "range2", 1280: "range1-boost"},
    "stm32u3": {750: "range2", 900: "range1"},
    "stm32u5": {900: "range4", 1000: "range3", 1100: "range2", 1200: "range1"},
}
"""Where the package's "vcore-min" is the core's voltage and not the supply: the range, as the power models call it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Highest core clock with 0, 1, 2 … wait states under one condition."""

    min_supply_v: float
    voltage_range: str
    mhz: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """Where we do not follow the package's wait states."""

    chips: tuple[str, ...]
    theirs: Limits | None
    """What the package says; None: nothing."""
    ours: Limits | None
    """What the chip file says instead; None: nothing."""
    basis: str
    source: str


_F7 = "stm32f7xx_ll_utils.c: 6 wait states up to 210 MHz, 7 up to 216; modm-devices stretches the sixth"
_L4R = "stm32l4xx_ll_utils.c for the STM32L4R/S: 4 wait states up to 100 MHz, 5 above"
_G4 = "stm32g4xx_ll_utils.c and start-up code quoting RM0440; modm-devices has the slower table of ST's first driver"
_G4_RECALLED = "RM0440, recalled and not looked up; modm-devices has the table of ST's first driver"
_F7_THEIRS = Limits(2.7, "", (30, 60, 90, 120, 150, 180, 216))
_F7_OURS = Limits(2.7, "", (30, 60, 90, 120, 150, 180, 210, 216))
_L4R_THEIRS = Limits(0, "range1", (20, 40, 60, 80, 120))
_L4R_BOOST = Limits(0, "range1-boost", (20, 40, 60, 80, 100, 120))
_L4R_NORMAL = Limits(0, "range1", (20, 40, 60, 80))
_G4_THEIRS = Limits(0, "range1-boost", (20, 40, 60, 80, 100, 120, 140, 160, 170))
_G4_BOOST = Limits(0, "range1-boost", (34, 68, 102, 136, 170))
_G4_NORMAL = Limits(0, "range1", (30, 60, 90, 120, 150))
_G4_THEIR_LOW, _G4_LOW = Limits(0, "range2", (8, 16, 26)), Limits(0, "range2", (12, 24, 26))
CORRECTIONS = (
    Correction(("stm32f746ng", "stm32f767zi"), _F7_THEIRS, _F7_OURS, "datasheet", _F7),
    Correction(("stm32l4r5zi",), _L4R_THEIRS, _L4R_BOOST, "datasheet", f"{_L4R}; not in modm-devices"),
    Correction(("stm32l4r5zi",), None, _L4R_NORMAL, "datasheet", f"{_L4R}; 80 MHz without boost"),
    Correction(("stm32g474re",), _G4_THEIRS, _G4_BOOST, "datasheet", _G4),
    Correction(("stm32g474re",), None, _G4_NORMAL, "assumed", _G4_RECALLED),
    Correction(("stm32g474re",), _G4_THEIR_LOW, _G4_LOW, "assumed", _G4_RECALLED),
)

_NO_XIP = "external flash: the package describes the chip without its board"
_SECURE = "TrustZone is off: only the non-secure addresses are there"
EXPLAINED_REGIONS = {
    ("nrf5340", "uicr"): "configuration words that firmware reads; the package lists memory for programs",
    ("samd51j19a", "cache_ram"): "the cache as memory (CMCC); the package lists memory for programs",
    ("rp2040", "xip"): _NO_XIP,
    ("rp2350", "xip"): _NO_XIP,
    ("rp2350", "sram"): "520 KiB with the scratch banks (datasheet); the package repeats the RP2040's 264",
    ("rp2350", "scratch"): "at 0x20080000 by the datasheet; the package repeats the RP2040's address",
    ("stm32l4r5zi", "sram2"): "at 0x10000000 and behind SRAM1; the package has the first address only",
    ("stm32h747xi", "flash"): "the Cortex-M7 reads both banks; the package gives it the first one",
    ("stm32h747xi", "d2_sram"): "readable by the Cortex-M7; the package gives it to the Cortex-M4",
    **{
        (chip, region): _SECURE
        for chip, count in (("stm32u385rg", 2), ("stm32u575zi", 4), ("stm32u585ai", 4), ("stm32h563zi", 3))
        for region in ("flash_s", *(f"sram{index}_s" for index in range(1, count + 1)))
    },
}
"""(chip, region of the chip file or of the package) that the other side lacks, and why that is right."""

_PERIPHERALS = range(0x4000_0000, 0x6000_0000)
"""Memory among peripherals (backup RAM of the F4 and U5, "eeprom" of the SAMD51) cannot be mapped as memory."""


@dataclass(frozen=True, slots=True)
class Region:
    """A range of memory that firmware may use."""

    name: str
    start_addr: int
    size_bytes: int
    is_flash: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What the package says of one chip."""

    regions: tuple[Region, ...]
    wait_states: tuple[Limits, ...]


def read_part(chip: str) -> Part:
    """The package's data of the chip; its wait states by supply voltage or core voltage range."""
    import modm_devices
    from modm_devices.parser import DeviceParser

    file, name = PARTS[chip]
    path = Path(modm_devices.__file__).parent / "resources" / "devices" / file
    device = next(each for each in DeviceParser().parse(str(path)).get_devices() if each.partname == name)
    drivers = {driver["name"]: driver for driver in device.properties["driver"]}
    regions = tuple(
        Region(row["name"], int(row["start"], 0), int(row["size"]), _is_flash(row["name"]))
        for row in drivers["core"]["memory"]
        if int(row["start"], 0) not in _PERIPHERALS
    )
    rows = drivers.get("flash", {}).get("latency", [])
    lowest_mv = min((int(row["vcore-min"]) for row in rows), default=0)
    return Part(regions, tuple(_limits(chip, row, lowest_mv) for row in rows))


def _is_flash(name: str) -> bool:
    return name.startswith(("flash", "itcm_flash", "eeprom"))


def _limits(chip: str, row: dict[str, Any], lowest_mv: int) -> Limits:
    """The row with the lowest supply holds down to where the chip stops working, which may be a little below it."""
    millivolts = int(row["vcore-min"])
    ranges = CORE_VOLTAGES_MV.get(chip[:7])
    mhz = tuple(int(each["hclk-max"]) / 1e6 for each in row["wait-state"])
    if ranges is not None:
        return Limits(0, ranges[millivolts], mhz)
    return Limits(0 if millivolts == lowest_mv else millivolts / 1000, "", mhz)


def expected_tables(chip: str, part: Part, wait_state_cycles: int) -> list[dict[str, Any]]:
    """What [[flash_interface.wait_states]] of the chip file has to say, fastest first.

    The package counts in clocks of the flash's bus; the chip file in core clocks.
    """
    file, name = PARTS[chip]
    source = f"modm-devices {PACKAGE_VERSION}, {file.rpartition('/')[2]} ({name})"
    replaced = [each.theirs for each in CORRECTIONS if chip in each.chips]
    found = [(each, "datasheet", source) for each in part.wait_states if each not in replaced]
    found += [
        (each.ours, each.basis, each.source)
        for each in CORRECTIONS
        if chip in each.chips and each.ours is not None
    ]
    found.sort(key=lambda each: (-each[0].mhz[-1], len(each[0].mhz), each[0].voltage_range))
    tables = []
    for limits, basis, origin in found:
        condition: dict[str, Any] = {"min_supply_v": limits.min_supply_v} if limits.min_supply_v else {}
        if limits.voltage_range:
            condition["voltage_range"] = limits.voltage_range
        doubled = "" if wait_state_cycles == 1 else f", times {wait_state_cycles} for core clocks"
        mhz = [each * wait_state_cycles for each in limits.mhz]
        tables.append({**condition, "limits_mhz": mhz, "basis": basis, "source": origin + doubled})
    return tables


def differences(chip: str, part: Part) -> list[str]:
    """What the chip file and the package say differently and nothing here explains."""
    table = tomllib.loads((CHIPS / f"{chip}.toml").read_text(encoding="utf-8"))
    stale = [
        f"the package no longer says {each.theirs}: remove the correction"
        for each in CORRECTIONS
        if chip in each.chips and each.theirs is not None and each.theirs not in part.wait_states
    ]
    return region_differences(chip, table, part) + wait_state_differences(chip, table, part) + stale


def region_differences(chip: str, table: dict[str, Any], part: Part) -> list[str]:
    """Memory of one side that the other side lacks, and explanations that explain nothing."""
    ours = [
        (Region(row["name"], row["start_addr"], row["size_kib"] * 1024, row["medium"] == "flash"), row)
        for row in table["region"]
        if row["medium"] != "rom"
    ]
    lacking = {
        each.name: each for each in part.regions if not _is_covered(each, [region for region, _ in ours])
    }
    extra = {
        region.name: region
        for region, row in ours
        if "alias_of" not in row and not _is_covered(region, list(part.regions))
    }
    found = [
        f"{side} {region.name} at {region.start_addr:#010x}, {region.size_bytes // 1024} KiB"
        for side, regions in (("only the package has", lacking), ("only the chip file has", extra))
        for name, region in regions.items()
        if (chip, name) not in EXPLAINED_REGIONS
    ]
    explained = [name for each, name in EXPLAINED_REGIONS if each == chip]
    found += [
        f"{name} no longer differs: remove its explanation"
        for name in explained
        if name not in {**lacking, **extra}
    ]
    return found


def _is_covered(region: Region, others: list[Region]) -> bool:
    """Whether every byte of `region` is in one of the others of its kind; they may be split in another way."""
    addr, end_addr = region.start_addr, region.start_addr + region.size_bytes
    for other in sorted(others, key=lambda each: each.start_addr):
        if (
            other.is_flash == region.is_flash
            and other.start_addr <= addr < other.start_addr + other.size_bytes
        ):
            addr = other.start_addr + other.size_bytes
    return addr >= end_addr


def wait_state_differences(chip: str, table: dict[str, Any], part: Part) -> list[str]:
    """Tables of wait states that are not what the package and the corrections say."""
    found = []
    for interface in table.get("flash_interface", []):
        expected = expected_tables(chip, part, interface.get("wait_state_cycles", 1))
        if not expected:
            continue
        written = interface.get("wait_states", [])
        label = f"wait states of '{interface.get('name', 'default')}'"
        found += [f"{label}: the chip file lacks {each}" for each in expected if each not in written]
        found += [f"{label}: only the chip file has {each}" for each in written if each not in expected]
    return found


TABLE = "[[flash_interface.wait_states]]"


def updated(text: str, chip: str, part: Part) -> str:
    """The chip file with the expected tables after each flash interface; every other line as it was."""
    if not part.wait_states:
        return text
    kept = re.sub(rf"^{re.escape(TABLE)}\n(?:[^\[\n].*\n)*\n?", "", text, flags=re.MULTILINE)
    interfaces = tomllib.loads(text).get("flash_interface", [])
    pieces = re.split(r"^(?=\[\[)", kept, flags=re.MULTILINE)
    index = 0
    for position, piece in enumerate(pieces):
        if not piece.startswith("[[flash_interface]]"):
            continue
        tables = expected_tables(chip, part, interfaces[index].get("wait_state_cycles", 1))
        index += 1
        # Comments at the end of a piece belong to what follows it.
        body = re.fullmatch(r"(.*?\n)(\n(?:#.*\n|\n)*)?", piece, flags=re.DOTALL)
        if tables and body:
            pieces[position] = body[1] + "".join(f"\n{_shown(each)}" for each in tables) + (body[2] or "")
    return "".join(pieces)


def _shown(table: dict[str, Any]) -> str:
    lines = [TABLE]
    for key, value in table.items():
        if isinstance(value, list):
            shown = "[" + ", ".join(f"{each:g}" for each in value) + "]"
        else:
            shown = f'"{value}"' if isinstance(value, str) else f"{value:g}"
        lines.append(f"{key} = {shown}")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Compare, after updating when asked for, and say what differs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("chips", metavar="CHIP", nargs="*", help=f"of {', '.join(PARTS)}; default: all")
    parser.add_argument("--check", action="store_true", help="compare only (the default)")
    parser.add_argument("--update", action="store_true", help="write the wait-state tables first")
    arguments = parser.parse_args()
    unknown = [chip for chip in arguments.chips if chip not in PARTS]
    if unknown:
        parser.error(f"'{unknown[0]}' is not one of {', '.join(PARTS)}")
    try:
        import modm_devices
    except ImportError:
        parser.error('modm-devices is not installed: pip install ".[boards]"')
    if modm_devices.__version__ != PACKAGE_VERSION:
        parser.error(f"modm-devices is {modm_devices.__version__}, the chip files name {PACKAGE_VERSION}")
    count = 0
    for chip in arguments.chips or PARTS:
        part, path = read_part(chip), CHIPS / f"{chip}.toml"
        if arguments.update:
            path.write_text(updated(path.read_text(encoding="utf-8"), chip, part), encoding="utf-8")
        for difference in differences(chip, part):
            count += 1
            print(f"{chip}: {difference}")
    print(f"{count or 'no'} unexplained difference{'s' * (count != 1)}")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
