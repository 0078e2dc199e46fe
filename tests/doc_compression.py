"""Measures the sample `compression` anew: the tables and the picture of its page.

    python -m tests.doc_compression        some minutes: every held-back image through five firmwares

The measured numbers are kept in measured.json beside the page, so that a test can compare a short run with them, and
the page with them.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from mcusim.render.plots.networks import networks_picture
from mcusim.report.networks import NetworkResult, Networks
from mcusim.report.request import RunRequest
from mcusim.scenarios.networks import NetworksWish, compare_networks
from mcusim.units import engineering, size

FOLDER = Path(__file__).resolve().parents[1] / "firmware_samples" / "compression"
PICTURE = FOLDER / "networks.svg"
MEASURED = FOLDER / "measured.json"
BOARD = "nucleo_l4r5zi"
OTHERS = ("raspberry_pi_pico", "stm32f746g_disco", "nucleo_u575zi_q")
OTHERS_COUNT = 2
"""Images on the other boards: accuracy is the same there, and a float network takes seconds on a Cortex-M0+."""
_JOBS_COUNT = 2
ACCURACY_MARKS = ("<!-- measured: written by tests/doc_compression.py -->\n", "<!-- end of measured -->")
BOARDS_MARKS = ("<!-- boards: written by tests/doc_compression.py -->\n", "<!-- end of boards -->")


def compared(board: str, count: int | None) -> Networks:
    """The sample's variants on the first `count` held-back images."""
    models = tuple(FOLDER / each["model"] for each in variants())
    request = RunRequest(firmware=models[0], board=board)
    inputs, labels = FOLDER / "test_inputs.npy", FOLDER / "test_labels.npy"
    return compare_networks(NetworksWish(models, inputs, labels, count, request, "gcc"), _JOBS_COUNT)


def variants() -> list[dict[str, Any]]:
    """As sample.toml lists them."""
    recipe = tomllib.loads((FOLDER / "sample.toml").read_text(encoding="utf-8"))
    return list(recipe["variant"])


def figures(networks: Networks) -> dict[str, dict[str, Any]]:
    """What the page shows, by variant; why there is nothing, where there is not."""
    return {
        row.name: _figures(row.result) if row.result else {"why_not": row.why_not} for row in networks.rows
    }


def _figures(result: NetworkResult) -> dict[str, Any]:
    accuracy, energy = result.accuracy, result.energy_j
    assert accuracy is not None
    return {
        "correct": accuracy.correct_count,
        "accuracy_ratio": accuracy.value_ratio,
        "accuracy_low_ratio": accuracy.low_ratio,
        "accuracy_high_ratio": accuracy.high_ratio,
        "latency_s": result.latency_s,
        "energy_j": energy.value if energy else None,
        "peak_ram_bytes": result.peak_ram_bytes,
        "flash_bytes": result.flash_bytes,
        "weights_bytes": result.weights_bytes,
        "macs": result.macs_count,
    }


def page(text: str, measured: dict[str, Any]) -> str:
    """The page with its tables as measured.json says."""
    text = _between(text, ACCURACY_MARKS, _accuracy_table(measured[BOARD]))
    return _between(text, BOARDS_MARKS, _boards_table(measured))


def _between(text: str, marks: tuple[str, str], table: str) -> str:
    head, _, rest = text.partition(marks[0])
    return f"{head}{marks[0]}{table}{marks[1]}{rest.partition(marks[1])[2]}"


def _accuracy_table(rows: dict[str, Any]) -> str:
    lines = [
        "| told as | accuracy | 95 % interval | latency | energy | RAM | flash | of it weights | products |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in variants():
        row = rows[each["name"]]
        low, high = (100 * row[f"accuracy_{end}_ratio"] for end in ("low", "high"))
        cells = [
            each["title"],
            f"{100 * row['accuracy_ratio']:.1f} %",
            f"{low:.1f} to {high:.1f} %",
            engineering(row["latency_s"], "s", 3),
            engineering(row["energy_j"], "J"),
            size(row["peak_ram_bytes"]),
            size(row["flash_bytes"]),
            size(row["weights_bytes"]),
            engineering(float(row["macs"]), "").rstrip(),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _boards_table(measured: dict[str, Any]) -> str:
    lines = [
        "| told as | " + " | ".join(f"`{board}`" for board in measured) + " |",
        "| --- |" + " ---: |" * len(measured),
    ]
    for each in variants():
        rows = [measured[board][each["name"]] for board in measured]
        cells = [
            engineering(row["latency_s"], "s", 3) if "latency_s" in row else "does not fit" for row in rows
        ]
        lines.append(f"| {each['title']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    whole = compared(BOARD, None)
    measured = {BOARD: figures(whole)} | {board: figures(compared(board, OTHERS_COUNT)) for board in OTHERS}
    MEASURED.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    PICTURE.write_bytes(networks_picture(whole, PICTURE.suffix))
    readme = FOLDER / "README.md"
    readme.write_text(page(readme.read_text(encoding="utf-8"), measured), encoding="utf-8")


if __name__ == "__main__":
    main()
