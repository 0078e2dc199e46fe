"""The cycles and bytes of the sample's reports, compared exactly: a change must be meant and be seen in review.

`pytest tests/golden --regen` rewrites the files.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcusim.render.json import JsonRenderer
from mcusim.report.request import RunRequest
from mcusim.session import measure
from mcusim.shipped import shipped_dir

FOLDER = Path(__file__).parent
SAMPLE = shipped_dir("firmware_samples") / "digits_cnn"
RUNS = (
    ("nucleo_l4r5zi.elf", "nucleo_l4r5zi"),
    ("raspberry_pi_pico.elf", "raspberry_pi_pico"),
    ("generic_m4.elf", "generic_m4"),
    ("generic_m3.elf", "generic_m3"),
    ("generic_m0plus.elf", "generic_m0plus"),
    ("generic_m0plus.elf", "generic_m0"),
)
"""One of each kind; tests/unit/samples/test_every_board.py runs the sample on every board."""


def numbers_of(report: dict) -> dict:
    """Totals, inference, RAM, flash and the cycles of every function: all that must not drift."""
    inference = report["inference"]
    return {
        "totals": {key: value for key, value in report["totals"].items() if isinstance(value, int)},
        "inference": {
            key: inference[key] for key in ("function", "count", "cycles", "cycles_min", "cycles_max")
        },
        "ram": {key: value for key, value in report["ram"].items() if isinstance(value, int)},
        "flash": report["flash"]["used_bytes"],
        "functions": {
            each["name"]: [each["calls"], each["self_cycles"], each["inclusive_cycles"]]
            for each in report["functions"]
        },
        "stop": report["stop"]["reason"],
    }


@pytest.mark.parametrize(("file", "board"), RUNS, ids=[f"{file} on {board}" for file, board in RUNS])
def test_the_numbers_of_a_report_are_those_of_its_golden_file(file, board, request):
    golden = FOLDER / f"{Path(file).stem}_on_{board}.json"
    report = measure(RunRequest(SAMPLE / file, board))
    actual = numbers_of(json.loads(JsonRenderer().render(report)))
    if request.config.getoption("--regen"):
        golden.write_text(json.dumps(actual, indent=1) + "\n", encoding="utf-8")

    assert json.loads(golden.read_text(encoding="utf-8")) == actual


def test_every_golden_file_belongs_to_a_run():
    """A file that no run compares with would rot."""
    expected = {f"{Path(file).stem}_on_{board}.json" for file, board in RUNS}

    assert expected == {path.name for path in FOLDER.glob("*.json")}
