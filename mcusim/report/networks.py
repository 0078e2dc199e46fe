"""Several networks on one board with the same inputs, as plain data; docs/reference/networks-json.md has the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.report.quantity import Band, Number

NETWORKS_SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How often the network was right, and how well so many inputs tell it."""

    correct_count: int
    """Inferences whose largest output, the first of equal ones, is the label."""
    value_ratio: float
    low_ratio: float
    """Of the 95 % Wilson interval, for inputs like these."""
    high_ratio: float


@dataclass(frozen=True, slots=True)
class NetworkResult:
    """What one network costs and gives, per inference, over all inputs."""

    clock_hz: int
    supply_v: float
    temp_c: float
    inferences_count: int
    accuracy: Accuracy | None
    """None: there are no labels."""
    predicted: tuple[int, ...]
    """For each input the number of the largest element of the first output, of equal ones the first."""
    cycles: Number
    """Mean."""
    latency_s: float
    """Mean."""
    low_s: float
    """Of the band around the mean: what the timing model may be wrong by."""
    high_s: float
    min_s: float
    """Of the fastest input."""
    max_s: float
    energy_j: Band | None
    """None: the board has no power model."""
    peak_ram_bytes: int
    flash_bytes: int
    """Without the inputs, which only the measured firmware has."""
    inputs_bytes: int
    """That were subtracted, of all firmwares."""
    firmwares_count: int
    """The inputs were split among so many, each as large as the flash allows."""
    weights_bytes: int
    arena_bytes: int
    macs_count: int
    compiler: str
    warnings: tuple[str, ...]
    power_model: str = ""
    covers: str = ""
    """What the energy covers: the chip alone, one rail, the whole board."""


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """One network, and what came of it: a result, or why there is none."""

    row_number: int
    """From 1, in the order that the user named them."""
    name: str
    """The model's file without its ending, with its folder where two are called alike."""
    model: str
    """As the user named it."""
    model_sha256: str
    takes: str
    """The network's input, "int8 [1, 28, 28, 1]"; empty: the model cannot be read."""
    given: str = ""
    """How the inputs were turned into what the network takes; empty: they are that already."""
    result: NetworkResult | None = None
    why_not: str = ""
    is_pareto: bool = False
    """No other network is more accurate for the energy (for the latency, without a power model), or cheaper at the
    same accuracy."""
    is_pareto_in_flash: bool = False
    """The same with flash in place of energy."""


@dataclass(frozen=True, slots=True)
class Networks:
    """The comparison."""

    mcusim_version: str
    board: str
    board_title: str
    core: str
    inputs: str
    """The file as the user named it."""
    inputs_sha256: str
    labels: str
    """The same; empty: there are none."""
    labels_sha256: str
    inferences_count: int
    rows: tuple[NetworkRow, ...]
    notes: tuple[str, ...]
