"""Reads TOML data files so that every mistake in one is an error that names file, table, key and remedy."""

from __future__ import annotations

import math
import re
import tomllib
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar, cast

from mcusim.errors import DataFileError, misspelling_of
from mcusim.provenance import Basis, Provenance

_E = TypeVar("_E", bound=Enum)


class Default(Enum):
    """The one value that says a key has no default."""

    NONE = "none"


REQUIRED: Final = Default.NONE

_AN = {
    str: "a text",
    int: "an integer",
    float: "a number",
    bool: "true or false",
    dict: "a table",
    list: "a list",
}


class Table:
    """One table of a data file. A key that nobody read is reported by `finish`.

    Getters take a default; without one the key must be there.
    """

    def __init__(self, path: Path, label: str, values: dict[str, object]) -> None:
        self.path = path
        self.label = label
        """Where in the file: "[flash_interface]", "[[region]] 2 'ccm'", "" for the top."""
        self._values = values
        self._asked: set[str] = set()
        self._children: list[Table] = []

    @classmethod
    def load(cls, path: Path) -> Table:
        """The top table of the file at `path`.

        Raises:
            DataFileError: the file cannot be read or is not TOML.
        """
        try:
            text = path.read_bytes().decode("utf-8")
        except OSError as error:
            raise DataFileError(
                "cannot read the data file",
                where=str(path),
                why=error.strerror or str(error),
                fix="check the path and that it is a readable file",
            ) from error
        except UnicodeDecodeError as error:
            raise DataFileError(
                "the data file is not UTF-8 text",
                where=f"{path}: byte {error.start}",
                why="TOML files are UTF-8",
                fix="save it as UTF-8, or check that it is the file you meant",
            ) from error
        try:
            values = tomllib.loads(text)
        except (
            ValueError,
            RecursionError,
        ) as error:  # ValueError: TOMLDecodeError, or a number of 4300 digits
            raise _syntax_error(path, str(error)) from error
        if not values:
            raise DataFileError(
                "the data file is empty", where=str(path), fix="start from a copy of a shipped file"
            )
        return cls(path, "", values)

    def where(self, key: str = "") -> str:
        """File, table and key for an error message."""
        return ": ".join(part for part in (str(self.path), self.label, key) if part)

    def error(self, key: str, what: str, *, why: str = "", fix: str = "") -> DataFileError:
        """A DataFileError at `key` of this table."""
        return DataFileError(what, where=self.where(key), why=why, fix=fix)

    def check_spelling(self, key: str) -> None:
        """Raise a DataFileError when an unread key here looks like a slip of `key`, which is missing."""
        slip = misspelling_of(key, (each for each in self._values if each not in self._asked))
        if slip and key not in self._values:
            raise self.error(slip, f"unknown key '{slip}'", fix=f"did you mean '{key}'?")

    def has(self, key: str) -> bool:
        """True when the file sets `key`."""
        return key in self._values

    def keys(self) -> tuple[str, ...]:
        """The keys that the file sets here, in its order."""
        return tuple(self._values)

    def text(self, key: str, default: str | Default = REQUIRED) -> str:
        """A non-empty text."""
        value = self._value(key, str, default)
        if self.has(key) and not value.strip():
            raise self.error(
                key, f"'{key}' is empty", fix="write a text between the quotes or leave the key out"
            )
        return value

    def boolean(self, key: str, default: bool | Default = REQUIRED) -> bool:
        """True or false."""
        return self._value(key, bool, default)

    def integer(
        self, key: str, default: int | Default = REQUIRED, minimum: int = 0, maximum: int = 0xFFFF_FFFF
    ) -> int:
        """A whole number (decimal, hexadecimal or with underscores) within [minimum, maximum]."""
        value = self._value(key, int, default)
        if self.has(key):
            self._check_range(key, value, minimum, maximum)
        return value

    def number(
        self, key: str, default: float | Default = REQUIRED, minimum: float = 0.0, maximum: float = 1e12
    ) -> float:
        """A finite number within [minimum, maximum]."""
        value = self._value(key, float, default)
        if self.has(key):
            self._check_range(key, value, minimum, maximum)
        return value

    def scaled(
        self,
        key: str,
        factor: int,
        default: int | Default = REQUIRED,
        limits: tuple[float, float] = (0.0, 1e6),
    ) -> int:
        """A number times `factor` as an integer, for example `clock_mhz = 6.5` with 1_000_000 → 6500000.

        The limits are in the file's own unit; the default is in the result's.
        """
        if not isinstance(default, Default) and not self.has(key):
            self._asked.add(key)
            return default
        return self._whole(key, self.number(key, minimum=limits[0], maximum=limits[1]), factor)

    def scaled_list(self, key: str, factor: int, limits: tuple[float, float]) -> tuple[int, ...]:
        """A list of numbers times `factor` as integers, each within `limits` in the file's unit; () without the key."""
        products = []
        for value in cast("list[float]", self._items(key, float, ())):
            self._check_range(key, value, *limits)
            products.append(self._whole(key, value, factor))
        return tuple(products)

    def choice(
        self, key: str, kind: type[_E], default: _E | Default = REQUIRED, but: tuple[_E, ...] = ()
    ) -> _E:
        """A member of an enum whose values are texts, but none of `but`."""
        if isinstance(default, kind) and not self.has(key):
            self._asked.add(key)
            return default
        text = self.text(key)
        members = [member for member in kind if member not in but]
        for member in members:
            if member.value == text:
                return member
        known = [str(member.value) for member in members]
        raise self.error(key, f"'{key}' cannot be '{text}'", fix=_suggestion(text, known))

    def integers(self, key: str, default: tuple[int, ...] | Default = REQUIRED) -> tuple[int, ...]:
        """A list of 32-bit unsigned integers."""
        return tuple(cast("list[int]", self._items(key, int, default)))

    def texts(self, key: str, default: tuple[str, ...] | Default = REQUIRED) -> tuple[str, ...]:
        """A list of texts."""
        return tuple(cast("list[str]", self._items(key, str, default)))

    def table(self, key: str) -> Table:
        """The sub-table `[key]`."""
        return self._child(f"[{key}]", self._value(key, dict, REQUIRED))

    def optional_table(self, key: str) -> Table | None:
        """The sub-table `[key]`, or None when the file has none."""
        self._asked.add(key)
        return self.table(key) if self.has(key) else None

    def tables(self, key: str, minimum: int = 0) -> tuple[Table, ...]:
        """The array of tables `[[key]]`, at least `minimum` of them."""
        rows = self._items(key, dict, ())
        if len(rows) < minimum:
            self.check_spelling(key)
            raise self.error(
                key,
                f"needs at least {minimum} [[{key}]]",
                why=f"it has {len(rows)}",
                fix=f"add a [[{key}]] table",
            )
        return tuple(
            self._child(f"[[{key}]] {index}{_named(row)}", row)
            for index, row in enumerate(cast("list[dict[str, object]]", rows), start=1)
        )

    def scalars(self) -> dict[str, int | str | bool]:
        """All keys of a free-form table whose values are integers, texts or booleans."""
        found: dict[str, int | str | bool] = {}
        for key, value in self._values.items():
            if not isinstance(value, int | str):
                raise self.error(
                    key, f"'{key}' is {_described(value)}", fix="use an integer, a text, true or false"
                )
            self._asked.add(key)
            found[key] = value
        return found

    def provenance(self, prefix: str = "") -> Provenance:
        """How we know this table's numbers: keys `basis` and `source`, or with `<prefix>_` before them."""
        start = f"{prefix}_" if prefix else ""
        for key in (f"{start}basis", f"{start}source"):
            if not self.has(key):
                self.check_spelling(key)
                raise self.error(
                    key,
                    f"'{key}' is missing",
                    why="every number says how we know it and where it is from",
                    fix=f'add {start}basis = "measured", "datasheet", "derived" or "assumed"'
                    f' and {start}source = "document, table"',
                )
        return Provenance(self.choice(f"{start}basis", Basis), self.text(f"{start}source"))

    def finish(self) -> None:
        """Complain about keys that nothing read, here and in all tables below.

        Raises:
            DataFileError: a key is not known; the fix names the nearest one that is.
        """
        for key in self._values:
            if key not in self._asked:
                raise self.error(
                    key, f"unknown key '{key}'", fix=_suggestion(key, sorted(self._asked - set(self._values)))
                )
        for child in self._children:
            child.finish()

    def _value(self, key: str, kind: type[_T], default: _T | Default) -> _T:
        self._asked.add(key)
        if key not in self._values:
            if isinstance(default, Default):
                self.check_spelling(key)
                raise self.error(key, f"'{key}' is missing", fix=f"add {key} = {_EXAMPLES[kind]}")
            return default
        return cast("_T", self._typed(key, self._values[key], kind))

    def _items(self, key: str, kind: type, default: tuple[object, ...] | Default) -> list[object]:
        self._asked.add(key)
        if not self.has(key) and not isinstance(default, Default):
            return list(default)
        values = self._value(key, list, REQUIRED)
        for value in values:
            self._typed(key, value, kind)
            if kind is int:
                self._check_range(key, value, 0, 0xFFFF_FFFF)
        return cast("list[object]", values)

    def _typed(self, key: str, value: object, kind: type) -> object:
        is_bool = isinstance(value, bool)
        if kind is float and isinstance(value, int | float) and not is_bool:
            return float(value)
        if isinstance(value, kind) and (kind is bool or not is_bool):
            return value
        fix = f"write {_AN[kind]}"
        if kind in (int, float) and isinstance(value, str):
            fix += " without quotes"
        if kind is int and isinstance(value, float):
            fix += " without a decimal point"
        raise self.error(key, f"'{key}' must be {_AN[kind]}", why=f"it is {_described(value)}", fix=fix)

    def _whole(self, key: str, value: float, factor: int) -> int:
        product = value * factor
        if abs(product - round(product)) > 1e-6 * max(1.0, product):
            raise self.error(
                key, f"'{key}' is not a whole number of units of 1/{factor}", fix="round it to fewer decimals"
            )
        return round(product)

    def _check_range(self, key: str, value: float, minimum: float, maximum: float) -> None:
        if not (math.isfinite(value) and minimum <= value <= maximum):
            raise self.error(
                key,
                f"'{key}' is out of range",
                why=f"it is {_shown(value)}",
                fix=f"use a value from {_shown(minimum)} to {_shown(maximum)}",
            )

    def _child(self, label: str, values: dict[str, object]) -> Table:
        child = Table(self.path, ": ".join(part for part in (self.label, label) if part), values)
        self._children.append(child)
        return child


