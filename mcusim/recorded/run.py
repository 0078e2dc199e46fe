"""One run with all that its views need: what happened, what it means, and where its code came from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from mcusim.recorded.conditions import RunConditions
from mcusim.recording.recording import Recording
from mcusim.report.history import History
from mcusim.report.profile import Profile
from mcusim.report.report import Report
from mcusim.report.source_line import SourceLines


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """What `mcusim run -o FILE` stores and every view reads."""

    recording: Recording
    report: Report
    profile: Profile
    history: History
    sources: SourceLines = field(default_factory=SourceLines)
    conditions: RunConditions | None = None
    """What it was asked for; None: it was not made by a request."""

    def without_source_texts(self) -> RecordedRun:
        """The same run without what its source files say; their names and lines stay."""
        texts = tuple("" for _ in self.sources.files)
        return replace(self, sources=replace(self.sources, texts=texts))
