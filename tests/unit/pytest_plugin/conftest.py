"""A project of a plugin's user: a folder with firmware and tests, and pytest called in it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

import pytest

# pytester forgets what was first imported within it: numpy can only be loaded once, and the rest would be read anew
# for each of a hundred runs.
import mcusim.api.run
import mcusim.pytest_plugin.boards
import mcusim.pytest_plugin.markdown
import mcusim.pytest_plugin.summary
import mcusim.pytest_plugin.verdicts  # noqa: F401
from tests.machine.firmware import Firmware

ROOT = Path(__file__).resolve().parents[3]
_LISTING = """
Reset_Handler:
    f000 f801   bl    main
    e7fe        b     .
main:
    b510        push  {{r4, lr}}
    f000 f803   bl    mcusim_infer
    f000 f801   bl    mcusim_infer
    bd10        pop   {{r4, pc}}
mcusim_infer:
    b510        push  {{r4, lr}}
    f000 f803   bl    conv
    f000 f806   bl    pool
    bd10        pop   {{r4, pc}}
conv:
    20{conv:02x}        movs  r0, #conv
    0100        lsls  r0, r0, #4
    3801        subs  r0, #1
    d1fd        bne   conv + 4
    4770        bx    lr
pool:
    20{pool:02x}        movs  r0, #pool
    3801        subs  r0, #1
    d1fd        bne   pool + 2
    4770        bx    lr
"""
LOADED = any(each.name == "mcusim" for each in entry_points(group="pytest11"))
"""By its entry point, which is there when mcusim is installed, and not when it is run from a checkout."""


def firmware(conv: int = 10, pool: int = 20, arena_bytes: int = 0) -> bytes:
    """An ELF whose mcusim_infer() is called twice and calls conv(), a loop of 16 x `conv` rounds, and pool()."""
    variables = (("arena", arena_bytes),) if arena_bytes else ()
    return Firmware(_LISTING.format(conv=conv, pool=pool), variables).elf()


@dataclass(frozen=True)
class Project:
    """What the tests here do with such a folder."""

    pytester: pytest.Pytester

    def write_firmware(self, name: str = "firmware.elf", **changes: int) -> None:
        path = self.pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(firmware(**changes))

    def write_test(self, text: str, name: str = "test_it.py") -> Path:
        path = self.pytester.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("import pytest\nimport mcusim\n\n" + text, encoding="utf-8")
        return path

    def run(self, *options: str) -> pytest.RunResult:
        return self.pytester.runpytest_inprocess(*self.loading, *options)

    @property
    def environment(self) -> dict[str, str]:
        """Of a process that finds the mcusim of this one: installed with its compiled part, or the checkout."""
        path = os.environ.get("PYTHONPATH", "")
        return {**os.environ, "PYTHONPATH": path if LOADED else os.pathsep.join([str(ROOT), path])}

    @property
    def loading(self) -> tuple[str, ...]:
        """Without Hypothesis, which each such pytest would import anew: two seconds for one of mcusim."""
        return ("-p", "no:hypothesispytest", *(() if LOADED else ("-p", "mcusim.pytest_plugin.plugin")))

    def passes(self, *options: str) -> str:
        result = self.run(*options)

        assert result.ret == pytest.ExitCode.OK, result.stdout.str() + result.stderr.str()
        return result.stdout.str()

    def fails(self, *options: str) -> str:
        result = self.run(*options)

        assert result.ret == pytest.ExitCode.TESTS_FAILED, result.stdout.str() + result.stderr.str()
        return result.stdout.str()

    def refuses(self, *options: str) -> str:
        """pytest does not begin."""
        result = self.run(*options)

        assert result.ret == pytest.ExitCode.USAGE_ERROR, result.stdout.str() + result.stderr.str()
        return result.stderr.str()

    def failures(self, *options: str) -> dict[str, str]:
        """What the failing tests say, by test: many cases in one run are cheaper than a run for each."""
        parts = re.split(
            r"^_+ (\S+) _+$", self.fails(*options).partition("short test summary")[0], flags=re.MULTILINE
        )
        return dict(zip(parts[1::2], parts[2::2], strict=True))

    def baseline(self, test: str = "test_it", file: str = "test_it") -> Path:
        return self.pytester.path / "baselines" / file / f"{test}.json"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("COLUMNS", "300")  # no line of the summary is cut
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    made = Project(pytester)
    made.write_firmware()
    return made
