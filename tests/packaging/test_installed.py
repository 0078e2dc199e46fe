"""What an installation must have, wheel or editable: metadata, licence, entry point, native core, shipped data."""

from __future__ import annotations

import tomllib
from importlib import metadata
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

import mcusim
from mcusim.board.load import board_names, load_board
from mcusim.cli.main import main
from mcusim.firmware.samples import find_sample, sample_names
from mcusim.machine.native import _core
from mcusim.power.load import load_power_model
from mcusim.shipped import shipped_dir

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def installed():
    """The metadata of the installed distribution."""
    try:
        return metadata.distribution("mcusim")
    except metadata.PackageNotFoundError:
        pytest.skip("mcusim runs from a checkout, it is not installed")


def test_the_version_is_the_same_everywhere():
    assert PROJECT["version"] == mcusim.__version__


def test_the_installed_version_is_that_of_this_checkout(installed):
    assert installed.version == PROJECT["version"]


def test_the_description_is_the_readme(installed):
    """A wheel builds happily with an empty description."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert installed.metadata["Description-Content-Type"] == "text/markdown"
    # importlib_metadata, which Dask brings, finds distributions from then on, and has the text under its key.
    text = installed.metadata["Description"] or installed.metadata.get_payload() or ""
    assert readme.splitlines()[0] in text


def test_the_licence_is_gpl_2_or_later_and_its_text_is_installed(installed):
    names = [str(path) for path in installed.files or [] if path.name == "LICENSE"]

    assert installed.metadata["License-Expression"] == "GPL-2.0-or-later"
    assert any(".dist-info" in name for name in names)


def test_the_licence_text_is_the_gnu_general_public_licence_version_2():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")

    assert text.split()[:6] == ["GNU", "GENERAL", "PUBLIC", "LICENSE", "Version", "2,"]
    assert "END OF TERMS AND CONDITIONS" in text


def test_every_file_of_the_licence_list_is_there():
    assert [name for name in PROJECT["license-files"] if not (ROOT / name).is_file()] == []


def test_the_command_mcusim_is_the_command_line(installed):
    (script,) = [each for each in installed.entry_points if each.group == "console_scripts"]

    assert script.name == "mcusim"
    assert script.load() is main


def test_no_c_source_and_no_test_is_installed(installed):
    """What nobody imports belongs into the source distribution."""
    names = [str(path) for path in installed.files or []]
    extra = [
        name
        for name in names
        if name.startswith(("tests/", "docs/", "benchmarks/"))
        or ("machine/native/" in name and name.endswith((".c", ".h", "CMakeLists.txt")))
    ]

    assert extra == []


def test_the_native_core_is_one_stable_abi_extension():
    name = Path(_core.__file__).name

    assert name.endswith(tuple(suffix for suffix in EXTENSION_SUFFIXES if "cpython" not in suffix))
    assert "abi3" in name or name.endswith(".pyd")


def test_the_types_are_marked_as_shipped():
    assert (Path(mcusim.__file__).parent / "py.typed").is_file()


@pytest.mark.parametrize("kind", ["boards", "power_models", "firmware_samples"])
def test_shipped_data_is_that_of_the_checkout(kind):
    """Every data file of the checkout is in the installation, with the same bytes."""
    suffixes = {".toml", ".elf", ".json"}
    wanted = {
        path.relative_to(ROOT / kind): path.read_bytes()
        for path in (ROOT / kind).rglob("*")
        if path.suffix in suffixes
    }
    there = shipped_dir(kind)

    assert wanted
    assert [str(name) for name, data in wanted.items() if _bytes(there / name) != data] == []


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def test_every_shipped_board_loads_with_its_power_model():
    boards = [load_board(name) for name in board_names()]

    assert boards
    assert all(load_power_model(board.power_model).name for board in boards if board.power_model)


def test_every_build_of_every_sample_is_shipped_for_a_board_that_exists():
    builds = [(board, path) for name in sample_names() for board, path in find_sample(name).elfs]

    assert builds
    assert [board for board, path in builds if board not in board_names() or not path.is_file()] == []
