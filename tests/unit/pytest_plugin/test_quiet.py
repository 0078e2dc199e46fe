"""Tests of others: the plugin is loaded with every pytest of a Python that has mcusim, and must not be felt."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

LIGHT = {
    "mcusim",
    "mcusim.errors",
    "mcusim.pytest_plugin",
    "mcusim.pytest_plugin.options",
    "mcusim.pytest_plugin.plugin",
}


def test_loading_it_imports_almost_nothing():
    """Five small modules, and of others' only difflib: measured as 5 ms beside 500 ms of pytest itself."""
    code = (
        "import sys, pytest; before = set(sys.modules); import mcusim.pytest_plugin.plugin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert LIGHT == {name for name in printed.split() if name.startswith("mcusim")}
    assert {"numpy", "unicorn", "msgspec", "rich", "json"} & set(printed.split()) == set()


def test_tests_that_do_not_use_it_do_not_load_more_of_it(project):
    project.write_test(
        f"""
import sys

def test_it(record_property):
    loaded = {{name for name in sys.modules if name.startswith("mcusim")}}
    assert {LIGHT!r} == loaded
""".replace("import mcusim\n", "")
    )
    result = project.pytester.runpytest_subprocess(*project.loading, "--strict-markers", "-W", "error")

    assert result.ret == 0, result.stdout.str()
    assert "mcusim:" not in result.stdout.str()


def test_its_options_markers_and_fixtures_are_documented_by_pytest(project):
    text = project.run("--help").stdout.str()
    for option in ("--mcusim-update", "--mcusim-update-new", "--mcusim-better", "--mcusim-board", "--mcusim-record",
                   "--mcusim-markdown"):  # fmt: skip
        assert option in text
    assert "mcusim_boards (linelist):" in text
    assert "@pytest.mark.mcusim_budget(" in project.run("--markers").stdout.str()
    fixtures = project.run("--fixtures").stdout.str()
    for fixture in ("mcusim_run", "mcusim_baseline", "mcusim_board"):
        assert f"{fixture} -- " in fixtures


def test_it_works_where_warnings_are_errors_and_modules_are_imported_by_path(project):
    project.pytester.makeini(
        "[pytest]\naddopts = --import-mode=importlib --strict-markers\nfilterwarnings = error\n"
    )
    project.write_test("""
@pytest.mark.mcusim_budget(cycles=560)
def test_it(mcusim_run):
    mcusim_run("firmware.elf", board="nucleo_l4r5zi")
""")

    project.passes()


@pytest.mark.parametrize(
    ("ini", "message"),
    [("mcusim_better = maybe", "ini setting mcusim_better is 'maybe'"), ("", "exclude each other")],
)
def test_wrong_settings_are_refused(project, ini, message):
    project.pytester.makeini(f"[pytest]\n{ini}\n")
    options = () if ini else ("--mcusim-update", "--mcusim-update-new")

    assert message in project.refuses(*options)
