"""Error of the power models on published inference energies, given the published latency.

    python benchmarks/energy.py [ROWS.csv]

Without a file: the rows of tests/validation/energy.csv. The first table leaves each row's whole submission out of what
the model is made from; the second uses the models as they are shipped, which tests them only on rows that they have
not seen.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from mcusim.validation.energy import model_for, read_energies, shipped_models
from mcusim.validation.energy_errors import energy_tables

ROWS = Path(__file__).resolve().parents[1] / "tests" / "validation" / "energy.csv"


def main() -> None:
    """Print both tables, and what had no model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=Path, nargs="?", default=ROWS)
    rows, models = read_energies(parser.parse_args().rows), shipped_models()
    print(energy_tables(rows, models))
    unknown = sorted({each.chip for each in rows if model_for(each, models) is None})
    if unknown:
        print(f"No power model: {', '.join(unknown)}")


if __name__ == "__main__":
    main()
