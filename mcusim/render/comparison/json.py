"""A comparison as JSON for programs; keys: docs/reference/compare-json.md."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.report.change_limit import Exceeded
    from mcusim.report.comparison import Change, Comparison, RowChange, SectionChange

SCHEMA_VERSION = 1


def comparison_json(comparison: Comparison, passed: Sequence[Exceeded] = ()) -> str:
    """The whole comparison, rows that did not change included, with a newline at the end."""
    data = {
        "schema": SCHEMA_VERSION,
        "is_comparable": comparison.is_comparable,
        "is_unchanged": comparison.is_unchanged,
        "old": asdict(comparison.old),
        "new": asdict(comparison.new),
        "differences": [asdict(each) for each in comparison.differences],
        "totals": [_change(each) for each in comparison.totals],
        "layers": [_row(each) for each in comparison.layers],
        "kernels": [_row(each) for each in comparison.kernels],
        "functions": [_row(each) for each in comparison.functions],
        "contexts": [_row(each) for each in comparison.contexts],
        "reasons": [_change(each) for each in comparison.reasons],
        "sections": [_section(each) for each in comparison.sections],
        "exceeded": [
            {"limit": each.limit.text, "name": each.row.name if each.row else "", **_change(each.change)}
            | ({"name": each.row.name} if each.row else {})
            for each in passed
        ],
    }
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _change(change: Change) -> dict[str, Any]:
    data: dict[str, Any] = {
        "name": change.name,
        "unit": change.unit,
        "old": change.old,
        "new": change.new,
        "delta": change.delta,
        "ratio": change.ratio,
    }
    band = change.delta_band
    if band is not None:
        data["delta_band"] = asdict(band)
    return data


def _row(row: RowChange) -> dict[str, Any]:
    data = asdict(row)
    data["delta_cycles"], data["ratio"] = row.delta_cycles, row.ratio
    data["reasons"] = {
        each.name: {"old": each.old, "new": each.new, "delta": each.delta} for each in row.reasons
    }
    return data


def _section(section: SectionChange) -> dict[str, Any]:
    return {**asdict(section), "delta_bytes": section.delta_bytes}
