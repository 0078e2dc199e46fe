"""Runs the points of a corpus and compares each with its published value."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcusim.board.load import load_board
from mcusim.errors import McusimError, UsageError
from mcusim.session import measure
from mcusim.validation.points import Statistic, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mcusim.report.report import Report
    from mcusim.report.request import RunRequest
    from mcusim.validation.points import Point

_PER_SECOND = {Unit.SECONDS: 1.0, Unit.MILLISECONDS: 1e3, Unit.MICROSECONDS: 1e6}
_PER_JOULE = {Unit.JOULES: 1.0, Unit.MILLIJOULES: 1e3, Unit.MICROJOULES: 1e6}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one point."""

    point: Point
    core: str = ""
    memory_system: str = ""
    """Empty where every memory answers at once."""
    modelled: float | None = None
    """In the point's unit; None when the point could not be measured."""
    band_percent: float = 0.0
    """Half-width of the band that the report gives."""
    error: McusimError | None = None
    """Why there is no modelled value."""

    @property
    def error_percent(self) -> float | None:
        """Modelled minus published, as a share of the published value."""
        return None if self.modelled is None else 100 * (self.modelled / self.point.published - 1)

    @property
    def is_inside(self) -> bool:
        """Whether the error is within the point's tolerance."""
        error_percent = self.error_percent
        return error_percent is not None and abs(error_percent) <= self.point.tolerance_percent

    @property
    def is_in_band(self) -> bool:
        """Whether the published value lies in the band that the report gives, a share of the modelled value.

        The band is one of time: for a rate the two change places.
        """
        if not self.modelled:
            return False
        published, modelled = self.point.published, self.modelled
        ratio = modelled / published if self.point.unit is Unit.PER_SECOND else published / modelled
        return abs(100 * (ratio - 1)) <= self.band_percent


def outcomes(work: Sequence[tuple[Point, RunRequest]], jobs_count: int) -> Iterator[Outcome]:
    """The outcome of each point in order, run in `jobs_count` processes."""
    if jobs_count <= 1 or len(work) <= 1:
        yield from map(_outcome_of, work)
        return
    with ProcessPoolExecutor(min(jobs_count, len(work))) as pool:
        yield from pool.map(_outcome_of, work)


def _outcome_of(work: tuple[Point, RunRequest]) -> Outcome:
    point, request = work
    try:
        chip = load_board(request.board).chip
        report = measure(replace(request, needs_layers=False))
        modelled = _modelled(point, report)
    except McusimError as error:
        return Outcome(point, error=error)
    interface = chip.flash_interface
    return Outcome(
        point=point,
        core=report.core,
        memory_system=interface.memory_system if interface else "",
        modelled=modelled,
        band_percent=_band_percent(point, report),
    )


def _modelled(point: Point, report: Report) -> float:
    if point.read:
        return _variable(point, report)
    cycles = _cycles(point, report)
    if point.unit is Unit.CYCLES:
        return cycles
    if point.unit in _PER_JOULE:
        return _energy_j(point, report) * _PER_JOULE[point.unit]
    # Sleep and clock changes are in the report's latency; the statistic and the caller's share scale it.
    assert report.inference.latency_s is not None
    assert report.inference.cycles is not None
    latency_s = report.inference.latency_s * cycles / report.inference.cycles
    return 1 / latency_s if point.unit is Unit.PER_SECOND else latency_s * _PER_SECOND[point.unit]


def _cycles(point: Point, report: Report) -> float:
    inference = report.inference
    if not inference.cycles or inference.latency_s is None or not inference.is_complete:
        raise UsageError(
            f"'{inference.function}' did not run to its end",
            where=point.elf,
            why=f"the run stopped: {report.stop.detail or report.stop.reason}",
            fix="run it alone with `mcusim run` to see why, or name another function in the column 'roi'",
        )
    chosen = {
        Statistic.MEAN: inference.cycles,
        Statistic.MIN: inference.min_cycles,
        Statistic.MAX: inference.max_cycles,
        Statistic.TOTAL: inference.cycles * max(inference.calls_count, 1),
    }[point.statistic]
    return float(inference.cycles if chosen is None else chosen) + point.overhead_cycles


def _energy_j(point: Point, report: Report) -> float:
    band = report.inference.energy_j
    if band is None:
        raise UsageError(
            f"board '{point.board}' has no power model",
            where=point.name,
            why=f"the published value is in {point.unit.value}",
            fix="use a board with a power model (mcusim boards), or compare cycles",
        )
    if point.statistic in (Statistic.MIN, Statistic.MAX):
        raise UsageError(
            f"there is no {point.statistic.value} of the energy",
            where=point.name,
            why="energy is known as the mean of the calls",
            fix="leave the column 'statistic' empty, or say total",
        )
    is_total = point.statistic is Statistic.TOTAL
    return band.value * (max(report.inference.calls_count, 1) if is_total else 1)


def _variable(point: Point, report: Report) -> float:
    value = dict(report.variables)[point.read]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(
            f"'{point.read}' is not one number",
            where=point.elf,
            why=f"it holds {str(value)[:60]}",
            fix="name a variable that holds the measured value",
        )
    return float(value) + point.overhead_cycles


def _band_percent(point: Point, report: Report) -> float:
    band = report.inference.energy_j
    if not point.read and point.unit in _PER_JOULE and band is not None:
        return 100 * max(band.high / band.value - 1, 1 - band.low / band.value)
    return report.inference.cycles_error_percent
