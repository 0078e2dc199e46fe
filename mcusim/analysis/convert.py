"""Parts of a recording that the report shows nearly as they are: console, variables, stop, fault, phases."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.analysis.registers import shown_wait
from mcusim.report import quantity
from mcusim.report import report as parts
from mcusim.report.network import Arena

if TYPE_CHECKING:
    from mcusim.recording.recording import Fault, Recording


def channels_of(recording: Recording) -> tuple[parts.ConsoleText, ...]:
    """The text of each channel, in the order in which the channels first spoke."""
    texts: dict[str, str] = {}
    for channel, text in recording.console:
        texts[channel] = texts.get(channel, "") + text
    return tuple(parts.ConsoleText(channel, text) for channel, text in texts.items())


def arenas_of(recording: Recording) -> tuple[Arena, ...]:
    """The runtime's working memory; what was touched of it is None where nobody counted."""
    return tuple(
        Arena(
            each.name, each.addr, each.size_bytes, _counted(each.touched_bytes), _counted(each.needed_bytes)
        )
        for each in recording.arenas
    )


def _counted(size_bytes: int) -> int | None:
    return size_bytes if size_bytes >= 0 else None


def variables_of(recording: Recording) -> tuple[tuple[tuple[str, quantity.Value], ...], list[str]]:
    """The variables, and a warning for each that holds no number where one should be (JSON has no NaN)."""
    values: dict[str, quantity.Value] = {}
    warnings = []
    for name, value in recording.variables:
        items = value if isinstance(value, tuple) else (value,)
        odd = [each for each in items if isinstance(each, float) and not math.isfinite(each)]
        if odd:
            warnings.append(f"variable '{name}' holds {odd[0]}, shown as null")
        values[name] = (
            tuple(_finite(each) for each in value)
            if isinstance(value, tuple)
            else value
            if isinstance(value, str)
            else _finite(value)
        )
    return tuple(values.items()), warnings


def _finite(value: int | float) -> int | float | None:
    return value if math.isfinite(value) else None


def unmodelled_of(recording: Recording) -> tuple[parts.UnmodelledRegister, ...]:
    """The registers that no device models, by address."""
    return tuple(
        parts.UnmodelledRegister(each.addr, each.device, each.reads_count, each.writes_count, each.register)
        for each in sorted(recording.unmodelled, key=lambda each: each.addr)
    )


def stop_of(recording: Recording) -> parts.StopInfo:
    """Why the run ended."""
    stop = recording.stop
    fault = _fault(stop.fault) if stop.fault is not None else None
    return parts.StopInfo(stop.reason, _detail(recording), stop.pc_addr, stop.exit_status, fault)


def _detail(recording: Recording) -> str:
    """Why, in a sentence; for a loop that waits for ever, which bit by its name, which the machine does not know."""
    stop = recording.stop
    if stop.reason != "strict_poll" or not recording.polls:
        return stop.detail
    poll = recording.polls[0]
    return (
        f"{stop.detail} waits for {shown_wait(poll.bits, poll.register, poll.addr)}, which is not modelled; "
        "without --strict it is let through"
    )


def _fault(fault: Fault) -> parts.FaultInfo:
    return parts.FaultInfo(
        kind=fault.kind,
        what=fault.what,
        pc_addr=fault.pc_addr,
        registers=fault.registers,
        cfsr=fault.cfsr,
        hfsr=fault.hfsr,
        bfar=fault.bfar,
        mmfar=fault.mmfar,
        decoded=fault.decoded,
        backtrace=tuple(
            parts.BacktraceFrame(each.addr, each.function, each.source) for each in fault.backtrace
        ),
        hint=fault.hint,
    )


def phases_of(recording: Recording) -> tuple[parts.ClockPhase, ...]:
    """The phases; neighbours that differ only in peripherals or in being inside the measured stretch are one."""
    merged: list[parts.ClockPhase] = []
    for each in recording.phases:
        merged.append(
            parts.ClockPhase(
                begin_cycles=each.begin_cycles,
                clock_hz=each.clock_hz,
                flash_wait_cycles=each.flash_wait_cycles,
                is_prefetch_on=each.is_prefetch_on,
                is_instruction_cache_on=each.is_instruction_cache_on,
                active_cycles=each.active_cycles,
                sleep_cycles=each.sleep_cycles,
                stop_cycles=each.stop_cycles,
                wake_cycles=each.wake_cycles,
                modes=tuple((deep.mode, deep.cycles) for deep in each.deep),
                regulator=each.power.regulator,
                voltage_range=each.power.voltage_range,
                peripherals=each.power.peripherals,
                wakes_count=sum(deep.wakes_count for deep in each.deep),
            )
        )
        if len(merged) > 1 and _has_same_setting(merged[-2], merged[-1]):
            merged[-2:] = [_joined(merged[-2], merged[-1])]
    return tuple(merged)


def _has_same_setting(one: parts.ClockPhase, other: parts.ClockPhase) -> bool:
    def setting(phase: parts.ClockPhase) -> tuple[object, ...]:
        flash = (phase.flash_wait_cycles, phase.is_prefetch_on, phase.is_instruction_cache_on)
        return (phase.clock_hz, *flash, phase.regulator, phase.voltage_range)

    return setting(one) == setting(other)


def _joined(one: parts.ClockPhase, other: parts.ClockPhase) -> parts.ClockPhase:
    return replace(
        one,
        active_cycles=one.active_cycles + other.active_cycles,
        sleep_cycles=one.sleep_cycles + other.sleep_cycles,
        stop_cycles=one.stop_cycles + other.stop_cycles,
        wake_cycles=one.wake_cycles + other.wake_cycles,
        modes=_summed(one.modes + other.modes),
        peripherals=tuple(sorted({*one.peripherals, *other.peripherals})),
        wakes_count=one.wakes_count + other.wakes_count,
    )


def _summed(modes: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    cycles_by_mode: dict[str, int] = {}
    for mode, cycles in modes:
        cycles_by_mode[mode] = cycles_by_mode.get(mode, 0) + cycles
    return tuple(cycles_by_mode.items())
