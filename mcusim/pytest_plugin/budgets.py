"""@pytest.mark.mcusim_budget: what a run may need at most, for the whole region, one kernel or one layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.errors import UsageError, unknown_name
from mcusim.units import grouped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mcusim.report.network import LayerCost
    from mcusim.report.quantity import Band
    from mcusim.report.report import KernelCost, Report

TYPICAL, HIGH = "typical", "high"
_MARK = "mcusim_budget"
_PARTS = ("cycles", "latency_ms", "energy_uj")
"""What one kernel or layer has as well."""
_SIZES: dict[str, Callable[[Report], int]] = {
    "peak_ram_bytes": lambda report: report.ram.peak_bytes,
    "stack_bytes": lambda report: report.ram.peak_stack_bytes,
    "heap_bytes": lambda report: report.ram.peak_heap_bytes,
    "static_bytes": lambda report: report.ram.static_bytes,
    "flash_bytes": lambda report: report.flash.used_bytes,
}
QUANTITIES = (*_PARTS, *_SIZES)
_SELECTORS = ("kernel", "layer", "board", "at")
_WORDS = {
    "cycles": "cycles",
    "latency_ms": "ms",
    "energy_uj": "µJ",
    "peak_ram_bytes": "B of peak RAM",
    "stack_bytes": "B of stack",
    "heap_bytes": "B of heap",
    "static_bytes": "B of static RAM",
    "flash_bytes": "B of flash",
}


@dataclass(frozen=True, slots=True)
class Budget:
    """One marker."""

    limits: tuple[tuple[str, float], ...]
    kernel: str | None
    layer: int | str | None
    board: str | None
    at: str
    """TYPICAL: the modelled number itself; HIGH: the high end of its band."""


@dataclass(frozen=True, slots=True)
class Overrun:
    """A limit that a run does not keep."""

    quantity: str
    subject: str
    """"kernel conv_2d_s8", "layer 2 CONV_2D"; empty: the whole."""
    found_ratio: float
    """What was found over what is allowed."""
    text: str


def budget_of(arguments: Sequence[object], keywords: Mapping[str, object]) -> Budget:
    """The budget that a marker states.

    Raises:
        UsageError: a value is of the wrong kind, or keywords exclude each other.
        UnknownNameError: there is no such keyword.
    """
    if arguments:
        raise UsageError(
            f"{_MARK} takes keywords only", why=f"it got {arguments[0]!r}", fix=f"write {_MARK}(cycles=…)"
        )
    for name in keywords:
        if name not in (*QUANTITIES, *_SELECTORS):
            raise unknown_name("keyword", name, (*QUANTITIES, *_SELECTORS), where=_MARK)
    limits = tuple((name, _limit(name, keywords[name])) for name in QUANTITIES if name in keywords)
    if not limits:
        raise UsageError(f"{_MARK} without a limit", fix=f"give it one of: {', '.join(QUANTITIES)}")
    kernel, board = (_name(key, keywords.get(key)) for key in ("kernel", "board"))
    layer, at = keywords.get("layer"), keywords.get("at", TYPICAL)
    if at not in {TYPICAL, HIGH}:
        raise UsageError(f"{_MARK}: at={at!r}", fix=f"write at='{TYPICAL}' or at='{HIGH}'")
    if layer is not None and (isinstance(layer, bool) or not isinstance(layer, int | str)):
        raise UsageError(f"{_MARK}: layer={layer!r}", fix="give a layer's number, operator or name")
    _check_part(kernel, layer, limits)
    return Budget(limits, kernel, layer, board, str(at))


def overruns(budget: Budget, report: Report) -> tuple[Overrun, ...]:
    """The limits that the run does not keep.

    Raises:
        UnknownNameError: the run has no such kernel or layer.
        UsageError: the run does not know a number that is limited.
    """
    found = []
    for subject, numbers in _subjects(budget, report):
        for name, limit in budget.limits:
            value = numbers[name]()
            if value is None:
                raise UsageError(f"{_MARK}({name}=…): {_unknown(name, report)}", where=_where(report))
            if value > limit:
                text = _text(name, subject, (value, limit), budget.at)
                found.append(Overrun(name, subject, value / limit if limit else float("inf"), text))
    return tuple(found)


def _limit(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise UsageError(
            f"{_MARK}: {name}={value!r}", why="a limit is a number from 0", fix=f"write {name}=…"
        )
    return value


def _name(key: str, value: object) -> str | None:
    if value is not None and not (isinstance(value, str) and value):
        raise UsageError(f"{_MARK}: {key}={value!r}", fix=f"give {key} a name")
    return value


def _check_part(kernel: str | None, layer: int | str | None, limits: tuple[tuple[str, float], ...]) -> None:
    if kernel is not None and layer is not None:
        raise UsageError(
            f"{_MARK}: kernel and layer exclude each other", fix="use two markers: they can be stacked"
        )
    part = "a kernel" if kernel is not None else ("a layer" if layer is not None else "")
    whole = [name for name, _ in limits if name not in _PARTS]
    if part and whole:
        raise UsageError(
            f"{_MARK}: {part} has no {whole[0]} of its own",
            fix=f"limit {' or '.join(_PARTS)} of it, and {whole[0]} in a marker of its own",
        )


def _subjects(
    budget: Budget, report: Report
) -> tuple[tuple[str, dict[str, Callable[[], float | None]]], ...]:
    """What the budget is for, and how each of its numbers is had; a layer's operator may name several."""
    if budget.kernel is not None:
        return tuple(
            (f"kernel {each.name}", _part_numbers(each.self_cycles, each.energy_j, report, budget.at))
            for each in _kernels(budget.kernel, report)
        )
    if budget.layer is not None:
        return tuple(
            (
                f"layer {each.index} {each.operator or each.name}",
                _part_numbers(each.cycles, each.energy_j, report, budget.at),
            )
            for each in _layers(budget.layer, report)
        )
    return (("", _whole_numbers(report, budget.at)),)


