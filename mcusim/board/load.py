"""Reads board and chip files into plain data in SI units; what belongs together is checked in check.py."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

from mcusim.board.check import check_board, check_chip
from mcusim.board.check_flash import check_flash_interfaces
from mcusim.board.device_options import checked_kind, checked_options
from mcusim.board.schema import (
    Board,
    CacheSpec,
    CacheSwitch,
    Chip,
    DeviceSpec,
    FetchModel,
    FlashInterface,
    Medium,
    MemoryRegion,
    PrefetchSpec,
    WaitStates,
    ZeroWaitSpec,
)
from mcusim.board.start_up import check_start_up, read_start_up
from mcusim.datafile import REQUIRED, Table
from mcusim.errors import unknown_name
from mcusim.shipped import data_file, error_bands_file, shipped_dir, shipped_names

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_KIB = 1024
_MHZ = 1_000_000
_CLOCK_LIMITS_MHZ = (0.001, 2000.0)
_ADDRESS_SPACE_KIB = 4 * _KIB * _KIB


def board_names() -> tuple[str, ...]:
    """The names of the shipped boards, sorted."""
    return shipped_names("boards")


def chip_names() -> tuple[str, ...]:
    """The names of the shipped chips, sorted."""
    return tuple(sorted(each.stem for each in (shipped_dir("boards") / "chips").glob("*.toml")))


def load_board(name_or_path: str) -> Board:
    """The shipped board of that name, or the board in the user's file ending in ".toml".

    Raises:
        UnknownNameError: no shipped board has that name.
        DataFileError: the board's or its chip's file is missing or wrong.
    """
    path = data_file("boards", "board", name_or_path)
    table = Table.load(path)
    board = _board(table, path)
    table.finish()
    check_board(board)
    check_start_up(board.chip, board.path)
    return board


def _board(table: Table, path: Path) -> Board:
    supply = table.table("supply")
    has_power = table.has("power_model")
    if not (has_power or table.has("no_power_reason")):
        table.check_spelling("power_model")
    chip = load_chip(_chip_path(table, path), table.text("flash_interface", ""))
    has_boot_addrs = table.has("boot_addrs")
    if has_boot_addrs:
        chip = replace(chip, boot_addrs=_boot_addrs(table, chip))
    if options := table.optional_table("device_options"):
        chip = replace(chip, devices=_with_options(chip.devices, options))
    if start_up := read_start_up(table.optional_table("start_up")):
        chip = replace(chip, start_up=start_up)
    return Board(
        name=_board_name(table),
        title=table.text("title"),
        chip=chip,
        supply_v=supply.number("supply_v", minimum=0.9, maximum=5.5),
        supply_provenance=supply.provenance(),
        power_model=_power_model(table, path) if has_power else "",
        path=str(path),
        no_power_reason="" if has_power else table.text("no_power_reason"),
        boot_provenance=table.provenance("boot") if has_boot_addrs else None,
        options_provenance=options.provenance() if options else None,
    )


def _board_name(table: Table) -> str:
    """One word, as it is said on command lines, in lists with commas and in the names of files."""
    name = table.text("name")
    if not _NAME.fullmatch(name):
        raise table.error(
            "name",
            f"'{name}' is not a board's name",
            why="it is used on command lines, in lists and in file names",
            fix="use letters, digits, '_', '-' and '.' only; 'title' may say anything",
        )
    return name


def _boot_addrs(table: Table, chip: Chip) -> tuple[int, ...]:
    """A bootloader moves the vector table: the board's addresses come first, then the chip's own."""
    addrs = table.integers("boot_addrs")
    return addrs + tuple(addr for addr in chip.boot_addrs if addr not in addrs)


def _with_options(devices: tuple[DeviceSpec, ...], options: Table) -> tuple[DeviceSpec, ...]:
    """What the board fits to the chip's peripherals, by device name; it replaces the chip file's options."""
    names = [device.name for device in devices]
    for name in options.keys():  # noqa: SIM118 - a Table is no mapping
        if name not in (*names, "basis", "source"):
            raise unknown_name("device", name, names, where=options.where(name))
    return tuple(
        replace(device, options=device.options | checked_options(options.table(device.name), device.kind))
        if options.has(device.name)
        else device
        for device in devices
    )


def _chip_path(table: Table, path: Path) -> Path:
    """`chip = "name"` is a shipped chip; `chip = "my_chip.toml"` is a file beside the board file."""
    name = table.text("chip")
    if name.endswith(".toml"):
        return path.parent / name
    if name not in chip_names():
        raise unknown_name("chip", name, chip_names(), where=table.where("chip"))
    return shipped_dir("boards") / "chips" / f"{name}.toml"


def _power_model(table: Table, path: Path) -> str:
    """A shipped model's name as it is; a file beside the board file as a path."""
    name = table.text("power_model")
    if name.endswith(".toml"):
        file = path.parent / name
        if not file.is_file():
            raise table.error(
                "power_model",
                f"there is no power model file '{file}'",
                fix="correct the path or use a shipped name",
            )
        return str(file)
    names = sorted(each.stem for each in shipped_dir("power_models").glob("*.toml"))
    if name not in names:
        raise unknown_name("power model", name, names, where=table.where("power_model"))
    return name


