"""What changed from one run to another, ready to be shown: conditions, totals, layers, functions; no computing here."""

from __future__ import annotations

from dataclasses import dataclass

from mcusim.report.quantity import Band, Number
from mcusim.report.report import FirmwareId

NOT_COMPARABLE, PARTLY, NOTE = "not_comparable", "partly", "note"
"""Severities: a budget on what it affects is refused; shown as a warning; shown as a remark."""

SAME, CHANGED, RENAMED, SPLIT, MERGED = "same", "changed", "renamed", "split", "merged"
INLINED, OUTLINED, ADDED, REMOVED = "inlined", "outlined", "added", "removed"
"""States of a row. Split: one function became several (clones, .part). Merged: several became one. Inlined: it is
gone, and its caller grew by about as much. Outlined: it is new, and its caller shrank by about as much."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One condition in which the two runs differ."""

    kind: str
    """What `--allow` names: "board", "core", "clock", "supply", "temperature", "power-model", "mcusim", "input",
    "region", "calls", "what-if", "calibration", "flash", "compiler", "model", "stop"."""
    severity: str
    """NOT_COMPARABLE, PARTLY or NOTE."""
    affects: tuple[str, ...]
    """Groups of numbers that it changes by itself: "cycles", "latency", "energy", "ram", "flash"."""
    old: str
    new: str
    """The two conditions in words."""
    text: str
    """A sentence: what differs, and what that means for the comparison."""


@dataclass(frozen=True, slots=True)
class Change:
    """One number before and after; None where a run does not have it."""

    name: str
    """What `--fail-on` calls it: "cycles", "latency_ms" …; a section's or reason's name where it stands for one."""
    unit: str
    """"cycles", "s", "J" or "bytes"."""
    old: Number | None
    new: Number | None
    old_band: Band | None = None
    new_band: Band | None = None
    """Energies carry their bands. See `Comparison` for what they say about a change."""

    @property
    def delta(self) -> Number | None:
        """New minus old; None where one is not known."""
        return None if self.old is None or self.new is None else self.new - self.old

    @property
    def delta_band(self) -> Band | None:
        """The delta if both runs err alike, as runs under one power model do; None without bands."""
        old, new, delta = self.old_band, self.new_band, self.delta
        if old is None or new is None or delta is None:
            return None
        corners = (new.low - old.low, delta, new.high - old.high)
        return Band(delta, min(corners), max(corners), new.basis)

    @property
    def ratio(self) -> float | None:
        """The delta over the old number (0.01: one per cent more); None where there is no such number."""
        delta = self.delta
        if delta is None or not self.old:
            return 0.0 if delta == 0 else None
        return delta / self.old


@dataclass(frozen=True, slots=True)
class Row:
    """What one named thing (a kernel, a function) cost in one run: all that is needed to compare it by name.

    The numbers of two runs must be counted alike: both per call of the measured region, or both over the whole run.
    """

    name: str
    cycles: Number
    """Of its own, without its callees."""
    calls_count: Number = 0
    reasons: tuple[tuple[str, Number], ...] = ()
    """Its cycles by reason; empty: not known."""
    is_reason_scaled: bool = False
    """As in RowChange."""
    energy_j: Band | None = None
    source_file: str = ""
    kind: str = "function"
    """Rows that complete a sum ("sleep", "interrupts" …) match only their own kind."""
    callers: tuple[str, ...] = ()
    callees: tuple[str, ...] = ()
    """Names, where they are known: evidence for what was renamed or inlined."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """One layer, kernel, function or context in both runs. The deltas of a table's rows sum to the total's delta."""

    name: str
    """In the new run; in the old one when it is gone."""
    old_name: str
    """Differs from `name` when it was renamed; empty when it is new."""
    kind: str
    """"function", "layer", "thread" …, or a row that completes the sum."""
    status: str
    old_cycles: Number
    new_cycles: Number
    """0 where the run does not have it."""
    old_calls_count: Number = 0
    new_calls_count: Number = 0
    old_energy_j: Band | None = None
    new_energy_j: Band | None = None
    reasons: tuple[Change, ...] = ()
    """By reason, the largest change first; they sum to the row's delta. Empty where a run does not know them."""
    is_reason_scaled: bool = False
    """The reasons were counted over the whole run and scaled to what was spent in the measured region."""
    note: str = ""
    """"renamed from f", "probably inlined into g", "was f, now f + f.part.0"; empty: nothing to say."""
    source_file: str = ""
    old_index: int = -1
    new_index: int = -1
    """Places of a layer in the two networks; -1: not a layer, or not in that run."""
    operator: str = ""
    kernel: str = ""
    """Of a layer: the function that took most of its time."""

    @property
    def delta_cycles(self) -> Number:
        """New minus old."""
        return self.new_cycles - self.old_cycles

    @property
    def ratio(self) -> float | None:
        """The delta over the old cycles; None where there were none."""
        return self.delta_cycles / self.old_cycles if self.old_cycles else None


@dataclass(frozen=True, slots=True)
class SectionChange:
    """A section, or a stack, in both runs."""

    memory: str
    """"flash", "ram" or "stack"."""
    name: str
    status: str
    old_bytes: int
    new_bytes: int

    @property
    def delta_bytes(self) -> int:
        """New minus old."""
        return self.new_bytes - self.old_bytes


@dataclass(frozen=True, slots=True)
class Side:
    """Which run one side is."""

    title: str
    """The file that was compared, as the user gave it; the firmware's path where that is not known."""
    firmware: FirmwareId
    board: str
    clock_hz: int
    mcusim_version: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that changed.

    Cycles of one model are exact: a difference of one cycle is a difference of the two programs, although both
    numbers share an error against silicon. Energies are cycles x a current per state; runs under one power model
    share that current's error, so the ratio of two energies is better known than either. A band that overlaps
    another therefore does not mean "no change"; how much of the change silicon would show is not claimed.
    """

    old: Side
    new: Side
    differences: tuple[Difference, ...]
    """Conditions that are not the same, the worst first; empty: fully comparable."""
    totals: tuple[Change, ...]
    """"cycles", "latency_ms" (in seconds here), "energy_uj" (in joules) … in a fixed order."""
    layers: tuple[RowChange, ...]
    """In the order of the new network, removed ones where they were. Cycles per inference."""
    kernels: tuple[RowChange, ...]
    """Per call of the measured region, the largest change first."""
    functions: tuple[RowChange, ...]
    """Over the whole run, the largest change first."""
    contexts: tuple[RowChange, ...]
    """Over the whole run."""
    reasons: tuple[Change, ...]
    """Active cycles of the whole run by reason, the largest change first."""
    sections: tuple[SectionChange, ...]

    @property
    def is_unchanged(self) -> bool:
        """Nothing that was compared differs (conditions may)."""
        rows = (*self.layers, *self.kernels, *self.functions, *self.contexts)
        return (
            all(each.old == each.new for each in (*self.totals, *self.reasons))
            and all(each.status == SAME for each in rows)
            and all(each.status == SAME for each in self.sections)
        )

    @property
    def is_comparable(self) -> bool:
        """No condition differs that makes a number incomparable."""
        return not any(each.severity == NOT_COMPARABLE for each in self.differences)

    def total(self, name: str) -> Change:
        """The total that `--fail-on` calls `name`.

        Raises:
            KeyError: there is no such total.
        """
        return {each.name: each for each in self.totals}[name]
