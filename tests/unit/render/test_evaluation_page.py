"""docs/reference/evaluation-json.md against what `mcusim eval` writes."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from mcusim.report.evaluation import (
    EVALUATION_SCHEMA_VERSION,
    Bin,
    ClassResult,
    Distribution,
    EvaluatedInput,
    Evaluation,
    Quality,
)

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "evaluation-json.md"


@pytest.mark.parametrize("part", [Evaluation, Quality, ClassResult, Distribution, Bin, EvaluatedInput])
def test_the_page_has_every_key(part):
    """The names of the fields are the keys."""
    text = PAGE.read_text(encoding="utf-8")

    assert [] == [each.name for each in fields(part) if f"`{each.name}`" not in text]


def test_the_page_describes_the_schema_that_is_written():
    assert f"schema version {EVALUATION_SCHEMA_VERSION}." in PAGE.read_text(encoding="utf-8")
