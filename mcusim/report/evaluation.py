"""What many inputs through one firmware came to: how right it is, how long it takes and what it costs; no computing."""

from __future__ import annotations

from dataclasses import dataclass, field

from mcusim.report.quantity import Band, Number
from mcusim.report.report import EnergyBasis, FirmwareId

EVALUATION_SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a histogram, from `low` up to but not including the next one's; the last has its high end, too."""

    low: Number
    high: Number
    inputs_count: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """One figure over all inputs that ran. Percentiles are the smallest value that so many inputs do not exceed."""

    unit: str
    """"cycles", "s" or "J"."""
    min: Number
    median: Number
    mean: Number
    p95: Number
    p99: Number
    max: Number
    histogram: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """How right the outputs are."""

    metric: str
    """"accuracy", "top-3", "mae", "rmse" or "auc"."""
    value: Number
    """A ratio from 0 to 1; of mae and rmse in the outputs' own unit."""
    compared_count: int
    """Inputs that ran, each with its label."""
    correct_count: int | None
    """None for metrics that are no count."""
    how: str
    """What was compared, in words."""


@dataclass(frozen=True, slots=True)
class ClassResult:
    """The inputs of one label."""

    label_number: int
    inputs_count: int
    correct_count: int
    predicted: tuple[tuple[int, int], ...]
    """(predicted class, inputs), the most frequent first."""


@dataclass(frozen=True, slots=True)
class EvaluatedInput:
    """One input."""

    index: int
    error: str
    """Why there is no result; empty: there is."""
    cycles: int | None
    latency_s: float | None
    energy_j: Band | None
    predicted_number: int | None
    """The class, where the outputs are scores of classes."""
    label: Number | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A data set through one firmware on one board."""

    mcusim_version: str
    firmware: FirmwareId
    board: str
    board_title: str
    core: str
    clock_hz: int
    supply_v: float
    temp_c: float
    function: str
    """What was measured: from its first instruction to its return."""
    snapshot: str
    """The function at whose first call each input begins."""
    input_symbol: str
    output_symbol: str
    inputs: str
    """The file, or "(array)"."""
    inputs_sha256: str
    labels: str
    """The file, "(array)", or empty: there were none."""
    inputs_count: int
    failed_count: int
    quality: Quality | None
    """None without labels, or when no input ran."""
    classes: tuple[ClassResult, ...]
    cycles: Distribution | None
    """None when no input ran."""
    latency: Distribution | None
    cycles_error_percent: float
    """The band of cycles and latencies: so far may silicon be off, either way."""
    cycles_basis: str
    energy: Distribution | None
    """None without a power model."""
    mean_energy_j: Band | None
    energy_basis: EnergyBasis | None
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    what_if: tuple[str, ...] = ()
    results: tuple[EvaluatedInput, ...] = field(default=(), repr=False)
