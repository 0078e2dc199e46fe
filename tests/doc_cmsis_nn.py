"""The tables of docs/concepts/inference-library.md against CMSIS-NN, made from docs/data/cmsis_nn_cycles.csv.

python -m tests.doc_cmsis_nn        writes the tables anew
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "concepts" / "inference-library.md"
ROWS = ROOT / "docs" / "data" / "cmsis_nn_cycles.csv"
SUMMARY_MARKS = ("<!-- summary of docs/data/cmsis_nn_cycles.csv -->", "<!-- end of summary -->")
LAYERS_MARKS = ("<!-- layers of docs/data/cmsis_nn_cycles.csv -->", "<!-- end of layers -->")
SLOWER_MARKS = ("<!-- slower in docs/data/cmsis_nn_cycles.csv -->", "<!-- end of slower -->")
CORES = {
    "cortex-m0plus": "Cortex-M0+",
    "cortex-m4": "Cortex-M4",
    "cortex-m7": "Cortex-M7",
    "cortex-m33": "Cortex-M33",
}
SHOWN = (
    ("kws", "CONV_2D", "49x10x1 10x4/2 -> 64"),
    ("kws", "DEPTHWISE_CONV_2D", "25x5x64 3x3/1 -> 64"),
    ("kws", "CONV_2D", "25x5x64 1x1/1 -> 64"),
    ("ic", "CONV_2D", "32x32x16 3x3/1 -> 16"),
    ("vww", "DEPTHWISE_CONV_2D", "48x48x8 3x3/1 -> 8"),
    ("vww", "DEPTHWISE_CONV_2D", "6x6x128 3x3/2 -> 128"),
    ("vww", "CONV_2D", "3x3x256 1x1/1 -> 256"),
    ("ad", "FULLY_CONNECTED", "640 -> 128"),
    ("ad", "FULLY_CONNECTED", "8 -> 128"),
    ("ic", "ADD", "32x32x16"),
    ("kws", "AVERAGE_POOL_2D", "25x5x64"),
    ("kws", "SOFTMAX", "12"),
)
"""Layers that are shown in full: the usual ones, and those where CMSIS-NN is better."""


@dataclass(frozen=True, slots=True)
class Row:
    """One layer on one core."""

    network: str
    operator: str
    shape: str
    core: str
    our_cycles: int
    o2_cycles: int
    ofast_cycles: int

    @property
    def o2_ratio(self) -> float:
        """Our cycles over those of CMSIS-NN compiled with -O2."""
        return self.our_cycles / self.o2_cycles

    @property
    def ofast_ratio(self) -> float:
        """The same with -Ofast."""
        return self.our_cycles / self.ofast_cycles

    @property
    def worst_ratio(self) -> float:
        """Against the better of the two."""
        return max(self.o2_ratio, self.ofast_ratio)


def read_rows() -> list[Row]:
    """Every row of the file."""
    lines = [line for line in ROWS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [
        Row(
            each["network"],
            each["operator"],
            each["shape"],
            each["core"],
            int(each["our_cycles"]),
            int(each["cmsis_nn_o2_cycles"]),
            int(each["cmsis_nn_ofast_cycles"]),
        )
        for each in csv.DictReader(lines)
    ]


def with_cycles(text: str) -> str:
    """A page with what stands between its marks replaced by fresh tables."""
    rows = read_rows()
    tables = ((SUMMARY_MARKS, _summary(rows)), (LAYERS_MARKS, _layers(rows)), (SLOWER_MARKS, _slower(rows)))
    for (begin, end), table in tables:
        head, _, rest = text.partition(begin)
        text = f"{head}{begin}\n{table}{end}{rest.partition(end)[2]}"
    return text


def _summary(rows: list[Row]) -> str:
    lines = [
        "| operator | layers | " + " | ".join(f"{name}: median, worst" for name in CORES.values()) + " |",
        "| --- | ---: |" + " ---: |" * len(CORES),
    ]
    for operator in [*dict.fromkeys(row.operator for row in rows), ""]:
        title = f"`{operator}`" if operator else "all"
        lines += [_summary_line(title, [row for row in rows if not operator or row.operator == operator])]
    return "\n".join(lines) + "\n"


def _summary_line(title: str, rows: list[Row]) -> str:
    cells = []
    for core in CORES:
        ratios = [row.worst_ratio for row in rows if row.core == core]
        cells.append(f"{median(ratios):.2f}, {max(ratios):.2f}")
    return f"| {title} | {len(rows) // len(CORES)} | {' | '.join(cells)} |"


def _layers(rows: list[Row]) -> str:
    lines = [
        "| layer | " + " | ".join(CORES.values()) + " |",
        "| --- |" + " ---: |" * len(CORES),
    ]
    for key in SHOWN:
        found = {row.core: row for row in rows if (row.network, row.operator, row.shape) == key}
        cells = [f"{_number(found[core].our_cycles)} / {_number(found[core].o2_cycles)}" for core in CORES]
        lines.append(f"| {key[0]} `{key[1]}` {key[2]} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _slower(rows: list[Row]) -> str:
    slower = sorted(
        (row for row in rows if row.worst_ratio > 1),
        key=lambda row: (list(CORES).index(row.core), -row.worst_ratio),
    )
    lines = [
        f"| {CORES[row.core]} | {row.network} `{row.operator}` {row.shape} | {row.worst_ratio:.2f} |"
        for row in slower
    ]
    return "\n".join(["| core | layer | ours / CMSIS-NN |", "| --- | --- | ---: |", *lines]) + "\n"


def _number(count: int) -> str:
    return f"{count:,}".replace(",", " ")


if __name__ == "__main__":
    PAGE.write_text(with_cycles(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
