"""Which combinations a sweep has, which of them cannot be, and the run that each needs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from mcusim.analysis.power_settings import check_power_settings, voltage_ranges_of
from mcusim.board.load import load_board
from mcusim.board.wait_states import tables_for, wait_states_for
from mcusim.errors import McusimError, UsageError
from mcusim.machine.what_if import flash_overrides
from mcusim.report.sweep import SweepAxis, SweepPoint
from mcusim.report.what_if import AUTO, FIRMWARE, VOLTAGE_RANGE, WAIT_STATES, shown_setting, word
from mcusim.session import power_model_of
from mcusim.units import engineering, exact_mhz

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mcusim.board.schema import Board
    from mcusim.power.schema import PowerModel
    from mcusim.report.request import RunRequest
    from mcusim.report.what_if import Setting

MOST_ROWS_COUNT = 10_000
Values = tuple[int | bool | str, ...]


@dataclass(frozen=True, slots=True)
class SweepWish:
    """What the user wants to know. Empty axes are not swept."""

    base: RunRequest
    """Everything that is the same in all rows; its board, clock, supply and temperature do not count."""
    boards: tuple[str, ...]
    firmwares: Mapping[str, Path | McusimError]
    """The file for each board, or why there is none."""
    clocks_hz: tuple[int, ...] = ()
    supplies_v: tuple[float, ...] = ()
    temps_c: tuple[float, ...] = ()
    settings: tuple[tuple[str, Values], ...] = ()
    """Keys of --set with the values of each."""
    keeps_wait_states: bool = False
    """At another clock, too, firmware's wait states and voltage range stay."""
    deadline_s: float | None = None

    def __post_init__(self) -> None:
        """Raise a UsageError when an axis is empty or says something twice."""
        if not self.boards:
            raise UsageError("no board is named", fix="add --board NAME,NAME or --board all")
        axes: list[tuple[str, tuple[object, ...]]] = [
            ("--board", self.boards),
            ("--clock", self.clocks_hz),
            ("--supply", self.supplies_v),
            ("--temperature", self.temps_c),
        ]
        axes += [(f"--set {key}", values) for key, values in self.settings]
        keys = [key for key, _ in (*self.base.settings, *self.settings)]
        twice = next((key for key in keys if keys.count(key) > 1), "")
        if twice:
            raise UsageError(f"{twice} is set twice", fix=f"say all its values at once: --set {twice}=A,B")
        for option, values in axes:
            if len(set(values)) < len(values):
                raise UsageError(f"{option} names a value twice", fix="say each value once")
        if self.deadline_s is not None and not self.deadline_s > 0:
            raise UsageError("--deadline must be above zero", fix="write it like --deadline 50ms")
        if self.rows_count > MOST_ROWS_COUNT:
            raise UsageError(
                f"the sweep has {self.rows_count} combinations",
                why=f"more than {MOST_ROWS_COUNT} are not read by anybody",
                fix="sweep fewer values, or fewer things at once",
            )

    @property
    def rows_count(self) -> int:
        """How many combinations there are."""
        count = len(self.boards)
        for values in (self.clocks_hz, self.supplies_v, self.temps_c, *(each for _, each in self.settings)):
            count *= max(1, len(values))
        return count


