"""What a calibration found, ready to be shown: currents or timing numbers before and after, and what is left over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TraceFacts:
    """The trace as it was read."""

    path: str
    format: str
    samples_count: int
    rate_hz: float
    begin_s: float
    duration_s: float
    supply_v: float
    supply_source: str
    """"--trace-supply", "the trace", or "the run"."""
    gaps_count: int
    missing_percent: float


@dataclass(frozen=True, slots=True)
class Matching:
    """How the trace was laid on the run."""

    how: str
    windows_count: int
    matched_count: int
    modelled_length_s: float
    measured_length_s: float | None
    """None where the trace shows no single inferences."""
    length_percent: float | None
    """Measured over modelled length, minus one: the tolerance of the clocks and the error of the cycles together."""
    drift_percent: float | None
    """Change of that from the first to the last inference; None where none can be seen."""


@dataclass(frozen=True, slots=True)
class StateFit:
    """One power state before and after."""

    activity: str
    execution: str
    clock_hz: int
    mode: str
    regulator: str
    voltage_range: str
    share_ratio: float
    """Of the inferences' time; of the time between them for a sleep state."""
    before_a: float
    after_a: float
    how: str
    """"fitted" by itself, "scaled" with the other states, or "kept" as modelled."""


@dataclass(frozen=True, slots=True)
class WindowResidual:
    """One measured inference against the calibrated model."""

    begin_s: float
    length_s: float
    measured_a: float
    residual_percent: float | None
    """Calibrated minus measured, over measured; None for a single window, which is always met."""


@dataclass(frozen=True, slots=True)
class PowerCalibration:
    """A power model fitted to a current trace."""

    mcusim_version: str
    firmware: str
    firmware_sha256: str
    board: str
    chip: str
    function: str
    model: str
    """The power model that it began with."""
    model_path: str
    """The file that was written."""
    trace: TraceFacts
    matching: Matching
    states: tuple[StateFit, ...]
    idle_states: tuple[StateFit, ...]
    windows: tuple[WindowResidual, ...]
    residual_percent: float | None
    """Root mean square over the windows; None for a single one: nothing checks it."""
    worst_percent: float | None
    band_percent: float
    """Half-width of the band that the calibrated currents get."""
    trace_energy_j: float | None
    """Per inference, over the time that it takes in the trace; None where the trace shows no single inferences."""
    measured_energy_j: float
    """Per inference: measured current x supply x modelled time, as the next two."""
    before_energy_j: float
    after_energy_j: float
    notes: tuple[str, ...]

    @property
    def before_percent(self) -> float:
        """Error of the energy before the calibration."""
        return 100 * (self.before_energy_j / self.measured_energy_j - 1)


@dataclass(frozen=True, slots=True)
class CycleResidual:
    """One measured function against the model before and after."""

    name: str
    measured_cycles: float
    before_cycles: float
    after_cycles: float

    @property
    def before_percent(self) -> float:
        """Modelled minus measured, over measured."""
        return 100 * (self.before_cycles / self.measured_cycles - 1)

    @property
    def after_percent(self) -> float:
        """The same after the fit."""
        return 100 * (self.after_cycles / self.measured_cycles - 1)


@dataclass(frozen=True, slots=True)
class ParameterFit:
    """One number of the flash interface."""

    name: str
    before_ratio: float
    """As in the chip file, whatever its unit."""
    after_ratio: float
    effect_percent: float
    """Change of the measured functions' cycles over the range of values that was tried."""
    why_kept: str
    """Empty when it was fitted; else why it stays as it is."""


@dataclass(frozen=True, slots=True)
class TimingCalibration:
    """Timing numbers fitted to measured cycles."""

    mcusim_version: str
    firmware: str
    firmware_sha256: str
    board: str
    chip: str
    interface: str
    """Which of the chip's flash organisations."""
    measurement: str
    rows: tuple[CycleResidual, ...]
    parameters: tuple[ParameterFit, ...]
    before_percent: float
    """Root mean square of the residuals."""
    after_percent: float
    band_percent: float
    scale_ratio: float
    """Measured over modelled cycles that are left after the fit: 1 within the band."""
    timing_path: str
    """The file that was written; empty: none."""
    runs_count: int
    notes: tuple[str, ...]
    why_not_written: str = ""
    """Why the file that was asked for could not be written; empty where it was, or none was asked for."""


@dataclass(frozen=True, slots=True)
class CalibrationPicture:
    """A part of the trace with the modelled currents on top, as (time, current …) rows."""

    title: str
    measured: tuple[tuple[float, float, float, float], ...]
    """Time, mean, lowest and highest current of each column of the picture."""
    before: tuple[tuple[float, float], ...]
    after: tuple[tuple[float, float], ...]
