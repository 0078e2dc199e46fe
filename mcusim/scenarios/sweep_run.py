"""Runs a sweep: as few runs as are needed, by several workers if wanted, every other row re-priced exactly.

Supply, temperature, regulator and core voltage range change no cycle: the same recording is priced anew. Another clock
at the same wait states changes none either if nothing in the run depended on time in seconds, which a recording says;
else it is run. Boards with equal chips share their runs. The rows do not depend on where the runs are done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcusim import __version__
from mcusim.board.wait_states import wait_states_for
from mcusim.errors import McusimError, UsageError
from mcusim.machine.requested import limits_of
from mcusim.report.report import FirmwareId
from mcusim.report.sweep import REPRICED, RUN, Sweep, SweepRow
from mcusim.report.what_if import AUTO, REGULATOR, VOLTAGE_RANGE, WAIT_STATES, WEIGHTS, word
from mcusim.scenarios.sweep_choose import choice_of, with_marks
from mcusim.scenarios.sweep_notes import notes_of
from mcusim.scenarios.sweep_plan import Planned, Refused, axes_of, one_line, plan
from mcusim.scenarios.sweep_result import result_of
from mcusim.scenarios.workers import workers
from mcusim.session import board_and_image, report_of, simulate, weights_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from mcusim.board.schema import Board, Chip
    from mcusim.firmware.image import Image
    from mcusim.recording.recording import Recording
    from mcusim.report.report import Report
    from mcusim.report.request import RunRequest
    from mcusim.scenarios.sweep_plan import SweepWish

    Outcome = Recording | McusimError
    Progress = Callable[[int, int], None]
    RunAll = Callable[[list[RunRequest]], Iterable[Outcome]]


@dataclass(frozen=True, slots=True)
class _RunKey:
    """What decides the cycles of a run; equal keys have equal recordings."""

    chip_index: int
    firmware: Path
    clock_hz: int | None
    settings: tuple[tuple[str, int | bool | str], ...]
    conditions: tuple[float | None, str]
    """Supply and voltage range, where wait states that follow the firmware's clock depend on them."""
    wake_ups: tuple[tuple[str, float], ...]
    """From the power model: how long leaving each deep sleep mode takes."""
    thresholds: tuple[int, ...]
    """What the clock decides besides durations: wait states that follow it, and which RAMs it makes wait."""

    @property
    def without_clock(self) -> _RunKey:
        """Equal for runs that differ at most in how long a cycle is."""
        return replace(self, clock_hz=None) if self.clock_hz is not None else self


@dataclass(frozen=True, slots=True)
class _Task:
    row_number: int
    planned: Planned
    image: Image
    key: _RunKey


def run_sweep(
    wish: SweepWish,
    jobs_count: int = 1,
    progress: Progress | None = None,
    scheduler: str | None = None,
) -> Sweep:
    """Run the sweep in `jobs_count` processes, or on the workers of a Dask scheduler; `progress` is told how many runs
    are done, of how many planned.

    Raises:
        McusimError: a board's name is wrong, no combination can be run, or the scheduler's workers cannot be used.
    """
    rows, tasks = _prepared(plan(wish))
    tasks, more_rows = _with_weights(tasks)
    rows_of: dict[int, SweepRow] = {each.row_number: each for each in (*rows, *more_rows)}
    with workers(jobs_count, scheduler) as crew:
        recordings, own_rows = _recordings(tasks, lambda runs: crew.map(_recorded, runs), progress)
    function, sha256, build_id = "", "", ""
    for task in tasks:
        outcome = recordings[task.key]
        obtained = RUN if task.row_number in own_rows else REPRICED
        rows_of[task.row_number] = _row(task, outcome, obtained)
        if not isinstance(outcome, McusimError):
            function = function or outcome.region_name
            sha256, build_id = sha256 or task.image.sha256, build_id or task.image.build_id
    ordered = with_marks((rows_of[number] for number in sorted(rows_of)), wish.deadline_s)
    _check_any(ordered)
    choice = choice_of(ordered, wish.deadline_s)
    return Sweep(
        mcusim_version=__version__,
        firmware=FirmwareId(wish.base.shown_firmware, sha256, build_id),
        function=function,
        axes=axes_of(wish),
        rows=ordered,
        deadline_s=wish.deadline_s,
        slowest_numbers=choice.slowest_numbers,
        cheapest_number=choice.cheapest_number,
        nearest_number=choice.nearest_number,
        notes=(
            *dict.fromkeys(each.planned.note for each in tasks if each.planned.note),
            *notes_of(ordered, {each.planned.point.board: each.planned.board.chip for each in tasks}),
        ),
    )


