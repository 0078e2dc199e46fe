"""The lines of the report that answer where its energy is from: which currents, by whom, how wide the doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render import words
from mcusim.units import engineering

if TYPE_CHECKING:
    from mcusim.report.report import CurrentUse, EnergyBasis, Report

_LINE_LENGTH = 70
"""What an 80-column terminal leaves beside the labels."""
_FILLED_LENGTH = 64
"""What of such a line is filled when the words of a sentence are put on several."""
_LINES_MAX, _CURRENT_LINES_MAX = 6, 3
_PERIPHERALS_SHOWN = 2
_SMALLEST_SHARE_RATIO = 0.005
_EXECUTIONS = {
    "flash": " from flash",
    "flash_prefetch": " from flash with prefetch",
    "flash_uncached": " from uncached flash",
    "ram": " from RAM",
    "tcm": " from TCM",
}
_ACTIVITIES = {"wake_up": "wake-up"}


def energy_lines(report: Report) -> tuple[str, ...]:
    """At most six lines of an 80-column screen: energy per call with its band, then what it rests on."""
    band, basis = report.inference.energy_j, report.energy
    if basis is None:
        return ("not estimated: this board has no power model",)
    if band is None:
        return ("not known: no complete call",)
    first = f"{words.band_words(band, 'J')}  at {words.conditions(report)}"
    rest = [_shares(basis), _peripherals(basis), _model(basis)]
    rest = [words.cut(each, _LINE_LENGTH) for each in rest if each]
    room = min(_LINES_MAX - 1 - len(rest), _CURRENT_LINES_MAX)
    currents = [words.cut(current_words(use), room * _FILLED_LENGTH) for use in basis.currents[:1]]
    return (first, *currents, *rest)


def current_words(use: CurrentUse) -> str:
    """A current, the state it is drawn in, and who says so."""
    band = use.current_a
    spread = f"{engineering(band.low, 'A')} to {engineering(band.high, 'A')}"
    state = ", ".join(
        each for each in (engineering(use.clock_hz, "Hz"), use.regulator.upper(), use.voltage_range) if each
    )
    name = state_name(use)
    return (
        f"{name[0].upper()}{name[1:]}: {engineering(band.value, 'A')} ({spread}) at {state}, "
        f"{band.basis}: {use.source}"
    )


def state_name(use: CurrentUse) -> str:
    """ "run from flash", "sleep", "stop (stop2)"."""
    if use.activity == "run":
        return use.activity + _EXECUTIONS.get(use.execution, "")
    activity = _ACTIVITIES.get(use.activity, use.activity)
    return f"{activity} ({use.mode})" if use.mode and use.mode != use.activity else activity


def _shares(basis: EnergyBasis) -> str:
    """How the energy splits, where it is not all of one state; as many of them as fit on a line."""
    is_one_place = len({use.execution for use in basis.currents if use.activity == "run"}) == 1
    by_name: dict[str, list[CurrentUse]] = {}
    for use in basis.currents:
        name = "run" if use.activity == "run" and is_one_place else state_name(use)
        by_name.setdefault(name, []).append(use)
    energies = {name: sum(use.energy_j.value for use in uses) for name, uses in by_name.items()}
    total = sum(energies.values())
    shown = [name for name in energies if total > 0 and energies[name] / total >= _SMALLEST_SHARE_RATIO]
    shown.sort(key=lambda name: -energies[name])
    parts: list[str] = []
    for place, name in enumerate(shown if len(shown) > 1 else ()):
        # The dearest current is on the line above; of several there is none to print.
        has_current = place > 0 and len(by_name[name]) == 1
        current = f" at {engineering(by_name[name][0].current_a.value, 'A')}" if has_current else ""
        parts.append(f"{name} {energies[name] / total:.0%}{current}")
    while len(text := "Of it " + ", ".join(parts)) > _LINE_LENGTH:
        parts.pop()
    return text if parts else ""


def _peripherals(basis: EnergyBasis) -> str:
    """What clocked peripherals add, and which of them nobody knows the current of."""
    added = basis.currents[0].peripherals if basis.currents else ()
    dearest = sorted(added, key=lambda each: -each[1])
    shown = [f"{name} {engineering(current_a, 'A')}" for name, current_a in dearest[:_PERIPHERALS_SHOWN]]
    if len(added) > len(shown):
        shown.append(f"{len(added) - len(shown)} more")
    unknown = basis.uncounted_peripherals
    if unknown:
        few = ", ".join(unknown) if len(unknown) <= _PERIPHERALS_SHOWN else str(len(unknown))
        shown.append(f"{few} of unknown current")
    return f"Clocked peripherals: {', '.join(shown)}" if shown else ""


def _model(basis: EnergyBasis) -> str:
    """Which model, and what its currents are measured into."""
    is_own = basis.model_file and basis.model_file != f"{basis.model}.toml"
    name = f"{basis.model} ({basis.model_file})" if is_own else basis.model
    return f"Model {name}" + (f": {basis.covers}" if basis.covers else "")
