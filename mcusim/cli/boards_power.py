"""What a board's power model says, as text: currents by state, sleep modes, peripherals, bands, and what is missing."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from mcusim.cli.command import columns
from mcusim.cli.sources import Sources, cited, wrapped
from mcusim.power.check import check_chip
from mcusim.power.energy import current_estimate
from mcusim.power.load import load_power_model
from mcusim.power.schema import (
    TABLE_TEMP_C,
    Activity,
    Conditions,
    CurrentPoint,
    Execution,
    PowerModel,
    PowerState,
    Workload,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.board.schema import Board
    from mcusim.provenance import Basis

_MHZ = 1_000_000
_EXECUTIONS = (Execution.FLASH, Execution.FLASH_PREFETCH, Execution.ANY, Execution.RAM, Execution.TCM)
_DEEP = (Activity.STOP, Activity.STANDBY)


def full_clock_band(board: Board) -> tuple[float, Basis]:
    """How far the run current may be off, in percent, and its basis: at the highest clock of the tables, from flash."""
    model = load_power_model(board.power_model)
    check_chip(model, board.chip.name)
    run = [each for each in model.points if each.activity is Activity.RUN]
    own = [each for each in run if each.regulator == model.regulator] or run
    execution = next(each for each in _EXECUTIONS if any(point.execution is each for point in own))
    fastest = max((each for each in own if each.execution is execution), key=lambda each: each.clock_hz)
    state = PowerState(
        Activity.RUN,
        execution,
        min(fastest.clock_hz, board.chip.max_clock_hz),
        regulator=fastest.regulator,
        voltage_range=fastest.voltage_range,
    )
    found = current_estimate(model, state, Conditions(board.supply_v))
    ratios = (1 - found.low_a / found.value_a, found.high_a / found.value_a - 1)
    return 100 * max(ratios), found.basis


def power_lines(board: Board) -> list[str]:
    """The section of a board's description; one line where there is no power model."""
    if not board.power_model:
        return ["Power", *wrapped(f"no model, reports have no energy: {board.no_power_reason}")]
    model = load_power_model(board.power_model)
    check_chip(model, board.chip.name)
    sources = Sources()
    percent, basis = full_clock_band(board)
    lines = [
        f"Power model {model.name}",
        *wrapped(f"covers: {model.covers}"),
        *_range_lines(model, sources),
        *wrapped(
            f"run current at the highest clock of the tables: ±{percent:.0f} % ({basis.value})",
        ),
        "",
        "Currents at 25 °C",
        *_current_lines(model, sources),
    ]
    if model.wake_ups:
        lines += ["", "Waking up", *_wake_up_lines(model, sources)]
    if model.peripherals:
        lines += ["", "Peripherals, while firmware has their clocks on", *_peripheral_lines(model, sources)]
    lines += ["", "Not in the power model", *_missing_lines(model)]
    return [*lines, "", "Sources of the power model", *sources.lines()]


def _range_lines(model: PowerModel, sources: Sources) -> list[str]:
    number = sources.number
    regulators = dict.fromkeys((model.regulator, *(each.regulator for each in model.points)))
    others = [each for each in regulators if each != model.regulator]
    also = f"; currents of {', '.join(others)} too" if others else ""
    lines = [
        f"supply {model.min_supply_v:g} to {model.max_supply_v:g} V {number(model.supply_provenance)}",
        f"regulator after reset: {model.regulator}{also}",
    ]
    if model.temp_provenance is not None:
        lines.append(
            f"temperature {model.min_temp_c:g} to {model.max_temp_c:g} °C {number(model.temp_provenance)}"
        )
    if model.voltage_ranges:
        ranges = (
            f"{each.name} up to {each.max_clock_hz / _MHZ:g} MHz {number(each.provenance)}"
            for each in model.voltage_ranges
        )
        lines.append("core voltage ranges: " + ", ".join(ranges))
    lines.append(
        f"inference draws {model.inference_scale_ratio:g} ({model.inference_scale_low_ratio:g} to "
        f"{model.inference_scale_high_ratio:g}) times the benchmark currents {number(model.scale_provenance)}"
    )
    lines += [
        f"calibrated: {fit.points_count} points of {fit.measurement}, {fit.residual_ratio:.1%} left"
        for fit in model.fits
    ]
    return [text for line in lines for text in wrapped(line)]


