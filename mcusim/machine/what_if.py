"""Turns the settings of a what-if run into overrides of the flash interface; refuses what the chip does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.board.schema import FetchModel
from mcusim.errors import UsageError
from mcusim.machine.flash_control import AutoWaits, FlashOverrides
from mcusim.report.what_if import AUTO, FIRMWARE, SWITCHES, VOLTAGE_RANGE, WAIT_STATES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.board.schema import Board, FlashInterface
    from mcusim.report.what_if import Setting

_PREFETCH, _INSTRUCTION_CACHE, _DATA_CACHE = SWITCHES.values()


def flash_overrides(
    settings: Iterable[Setting], board: Board, supply_v: float | None = None
) -> FlashOverrides:
    """The overrides that `settings` ask for on this board. A unified cache is switched for both uses at once.

    Raises:
        UsageError: the chip has no such part.
    """
    wanted = {key: value for key, value in settings if value != FIRMWARE}
    interface = board.chip.flash_interface
    for key in wanted:
        if key in (WAIT_STATES, *SWITCHES.values()):
            _check_is_there(key, interface, board)
    waits, prefetch = wanted.get(WAIT_STATES), wanted.get(_PREFETCH)
    if waits == AUTO:
        _check_has_table(interface, board)
    auto = AutoWaits(board.supply_v if supply_v is None else supply_v, str(wanted.get(VOLTAGE_RANGE, "")))
    instruction_cache = wanted.get(_INSTRUCTION_CACHE)
    is_unified = interface is not None and interface.is_unified
    data_cache = instruction_cache if is_unified else wanted.get(_DATA_CACHE)
    return FlashOverrides(
        wait_cycles=waits if isinstance(waits, int) else None,
        auto_waits=auto if waits == AUTO else None,
        is_prefetch_on=None if prefetch is None else bool(prefetch),
        is_instruction_cache_on=None if instruction_cache is None else bool(instruction_cache),
        is_data_cache_on=None if data_cache is None else bool(data_cache),
    )


def _check_has_table(interface: FlashInterface | None, board: Board) -> None:
    if interface is None or not interface.wait_states:
        raise UsageError(
            f"{WAIT_STATES}={AUTO} cannot be used on board '{board.name}'",
            why=f"no table says how many wait states the flash of {board.chip.name} needs at which clock",
            fix=f"give a number: --set {WAIT_STATES}=2",
        )


def _check_is_there(key: str, interface: FlashInterface | None, board: Board) -> None:
    chip = board.chip.name
    if interface is None:
        raise UsageError(
            f"{key} cannot be set on board '{board.name}'",
            why=f"the flash of its chip {chip} is ideal: no wait states, caches or prefetch",
            fix="leave the option out, or choose the board of a real chip",
        )
    if key == _DATA_CACHE and interface.is_unified:
        raise UsageError(
            f"chip {chip} has no data cache of its own",
            why="one cache serves instructions and data",
            fix=f"use {_INSTRUCTION_CACHE}, which switches it for both",
        )
    if not _has(key, interface):
        there = [WAIT_STATES, *(each for each in SWITCHES.values() if _has(each, interface))]
        raise UsageError(
            f"chip {chip} has no {key.removeprefix('flash.').replace('_', ' ')}",
            why=f"its flash interface has {', '.join(each.removeprefix('flash.') for each in there)}",
            fix=f"set one of {', '.join(there)}, or leave the option out",
        )


def _has(key: str, interface: FlashInterface) -> bool:
    if key == _PREFETCH:
        hides_more = interface.fetch_exposed_prefetch_ratio != interface.fetch_exposed_ratio
        return interface.prefetch is not None or hides_more or interface.model is FetchModel.WALK
    if key == _INSTRUCTION_CACHE:
        return interface.instruction_cache is not None
    if key == _DATA_CACHE:
        return interface.data_cache is not None
    return key == WAIT_STATES
