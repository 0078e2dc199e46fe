"""The entry point as an installation has it: a folder with metadata stands for the installed package."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.unit.pytest_plugin.conftest import LOADED

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WITHOUT = "'-p', 'no:cacheprovider', '-p', 'no:hypothesispytest'"
ALWAYS_WARN = f"import sys; sys.exit(pytest.main(['-q', '-W', 'error', {WITHOUT}, *OPTIONS]))"


@pytest.fixture
def python(tmp_path, project):
    """Runs code in a Python whose mcusim is installed: with its entry points, and a list of its files."""
    site = tmp_path / "site"
    if LOADED:
        site.mkdir()  # it is installed
    else:
        metadata = site / f"mcusim-{PROJECT['version']}.dist-info"
        metadata.mkdir(parents=True)
        about = f"Metadata-Version: 2.1\nName: mcusim\nVersion: {PROJECT['version']}\n"
        (metadata / "METADATA").write_text(about)
        plugins = PROJECT["entry-points"]["pytest11"].items()
        lines = ["[pytest11]", *(f"{name} = {place}" for name, place in plugins)]
        (metadata / "entry_points.txt").write_text("\n".join(lines))
        files = [path.relative_to(ROOT).as_posix() for path in (ROOT / "mcusim").rglob("*.py")]
        (metadata / "RECORD").write_text("".join(f"{name},,\n" for name in files))
    project.write_test("""
def test_it(mcusim_run):
    assert 560 == mcusim_run("firmware.elf", "nucleo_l4r5zi").inference.cycles

def test_other():
    pass
""")

    def run(code: str) -> subprocess.CompletedProcess[str]:
        environment = project.environment
        environment["PYTHONPATH"] = os.pathsep.join([str(site), environment["PYTHONPATH"]])
        command = [sys.executable, "-c", code]
        return subprocess.run(
            command, env=environment, cwd=project.pytester.path, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize("first", ["import pytest", "import mcusim.errors, pytest"])
def test_an_installed_plugin_is_found_and_warns_of_nothing(python, first):
    """pytest rewrites asserts in packages with plugins, and warns where such a package was imported before."""
    done = python(f"{first}\n{ALWAYS_WARN.replace('*OPTIONS', '')}")

    assert 0 == done.returncode, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_it_can_be_switched_off(python):
    done = python(f"import pytest\n{ALWAYS_WARN.replace('*OPTIONS', repr('-p') + ', ' + repr('no:mcusim'))}")

    assert "fixture 'mcusim_run' not found" in done.stdout
    assert "1 passed, 1 error" in done.stdout
