"""Recognises the inference runtime in a firmware: its inference function, layers and working memory, by names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mcusim.errors import UsageError, unknown_name
from mcusim.firmware.image import SymbolKind
from mcusim.firmware.names import is_fragment, last_part, without_arguments, without_clone
from mcusim.firmware.runtimes import Names, Rank, Runtime, Spelled, pattern_of, runtimes
from mcusim.firmware.symbols import address_of

if TYPE_CHECKING:
    from mcusim.firmware.image import Symbol
    from mcusim.firmware.symbols import SymbolTable

_EVERY_RUNTIME = "c_library"
"""The file whose helpers count in every runtime."""
_POINTER_BYTES = 8
"""A variable of this size or less is a pointer to the memory (`uint8_t *tensor_arena`), not the memory."""
_UNIQUE_RANKS = (Rank.LIKELY, Rank.GUESS)


_Found = tuple["Symbol", Runtime, Rank]


@dataclass(frozen=True, slots=True)
class Recognised:
    """How the firmware's network is called."""

    runtime: str
    """The runtime's name; "" when unknown (the user gave the inference function)."""
    inference: Symbol
    dispatcher_addrs: tuple[int, ...]
    """Functions whose direct callees are the layers; the inference function itself where nothing better is known.
    Empty when only the functions at `layer_addrs` are layers."""
    layer_addrs: tuple[int, ...]
    """Functions that are a layer wherever they are called within an inference; the outermost wins."""
    helper_addrs: frozenset[int]
    """Direct callees of dispatchers that are no layers: allocators, profilers, memcpy …"""
    arenas: tuple[Symbol, ...]
    """Variables that hold the runtime's working memory."""
    is_wrapper: bool = False
    """The inference function may only wrap the network: nothing says that what it calls are the layers."""
    inner_addr: int = -1
    """The dispatcher that a run found inside of a wrapper; -1: none."""

    def inside(self, dispatcher_addr: int) -> Recognised:
        """The same network, of which the callees of that function are the layers."""
        return replace(
            self,
            dispatcher_addrs=(dispatcher_addr,),
            helper_addrs=self.helper_addrs | {dispatcher_addr},
            inner_addr=dispatcher_addr,
        )


def recognise(
    symbols: SymbolTable, *, inference: str | None = None, layer_patterns: tuple[str, ...] = ()
) -> Recognised | None:
    """The runtime in the firmware; None when no known name is there and the user gave no function.

    `inference` names the function to measure instead of the one found; `layer_patterns` the functions that are
    its layers instead of the runtime's.

    Raises:
        UnknownNameError: a name of the user fits no function.
        UsageError: `inference` is a variable.
    """
    functions = _functions(symbols)
    named = _named_function(symbols, inference) if inference else None
    found = _found_around(functions, named) if named else _found(functions, functions)
    own = found[0] if found else named
    function = named or own
    if function is None or own is None:
        return None
    runtime = _with_library(functions, found)
    helper_addrs = _helper_addrs(functions, runtime)
    layer_addrs = _user_layer_addrs(symbols, functions, layer_patterns) or _layer_addrs(
        functions, runtime, helper_addrs
    )
    dispatcher_addrs = () if layer_addrs else _dispatcher_addrs(functions, runtime, own)
    return Recognised(
        runtime=runtime.name if runtime else "",
        inference=function,
        dispatcher_addrs=dispatcher_addrs,
        layer_addrs=layer_addrs,
        helper_addrs=helper_addrs.union(dispatcher_addrs).difference(layer_addrs),
        arenas=_arenas(symbols, runtime),
        is_wrapper=dispatcher_addrs == (own.addr,) and _may_wrap(found),
    )


def _may_wrap(found: _Found | None) -> bool:
    """No network's own function was found, or one of a runtime whose layers have names that are not here."""
    return found is None or found[2] is not Rank.NETWORK or bool(found[1].layers)


class OperatorNames:
    """What operator a function computes, by the rows of one runtime."""

    def __init__(self, runtime: Runtime | None) -> None:
        self._by_function = runtime.operator_functions if runtime else ()
        self._by_file = runtime.operator_files if runtime else ()

    def operator_of(self, function_name: str, source_file: str) -> str:
        """The runtime's name of the operation ("CONV_2D"); "" when neither name nor source file tell."""
        names = {without_arguments(function_name), last_part(function_name), without_clone(function_name)}
        for row in self._by_function:
            for name in names:
                if operator := row.operator_of(name):
                    return operator
        file_name = PurePosixPath(source_file.replace("\\", "/")).name
        return next((row.operator for row in self._by_file if row.pattern.fullmatch(file_name)), "")


