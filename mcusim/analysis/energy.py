"""Energy of power states: supply x current x time, with a band that holds the current's and the time's."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from mcusim.errors import UsageError
from mcusim.power.check import check_chip, check_conditions
from mcusim.power.energy import current_estimate, energy_of_currents
from mcusim.power.schema import TABLE_TEMP_C, Activity, Conditions
from mcusim.provenance import Basis, weakest
from mcusim.report.quantity import Band
from mcusim.report.report import CurrentUse, EnergyBasis
from mcusim.units import exact_mhz

if TYPE_CHECKING:
    from mcusim.analysis.activity import StateCycles
    from mcusim.analysis.timing_error import TimingError
    from mcusim.board.schema import Board
    from mcusim.power.schema import CurrentEstimate, PowerModel, PowerState
    from mcusim.report.request import RunRequest

_MEMORY = re.compile(r"^flash|ram\d*$")
"""Names of memories among the devices that have a clock."""


class EnergyMeter:
    """Turns cycles by power state into joules with one power model, under the conditions of one run."""

    def __init__(self, model: PowerModel, conditions: Conditions, error: TimingError) -> None:
        self._model = model
        self._conditions = conditions
        self._error = error
        self._known_peripherals = frozenset(each.name for each in model.peripherals)
        self._currents: dict[PowerState, CurrentEstimate] = {}

    def energy_j(self, cycles: StateCycles) -> Band:
        """The energy of so many cycles in each state.

        The band is linear: the lowest current for the shortest time to the highest current for the longest.
        """
        told = self._told_apart(cycles)
        drawn = ((self._current(state), count / state.clock_hz) for state, count in told.items())
        energy = energy_of_currents(drawn, self._conditions.supply_v)
        basis = weakest([self._error.basis, Basis(energy.basis)])
        return Band(energy.value, self._error.low(energy.low), self._error.high(energy.high), basis.value)

    def power_w(self, cycles: StateCycles) -> Band:
        """The mean supply power while so many cycles pass in each state; the band is the currents', not the time's."""
        told = self._told_apart(cycles)
        seconds = {state: count / state.clock_hz for state, count in told.items()}
        time_s = math.fsum(seconds.values())
        shares = ((self._current(state), each / time_s) for state, each in seconds.items())
        power = energy_of_currents(shares, self._conditions.supply_v)
        return Band(power.value, power.low, power.high, power.basis)

    def basis_of(self, cycles: StateCycles, run_cycles: StateCycles) -> EnergyBasis:
        """Which currents the energy of some states rests on, and that of all states of the run; dearest first."""
        return EnergyBasis(
            model=self._model.name,
            model_file=PurePath(self._model.path).name,
            supply_v=self._conditions.supply_v,
            scaling=self._scaling(cycles),
            currents=self._uses(cycles),
            notes=self._notes(cycles),
            temp_c=self._conditions.temp_c,
            covers=self._model.covers,
            states=self._uses(run_cycles),
            uncounted_peripherals=self._uncounted(cycles),
        )

    def _uses(self, cycles: StateCycles) -> tuple[CurrentUse, ...]:
        uses = [self._use(state, count) for state, count in self._told_apart(cycles).items()]
        uses.sort(
            key=lambda use: (
                -use.energy_j.value,
                use.activity,
                use.mode,
                use.execution,
                use.clock_hz,
                use.regulator,
                use.voltage_range,
                use.peripherals,
            )
        )
        return tuple(uses)

    def _use(self, state: PowerState, count: float) -> CurrentUse:
        current = self._current(state)
        return CurrentUse(
            activity=state.activity.value,
            execution=state.execution.value,
            clock_hz=state.clock_hz,
            cycles=round(count),
            current_a=Band(current.value_a, current.low_a, current.high_a, current.basis.value),
            energy_j=self.energy_j({state: count}),
            source="; ".join(current.sources),
            time_s=count / state.clock_hz,
            mode=state.mode,
            regulator=current.regulator or state.regulator,
            voltage_range=current.voltage_range or state.voltage_range,
            peripherals=current.peripherals,
        )

    def _notes(self, cycles: StateCycles) -> tuple[str, ...]:
        notes = {self._current(state).note for state in self._told_apart(cycles)} - {""}
        return tuple(sorted(notes))

    def _scaling(self, cycles: StateCycles) -> str:
        """How benchmark currents became inference currents, where any did."""
        model = self._model
        is_scaled = any(
            state.activity is Activity.RUN and self._current(state).table_ratio > 0
            for state in self._told_apart(cycles)
        )
        if model.inference_scale_ratio == 1.0 or not is_scaled:
            return ""
        band = f"{model.inference_scale_low_ratio:g} to {model.inference_scale_high_ratio:g}"
        return f"table current x {model.inference_scale_ratio:g} ({band}): {model.scale_provenance.source}"

    def _uncounted(self, cycles: StateCycles) -> tuple[str, ...]:
        """Clocked, and in no current. The clocks of memories are: code was running when the tables were taken."""
        clocked = {
            name
            for state in cycles
            if state.peripherals and self._current(self._known(state)).table_ratio > 0
            for name in state.peripherals
        }
        return tuple(sorted(each for each in clocked - self._known_peripherals if not _MEMORY.search(each)))

    def _told_apart(self, cycles: StateCycles) -> StateCycles:
        """The same with one state for all that differ only in peripherals whose current nobody published."""
        told: StateCycles = {}
        for state, count in cycles.items():
            known = self._known(state)
            told[known] = told.get(known, 0.0) + count
        return told

    def _known(self, state: PowerState) -> PowerState:
        known = tuple(each for each in state.peripherals if each in self._known_peripherals)
        return state if known == state.peripherals else replace(state, peripherals=known)

    def _current(self, state: PowerState) -> CurrentEstimate:
        if state not in self._currents:
            self._currents[state] = current_estimate(self._model, state, self._conditions)
        return self._currents[state]


def conditions_of(request: RunRequest, board: Board) -> Conditions:
    """Supply and temperature of a run: the user's, else the board's."""
    return Conditions(
        supply_v=board.supply_v if request.supply_v is None else request.supply_v,
        temp_c=TABLE_TEMP_C if request.temp_c is None else request.temp_c,
    )


def check_model(model: PowerModel, request: RunRequest, board: Board) -> None:
    """Refuse a power model that says nothing about this run.

    Raises:
        DataFileError: it is for another chip.
        UsageError: supply, temperature or clock are outside what the chip works at.
    """
    check_chip(model, board.chip.name)
    check_conditions(model, conditions_of(request, board))
    if request.clock_hz is not None and request.clock_hz > board.chip.max_clock_hz:
        raise UsageError(
            f"--clock {exact_mhz(request.clock_hz)} is above the chip's highest clock",
            where=f"chip '{board.chip.name}'",
            why=f"{exact_mhz(board.chip.max_clock_hz)} is specified: {board.chip.clock_provenance.source}",
            fix="give --clock at most that, or choose a faster board",
        )
