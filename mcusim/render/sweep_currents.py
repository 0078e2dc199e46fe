"""The lines below a sweep's table that say what its energies rest on: which currents, by whom, of what."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from mcusim.render.words import cut, printable

if TYPE_CHECKING:
    from mcusim.report.sweep import Sweep, SweepResult

_LINES_COUNT = 2
_SLACK = 8
"""What wrapping leaves empty at the end of a line, about."""


def currents_lines(sweep: Sweep, width: int) -> list[str]:
    """One or two lines per board with energy: what its currents cover, and how they are known."""
    by_board: dict[str, list[SweepResult]] = {}
    for row in sweep.rows:
        if row.result is not None and row.result.currents:
            by_board.setdefault(row.point.board, []).append(row.result)
    lines = (
        ["Currents (the dearest of each row; 'mcusim run' and --json have all of them)"] if by_board else []
    )
    for board, results in by_board.items():
        text = cut(f"{printable(board)}: {_known(results)}", _LINES_COUNT * (width - _SLACK))
        lines += textwrap.wrap(text, width, subsequent_indent="  ", break_on_hyphens=False)
    return lines


def _known(results: list[SweepResult]) -> str:
    """Regulator, ranges and basis, then the source that most rows have; the others are counted."""
    dearest = [each.currents[0] for each in results]
    words = [
        *dict.fromkeys(each.regulator.upper() for each in dearest if each.regulator),
        *dict.fromkeys(each.voltage_range for each in dearest if each.voltage_range),
        " or ".join(dict.fromkeys(each.current_a.basis for each in dearest)),
    ]
    sources = [each.source for each in dearest]
    source = max(dict.fromkeys(sources), key=sources.count)
    others_count = len(set(sources)) - 1
    others = f" ({others_count} other source{'s' * (others_count > 1)} too)" if others_count else ""
    return f"{_covered(results)}; {', '.join(words)}{others}: {printable(source)}"


def _covered(results: list[SweepResult]) -> str:
    """What is left out of it is in the report of a run and in the JSON."""
    parts = dict.fromkeys(each.covers.partition(";")[0] for each in results if each.covers)
    return printable(" / ".join(parts) or f"model {results[0].power_model}")
