"""Every board runs a build of the sample for its core, and the network sees the same digits there."""

from __future__ import annotations

import json
import tomllib

import pytest

from mcusim.board.load import board_names, load_board
from mcusim.firmware.samples import find_sample
from mcusim.report.request import RunRequest
from mcusim.session import measure
from mcusim.shipped import shipped_dir

SAMPLE = shipped_dir("firmware_samples") / "digits_cnn"
RECIPE = tomllib.loads((SAMPLE / "sample.toml").read_text(encoding="utf-8"))
ROWS = [(board, row) for row in RECIPE["elf"] for board in row["boards"]]
RUNS_TO_THE_END_S = 100.0
"""Simulated seconds: the slowest chip after reset, the 1 MHz SAMD21, takes 17 s."""


def test_there_is_a_build_for_every_board_and_one_only():
    assert list(board_names()) == sorted(board for board, _ in ROWS)


def test_a_build_is_for_the_core_of_its_boards():
    """A Cortex-M0 has the instructions of a Cortex-M0+ (ARMv6-M)."""
    cores = {board: load_board(board).chip.core.replace("cortex-m0plus", "cortex-m0") for board, _ in ROWS}

    assert cores == {board: row["core"].replace("cortex-m0plus", "cortex-m0") for board, row in ROWS}


@pytest.mark.parametrize("board", [board for board, _ in ROWS])
def test_the_sample_prints_its_predictions_on_this_board(board):
    """expected.json is the reference implementation in Python; the sample's read-me says what it must print."""
    report = measure(
        RunRequest(
            find_sample("digits_cnn").elf_for(board), board, max_seconds=RUNS_TO_THE_END_S, needs_layers=False
        )
    )

    digits = json.loads((SAMPLE / "expected.json").read_text(encoding="utf-8"))["digits"]
    printed = [line.split()[3] for line in report.console.splitlines() if line.startswith("digit")]
    assert [str(each["prediction"]) for each in digits] == printed
    assert RECIPE["measure"]["console"].strip() == report.console.strip()
    assert report.stop.reason in {"exit", "sleep_forever"}
    assert [each for each in report.warnings if "misread" in each] == []
