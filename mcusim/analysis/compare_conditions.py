"""In which conditions two runs differ, and which of their numbers therefore say nothing about each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.analysis.compare_names import base_name
from mcusim.report.comparison import NOT_COMPARABLE, NOTE, PARTLY, Difference
from mcusim.units import engineering, exact_mhz

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mcusim.report.built import FedInput
    from mcusim.report.report import ClockPhase, Report

CYCLES, LATENCY, ENERGY, RAM, FLASH = "cycles", "latency", "energy", "ram", "flash"
_TIMES = (CYCLES, LATENCY, ENERGY)
_UNKNOWN = "unknown"
_SEVERITIES = (NOT_COMPARABLE, PARTLY, NOTE)
KINDS = (
    "board",
    "core",
    "clock",
    "supply",
    "temperature",
    "power-model",
    "mcusim",
    "input",
    "region",
    "calls",
    "what-if",
    "calibration",
    "flash",
    "regulator",
    "compiler",
    "model",
    "stop",
)
"""All kinds of difference, as `--allow` names them."""


def differences(old: Report, new: Report, renamed: Mapping[str, str]) -> tuple[Difference, ...]:
    """The worst first. `renamed` tells what functions of the old run are called in the new one."""
    found = [
        *_hardware(old, new),
        *_power(old, new),
        *_model(old, new),
        *_input(old, new),
        *_region(old, new, renamed),
        *_settings(old, new),
        *_stop(old, new),
        *_built(old, new),
    ]
    return tuple(sorted(found, key=lambda each: (_SEVERITIES.index(each.severity), KINDS.index(each.kind))))


def _hardware(old: Report, new: Report) -> Iterator[Difference]:
    if old.board != new.board:
        text = "another board: its chip, memories and linker script decide all numbers"
        yield Difference("board", NOT_COMPARABLE, (*_TIMES, RAM, FLASH), old.board, new.board, text)
    elif old.core != new.core:
        text = "another core on a board of the same name"
        yield Difference("core", NOT_COMPARABLE, _TIMES, old.core, new.core, text)
    if old.clock_hz != new.clock_hz:
        clocks = engineering(old.clock_hz, "Hz"), engineering(new.clock_hz, "Hz")
        if clocks[0] == clocks[1]:
            clocks = exact_mhz(old.clock_hz), exact_mhz(new.clock_hz)
        text = "another clock: seconds and joules scale with it, and flash takes other wait states"
        yield Difference("clock", NOT_COMPARABLE, _TIMES, *clocks, text)


def _power(old: Report, new: Report) -> Iterator[Difference]:
    if old.supply_v != new.supply_v:
        volts = f"{old.supply_v:g} V", f"{new.supply_v:g} V"
        yield Difference(
            "supply", NOT_COMPARABLE, (ENERGY,), *volts, "another supply voltage: energy scales with it"
        )
    if old.temp_c != new.temp_c:
        temps = f"{old.temp_c:g} °C", f"{new.temp_c:g} °C"
        text = "another temperature: currents depend on it"
        yield Difference("temperature", NOT_COMPARABLE, (ENERGY,), *temps, text)
    models = _power_model(old), _power_model(new)
    if models[0] != models[1]:
        text = "another power model: energies rest on other currents"
        yield Difference("power-model", NOT_COMPARABLE, (ENERGY,), *models, text)


def _power_model(report: Report) -> str:
    if report.energy is None:
        return "none"
    return report.energy.model_file or report.energy.model


def _model(old: Report, new: Report) -> Iterator[Difference]:
    if old.mcusim_version != new.mcusim_version:
        text = (
            "another version of mcusim: its model of time and energy may have changed; measure both with one"
        )
        versions = old.mcusim_version, new.mcusim_version
        yield Difference("mcusim", NOT_COMPARABLE, _TIMES, *versions, text)
    if old.calibrations != new.calibrations:
        said = _listed(old.calibrations), _listed(new.calibrations)
        yield Difference("calibration", NOT_COMPARABLE, _TIMES, *said, "the model was fitted otherwise")
    if old.what_if != new.what_if:
        said = _listed(old.what_if), _listed(new.what_if)
        text = "a what-if: the chip was changed for one of the runs"
        yield Difference("what-if", NOT_COMPARABLE, _TIMES, *said, text)


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(texts) or "none"


def _input(old: Report, new: Report) -> Iterator[Difference]:
    fed = _by_place(old.inputs), _by_place(new.inputs)
    places = [
        place
        for place in dict.fromkeys([*fed[0], *fed[1]])
        if place not in fed[0] or place not in fed[1] or fed[0][place].sha256 != fed[1][place].sha256
    ]
    affected = (*_TIMES, RAM)
    if places:
        said = [_fed_words([side[place] for place in places if place in side]) for side in fed]
        text = "the firmware was fed other data, and what it computes may depend on it"
        yield Difference("input", NOT_COMPARABLE, affected, said[0], said[1], text)
    elif any(not each.sha256 for side in fed for each in side.values()):
        text = "an input came from a pipe: whether both runs got the same is not known"
        yield Difference("input", PARTLY, affected, "unknown", "unknown", text)
    if old.built and new.built:
        given = old.built.inputs, new.built.inputs
        if given[0] != given[1]:
            yield Difference("input", NOT_COMPARABLE, affected, *given, "the network was given other inputs")


def _by_place(inputs: tuple[FedInput, ...]) -> dict[tuple[str, str, int], FedInput]:
    """By option, symbol or channel, and how many went there before."""
    found: dict[tuple[str, str, int], FedInput] = {}
    for each in inputs:
        before = sum((option, target) == (each.option, each.target) for option, target, _ in found)
        found[each.option, each.target, before] = each
    return found


def _fed_words(inputs: list[FedInput]) -> str:
    said = [(each.option, each.target, each.name, f"({each.sha256[:8] or 'unknown'})") for each in inputs]
    return ", ".join(" ".join(filter(None, parts)) for parts in said) or "none"


def _region(old: Report, new: Report, renamed: Mapping[str, str]) -> Iterator[Difference]:
    one, other = old.inference, new.inference
    regions = f"{one.kind} {one.function}".strip(), f"{other.kind} {other.function}".strip()
    is_same = one.kind == other.kind and base_name(one.function) == base_name(other.function)
    if not is_same and one.kind == other.kind and renamed.get(one.function) == other.function:
        yield Difference("region", NOTE, (), *regions, "the measured function was renamed")
    elif not is_same:
        yield Difference("region", NOT_COMPARABLE, _TIMES, *regions, "another region was measured")
    if one.calls_count != other.calls_count:
        counts = str(one.calls_count), str(other.calls_count)
        text = "numbers per call are means over other counts; those of the whole run are of other amounts of work"
        yield Difference("calls", PARTLY, (), *counts, text)


def _settings(old: Report, new: Report) -> Iterator[Difference]:
    phases = _main_phase(old), _main_phase(new)
    flash = _flash_words(phases[0]), _flash_words(phases[1])
    if flash[0] != flash[1] and _UNKNOWN not in flash:
        text = "set up otherwise: part of what is compared"
        yield Difference("flash", NOTE, (), *flash, text)
    power = _regulator_words(phases[0]), _regulator_words(phases[1])
    if power[0] != power[1] and _UNKNOWN not in power:
        text = "set up otherwise: part of what is compared"
        yield Difference("regulator", NOTE, (), *power, text)


def _main_phase(report: Report) -> ClockPhase | None:
    """The stretch with most active cycles among those at the clock that most of the region ran at."""
    phases = [each for each in report.phases if each.clock_hz == report.clock_hz] or list(report.phases)
    return max(phases, key=lambda each: (each.active_cycles, -each.begin_cycles), default=None)


def _flash_words(phase: ClockPhase | None) -> str:
    if phase is None:
        return _UNKNOWN
    switches = (("prefetch", phase.is_prefetch_on), ("instruction cache", phase.is_instruction_cache_on))
    states = "wait state" if phase.flash_wait_cycles == 1 else "wait states"
    return ", ".join(
        [f"{phase.flash_wait_cycles} {states}", *(f"{name} {'on' if on else 'off'}" for name, on in switches)]
    )


def _regulator_words(phase: ClockPhase | None) -> str:
    if phase is None:
        return _UNKNOWN
    return ", ".join(filter(None, (phase.regulator, phase.voltage_range))) or _UNKNOWN


def _stop(old: Report, new: Report) -> Iterator[Difference]:
    said = old.stop.reason, new.stop.reason
    are_complete = old.inference.is_complete, new.inference.is_complete
    has_fault = "fault" in said
    if has_fault or are_complete[0] != are_complete[1]:
        why = "a run faulted" if has_fault else "the measured region did not end in one of the runs"
        said = said if has_fault else _ended_words(old, new)
        yield Difference("stop", NOT_COMPARABLE, (*_TIMES, RAM), *said, f"{why}: its numbers are of a part")
    elif said[0] != said[1]:
        yield Difference("stop", NOTE, (), *said, "the runs ended for other reasons")


def _ended_words(old: Report, new: Report) -> tuple[str, str]:
    ended, unfinished = "ended", "unfinished"
    return (
        ended if old.inference.is_complete else unfinished,
        ended if new.inference.is_complete else unfinished,
    )


def _built(old: Report, new: Report) -> Iterator[Difference]:
    if old.built is None or new.built is None:
        return
    if old.built.compiler != new.built.compiler:
        compilers = old.built.compiler, new.built.compiler
        yield Difference("compiler", NOTE, (), *compilers, "mcusim built the firmware with other compilers")
    if old.built.model_sha256 != new.built.model_sha256:
        yield Difference("model", NOTE, (), old.built.model, new.built.model, "another network")
