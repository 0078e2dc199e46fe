"""The views of one stored recording, compared byte by byte: a change must be meant and be seen in review.

`pytest tests/golden --regen` rewrites the files.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mcusim.analysis.annotate import annotate_function
from mcusim.recorded.store import from_bytes, to_bytes
from mcusim.render.annotation import Shown, annotation_json, annotation_text
from mcusim.render.formats import rendered
from mcusim.report.request import RunRequest
from mcusim.session import recorded
from mcusim.shipped import shipped_dir

FOLDER = Path(__file__).parent / "views"
FORMATS = {"text": "report.txt", "json": "report.json", "csv": "report.csv", "markdown": "report.md"}
FUNCTION = "fully_connected_s8"


@pytest.fixture(scope="module")
def run():
    """The sample as it comes out of a file, without what the next version or another checkout changes."""
    elf = shipped_dir("firmware_samples") / "digits_cnn" / "nucleo_l4r5zi.elf"
    run = recorded(RunRequest(elf, "nucleo_l4r5zi", firmware_label="digits_cnn"))
    report = replace(run.report, mcusim_version="0.0.0")
    return from_bytes(to_bytes(replace(run, report=report)))


def check(name: str, data: bytes, request: pytest.FixtureRequest) -> None:
    path = FOLDER / name
    if request.config.getoption("--regen"):
        path.write_bytes(data)
    assert path.read_bytes().decode() == data.decode()


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_view_is_that_of_its_golden_file(format_name, run, request):
    check(FORMATS[format_name], rendered(run, format_name), request)


def test_an_annotation_is_that_of_its_golden_files(run, request):
    annotation = annotate_function(run, FUNCTION)
    text = annotation_text(annotation, run.report, Shown(has_disassembly=True))

    check("annotation.txt", text.encode(), request)
    check("annotation.json", annotation_json(annotation, run.report).encode(), request)


def test_every_golden_file_belongs_to_a_view():
    """A file that nothing compares with would rot."""
    assert {*FORMATS.values(), "annotation.txt", "annotation.json"} == {
        each.name for each in FOLDER.iterdir()
    }