def load_chip(path: Path, variant: str = "") -> Chip:
    """The chip in the file at `path`, its flash organised as `variant` says, else as the file's first.

    Raises:
        DataFileError: the file is missing or wrong.
    """
    table = Table.load(path)
    devices = tuple(_device(each) for each in table.tables("device"))
    interfaces = tuple(_flash_interface(each) for each in table.tables("flash_interface"))
    clock = table.table("clock")
    chip = Chip(
        name=table.text("name"),
        core=table.text("core"),
        has_fpu=table.boolean("has_fpu"),
        has_bit_band=table.boolean("has_bit_band"),
        regions=tuple(_region(each) for each in table.tables("region", minimum=1)),
        devices=devices,
        flash_interface=None,
        reset_clock_hz=clock.scaled("reset_clock_mhz", _MHZ, limits=_CLOCK_LIMITS_MHZ),
        max_clock_hz=clock.scaled("max_clock_mhz", _MHZ, limits=_CLOCK_LIMITS_MHZ),
        interrupts_count=table.integer("interrupts_count", minimum=1, maximum=480),
        boot_addrs=table.integers("boot_addrs"),
        clock_provenance=clock.provenance(),
        priority_bits=table.integer("priority_bits", minimum=2, maximum=8),
        has_boot_rom=table.boolean("has_boot_rom", False),
        starts_secure=table.boolean("starts_secure", False),
        coprocessors=table.integers("coprocessors", ()),
        core_provenance=table.provenance(),
        devices_provenance=table.provenance("devices") if devices else None,
        start_up=read_start_up(table.optional_table("start_up")),
    )
    table.finish()
    check_chip(chip, path)
    check_start_up(chip, str(path))
    check_flash_interfaces(interfaces, chip, path)
    return replace(chip, flash_interface=_chosen(interfaces, variant, path))


def _chosen(interfaces: tuple[FlashInterface, ...], variant: str, path: Path) -> FlashInterface | None:
    """The flash organisation that the board names, else the chip file's first."""
    if not variant:
        return interfaces[0] if interfaces else None
    for interface in interfaces:
        if interface.name == variant:
            return interface
    raise unknown_name("flash_interface", variant, [each.name for each in interfaces], where=str(path))


def _region(table: Table) -> MemoryRegion:
    return MemoryRegion(
        name=table.text("name"),
        medium=table.choice("medium", Medium),
        start_addr=table.integer("start_addr"),
        size_bytes=table.scaled("size_kib", _KIB, limits=(1, _ADDRESS_SPACE_KIB)),
        provenance=table.provenance(),
        alias_of=table.text("alias_of", ""),
        alias_offset_bytes=table.scaled("alias_offset_kib", _KIB, 0, limits=(0, _ADDRESS_SPACE_KIB)),
        read_wait_cycles=table.integer("read_wait_cycles", 0, maximum=1000),
        write_wait_cycles=table.integer("write_wait_cycles", 0, maximum=1000),
        waits_above_hz=table.scaled("waits_above_mhz", _MHZ, 0, limits=_CLOCK_LIMITS_MHZ),
        line_fill_cycles=table.integer("line_fill_cycles", 0, maximum=1000),
    )


def _zero_wait(table: Table | None) -> ZeroWaitSpec | None:
    if table is None:
        return None
    return ZeroWaitSpec(
        new_line_cycles=table.integer("new_line_cycles", maximum=10),
        is_shared_with_data=table.boolean("is_shared_with_data"),
    )


