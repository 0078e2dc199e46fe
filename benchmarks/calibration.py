"""What one measurement of the user's own firmware does for the energy, on published inference energies.

    python benchmarks/calibration.py [ROWS.csv]

Without a file: the rows of tests/validation/energy.csv. A submission is one firmware set-up (toolchain, clocks,
library, peripherals left on) with several networks. Each row is predicted from the published time and a current:
first the mean of the other submissions on the same chip, then that mean scaled, as `mcusim calibrate` does it,
by the submission's other networks: all of them, and one alone.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mcusim.calibration.fit import common_ratio
from mcusim.validation.energy import read_energies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.validation.energy import PublishedEnergy

ROWS = Path(__file__).resolve().parents[1] / "tests" / "validation" / "energy.csv"
ACCELERATED = ("EFR32MG24",)
"""Chips whose results were taken with an accelerator, which works more for one network than for another."""
_INFERENCES = ("ad", "ic", "kws", "vww")
"""Tasks that are single inferences; `sww` rows are streams with sleep in between."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Energy errors of rows under one way of predicting."""

    how: str
    percents: tuple[float, ...]

    @property
    def mean_percent(self) -> float:
        """Mean of the absolute errors."""
        return float(np.mean(np.abs(self.percents)))

    def line(self) -> str:
        """A row of the printed table."""
        sizes = np.abs(self.percents)
        figures = (self.mean_percent, float(np.percentile(sizes, 90)), float(sizes.max()))
        return f"| {self.how} | {len(sizes)} | " + " | ".join(f"{each:.1f} %" for each in figures) + " |"


def usable_rows(path: Path) -> tuple[PublishedEnergy, ...]:
    """Single inferences, without the rows whose note says that they are to be excluded."""
    with path.open(encoding="utf-8", newline="") as file:
        odd = {
            (" ".join((row["round"], row["submitter"], row["system_id"])), row["task"])
            for row in csv.DictReader(file)
            if "exclude" in row["note"]
        }
    return tuple(
        row
        for row in read_energies(path)
        if row.task in _INFERENCES and (row.submission, row.task) not in odd
    )


def _drawn(row: PublishedEnergy) -> float:
    """What stays the same when the supply changes: the current of an LDO, the power of a converter."""
    return row.current_a if row.regulator == "ldo" else row.current_a * row.supply_v


def _alike(row: PublishedEnergy, other: PublishedEnergy) -> bool:
    return (row.chip, row.regulator, row.clock_hz) == (other.chip, other.regulator, other.clock_hz)


def errors(rows: Sequence[PublishedEnergy]) -> tuple[Errors, Errors, Errors, Errors]:
    """Before, after all others of the submission, after one of them; the last again for all chips.

    The first three are of rows that have both other submissions on their chip and other networks in their own.
    """
    before: list[float] = []
    after_all: list[float] = []
    after_one: list[float] = []
    everywhere: list[float] = []
    for row in rows:
        others = [_drawn(each) for each in rows if _alike(row, each) and each.submission != row.submission]
        own = [
            _drawn(each)
            for each in rows
            if _alike(row, each) and each.submission == row.submission and each is not row
        ]
        if own:
            everywhere.append(100 * (sum(own) / len(own) / _drawn(row) - 1))
        if not others or not own:
            continue
        modelled = sum(others) / len(others)
        before.append(100 * (modelled / _drawn(row) - 1))
        ratio = common_ratio(own, [modelled] * len(own))
        after_all.append(100 * (modelled * ratio / _drawn(row) - 1))
        after_one += [100 * (modelled * common_ratio([each], [modelled]) / _drawn(row) - 1) for each in own]
    return (
        Errors("mean of other submissions on the chip", tuple(before)),
        Errors("scaled by the submission's other networks", tuple(after_all)),
        Errors("scaled by one other network", tuple(after_one)),
        Errors("the submission's other networks, all chips", tuple(everywhere)),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=Path, nargs="?", default=ROWS)
    rows = usable_rows(parser.parse_args().rows)
    on_cpu = tuple(row for row in rows if not row.chip.startswith(ACCELERATED))
    for title, chosen in (("All chips", rows), ("Without accelerators", on_cpu)):
        lines = [
            f"{title}:",
            "",
            "| current from | predictions | mean absolute error | p90 | worst |",
            "| --- | ---: | ---: | ---: | ---: |",
            *(each.line() for each in errors(chosen)),
            "",
        ]
        print("\n".join(lines))


if __name__ == "__main__":
    main()
