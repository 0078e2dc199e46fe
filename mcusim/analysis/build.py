"""Recording + Image + Board + PowerModel → Report; pure, no emulator needed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcusim.analysis import convert
from mcusim.analysis import warnings as warn
from mcusim.analysis.activity import Activities
from mcusim.analysis.calibrated import calibrations_of
from mcusim.analysis.contexts import context_costs, stack_warnings
from mcusim.analysis.energy import EnergyMeter, check_model, conditions_of
from mcusim.analysis.explain import reasons_by_function
from mcusim.analysis.functions import CallTree
from mcusim.analysis.history import history_of
from mcusim.analysis.kernels import kernel_costs, kernel_rows
from mcusim.analysis.layers import inferences_in, network_of
from mcusim.analysis.memory import flash_use, memory_warnings, ram_use
from mcusim.analysis.pins import pin_traces
from mcusim.analysis.profile import profile_of
from mcusim.analysis.region import main_clock_hz, measured_region
from mcusim.analysis.timing_error import timing_error
from mcusim.firmware.image import SymbolKind
from mcusim.firmware.models import find_models
from mcusim.firmware.recognise import operator_names
from mcusim.firmware.svd import bit_names
from mcusim.recorded.run import RecordedRun
from mcusim.report import quantity
from mcusim.report import report as parts
from mcusim.report.network import Network

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.analysis.activity import StateCycles
    from mcusim.analysis.layers import LayerRow
    from mcusim.analysis.region import Region
    from mcusim.board.schema import Board
    from mcusim.firmware.image import Image
    from mcusim.power.schema import PowerModel
    from mcusim.recording.recording import Recording
    from mcusim.report.request import RunRequest


def build_report(
    recording: Recording,
    image: Image,
    board: Board,
    power_model: PowerModel | None,
    request: RunRequest,
) -> parts.Report:
    """What the recording means on this board; without a power model the report has no energies.

    Raises:
        DataFileError: the power model or the error bands do not cover the board.
        UsageError: the power model does not cover the supply, temperature or clock of the request.
    """
    report = _Builder(recording, image, board, power_model, request).report()
    return replace(report, calibrations=calibrations_of(board, power_model))


def build_run(
    recording: Recording,
    image: Image,
    board: Board,
    power_model: PowerModel | None,
    request: RunRequest,
) -> RecordedRun:
    """The report with all that its views show besides; raises as `build_report` does."""
    builder = _Builder(recording, image, board, power_model, request)
    report = replace(builder.report(), calibrations=calibrations_of(board, power_model))
    profile = profile_of(recording, builder.tree, builder.activities, builder.meter)
    history = history_of(recording, report, image, board.chip, (builder.activities, builder.meter))
    return RecordedRun(recording, report, profile, history)


class _Builder:
    """What the parts of a report are made from, worked out once."""

    def __init__(
        self,
        recording: Recording,
        image: Image,
        board: Board,
        power_model: PowerModel | None,
        request: RunRequest,
    ) -> None:
        self.recording, self.image, self.board, self.request = recording, image, board, request
        self.conditions = conditions_of(request, board)
        if power_model is not None:
            check_model(power_model, request, board)
        self.tree = CallTree(recording)
        region_addrs = _addrs_of(image, recording.region_name) | {recording.region_addr}
        self.region = measured_region(recording, self.tree, region_addrs)
        self.activities = Activities(self.region, self.tree, board.chip)
        self.error = timing_error(
            board.chip.core,
            board.chip.flash_interface,
            uses_flash=self.activities.uses_flash(),
        )
        self.meter = (
            EnergyMeter(power_model, self.conditions, self.error) if power_model is not None else None
        )
        self.kernels = kernel_rows(self.tree, self.region)
        self.inferences = inferences_in(recording, self.tree, self.region)
        self.run_states = self.activities.of_run()
        self.kernel_states = tuple(self.activities.of_kernel(row) for row in self.kernels)

    def report(self) -> parts.Report:
        """All of it."""
        recording = self.recording
        ram = ram_use(self.image, self.board.chip, recording.memory)
        flash = flash_use(self.image, self.board.chip)
        variables, odd_variables = convert.variables_of(recording)
        polls = self._polls()
        energy = self._energy_basis()
        return parts.Report(
            schema=parts.SCHEMA_VERSION,
            mcusim_version=recording.tool_version,
            firmware=parts.FirmwareId(self.request.shown_firmware, self.image.sha256, self.image.build_id),
            board=self.board.name,
            board_title=self.board.title,
            core=self.board.chip.core,
            clock_hz=self._clock_hz(),
            supply_v=self.conditions.supply_v,
            temp_c=self.conditions.temp_c,
            totals=self._totals(energy),
            inference=self._inference(),
            ram=ram,
            flash=flash,
            functions=self._functions(),
            kernels=self._kernel_costs(),
            variables=variables,
            console="".join(text for _, text in recording.console),
            console_channels=convert.channels_of(recording),
            warnings=_unique([*self._warnings(ram, flash, polls, energy), *odd_variables]),
            stop=convert.stop_of(recording),
            reasons=recording.reason_cycles,
            counters=recording.counters,
            contexts=self._contexts(),
            phases=convert.phases_of(recording),
            unmodelled=convert.unmodelled_of(recording),
            polls=polls,
            energy=energy,
            network=self._network(),
            arenas=convert.arenas_of(recording),
            pins=pin_traces(recording),
            what_if=self.request.changes,
        )

    def _warnings(
        self,
        ram: parts.Ram,
        flash: parts.Flash,
        polls: tuple[parts.Poll, ...],
        energy: parts.EnergyBasis | None,
    ) -> list[str]:
        """The most important first."""
        return [
            *warn.region_warnings(self.recording, self.region, self.request),
            *warn.run_warnings(self.recording, self.board, self.request),
            *self.image.warnings,
            *self.recording.warnings,
            *memory_warnings(ram, flash, self.image),
            *stack_warnings(self._contexts()),
            *warn.hardware_warnings(self.recording, polls),
            *warn.power_warnings(self.board, energy, self.request),
        ]

    def _clock_hz(self) -> int:
        return main_clock_hz(self.region, self.request.clock_hz or self.board.chip.reset_clock_hz)

    def _energy(self, cycles: StateCycles) -> quantity.Band | None:
        return self.meter.energy_j(cycles) if self.meter is not None else None

    def _totals(self, energy: parts.EnergyBasis | None) -> parts.Totals:
        recording = self.recording
        # The times of the states that the report shows, so that they sum to this to the last bit.
        seconds = (
            [use.time_s for use in energy.states]
            if energy is not None
            else [count / state.clock_hz for state, count in self.run_states.items()]
        )
        return parts.Totals(
            cycles=recording.total_cycles,
            instructions=recording.instructions_count,
            active_cycles=recording.total_cycles - recording.sleep_cycles,
            sleep_cycles=recording.sleep_cycles,
            time_s=math.fsum(seconds),
            energy_j=self._energy(self.run_states),
        )

    def _inference(self) -> parts.Inference:
        figures = _call_figures(self.recording, self.region)
        per_call = self._region_states(1)
        cycles, latency = figures.cycles, figures.latency_s
        return parts.Inference(
            function=self.recording.region_name,
            kind=self.recording.region_kind,
            calls_count=self.region.calls_count,
            is_complete=self.region.calls_count > 0,
            cycles=cycles,
            min_cycles=figures.min_cycles,
            max_cycles=figures.max_cycles,
            cycles_error_percent=self.error.error_percent,
            low_cycles=None if cycles is None else self.error.low(cycles),
            high_cycles=None if cycles is None else self.error.high(cycles),
            latency_s=latency,
            low_s=None if latency is None else self.error.low(latency),
            high_s=None if latency is None else self.error.high(latency),
            cycles_basis=self.error.text,
            energy_j=None if cycles is None else self._energy(per_call),
        )

    def _energy_basis(self) -> parts.EnergyBasis | None:
        """Of the measured region over all its calls, or of the run when it was not reached."""
        if self.meter is None:
            return None
        cycles = self._region_states(max(1, self.region.calls_count))
        return self.meter.basis_of(cycles or self.run_states, self.run_states)

    def _region_states(self, calls_count: int) -> StateCycles:
        """Cycles by power state of so many mean calls of the region."""
        total: StateCycles = {}
        for states in self.kernel_states:
            for state, cycles in states.items():
                total[state] = total.get(state, 0.0) + cycles * calls_count
        return total

    def _functions(self) -> tuple[parts.FunctionCost, ...]:
        reasons = reasons_by_function(self.recording)
        costs = [
            parts.FunctionCost(
                name=self.tree.function_name(each.index),
                addr=self.tree.functions[each.index].addr if each.index >= 0 else 0,
                source_file=self.tree.functions[each.index].source_file if each.index >= 0 else "",
                calls_count=each.calls_count,
                self_cycles=each.self_cycles,
                inclusive_cycles=each.inclusive_cycles,
                energy_j=self._energy(self.activities.of_function(each.index)),
                reasons=reasons.get(each.index, ()),
            )
            # The nameless root of a context is called by nobody and costs nothing: it is no function.
            for each in self.tree.by_function().values()
            if each.calls_count or each.inclusive_cycles
        ]
        return tuple(sorted(costs, key=lambda cost: (-cost.self_cycles, cost.name, cost.addr)))

    def _kernel_costs(self) -> tuple[parts.KernelCost, ...]:
        energies = [self._energy(states) for states in self.kernel_states]
        return kernel_costs(self.kernels, energies, self.tree, self.region)

    def _network(self) -> Network | None:
        if self.inferences is None:
            return None
        runtime = self.recording.runtime
        energies = [self._energy(self._layer_states(row)) for row in self.inferences.rows]
        models = find_models(self.image, runtime)
        layers, model = network_of(self.inferences, energies, self.tree, operator_names(runtime), models)
        names = {each.addr: each.name for each in self.recording.functions if each.host_index < 0}
        name, inner = (
            names.get(each, "") for each in (self.recording.inference_addr, self.recording.inner_addr)
        )
        return Network(runtime, name, model, layers, inner)

    def _layer_states(self, row: LayerRow) -> StateCycles:
        """Cycles by power state of a layer, per inference; those of a kernel are per call of the region."""
        assert self.inferences is not None
        whole = max(1, self.region.calls_count) * self.inferences.scale_ratio
        factor = whole / (self.inferences.calls_count * (self.region.nodes_scale_ratio or 1.0))
        states = self.activities.of_kernel(row.cost)
        return {state: cycles * factor for state, cycles in states.items()}

    def _contexts(self) -> tuple[parts.ContextCost, ...]:
        return context_costs(self.recording, self.tree, self.activities, self._energy)

    def _polls(self) -> tuple[parts.Poll, ...]:
        return tuple(
            parts.Poll(
                each.addr,
                each.bits_mask,
                each.pc_addr,
                each.value,
                _function_at(self.image, each.pc_addr),
                each.register,
                each.bits or bit_names(each.bits_mask),
            )
            for each in sorted(self.recording.polls, key=lambda poll: (poll.addr, poll.pc_addr))
        )


@dataclass(frozen=True, slots=True)
class _CallFigures:
    cycles: quantity.Number | None
    min_cycles: int | None
    max_cycles: int | None
    latency_s: float | None


def _call_figures(recording: Recording, region: Region) -> _CallFigures:
    """Means per completed call; of `main` or a stretch that did not end, the figures up to the stop."""
    if not region.is_measured or (region.calls_count == 0 and recording.region_kind == "function"):
        return _CallFigures(None, None, None, None)
    calls = max(1, region.calls_count)
    whole, rest = divmod(region.total_cycles, calls)
    mean = whole if rest == 0 else region.total_cycles / calls
    has_spread = region.calls_count > 0 and recording.region_cycles_max > 0
    low, high = recording.region_cycles_min, recording.region_cycles_max
    if not has_spread:
        low = high = round(mean)
    return _CallFigures(mean, low, high, region.seconds_s / calls)


def _addrs_of(image: Image, name: str) -> frozenset[int]:
    return frozenset(
        symbol.addr
        for symbol in image.symbols
        if name and name in {symbol.name, symbol.linkage_name} and symbol.kind is SymbolKind.FUNCTION
    )


def _function_at(image: Image, addr: int) -> str:
    for symbol in image.symbols:
        if symbol.kind is SymbolKind.FUNCTION and symbol.addr <= addr < symbol.addr + max(
            symbol.size_bytes, 1
        ):
            return symbol.name
    return ""


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
