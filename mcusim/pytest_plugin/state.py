"""What one test did with mcusim, and what of it the terminal, JUnit and Markdown tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.pytest_plugin.check import Verdict
    from mcusim.pytest_plugin.runs import Done
    from mcusim.report.report import Report

Plain = str | int | float | None
"""What xdist can carry from a worker to the process that writes the summary."""


@dataclass(frozen=True, slots=True)
class Row:
    """One run of one test, for the summaries."""

    test: str
    outcome: str
    firmware: str
    board: str
    region: str
    cycles: float | None
    latency_s: float | None
    energy_j: float | None
    peak_ram_bytes: int
    stack_bytes: int
    flash_bytes: int
    simulated_s: float
    host_s: float
    baseline: str
    """A Verdict's status, "failed", or empty: there was no check."""
    delta_cycles: float | None
    """Against the baseline, old or new; None: there was none."""
    headline: str = ""
    """The first line of the failure."""


class State:
    """The runs of one test, in their order, and what became of their baselines."""

    def __init__(self) -> None:
        self.runs: list[Done] = []
        self._verdicts: dict[int, tuple[str, float | None]] = {}
        self._checked_names: set[str] = set()
        self.headline = ""

    def add(self, done: Done) -> None:
        """A run that the test asked for."""
        self.runs.append(done)

    def different_runs(self) -> list[Done]:
        """Without repetitions of the same run."""
        first: dict[int, Done] = {}
        for each in self.runs:
            first.setdefault(id(each.report), each)
        return list(first.values())

    def take_name(self, name: str) -> bool:
        """Whether no other check of this test uses the name."""
        is_free = name not in self._checked_names
        self._checked_names.add(name)
        return is_free

    def note(self, report: Report, verdict: Verdict | None) -> None:
        """How a run's check ended; None: it failed."""
        if verdict is None:
            self._verdicts[id(report)] = ("failed", None)
            return
        comparison = verdict.comparison
        delta = comparison.total("cycles").delta if comparison else None
        self._verdicts[id(report)] = (verdict.status, delta)

    def note_delta(self, report: Report, delta_cycles: float | None) -> None:
        """Of a check that failed."""
        self._verdicts[id(report)] = ("failed", delta_cycles)

    def rows(self, test: str, outcome: str) -> list[Row]:
        """For the summaries, without what is host time elsewhere than in `host_s`."""
        return [self._row(each, test, outcome) for each in self.different_runs()]

    def _row(self, done: Done, test: str, outcome: str) -> Row:
        report, inference = done.report, done.report.inference
        status, delta = self._verdicts.get(id(report), ("", None))
        return Row(
            test=test,
            outcome=outcome,
            firmware=report.firmware.path,
            board=report.board,
            region=inference.function,
            cycles=inference.cycles,
            latency_s=inference.latency_s,
            energy_j=inference.energy_j.value if inference.energy_j else None,
            peak_ram_bytes=report.ram.peak_bytes,
            stack_bytes=report.ram.peak_stack_bytes,
            flash_bytes=report.flash.used_bytes,
            simulated_s=report.totals.time_s,
            host_s=done.host_s,
            baseline=status,
            delta_cycles=delta,
            headline=self.headline,
        )
