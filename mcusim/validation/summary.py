"""Errors of many points in a few numbers, per core and per memory system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.validation.run import Outcome


@dataclass(frozen=True, slots=True)
class GroupError:
    """The errors of one core on one memory system, or of all memory systems (`memory_system` is None)."""

    core: str
    memory_system: str | None
    points_count: int
    mean_absolute_percent: float
    mean_signed_percent: float
    worst_percent: float
    worst_name: str
    outside_count: int
    in_band_count: int


def group_errors(outcomes: Iterable[Outcome]) -> tuple[GroupError, ...]:
    """A row per core, followed by one per memory system where the core has several, by name."""
    measured = [each for each in outcomes if each.error_percent is not None]
    rows: list[GroupError] = []
    for core in sorted({each.core for each in measured}):
        of_core = [each for each in measured if each.core == core]
        rows.append(_group(core, None, of_core))
        systems = sorted({each.memory_system for each in of_core})
        if len(systems) > 1:
            rows += [
                _group(core, system, [each for each in of_core if each.memory_system == system])
                for system in systems
            ]
    return tuple(rows)


def _group(core: str, memory_system: str | None, members: list[Outcome]) -> GroupError:
    errors = [(each.error_percent or 0.0, each.point.name) for each in members]
    worst_percent, worst_name = max(errors, key=lambda pair: abs(pair[0]))
    return GroupError(
        core=core,
        memory_system=memory_system,
        points_count=len(members),
        mean_absolute_percent=sum(abs(error) for error, _ in errors) / len(errors),
        mean_signed_percent=sum(error for error, _ in errors) / len(errors),
        worst_percent=worst_percent,
        worst_name=worst_name,
        outside_count=sum(not each.is_inside for each in members),
        in_band_count=sum(each.is_in_band for each in members),
    )
