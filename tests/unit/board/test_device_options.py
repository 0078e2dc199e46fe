"""The types of device options that board and chip files are checked for are those that the device classes take."""

from __future__ import annotations

import ast
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

from mcusim.board import device_options
from mcusim.machine import devices

TYPES = tomllib.loads(Path(device_options.__file__).with_suffix(".toml").read_text(encoding="utf-8"))["types"]
READERS = {"int_option": "number", "bool_option": "boolean", "text_option": "text"}


def options_read() -> set[tuple[str, str]]:
    """(name or pattern, type) of every option that the source of a device class names."""
    found = set()
    for path in Path(devices.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in READERS:
                name = _name(node.args[0])
                found |= {(name, READERS[node.func.attr])} if name else set()
    return found


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(each.value if isinstance(each, ast.Constant) else "*" for each in node.values)
    return ""


def type_of(name: str) -> str:
    if any(fnmatchcase(name, pattern) for pattern in TYPES["texts"]):
        return "text"
    return "boolean" if any(fnmatchcase(name, pattern) for pattern in TYPES["booleans"]) else "number"


def test_every_option_has_the_type_that_its_device_takes():
    read = options_read()

    assert {"number", "boolean", "text"} == {kind for _, kind in read}
    assert sorted(read) == sorted((name, type_of(name)) for name, _ in read)


def test_every_named_type_is_of_an_option_that_a_device_takes():
    names = [name for name, kind in options_read() if kind != "number"]

    patterns = (*TYPES["texts"], *TYPES["booleans"])
    assert [] == [each for each in patterns if not any(fnmatchcase(name, each) for name in names)]
