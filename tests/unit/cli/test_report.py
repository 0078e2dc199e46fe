"""`mcusim report` and the RECORDING argument, and `mcusim run -o`, with a fake session."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace

import pytest

from mcusim.cli.main import main
from mcusim.cli.report import ENDINGS, format_of
from mcusim.errors import UsageError
from mcusim.recorded.conditions import RunConditions
from mcusim.recorded.store import load, to_bytes
from mcusim.render.formats import FORMATS
from mcusim.report.source_line import SourceLines

ON_BOARD = ["--board", "generic_m4"]


@pytest.fixture
def stored(tmp_path, monkeypatch, recorded_run):
    """A recording called run.mcusim in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "run.mcusim"
    path.write_bytes(to_bytes(recorded_run))
    return path


# --- mcusim run -o ---


def test_a_run_is_stored_besides_the_screen_and_the_json(session, elf, capsys):
    assert main(["run", "fw.elf", *ON_BOARD, "-o", "run.mcusim", "--json", "report.json"]) == 0

    assert session.run == load(elf.with_name("run.mcusim"))
    assert json.loads(elf.with_name("report.json").read_text(encoding="utf-8"))["board"] == "board_a"
    assert "Latency   25.62 µs" in capsys.readouterr().out


def test_an_existing_file_is_only_replaced_when_forced(session, elf, capsys):
    """Nothing runs before that is clear."""
    target = elf.with_name("run.mcusim")
    target.write_text("precious")

    assert main(["run", "fw.elf", *ON_BOARD, "-o", "run.mcusim"]) == 2
    assert (target.read_text(), session.requests) == ("precious", [])
    assert "-o: 'run.mcusim' exists" in capsys.readouterr().err
    assert main(["run", "fw.elf", *ON_BOARD, "-o", "run.mcusim", "--force", "--quiet"]) == 0
    assert session.run == load(target)


def test_force_does_not_let_a_run_destroy_what_it_reads(session, elf, capsys):
    assert main(["run", "fw.elf", *ON_BOARD, "-o", "fw.elf", "--force"]) == 2

    assert "is a file that this run reads" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-o", "none/run.mcusim"], "there is no folder 'none'"),
        (["-o", "-"], "-o does not write to standard output"),
        (["-o", "x", "--json", "x"], "-o and --json both write 'x'"),
        (["--force"], "--force is about a recording"),
        (["--no-sources"], "--no-sources is about a recording"),
    ],
)
def test_a_recording_that_cannot_be_written_is_told_before_the_run(session, elf, capsys, options, message):
    assert main(["run", "fw.elf", *ON_BOARD, *options]) == 2

    assert message in capsys.readouterr().err
    assert session.requests == []


@pytest.mark.parametrize("name", ["page.html", "REPORT.JSON", "table.csv", "summary.md"])
def test_a_recording_is_not_stored_under_the_ending_of_a_view(session, elf, capsys, name):
    """Who writes that wants the view, and a browser would show binary data."""
    assert main(["run", "fw.elf", *ON_BOARD, "-o", name]) == 2

    assert f"then: mcusim report FILE.mcusim -o {name}" in capsys.readouterr().err
    assert (session.requests, elf.with_name(name).exists()) == ([], False)


def test_source_code_stays_out_when_asked(session, elf):
    session.run = replace(session.run, sources=SourceLines(("a.c",), ("secret",), ()))

    main(["run", "fw.elf", *ON_BOARD, "-o", "open.mcusim", "--quiet"])
    main(["run", "fw.elf", *ON_BOARD, "-o", "shared.mcusim", "--no-sources", "--quiet"])

    texts = [load(elf.with_name(name)).sources.texts for name in ("open.mcusim", "shared.mcusim")]
    assert [("secret",), ("",)] == texts


def test_a_run_that_faults_is_stored_too(session, elf):
    """It is the one that somebody will want to look at."""
    session.stop_with("fault")

    assert main(["run", "fw.elf", *ON_BOARD, "-o", "run.mcusim", "--quiet"]) == 3
    assert load(elf.with_name("run.mcusim")).report.stop.reason == "fault"


