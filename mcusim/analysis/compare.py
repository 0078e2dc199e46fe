"""Two reports as what changed from one to the other; what that is called in words is the renderers' business."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.analysis.compare_conditions import differences
from mcusim.analysis.compare_layers import layer_changes
from mcusim.analysis.compare_rows import reason_changes, row_changes
from mcusim.report.comparison import (
    ADDED,
    CHANGED,
    REMOVED,
    RENAMED,
    SAME,
    Change,
    Comparison,
    Row,
    SectionChange,
    Side,
)
from mcusim.report.profile import FUNCTION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcusim.report.profile import Profile
    from mcusim.report.quantity import Number
    from mcusim.report.report import KernelCost, Report


def compare(
    old: Report, new: Report, profiles: tuple[Profile | None, Profile | None] = (None, None)
) -> Comparison:
    """What changed from `old` to `new`. The runs' `profiles` add who calls whom, which tells renamed and inlined
    functions apart from new ones more often.
    """
    sides = [
        _named_rows(report, _Calls(profile)) for report, profile in zip((old, new), profiles, strict=True)
    ]
    functions = row_changes(sides[0], sides[1])
    renamed = {row.old_name: row.name for row in functions if row.status == RENAMED}
    kernels = [
        kernel_rows(report, _Calls(profile)) for report, profile in zip((old, new), profiles, strict=True)
    ]
    return Comparison(
        old=_side(old),
        new=_side(new),
        differences=differences(old, new, renamed),
        totals=_totals(old, new),
        layers=layer_changes(old.network, new.network, renamed),
        kernels=row_changes(kernels[0], kernels[1]),
        functions=functions,
        contexts=row_changes(_context_rows(old), _context_rows(new)),
        reasons=reason_changes(old.reasons, new.reasons),
        sections=_sections(old, new),
    )


def with_titles(comparison: Comparison, old: str, new: str) -> Comparison:
    """The comparison with the names that the user gave the two runs."""
    return replace(comparison, old=replace(comparison.old, title=old), new=replace(comparison.new, title=new))


class _Calls:
    """Who calls whom, by name, as far as a profile tells."""

    def __init__(self, profile: Profile | None) -> None:
        self._callers: dict[str, set[str]] = defaultdict(set)
        self._callees: dict[str, set[str]] = defaultdict(set)
        for node in profile.nodes if profile else ():
            parent = profile.nodes[node.parent_index] if profile and node.parent_index >= 0 else None
            if parent is not None and parent.kind == node.kind == FUNCTION:
                self._callers[node.name].add(parent.name)
                self._callees[parent.name].add(node.name)

    def callers_of(self, name: str) -> tuple[str, ...]:
        return tuple(sorted(self._callers.get(name, ())))

    def callees_of(self, name: str) -> tuple[str, ...]:
        return tuple(sorted(self._callees.get(name, ())))


def kernel_rows(report: Report, calls: _Calls | None = None) -> tuple[Row, ...]:
    """The report's kernels, per call of the measured region, for `row_changes`.

    Reasons are counted over the whole run: of a function that also ran outside the region they are scaled to what it
    spent inside.
    """
    known = calls or _Calls(None)
    cycles_of: dict[tuple[str, str], int] = defaultdict(int)
    reasons_of: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for each in report.functions:
        key = each.name, each.source_file
        cycles_of[key] += each.self_cycles
        for reason, cycles in each.reasons:
            reasons_of[key][reason] = reasons_of[key].get(reason, 0) + cycles
    calls_count = max(1, report.inference.calls_count)
    rows = []
    for kernel in report.kernels:
        key = kernel.name, kernel.source_file
        whole = cycles_of.get(key, 0) if kernel.kind == FUNCTION else 0
        reasons = tuple(
            (name, _share(cycles, kernel, whole, calls_count)) for name, cycles in reasons_of[key].items()
        )
        rows.append(
            Row(
                name=kernel.name,
                cycles=kernel.self_cycles,
                calls_count=kernel.calls_count,
                reasons=reasons if whole else (),
                is_reason_scaled=bool(whole) and whole != kernel.self_cycles * calls_count,
                energy_j=kernel.energy_j,
                source_file=kernel.source_file,
                kind=kernel.kind,
                callers=known.callers_of(kernel.name),
                callees=known.callees_of(kernel.name),
            )
        )
    return tuple(rows)


def _share(reason_cycles: int, kernel: KernelCost, whole_cycles: int, calls_count: int) -> Number:
    """A function's cycles of one reason, per call of the region; exact where all of its work was in the region."""
    if whole_cycles == kernel.self_cycles * calls_count:
        exact, rest = divmod(reason_cycles, calls_count)
        return exact if rest == 0 else reason_cycles / calls_count
    return reason_cycles * kernel.self_cycles / whole_cycles


