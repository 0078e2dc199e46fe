"""Errors of predicted energies in a few numbers, per chip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.validation.energy import left_out_predictions, shipped_predictions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcusim.power.schema import PowerModel
    from mcusim.validation.energy import Prediction, PublishedEnergy


_HEADINGS = ("chip", "regulator", "from", "rows", "submissions", "mean", "bias", "p90", "worst", "in band")


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


def energy_tables(rows: Sequence[PublishedEnergy], models: Sequence[PowerModel]) -> str:
    """Both tables of errors, as Markdown: each submission left out, and the models as they are shipped."""
    left_out = energy_table(energy_errors(left_out_predictions(rows, models)))
    shipped = energy_table(energy_errors(shipped_predictions(rows, models)))
    return f"Each row predicted without its submission:\n\n{left_out}\n\nThe models as they are shipped:\n\n{shipped}\n"


def energy_table(errors: tuple[EnergyError, ...]) -> str:
    """The errors as a Markdown table."""
    lines = ["| " + " | ".join(_HEADINGS) + " |", "| --- | --- | --- |" + " ---: |" * 7]
    for each in errors:
        share = each.in_band_count / each.rows_count
        cells = (
            each.chip,
            each.regulator,
            each.how,
            str(each.rows_count),
            str(each.submissions_count),
            f"{each.mean_absolute_percent:.1f} %",
            f"{each.mean_signed_percent:+.1f} %",
            f"{each.p90_percent:.1f} %",
            f"{each.worst_percent:+.1f} %",
            f"{each.in_band_count} ({share:.0%})",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


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
