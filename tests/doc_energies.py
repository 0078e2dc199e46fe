"""The tables of energy errors in docs/accuracy.md, made from tests/validation/energy.csv and the power models."""

from __future__ import annotations

from pathlib import Path

from mcusim.validation.energy import read_energies, shipped_models
from mcusim.validation.energy_errors import energy_tables

ROWS = Path(__file__).resolve().parent / "validation" / "energy.csv"
ENERGIES_MARKS = ("<!-- energies of tests/validation/energy.csv -->", "<!-- end of energies -->")


def with_energies(text: str) -> str:
    """A page with what stands between its marks replaced by fresh tables; without marks as it is."""
    begin, end = ENERGIES_MARKS
    if begin not in text:
        return text
    head, _, rest = text.partition(begin)
    tables = energy_tables(read_energies(ROWS), shipped_models())
    return f"{head}{begin}\n{tables}{end}{rest.partition(end)[2]}"