@dataclass(frozen=True, slots=True)
class Planned:
    """A combination that can be, and its run."""

    point: SweepPoint
    board: Board
    power_model: PowerModel | None
    request: RunRequest
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A combination that cannot be."""

    point: SweepPoint
    why_not: str


def plan(wish: SweepWish) -> tuple[Planned | Refused, ...]:
    """Every combination, boards slowest to change, then clocks, supplies, temperatures and settings."""
    boards = {name: _board(name, wish) for name in wish.boards}
    chosen = list(product(*([(key, value) for value in values] for key, values in wish.settings)))
    conditions = product(
        wish.boards, wish.clocks_hz or (None,), wish.supplies_v or (None,), wish.temps_c or (None,)
    )
    return tuple(
        _planned(wish, boards[board], _point(board, clock_hz, supply_v, temp_c, settings), settings)
        for board, clock_hz, supply_v, temp_c in conditions
        for settings in chosen
    )


def axes_of(wish: SweepWish) -> tuple[SweepAxis, ...]:
    """What is swept, each with at least one value."""
    axes = [SweepAxis("board", wish.boards)]
    axes += [SweepAxis("clock", tuple(engineering(hz, "Hz", 4) for hz in wish.clocks_hz))]
    axes += [SweepAxis("supply", tuple(f"{v:g} V" for v in wish.supplies_v))]
    axes += [SweepAxis("temperature", tuple(f"{c:g} °C" for c in wish.temps_c))]
    axes += [SweepAxis(key, tuple(_shown((key, each)) for each in values)) for key, values in wish.settings]
    return tuple(each for each in axes if each.values)


def one_line(error: McusimError) -> str:
    """What is wrong and why, for a row of a table."""
    return f"{error.what}: {error.why}" if error.why else error.what


def _point(
    board: str,
    clock_hz: int | None,
    supply_v: float | None,
    temp_c: float | None,
    chosen: tuple[Setting, ...],
) -> SweepPoint:
    return SweepPoint(board, clock_hz, supply_v, temp_c, tuple((each[0], _shown(each)) for each in chosen))


def _shown(setting: Setting) -> str:
    return shown_setting(setting).partition("=")[2]


@dataclass(frozen=True, slots=True)
class _OnBoard:
    board: Board
    power_model: PowerModel | None
    firmware: Path


def _board(name: str, wish: SweepWish) -> _OnBoard | McusimError:
    board = load_board(name)  # a wrong name is wrong input, not a row
    firmware = wish.firmwares[name]
    if isinstance(firmware, McusimError):
        return firmware
    try:
        return _OnBoard(board, power_model_of(wish.base, board), firmware)
    except McusimError as error:
        return error


def _planned(
    wish: SweepWish, on: _OnBoard | McusimError, point: SweepPoint, chosen: tuple[Setting, ...]
) -> Planned | Refused:
    if isinstance(on, McusimError):
        return Refused(point, one_line(on))
    supply_v = point.supply_v if point.supply_v is not None else wish.base.supply_v
    temp_c = point.temp_c if point.temp_c is not None else wish.base.temp_c
    try:
        _check_limits(on, point.clock_hz, supply_v, temp_c)
        follows = point.clock_hz is not None and not wish.keeps_wait_states
        settings = (*wish.base.settings, *chosen)
        settings = _with_voltage_range(settings, on, point.clock_hz, follows=follows)
        board_v = on.board.supply_v if supply_v is None else supply_v
        settings, note = _with_wait_states(settings, on.board, point.clock_hz, board_v, follows=follows)
        flash_overrides(settings, on.board, board_v)
        check_power_settings(settings, on.power_model, on.board)
        request = replace(
            wish.base,
            firmware=on.firmware,
            board=point.board,
            clock_hz=point.clock_hz,
            supply_v=supply_v,
            temp_c=temp_c,
            settings=settings,
        )
    except McusimError as error:
        return Refused(point, one_line(error))
    return Planned(point, on.board, on.power_model, request, note)


def _check_limits(on: _OnBoard, clock_hz: int | None, supply_v: float | None, temp_c: float | None) -> None:
    chip, model = on.board.chip, on.power_model
    if clock_hz is not None and clock_hz > chip.max_clock_hz:
        raise UsageError(f"{exact_mhz(clock_hz)} is above the {exact_mhz(chip.max_clock_hz)} of {chip.name}")
    if model is None:
        return
    if supply_v is not None and not model.min_supply_v <= supply_v <= model.max_supply_v:
        raise UsageError(
            f"{supply_v:g} V is outside the {model.min_supply_v:g} to {model.max_supply_v:g} V of {chip.name}"
        )
    if temp_c is not None and not model.min_temp_c <= temp_c <= model.max_temp_c:
        raise UsageError(
            f"{temp_c:g} °C is outside the {model.min_temp_c:g} to {model.max_temp_c:g} °C of power model "
            f"'{model.name}'"
        )


def _with_voltage_range(
    settings: tuple[Setting, ...], on: _OnBoard, clock_hz: int | None, *, follows: bool
) -> tuple[Setting, ...]:
    """At a clock of the sweep: the slowest core voltage range that allows it, unless the user names one."""
    chosen = word(settings, VOLTAGE_RANGE)
    ranges = on.power_model.voltage_ranges if on.power_model else ()
    if chosen:
        limit_hz = next((each.max_clock_hz for each in ranges if each.name == chosen), None)
        if clock_hz is not None and limit_hz is not None and clock_hz > limit_hz:
            raise UsageError(f"{exact_mhz(clock_hz)} is above the {exact_mhz(limit_hz)} of {chosen}")
        return settings
    if clock_hz is None or not follows or not ranges:
        return settings
    allowing = sorted(
        (each for each in ranges if clock_hz <= each.max_clock_hz), key=lambda each: each.max_clock_hz
    )
    if not allowing or allowing[0].name not in voltage_ranges_of(on.board, on.power_model):
        return settings
    return (*settings, (VOLTAGE_RANGE, allowing[0].name))


def _with_wait_states(
    settings: tuple[Setting, ...], board: Board, clock_hz: int | None, supply_v: float, *, follows: bool
) -> tuple[tuple[Setting, ...], str]:
    """The settings with the number that "auto" means at this clock, and what the user should know."""
    interface = board.chip.flash_interface
    wanted = dict(settings).get(WAIT_STATES)
    if wanted is None and follows:
        wanted = AUTO
        if interface is None or interface.waits_follow_clock:
            return settings, ""
        if not interface.wait_states:
            return settings, (
                f"{board.name}: no table says which wait states {board.chip.name} needs; firmware's are kept"
            )
    rest = tuple(each for each in settings if each[0] != WAIT_STATES)
    if wanted == FIRMWARE:
        return rest, ""
    if wanted != AUTO or clock_hz is None or interface is None or not interface.wait_states:
        return settings, ""
    voltage_range = word(settings, VOLTAGE_RANGE)
    count = wait_states_for(interface, clock_hz, supply_v, voltage_range)
    if count is None:
        limits_hz = [each.limits_hz[-1] for each in tables_for(interface, supply_v, voltage_range)]
        so_far = f"up to {engineering(max(limits_hz), 'Hz')}" if limits_hz else "for no clock"
        where = f"at {supply_v:g} V" + (f" in {voltage_range}" if voltage_range else "")
        raise UsageError(f"{where} the flash of {board.chip.name} is specified {so_far} with any wait states")
    return (*rest, (WAIT_STATES, count)), ""
