"""Error of the power models on published inference energies, given the published latency.

    python benchmarks/energy.py [ROWS.csv]

Without a file: the rows of tests/validation/energy.csv. The first table leaves each row's whole submission out of what
the model is made from; the second uses the models as they are shipped, which tests them only on rows that they have
not seen.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from mcusim.validation.energy import (
    left_out_predictions,
    model_for,
    read_energies,
    shipped_models,
    shipped_predictions,
)
from mcusim.validation.energy_errors import EnergyError, energy_errors

ROWS = Path(__file__).resolve().parents[1] / "tests" / "validation" / "energy.csv"
_HEADINGS = ("chip", "regulator", "from", "rows", "submissions", "mean", "bias", "p90", "worst", "in band")


def table(errors: tuple[EnergyError, ...]) -> str:
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


def main() -> None:
    """Print both tables, and what had no model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", type=Path, nargs="?", default=ROWS)
    rows, models = read_energies(parser.parse_args().rows), shipped_models()
    print(
        f"Each row predicted without its submission:\n\n{table(energy_errors(left_out_predictions(rows, models)))}\n"
    )
    print(f"Models as shipped:\n\n{table(energy_errors(shipped_predictions(rows, models)))}\n")
    unknown = sorted({each.chip for each in rows if model_for(each, models) is None})
    if unknown:
        print(f"No power model: {', '.join(unknown)}")


if __name__ == "__main__":
    main()
