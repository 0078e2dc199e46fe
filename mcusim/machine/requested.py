"""Turns what the user asked for into options of a machine: names become addresses, files bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.firmware.image import SymbolKind
from mcusim.firmware.symbols import address_of
from mcusim.firmware.variables import placed_symbol
from mcusim.machine.input_arrays import check_size, fitted
from mcusim.machine.options import MachineOptions, MemoryWrite, Region, RegionKind
from mcusim.machine.what_if import flash_overrides
from mcusim.power.load import load_power_model
from mcusim.report.request import ArrayInput
from mcusim.timing.ignoring import reason_named

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcusim.board.schema import Board
    from mcusim.firmware.image import Symbol
    from mcusim.firmware.recognise import Recognised
    from mcusim.firmware.symbols import SymbolTable
    from mcusim.firmware.variable_type import VariableType
    from mcusim.report.request import RunRequest

_DEFAULT_MAX_S = 60.0
# Firmware that infers for ever is cut off here unless the user set a limit.
_ENOUGH_CALLS_COUNT, _ENOUGH_S = 10, 1.0
_EXIT_NAMES = ("_exit", "_Exit")
_SBRK_NAMES = ("_sbrk", "sbrk", "_sbrk_r")
_HEAP_START_NAMES = (
    "end",
    "_end",
    "__end__",
    "__bss_end__",
    "_ebss",
    "__HeapBase",
    "__heap_start__",
    "__HeapStart",
)
_ALLOCATOR_NAMES = ("malloc", "_malloc_r", "calloc", "_Znwj")


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """When a run is over at the latest, in simulated time."""

    max_s: float | None
    enough_calls_count: int
    """Enough after this many calls of the region and `enough_s`; 0: never."""
    enough_s: float


def limits_of(request: RunRequest) -> TimeLimits:
    """The user's limits, or what ends a run that has none."""
    has_limit = (
        request.max_cycles is not None or request.max_seconds is not None or bool(request.signals.ptys)
    )
    return TimeLimits(
        max_s=request.max_seconds if has_limit else _DEFAULT_MAX_S,
        enough_calls_count=0 if has_limit or request.until else _ENOUGH_CALLS_COUNT,
        enough_s=_ENOUGH_S,
    )


def options_of(
    request: RunRequest,
    symbols: SymbolTable,
    board: Board,
    recognised: Recognised | None,
    variable_type: Callable[[str, int], VariableType | None] = lambda _name, _addr: None,
) -> MachineOptions:
    """What the machine needs to know of `request`; `variable_type` tells what a symbol at an address is.

    Raises:
        UnknownNameError: a symbol is not in the firmware.
        UsageError: a symbol or file is not what its option needs, or the chip lacks what a setting is about.
    """
    limits = limits_of(request)
    main, heap_start = first_symbol(symbols, ("main",)), first_symbol(symbols, _HEAP_START_NAMES)
    region = _region(request, symbols, recognised)
    input_addr = main.addr if main else region.begin_addr
    return MachineOptions(
        region=region,
        until_addr=symbols.find_function(request.until).addr if request.until else -1,
        max_cycles=request.max_cycles,
        max_seconds=limits.max_s,
        enough_calls_count=limits.enough_calls_count,
        enough_s=limits.enough_s,
        clock_hz=request.clock_hz,
        input_addr=input_addr,
        inputs=tuple(_input(symbols, name, given, variable_type) for name, given in request.inputs),
        exit_addrs=_addrs(symbols, _EXIT_NAMES),
        sbrk_addrs=_addrs(symbols, _SBRK_NAMES)[:1],
        main_addr=main.addr if main else -1,
        touches_ram=request.touched_ram,
        has_heap=first_symbol(symbols, _ALLOCATOR_NAMES) is not None,
        heap_start_addr=heap_start.addr if heap_start is not None else -1,
        has_symbols=bool(symbols.symbols),
        flash_overrides=flash_overrides(request.settings, board, request.supply_v),
        ignored_reasons=tuple(reason_named(each) for each in request.ignored),
        pins=request.signals.pins,
        signals=request.signals,
        rtt_addr=next(iter(_addrs(symbols, ("_SEGGER_RTT",))), -1),
        is_strict=request.is_strict,
        wake_ups=_wake_ups(request, board),
    )


def _wake_ups(request: RunRequest, board: Board) -> tuple[tuple[str, float], ...]:
    name = request.power_model or board.power_model
    model = load_power_model(name) if name else None
    return tuple((each.mode, each.duration_s) for each in model.wake_ups) if model else ()


def _region(request: RunRequest, symbols: SymbolTable, recognised: Recognised | None) -> Region:
    if request.roi:
        function = function_named(symbols, request.roi)
        name = request.roi if address_of(request.roi) is None else function.name
        return Region(RegionKind.FUNCTION, name, function.addr)
    if request.roi_begin and request.roi_end:
        begin, end = symbols.find_function(request.roi_begin), symbols.find_function(request.roi_end)
        return Region(RegionKind.PAIR, f"{request.roi_begin} … {request.roi_end}", begin.addr, end.addr)
    if recognised is not None:
        return Region(RegionKind.FUNCTION, recognised.inference.name, recognised.inference.addr)
    main = first_symbol(symbols, ("main",))
    if main is not None:
        return Region(RegionKind.MAIN, "main", main.addr)
    return Region(RegionKind.WHOLE, "(whole run)")


def function_named(symbols: SymbolTable, name: str, option: str = "--roi") -> Symbol:
    """The function called `name`.

    Raises:
        UnknownNameError: there is no such symbol.
        UsageError: it is a variable.
    """
    symbol = symbols.find_function(name)
    if symbol.kind is SymbolKind.OBJECT:
        raise UsageError(
            f"'{name}' is a variable, not a function",
            why=f"{option} is about a function",
            fix="name a function, or read the variable with --read",
        )
    return symbol


def first_symbol(symbols: SymbolTable, names: tuple[str, ...]) -> Symbol | None:
    """The symbol with the first of these linkage names that the firmware has."""
    by_name = {symbol.linkage_name: symbol for symbol in symbols.symbols}
    return next((by_name[name] for name in names if name in by_name), None)


def _addrs(symbols: SymbolTable, names: tuple[str, ...]) -> tuple[int, ...]:
    by_name = {symbol.linkage_name: symbol.addr for symbol in symbols.symbols}
    return tuple(dict.fromkeys(by_name[name] for name in names if name in by_name))


def _input(
    symbols: SymbolTable,
    name: str,
    given: Path | ArrayInput,
    variable_type: Callable[[str, int], VariableType | None],
) -> MemoryWrite:
    symbol = placed_symbol(symbols, name)
    if isinstance(given, ArrayInput):
        return MemoryWrite(
            symbol.addr, fitted(given, symbol, variable_type(symbol.linkage_name, symbol.addr))
        )
    try:
        data = given.read_bytes()
    except OSError as error:
        raise UsageError(
            f"cannot read the input for '{name}'", where=str(given), why=error.strerror or ""
        ) from error
    check_size(data, symbol, where=str(given))
    return MemoryWrite(symbol.addr, data)
