"""What-if settings that change currents and no cycle: the regulator and the core voltage range of a recording."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.report.what_if import AUTO, REGULATOR, VOLTAGE_RANGE, WAIT_STATES, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.board.schema import Board
    from mcusim.power.schema import PowerModel
    from mcusim.recording.recording import Phase, Recording
    from mcusim.report.report import Report
    from mcusim.report.request import RunRequest
    from mcusim.report.what_if import Setting


def with_power_settings(recording: Recording, settings: Iterable[Setting]) -> Recording:
    """The recording as if firmware had chosen this regulator and voltage range, all the time."""
    phases = powered_phases(recording.phases, settings)
    return recording if phases is recording.phases else replace(recording, phases=phases)


def powered_phases(phases: tuple[Phase, ...], settings: Iterable[Setting]) -> tuple[Phase, ...]:
    """As with_power_settings, of phases alone."""
    settings = tuple(settings)
    regulator, voltage_range = word(settings, REGULATOR), word(settings, VOLTAGE_RANGE)
    if not regulator and not voltage_range:
        return phases
    return tuple(
        replace(
            phase,
            power=replace(
                phase.power,
                regulator=regulator or phase.power.regulator,
                voltage_range=voltage_range or phase.power.voltage_range,
            ),
        )
        for phase in phases
    )


def with_clock_range(request: RunRequest, model: PowerModel | None) -> RunRequest:
    """At a clock that the user forces, firmware's choice of core voltage range, made for another clock, does not bind:
    the request with the slowest range that allows the clock, as a sweep takes it, unless the user names one.
    """
    if request.clock_hz is None or model is None or word(request.settings, VOLTAGE_RANGE):
        return request
    slowest = slowest_range(model, request.clock_hz)
    if not slowest:
        return request
    settings = (*request.settings, (VOLTAGE_RANGE, slowest))
    return replace(request, settings=settings, followed_range=slowest)


def slowest_range(model: PowerModel, clock_hz: int) -> str:
    """The core voltage range with the lowest limit that allows the clock; empty where none does."""
    allowing = [each for each in model.voltage_ranges if clock_hz <= each.max_clock_hz]
    return min(allowing, key=lambda each: each.max_clock_hz).name if allowing else ""


def with_range_note(report: Report, recording: Recording, request: RunRequest) -> Report:
    """The report that says so where `with_clock_range` chose another range than the firmware that was recorded."""
    followed, clock_hz = request.followed_range, request.clock_hz
    own = {phase.power.voltage_range for phase in recording.phases if phase.active_cycles}
    if report.energy is None or clock_hz is None or not followed or own <= {followed}:
        return report
    names = " and ".join(sorted(each for each in own if each and each != followed))
    text = f"at --clock {clock_hz / 1e6:g} MHz: currents of {followed}, the slowest that allows it"
    if names:
        text += f", not of firmware's {names} (--set {VOLTAGE_RANGE}=… takes another)"
    if not dict(request.settings).get(WAIT_STATES):
        text += f"; the wait states are firmware's (--set {WAIT_STATES}={AUTO}: the fewest allowed)"
    energy = replace(report.energy, notes=(*report.energy.notes, text))
    return replace(report, energy=energy, warnings=(*report.warnings, f"energy: {text}"))


def check_power_settings(settings: Iterable[Setting], model: PowerModel | None, board: Board) -> None:
    """Refuse a regulator or voltage range that nothing is known of.

    Raises:
        UsageError: the board has no power model, or the model does not have it.
    """
    settings = tuple(settings)
    regulator, voltage_range = word(settings, REGULATOR), word(settings, VOLTAGE_RANGE)
    if regulator:
        known = tuple(dict.fromkeys(each.regulator for each in model.points)) if model else ()
        _check(REGULATOR, regulator, tuple(each for each in known if each), _source(model, board))
    if voltage_range:
        _check(VOLTAGE_RANGE, voltage_range, voltage_ranges_of(board, model), _source(model, board))


def voltage_ranges_of(board: Board, model: PowerModel | None) -> tuple[str, ...]:
    """Names of the core voltage ranges that the power model or the flash's wait states tell apart."""
    interface = board.chip.flash_interface
    names = [each.name for each in model.voltage_ranges] if model else []
    names += [each.voltage_range for each in interface.wait_states] if interface else []
    return tuple(dict.fromkeys(each for each in names if each))


def _source(model: PowerModel | None, board: Board) -> str:
    return f"power model '{model.name}'" if model else f"board '{board.name}', which has no power model,"


def _check(key: str, value: str, known: tuple[str, ...], source: str) -> None:
    if value not in known:
        raise UsageError(
            f"{key} cannot be '{value}'",
            why=f"{source} knows " + (", ".join(known) if known else "none"),
            fix=f"set {key} to one of them"
            if known
            else "leave the option out, or use another --power-model",
        )
