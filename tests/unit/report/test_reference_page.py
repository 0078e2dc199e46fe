"""docs/reference/report-json.md against the code: a key that nobody documented is a key that nobody can rely on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mcusim.render.annotation import annotation_json
from mcusim.report.annotation import AnnotatedFile, AnnotatedInstruction, AnnotatedLine, Annotation
from mcusim.report.report import BacktraceFrame, FaultInfo, Poll, StopInfo, UnmodelledRegister
from mcusim.report.serialise import to_json

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "report-json.md"
FREE_KEYS = {"variables", "reasons", "counters", "registers", "peripherals"}
"""Objects whose keys the firmware or the run chooses."""


def keys_of(data: Any) -> set[str]:
    """Every key of every object, but those that are data."""
    if isinstance(data, list):
        return set().union(*map(keys_of, data))
    if not isinstance(data, dict):
        return set()
    return set(data).union(*(keys_of(value) for key, value in data.items() if key not in FREE_KEYS))


@pytest.mark.skipif(not PAGE.exists(), reason="installed without the documentation")
def test_every_key_of_a_report_is_on_its_reference_page(report):
    fault = FaultInfo("", "", 0, (), 0, 0, 0, 0, (), (BacktraceFrame(0, "", ""),), "")
    full = replace(
        report,
        stop=StopInfo("fault", "", 0, 0, fault),
        polls=(Poll(0, 0, 0, 0, ""),),
        unmodelled=(UnmodelledRegister(0, "", 0, 0),),
    )
    page = PAGE.read_text(encoding="utf-8")

    undocumented = {key for key in keys_of(json.loads(to_json(full))) if f"`{key}`" not in page}

    assert undocumented - {"value", "low", "high", "basis"} == set()


@pytest.mark.skipif(not PAGE.exists(), reason="installed without the documentation")
def test_every_key_of_an_annotation_is_in_its_section(report):
    code = AnnotatedInstruction(0, "nop", "f", 1, 1, None, ())
    file = AnnotatedFile("a.c", (), False, 1, (AnnotatedLine(1, 1, 1, None, (), (code,)),))
    data = json.loads(annotation_json(Annotation("run", "", 0, 1, 1, None, (file,), (code,), 0), report))
    page = PAGE.read_text(encoding="utf-8")
    section = page.partition("## mcusim annotate")[2].partition("\n## ")[0]

    of_every_view = {"mcusim_version", "firmware", "board", "core", "clock_hz", "what_if", "stop"}
    undocumented = {key for key in keys_of(data) - keys_of(data["firmware"]) if f"`{key}`" not in section}
    assert undocumented == of_every_view
