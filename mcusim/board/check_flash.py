"""Checks that a flash interface fits itself, its core, its clock and the regions; the rest of a chip is in check.py."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from mcusim.board.check import check_unique
from mcusim.board.schema import CacheSpec, CacheSwitch, Chip, FetchModel, FlashInterface, WaitStates
from mcusim.errors import DataFileError, unknown_name

if TYPE_CHECKING:
    from pathlib import Path

_CORES_WITH_L1 = ("cortex-m7",)
_CORES_WITH_ONE_BUS = ("cortex-m0", "cortex-m0plus")


def check_flash_interfaces(interfaces: tuple[FlashInterface, ...], chip: Chip, path: Path) -> None:
    """Raise a DataFileError when a flash interface contradicts itself or the rest of its chip."""
    check_unique("flash_interface", [interface.name for interface in interfaces], path)
    for interface in interfaces:
        where = f"{path}: [[flash_interface]] '{interface.name}'"
        _check_regions(interface, chip, where)
        _check_power_of_two("granule_bytes", interface.granule_bytes, where)
        _check_caches(interface, where)
        _check_core(interface, chip, where)
        _check_wait_states(interface, chip, where)
    _check_line_fills(interfaces, chip, path)


def _check_regions(interface: FlashInterface, chip: Chip, where: str) -> None:
    if not interface.region_names:
        raise DataFileError(
            "the flash interface serves no region", where=where, fix='add regions = ["flash"]'
        )
    names = [region.name for region in chip.regions]
    for name in interface.region_names:
        if name not in names:
            raise unknown_name("region", name, names, where=f"{where}: regions")


def _check_caches(interface: FlashInterface, where: str) -> None:
    caches = (("instruction_cache", interface.instruction_cache), ("data_cache", interface.data_cache))
    for key, cache in caches:
        if cache is not None:
            _check_cache(cache, interface.granule_bytes, f"{where}: {key}")
    if interface.is_unified and (interface.instruction_cache is None or interface.data_cache is not None):
        raise DataFileError(
            "a unified flash interface has one cache",
            where=f"{where}: is_unified",
            why="data reads go through instruction_cache then",
            fix="describe the one cache as instruction_cache and leave data_cache out",
        )
    has_data_cache = interface.is_unified or interface.data_cache is not None
    if interface.caches_data != has_data_cache:
        raise DataFileError(
            f"caches_data is {str(interface.caches_data).lower()}, but the caches say otherwise",
            where=f"{where}: caches_data",
            fix="set caches_data = true exactly when there is a data_cache or is_unified is true",
        )


def _check_cache(cache: CacheSpec, granule_bytes: int, where: str) -> None:
    _check_power_of_two("line_bytes", cache.line_bytes, where)
    _check_power_of_two("lines_count", cache.lines_count, where)
    if cache.line_bytes < granule_bytes:
        raise DataFileError(
            f"a cache line of {cache.line_bytes} bytes is smaller than a granule of {granule_bytes} bytes",
            where=f"{where}: line_bytes",
            why="a miss fills one granule of a line",
            fix="make line_bytes at least granule_bytes",
        )
    if cache.ways_count > cache.lines_count:
        raise DataFileError(
            f"a cache of {cache.lines_count} lines has {cache.ways_count} ways",
            where=f"{where}: ways_count",
            why="each way holds at least one line",
            fix=f"use at most {cache.lines_count}, or 0 for fully associative",
        )
    # lines_count is a power of two, so its divisors are too, and so is the number of sets.
    if cache.ways_count and cache.lines_count % cache.ways_count:
        raise DataFileError(
            f"{cache.lines_count} lines cannot be split into {cache.ways_count} ways",
            where=f"{where}: ways_count",
            why="every way has the same number of lines, a power of two",
            fix="use a divisor of lines_count, or 0 for fully associative",
        )


def _check_core(interface: FlashInterface, chip: Chip, where: str) -> None:
    if interface.switch is CacheSwitch.CORE and chip.core not in _CORES_WITH_L1:
        raise DataFileError(
            f"a {chip.core} has no caches of its own",
            where=f"{where}: switch",
            why=f'switch = "core" says that SCB.CCR turns them on, which only {_CORES_WITH_L1[0]} has',
            fix='set switch = "interface", or correct core',
        )
    if interface.switch is CacheSwitch.CORE and not (interface.instruction_cache or interface.data_cache):
        raise DataFileError(
            "the core's own caches are not described",
            where=f"{where}: switch",
            why='switch = "core" says that there are some',
            fix="add instruction_cache and data_cache with their size",
        )
    if interface.model is FetchModel.WALK and chip.core not in _CORES_WITH_ONE_BUS:
        raise DataFileError(
            f"a {chip.core} does not fetch word by word over one bus",
            where=f"{where}: model",
            why=f'model = "walk" describes {" and ".join(_CORES_WITH_ONE_BUS)}',
            fix='set model = "lines", or correct core',
        )


def _check_wait_states(interface: FlashInterface, chip: Chip, where: str) -> None:
    for table in interface.wait_states:
        _check_limits(table, where)
    _check_conditions(interface, where)
    limits = interface.wait_state_limits_hz
    if not limits and interface.waits_follow_clock:
        raise DataFileError(
            "the wait states follow the clock, but nothing says how",
            where=f"{where}: waits_follow_clock",
            why="there is no [[flash_interface.wait_states]]",
            fix="list the highest clock with 0, 1, 2 … wait states as limits_mhz of a [[flash_interface.wait_states]]",
        )
    if limits and limits[-1] < chip.max_clock_hz:
        raise DataFileError(
            "the wait-state table does not cover the chip's clock",
            where=f"{where}: [[wait_states]]: limits_mhz",
            why=f"it ends at {limits[-1] / 1e6:g} MHz ({len(limits) - 1} wait states), "
            f"max_clock_mhz is {chip.max_clock_hz / 1e6:g}",
            fix="add the missing wait states, or correct max_clock_mhz",
        )


def _check_limits(table: WaitStates, where: str) -> None:
    for count, (low, high) in enumerate(pairwise(table.limits_hz), start=1):
        if high <= low:
            raise DataFileError(
                f"the clock limit with {count} wait states is not above the one with {count - 1}",
                where=f"{where}: [[wait_states]] {_conditions(table)}: limits_mhz",
                why=f"{high / 1e6:g} MHz follows {low / 1e6:g} MHz",
                fix="list the highest clock with 0, 1, 2 … wait states, each higher than the one before",
            )


def _check_conditions(interface: FlashInterface, where: str) -> None:
    seen: set[tuple[float, str]] = set()
    for table in interface.wait_states:
        if (key := (table.min_supply_v, table.voltage_range)) in seen:
            raise DataFileError(
                "two tables of wait states hold under the same conditions",
                where=f"{where}: [[wait_states]] {_conditions(table)}",
                why="a supply voltage and a core voltage range have one table",
                fix="correct min_supply_v or voltage_range of one of them, or leave it out",
            )
        seen.add(key)


def _conditions(table: WaitStates) -> str:
    supply = f"from {table.min_supply_v:g} V" if table.min_supply_v else "at any supply"
    return f"{supply}, {table.voltage_range}" if table.voltage_range else supply


def _check_line_fills(interfaces: tuple[FlashInterface, ...], chip: Chip, path: Path) -> None:
    has_l1 = any(interface.switch is CacheSwitch.CORE for interface in interfaces)
    served = {name for interface in interfaces for name in interface.region_names}
    for region in chip.regions:
        where = f"{path}: [[region]] '{region.name}': line_fill_cycles"
        if region.line_fill_cycles and not has_l1:
            raise DataFileError(
                f"region '{region.name}' fills lines of a cache that the chip does not have",
                where=where,
                why='no [[flash_interface]] says switch = "core"',
                fix='say read_wait_cycles for slow memory, or describe the core\'s caches with switch = "core"',
            )
        if region.line_fill_cycles and region.name in served:
            raise DataFileError(
                f"a flash interface says what a miss in region '{region.name}' costs",
                where=where,
                why="its wait states and miss_overhead_cycles count there",
                fix="leave line_fill_cycles out of this region",
            )


def _check_power_of_two(key: str, value: int, where: str) -> None:
    if value & (value - 1):
        raise DataFileError(
            f"{key} is {value}, which is not a power of two",
            where=f"{where}: {key}",
            fix=f"use {1 << (value.bit_length() - 1)} or {1 << value.bit_length()}",
        )
