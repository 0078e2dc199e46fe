"""`mcusim annotate` on a recording of the bundled sample."""

from __future__ import annotations

import json

import pytest

from mcusim.cli.main import main
from mcusim.recorded.store import load, to_bytes
from mcusim.shipped import shipped_dir
from mcusim.units import grouped

SOURCES = shipped_dir("firmware_samples")


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    path = tmp_path_factory.mktemp("recording") / "run.mcusim"
    assert main(["run", "digits_cnn", "-o", str(path), "--quiet"]) == 0
    return path


@pytest.fixture(scope="module")
def shared(recording):
    """Without the text of its sources."""
    path = recording.with_name("shared.mcusim")
    path.write_bytes(to_bytes(load(recording).without_source_texts()))
    return path


def test_a_function_shows_its_source_with_costs(recording, capsys):
    """The loop over the values of a row is in softmax_s8.c."""
    assert main(["annotate", str(recording), "softmax_s8"]) == 0

    shown = capsys.readouterr().out
    (cost,) = [each for each in load(recording).report.functions if each.name == "softmax_s8"]
    assert f"softmax_s8: 10 calls, {grouped(cost.self_cycles)} cycles of its own" in shown
    assert "for (int32_t i = 0; i < count; ++i) {" in shown
    assert "load-use" in shown


def test_a_file_and_the_dearest_lines_of_a_run_are_shown(recording, capsys):
    assert main(["annotate", str(recording), "--file", "softmax_s8.c"]) == 0
    assert "softmax_largest(const int8_t *in, int32_t count)" in capsys.readouterr().out

    assert main(["annotate", str(recording), "--hot", "1"]) == 0
    shown = capsys.readouterr().out
    assert "mac_rows_4_columns.c" in shown  # half of all cycles, and one statement of assembler
    assert " more lines: " in shown


def test_a_recording_without_text_shows_instructions_until_it_is_told_where_the_sources_are(shared, capsys):
    main(["annotate", str(shared), "softmax_s8"])
    without = capsys.readouterr().out
    main(["annotate", str(shared), "softmax_s8", "--source-dir", str(SOURCES / "common")])
    found = capsys.readouterr().out

    assert "its text is not known" in without
    assert "softmax_largest(" not in without
    assert "ldrsb" in without
    assert "its text is not known" not in found
    assert "softmax_largest(" in found


def test_json_holds_everything_and_the_text_goes_to_a_file(recording, tmp_path, capsys):
    data, text = tmp_path / "a.json", tmp_path / "a.txt"

    assert (
        main(["annotate", str(recording), "softmax_s8", "--asm", "--json", str(data), "-o", str(text)]) == 0
    )

    assert capsys.readouterr().out == ""
    found = json.loads(data.read_text(encoding="utf-8"))
    lines = sum(each["cycles"] for file in found["files"] for each in file["lines"])
    assert found["cycles"] == lines > 0
    assert "ldrsb" in text.read_text(encoding="utf-8")


def test_a_firmware_is_run_first(capsys):
    assert main(["annotate", "digits_cnn", "softmax_s8", "--board", "generic_m4", "--quiet"]) == 0

    assert "softmax_s8.c" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["nothing_like_it"], "no function in this run called 'nothing_like_it'"),
        (["softmax_s8", "--file", "a.c"], "FUNCTION and --file exclude each other"),
        (["--file", "a.c"], "no source file in this run called 'a.c'"),
        (["--hot", "0"], "--hot"),
        (["--source-dir", "nowhere"], "there is no folder 'nowhere'"),
        (["softmax_s8", "--clock", "80MHz"], "nothing runs"),
        (["-o", "x", "--json", "x"], "-o and --json both write 'x'"),
    ],
)
def test_wrong_input_is_refused(recording, options, message, capsys):
    assert main(["annotate", str(recording), *options]) == 2
    assert message in capsys.readouterr().err
