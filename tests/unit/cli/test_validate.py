"""`mcusim validate` from the command line, on the bundled sample."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcusim.cli.main import main
from mcusim.shipped import shipped_dir

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_HEAD = "id,elf,board,clock_mhz,measure,published,unit,tolerance,source,overhead_cycles,options\n"
_SOURCE = "this test; the cycles are not silicon's"


def _points(folder: Path, *rows: str) -> str:
    path = folder / "points.csv"
    path.write_text(_HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return str(path)


def _cycles(folder: Path) -> float:
    """What a run of the sample says, by the report."""
    report = folder / "report.json"
    assert main(["run", "digits_cnn", "--board", "generic_m4", "--quiet", "--json", str(report)]) == 0
    return float(json.loads(report.read_text(encoding="utf-8"))["inference"]["cycles"])


def test_points_within_tolerance_end_with_0_and_one_outside_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cycles = _cycles(tmp_path)
    near = f"near,digits_cnn,generic_m4,,,{cycles * 1.01},cycles,1.5,{_SOURCE},,"
    assert main(["validate", _points(tmp_path, near)]) == 0
    assert "-0.99 %" in capsys.readouterr().out
    far = f"far,digits_cnn,generic_m4,,,{cycles * 2},cycles,1.5,{_SOURCE},,"
    assert main(["validate", _points(tmp_path, near, far)]) == 1
    shown = capsys.readouterr().out
    assert "-50.00 %" in shown
    assert "OUTSIDE" in shown
    assert "2 of 2 points measured, 1 outside their tolerance" in shown


def test_time_energy_and_the_callers_cycles_are_compared_in_their_units(tmp_path: Path) -> None:
    cycles = _cycles(tmp_path)
    clock_hz = 80e6
    rows = (
        f"ms,digits_cnn,generic_m4,80,,{cycles / clock_hz * 1e3},ms,0.01,{_SOURCE},,",
        f"rate,digits_cnn,generic_m4,80,,{clock_hz / cycles},1/s,0.01,{_SOURCE},,",
        f"caller,digits_cnn,generic_m4,,,{cycles + 5000},cycles,0.01,{_SOURCE},5000,",
        f"calls,digits_cnn,generic_m4,,,{cycles},cycles,0.01,{_SOURCE},,--max-seconds 20",
    )
    assert main(["validate", _points(tmp_path, *rows), "--jobs", "2"]) == 0


def test_a_missing_elf_and_a_bad_number_are_named_and_the_rest_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = (
        f"gone,nothing.elf,generic_m4,,,1,cycles,1,{_SOURCE},,",
        f"bad,digits_cnn,generic_m4,,,12k,cycles,1,{_SOURCE},,",
        f"board,digits_cnn,nucleo_f999,,,1,cycles,1,{_SOURCE},,",
        f"option,digits_cnn,generic_m4,,,1,cycles,1,{_SOURCE},,--max-secs 3",
        f"variable,digits_cnn,generic_m4,,read:no_such_variable,1,cycles,1,{_SOURCE},,",
        f"good,digits_cnn,generic_m4,,,{_cycles(tmp_path)},cycles,1,{_SOURCE},,",
    )
    capsys.readouterr()
    assert main(["validate", _points(tmp_path, *rows)]) == 2
    shown = capsys.readouterr().out
    for expected in (
        "there is no file 'nothing.elf'",
        "line 3: published",
        "nucleo_f999",
        "--max-secs",
        "no_such_variable",
        "1 of 6 points measured",
    ):
        assert expected in shown


def test_the_json_table_holds_every_point_with_its_source(tmp_path: Path) -> None:
    target = tmp_path / "table.json"
    row = f"near,digits_cnn,generic_m4,,,{_cycles(tmp_path)},cycles,1,{_SOURCE},,"
    bad = f"bad,digits_cnn,generic_m4,,,1,parsecs,1,{_SOURCE},,"
    assert main(["validate", _points(tmp_path, row, bad), "--json", str(target)]) == 2
    table = json.loads(target.read_text(encoding="utf-8"))
    (point,) = table["points"]
    assert (point["error_percent"], point["is_inside"], point["source"]) == (0.0, True, _SOURCE)
    assert table["groups"][0]["core"] == "cortex-m4"
    assert [each["name"] for each in table["bad_rows"]] == ["bad"]


def test_a_file_beside_the_points_file_wins_over_the_current_folder(tmp_path: Path) -> None:
    elf = shipped_dir("firmware_samples") / "digits_cnn" / "generic_m4.elf"
    (tmp_path / "mine.elf").write_bytes(elf.read_bytes())
    row = f"mine,mine.elf,generic_m4,,,{_cycles(tmp_path)},cycles,0.001,{_SOURCE},,"
    assert main(["validate", _points(tmp_path, row)]) == 0
