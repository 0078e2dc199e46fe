"""What a row of a sweep takes from the report of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.report.sweep import SweepResult

if TYPE_CHECKING:
    from mcusim.recording.recording import Phase, Recording
    from mcusim.report.report import Report

_FAILED = {
    "fault": "the firmware faulted",
    "reset_loop": "the firmware keeps resetting the chip",
    "breakpoint": "the firmware stopped at a breakpoint",
    "unsupported": "the firmware needs something that is not modelled",
    "strict_poll": "a loop waits for a bit that nothing models (--strict)",
}


def result_of(report: Report, recording: Recording) -> SweepResult | str:
    """The row's numbers, or why there are none."""
    inference, stop = report.inference, report.stop
    if stop.reason in _FAILED:
        return f"{_FAILED[stop.reason]}: {stop.detail}" if stop.detail else _FAILED[stop.reason]
    if inference.cycles is None or inference.latency_s is None or not inference.is_complete:
        return (
            f"no call of {inference.function} was complete when the run ended ({stop.detail or stop.reason})"
        )
    assert inference.low_s is not None
    assert inference.high_s is not None
    phase = _main_phase(recording, report.clock_hz)
    dearest = report.energy.currents[0] if report.energy and report.energy.currents else None
    return SweepResult(
        clock_hz=report.clock_hz,
        supply_v=report.supply_v,
        temp_c=report.temp_c,
        wait_states_count=phase.flash_wait_cycles if phase else 0,
        regulator=dearest.regulator if dearest else "",
        voltage_range=dearest.voltage_range if dearest else "",
        calls_count=inference.calls_count,
        cycles=inference.cycles,
        latency_s=inference.latency_s,
        low_s=inference.low_s,
        high_s=inference.high_s,
        energy_j=inference.energy_j,
        currents=report.energy.currents if report.energy else (),
        peak_ram_bytes=report.ram.peak_bytes + recording.weights_bytes,
        flash_bytes=report.flash.used_bytes,
        warnings=report.warnings,
        power_model=report.energy.model if report.energy else "",
        covers=report.energy.covers if report.energy else "",
    )


def _main_phase(recording: Recording, clock_hz: int) -> Phase | None:
    """The longest stretch at the region's clock."""
    same = [each for each in recording.phases if each.clock_hz == clock_hz]
    return max(same, key=lambda each: each.active_cycles, default=None)
