"""The runs of all tests as a table for the terminal, and as properties for JUnit files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.units import engineering, grouped, size

if TYPE_CHECKING:
    from mcusim.pytest_plugin.state import Row

_HEADINGS = ("test", "board", "cycles", "baseline", "latency", "energy", "peak RAM", "simulated", "took")
_LEFT_COUNT = 2
_STATUS_WORDS = {
    "same": "same",
    "within": "within",
    "written": "written",
    "updated": "updated",
    "failed": "FAILED",
}


def table(rows: list[Row]) -> list[str]:
    """Lines of the terminal's section; "took" is time on this computer, the only number that varies."""
    cells = [_HEADINGS, *(_cells(each) for each in rows)]
    widths = [max(len(each[place]) for each in cells) for place in range(len(_HEADINGS))]
    lines = []
    for each in cells:
        left = [cell.ljust(width) for cell, width in zip(each[:_LEFT_COUNT], widths, strict=False)]
        right = [
            cell.rjust(width) for cell, width in zip(each[_LEFT_COUNT:], widths[_LEFT_COUNT:], strict=True)
        ]
        lines.append("  ".join([*left, *right]).rstrip())
    return lines


def baseline_words(row: Row) -> str:
    """How a run stands to its baseline: the change in cycles, and what was done about it."""
    if not row.baseline:
        return ""
    words = _STATUS_WORDS.get(row.baseline, row.baseline)
    return f"{change(row.delta_cycles)} {words}" if row.delta_cycles else words


def change(delta: float | None) -> str:
    """A signed number of cycles; empty: not known."""
    if delta is None:
        return ""
    return f"{'+' if delta > 0 else '-' if delta < 0 else ''}{grouped(round(abs(delta)))}"


def properties(rows: list[Row]) -> list[tuple[str, str | int | float]]:
    """For JUnit files: mcusim_cycles …; of a test's second run mcusim2_cycles …"""
    found: list[tuple[str, str | int | float]] = []
    for index, row in enumerate(rows):
        prefix = "mcusim_" if index == 0 else f"mcusim{index + 1}_"
        values = {
            "firmware": row.firmware,
            "board": row.board,
            "cycles": row.cycles,
            "latency_ms": None if row.latency_s is None else _rounded(row.latency_s * 1e3),
            "energy_uj": None if row.energy_j is None else _rounded(row.energy_j * 1e6),
            "peak_ram_bytes": row.peak_ram_bytes,
            "stack_bytes": row.stack_bytes,
            "flash_bytes": row.flash_bytes,
            "simulated_s": _rounded(row.simulated_s),
            "host_s": round(row.host_s, 3),
            "baseline": row.baseline or None,
            "delta_cycles": row.delta_cycles,
        }
        found += [(f"{prefix}{name}", value) for name, value in values.items() if value is not None]
    return found


def _rounded(value: float) -> float:
    """Without what floating-point numbers add behind their last digit."""
    return float(f"{value:.9g}")


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.test,
        row.board,
        "" if row.cycles is None else grouped(round(row.cycles)),
        baseline_words(row),
        "" if row.latency_s is None else engineering(row.latency_s, "s", 4),
        "" if row.energy_j is None else engineering(row.energy_j, "J"),
        size(row.peak_ram_bytes),
        engineering(row.simulated_s, "s"),
        f"{row.host_s:.2f} s" if row.host_s else "cached",
    )