_T = TypeVar("_T")

_EXAMPLES: dict[type, str] = {str: '"…"', int: "a whole number", float: "a number", bool: "true or false"}
_EXAMPLES |= {dict: "{ … } or a [table]", list: "[ … ]"}


def _syntax_error(path: Path, message: str) -> DataFileError:
    found = re.search(r"\(at (line \d+, column \d+|end of document)\)", message)
    return DataFileError(
        "the data file is not valid TOML",
        where=f"{path}: {found.group(1)}" if found else str(path),
        why=re.sub(r"\s*\(at [^)]*\)", "", message),
        fix="correct that line; https://toml.io shows the syntax",
    )


def _suggestion(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=2)
    if near:
        return "did you mean " + " or ".join(f"'{each}'" for each in near) + "?"
    return "use one of: " + ", ".join(known) if known else "remove it"


def _named(row: dict[str, object]) -> str:
    name = row.get("name")
    return f" '{name}'" if isinstance(name, str) else ""


def _described(value: object) -> str:
    for kind in (bool, str, int, float, dict, list):
        if isinstance(value, kind):
            shown = "" if kind in (dict, list) else f" ({value!r})"
            return f"{_AN[kind]}{shown}"
    return f"a {type(value).__name__} ({value})"


def _shown(value: float) -> str:
    if isinstance(value, int) and value > 0xFFFF:
        return f"{value:#x}"
    return f"{value:g}" if isinstance(value, float) else str(value)
