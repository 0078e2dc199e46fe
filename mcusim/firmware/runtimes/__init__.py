"""What each inference runtime calls its functions and variables: one data file per runtime, and its reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mcusim.datafile import Table
from mcusim.firmware.names import without_arguments, without_clone

if TYPE_CHECKING:
    from mcusim.firmware.image import Symbol

_FOLDER = Path(__file__).parent


class Rank(Enum):
    """Which name is believed first when a firmware has several; within one rank the file's name decides."""

    NETWORK = "network"
    """The network itself (interpreter, generated code), so that numbers of different runtimes compare."""
    WRAPPER = "wrapper"
    """A call that wraps the network in more work: signal processing, a benchmark's harness."""
    LIKELY = "likely"
    """A name that others may use too: believed when exactly one function has it."""
    GUESS = "guess"
    """A word of everyday: believed when exactly one function has it and nothing better is there."""


class ModelFormat(Enum):
    """A format in which a firmware can hold a model that its runtime interprets."""

    TENSORFLOW_LITE = "tensorflow_lite"
    EXECUTORCH = "executorch"
    TINYMAIX = "tinymaix"


@dataclass(frozen=True, slots=True)
class Spelled:
    """A symbol and the names that a row may give for it: as linked, and in C++ without arguments; no clone suffix."""

    symbol: Symbol
    spellings: frozenset[str]

    @classmethod
    def of(cls, symbol: Symbol) -> Spelled:
        """The symbol with its spellings."""
        names = {without_clone(symbol.linkage_name), without_arguments(symbol.name)}
        return cls(symbol, frozenset(names))


@dataclass(frozen=True, slots=True)
class Names:
    """Names of functions or variables; "*" stands for any characters, `files` restrict them to source files."""

    pattern: re.Pattern[str]
    files: tuple[str, ...]
    source: str

    def fits(self, named: Spelled) -> bool:
        """True when one of the names is the symbol's."""
        if self.files and PurePosixPath(named.symbol.source_file).name not in self.files:
            return False
        return any(self.pattern.fullmatch(name) for name in named.spellings)


@dataclass(frozen=True, slots=True)
class InferenceNames:
    """Functions that run one inference; the first name that a firmware has is meant."""

    rank: Rank
    names: tuple[Names, ...]
    required: Names | None
    """Another function that must be in the firmware for the row to count."""


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """An operator and how its function, or the source file of it, is called."""

    operator: str
    """A "*" stands for what the last "*" of the pattern stood for."""
    pattern: re.Pattern[str]

    def operator_of(self, name: str) -> str:
        """The operator's name if the pattern fits `name`, otherwise ""."""
        match = self.pattern.fullmatch(name)
        if match is None:
            return ""
        return self.operator.replace("*", match.groups()[-1]) if match.groups() else self.operator


@dataclass(frozen=True, slots=True)
class Runtime:
    """One data file."""

    key: str
    """The file's name without its suffix."""
    name: str
    inference: tuple[InferenceNames, ...]
    dispatchers: tuple[Names, ...]
    """Functions whose direct callees are the layers; the first row that the firmware has counts."""
    layers: tuple[Names, ...]
    """Functions that are a layer wherever they are called."""
    helpers: tuple[Names, ...]
    """Direct callees of dispatchers that are no layers."""
    arenas: tuple[Names, ...]
    model_formats: tuple[ModelFormat, ...]
    """How it keeps models in the firmware; none where the network is code."""
    operator_functions: tuple[OperatorRow, ...]
    operator_files: tuple[OperatorRow, ...]


@cache
def runtimes() -> tuple[Runtime, ...]:
    """Every runtime, by the names of their files.

    Raises:
        DataFileError: a file is damaged.
    """
    return tuple(load_runtime(path) for path in sorted(_FOLDER.glob("*.toml")))


def load_runtime(path: Path) -> Runtime:
    """The runtime that one data file describes.

    Raises:
        DataFileError: the file is damaged, or a key in it is not known.
    """
    top = Table.load(path)
    shared = top.text("operators_of", "")
    operators = Table.load(path.with_name(f"{shared}.toml")) if shared else top
    runtime = Runtime(
        key=path.stem,
        name=top.text("name"),
        inference=tuple(_inference(row) for row in top.tables("inference")),
        dispatchers=_rows(top, "dispatcher"),
        layers=_rows(top, "layer"),
        helpers=_rows(top, "helper"),
        arenas=_rows(top, "arena"),
        model_formats=_model_formats(top),
        operator_functions=_operators(operators, "operators_by_function"),
        operator_files=_operators(operators, "operators_by_file"),
    )
    top.finish()
    return runtime


def pattern_of(*names: str) -> re.Pattern[str]:
    """Fits any of the names, in which "*" stands for any characters."""
    return re.compile("|".join(re.escape(name).replace(r"\*", "(.*)") for name in names))


def _model_formats(top: Table) -> tuple[ModelFormat, ...]:
    known = [each.value for each in ModelFormat]
    names = top.texts("models", ())
    for name in names:
        if name not in known:
            raise top.error("models", f"'{name}' is no format of models", fix=f"use {', '.join(known)}")
    return tuple(ModelFormat(name) for name in names)


def _inference(table: Table) -> InferenceNames:
    rank = table.choice("rank", Rank)
    files, source = table.texts("files", ()), table.text("source")
    required = table.texts("requires", ())
    return InferenceNames(
        rank,
        tuple(Names(pattern_of(each), files, source) for each in table.texts("names")),
        Names(pattern_of(*required), (), source) if required else None,
    )


def _rows(top: Table, key: str) -> tuple[Names, ...]:
    return tuple(
        Names(pattern_of(*row.texts("names")), row.texts("files", ()), row.text("source"))
        for row in top.tables(key)
    )


def _operators(top: Table, key: str) -> tuple[OperatorRow, ...]:
    """A table `"pattern" = "OPERATOR"` with its `source`."""
    table = top.optional_table(key)
    if table is None:
        return ()
    table.text("source")
    names = [name for name in table.keys() if name != "source"]  # noqa: SIM118 - a Table is no mapping
    return tuple(OperatorRow(table.text(name), pattern_of(name)) for name in names)