def _current_lines(model: PowerModel, sources: Sources) -> list[str]:
    """One line per state, regulator, core voltage range and supply: clocks and currents as ranges."""
    rows: list[tuple[str, ...]] = [("STATE", "MHZ", "MA", "AT", "SOURCE")]
    typical = [each for each in model.points if each.temp_c == TABLE_TEMP_C]
    groups: dict[tuple[object, ...], list[CurrentPoint]] = {}
    for point in typical:
        groups.setdefault(_row_key(point), []).append(point)
    for points in groups.values():
        cited_in = dict.fromkeys(sources.number(each.provenance).strip("[]") for each in points)
        rows.append(
            (
                _state(points[0]),
                _span(each.clock_hz / _MHZ for each in points),
                _span(each.current_a * 1e3 for each in points),
                _conditions(points[0], model),
                f"[{','.join(cited_in)}]",
            )
        )
    lines = [f"  {line}" for line in columns(rows).splitlines()]
    if any(each.workload is Workload.INFERENCE for each in typical):
        lines.append("  *: measured during inference, the others with benchmarks")
    if others := sorted({each.temp_c for each in model.points} - {TABLE_TEMP_C}):
        lines += wrapped(f"the model has currents at {', '.join(f'{each:g}' for each in others)} °C, too")
    return lines


def _state(point: CurrentPoint) -> str:
    if point.mode:
        return point.mode
    where = "" if point.execution is Execution.ANY else f" {point.execution.value}"
    return f"{point.activity.value}{where}{'*' * (point.workload is Workload.INFERENCE)}"


def _row_key(point: CurrentPoint) -> tuple[object, ...]:
    supply_v = point.supply_v if point.regulator == "smps" else 0
    return (_state(point), point.regulator, point.voltage_range, supply_v)


def _span(values: Iterable[float]) -> str:
    numbers = sorted(set(values))
    if numbers == [0]:
        return "any"
    ends = dict.fromkeys((f"{numbers[0]:.3g}", f"{numbers[-1]:.3g}"))
    return "-".join(ends)


def _conditions(point: CurrentPoint, model: PowerModel) -> str:
    parts = [point.regulator] if point.regulator != model.regulator else []
    parts += [point.voltage_range] if point.voltage_range else []
    parts += [f"{point.supply_v:g} V"] if point.regulator == "smps" else []
    return " ".join(parts)


def _wake_up_lines(model: PowerModel, sources: Sources) -> list[str]:
    rows = [
        (
            f"  {each.mode}",
            f"{each.duration_s * 1e6:g} µs",
            f"{each.current_a * 1e3:g} mA" if each.current_a is not None else "at the run current",
            sources.number(each.provenance),
        )
        for each in model.wake_ups
    ]
    return columns(rows).splitlines()


def _peripheral_lines(model: PowerModel, sources: Sources) -> list[str]:
    """In running text: there are dozens."""
    shown = []
    for source, group in groupby(model.peripherals, key=lambda each: each.provenance):
        named = []
        for each in group:
            parts = [f"{each.a_per_hz * 1e6 * _MHZ:.3g} µA/MHz"] if each.a_per_hz else []
            parts += [f"{each.current_a * 1e6:.3g} µA"] if each.current_a else []
            named.append(f"{each.name} {' + '.join(parts) or '0'}")
        shown.append(f"{', '.join(named)} {sources.number(source)}")
    return [line for text in shown for line in wrapped(text)]


def _missing_lines(model: PowerModel) -> list[str]:
    timed = {each.mode for each in model.wake_ups}
    untimed = [
        mode
        for mode in model.modes
        if mode not in timed and any(each.mode == mode and each.activity in _DEEP for each in model.points)
    ]
    activities = {each.activity for each in model.points}
    missing = [f"currents in {each.value}" for each in (Activity.SLEEP, *_DEEP) if each not in activities]
    missing += [f"time to wake up from {', '.join(untimed)}"] if untimed else []
    missing += ["currents of single peripherals"] if not model.peripherals else []
    missing += ["other temperatures than 25 °C"] if model.temp_provenance is None else []
    missing += ["the rest of the board: LEDs, debugger, sensors, its own regulators"]
    return wrapped(cited(missing))
