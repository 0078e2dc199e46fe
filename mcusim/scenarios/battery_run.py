"""Measures one inference on a board and tells how long a battery lasts with one every so often."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from mcusim.board.load import load_board
from mcusim.errors import ExitCode, McusimError, UsageError
from mcusim.provenance import Basis
from mcusim.report.battery import BatteryId, BatteryLife
from mcusim.report.quantity import Band
from mcusim.report.stops import FAULTS, LIMITS
from mcusim.scenarios.batteries import USUAL_SHELF_LIFE_S
from mcusim.scenarios.battery import (
    CROSSING_RATIOS,
    Charge,
    Cycle,
    check_battery,
    check_interval,
    crossing_at,
    curve_intervals,
    curve_of,
    life_at,
    shares_of,
    shelf_life,
    sleep_only_life,
)
from mcusim.scenarios.battery_notes import notes_of, warnings_of
from mcusim.scenarios.battery_sleep import SleepWish, run_current, sleep_of, wake_up_of
from mcusim.scenarios.battery_supply import SupplyWish, battery_voltage, feeding_of
from mcusim.session import measure, power_model_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.power.schema import PowerModel
    from mcusim.report.battery import Feeding, SleepUse, WakeUpUse
    from mcusim.report.report import EnergyBasis, Report
    from mcusim.report.request import Progress, RunRequest
    from mcusim.scenarios.batteries import Battery


class InferenceFaultError(McusimError):
    """The firmware faulted before an inference had ended."""

    exit_code: ClassVar[ExitCode] = ExitCode.FIRMWARE_FAULTED


class InferenceLimitError(McusimError):
    """The run's limit was reached before an inference had ended."""

    exit_code: ClassVar[ExitCode] = ExitCode.LIMIT_REACHED


@dataclass(frozen=True, slots=True)
class BatteryWish:
    """What the user wants to know."""

    interval_s: float
    battery: Battery
    sleep: SleepWish = field(default_factory=SleepWish)
    sensor_j: float = 0.0
    board_a: float = 0.0
    efficiency_ratio: float | None = None


def battery_life(
    request: RunRequest, wish: BatteryWish, progress: Callable[[Progress], None] | None = None
) -> BatteryLife:
    """Run the firmware of `request` and compute the life of the battery.

    Raises:
        McusimError: as `measure`; the board has no power model, the model no sleep current, the battery cannot feed
            the chip, is too small, or the interval too short; no inference ended.
    """
    model, board_v = _model_and_board_v(request)
    supply = SupplyWish(board_v, request.supply_v, wish.efficiency_ratio)
    feeding = feeding_of(wish.battery, model, supply)
    report = measure(replace(request, supply_v=feeding.supply_v, needs_layers=False), progress)
    return life_of_report(report, model, feeding, wish)


def life_of_report(report: Report, model: PowerModel, feeding: Feeding, wish: BatteryWish) -> BatteryLife:
    """The battery's life from a measured run, which was made at the supply of `feeding`."""
    energy = _energy_of(report)
    sleep = sleep_of(model, energy, report.temp_c, wish.sleep)
    wake_up = wake_up_of(model, sleep, energy)
    cycle = _cycle(report, feeding, sleep, wake_up, wish)
    check_interval(cycle, wish.interval_s)
    check_battery(cycle, charge_of(wish.battery))
    life = _assembled(_Parts(report, wish, feeding, sleep, wake_up, cycle))
    notes = notes_of(life, wish.battery, model, report)
    return replace(life, warnings=warnings_of(life, wish.battery, report), notes=notes)