def _prepared(planned: tuple[Planned | Refused, ...]) -> tuple[list[SweepRow], list[_Task]]:
    """The rows that cannot be, and what is to be run for the others."""
    rows, tasks = [], []
    chips: list[Chip] = []
    images: dict[tuple[str, Path], Image | McusimError] = {}
    for number, each in enumerate(planned, start=1):
        if isinstance(each, Refused):
            rows.append(SweepRow(number, each.point, why_not=each.why_not))
            continue
        place = (each.request.board, each.request.firmware)
        if place not in images:
            images[place] = _image(each.request)
        image = images[place]
        if isinstance(image, McusimError):
            rows.append(SweepRow(number, each.point, why_not=one_line(image)))
            continue
        if each.board.chip not in chips:
            chips.append(each.board.chip)
        tasks.append(_Task(number, each, image, _key(each, chips.index(each.board.chip))))
    return rows, tasks


def _image(request: RunRequest) -> Image | McusimError:
    try:
        return board_and_image(request)[1]
    except McusimError as error:
        return error


def _key(planned: Planned, chip_index: int) -> _RunKey:
    request, chip, model = planned.request, planned.board.chip, planned.power_model
    settings = tuple(each for each in request.settings if each[0] not in (REGULATOR, VOLTAGE_RANGE))
    is_auto = word(settings, WAIT_STATES) == AUTO
    supply_v = planned.board.supply_v if request.supply_v is None else request.supply_v
    conditions = (supply_v, word(request.settings, VOLTAGE_RANGE)) if is_auto else (None, "")
    return _RunKey(
        chip_index,
        request.firmware,
        request.clock_hz,
        tuple(sorted(settings, key=lambda each: each[0])),
        conditions,
        tuple((each.mode, each.duration_s) for each in model.wake_ups) if model else (),
        _thresholds(chip, request.clock_hz, supply_v) if request.clock_hz is not None else (),
    )


def _thresholds(chip: Chip, clock_hz: int, supply_v: float) -> tuple[int, ...]:
    interface = chip.flash_interface
    follows = interface is not None and interface.waits_follow_clock
    waits = wait_states_for(interface, clock_hz, supply_v) if interface is not None and follows else 0
    return (
        waits or 0,
        *(int(clock_hz > each.waits_above_hz) for each in chip.regions if each.waits_above_hz),
    )


def _with_weights(tasks: list[_Task]) -> tuple[list[_Task], list[SweepRow]]:
    """Where the weights are is found once per firmware and chip, not once per row; and rows that cannot be known."""
    known: dict[tuple[int, Path], tuple[tuple[int, int], ...] | McusimError] = {}
    found, rows = [], []
    for task in tasks:
        planned, place = task.planned, (task.key.chip_index, task.key.firmware)
        if word(planned.request.settings, WEIGHTS) != "ram":
            found.append(task)
            continue
        if place not in known:
            known[place] = _weights(task)
        weights = known[place]
        if isinstance(weights, McusimError):
            rows.append(SweepRow(task.row_number, planned.point, why_not=one_line(weights)))
        else:
            request = replace(planned.request, weights=weights)
            found.append(replace(task, planned=replace(planned, request=request)))
    return found, rows


