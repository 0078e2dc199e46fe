"""Who may import whom: the contracts of pyproject.toml, and the rules that they cannot express."""

from __future__ import annotations

import ast
import sys
import tomllib
from graphlib import TopologicalSorter

import pytest

from tests.source_tree import ROOT, Source, sources


def declared_doors() -> dict[str, set[str]]:
    """Outside libraries and the modules that may import them, as the third contract of pyproject says."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    contract = next(each for each in contracts if each["name"] == "Each outside library has one door")
    doors: dict[str, set[str]] = {library: set() for library in contract["forbidden_modules"]}
    for line in contract["ignore_imports"]:
        door, library = line.split(" -> ")
        doors[library].add(door)
    return doors


DOORS = declared_doors()
"""Outside libraries and the modules that may import them: replacing one touches one file."""
FREE = {"numpy"}
MODULES = sources()


def imported(source: Source, *, at_run_time: bool) -> set[str]:
    """Full names that a module imports, also inside functions; with or without imports for types only."""
    skipped: set[ast.AST] = set()
    if at_run_time:
        blocks = [each for each in ast.walk(source.tree) if isinstance(each, ast.If)]
        for block in blocks:
            if ast.unparse(block.test) == "TYPE_CHECKING":
                skipped.update(each for part in block.body for each in ast.walk(part))
    names: set[str] = set()
    for node in ast.walk(source.tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            names.update(each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.update({node.module, *(f"{node.module}.{each.name}" for each in node.names)})
    return names


@pytest.mark.filterwarnings("default")  # the tool's own warnings are not ours
def test_the_import_contracts_of_pyproject_hold(capsys, monkeypatch):
    cli = pytest.importorskip("importlinter.cli", reason="import-linter is in the 'dev' extra")
    monkeypatch.chdir(ROOT)  # it looks for the package from here

    code = cli.lint_imports(str(ROOT / "pyproject.toml"), no_cache=True)

    assert code == 0, capsys.readouterr().out


@pytest.mark.parametrize("library", DOORS)
def test_an_outside_library_is_imported_by_its_door_alone(library):
    users = {
        source.name
        for source in MODULES
        if any(name.split(".")[0] == library for name in imported(source, at_run_time=False))
    }

    assert users - DOORS[library] == set()


def test_no_module_imports_a_library_that_is_not_a_declared_dependency():
    known = {*sys.stdlib_module_names, "mcusim", *DOORS, *FREE}
    strangers = {
        (source.name, name)
        for source in MODULES
        for name in imported(source, at_run_time=False)
        if name.split(".")[0] not in known
    }

    assert strangers == set()


def test_no_import_is_relative():
    """`from mcusim.units import size` says where it comes from wherever it stands."""
    relative = [
        source.name
        for source in MODULES
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert relative == []


def test_modules_do_not_import_each_other_in_circles():
    """Function-level imports count: a circle broken by a late import is still a circle."""
    names = {source.name for source in MODULES}
    graph = {
        source.name: (imported(source, at_run_time=True) & names) - {source.name, "mcusim"}
        for source in MODULES
    }

    assert len(list(TopologicalSorter(graph).static_order())) >= len(names) - 1  # CycleError names a circle


def test_only_the_command_line_prints_and_only_the_entry_point_exits():
    """A library that prints or exits cannot be used by a test, a notebook or a plugin.

    The copies of a process that machine/forks.py makes must end at once: what they would clean up is their parent's.
    """
    offenders = [
        (source.name, ast.unparse(node.func))
        for source in MODULES
        if source.name != "mcusim.__main__" and not source.name.startswith("mcusim.cli.")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in {"print", "exit", "quit", "sys.exit", "os._exit", "sys.stdout.write"}
    ]

    assert offenders == [("mcusim.machine.forks", "os._exit")]
