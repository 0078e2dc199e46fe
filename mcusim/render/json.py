"""The report as JSON, for programs; docs/reference/report-json.md explains the keys."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from mcusim.report.serialise import to_json

if TYPE_CHECKING:
    from mcusim.recorded.run import RecordedRun
    from mcusim.report.report import Report


def run_head(report: Report) -> dict[str, Any]:
    """What was run, for JSON objects about a part of the run."""
    return {
        "mcusim_version": report.mcusim_version,
        "firmware": asdict(report.firmware),
        "board": report.board,
        "core": report.core,
        "clock_hz": report.clock_hz,
        "what_if": list(report.what_if),
        "stop": report.stop.reason,
    }


class JsonRenderer:
    """One JSON object, schema version 1."""

    name: ClassVar[str] = "json"
    suffix: ClassVar[str] = ".json"

    def render(self, report: Report) -> bytes:
        """The report as UTF-8 JSON text."""
        return to_json(report).encode("utf-8", errors="backslashreplace")


def render(run: RecordedRun) -> bytes:
    """The report of a recorded run."""
    return JsonRenderer().render(run.report)
