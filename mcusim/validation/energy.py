"""Published energies of inferences against the power models, given the published latency: how wrong is the current?"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mcusim.errors import DataFileError
from mcusim.power.energy import energy_of
from mcusim.power.load import load_power_model, power_model_names
from mcusim.power.schema import Activity, Conditions, CurrentPoint, Execution, PowerState, Workload
from mcusim.provenance import Basis, Provenance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from mcusim.power.schema import Estimate, PowerModel

_COLUMNS = ("round", "submitter", "system_id", "mcu", "clock_mhz", "supply_v", "regulator_note", "task")
_NUMBERS = ("clock_mhz", "supply_v", "latency_ms", "energy_uj_per_inf")
EXTERNAL_SMPS = "external SMPS"
"""What `regulator_note` says of a board whose own converter feeds the core past the chip's regulators."""


@dataclass(frozen=True, slots=True)
class PublishedEnergy:
    """One result: how long an inference took and what it drew from the chip's supply."""

    submission: str
    """Round, submitter and board: the firmware of one hand at one time."""
    task: str
    chip: str
    """As the result spells it."""
    regulator: str
    """"ldo", "smps", or EXTERNAL_SMPS."""
    clock_hz: int
    supply_v: float
    latency_s: float
    energy_j: float

    @property
    def current_a(self) -> float:
        """Mean supply current during the inference."""
        return self.energy_j / self.latency_s / self.supply_v


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a power model says of a published energy."""

    published: PublishedEnergy
    model: str
    energy: Estimate
    how: str
    """"others": from other submissions' measurements, "datasheet": from benchmark currents, "shipped": as it is."""

    @property
    def error_ratio(self) -> float:
        """(modelled - published) / published."""
        return self.energy.value / self.published.energy_j - 1

    @property
    def is_in_band(self) -> bool:
        """Does the printed band hold the published energy?"""
        return self.energy.low <= self.published.energy_j <= self.energy.high


def read_energies(path: Path) -> tuple[PublishedEnergy, ...]:
    """The results in a CSV file that have a latency and an energy; other rows are passed over.

    Columns: round, submitter, system_id, mcu, clock_mhz, supply_v, regulator_note, task, latency_ms, energy_uj_per_inf.

    Raises:
        DataFileError: the file cannot be read, a column is missing or a number is not one.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError("cannot read the published energies", where=str(path), why=str(error)) from error
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in (*_COLUMNS, *_NUMBERS) if name not in (reader.fieldnames or ())]
    if missing:
        raise DataFileError(
            f"the column '{missing[0]}' is missing", where=str(path), fix=f"add {', '.join(missing)}"
        )
    return tuple(
        _published(row, f"{path}: line {number}")
        for number, row in enumerate(reader, start=2)
        if row["energy_uj_per_inf"] and row["latency_ms"] and row["supply_v"]
    )


def _published(row: dict[str, str], where: str) -> PublishedEnergy:
    numbers = {}
    for name in _NUMBERS:
        try:
            numbers[name] = float(row[name])
        except ValueError as error:
            raise DataFileError(
                f"'{name}' is not a number", where=where, why=f"it is '{row[name]}'"
            ) from error
    return PublishedEnergy(
        submission=" ".join((row["round"], row["submitter"], row["system_id"])),
        task=row["task"],
        chip=row["mcu"],
        regulator=_regulator(row),
        clock_hz=round(numbers["clock_mhz"] * 1e6),
        supply_v=numbers["supply_v"],
        latency_s=numbers["latency_ms"] / 1e3,
        energy_j=numbers["energy_uj_per_inf"] / 1e6,
    )


def _regulator(row: dict[str, str]) -> str:
    """From the result's own words; ST's boards with "-P" in their names have a converter beside the chip."""
    if row["system_id"].upper().replace("_", "-").endswith("-P"):
        return EXTERNAL_SMPS
    return "smps" if "SMPS" in row["regulator_note"].upper() else "ldo"


def shipped_models() -> tuple[PowerModel, ...]:
    """All power models that mcusim ships."""
    return tuple(load_power_model(name) for name in power_model_names())


def model_for(published: PublishedEnergy, models: Iterable[PowerModel]) -> PowerModel | None:
    """The model of the result's chip, and of the converter beside it where the result has one; None: there is none."""
    is_external = published.regulator == EXTERNAL_SMPS
    for model in models:
        is_chip = any(published.chip.lower().startswith(chip) for chip in model.chips)
        if is_chip and ("external" in model.covers) == is_external:
            return model
    return None


