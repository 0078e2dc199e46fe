"""Report to JSON and back, by the field names of report.py (keys: docs/reference/report-json.md)."""

from __future__ import annotations

import json
import types
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from mcusim.errors import DataFileError
from mcusim.report.quantity import Value
from mcusim.report.report import SCHEMA_VERSION, Report


def to_json(report: Report) -> str:
    """The report as JSON text, keys in the order of the documentation, with a newline at the end.

    Raises:
        ValueError: a number is NaN or infinite, which the analysis never makes.
    """
    return json.dumps(_encoded(report, Report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def from_json(text: str, *, where: str = "") -> Report:
    """The report that `to_json` wrote; `where` names the file in error messages.

    Raises:
        DataFileError: the text is not a report, or one of another schema version.
    """
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        raise DataFileError("this is not a JSON report", where=where, why=str(error)) from error
    except RecursionError as error:
        raise DataFileError(
            "this is not a mcusim report", where=where, why="it is nested too deeply"
        ) from error
    if not isinstance(data, dict) or "schema" not in data:
        raise DataFileError("this is not a mcusim report", where=where, why="it has no 'schema' key")
    if data["schema"] != SCHEMA_VERSION:
        raise DataFileError(
            f"report schema {data['schema']} is not supported",
            where=where,
            why=f"this mcusim reads schema {SCHEMA_VERSION}",
            fix="make the report again with this version of mcusim",
        )
    return cast("Report", _decoded(data, Report, _Place(where, "")))


class _Place:
    """Where in which file a value stands, for error messages."""

    def __init__(self, file: str, key: str) -> None:
        self.file, self.key = file, key

    def child(self, key: str) -> _Place:
        return _Place(self.file, f"{self.key}.{key}" if self.key else key)

    def error(self, why: str) -> DataFileError:
        where = f"{self.file}: {self.key}" if self.file else self.key
        return DataFileError("this is not a mcusim report", where=where, why=why)


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def _key(part: Field[Any]) -> str:
    return str(part.metadata.get("json", part.name))


def _is_pairs(kind: Any) -> bool:
    """A tuple of (name, value): an object in JSON."""
    if get_origin(kind) is not tuple:
        return False
    (item, *_) = get_args(kind)
    return get_origin(item) is tuple and len(get_args(item)) == 2 and get_args(item)[0] is str


def _encoded(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if get_origin(kind) in {types.UnionType, Union}:
        kind = next((option for option in get_args(kind) if is_dataclass(option)), kind)
    if is_dataclass(value):
        hints = _hints(kind)
        return {_key(part): _encoded(getattr(value, part.name), hints[part.name]) for part in fields(value)}
    if _is_pairs(kind):
        item = get_args(get_args(kind)[0])[1]
        return {name: _encoded(each, item) for name, each in value}
    if isinstance(value, tuple):
        item = get_args(kind)[0] if get_origin(kind) is tuple else None
        return [_encoded(each, item) for each in value]
    return value


def _decoded(data: Any, kind: Any, place: _Place) -> Any:
    if kind == Value:
        return _variable(data, place)
    if get_origin(kind) in {types.UnionType, Union}:
        return _decoded_union(data, get_args(kind), place)
    if _is_pairs(kind):
        if not isinstance(data, dict):
            raise place.error("an object is expected")
        item = get_args(get_args(kind)[0])[1]
        return tuple((name, _decoded(each, item, place.child(name))) for name, each in data.items())
    if get_origin(kind) is tuple:
        if not isinstance(data, list):
            raise place.error("an array is expected")
        item = get_args(kind)[0]
        return tuple(_decoded(each, item, place.child(str(index))) for index, each in enumerate(data))
    if is_dataclass(kind):
        return _decoded_dataclass(data, kind, place)
    return _scalar(data, kind, place)


def _decoded_union(data: Any, options: tuple[Any, ...], place: _Place) -> Any:
    if data is None and type(None) in options:
        return None
    wanted = [option for option in options if option is not type(None)]
    return _scalar(data, float, place) if len(wanted) > 1 else _decoded(data, wanted[0], place)


def _decoded_dataclass(data: Any, kind: Any, place: _Place) -> Any:
    """Keys that this version does not know are ignored: a later minor version may add some."""
    if not isinstance(data, dict):
        raise place.error("an object is expected")
    hints = _hints(kind)
    values = {}
    for part in fields(kind):
        key = _key(part)
        if key not in data and part.default is not MISSING:
            continue  # a report of an earlier version, before the key was added
        if key not in data:
            raise place.child(key).error("the key is missing")
        values[part.name] = _decoded(data[key], hints[part.name], place.child(key))
    return kind(**values)


def _scalar(data: Any, kind: Any, place: _Place) -> Any:
    accepted = (int, float) if kind is float else kind
    if not isinstance(data, accepted) or (isinstance(data, bool) and kind is not bool):
        raise place.error(f"{kind.__name__} is expected")
    return data


def _variable(data: Any, place: _Place) -> Value:
    if isinstance(data, list):
        return tuple(None if each is None else _scalar(each, float, place) for each in data)
    if data is None or isinstance(data, str):
        return data
    return cast("Value", _scalar(data, float, place))


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")
