"""Runs firmware from listings through the whole simulator: ELF file, board file, machine, recording, report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mcusim.board.load import load_board
from mcusim.cli.main import main
from mcusim.firmware.elf import load_image
from mcusim.machine.fit import check_fit, placed_on
from mcusim.recording.recording import Recording
from mcusim.report.request import RunRequest
from mcusim.session import simulate
from tests.machine.firmware import Firmware

Run = Callable[..., Recording]
BOARDS = {
    "cortex-m0": "generic_m0",
    "cortex-m3": "generic_m3",
    "cortex-m4": "generic_m4",
    "cortex-m7": "generic_m7",
    "cortex-m33": "generic_m33",
}


def recorded(path: Path, board_name: str, **options: object) -> Recording:
    """What happens when the ELF file at `path` runs."""
    request = RunRequest(path, board_name, **options)  # type: ignore[arg-type]
    board = load_board(board_name)
    image = placed_on(load_image(path), board.chip)
    check_fit(image, board)
    return simulate(request, board, image)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """run(firmware, board="", **options of RunRequest) -> Recording, on the ideal board of its core by default."""

    def run_firmware(firmware: Firmware, board: str = "", **options: object) -> Recording:
        path = tmp_path / "firmware.elf"
        path.write_bytes(firmware.elf())
        if "max_cycles" not in options:
            options.setdefault("max_seconds", 2.0)  # a test whose firmware hangs must not hang
        return recorded(path, board or BOARDS[firmware.core], **options)

    return run_firmware


@pytest.fixture
def run_command(tmp_path: Path) -> Callable[..., tuple[int, dict[str, object]]]:
    """run_command(firmware, *options) -> exit code and JSON report of `mcusim run`."""

    def run_cli(firmware: Firmware, *options: str) -> tuple[int, dict[str, object]]:
        path, report = tmp_path / "firmware.elf", tmp_path / "report.json"
        path.write_bytes(firmware.elf())
        board = BOARDS[firmware.core]
        code = main(["run", str(path), "--board", board, "--quiet", "--json", str(report), *options])
        return code, json.loads(report.read_text())

    return run_cli
