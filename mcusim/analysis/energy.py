"""Energy of power states: supply x current x time, with a band that holds the current's and the time's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.power.energy import current_estimate, energy_of_currents
from mcusim.power.schema import TABLE_TEMP_C, Conditions
from mcusim.provenance import Basis, weakest
from mcusim.report.quantity import Band
from mcusim.report.report import CurrentUse, EnergyBasis

if TYPE_CHECKING:
    from mcusim.analysis.activity import StateCycles
    from mcusim.analysis.timing_error import TimingError
    from mcusim.board.schema import Board
    from mcusim.power.schema import CurrentEstimate, PowerModel, PowerState
    from mcusim.report.request import RunRequest


class EnergyMeter:
    """Turns cycles by power state into joules with one power model, under the conditions of one run."""

    def __init__(self, model: PowerModel, conditions: Conditions, error: TimingError) -> None:
        self._model = model
        self._conditions = conditions
        self._error = error
        self._currents: dict[PowerState, CurrentEstimate] = {}

    def energy_j(self, cycles: StateCycles) -> Band:
        """The energy of so many cycles in each state.

        The band is linear: the lowest current for the shortest time to the highest current for the longest.
        """
        drawn = ((self._current(state), count / state.clock_hz) for state, count in cycles.items())
        energy = energy_of_currents(drawn, self._conditions.supply_v)
        basis = weakest([self._error.basis, Basis(energy.basis)])
        return Band(energy.value, self._error.low(energy.low), self._error.high(energy.high), basis.value)

    def basis_of(self, cycles: StateCycles) -> EnergyBasis:
        """Which currents the energy of these states rests on, dearest first."""
        uses = [self._use(state, count) for state, count in cycles.items()]
        uses.sort(key=lambda use: (-use.energy_j.value, use.activity, use.execution, use.clock_hz))
        notes = {self._current(state).note for state in cycles} - {""}
        return EnergyBasis(
            model=self._model.name,
            supply_v=self._conditions.supply_v,
            scaling=_scaling(self._model),
            currents=tuple(uses),
            notes=tuple(sorted(notes)),
        )

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
        )

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


def _scaling(model: PowerModel) -> str:
    if model.inference_scale_ratio == 1.0:
        return ""
    band = f"{model.inference_scale_low_ratio:g} to {model.inference_scale_high_ratio:g}"
    return f"table current x {model.inference_scale_ratio:g} ({band}): {model.scale_provenance.source}"