def charge_of(battery: Battery) -> Charge:
    """What the battery has to give."""
    losses = battery.self_discharge_provenance
    usable_c = Band(
        battery.usable_c,
        battery.capacity_c * battery.usable_low_ratio,
        battery.capacity_c * battery.usable_high_ratio,
        (battery.capacity_provenance.basis if battery.has_own_band else Basis.ASSUMED).value,
    )
    basis = losses.basis if losses else Basis.ASSUMED
    return Charge(usable_c, battery.capacity_c, battery.decay_hz, basis.value)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the answer is put together from."""

    report: Report
    wish: BatteryWish
    feeding: Feeding
    sleep: SleepUse
    wake_up: WakeUpUse
    cycle: Cycle


def _model_and_board_v(request: RunRequest) -> tuple[PowerModel, float]:
    board = load_board(request.board)
    model = power_model_of(request, board)
    if model is None:
        raise UsageError(
            f"board '{board.name}' has no power model",
            why="without supply currents there is no energy and no battery life",
            fix="choose a board with one (mcusim boards), or give --power-model FILE.toml",
        )
    return model, board.supply_v


def _energy_of(report: Report) -> EnergyBasis:
    inference = report.inference
    if report.energy is not None and inference.energy_j is not None and inference.latency_s:
        return report.energy
    kinds = dict.fromkeys(FAULTS, InferenceFaultError) | dict.fromkeys(LIMITS, InferenceLimitError)
    raise kinds.get(report.stop.reason, UsageError)(
        f"no inference ended: {inference.function or 'the measured region'} has no complete call",
        why=f"the run ended with '{report.stop.reason}'"
        + (f": {report.stop.detail}" if report.stop.detail else ""),
        fix="'mcusim run' with the same options shows the run; --inference or --roi names another function",
    )


def _cycle(report: Report, feeding: Feeding, sleep: SleepUse, wake_up: WakeUpUse, wish: BatteryWish) -> Cycle:
    assert report.inference.energy_j is not None  # _energy_of looked
    assert report.inference.latency_s is not None
    return Cycle(
        inference_j=report.inference.energy_j,
        inference_s=report.inference.latency_s,
        wake_j=wake_up.energy_j,
        wake_s=wake_up.duration_s,
        sleep_a=sleep.current_a,
        supply_v=feeding.supply_v,
        battery_v=battery_voltage(wish.battery, feeding),
        sensor_j=wish.sensor_j,
        board_a=wish.board_a,
    )


def _assembled(parts: _Parts) -> BatteryLife:
    report, cycle, interval_s = parts.report, parts.cycle, parts.wish.interval_s
    charge = charge_of(parts.wish.battery)
    here = life_at(cycle, charge, interval_s)
    return BatteryLife(
        mcusim_version=report.mcusim_version,
        firmware=report.firmware,
        board=report.board,
        board_title=report.board_title,
        core=report.core,
        clock_hz=report.clock_hz,
        power_model=_energy_of(report).model,
        what_if=report.what_if,
        stop=report.stop.reason,
        function=report.inference.function,
        interval_s=interval_s,
        inference_s=_latency(report, cycle),
        inference_j=cycle.inference_j,
        running=run_current(_energy_of(report)),
        battery=_battery_id(parts.wish.battery, charge),
        feeding=parts.feeding,
        sleep=parts.sleep,
        wake_up=parts.wake_up,
        average_a=here.average_a,
        life_s=here.life_s,
        shares=shares_of(cycle, charge, interval_s),
        peak_a=_peak(report, cycle),
        crossings=tuple(crossing_at(cycle, charge, each) for each in CROSSING_RATIOS),
        sleep_only_s=sleep_only_life(cycle, charge),
        self_discharge_only_s=shelf_life(charge),
        curve=curve_of(cycle, charge, curve_intervals(cycle.awake_s, interval_s)),
        warnings=(),
        notes=(),
    )


def _latency(report: Report, cycle: Cycle) -> Band:
    inference = report.inference
    low_s = cycle.inference_s if inference.low_s is None else inference.low_s
    high_s = cycle.inference_s if inference.high_s is None else inference.high_s
    return Band(cycle.inference_s, low_s, high_s, inference.cycles_basis)


def _peak(report: Report, cycle: Cycle) -> float:
    """Mean run current of the dearest state, out of the battery: pulses within it are higher."""
    return run_current(_energy_of(report)).current_a.value * cycle.supply_v / cycle.battery_v


def _battery_id(battery: Battery, charge: Charge) -> BatteryId:
    kinds = (
        ("voltage", battery.voltage_provenance),
        ("capacity", battery.capacity_provenance),
        ("self-discharge", battery.self_discharge_provenance),
        ("load", battery.load_provenance),
    )
    return BatteryId(
        name=battery.name,
        title=battery.title,
        nominal_v=battery.nominal_v,
        cutoff_v=battery.cutoff_v,
        max_v=battery.max_v,
        capacity_c=battery.capacity_c,
        usable_c=charge.usable_c,
        self_discharge_percent=battery.self_discharge_percent,
        max_continuous_a=battery.max_continuous_a,
        max_pulse_a=battery.max_pulse_a,
        shelf_life_s=battery.shelf_life_s or USUAL_SHELF_LIFE_S,
        sources=tuple(f"{kind}: {each.source} ({each.basis.value})" for kind, each in kinds if each),
    )