def _weights(task: _Task) -> tuple[tuple[int, int], ...] | McusimError:
    try:
        return weights_of(task.planned.request, task.planned.board, task.image)
    except McusimError as error:
        return error


def _recordings(
    tasks: list[_Task], run_all: RunAll, progress: Progress | None
) -> tuple[dict[_RunKey, Outcome], set[int]]:
    """The recording of every key, and the rows whose own runs they are."""
    first_of: dict[_RunKey, _Task] = {}
    for task in tasks:
        first_of.setdefault(task.key, task)
    leaders: dict[_RunKey, _RunKey] = {}
    for key in first_of:
        leaders.setdefault(key.without_clock, key)
    done: dict[_RunKey, Outcome] = {}
    wave = list(leaders.values())
    own_rows: set[int] = set()
    while wave:
        outcomes = run_all([first_of[key].planned.request for key in wave])
        for key, outcome in zip(wave, outcomes, strict=True):
            done[key] = outcome
            own_rows.add(first_of[key].row_number)
            if progress is not None:
                progress(len(own_rows), len(first_of))
        missing = [key for key in first_of if key not in done]
        for key in missing:
            recording = retimed(done[leaders[key.without_clock]], first_of[key].planned.request)
            if recording is not None:
                done[key] = recording
        wave = [key for key in missing if key not in done]
    return done, own_rows


def retimed(outcome: Outcome, request: RunRequest) -> Recording | None:
    """The same run at the clock of `request`; None where it must be run to know."""
    if isinstance(outcome, McusimError) or request.clock_hz is None or outcome.uses_time:
        return None
    if any(phase.stop_cycles or phase.wake_cycles for phase in outcome.phases):
        return None
    if outcome.stop.reason in ("max_seconds", "enough_calls"):
        return None
    limits, total_s = limits_of(request), outcome.total_cycles / request.clock_hz
    is_cut = limits.max_s is not None and total_s >= limits.max_s
    has_enough = 0 < limits.enough_calls_count <= outcome.region_calls_count and total_s >= limits.enough_s
    if is_cut or has_enough:
        return None
    phases = tuple(replace(phase, clock_hz=request.clock_hz) for phase in outcome.phases)
    return replace(outcome, phases=phases)


def _recorded(request: RunRequest) -> Recording:
    """One run, in whatever process."""
    return simulate(request, *board_and_image(request))


def _row(task: _Task, outcome: Outcome, obtained: str) -> SweepRow:
    point = task.planned.point
    if isinstance(outcome, McusimError):
        return SweepRow(task.row_number, point, why_not=one_line(outcome))
    try:
        report = priced(outcome, task.planned, task.image)
    except McusimError as error:
        return SweepRow(task.row_number, point, why_not=one_line(error))
    result = result_of(report, outcome)
    if isinstance(result, str):
        return SweepRow(task.row_number, point, why_not=result)
    return SweepRow(task.row_number, point, obtained, result)


def priced(recording: Recording, planned: Planned, image: Image) -> Report:
    """What the recording means in this row."""
    board: Board = planned.board
    recording = replace(recording, board_name=board.name)
    return report_of(recording, image, board, planned.power_model, planned.request)


def _check_any(rows: Iterable[SweepRow]) -> None:
    """Raise a UsageError when no row has a result."""
    reasons: dict[str, int] = {}
    for row in rows:
        if row.result is not None:
            return
        reasons.setdefault(row.why_not, row.row_number)
    shown = [f"row {number}: {why}" if len(reasons) > 1 else why for why, number in reasons.items()]
    raise UsageError(
        "no combination can be run",
        why="; ".join(shown[:4]) + (f"; and {len(shown) - 4} more reasons" if len(shown) > 4 else ""),
        fix="run one of them with 'mcusim run' to see more, or sweep other values",
    )
