"""What-if settings that change currents and no cycle: the regulator and the core voltage range of a recording."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.report.what_if import REGULATOR, VOLTAGE_RANGE, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.board.schema import Board
    from mcusim.power.schema import PowerModel
    from mcusim.recording.recording import Recording
    from mcusim.report.what_if import Setting


def with_power_settings(recording: Recording, settings: Iterable[Setting]) -> Recording:
    """The recording as if firmware had chosen this regulator and voltage range, all the time."""
    settings = tuple(settings)
    regulator, voltage_range = word(settings, REGULATOR), word(settings, VOLTAGE_RANGE)
    if not regulator and not voltage_range:
        return recording
    phases = tuple(
        replace(
            phase,
            power=replace(
                phase.power,
                regulator=regulator or phase.power.regulator,
                voltage_range=voltage_range or phase.power.voltage_range,
            ),
        )
        for phase in recording.phases
    )
    return replace(recording, phases=phases)


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