def _whole_numbers(report: Report, at: str) -> dict[str, Callable[[], float | None]]:
    inference, is_high = report.inference, at == HIGH
    seconds = inference.high_s if is_high else inference.latency_s
    numbers: dict[str, Callable[[], float | None]] = {
        "cycles": lambda: inference.high_cycles if is_high else inference.cycles,
        "latency_ms": lambda: None if seconds is None else seconds * 1e3,
        "energy_uj": lambda: _microjoules(inference.energy_j, at),
    }
    return numbers | {name: _size(read, report) for name, read in _SIZES.items()}


def _size(read: Callable[[Report], int], report: Report) -> Callable[[], float | None]:
    return lambda: read(report)


def _part_numbers(
    cycles: float, energy_j: Band | None, report: Report, at: str
) -> dict[str, Callable[[], float | None]]:
    """A part shares the relative error of the whole: nobody compared parts with silicon."""
    scale = 1 + report.inference.cycles_error_percent / 100 if at == HIGH else 1
    clock_hz = report.clock_hz
    return {
        "cycles": lambda: cycles * scale,
        "latency_ms": lambda: cycles * scale / clock_hz * 1e3 if clock_hz else None,
        "energy_uj": lambda: _microjoules(energy_j, at),
    }


def _microjoules(energy_j: Band | None, at: str) -> float | None:
    if energy_j is None:
        return None
    return (energy_j.high if at == HIGH else energy_j.value) * 1e6


def _kernels(name: str, report: Report) -> tuple[KernelCost, ...]:
    from mcusim.firmware.names import short_name

    found = tuple(each for each in report.kernels if name in {each.name, short_name(each.name)})
    if not found:
        known = [short_name(each.name) for each in report.kernels if each.kind == "function"]
        raise unknown_name("kernel", name, known, where=_where(report))
    return found


def _layers(wanted: int | str, report: Report) -> tuple[LayerCost, ...]:
    layers = [each for each in report.network.layers if each.kind == "layer"] if report.network else []
    if not layers:
        raise UsageError(
            "no layers were recognised in this run",
            where=_where(report),
            fix="say which functions are layers (inference=…, layer=…), or limit a kernel",
        )
    if isinstance(wanted, int):
        found = tuple(each for each in layers if each.index == wanted)
        known = [str(each.index) for each in layers]
    else:
        found = tuple(each for each in layers if wanted in {each.operator, each.name})
        known = [name for each in layers for name in (each.operator, each.name) if name]
    if not found:
        raise unknown_name("layer", str(wanted), known, where=_where(report))
    return found


def _unknown(name: str, report: Report) -> str:
    if name == "energy_uj":
        return f"board '{report.board}' has no power model, or none for what was measured"
    return "no call of the measured function was completed"


def _where(report: Report) -> str:
    return f"{report.firmware.path} on {report.board}"


def _text(name: str, subject: str, pair: tuple[float, float], at: str) -> str:
    value, limit = pair
    excess = f", {value / limit - 1:+.1%}" if limit else ""
    basis = " at the high end of the band" if at == HIGH and name in _PARTS else ""
    of = f" in {subject}" if subject else ""
    return (
        f"{amount(name, value)} {_WORDS[name]}{of}{basis}, {amount(name, limit)} allowed "
        f"(+{amount(name, value - limit)}{excess})"
    )


def amount(name: str, value: float) -> str:
    """A number of the unit that `name` ends in."""
    if name.endswith(("_ms", "_uj")):
        return f"{value:.4g}"
    return grouped(int(value)) if value == int(value) else f"{value:,.1f}".replace(",", " ")