# --- mcusim report of a recording ---


def test_a_recording_is_shown_as_the_run_was_and_nothing_runs(session, elf, stored, capsys):
    main(["run", "fw.elf", *ON_BOARD])
    shown = capsys.readouterr().out

    assert main(["report", "run.mcusim"]) == 0
    assert shown == capsys.readouterr().out
    assert len(session.requests) == 1


@pytest.mark.parametrize("format_name", ["text", "json", "csv", "markdown"])
def test_each_format_goes_to_a_file_or_to_standard_output(stored, capsysbinary, format_name):
    target = stored.with_name("view")

    assert main(["report", "run.mcusim", "--format", format_name, "-o", "view"]) == 0
    assert main(["report", "run.mcusim", "--format", format_name, "-o", "-"]) == 0

    assert target.read_bytes() == capsysbinary.readouterr().out != b""


def test_the_ending_of_the_file_chooses_the_format(stored):
    main(["report", "run.mcusim", "-o", "view.json"])
    main(["report", "run.mcusim", "-o", "view.md"])
    main(["report", "run.mcusim", "--format", "csv", "-o", "odd.json"])

    heads = [
        stored.with_name(name).read_text(encoding="utf-8")[:2]
        for name in ("view.json", "view.md", "odd.json")
    ]
    assert ["{\n", "##", "se"] == heads


def test_every_format_has_an_ending_and_every_ending_a_format():
    assert set(FORMATS) == set(ENDINGS.values())
    assert "speedscope" == format_of("a.speedscope.json")
    assert "callgrind" == format_of("out/callgrind.out.infer")
    assert "text" == format_of(None) == format_of("-")


def test_an_unknown_ending_lists_those_that_are_known():
    with pytest.raises(UsageError, match="ending of 'view") as caught:
        format_of("view.docx")

    assert all(ending in caught.value.why for ending in ENDINGS)
    assert all(name in caught.value.fix for name in FORMATS)


def test_a_binary_format_is_kept_off_the_terminal(stored, monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    assert main(["report", "run.mcusim", "--format", "pprof"]) == 2
    assert "pprof is not for a terminal" in capsys.readouterr().err


def test_a_view_is_not_written_over_a_file_unless_forced(stored, capsys):
    view = stored.with_name("view.csv")
    view.write_text("precious")

    assert main(["report", "run.mcusim", "-o", "view.csv"]) == 2
    assert "add --force" in capsys.readouterr().err
    assert view.read_text() == "precious"
    assert main(["report", "run.mcusim", "-o", "view.csv", "--force"]) == 0
    assert view.read_text(encoding="utf-8").startswith("section,")


def test_a_view_is_never_written_over_its_recording(stored, capsys):
    before = stored.read_bytes()

    assert main(["report", "run.mcusim", "--format", "csv", "-o", "run.mcusim", "--force"]) == 2
    assert before == stored.read_bytes()


@pytest.mark.parametrize(
    "option",
    [
        "--board generic_m4",
        "--clock 80MHz",
        "--without prefetch",
        "--roi f",
        "--read x",
        "--touched-ram",
        "--inputs ramp",
    ],
)
def test_options_of_a_run_are_refused_where_nothing_runs(stored, capsys, option):
    """Ignoring them would show numbers of other conditions than those asked for."""
    assert main(["report", "run.mcusim", *option.split()]) == 2

    error = capsys.readouterr().err
    assert option.split()[0] in error
    assert "is a recording: nothing runs" in error


def test_looking_at_a_run_that_failed_is_no_failure(stored, recorded_run):
    stop = replace(recorded_run.report.stop, reason="fault")
    stored.write_bytes(to_bytes(replace(recorded_run, report=replace(recorded_run.report, stop=stop))))

    assert main(["report", "run.mcusim"]) == 0


@pytest.mark.parametrize("content", [b"", b"mcusim recording 9 " + b"0" * 64 + b"\n", b"text"])
def test_a_file_that_is_no_recording_by_its_content_is_told(stored, capsys, content):
    """By its name it is meant to be one, so the message is not about firmware."""
    stored.write_bytes(content)

    assert main(["report", "run.mcusim"]) == 2
    assert "recording" in capsys.readouterr().err.splitlines()[0]


# --- mcusim report of a firmware ---


@pytest.mark.parametrize("command", [["report"], ["annotate"], ["explain"]])
def test_a_json_report_in_the_place_of_a_recording_is_told(stored, capsys, command):
    """Asking for a board would send its user the wrong way."""
    (stored.parent / "report.json").write_text("{}")
    (stored.parent / "no_ending").write_text("{}")

    for name in ("report.json", "no_ending"):
        assert main([*command, name, *(["main"] if command == ["explain"] else [])]) == 2
        assert f"'{name}' is a JSON report, not a recording" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "message"),
    [(".", "is a folder"), ("", "is a folder"), (os.devnull, "is a pipe or device")],
)
def test_what_is_no_file_is_told_before_a_board_is_asked_for(stored, capsys, name, message):
    assert main(["report", name]) == 2

    assert message in capsys.readouterr().err


