"""Finds the function that runs one inference; `mcusim.firmware.recognise` tells more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.firmware.recognise import recognise

if TYPE_CHECKING:
    from mcusim.firmware.image import Symbol
    from mcusim.firmware.symbols import SymbolTable


def find_inference_function(symbols: SymbolTable) -> tuple[Symbol, str] | None:
    """The function that runs one inference and its runtime; None when no known name is in the firmware."""
    found = recognise(symbols)
    return (found.inference, found.runtime) if found else None
