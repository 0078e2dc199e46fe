"""A run against its baseline: what differs by more than is let through, and whether that is a failure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from mcusim.analysis.compare import compare
from mcusim.errors import ExitCode, McusimError
from mcusim.pytest_plugin import baseline_file
from mcusim.pytest_plugin.names import make_folder
from mcusim.pytest_plugin.options import FAIL, PASS
from mcusim.pytest_plugin.tolerances import CYCLES, QUANTITIES
from mcusim.report.comparison import NOT_COMPARABLE, Change
from mcusim.report.files import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from mcusim.pytest_plugin.tolerances import Tolerances
    from mcusim.report.comparison import Comparison, Difference, RowChange
    from mcusim.report.quantity import Number
    from mcusim.report.report import Report

SAME, WITHIN, BETTER, WRITTEN, UPDATED = "same", "within", "better", "written", "updated"
_VERSION = "mcusim"


class CheckFailedError(McusimError):
    """A run that is not what a test says it is; the text is all that the user sees."""

    exit_code: ClassVar[ExitCode] = ExitCode.BUDGET_EXCEEDED

    def __init__(
        self, what: str, *, where: str = "", fix: str = "", delta_cycles: Number | None = None
    ) -> None:
        super().__init__(what, where=where, fix=fix)
        self.delta_cycles = delta_cycles
        """Against the baseline; None: not compared."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A baseline check that did not fail."""

    status: str
    """SAME, WITHIN the tolerances, BETTER and let through, WRITTEN because it was missing, UPDATED."""
    comparison: Comparison | None = None
    """With the old baseline; None: there was none that could be read."""


@dataclass(frozen=True, slots=True)
class Excess:
    """What a run differs in by more than is let through."""

    comparison: Comparison
    totals: tuple[Change, ...]
    layers: tuple[RowChange, ...]
    kernels: tuple[RowChange, ...]

    @property
    def is_empty(self) -> bool:
        """Everything is within its tolerance."""
        return not (self.totals or self.layers or self.kernels)

    @property
    def is_better(self) -> bool:
        """Nothing of the whole and no layer got worse. A kernel that grew may be part of what made the rest shrink."""
        return all((each.delta or 0) < 0 for each in self.totals) and all(
            each.delta_cycles < 0 for each in self.layers
        )


@dataclass(frozen=True, slots=True)
class Baseline:
    """One baseline and how it is to be treated."""

    path: Path
    label: str
    """The path as messages show it."""
    update: str
    """"all", "new" or empty."""
    better: str
    command: str
    """What writes it, for messages."""
    tolerances: Tolerances = field(repr=False)

    def check(self, report: Report) -> Verdict:
        """Compare, or write.

        Raises:
            CheckFailedError: it is missing, for other conditions, or the numbers are others.
            DataFileError: it is damaged or of a newer mcusim.
            UsageError: it cannot be written.
        """
        if self.update == "all" or (self.update == "new" and not self.path.exists()):
            return self._written(report)
        if not self.path.exists():
            raise CheckFailedError(
                "no baseline yet", where=self.label, fix=f"write it, look at it, commit it: {self.command}"
            )
        return self._judged(baseline_file.load(self.path), report)

    def _written(self, report: Report) -> Verdict:
        text = baseline_file.to_text(report).encode()
        is_new = not self.path.exists()
        if not is_new and self.path.read_bytes() == text:
            return Verdict(SAME, compare(baseline_file.condensed(report), baseline_file.condensed(report)))
        comparison = None if is_new else self._old_comparison(report)
        make_folder(self.path.parent, "--mcusim-update")
        write_whole(self.path, text, option="--mcusim-update")
        return Verdict(WRITTEN if is_new else UPDATED, comparison)

    def _old_comparison(self, report: Report) -> Comparison | None:
        """With what is about to be replaced, which may be damaged: that is why one writes it again."""
        try:
            return compare(baseline_file.load(self.path), baseline_file.condensed(report))
        except McusimError:
            return None

    def _judged(self, old: Report, report: Report) -> Verdict:
        from mcusim.pytest_plugin.failure import changed_text, incomparable_text

        comparison = compare(old, baseline_file.condensed(report))
        hard = [each for each in comparison.differences if is_hard(each)]
        if hard:
            raise CheckFailedError(incomparable_text(hard, self))
        found = excess(comparison, _ends(old, report), self.tolerances)
        if found.is_empty:
            is_same = all(each.delta in (0, None) for each in _compared(comparison, ()))
            return Verdict(SAME if is_same else WITHIN, comparison)
        better = self.tolerances.better or self.better
        if found.is_better and better == PASS:
            return Verdict(BETTER, comparison)
        text = changed_text(found, self, is_refused_gain=found.is_better and better == FAIL)
        raise CheckFailedError(text, delta_cycles=comparison.total(CYCLES).delta)


def is_hard(difference: Difference) -> bool:
    """It makes the numbers incomparable. Another mcusim may well count the same: then there is nothing to say."""
    return difference.severity == NOT_COMPARABLE and difference.kind != _VERSION


def excess(comparison: Comparison, ends: tuple[Change, ...], tolerances: Tolerances) -> Excess:
    """What differs by more than the tolerances; `ends` are the shortest and the longest call."""
    totals = tuple(
        each for each in _compared(comparison, ends) if not _is_allowed(each, _quantity(each), tolerances)
    )
    allowed = tolerances.of(CYCLES)
    if allowed is None:
        return Excess(comparison, totals, (), ())
    layers, kernels = (
        tuple(each for each in rows if not allowed.allows(each.old_cycles, each.new_cycles))
        for rows in (comparison.layers, comparison.kernels)
    )
    return Excess(comparison, totals, layers, kernels)


def _compared(comparison: Comparison, ends: tuple[Change, ...]) -> tuple[Change, ...]:
    return (*(each for each in comparison.totals if each.name in QUANTITIES), *ends)


def _quantity(change: Change) -> str:
    return CYCLES if change.name.startswith(CYCLES) else change.name


def _ends(old: Report, new: Report) -> tuple[Change, ...]:
    one, other = old.inference, new.inference
    return (
        Change("cycles_min", "cycles", one.min_cycles, other.min_cycles),
        Change("cycles_max", "cycles", one.max_cycles, other.max_cycles),
    )


def _is_allowed(change: Change, name: str, tolerances: Tolerances) -> bool:
    tolerance = tolerances.of(name)
    if tolerance is None:
        return True
    if change.old is None or change.new is None:
        return change.old is change.new
    # tolerances are in the quantity's own unit, changes in SI units
    scale = {"latency_ms": 1e3, "energy_uj": 1e6}.get(name, 1)
    return tolerance.allows(change.old * scale, change.new * scale)
