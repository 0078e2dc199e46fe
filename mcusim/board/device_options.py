"""Which options a device kind has: what chip files and boards say of a peripheral is checked when it is read."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from mcusim.datafile import Table
from mcusim.errors import DataFileError, unknown_name

_LARGEST = 0xFFFF_FFFF
"""What a register or an address can be; no clock is faster."""
_COLDEST_C = -273


def checked_options(table: Table, kind: str) -> dict[str, int | str | bool]:
    """The options in `table`, for a device of this kind.

    Raises:
        DataFileError: the kind has no such option, and the fix names the nearest one; or it is of another type.
    """
    options = table.scalars()
    known = _options_by_kind()[kind]
    for name in options:
        if _is_one_of(name, known):
            _check_value(table, name)
            continue
        where = table.where(name)
        if known:
            raise unknown_name(f"option of a {kind}", name, known, where=where)
        raise DataFileError(
            f"a {kind} has no options",
            where=where,
            why=f"'{name}' would change nothing",
            fix="remove it, or check the device's kind",
        )
    return options


def _check_value(table: Table, name: str) -> None:
    """Raise a DataFileError when the option is not what the device will take: here, not in the run."""
    texts, booleans = _types()
    if _is_one_of(name, texts):
        table.text(name)
    elif _is_one_of(name, booleans):
        table.boolean(name)
    else:
        table.integer(name, minimum=_COLDEST_C if name.endswith("_c") else 0, maximum=_LARGEST)


def _is_one_of(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def checked_kind(table: Table) -> str:
    """What `kind` of a [[device]] says.

    Raises:
        UnknownNameError: no device is of this kind.
    """
    kind = table.text("kind")
    if kind not in _options_by_kind():
        raise unknown_name("device kind", kind, _options_by_kind(), where=table.where("kind"))
    return kind


@cache
def _types() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the options that are texts, and of those that are true or false."""
    table = Table.load(Path(__file__).with_suffix(".toml")).table("types")
    return table.texts("texts"), table.texts("booleans")


@cache
def _options_by_kind() -> dict[str, tuple[str, ...]]:
    table = Table.load(Path(__file__).with_suffix(".toml"))
    options = table.table("options")
    without = dict.fromkeys(table.texts("kinds_without_options"), ())
    return without | {kind: options.texts(kind) for kind in options.keys()}  # noqa: SIM118 - a Table is no mapping