def operator_names(runtime: str) -> OperatorNames:
    """The operators' names of the runtime called `runtime`; none for a name that no file has."""
    return OperatorNames(next((each for each in runtimes() if each.name == runtime), None))


def _functions(symbols: SymbolTable) -> list[Spelled]:
    return [
        Spelled.of(each)
        for each in symbols.symbols
        if each.kind is SymbolKind.FUNCTION and not is_fragment(each.linkage_name)
    ]


def _found_around(functions: list[Spelled], named: Symbol) -> _Found | None:
    """The runtime whose function the user named, or one inside it; a name that only may be a runtime's is not."""
    own = _found([Spelled.of(named)], functions)
    if own is not None and own[2] is not Rank.GUESS:
        return own
    inner = _found(functions, functions)
    return inner if inner is not None and inner[2] not in _UNIQUE_RANKS else None


def _found(candidates: list[Spelled], functions: list[Spelled]) -> _Found | None:
    """Of the candidates the function that runs one inference, by rank; of one rank by file, row and name."""
    rows = [(row, runtime) for runtime in runtimes() for row in runtime.inference]
    for rank in Rank:
        for row, runtime in rows:
            counts = row.rank is rank and (row.required is None or _addrs(functions, (row.required,)))
            for names in row.names if counts else ():
                found = [each.symbol for each in candidates if names.fits(each)]
                if found and not (rank in _UNIQUE_RANKS and len({each.addr for each in found}) > 1):
                    return min(found, key=lambda each: (each.linkage_name, each.addr)), runtime, rank
    return None


def _named_function(symbols: SymbolTable, name: str) -> Symbol:
    symbol = symbols.find_function(name)
    if symbol.kind is SymbolKind.OBJECT:
        raise UsageError(
            f"'{name}' is a variable, not a function",
            why="--inference is about a function",
            fix="name the function that runs one inference",
        )
    return symbol


def _with_library(functions: list[Spelled], found: _Found | None) -> Runtime | None:
    """The runtime, or the kernel library whose functions are called without a runtime."""
    if found is not None and found[2] is not Rank.WRAPPER:
        return found[1]
    libraries = [each for each in runtimes() if not each.inference and _addrs(functions, each.layers)]
    if libraries:
        return libraries[0]
    return found[1] if found else None


def _user_layer_addrs(
    symbols: SymbolTable, functions: list[Spelled], patterns: tuple[str, ...]
) -> tuple[int, ...]:
    addrs: set[int] = set()
    for pattern in patterns:
        found = _addrs(functions, (Names(pattern_of(pattern, f"*::{pattern}"), (), "--layer"),))
        if not found and address_of(pattern) is not None:
            found = (symbols.find_function(pattern).addr,)
        if not found:
            raise unknown_name(
                "function", pattern, (without_arguments(each.symbol.name) for each in functions)
            )
        addrs.update(found)
    return tuple(sorted(addrs))


def _layer_addrs(
    functions: list[Spelled], runtime: Runtime | None, helper_addrs: frozenset[int]
) -> tuple[int, ...]:
    addrs = _addrs(functions, runtime.layers) if runtime else ()
    return tuple(addr for addr in addrs if addr not in helper_addrs)


def _dispatcher_addrs(functions: list[Spelled], runtime: Runtime | None, own: Symbol) -> tuple[int, ...]:
    """The runtime's dispatchers and its inference function, into which the compiler may have inlined them."""
    rows = runtime.dispatchers if runtime else ()
    return tuple(sorted({own.addr, *_addrs(functions, rows)}))


def _helper_addrs(functions: list[Spelled], runtime: Runtime | None) -> frozenset[int]:
    every = next(each for each in runtimes() if each.key == _EVERY_RUNTIME)
    return frozenset(_addrs(functions, every.helpers + (runtime.helpers if runtime else ())))


def _arenas(symbols: SymbolTable, runtime: Runtime | None) -> tuple[Symbol, ...]:
    """One variable per address, the largest first."""
    rows = runtime.arenas if runtime else ()
    found: dict[int, Symbol] = {}
    for each in symbols.symbols:
        if rows and each.kind is SymbolKind.OBJECT and each.size_bytes > _POINTER_BYTES:
            spelled = Spelled.of(each)
            if any(row.fits(spelled) for row in rows):
                found.setdefault(each.addr, each)
    return tuple(sorted(found.values(), key=lambda each: (-each.size_bytes, each.addr)))


def _addrs(functions: list[Spelled], rows: tuple[Names, ...]) -> tuple[int, ...]:
    return tuple(sorted({each.symbol.addr for each in functions if any(row.fits(each) for row in rows)}))
