"""Errors of predicted energies in a few numbers, per chip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.validation.energy import Prediction


@dataclass(frozen=True, slots=True)
class EnergyError:
    """Errors of the predictions for one chip and regulator."""

    chip: str
    regulator: str
    how: str
    rows_count: int
    submissions_count: int
    mean_absolute_percent: float
    mean_signed_percent: float
    p90_percent: float
    worst_percent: float
    in_band_count: int


def energy_errors(predictions: Iterable[Prediction]) -> tuple[EnergyError, ...]:
    """A row per chip, regulator and kind of prediction, by name; the last one is of all."""
    groups: dict[tuple[str, str, str], list[Prediction]] = {}
    for each in predictions:
        key = (each.published.chip, each.published.regulator, each.how)
        groups.setdefault(key, []).append(each)
    found = [_error(*key, members) for key, members in sorted(groups.items())]
    everything = [each for members in groups.values() for each in members]
    return (*found, _error("all", "", "", everything)) if everything else ()


def _error(chip: str, regulator: str, how: str, members: list[Prediction]) -> EnergyError:
    errors = [100 * each.error_ratio for each in members]
    by_size = sorted(abs(error) for error in errors)
    return EnergyError(
        chip=chip,
        regulator=regulator,
        how=how,
        rows_count=len(members),
        submissions_count=len({each.published.submission for each in members}),
        mean_absolute_percent=sum(by_size) / len(by_size),
        mean_signed_percent=sum(errors) / len(errors),
        p90_percent=by_size[max(0, -(-9 * len(by_size) // 10) - 1)],  # nearest rank
        worst_percent=max(errors, key=abs),
        in_band_count=sum(each.is_in_band for each in members),
    )
