"""`mcusim explain` on the bundled sample."""

from __future__ import annotations

import json
import re

import pytest

from mcusim.cli.main import main

_RUN = ["explain", "digits_cnn", "fully_connected_s8", "--board", "nucleo_l4r5zi"]


def test_blocks_and_reasons_are_shown_and_sum_to_the_functions_cycles(tmp_path, capsys):
    target = tmp_path / "why.json"
    assert main([*_RUN, "--json", str(target)]) == 0
    shown = capsys.readouterr().out
    data = json.loads(target.read_text(encoding="utf-8"))

    assert data["self_cycles"] == sum(data["reasons"].values())
    assert data["self_cycles"] == sum(block["cycles"] for block in data["blocks"])
    for block in data["blocks"]:
        cycles = [sum(each["reasons"].values()) for each in block["instructions"]]
        assert block["cycles"] == sum(cycles)
    assert re.search(r"fully_connected_s8 \(\w+\.c\): 10 calls", shown)
    assert re.search(r"^  [0-9a-f]{8} +2\.\d\d  ldr\S* .* load-use 1", shown, re.MULTILINE)
    assert shown.count("times, ") == len(data["blocks"])


def test_hot_shows_only_the_dearest_blocks_and_says_what_it_left_out(capsys):
    assert main([*_RUN, "--hot", "1"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("times, ") == 1
    assert re.search(r"^\d+ more blocks, [\d ]+ cycles$", shown, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["explain", "digits_cnn", "nothing_like_it"], "no symbol called 'nothing_like_it'"),
        ([*_RUN, "--hot", "0"], "--hot must be at least 1"),
        (["explain", "digits_cnn"], "FUNCTION"),
    ],
)
def test_wrong_input_is_refused(words, what, capsys):
    assert main(words) == 2
    assert what in capsys.readouterr().err


def test_a_recording_is_explained_as_its_firmware_is_and_nothing_runs(tmp_path, capsys, monkeypatch):
    recording = str(tmp_path / "run.mcusim")
    main(["run", "digits_cnn", "-o", recording, "--quiet"])
    main(_RUN)
    ran = capsys.readouterr().out
    monkeypatch.setattr("mcusim.session.simulate", None)

    assert main(["explain", recording, "fully_connected_s8"]) == 0
    assert ran == capsys.readouterr().out
    assert main(["explain", recording, "fully_connected_s8", "--clock", "80MHz"]) == 2
    assert "nothing runs" in capsys.readouterr().err
    assert main(["run", recording, "--board", "generic_m4"]) == 2
    assert "is a recording, not a firmware" in capsys.readouterr().err
