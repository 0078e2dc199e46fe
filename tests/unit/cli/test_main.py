"""The command as a whole: help, errors, bugs, interruption, broken pipes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mcusim import __version__
from mcusim.cli.command import print_text
from mcusim.cli.main import main
from mcusim.cli.progress import ProgressLine, progress_words
from mcusim.report.request import Progress

RUN = ["run", "fw.elf", "--board", "generic_m4"]
HEAVY = {"unicorn", "capstone", "elftools", "numpy", "rich", "mcusim.session", "mcusim.machine"}


@pytest.mark.parametrize(
    "options", [["--help"], ["run", "--help"], ["boards", "--help"], ["samples", "--help"]]
)
def test_help_is_printed_and_the_exit_code_is_0(options, capsys):
    with pytest.raises(SystemExit) as caught:
        main(options)

    assert caught.value.code == 0
    assert "usage: mcusim" in capsys.readouterr().out


def test_the_version_is_the_packages(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])

    assert capsys.readouterr().out == f"mcusim {__version__}\n"


def test_help_imports_nothing_heavy():
    """`mcusim --help` answers at once: imports are what would make it slow."""
    code = "import sys, mcusim.cli.main; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert HEAVY & set(done.stdout.split()) == set()


@pytest.mark.parametrize("argv", [[], ["fly"], ["boards", "nope"], ["boards", "a", "b", "c"]])
def test_a_wrong_command_line_is_exit_code_2_with_a_remedy(argv, capsys):
    assert main(argv) == 2

    err = capsys.readouterr().err
    assert err.startswith("mcusim: error: ")
    assert "fix: " in err


def test_a_bug_is_called_a_bug_and_shows_no_traceback(session, elf, capsys, monkeypatch):
    monkeypatch.delenv("MCUSIM_DEBUG", raising=False)
    session.error = ZeroDivisionError("division by zero")

    assert main(RUN) == 70

    err = capsys.readouterr().err
    assert "internal error: ZeroDivisionError: division by zero" in err
    assert f"This is a bug in mcusim {__version__}" in err
    assert "MCUSIM_DEBUG=1" in err
    assert "Traceback" not in err


def test_a_developer_gets_the_traceback(session, elf, monkeypatch):
    monkeypatch.setenv("MCUSIM_DEBUG", "1")
    session.error = ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError):
        main(RUN)


def test_ctrl_c_ends_quietly_with_130(session, elf, capsys):
    session.error = KeyboardInterrupt()

    assert main(RUN) == 130
    assert capsys.readouterr().err == "mcusim: interrupted\n"


def test_a_reader_that_has_gone_is_no_error():
    """`mcusim boards | head -0`: nothing on standard error, no traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "mcusim", "boards"], stdout=pipe, stderr=subprocess.PIPE, check=False
        )

    assert (done.returncode, done.stderr) == (141, b"")


def test_a_closed_standard_output_is_no_bug():
    """As `mcusim boards >&-` in a shell."""
    done = subprocess.run(
        ["/bin/sh", "-c", '"$0" -m mcusim boards >&-', sys.executable],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_full_disk_behind_standard_output_is_no_bug():
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mcusim", "boards"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )

    assert done.returncode == 2
    assert "mcusim: error: cannot write standard output" in done.stderr
    assert "No space left" in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_missing_library_is_named_with_its_remedy(session, elf, capsys):
    session.error = ModuleNotFoundError("No module named 'jinja2'", name="jinja2")

    assert main(RUN) == 2
    error = capsys.readouterr().err
    assert "the library 'jinja2' is missing" in error
    assert "pip install" in error


def test_a_missing_module_of_our_own_is_our_bug(session, elf, capsys):
    session.error = ModuleNotFoundError("No module named 'mcusim.x'", name="mcusim.x")

    assert main(RUN) == 70
    assert "This is a bug in mcusim" in capsys.readouterr().err


def test_a_narrow_encoding_gets_readable_replacements(monkeypatch):
    """A Windows console or LANG=C cannot show ± and µ."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)

    print_text("5 µs ±7 % ██▌\n")
    stream.flush()

    assert stream.buffer.getvalue() == b"5 us +/-7 % ##\n"  # type: ignore[attr-defined]


def test_progress_shows_simulated_time_and_speed():
    """0.25 s simulated, 40 M cycles, 30 M instructions in 2 s of host time."""
    words = progress_words(Progress(0.25, 40_000_000, 30_000_000, 2.0))

    assert words == "250 ms simulated, 40.0 Mcycles, 15.0 Minstructions/s"


def test_the_progress_line_goes_to_standard_error_only(capsys):
    with ProgressLine("fw.elf") as line:
        line(Progress(0.25, 40_000_000, 30_000_000, 2.0))

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("value", ["-1V", "-1", "-.5V"])
def test_a_negative_value_with_a_unit_reaches_the_check_of_its_option(session, elf, capsys, value):
    assert main([*RUN, "--supply", value]) == 2

    assert "--supply must be above zero" in capsys.readouterr().err


def test_a_negative_temperature_with_a_unit_is_a_value(session, elf):
    assert main([*RUN, "--temperature", "-20C"]) == 0

    assert session.requests[0].temp_c == -20.0


def test_what_follows_a_double_dash_is_left_alone(session, elf, capsys):
    """It is a name then."""
    assert main(["boards", "--", "-5s"]) == 2

    assert "no board called '-5s'" in capsys.readouterr().err


def test_an_empty_power_model_is_not_taken_for_the_board_s(session, elf, capsys):
    assert main([*RUN, "--power-model", ""]) == 2

    assert "--power-model needs a name" in capsys.readouterr().err