def _named_rows(report: Report, calls: _Calls) -> tuple[Row, ...]:
    """All functions over the whole run, and what completes their sum to the run's cycles."""
    rows = [
        Row(
            name=each.name,
            cycles=each.self_cycles,
            calls_count=each.calls_count,
            reasons=each.reasons,
            energy_j=each.energy_j,
            source_file=each.source_file,
            callers=calls.callers_of(each.name),
            callees=calls.callees_of(each.name),
        )
        for each in report.functions
    ]
    rest = report.totals.active_cycles - sum(each.self_cycles for each in report.functions)
    completing = (("other", rest), ("sleep", report.totals.sleep_cycles))
    return (*rows, *(Row(kind, cycles, kind=kind) for kind, cycles in completing if cycles))


def _context_rows(report: Report) -> tuple[Row, ...]:
    return tuple(
        Row(each.name, each.self_cycles, each.activations_count, energy_j=each.energy_j, kind=each.kind)
        for each in report.contexts
    )


def _side(report: Report) -> Side:
    return Side(report.firmware.path, report.firmware, report.board, report.clock_hz, report.mcusim_version)


def _totals(old: Report, new: Report) -> tuple[Change, ...]:
    one, other = old.inference, new.inference
    heaps = [None if each.ram.heap_source == "unknown" else each.ram.peak_heap_bytes for each in (old, new)]
    energies = Change(
        "energy_uj",
        "J",
        one.energy_j.value if one.energy_j else None,
        other.energy_j.value if other.energy_j else None,
        one.energy_j,
        other.energy_j,
    )
    return (
        Change("cycles", "cycles", one.cycles, other.cycles),
        Change("latency_ms", "s", one.latency_s, other.latency_s),
        energies,
        Change("peak_ram_bytes", "bytes", old.ram.peak_bytes, new.ram.peak_bytes),
        Change("stack_bytes", "bytes", old.ram.peak_stack_bytes, new.ram.peak_stack_bytes),
        Change("heap_bytes", "bytes", heaps[0], heaps[1]),
        Change("static_bytes", "bytes", old.ram.static_bytes, new.ram.static_bytes),
        Change("flash_bytes", "bytes", old.flash.used_bytes, new.flash.used_bytes),
        Change("run_cycles", "cycles", old.totals.cycles, new.totals.cycles),
        Change("run_instructions", "instructions", old.totals.instructions, new.totals.instructions),
    )


def _sections(old: Report, new: Report) -> tuple[SectionChange, ...]:
    return (
        *_sizes(
            "flash", *([(each.name, each.size_bytes) for each in side.flash.sections] for side in (old, new))
        ),
        *_sizes(
            "ram", *([(each.name, each.size_bytes) for each in side.ram.sections] for side in (old, new))
        ),
        *_sizes(
            "stack", *([(each.name, each.used_bytes) for each in side.ram.stacks] for side in (old, new))
        ),
    )


def _sizes(
    memory: str, old: Iterable[tuple[str, int]], new: Iterable[tuple[str, int]]
) -> Sequence[SectionChange]:
    before, after = _summed(old), _summed(new)
    found = []
    for name in dict.fromkeys([*after, *before]):
        one, other = before.get(name), after.get(name)
        status = ADDED if one is None else REMOVED if other is None else SAME if one == other else CHANGED
        found.append(SectionChange(memory, name, status, one or 0, other or 0))
    return found


def _summed(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for name, size_bytes in pairs:
        total[name] = total.get(name, 0) + size_bytes
    return total
