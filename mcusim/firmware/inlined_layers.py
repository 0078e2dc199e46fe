"""Chooses which functions that the compiler inlined in a network's code are its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.firmware.image import Symbol, SymbolKind
from mcusim.firmware.recognise import operator_names
from mcusim.firmware.runtimes import Names, Spelled, pattern_of, runtimes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcusim.firmware.inlines import Inlined
    from mcusim.firmware.lines import LineTable
    from mcusim.firmware.recognise import Recognised

    Choice = Callable[[Inlined], bool]


def inlined_layers(
    recognised: Recognised, lines: LineTable, layer_patterns: tuple[str, ...]
) -> tuple[tuple[int, Inlined], ...]:
    """(host function, inlined layer) of every layer that is inlined in the inference function or a dispatcher.

    An interpreter inlines much that is no layer, so only what its operators are called counts there. Generated code
    and unknown runtimes call one function per layer: what is inlined in them directly is a layer. The user's
    patterns go before both.
    """
    is_layer = _by_user(layer_patterns) if layer_patterns else _by_operator(recognised.runtime)
    found = []
    for host_addr in sorted({recognised.inference.addr, *recognised.dispatcher_addrs}):
        pieces = lines.inlined_in(host_addr)
        if is_layer is None:
            chosen = [each for each in pieces if not _is_helper(each, recognised.runtime)]
        else:
            chosen = list(_outermost(pieces, is_layer))
        found += [(host_addr, each) for each in chosen]
    return tuple(found)


def _outermost(pieces: tuple[Inlined, ...], is_layer: Choice) -> Iterator[Inlined]:
    for each in pieces:
        if is_layer(each):
            yield each
        else:
            yield from _outermost(each.inner, is_layer)


def _by_user(patterns: tuple[str, ...]) -> Choice:
    rows = [Names(pattern_of(each, f"*::{each}"), (), "--layer") for each in patterns]
    return lambda piece: any(row.fits(_spelled(piece)) for row in rows)


def _by_operator(runtime: str) -> Choice | None:
    """None where every call in the network's code is a layer."""
    found = next((each for each in runtimes() if each.name == runtime), None)
    if found is None or not (found.dispatchers or found.layers):
        return None
    names = operator_names(runtime)
    return lambda piece: (
        bool(names.operator_of(piece.name, piece.source_file))
        or any(row.fits(_spelled(piece)) for row in found.layers)
    )


def _is_helper(piece: Inlined, runtime: str) -> bool:
    rows = [row for each in runtimes() if each.name == runtime for row in each.helpers]
    return any(row.fits(_spelled(piece)) for row in rows)


def _spelled(piece: Inlined) -> Spelled:
    start_addr, end_addr = piece.ranges[0]
    size_bytes = end_addr - start_addr
    symbol = Symbol(piece.name, piece.name, start_addr, size_bytes, SymbolKind.FUNCTION, piece.source_file)
    return Spelled.of(symbol)
