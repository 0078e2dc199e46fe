"""One firmware under many conditions, as plain data; the keys of its JSON are in docs/reference/sweep-json.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.report.quantity import Band, Number
    from mcusim.report.report import CurrentUse, FirmwareId

SWEEP_SCHEMA_VERSION = 1
RUN, REPRICED = "run", "re-priced"
"""How a row was obtained: from a run of its own, or from the recording of another row's run where that is exact."""


@dataclass(frozen=True, slots=True)
class SweepAxis:
    """What was swept, and the values in the order of the rows."""

    name: str
    """"board", "clock", "supply", "temperature", or a key of --set."""
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """One combination, as the user asked for it."""

    board: str
    clock_hz: int | None
    """None: as the firmware programs it."""
    supply_v: float | None
    """None: the board's."""
    temp_c: float | None
    settings: tuple[tuple[str, str], ...]
    """Keys of --set with their values."""


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What the firmware does under one combination, per call of the measured region."""

    clock_hz: int
    """The clock that most of the region ran at."""
    supply_v: float
    temp_c: float
    wait_states_count: int
    """Of flash, while most of the region ran."""
    regulator: str
    """Empty: the power model's default."""
    voltage_range: str
    """Empty: the chip has one, or nothing says."""
    calls_count: int
    cycles: Number
    latency_s: float
    low_s: float
    high_s: float
    energy_j: Band | None
    """None: the board has no power model."""
    currents: tuple[CurrentUse, ...]
    """What the energy rests on, over all calls, dearest first."""
    peak_ram_bytes: int
    """With the weights, where they are in RAM."""
    flash_bytes: int
    warnings: tuple[str, ...]
    power_model: str = ""
    """Its name; empty: there is none."""
    covers: str = ""
    """What the energy covers: the chip alone, one rail, the whole board."""


@dataclass(frozen=True, slots=True)
class SweepRow:
    """One combination and what came of it: a result, or why there is none."""

    row_number: int
    """From 1, in the order of the table."""
    point: SweepPoint
    obtained: str = ""
    """RUN or REPRICED; empty: there is no result."""
    result: SweepResult | None = None
    why_not: str = ""
    is_pareto: bool = False
    """No other row is better in latency or energy without being worse in the other."""
    meets_deadline: bool | None = None
    """The high end of its latency does; None: there is no deadline, or no result."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """All combinations."""

    mcusim_version: str
    firmware: FirmwareId
    function: str
    """The measured region."""
    axes: tuple[SweepAxis, ...]
    rows: tuple[SweepRow, ...]
    deadline_s: float | None
    slowest_numbers: tuple[int, ...]
    """Rows with the slowest clock that meets the deadline, one per board that has one."""
    cheapest_number: int | None
    """The row with the least energy, of those that meet the deadline if there is one."""
    nearest_number: int | None
    """The row that misses the deadline by least, when none meets it."""
    notes: tuple[str, ...]

    @property
    def is_deadline_missed(self) -> bool:
        """There is a deadline, and nothing meets it."""
        return self.nearest_number is not None

    def row(self, row_number: int) -> SweepRow:
        """The row of that number."""
        return self.rows[row_number - 1]