def predicted(published: PublishedEnergy, model: PowerModel, how: str = "shipped") -> Prediction:
    """The model's energy for the published time at the published clock and supply."""
    regulator = "smps" if published.regulator == EXTERNAL_SMPS else published.regulator
    has_regulator = any(point.regulator == regulator for point in model.points)
    state = PowerState(
        Activity.RUN,
        Execution.FLASH_PREFETCH,
        published.clock_hz,
        regulator=regulator if has_regulator else model.regulator,
    )
    energy = energy_of(model, [(state, published.latency_s)], Conditions(published.supply_v))
    return Prediction(published, model.name, energy, how)


def without_submission(
    model: PowerModel, published: PublishedEnergy, rows: Sequence[PublishedEnergy]
) -> tuple[PowerModel, str] | None:
    """`model` as it would be had the submission of `published` not been made, and what it rests on then.

    Its inference rows are replaced by the means of the other submissions' results on the chip; without any, the
    datasheet's benchmark rows are all it has (derived rows may rest on the submission). None: neither is there.
    """
    others = [
        each
        for each in rows
        if each.chip == published.chip
        and each.regulator == published.regulator
        and each.submission != published.submission
    ]
    benchmark = tuple(
        point
        for point in model.points
        if point.workload is Workload.BENCHMARK or point.activity is not Activity.RUN
    )
    measured = [point for point in model.points if point.workload is Workload.INFERENCE]
    if others and measured:
        return replace(model, points=(*benchmark, *_means(others, measured[0]))), "others"
    printed = tuple(point for point in benchmark if point.provenance.basis is Basis.DATASHEET)
    if any(point.activity is Activity.RUN for point in printed):
        return replace(model, points=printed), "datasheet"
    return None


def _means(others: Iterable[PublishedEnergy], like: CurrentPoint) -> tuple[CurrentPoint, ...]:
    """One inference row per clock and supply, with the band and regulator of the model's own."""
    groups: dict[tuple[int, float], list[float]] = {}
    for each in others:
        groups.setdefault((each.clock_hz, each.supply_v), []).append(each.current_a)
    if like.regulator == "ldo":  # one current for all supplies
        merged: dict[tuple[int, float], list[float]] = {}
        for (clock_hz, _), currents in groups.items():
            merged.setdefault((clock_hz, like.supply_v), []).extend(currents)
        groups = merged
    provenance = Provenance(Basis.MEASURED, "mean of the other submissions")
    return tuple(
        replace(
            like,
            execution=Execution.ANY,
            clock_hz=clock_hz,
            supply_v=supply_v,
            current_a=sum(currents) / len(currents),
            provenance=provenance,
        )
        for (clock_hz, supply_v), currents in sorted(groups.items())
    )


def left_out_predictions(
    rows: Sequence[PublishedEnergy], models: Sequence[PowerModel]
) -> tuple[Prediction, ...]:
    """A prediction for every row that has a model, each by a model that has not seen the row's submission."""
    found = []
    for row in rows:
        model = model_for(row, models)
        reduced = without_submission(model, row, rows) if model is not None else None
        if reduced is not None:
            found.append(predicted(row, *reduced))
    return tuple(found)


def shipped_predictions(
    rows: Sequence[PublishedEnergy], models: Sequence[PowerModel]
) -> tuple[Prediction, ...]:
    """The same with the models as they are shipped; rows that a model was made from are no test of it."""
    found = ((row, model_for(row, models)) for row in rows)
    return tuple(predicted(row, model) for row, model in found if model is not None)
