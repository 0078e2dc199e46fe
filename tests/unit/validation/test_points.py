"""Points files: what is read, and what is said about a row that is no point."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mcusim.errors import DataFileError
from mcusim.validation.points import Statistic, Unit, load_points

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = "id,elf,board,clock_mhz,roi,published,unit,tolerance_percent,source\n"
_ROW = "a,fw.elf,generic_m4,120,infer,1000,cycles,2,a paper\n"


def _corpus(folder: Path, text: str):
    path = folder / "points.csv"
    path.write_text(text, encoding="utf-8")
    return load_points(path)


def test_a_row_becomes_a_point_with_its_clock_in_hertz(tmp_path: Path) -> None:
    (point,) = _corpus(tmp_path, _HEAD + _ROW).points
    assert (point.name, point.elf, point.board, point.roi) == ("a", "fw.elf", "generic_m4", "infer")
    assert point.clock == "120000000"
    assert (point.published, point.unit, point.tolerance_percent) == (1000.0, Unit.CYCLES, 2.0)


def test_a_spreadsheets_byte_order_mark_and_blank_lines_do_no_harm(tmp_path: Path) -> None:
    assert len(_corpus(tmp_path, "\ufeff" + _HEAD + "\n,,,,,,,,\n" + _ROW).points) == 1


def test_measure_names_a_region_or_a_variable(tmp_path: Path) -> None:
    head = "id,elf,board,clock,measure,published,unit,tolerance,source,statistic\n"
    text = head + "a,f,b,80MHz,roi:f1,1,ms,1 %,s,max\nb,f,b,,--read=v,1,uJ,±5,s,\n"
    first, second = _corpus(tmp_path, text).points
    assert (first.roi, first.clock, first.unit, first.statistic) == (
        "f1",
        "80MHz",
        Unit.MILLISECONDS,
        Statistic.MAX,
    )
    assert (second.read, second.clock, second.unit, second.tolerance_percent) == (
        "v",
        "",
        Unit.MICROJOULES,
        5.0,
    )


@pytest.mark.parametrize(
    ("row", "what", "where"),
    [
        ("b,f,g,,r,12k,cycles,2,s", "'12k' is not a number", "line 3: published"),
        ("b,f,g,,r,nan,cycles,2,s", "'nan' is not a number", "line 3: published"),
        ("b,f,g,,r,0,cycles,2,s", "the published value is 0", "line 3: published"),
        ("b,f,g,,r,1,cycles,-2,s", "a tolerance is not negative", "line 3: tolerance_percent"),
        ("b,f,g,,r,1,cycles,2,a, comma", "more cells than the file has columns", "line 3"),
        ("b,f,g,,r,1,cycles,2,", "'source' is empty", "line 3"),
        ("b,f,g,,r,1,cycles,,s", "'tolerance_percent' is empty", "line 3"),
        ("b,f,g,fast,r,1,cycles,2,s", "'fast' is not a number", "line 3: clock_mhz"),
        ("b,f,g,,r,1,hours,2,s", "no unit called 'hours'", "line 3: unit"),
        ("a,f,g,,r,1,cycles,2,s", "two points are called 'a'", "line 3"),
    ],
)
def test_a_bad_row_is_named_and_the_others_remain(tmp_path: Path, row: str, what: str, where: str) -> None:
    corpus = _corpus(tmp_path, _HEAD + _ROW + row + "\n" + _ROW.replace("a,", "c,", 1))
    assert ["a", "c"] == [point.name for point in corpus.points]
    (bad,) = corpus.bad_rows
    assert what in bad.error.what
    assert bad.error.where.endswith(where)


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="no column 'source'") as caught:
        _corpus(tmp_path, "id,elf,board,published,tolerance\na,b,c,1,2\n")
    assert "id, elf, board, published, tolerance" in caught.value.why


@pytest.mark.parametrize("text", ["", _HEAD])
def test_a_file_without_points_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataFileError):
        _corpus(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="cannot read the points file"):
        load_points(tmp_path / "nothing.csv")


def test_columns_that_mean_nothing_are_named_and_notes_are_not(tmp_path: Path) -> None:
    head = "id,elf,board,published,tolerance,source,overhead_cycle,note\n"
    corpus = _corpus(tmp_path, head + "a,f,b,1,1,s,100,measured twice\n")
    assert corpus.unknown_columns == ("overhead_cycle",)
