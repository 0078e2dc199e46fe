"""Reads the start-up sequence of a chip or board file and checks that it fits the chip; makes no code of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.board.schema import Chip, StartUp, StartUpStep, StepKind
from mcusim.errors import DataFileError

if TYPE_CHECKING:
    from mcusim.datafile import Table

_MAX_CLOCK_HZ = 2_000_000_000
_SIZES_BYTES = (1, 2, 4)
_SYSTEM_CONTROL_SPACE = (0xE000_E000, 0xE000_F000)
"""Registers of the core that start-up code may set (ARMv7-M ARM, B3.2)."""


def read_start_up(table: Table | None) -> StartUp | None:
    """The table [start_up] as it is; None where a file has none.

    Raises:
        DataFileError: a key is missing or a step is not one access.
    """
    if table is None:
        return None
    return StartUp(
        clock_hz=table.integer("clock_hz", minimum=1, maximum=_MAX_CLOCK_HZ),
        steps=tuple(_step(each) for each in table.tables("steps")),
        provenance=table.provenance(),
    )


def _step(table: Table) -> StartUpStep:
    kind = _kind(table)
    size_bytes = table.integer("size_bytes", 4)
    if size_bytes not in _SIZES_BYTES:
        raise table.error("size_bytes", f"a register has no {size_bytes} bytes", fix="use 1, 2 or 4")
    all_bits = (1 << 8 * size_bytes) - 1
    if kind is StepKind.WRITE and table.has("mask"):
        raise table.error(
            "mask",
            "a write has no mask",
            why="it sets the whole register",
            fix="remove 'mask', or make the step a 'modify'",
        )
    mask = all_bits if kind is StepKind.WRITE else table.integer("mask", minimum=1, maximum=all_bits)
    value = table.integer("value", maximum=all_bits)
    if value & ~mask:
        raise table.error(
            "value",
            "'value' has bits that 'mask' has not",
            why=f"value is {value:#x}, mask is {mask:#x}",
            fix="add the bits to the mask or remove them from the value",
        )
    addr = table.integer(kind.value)
    if addr % size_bytes:
        raise table.error(
            kind.value,
            f"{addr:#010x} is not a multiple of {size_bytes}",
            why=f"the step accesses {size_bytes} bytes at once",
            fix="correct the address or 'size_bytes'",
        )
    return StartUpStep(
        kind=kind, addr=addr, mask=mask, value=value, comment=table.text("note"), size_bytes=size_bytes
    )


def _kind(table: Table) -> StepKind:
    """The kind is the key that holds the address: `write = 0x4002_1000`."""
    kinds = [kind for kind in StepKind if table.has(kind.value)]
    if len(kinds) != 1:
        for kind in StepKind:
            table.check_spelling(kind.value)
        raise table.error(
            "",
            "a step has one of the keys 'write', 'modify' and 'wait'",
            why=f"this one has {len(kinds)}",
            fix="write one step per access, each with the address of its register",
        )
    return kinds[0]


def check_start_up(chip: Chip, where: str) -> None:
    """Raise a DataFileError when the start-up sequence contradicts the rest of the chip; `where` is its file."""
    start_up = chip.start_up
    if start_up is None:
        return
    where = f"{where}: [start_up]"
    if not start_up.steps and start_up.clock_hz != chip.reset_clock_hz:
        raise DataFileError(
            "the start-up sequence has no steps",
            where=f"{where}: steps",
            why=f"after reset the clock is {chip.reset_clock_hz / 1e6:g} MHz, not {start_up.clock_hz / 1e6:g} MHz",
            fix="list the accesses that set the clock, or correct clock_hz",
        )
    if start_up.clock_hz > chip.max_clock_hz:
        raise DataFileError(
            "the clock after start-up is above the highest clock",
            where=f"{where}: clock_hz",
            why=f"{start_up.clock_hz / 1e6:g} MHz is more than {chip.max_clock_hz / 1e6:g} MHz",
            fix="correct clock_hz here or max_clock_mhz of the chip",
        )
    for index, step in enumerate(start_up.steps, start=1):
        _check_addr(step, chip, f"{where}: [[steps]] {index}: {step.kind.value}")


def _check_addr(step: StartUpStep, chip: Chip, where: str) -> None:
    ranges = [(each.base_addr, each.base_addr + each.size_bytes) for each in chip.devices]
    for start_addr, end_addr in [*ranges, _SYSTEM_CONTROL_SPACE]:
        if start_addr <= step.addr and step.addr + step.size_bytes <= end_addr:
            return
    raise DataFileError(
        f"no device of the chip has a register at {step.addr:#010x}",
        where=where,
        why="start-up code sets registers of the chip's devices and of the core",
        fix="correct the address, or add the [[device]] to the chip file",
    )
