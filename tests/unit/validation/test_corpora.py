"""The corpora of published measurements are readable, cited, and as many as the error bands say."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from mcusim.board.load import board_names, load_board
from mcusim.shipped import error_bands_file
from mcusim.validation.points import Unit, load_points

_FOLDER = Path(__file__).parents[2] / "validation"
_FILES = ("networks.csv", "kernels.csv")


def _board(name: str) -> str:
    return str(_FOLDER / name) if name.endswith(".toml") else name


@pytest.mark.parametrize("file", _FILES)
def test_every_row_is_a_point_in_cycles_on_a_board_that_exists(file):
    corpus = load_points(_FOLDER / file)
    assert corpus.bad_rows == ()
    for point in corpus.points:
        assert point.unit is Unit.CYCLES
        assert (_FOLDER / point.board).is_file() or point.board in board_names()


@pytest.mark.parametrize("file", _FILES)
def test_every_source_names_a_repository_and_a_place_in_it(file):
    for point in load_points(_FOLDER / file).points:
        assert "/" in point.source.split()[0], point.name
        assert len(point.source.split()) > 1, point.name


def test_the_bands_of_memory_systems_count_the_programs_of_the_corpora():
    counts: Counter[str] = Counter()
    for file in _FILES:
        for point in load_points(_FOLDER / file).points:
            interface = load_board(_board(point.board)).chip.flash_interface
            counts[interface.memory_system if interface else ""] += 1
    with error_bands_file().open("rb") as stream:
        rows = {row["name"]: row["programs_count"] for row in tomllib.load(stream)["memory_system"]}
    assert {name: rows[name] for name in counts if name} == {name: counts[name] for name in counts if name}
