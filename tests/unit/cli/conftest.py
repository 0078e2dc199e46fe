"""A fake session, so that the command line is tested without an emulator."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from mcusim.report.report import StopInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.recorded.run import RecordedRun
    from mcusim.report.report import Report
    from mcusim.report.request import Progress, RunRequest


class FakeSession:
    """Stands in for mcusim.session: remembers the request and answers with a report or an error."""

    def __init__(self, run: RecordedRun) -> None:
        self.run, self.report = run, run.report
        self.error: BaseException | None = None
        self.requests: list[RunRequest] = []

    def stop_with(self, reason: str) -> None:
        """Answer with a report of a run that ended so."""
        self.report = replace(self.report, stop=StopInfo(reason, "", 0, 0, None))

    def measure(self, request: RunRequest, progress: Callable[[Progress], None] | None = None) -> Report:
        """What mcusim.session.measure promises."""
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        return self.report

    def recorded(
        self, request: RunRequest, progress: Callable[[Progress], None] | None = None
    ) -> RecordedRun:
        """What mcusim.session.recorded promises."""
        return replace(self.run, report=self.measure(request, progress))


@pytest.fixture
def session(monkeypatch, recorded_run) -> FakeSession:
    """The fake, in the place of mcusim.session."""
    fake = FakeSession(recorded_run)
    module = ModuleType("mcusim.session")
    module.measure = fake.measure  # type: ignore[attr-defined]
    module.recorded = fake.recorded  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mcusim.session", module)
    return fake


@pytest.fixture
def elf(tmp_path, monkeypatch):
    """A firmware file called fw.elf in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "fw.elf"
    path.write_bytes(b"\x7fELF")
    return path
