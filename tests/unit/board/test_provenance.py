"""The loader refuses any table with numbers whose basis or source is gone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mcusim.board.load import board_names, load_board
from mcusim.errors import DataFileError
from mcusim.shipped import shipped_dir

BOARDS = shipped_dir("boards")
SAID = re.compile(r'^(\w*basis|\w*source) = (?:"""(?:.|\n)*?"""|".*?")$', re.MULTILINE)
# One of each make; together they have every kind of table and key that a file can have.
FILES = ("stm32l4r5zi", "stm32h743zi", "stm32f446re", "samd51j19a", "rp2350", "nrf52840", "generic_m7")


def board_of(chip: str) -> str:
    """The first shipped board with this chip."""
    return next(name for name in board_names() if load_board(name).chip.name == chip)


@pytest.mark.parametrize("chip", FILES)
def test_each_basis_and_source_of_a_chip_file_is_needed(chip, tmp_path):
    text = (BOARDS / "chips" / f"{chip}.toml").read_text(encoding="utf-8")
    board = (BOARDS / f"{board_of(chip)}.toml").read_text(encoding="utf-8")
    assert board.count(f'chip = "{chip}"') == 1
    (tmp_path / "mine.toml").write_text(
        re.sub(r"^power_model = .*$", 'no_power_reason = "a test"', board, flags=re.MULTILINE).replace(
            f'chip = "{chip}"', 'chip = "mychip.toml"'
        ),
        encoding="utf-8",
    )

    refused = _refused_without(text, tmp_path / "mychip.toml", tmp_path / "mine.toml")

    tables = len(re.findall(r"^\[(?!\[device\])", text, re.MULTILINE)) + 1
    devices = "[[device]]" in text
    assert refused == 2 * (tables + devices)


@pytest.mark.parametrize("name", board_names())
def test_each_basis_and_source_of_a_board_file_is_needed(name, tmp_path):
    text = (BOARDS / f"{name}.toml").read_text(encoding="utf-8")
    shutil.copy(BOARDS / f"{name}.toml", tmp_path / "mine.toml")

    refused = _refused_without(text, tmp_path / "mine.toml", tmp_path / "mine.toml")

    options, boot_addrs = "[device_options]" in text, "boot_addrs" in text
    start_up = "[start_up]" in text
    assert refused == 2 * (1 + options + boot_addrs + start_up)


def test_device_options_without_a_table_of_their_own_say_where_they_are_from_too():
    """No file may have [device_options.NAME] alone."""
    for name in board_names():
        text = (BOARDS / f"{name}.toml").read_text(encoding="utf-8")
        assert ("[device_options." in text) == ("[device_options]" in text)


def _refused_without(text: str, changed: Path, board: Path) -> int:
    """How many basis and source lines there are; each is taken out alone, and the loader must name it."""
    found = list(SAID.finditer(text))
    for said in found:
        changed.write_text(text[: said.start()] + text[said.end() :], encoding="utf-8")
        with pytest.raises(DataFileError, match=f"'{said[1]}' is missing") as caught:
            load_board(str(board))
        assert caught.value.where.startswith(str(changed))
    return len(found)
