"""What a reader of the report must know besides the numbers; each warning says what it means for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.analysis.registers import shown_wait
from mcusim.board.wait_states import tables_for, wait_states_for
from mcusim.units import engineering, grouped

if TYPE_CHECKING:
    from mcusim.analysis.region import Region
    from mcusim.board.schema import Board, FlashInterface
    from mcusim.recording.recording import Phase, Recording
    from mcusim.report.report import EnergyBasis, Poll
    from mcusim.report.request import RunRequest

_UNRESOLVED_TOLERATED_RATIO = 0.001
_NAMES_SHOWN = 4
_CLOCK_TOLERANCE_RATIO = 1.001  # a PLL beside its nominal clock is no overclocking: 48.005 MHz on SAM D21


def region_warnings(recording: Recording, region: Region, request: RunRequest) -> list[str]:
    """Whether the measured region is what the user meant, and whether it ended."""
    name = recording.region_name
    warnings = []
    if recording.region_kind in {"main", "whole"} and request.roi is None and request.roi_begin is None:
        whole = "all of main" if recording.region_kind == "main" else "the whole run"
        how = (
            " by its address, as in --inference sub_08001234"
            if _is_nameless(recording)
            else " with --inference"
        )
        warnings.append(
            f"no inference function is known in this firmware: {whole} was measured; name it{how}, "
            "or any function with --roi"
        )
    if not region.is_measured:
        warnings.append(f"'{name}' was never reached: there is no latency and no energy per inference")
    elif region.calls_count == 0 and recording.region_kind == "function":
        warnings.append(f"'{name}' had not returned when the run stopped: no call of it was measured in full")
    elif region.calls_count == 0:
        warnings.append(f"'{name}' had not ended when the run stopped: its figures go up to the stop")
    elif region.has_unfinished:
        warnings.append(
            f"a call of '{name}' had not returned when the run stopped: "
            "it is not in the mean, but shapes the shares of the kernels"
        )
    return warnings


def _is_nameless(recording: Recording) -> bool:
    """Every function that ran is called by its address."""
    functions = [each for each in recording.functions if each.addr]
    return bool(functions) and all(each.name == f"sub_{each.addr:08X}" for each in functions)


def run_warnings(recording: Recording, board: Board, request: RunRequest) -> list[str]:
    """How the run ended and what it could not account for."""
    warnings = []
    if recording.stop.reason in {"max_cycles", "max_seconds"}:
        is_default = request.max_cycles is None and request.max_seconds is None
        which = "mcusim's own limit (set another with --max-seconds)" if is_default else "its limit"
        warnings.append(f"the run was cut off by {which}: totals and peak RAM go up to there")
    if recording.stop.exit_status != 0:
        warnings.append(f"the firmware exited with status {recording.stop.exit_status}")
    missing = (
        recording.total_cycles - recording.sleep_cycles - sum(node.self_cycles for node in recording.calls)
    )
    if missing:
        warnings.append(
            f"{grouped(missing)} active cycles belong to no function: please report this as a bug of mcusim"
        )
    unresolved = dict(recording.counters).get("unresolved_data_accesses", 0)
    fastest_hz = max((phase.clock_hz for phase in recording.phases), default=0)
    if fastest_hz > _CLOCK_TOLERANCE_RATIO * board.chip.max_clock_hz and board.power_model:
        warnings.append(
            f"the core ran at {engineering(fastest_hz, 'Hz')}, the chip is specified up to "
            f"{engineering(board.chip.max_clock_hz, 'Hz')}"
        )
    warnings += _wait_state_warnings(recording, board, request)
    has_waits = board.chip.flash_interface is not None or any(
        each.read_wait_cycles or each.write_wait_cycles for each in board.chip.regions
    )
    if has_waits and unresolved > _UNRESOLVED_TOLERATED_RATIO * recording.instructions_count:
        warnings.append(
            f"the addresses of {grouped(unresolved)} data accesses are not known: "
            "their memory waits are not counted"
        )
    return warnings


def _wait_state_warnings(recording: Recording, board: Board, request: RunRequest) -> list[str]:
    """The stretch whose flash was furthest from having the wait states that its clock needs, if any lacks some."""
    interface = board.chip.flash_interface
    if interface is None or interface.waits_follow_clock or not interface.wait_states:
        return []
    supply_v = board.supply_v if request.supply_v is None else request.supply_v
    # A clock that the user forces holds from reset on, before the firmware could set its wait states.
    longest_cycles = max((phase.active_cycles for phase in recording.phases), default=0)
    shortest_cycles = 1 if request.clock_hz is None else max(1, longest_cycles)
    lacking = [
        _lack_of_wait_states(interface, phase, supply_v, board.chip.max_clock_hz)
        for phase in recording.phases
        if phase.active_cycles >= shortest_cycles
    ]
    worst = max(lacking, default=(0, 0, ""))
    return [worst[-1]] if worst[0] else []


def _lack_of_wait_states(
    interface: FlashInterface, phase: Phase, supply_v: float, max_clock_hz: int
) -> tuple[int, int, str]:
    """(wait states that are missing, clock, the warning that says so); (0, …) when none is."""
    clock_hz, waits_count, voltage_range = (
        phase.clock_hz,
        phase.flash_wait_cycles,
        phase.power.voltage_range,
    )
    tables = tables_for(interface, supply_v, voltage_range)
    limit_hz, last_count = max(
        ((each.limits_hz[-1], len(each.limits_hz) - 1) for each in tables), default=(0, 0)
    )
    ran = f"the core ran at {engineering(clock_hz, 'Hz')}{_conditions(interface, supply_v, voltage_range)}"
    needed_count = wait_states_for(interface, clock_hz, supply_v, voltage_range)
    # Above the chip's highest clock, which is warned about elsewhere, the table's end is the least.
    if needed_count is None and clock_hz > max_clock_hz:
        needed_count = last_count
    if needed_count is None:
        so_far = f"up to {engineering(limit_hz, 'Hz')} with any wait states" if tables else "for no clock"
        return last_count + 1, clock_hz, f"{ran}, where flash is specified {so_far}: silicon would misread it"
    return (
        max(0, needed_count - waits_count),
        clock_hz,
        f"{ran} with {_counted(waits_count, 'flash wait state')}, "
        f"which needs {needed_count}: silicon would misread its flash",
    )


def _conditions(interface: FlashInterface, supply_v: float, voltage_range: str) -> str:
    """What the limits depend on, on this chip."""
    has_supplies = len({each.min_supply_v for each in interface.wait_states}) > 1
    has_range = voltage_range in {each.voltage_range for each in interface.wait_states} - {""}
    return (f" and {supply_v:g} V" if has_supplies else "") + (f" in {voltage_range}" if has_range else "")


def _counted(count: int, word: str) -> str:
    return f"{count or 'no'} {word}{'s' * (count != 1)}"


def hardware_warnings(recording: Recording, polls: tuple[Poll, ...]) -> list[str]:
    """What the firmware used and nothing models."""
    warnings = []
    if recording.unmodelled:
        names = sorted(
            {each.register or each.device or f"0x{each.addr:08X}" for each in recording.unmodelled}
        )
        shown = ", ".join(names[:_NAMES_SHOWN]) + (", …" if len(names) > _NAMES_SHOWN else "")
        count = len(recording.unmodelled)
        warnings.append(f"{count} register{'s' * (count > 1)} not modelled, only remembered: {shown}")
    for poll in polls if recording.stop.reason != "strict_poll" else ():
        where = f"{poll.function} (0x{poll.pc_addr:08X})" if poll.function else f"0x{poll.pc_addr:08X}"
        warnings.append(
            f"{where} waited for {shown_wait(poll.bits, poll.register, poll.addr)}, "
            f"which is not modelled: it was let through by reading 0x{poll.value:X}"
        )
    return warnings


def power_warnings(board: Board, energy: EnergyBasis | None, request: RunRequest) -> list[str]:
    """Why there is no energy, or where its currents leave the tables."""
    if energy is not None:
        return [f"energy: {note}" for note in energy.notes]
    why = board.no_power_reason or f"board '{board.name}' has no power model"
    given = [("--supply", request.supply_v), ("--temperature", request.temp_c)]
    options = " and ".join(option for option, value in given if value is not None)
    return [f"no energy, whatever {options} may be: {why}" if options else f"no energy: {why}"]
