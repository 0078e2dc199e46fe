"""The table of device options that board and chip files are checked against is what the device classes read."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

from mcusim.board import device_options
from mcusim.machine.devices import DEVICE_CLASSES

READERS = {"int_option", "bool_option", "text_option"}
LOOPED = {
    "RegisterFile": {"reset_0x*"},
    "Stm32Gpio": {"moder_reset", "ospeedr_reset", "pupdr_reset"},
    "GpioPorts": {"input_levels", "input_levels_*"},
}
"""Classes that read options whose names they put together elsewhere."""
TABLE = tomllib.loads(Path(device_options.__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def options_read_by(part: object, seen: set[object] | None = None) -> set[str]:
    """Names of the options in the source of a class, its parents, and what of our devices they name."""
    seen = set() if seen is None else seen
    if part in seen or not getattr(part, "__module__", "").startswith("mcusim.machine.devices"):
        return set()
    seen.add(part)
    found = set(LOOPED.get(part.__name__, ()))
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(part)))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in READERS:
            found |= _names(node.args[0])
        if isinstance(node, ast.Name):
            named = getattr(sys.modules[part.__module__], node.id, None)
            if inspect.isclass(named) or inspect.isfunction(named):
                found |= options_read_by(named, seen)
    if inspect.isclass(part):
        for parent in part.__mro__[1:]:
            found |= options_read_by(parent, seen)
    return found


def _names(node: ast.expr) -> set[str]:
    """A literal, or a text with a hole as a pattern."""
    if isinstance(node, ast.Constant):
        return {node.value}
    if isinstance(node, ast.JoinedStr):
        return {"".join(each.value if isinstance(each, ast.Constant) else "*" for each in node.values)}
    return set()


@pytest.mark.parametrize("kind", sorted(DEVICE_CLASSES))
def test_the_table_has_the_options_that_the_class_reads_and_no_others(kind):
    expected = sorted(options_read_by(DEVICE_CLASSES[kind]))

    assert expected == TABLE["options"].get(kind, [])


def test_the_kinds_of_the_table_are_the_device_classes():
    assert sorted(DEVICE_CLASSES) == sorted([*TABLE["options"], *TABLE["kinds_without_options"]])
