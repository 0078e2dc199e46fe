"""Finds the function that runs one inference, by the names that runtimes use (inference_names.toml)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mcusim.datafile import Table
from mcusim.firmware.image import SymbolKind
from mcusim.firmware.names import is_fragment, without_arguments, without_clone

if TYPE_CHECKING:
    from mcusim.firmware.image import Symbol
    from mcusim.firmware.symbols import SymbolTable

_NAMES_FILE = Path(__file__).with_name("inference_names.toml")


@dataclass(frozen=True, slots=True)
class InferenceName:
    """One row of inference_names.toml."""

    runtime: str
    patterns: tuple[re.Pattern[str], ...]
    files: tuple[str, ...]
    is_generic: bool
    source: str


def find_inference_function(symbols: SymbolTable) -> tuple[Symbol, str] | None:
    """The function that runs one inference and its runtime; None when no known name is in the firmware.

    The first row of the data file with a function wins, and in it the first name. A name with a "*" that fits
    several models gives the first by name. Generic names count only when exactly one function has them.
    """
    functions = [
        each
        for each in symbols.symbols
        if each.kind is SymbolKind.FUNCTION and not is_fragment(each.linkage_name)
    ]
    names = [(_spellings(each), each) for each in functions]
    for row in known_names():
        for pattern in row.patterns:
            found = [each for spellings, each in names if any(pattern.fullmatch(name) for name in spellings)]
            if row.files:
                found = [each for each in found if PurePosixPath(each.source_file).name in row.files]
            if found and not (row.is_generic and len({each.addr for each in found}) > 1):
                return min(found, key=lambda each: (each.linkage_name, each.addr)), row.runtime
    return None


@cache
def known_names() -> tuple[InferenceName, ...]:
    """The rows of inference_names.toml in order of priority.

    Raises:
        DataFileError: the file is damaged.
    """
    top = Table.load(_NAMES_FILE)
    rows = tuple(_row(table) for table in top.tables("function", minimum=1))
    top.finish()
    return rows


def _row(table: Table) -> InferenceName:
    return InferenceName(
        runtime=table.text("runtime"),
        patterns=tuple(_pattern(name) for name in table.texts("names")),
        files=table.texts("files", ()),
        is_generic=table.boolean("generic", False),
        source=table.text("source"),
    )


def _pattern(name: str) -> re.Pattern[str]:
    """A name in which "*" stands for a model's name: at least one character of an identifier."""
    return re.compile(re.escape(name).replace(r"\*", r"\w+"))


def _spellings(symbol: Symbol) -> set[str]:
    """The names a row may give: as linked, and in C++ without arguments, both without clone suffixes."""
    return {without_clone(symbol.linkage_name), without_arguments(symbol.name)}
