"""Names and meanings of the plugin's command-line options and ini settings; imports nothing that costs time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

FAIL, PASS = "fail", "pass"

MARKERS = (
    "mcusim_budget(cycles, latency_ms, energy_uj, peak_ram_bytes, stack_bytes, heap_bytes, static_bytes, "
    "flash_bytes, kernel=None, layer=None, board=None, at='typical'): fail when a firmware run of this test needs "
    "more than this; stackable.",
    "mcusim_baseline(cycles, latency_ms, energy_uj, peak_ram_bytes, ..., better=None): fail when a firmware run of "
    "this test differs from its committed baseline by more than these tolerances ('1%', 16; None: not compared).",
    "mcusim_boards(*names): the boards that the fixture mcusim_board takes, one test each.",
)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user said on the command line and in the ini file."""

    update: str
    """"all": write every baseline; "new": only missing ones; empty: write none."""
    better: str
    """Whether numbers below the baseline FAIL or PASS."""
    chosen_boards: tuple[str, ...]
    """Only these; none: all that the tests name."""
    default_boards: tuple[str, ...]
    """For tests without the marker."""
    record_dir: Path | None
    markdown: Path | None


def add_options(parser: pytest.Parser) -> None:
    """Declare the options, all beginning with --mcusim-, and the ini settings."""
    group = parser.getgroup("mcusim", "mcusim: cycles, RAM and energy of Cortex-M firmware")
    group.addoption(
        "--mcusim-update", action="store_true", help="write the baselines of the tests that run, old ones too"
    )
    group.addoption(
        "--mcusim-update-new", action="store_true", help="write only the baselines that are missing"
    )
    group.addoption(
        "--mcusim-better",
        choices=(FAIL, PASS),
        help="whether a test fails when its numbers are below the baseline (default: the ini setting, or fail)",
    )
    group.addoption(
        "--mcusim-board",
        action="append",
        default=[],
        metavar="NAME",
        help="run tests of mcusim_board on this board only; may be repeated",
    )
    group.addoption(
        "--mcusim-record", metavar="DIR", help="store the recording of every run here, one .mcusim file each"
    )
    group.addoption(
        "--mcusim-markdown", metavar="FILE", help="write a summary for a pull request to this file"
    )
    parser.addini("mcusim_boards", "boards for tests of mcusim_board without a marker", type="linelist")
    parser.addini(
        "mcusim_better",
        "fail or pass: what a test does when its numbers are below the baseline",
        default=FAIL,
    )


def options_of(config: pytest.Config) -> Options:
    """The options of a test run.

    Raises:
        UsageError: an ini setting has no such value; two options contradict each other.
    """
    if config.getoption("--mcusim-update") and config.getoption("--mcusim-update-new"):
        raise UsageError(
            "--mcusim-update and --mcusim-update-new exclude each other",
            why="one writes every baseline, the other only missing ones",
            fix="give one of them",
        )
    better = config.getoption("--mcusim-better") or config.getini("mcusim_better")
    if better not in {FAIL, PASS}:
        raise UsageError(
            f"ini setting mcusim_better is '{better}'",
            where=str(config.inipath or ""),
            fix=f"write {FAIL} or {PASS}",
        )
    return Options(
        update="all"
        if config.getoption("--mcusim-update")
        else ("new" if config.getoption("--mcusim-update-new") else ""),
        better=better,
        chosen_boards=tuple(dict.fromkeys(config.getoption("--mcusim-board"))),
        default_boards=tuple(config.getini("mcusim_boards")),
        record_dir=_path(config, "--mcusim-record"),
        markdown=_path(config, "--mcusim-markdown"),
    )


def check_options(options: Options) -> None:
    """Find out before the tests run what would only fail after them.

    Raises:
        UsageError: a path cannot be written, or is somebody else's file.
        UnknownNameError: there is no such board.
    """
    if options.chosen_boards:
        check_boards(options.chosen_boards, "--mcusim-board")
    if options.record_dir is not None and options.record_dir.exists() and not options.record_dir.is_dir():
        raise UsageError(f"--mcusim-record: '{options.record_dir}' is not a folder", fix="name a folder")
    if options.markdown is not None:
        from mcusim.pytest_plugin.markdown import check_markdown_target

        check_markdown_target(options.markdown)


def check_boards(names: tuple[str, ...], where: str) -> None:
    """Complain about a board that does not exist; the path of a board file is not looked at here.

    Raises:
        UnknownNameError: with the nearest names.
    """
    from mcusim.board.load import board_names
    from mcusim.errors import unknown_name

    known = board_names()
    for name in names:
        if not name.endswith(".toml") and name not in known:
            raise unknown_name("board", name, known, where=where)


def _path(config: pytest.Config, option: str) -> Path | None:
    """Relative paths are the user's: where pytest was called, which a test may have left."""
    value = config.getoption(option)
    resolve: Callable[[str], Path] = config.invocation_params.dir.joinpath
    return resolve(value) if value else None
