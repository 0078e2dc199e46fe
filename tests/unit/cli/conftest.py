"""A fake session, so that the command line is tested without an emulator."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from mcusim.report.report import Report, StopInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.report.request import Progress, RunRequest


class FakeSession:
    """Stands in for mcusim.session: remembers the request and answers with a report or an error."""

    def __init__(self, report: Report) -> None:
        self.report = report
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


@pytest.fixture
def session(monkeypatch, report) -> FakeSession:
    """The fake, in the place of mcusim.session."""
    fake = FakeSession(report)
    module = ModuleType("mcusim.session")
    module.measure = fake.measure  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mcusim.session", module)
    return fake


@pytest.fixture
def elf(tmp_path, monkeypatch):
    """A firmware file called fw.elf in the current folder."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "fw.elf"
    path.write_bytes(b"\x7fELF")
    return path