def test_a_firmware_is_run_first(session, elf, capsys):
    assert main(["report", "fw.elf", *ON_BOARD, "--clock", "80MHz", "--format", "json"]) == 0

    assert json.loads(capsys.readouterr().out)["board"] == "board_a"
    assert [80_000_000] == [request.clock_hz for request in session.requests]


def test_a_firmware_that_faults_gives_the_exit_code_of_its_run(session, elf):
    session.stop_with("fault")

    assert main(["report", "fw.elf", *ON_BOARD, "--format", "json", "-o", "view.json"]) == 3


def test_nothing_runs_when_the_view_cannot_be_written(session, elf, capsys):
    elf.with_name("view.json").write_text("precious")

    assert main(["report", "fw.elf", *ON_BOARD, "-o", "view.json"]) == 2
    assert session.requests == []


def test_where_a_firmware_is_now_is_no_question_before_it_ran(session, elf, capsys):
    assert main(["report", "fw.elf", *ON_BOARD, "--firmware", "fw.elf"]) == 2

    assert "--firmware is for a recording" in capsys.readouterr().err


# --- pricing anew (what it computes: test_reprice.py) ---


@pytest.mark.parametrize(
    ("conditions", "options", "message"),
    [
        (None, ["--supply", "1.8V"], "cannot be priced anew"),
        (RunConditions("gone.elf", "generic_m4"), ["--supply", "1.8V"], "there is no file 'gone.elf'"),
        (
            RunConditions("net.tflite", "generic_m4"),
            ["--power-model", "x"],
            "mcusim build net.tflite --board generic_m4",
        ),
        (
            RunConditions("fw.elf", "generic_m4"),
            ["--firmware", "fw.elf"],
            "only read to price a recording anew",
        ),
    ],
)
def test_what_pricing_lacks_is_told(stored, capsys, conditions, options, message):
    stored.write_bytes(to_bytes(replace(load(stored), conditions=conditions)))

    assert main(["report", "run.mcusim", *options]) == 2
    assert message in capsys.readouterr().err


def test_a_name_that_is_no_text_can_be_recorded(session, elf):
    """A file name on Linux is bytes."""
    if os.name != "posix":
        pytest.skip("this system's file names are text")
    odd = elf.with_name("bad\udcff.elf")
    odd.write_bytes(elf.read_bytes())
    firmware = replace(session.report.firmware, path="bad\udcff.elf")
    session.report = replace(session.report, firmware=firmware)

    assert main(["run", "bad\udcff.elf", *ON_BOARD, "-o", "run.mcusim", "--quiet"]) == 0
    assert r"bad\udcff.elf" == load(elf.with_name("run.mcusim")).report.firmware.path
