"""A report as a baseline file and back: what is compared with later runs, one line per layer and kernel.

Nothing in it depends on the computer: no time, no folder; numbers that are not whole are rounded to ROUNDING digits.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.errors import DataFileError
from mcusim.pytest_plugin.baseline_report import report_of
from mcusim.pytest_plugin.json_reader import JsonObject

if TYPE_CHECKING:
    from mcusim.report.quantity import Band
    from mcusim.report.report import KernelCost, Report

SCHEMA_VERSION = 1
"""Counts up when an older mcusim would read the file wrongly."""
_ROUNDING = (
    9  # significant digits of what is not whole: more than enough to tell one cycle in a hundred million
)


def to_text(report: Report) -> str:
    """The baseline of a report, with a newline at the end."""
    parts: dict[str, object] = {
        "mcusim_baseline": SCHEMA_VERSION,
        "mcusim_version": report.mcusim_version,
        "firmware": report.firmware.path,
        "run": _run(report),
        "inputs": [
            {"option": each.option, "target": each.target, "name": _last(each.name), "sha256": each.sha256}
            for each in report.inputs
        ],
        "totals": _totals(report),
        "ram": _ram(report),
        "flash": _flash(report),
        "layers": _layers(report),
        "kernels": _kernels(report),
    }
    return "{\n" + ",\n".join(f'  "{key}": {_dumped(value)}' for key, value in parts.items()) + "\n}\n"


def load(path: Path) -> Report:
    """The baseline as a report that holds what the baseline does and nothing else.

    Raises:
        DataFileError: it is damaged, or was written by a newer mcusim.
    """
    top = JsonObject.load(path)
    version = top.whole("mcusim_baseline")
    if version > SCHEMA_VERSION:
        raise DataFileError(
            f"this baseline has format {version}",
            where=str(path),
            why=f"mcusim {top.text('mcusim_version')} wrote it; this one reads up to format {SCHEMA_VERSION}",
            fix="update mcusim, or write the baseline again with this one: pytest --mcusim-update",
        )
    return report_of(top)


def condensed(report: Report) -> Report:
    """A report without what a baseline would not hold, and rounded like one: what is compared with baselines."""
    return report_of(JsonObject(Path(), "", json.loads(to_text(report))))


def _run(report: Report) -> dict[str, object]:
    inference = report.inference
    return {
        "board": report.board,
        "core": report.core,
        "clock_hz": report.clock_hz,
        "supply_v": report.supply_v,
        "temp_c": report.temp_c,
        "power_model": _power_model(report),
        **_flash_setup(report),
        "region": inference.function,
        "region_kind": inference.kind,
        "calls": inference.calls_count,
        "stop": report.stop.reason,
        "what_if": list(report.what_if),
        "calibrations": [_last(each) for each in report.calibrations],
    }


def _power_model(report: Report) -> str:
    """As a comparison names it; a file of the user's by its last part."""
    return _last(report.energy.model_file or report.energy.model) if report.energy else ""


def _flash_setup(report: Report) -> dict[str, object]:
    """Of the longest stretch at the region's clock: what most often explains cycles that nobody wrote."""
    phases = [each for each in report.phases if each.clock_hz == report.clock_hz] or list(report.phases)
    if not phases:
        return {}
    phase = max(phases, key=lambda each: (each.active_cycles, -each.begin_cycles))
    return {
        "flash_wait_cycles": phase.flash_wait_cycles,
        "prefetch": phase.is_prefetch_on,
        "instruction_cache": phase.is_instruction_cache_on,
    }


def _totals(report: Report) -> dict[str, object]:
    inference = report.inference
    return {
        "cycles": _number(inference.cycles),
        "cycles_min": inference.min_cycles,
        "cycles_max": inference.max_cycles,
        "latency_ms": None if inference.latency_s is None else _rounded(inference.latency_s * 1e3),
        "energy_uj": _energy(inference.energy_j),
    }


def _ram(report: Report) -> dict[str, object]:
    use = report.ram
    return {
        "peak_bytes": use.peak_bytes,
        "static_bytes": use.static_bytes,
        "stack_bytes": use.peak_stack_bytes,
        "heap_bytes": use.peak_heap_bytes,
        "heap_source": use.heap_source,
        "sections": {each.name: each.size_bytes for each in sorted(use.sections, key=lambda one: one.name)},
    }


def _flash(report: Report) -> dict[str, object]:
    use = report.flash
    return {
        "used_bytes": use.used_bytes,
        "sections": {each.name: each.size_bytes for each in sorted(use.sections, key=lambda one: one.name)},
    }


def _layers(report: Report) -> list[dict[str, object]]:
    if report.network is None:
        return []
    return [
        {
            **({"layer": each.index} if each.kind == "layer" else {"kind": each.kind}),
            "operator": each.operator,
            "name": each.name,
            "kernel": each.kernel,
            "cycles": _number(each.cycles),
            "calls": _number(each.calls_count),
        }
        for each in report.network.layers
    ]


def _kernels(report: Report) -> list[dict[str, object]]:
    """By name, not by cost: a line that moves when it gets faster is two lines of a diff."""
    reasons = {(each.name, each.source_file): each.reasons for each in report.functions}
    rows = sorted(report.kernels, key=lambda each: (each.kind != "function", each.name, each.source_file))
    return [_kernel(each, reasons.get((each.name, each.source_file), ())) for each in rows]


def _kernel(row: KernelCost, reasons: tuple[tuple[str, int], ...]) -> dict[str, object]:
    kind = {} if row.kind == "function" else {"kind": row.kind}
    file = {"file": _last(row.source_file)} if row.source_file else {}
    return {
        "kernel": row.name,
        **kind,
        **file,
        "cycles": _number(row.self_cycles),
        "calls": _number(row.calls_count),
        "inclusive": _number(row.inclusive_cycles),
        **({"run_reasons": dict(sorted(reasons))} if reasons else {}),
    }


def _energy(energy_j: Band | None) -> dict[str, object] | None:
    if energy_j is None:
        return None
    ends = {name: _rounded(getattr(energy_j, name) * 1e6) for name in ("value", "low", "high")}
    return {**ends, "basis": energy_j.basis}


def _number(value: float | None) -> float | None:
    """Whole numbers without a decimal point, means of calls exactly as they are."""
    return int(value) if value is not None and value == int(value) else value


def _rounded(value: float) -> float | None:
    return _number(float(f"{value:.{_ROUNDING}g}"))


def _last(name: str) -> str:
    """A path's last part: the rest is of somebody's computer."""
    return name.replace("\\", "/").rpartition("/")[2]


def _dumped(value: object) -> str:
    """Lists of objects with one object to a line, objects with one key to a line, whatever is in them on it."""
    if isinstance(value, list) and value:
        rows = ",\n".join(f"    {_flat(each)}" for each in value)
        return f"[\n{rows}\n  ]"
    if isinstance(value, dict):
        rows = ",\n".join(f'    "{key}": {_flat(each)}' for key, each in value.items())
        return f"{{\n{rows}\n  }}"
    return _flat(value)


def _flat(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
