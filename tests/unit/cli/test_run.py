"""`mcusim run`: options, exit codes, files and screens, with a fake session."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcusim.cli.main import main
from mcusim.errors import FirmwareFileError
from mcusim.report.serialise import from_json


def test_the_screen_is_printed_and_the_exit_code_is_0(session, elf, capsys):
    assert main(["run", "fw.elf", "--board", "generic_m4"]) == 0

    out, err = capsys.readouterr()
    assert "Latency   25.62 µs" in out
    assert err == ""


def test_every_option_reaches_the_request(session, elf):
    options = (
        "--roi infer --until done --max-cycles 10M --max-seconds 500ms --clock 80MHz --supply 3V"
        " --read a --read b --input x=x.bin --output y=y.bin --touched-ram --quiet"
    )

    assert main(["run", "fw.elf", "--board", "generic_m4", *options.split()]) == 0

    (request,) = session.requests
    assert (request.firmware, request.shown_firmware, request.board) == (
        Path("fw.elf"),
        "fw.elf",
        "generic_m4",
    )
    assert (request.roi, request.roi_begin, request.roi_end, request.until) == ("infer", None, None, "done")
    assert (request.max_cycles, request.max_seconds) == (10_000_000, 0.5)
    assert (request.clock_hz, request.supply_v) == (80_000_000, 3.0)
    assert (request.reads, request.touched_ram) == (("a", "b"), True)
    assert (request.inputs, request.outputs) == ((("x", Path("x.bin")),), (("y", Path("y.bin")),))


def test_the_changes_of_a_what_if_reach_the_request(session, elf):
    """--set, --without and --ignore may each be given several times; --without X is --set X off."""
    options = (
        "--set flash.wait_states=2 --set flash.prefetch=on --without data-cache --without instruction-cache"
        " --ignore flash-fetch --ignore mispredict --ignore flash-fetch --quiet"
    )

    assert main(["run", "fw.elf", "--board", "generic_m4", *options.split()]) == 0

    (request,) = session.requests
    assert request.settings == (
        ("flash.wait_states", 2),
        ("flash.prefetch", True),
        ("flash.data_cache", False),
        ("flash.instruction_cache", False),
    )
    assert request.ignored == ("flash-fetch", "mispredict")


def test_without_alone_reaches_the_request(session, elf):
    """It shares its list with --set."""
    main(["run", "fw.elf", "--board", "generic_m4", "--without", "prefetch", "--quiet"])
    main(["run", "fw.elf", "--board", "generic_m4", "--quiet"])

    assert [request.settings for request in session.requests] == [(("flash.prefetch", False),), ()]


def test_a_stretch_reaches_the_request(session, elf):
    main(["run", "fw.elf", "--board", "generic_m4", "--roi-begin", "a", "--roi-end", "b", "--quiet"])

    assert (session.requests[0].roi_begin, session.requests[0].roi_end) == ("a", "b")


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("exit", 0),
        ("main_returned", 0),
        ("until", 0),
        ("idle_loop", 0),
        ("sleep_forever", 0),
        ("fault", 3),
        ("reset_loop", 3),
        ("breakpoint", 3),
        ("unsupported", 3),
        ("max_cycles", 4),
        ("max_seconds", 4),
    ],
)
def test_the_stop_reason_decides_the_exit_code(session, elf, capsys, reason, code):
    """docs/reference/exit-codes.md; the report is printed in every case."""
    session.stop_with(reason)

    assert main(["run", "fw.elf", "--board", "generic_m4"]) == code
    assert "Stopped: " in capsys.readouterr().out


def test_json_goes_to_a_file_beside_the_screen(session, elf, capsys, tmp_path):
    """An older report is replaced."""
    (tmp_path / "r.json").write_text("old")

    assert main(["run", "fw.elf", "--board", "generic_m4", "--json", "r.json"]) == 0

    assert from_json((tmp_path / "r.json").read_text(encoding="utf-8")) == session.report
    assert "Latency" in capsys.readouterr().out


def test_json_on_standard_output_is_alone_there(session, elf, capsysbinary):
    assert main(["run", "fw.elf", "--board", "generic_m4", "--json", "-"]) == 0

    assert json.loads(capsysbinary.readouterr().out)["inference"]["cycles"] == 4100


def test_a_fault_still_writes_the_json(session, elf, tmp_path):
    """A partial report is what one needs then."""
    session.stop_with("fault")

    assert main(["run", "fw.elf", "--board", "generic_m4", "--json", "r.json", "--quiet"]) == 3
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["stop"]["reason"] == "fault"


def test_quiet_prints_nothing(session, elf, capsys):
    assert main(["run", "fw.elf", "--board", "generic_m4", "--quiet"]) == 0

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "the following arguments are required: FIRMWARE"),
        ("fw.elf", "no board was named"),
        ("none.elf --board generic_m4", "there is no file 'none.elf'"),
        ("fw.elf --board generic_m4 --roi a --roi-begin b --roi-end c", "exclude each other"),
        ("fw.elf --board generic_m4 --roi-begin b", "--roi-begin needs --roi-end"),
        ("fw.elf --board generic_m4 --max-cycles 0", "--max-cycles must be above zero"),
        ("fw.elf --board generic_m4 --max-cycles=-1", "--max-cycles must be above zero"),
        ("fw.elf --board generic_m4 --clock fast", "'fast' is not a number"),
        ("fw.elf --board generic_m4 --input x", "'x' is not SYMBOL=FILE"),
        (
            "fw.elf --board generic_m4 --set flash.speed=2",
            "the keys are flash.wait_states (a number, auto or firmware), flash.pre",
        ),
        ("fw.elf --board generic_m4 --set flash.wait_states", "'flash.wait_states' is not KEY=VALUE"),
        ("fw.elf --board generic_m4 --set flash.wait_states=two", "flash.wait_states cannot be 'two'"),
        ("fw.elf --board generic_m4 --set flash.wait_states=²", "flash.wait_states cannot be '²'"),
        ("fw.elf --board generic_m4 --set flash.prefetch=maybe", "--set flash.prefetch=on or --set"),
        ("fw.elf --board generic_m4 --without cache", "it knows prefetch, instruction-cache, data-cache"),
        (
            "fw.elf --board generic_m4 --without prefetch --set flash.prefetch=on",
            "flash.prefetch is set twice",
        ),
        ("fw.elf --board generic_m4 --ignore flash", "the stalls are load-use, "),
        ("fw.elf --board generic_m4 --ignore issue", "there is no stall 'issue' to ignore"),
        ("fw.elf --board generic_m4 --json fw.elf", "is a file that this run reads"),
        ("fw.elf --board generic_m4 --json no/r.json", "cannot write 'no/r.json'"),
        ("fw.elf --board generic_m4 --json .", "is a folder"),
        ("fw.elf --board generic_m4 --output x=fw.elf", "is a file that this run reads"),
        ("fw.elf --board generic_m4 --output x=r --json r", "both write 'r'"),
        ("fw.elf --board generic_m4 --uart-out fw.elf", "--uart-out: 'fw.elf' is a file that this run reads"),
        ("fw.elf --board generic_m4 --pin PA5 --vcd fw.elf", "--vcd: 'fw.elf' is a file that this run reads"),
        ("fw.elf --board generic_m4 --uart-in @fw.elf --json ./fw.elf", "is a file that this run reads"),
        ("fw.elf --board generic_m4 --uart-in @said.txt --uart-out said.txt", "a file that this run reads"),
        ("fw.elf --board generic_m4 --svd said.txt --json said.txt", "a file that this run reads"),
        ("fw.elf --board generic_m4 --pin PA5 --vcd r --json r", "--vcd and --json both write 'r'"),
        ("fw.elf --board generic_m4 --uart-out r --json ./r", "--uart-out and --json both write 'r'"),
        ("fw.elf --board generic_m4 --uart-out A=r --uart-out B=r", "writes the same file twice"),
        ("fw.elf --board generic_m4 --pin PA5 --vcd -", "--vcd does not write to standard output"),
        ("fw.elf --board generic_m4 --feed ADC1", "'ADC1' is not CHANNEL=FILE, for example ADC1=samples.npy"),
        ("fw.elf --board generic_m4 --inference=", "argument --inference: the name is empty"),
        ("fw.elf --board generic_m4 --bogus", "unrecognized arguments: --bogus"),
        ("fw.elf --board generic_m4 --boar x", "unrecognized arguments: --boar x"),
        ("fw.elf fw2.elf --board generic_m4", "unrecognized arguments: fw2.elf"),
        ("digits_cnn --board mine", "no build of sample 'digits_cnn' for a board called 'mine'"),
    ],
)
def test_wrong_options_are_explained_and_nothing_runs(session, elf, capsys, options, message):
    """Exit code 2, one message with a remedy, no traceback, and no time lost on a run."""
    elf.with_name("said.txt").write_text("infer")

    assert main(["run", *options.split()]) == 2

    out, err = capsys.readouterr()
    assert err.startswith("mcusim: error: ")
    assert message in err
    assert "fix: " in err
    assert "Traceback" not in err
    assert out == ""
    assert session.requests == []


def test_an_error_of_the_session_is_shown_with_its_exit_code(session, elf, capsys):
    session.error = FirmwareFileError(
        "this is an AArch64 Linux executable", where="fw.elf", fix="build it for Cortex-M"
    )

    assert main(["run", "fw.elf", "--board", "generic_m4"]) == 2
    assert capsys.readouterr().err == (
        "mcusim: error: this is an AArch64 Linux executable\n  at: fw.elf\n  fix: build it for Cortex-M\n"
    )


def test_a_sample_brings_its_board_and_keeps_its_name(session):
    """`mcusim run digits_cnn` is the first command of the README."""
    assert main(["run", "digits_cnn", "--quiet"]) == 0

    (request,) = session.requests
    assert request.firmware.is_file()
    assert (request.shown_firmware, request.board) == ("digits_cnn", "nucleo_l4r5zi")


def test_a_sample_runs_on_another_of_its_boards(session):
    assert main(["run", "digits_cnn", "--board", "raspberry_pi_pico", "--quiet"]) == 0

    assert session.requests[0].firmware.name == "raspberry_pi_pico.elf"


def test_a_file_wins_over_a_sample_of_its_name(session, elf, tmp_path):
    """Else nobody could run their own firmware called digits_cnn."""
    (tmp_path / "digits_cnn").write_bytes(b"\x7fELF")

    main(["run", "digits_cnn", "--board", "generic_m4", "--quiet"])

    assert session.requests[0].firmware == Path("digits_cnn")