def _flash_interface(table: Table) -> FlashInterface:
    model = table.choice("model", FetchModel, FetchModel.LINES)
    switch = table.choice("switch", CacheSwitch, CacheSwitch.INTERFACE)
    prefetch = _prefetch(table.optional_table("prefetch"))
    has_share = model is FetchModel.LINES and switch is CacheSwitch.INTERFACE and prefetch is None
    exposed_ratio = table.number("fetch_exposed_ratio", REQUIRED if has_share else 1.0, maximum=2.0)
    instruction_cache = _cache(table.optional_table("instruction_cache"))
    data_cache = _cache(table.optional_table("data_cache"))
    # The state after reset is a fact to be looked up where a register switches; a core's own caches are off.
    is_switched = switch is CacheSwitch.INTERFACE
    has_prefetch = is_switched and (prefetch is not None or table.has("fetch_exposed_prefetch_ratio"))
    return FlashInterface(
        region_names=table.texts("regions"),
        granule_bytes=table.integer("granule_bytes", minimum=2, maximum=256),
        instruction_cache=instruction_cache,
        data_cache=data_cache,
        is_unified=table.boolean("is_unified", False),
        caches_data=table.boolean("caches_data"),
        fetch_exposed_ratio=exposed_ratio,
        fetch_exposed_prefetch_ratio=table.number("fetch_exposed_prefetch_ratio", exposed_ratio, maximum=2.0),
        miss_overhead_cycles=table.integer("miss_overhead_cycles", 0, maximum=1000),
        provenance=table.provenance(),
        default_wait_cycles=table.integer("default_wait_cycles", 0, maximum=1000),
        reset_instruction_cache_on=_after_reset(
            table, "instruction_cache", is_switched and instruction_cache is not None
        ),
        reset_data_cache_on=_after_reset(table, "data_cache", is_switched and data_cache is not None),
        reset_prefetch_on=_after_reset(table, "prefetch", has_prefetch),
        model=model,
        switch=switch,
        prefetch=prefetch,
        zero_wait=_zero_wait(table.optional_table("zero_wait")),
        wait_states=tuple(_wait_states(each) for each in table.tables("wait_states")),
        waits_follow_clock=table.boolean("waits_follow_clock", False),
        wait_state_cycles=table.integer("wait_state_cycles", 1, minimum=1, maximum=16),
        memory_system=_memory_system(table),
        name=table.text("name", "default"),
    )


def _wait_states(table: Table) -> WaitStates:
    if not (limits_hz := table.scaled_list("limits_mhz", _MHZ, _CLOCK_LIMITS_MHZ)):
        raise table.error(
            "limits_mhz",
            "the table has no limits",
            why="it says how fast flash may be read",
            fix="list the highest clock with 0, 1, 2 … wait states, or leave the table out",
        )
    return WaitStates(
        limits_hz=limits_hz,
        provenance=table.provenance(),
        min_supply_v=table.number("min_supply_v", 0.0, maximum=6.0),
        voltage_range=table.text("voltage_range", ""),
    )


def _after_reset(table: Table, part: str, is_needed: bool) -> bool:
    return table.boolean(f"reset_{part}_on", REQUIRED if is_needed else False)


def _prefetch(table: Table | None) -> PrefetchSpec | None:
    if table is None:
        return None
    return PrefetchSpec(
        latency_cycles=table.integer("latency_cycles", maximum=1000),
        hit_cycles=table.integer("hit_cycles", maximum=1000),
        follows_hits=table.boolean("follows_hits"),
    )


def _memory_system(table: Table) -> str:
    """A name of error_bands.toml, so that a wrong one is found here and not after the run."""
    name = table.text("memory_system", "")
    if name and name not in memory_system_names():
        raise unknown_name("memory system", name, memory_system_names(), where=table.where("memory_system"))
    return name


@cache
def memory_system_names() -> tuple[str, ...]:
    """What `memory_system` of a chip file may be: the rows of the one file of error bands."""
    rows = Table.load(error_bands_file()).tables("memory_system", minimum=1)
    return tuple(row.text("name") for row in rows)


def _cache(table: Table | None) -> CacheSpec | None:
    if table is None:
        return None
    return CacheSpec(
        lines_count=table.integer("lines_count", minimum=1, maximum=65536),
        line_bytes=table.integer("line_bytes", minimum=2, maximum=1024),
        ways_count=table.integer("ways_count", maximum=1024),
    )


def _device(table: Table) -> DeviceSpec:
    options = table.optional_table("options")
    kind = checked_kind(table)
    return DeviceSpec(
        kind=kind,
        name=table.text("name"),
        base_addr=table.integer("base_addr"),
        size_bytes=table.integer("size_bytes", minimum=4),
        irq_number=table.integer("irq_number", -1, maximum=479),
        options=checked_options(options, kind) if options else {},
    )
