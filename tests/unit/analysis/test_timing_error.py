"""The error bands of cycles."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from mcusim.analysis.timing_error import UNKNOWN_MEMORY_SYSTEM, error_bands, timing_error
from mcusim.board.load import board_names, load_board
from mcusim.errors import DataFileError
from mcusim.provenance import Basis
from mcusim.timing import CORES

GOOD = """
name = "a"
title = "A"
programs_count = 2
mean_error_percent = 1.0
worst_error_percent = 2.0
error_percent = 1.5
basis = "measured"
source = "s"
"""


def test_every_core_with_a_pipeline_model_has_an_error_band():
    """Else its first report would fail after the whole run."""
    assert set(CORES) <= {row.name for row in error_bands().cores}


def test_the_rows_have_names_of_their_own_and_one_is_for_the_unknown():
    bands = error_bands()

    for rows in (bands.cores, bands.memory_systems):
        assert len({row.name for row in rows}) == len(rows)
    assert bands.memory_system("") is bands.memory_system(UNKNOWN_MEMORY_SYSTEM)


def test_nobody_s_memory_system_has_the_widest_band():
    """A weaker model shows a wider band: what was never looked at is not better than what was."""
    bands = error_bands()
    widest = max(row.error_percent for row in bands.memory_systems)

    assert bands.memory_system(UNKNOWN_MEMORY_SYSTEM).error_percent == widest


def test_a_band_of_nothing_says_that_it_is_assumed_and_not_compared():
    rows = [row for row in error_bands().memory_systems if row.programs_count == 0]

    assert rows
    assert {row.provenance.basis for row in rows} == {Basis.ASSUMED}
    assert [row.name for row in rows if "Not compared with silicon" not in row.provenance.source] == []


@pytest.mark.parametrize("name", board_names())
def test_every_shipped_chip_with_a_flash_interface_names_its_memory_system(name):
    interface = load_board(name).chip.flash_interface

    assert interface is None or interface.memory_system not in {"", UNKNOWN_MEMORY_SYSTEM}


def test_the_bands_of_core_and_memory_system_are_added(board):
    """3 % and 4 % of tests/unit/conftest.py; root-sum-squared they would be 5 %."""
    error = timing_error("cortex-m4", board.chip.flash_interface, uses_flash=True)

    assert (error.error_percent, error.basis) == (7.0, Basis.DATASHEET)
    assert error.text == "cortex-m4 pipeline ±3 % + flash interface ±4 %"


def test_code_that_never_runs_from_flash_has_the_band_of_the_core_alone(board):
    assert timing_error("cortex-m4", board.chip.flash_interface, uses_flash=False).error_percent == 3.0
    assert timing_error("cortex-m4", None, uses_flash=True).error_percent == 3.0


def test_a_chip_file_without_memory_system_gets_the_wide_band_of_the_unknown():
    """A user's own chip file: nobody compared it, whatever its geometry looks like."""
    interface = load_board("nucleo_l4r5zi").chip.flash_interface
    assert interface is not None
    known = timing_error("cortex-m4", interface, uses_flash=True)

    unknown = timing_error("cortex-m4", replace(interface, memory_system=""), uses_flash=True)

    assert unknown.error_percent > known.error_percent
    assert unknown.basis is Basis.ASSUMED


def test_an_unknown_core_is_an_error_that_names_it():
    """A band of nothing would look like certainty."""
    with pytest.raises(DataFileError, match="cortex-x9"):
        timing_error("cortex-x9", None, uses_flash=False)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('source = "s"\n', "", "'source' is missing"),
        ("programs_count = 2", "", "'programs_count' is missing"),
        ("worst_error_percent = 2.0", "", "'worst_error_percent' is missing"),
        ("programs_count = 2", "programs_count = 0", "a band of no programs is not measured"),
        ("error_percent = 1.5", "error_percent = 0.9", "narrower than the mean error"),
        ("worst_error_percent = 2.0", "worst_error_percent = 0.5", "the worst error below it"),
    ],
)
def test_a_row_that_says_more_than_it_knows_is_refused(tmp_path, old, new, message):
    """Good rows first, the bad one last."""
    file = tmp_path / "bands.toml"
    bad = re.sub(f"^{re.escape(old)}", new, GOOD, flags=re.MULTILINE)
    assert bad != GOOD
    file.write_text(f"[[core]]{GOOD}[[memory_system]]{GOOD}[[memory_system]]{bad}", encoding="utf-8")

    with pytest.raises(DataFileError, match=message):
        error_bands(file)


def test_figures_of_an_error_are_refused_where_nothing_was_compared(tmp_path):
    file = tmp_path / "bands.toml"
    bad = GOOD.replace("programs_count = 2", "programs_count = 0").replace('"measured"', '"assumed"')
    file.write_text(f"[[core]]{GOOD}[[memory_system]]{bad}", encoding="utf-8")

    with pytest.raises(DataFileError, match="unknown key 'mean_error_percent'"):
        error_bands(file)
