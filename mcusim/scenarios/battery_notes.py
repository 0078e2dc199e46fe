"""What a reader of a battery life must know besides the number: limits of the battery, and what was left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.power.schema import TABLE_TEMP_C, Activity
from mcusim.scenarios.batteries import USABLE_BAND_RATIO, YEAR_S
from mcusim.scenarios.battery import BOARD
from mcusim.scenarios.battery_supply import supply_notes
from mcusim.units import engineering

if TYPE_CHECKING:
    from mcusim.power.schema import PowerModel
    from mcusim.report.battery import BatteryLife
    from mcusim.report.report import Report
    from mcusim.scenarios.batteries import Battery


def warnings_of(life: BatteryLife, battery: Battery, report: Report) -> tuple[str, ...]:
    """What makes the life wrong, or the device fail, in an order of importance."""
    found = [*_load_warnings(life, battery), *_run_warnings(life, report)]
    if life.life_s.value > life.battery.shelf_life_s:
        years = f"{life.battery.shelf_life_s / YEAR_S:g} years"
        why = (
            f"its shelf life is {years}"
            if battery.shelf_life_s
            else f"no cell is specified beyond about {years}"
        )
        found.append(f"the computed life is longer than the battery's own: {why}")
    if life.sleep.activity == Activity.STANDBY.value:
        found.append(
            f"waking from {life.sleep.mode} is a reset: start-up before each inference is not in the estimate; "
            "give what it takes as --sensor-energy"
        )
    return tuple(found)


def notes_of(life: BatteryLife, battery: Battery, model: PowerModel, report: Report) -> tuple[str, ...]:
    """What was assumed, and what is not in the numbers."""
    covers = report.energy.covers if report.energy else ""
    found = [*life.sleep.notes, *supply_notes(battery, model, life.feeding)]
    if life.sleep.chosen_by == "assumed":
        found.append(f"check that a timer or the sensor can wake the chip from {life.sleep.mode}")
    if not life.wake_up.source and life.sleep.activity in {Activity.STOP.value, Activity.STANDBY.value}:
        found.append(f"the power model has no wake-up time from {life.sleep.mode}: none is counted")
    if battery.self_discharge_percent is None:
        found.append("the battery's self-discharge is not known: none is counted (--self-discharge 2%)")
    if not battery.has_own_band:
        found.append(f"the usable charge is taken as known to ±{USABLE_BAND_RATIO:.0%} (assumed)")
    if not any(share.name == BOARD and share.current_a.value > 0 for share in life.shares):
        found.append("regulator, sensors, radio and LEDs are not counted (--extra-current, --sensor-energy)")
        found += [f"the currents cover {covers}"] if covers else []
    if abs(report.temp_c - TABLE_TEMP_C) > 1:
        found.append("the battery's charge and self-discharge are those at room temperature")
    found += report.energy.notes if report.energy else ()
    if report.warnings:
        count = len(report.warnings)
        found.append(
            f"the run has {count} warning{'s' * (count != 1)}: 'mcusim run' shows what they are about"
        )
    return tuple(dict.fromkeys(found))


def _load_warnings(life: BatteryLife, battery: Battery) -> list[str]:
    peak = engineering(life.peak_a, "A")
    pulse_a = battery.max_pulse_a or battery.max_continuous_a
    found = []
    if pulse_a is not None and life.peak_a > pulse_a:
        kind = (
            "even in pulses" if battery.max_pulse_a else "all the time (its rating for pulses is not known)"
        )
        found.append(
            f"{battery.title} delivers {engineering(pulse_a, 'A')} {kind}; the inference draws {peak}: "
            "the voltage breaks down. A larger battery, a slower clock or a capacitor for the whole inference helps"
        )
    elif battery.max_continuous_a is not None and life.peak_a > battery.max_continuous_a:
        found.append(
            f"the inference draws {peak} for {engineering(life.inference_s.value, 's')}, {battery.title} delivers "
            f"{engineering(battery.max_continuous_a, 'A')} all the time: such pulses take capacity that is not counted"
        )
    if battery.max_continuous_a is not None and life.average_a.value > battery.max_continuous_a:
        found.append(
            f"the average of {engineering(life.average_a.value, 'A')} is more than {battery.title} delivers "
            f"all the time ({engineering(battery.max_continuous_a, 'A')}): it gives less than its capacity"
        )
    return found


def _run_warnings(life: BatteryLife, report: Report) -> list[str]:
    found = []
    running, asleep = life.running.current_a.value, life.sleep.current_a.value
    if asleep > running:
        found.append(
            f"{engineering(asleep, 'A')} between inferences is more than the {engineering(running, 'A')} that the "
            "inference draws: check the unit of --sleep-current (2uA, 1.5mA)"
        )
    if life.inference_s.high + life.wake_up.duration_s > life.interval_s:
        found.append(
            f"one inference may take {engineering(life.inference_s.high, 's')} (upper end of its band): "
            f"more than the {engineering(life.interval_s, 's')} between two"
        )
    if report.inference.kind in {"main", "whole"}:
        what = "main" if report.inference.kind == "main" else "the whole run"
        found.append(
            f"no inference function was recognised: {what} is taken as one inference (--inference names it)"
        )
    if report.stop.fault is not None:
        found.append("the firmware faulted later in the run: 'mcusim run' shows where")
    return found
