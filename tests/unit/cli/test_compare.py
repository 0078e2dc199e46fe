"""`mcusim compare`: what it takes, what it writes, and how it ends."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mcusim.cli.main import main
from mcusim.recorded.store import to_bytes
from mcusim.report.serialise import to_json


def slower(report):
    """41 cycles more per call, all of them in conv()."""
    kernels = tuple(
        replace(each, self_cycles=3041) if each.name == "conv" else each for each in report.kernels
    )
    return replace(report, inference=replace(report.inference, cycles=4141), kernels=kernels)


@pytest.fixture
def folder(tmp_path, monkeypatch, recorded_run, report):
    """Recordings and reports of a run and of a slower one, and of one on another board."""
    monkeypatch.chdir(tmp_path)
    for name, each in (("old", report), ("new", slower(report)), ("other", replace(report, board="board_b"))):
        (tmp_path / f"{name}.mcusim").write_bytes(to_bytes(replace(recorded_run, report=each)))
        (tmp_path / f"{name}.json").write_text(to_json(each), encoding="utf-8")
    return tmp_path


def errors(capsys) -> str:
    return capsys.readouterr().err


@pytest.mark.parametrize("ending", ["mcusim", "json"])
def test_recordings_and_reports_are_compared_without_running_anything(folder, session, capsys, ending):
    assert main(["compare", f"old.{ending}", f"new.{ending}"]) == 0

    shown = capsys.readouterr().out
    assert f"old.{ending} → new.{ending}  (board_a, 160 MHz)" in shown
    assert "+41" in shown
    assert session.requests == []


def test_a_recording_and_a_report_of_the_same_run_have_not_changed(folder, capsys):
    assert main(["compare", "old.mcusim", "old.json", "--fail-on", "cycles>0"]) == 0

    assert "No change: 4 100 cycles" in capsys.readouterr().out


def test_a_firmware_is_run_with_the_options_and_a_recording_taken_as_it_is(folder, session, elf, capsys):
    assert main(["compare", "old.mcusim", str(elf), "--board", "nucleo_l4r5zi", "--roi", "conv"]) == 0

    assert [(each.board, each.roi) for each in session.requests] == [("nucleo_l4r5zi", "conv")]
    assert "No change" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (["cycles>0.9%"], 1),
        (["cycles>2%"], 0),
        (["cycles>2%", "kernel:conv>40"], 1),
        (["flash_bytes>0", "stack_bytes>0"], 0),
    ],
)
def test_it_ends_with_one_past_a_limit(folder, limits, code):
    options = [word for each in limits for word in ("--fail-on", each)]

    assert main(["compare", "old.mcusim", "new.mcusim", *options]) == code


def test_past_a_limit_the_output_says_which_by_how_much_and_why(folder, capsys):
    main(["compare", "old.mcusim", "new.mcusim", "--fail-on", "cycles>0.9%"])

    shown = " ".join(capsys.readouterr().out.split())
    assert "Past --fail-on: cycles>0.9%: +41, 4 100 → 4 141 (+1.0 %); most: +41 cycles in conv" in shown


def test_a_file_does_not_hide_that_a_limit_was_passed(folder, capsys):
    code = main(["compare", "old.mcusim", "new.mcusim", "--fail-on", "cycles>0", "-o", "change.md"])

    assert code == 1
    assert "mcusim: past --fail-on cycles>0: +41" in errors(capsys)
    assert "cycles\\>0: +41" in (folder / "change.md").read_text(encoding="utf-8")


def test_runs_that_are_not_comparable_are_shown_but_not_judged(folder, capsys):
    assert main(["compare", "old.mcusim", "other.mcusim"]) == 0
    assert "board: board_a → board_b" in capsys.readouterr().out

    assert main(["compare", "old.mcusim", "other.mcusim", "--fail-on", "cycles>1%"]) == 2
    assert "--allow board" in errors(capsys)

    assert main(["compare", "old.mcusim", "other.mcusim", "--fail-on", "cycles>1%", "--allow", "board"]) == 0


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--fail-on", "cycels>1%"], "does not know 'cycels'"),
        (["--fail-on", "cycles"], "cannot read 'cycles'"),
        (["--fail-on", "kernel:konv>1%"], "no kernel called 'konv'"),
        (["--allow", "bord"], "did you mean 'board'?"),
        (["--top", "0"], "is not a number of rows"),
        (["-o", "x.pdf"], "does not tell the format"),
        (["-o", "old.mcusim"], "old.mcusim"),
        (["--board", "nucleo_l4r5zi"], "--board"),
    ],
)
def test_a_wrong_option_is_explained_and_nothing_is_written(folder, capsys, options, expected):
    before = {each.name: each.read_bytes() for each in folder.iterdir()}

    assert main(["compare", "old.mcusim", "new.mcusim", *options]) == 2

    assert expected in errors(capsys)
    assert before == {each.name: each.read_bytes() for each in folder.iterdir()}


@pytest.mark.parametrize(("content", "expected"), [("{", "not a JSON report"), ("{}", "no 'schema' key")])
def test_a_file_that_is_no_report_is_refused(folder, capsys, content, expected):
    (folder / "bad.json").write_text(content, encoding="utf-8")

    assert main(["compare", "old.json", "bad.json"]) == 2
    message = errors(capsys)
    assert expected in message
    assert "bad.json" in message


def test_views_of_the_calls_need_recordings(folder, capsys):
    assert main(["compare", "old.mcusim", "new.json", "-o", "change.folded"]) == 2
    assert "'new.json' is a report" in errors(capsys)

    assert main(["compare", "old.mcusim", "new.mcusim", "-o", "change.folded"]) == 0
    lines = (folder / "change.folded").read_text(encoding="utf-8").splitlines()
    assert {3} <= {len(line.rsplit(" ", 2)) for line in lines}


@pytest.mark.parametrize("name", ["change.json", "change.md", "change.txt"])
def test_the_ending_tells_the_format_and_the_file_is_always_the_same(folder, name):
    assert main(["compare", "old.mcusim", "new.mcusim", "-o", name]) == 0
    first = (folder / name).read_bytes()

    assert main(["compare", "old.mcusim", "new.mcusim", "-o", name]) == 2  # it is there
    assert main(["compare", "old.mcusim", "new.mcusim", "-o", name, "--force"]) == 0
    assert first == (folder / name).read_bytes()


def test_json_on_standard_output_is_nothing_but_json(folder, capsysbinary):
    assert main(["compare", "old.json", "new.json", "--format", "json", "--fail-on", "cycles>0"]) == 1

    data = json.loads(capsysbinary.readouterr().out)
    assert [("cycles>0", 41)] == [(each["limit"], each["delta"]) for each in data["exceeded"]]


@pytest.mark.parametrize("by", ["layer", "kernel", "function", "reason"])
def test_one_table_can_be_asked_for(folder, capsys, by):
    assert main(["compare", "old.mcusim", "new.mcusim", "--by", by, "--top", "1"]) == 0

    assert ("Kernel, per call" in capsys.readouterr().out) == (by == "kernel")


def test_a_run_that_was_made_for_it_and_faulted_ends_as_a_run_does(folder, session, elf):
    session.stop_with("fault")

    assert main(["compare", "old.mcusim", str(elf), "--board", "nucleo_l4r5zi"]) == 3
