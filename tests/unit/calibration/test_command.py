"""The command line of mcusim calibrate, on the bundled sample."""

from __future__ import annotations

import json
from argparse import ArgumentTypeError

import pytest

from mcusim.calibration.timing import modelled_cycles
from mcusim.cli.calibrate import name_and_time, window_s
from mcusim.cli.main import main
from tests.trace_factory import Bench


@pytest.fixture
def calibrate(sample_request, capsys):
    """Exit code, what is printed, and the complaint."""

    def run(*words):
        code = main(["calibrate", str(sample_request.firmware), "--board", "nucleo_l4r5zi", *map(str, words)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_a_trace_becomes_one_page_a_model_a_picture_and_json(calibrate, sample_run, ppk2, tmp_path):
    model, plot, found = tmp_path / "mine.toml", tmp_path / "trace.svg", tmp_path / "found.json"
    trace = ppk2(Bench(length_s=sample_run.report.inference.latency_s, noise_a=0.0005))

    code, out, err = calibrate(
        "--trace", trace, "--trace-supply", "3.0V", "-o", model, "--plot", plot, "--json", found
    )

    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, (line for line in lines if str(tmp_path) not in line and ".elf" not in line))) <= 80
    assert len(lines) <= 40
    assert "20 of 20 windows are calls of mcusim_infer" in " ".join(out.split())
    assert "21.2 mA" in out
    assert plot.read_bytes().startswith(b"<?xml")
    data = json.loads(found.read_text(encoding="utf-8"))
    assert data["states"][0]["after_a"] == pytest.approx(0.0212, rel=0.005)
    assert data["model_path"] == str(model)

    assert main(["run", "digits_cnn", "--power-model", str(model), "--quiet"]) == 0


def test_times_of_pins_are_compared_and_where_nothing_fits_no_file_is_written(
    calibrate, sample_run, tmp_path
):
    timing = tmp_path / "mine.toml"
    time_us = 1e6 * sample_run.report.inference.latency_s

    code, out, err = calibrate("--pin-time", f"inference={time_us:.3f}us", "-o", timing)

    assert (code, err) == (2, "")  # a script that goes on with the file must stop
    assert "Not written: the model meets the measurements: there is nothing to fit" in out
    assert not timing.exists()
    assert calibrate("--pin-time", f"inference={time_us:.3f}us")[0] == 0


def test_a_timing_file_that_a_run_would_refuse_is_not_written(calibrate, sample_run, tmp_path):
    """Both functions 2.9 times as fast as modelled: no wait state can take that away."""
    timing, cycles = tmp_path / "mine.toml", tmp_path / "cycles.csv"
    rows = {
        "inference": modelled_cycles(sample_run.report, "inference") / 2.9,
        "conv_2d_s8": modelled_cycles(sample_run.report, "conv_2d_s8") / 2.9,
    }
    cycles.write_text(
        "name,cycles\n" + "".join(f"{name},{value:.0f}\n" for name, value in rows.items()), encoding="utf-8"
    )

    code, out, _ = calibrate("--cycles", cycles, "-o", timing)

    assert code == 2
    assert "Not written:" in out
    assert "e+" not in out
    assert not timing.exists()
    assert "not written:" in calibrate("--cycles", cycles, "-o", timing, "--quiet")[2]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "nothing was measured"),
        (("--trace", "a.csv", "--cycles", "b.csv"), "a trace and cycles at once"),
        (("--trace", "a.csv", "-o", "model.txt"), "end in .toml"),
        (("--pin-time", "inference=6ms", "--plot", "a.png"), "--plot needs a trace"),
        (("--trace", "a.csv", "--plot", "a.gif"), ".png, .svg or .pdf"),
        (("--trace", "lost.csv"), "cannot read the trace"),
        (("--cycles", "lost.csv"), "cannot read the measurements"),
        (("--pin-time", "f=1ms", "--pin-time", "f=2ms"), "measured twice"),
    ],
)
def test_a_wrong_command_line_is_named(calibrate, words, complaint):
    code, out, err = calibrate(*words)

    assert (code, out) == (2, "")
    assert complaint in err
    assert "fix:" in err


def test_a_result_never_overwrites_the_measurement(calibrate, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text("name,cycles\ninference,227062\n", encoding="utf-8")

    code, _, err = calibrate("--cycles", path, "-o", path)

    assert code == 2
    assert "destroy your input" in err


@pytest.mark.parametrize(
    ("text", "window"),
    [("1.2s..4.5s", (1.2, 4.5)), ("100ms..", (0.1, float("inf"))), ("..2", (float("-inf"), 2.0))],
)
def test_a_window_has_a_begin_and_an_end(text, window):
    assert window == window_s(text)


@pytest.mark.parametrize("text", ["5s", "5s..1s", "x..y"])
def test_a_window_that_is_none_is_refused(text):
    with pytest.raises(ArgumentTypeError):
        window_s(text)


def test_a_pin_time_has_a_name_and_a_time():
    assert name_and_time("inference=6.42ms") == ("inference", pytest.approx(0.00642))
    for text in ("6.42ms", "=6ms", "f=0s", "f=six"):
        with pytest.raises(ArgumentTypeError):
            name_and_time(text)
