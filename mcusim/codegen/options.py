"""The option fields of a TensorFlow Lite operator by name; enumerations as their schema names."""

from __future__ import annotations

import re
from typing import Any

import tflite

from mcusim.codegen.graph import OptionValue

_ENUMERATIONS = {
    "Padding": tflite.Padding,
    "FusedActivationFunction": tflite.ActivationFunctionType,
    "InDataType": tflite.TensorType,
    "OutDataType": tflite.TensorType,
    "OutputType": tflite.TensorType,
    "Type": tflite.TensorType,
    "WeightsFormat": tflite.FullyConnectedOptionsWeightsFormat,
}
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def options_of(operator: Any) -> dict[str, OptionValue]:
    """All fields that the operator's option table has; {} without a table."""
    table_name = _name_in(tflite.BuiltinOptions, operator.BuiltinOptionsType())
    table = operator.BuiltinOptions()
    if table is None or not hasattr(tflite, table_name):
        return {}
    options = getattr(tflite, table_name)()
    options.Init(table.Bytes, table.Pos)
    lengths = [name.removesuffix("Length") for name in dir(options) if name.endswith("Length")]
    found: dict[str, OptionValue] = {}
    for name in dir(options):
        if name[0].isupper() and not _is_machinery(name) and _base(name) not in lengths:
            found[_snake(name)] = _value(name, getattr(options, name)())
    for name in lengths:
        count = getattr(options, f"{name}Length")()
        found[_snake(name)] = tuple(int(getattr(options, name)(place)) for place in range(count))
    return found


def _is_machinery(name: str) -> bool:
    return name == "Init" or name.startswith("GetRootAs") or name.endswith("BufferHasIdentifier")


def _base(name: str) -> str:
    for suffix in ("Length", "AsNumpy", "IsNone"):
        name = name.removesuffix(suffix)
    return name


def _value(name: str, value: Any) -> OptionValue:
    if name in _ENUMERATIONS:
        return _name_in(_ENUMERATIONS[name], value)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    return "" if value is None else value


def _name_in(enumeration: Any, number: int) -> str:
    names = (name for name, value in vars(enumeration).items() if value == number and name[0].isupper())
    return next(names, f"UNKNOWN_{number}")


def _snake(name: str) -> str:
    return _WORD.sub("_", name).lower()
