"""The run over time in seconds: stretches, memory and power, out of a recording's cycles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.analysis.clock import Clock
from mcusim.analysis.power_history import power_points
from mcusim.analysis.ram_history import ram_points
from mcusim.report.history import History, HistorySpan

if TYPE_CHECKING:
    from mcusim.analysis.activity import Activities
    from mcusim.analysis.energy import EnergyMeter
    from mcusim.board.schema import Chip
    from mcusim.firmware.image import Image
    from mcusim.recording.recording import Recording
    from mcusim.recording.timeline import Span
    from mcusim.report.report import Report


def history_of(
    recording: Recording,
    report: Report,
    image: Image,
    chip: Chip,
    power: tuple[Activities, EnergyMeter | None],
) -> History:
    """The whole run; without a meter there is no power."""
    clock = Clock(recording.phases)
    activities, meter = power
    points, is_exact = power_points(recording, activities, meter, clock) if meter is not None else ((), True)
    return History(
        end_s=clock.seconds_at(recording.total_cycles),
        spans=_spans(recording, report, clock),
        lost_spans_count=recording.timeline.lost_spans_count,
        ram=ram_points(recording, image, chip, clock),
        power=points,
        is_power_exact=is_exact,
    )


def _spans(recording: Recording, report: Report, clock: Clock) -> tuple[HistorySpan, ...]:
    names = _LayerNames(report)
    return tuple(
        HistorySpan(
            kind=each.kind,
            name=names.name_of(each),
            begin_s=clock.seconds_at(each.begin_cycles),
            end_s=clock.seconds_at(each.end_cycles),
            begin_cycles=each.begin_cycles,
            end_cycles=each.end_cycles,
            layer_index=each.index,
        )
        for each in recording.timeline.spans
    )


class _LayerNames:
    """What the layers' spans are called: place and operator, or what the firmware calls them."""

    def __init__(self, report: Report) -> None:
        layers = report.network.layers if report.network is not None else ()
        self._by_name = {(each.index, each.name): each.operator for each in layers if each.index >= 0}
        places = [each.index for each in layers]
        self._by_place = {
            each.index: each.operator or each.name
            for each in layers
            if each.index >= 0 and places.count(each.index) == 1
        }

    def name_of(self, span: Span) -> str:
        """For people."""
        if span.index < 0:
            return span.name
        known = self._by_name.get((span.index, span.name)) or self._by_place.get(span.index)
        return f"{span.index} {known or span.name}"
