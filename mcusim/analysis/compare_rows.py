"""Named rows of two runs as what changed of each: the deltas of the rows sum to the delta of the totals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mcusim.analysis.compare_inlined import with_inlined
from mcusim.analysis.compare_names import base_name, matched
from mcusim.firmware.names import without_clone
from mcusim.report.comparison import ADDED, CHANGED, MERGED, REMOVED, RENAMED, SAME, SPLIT, Change, RowChange
from mcusim.report.quantity import Band

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mcusim.analysis.compare_names import Match
    from mcusim.report.comparison import Row
    from mcusim.report.quantity import Number

FUNCTION = "function"


def row_changes(old_rows: Sequence[Row], new_rows: Sequence[Row]) -> tuple[RowChange, ...]:
    """What changed from `old_rows` to `new_rows`, the largest change first.

    This needs no Report: a baseline that holds names, cycles and as much more as it likes is enough. Functions are
    matched by name, through clone suffixes (".constprop.0"), C++ arguments and moves between files; a rename is only
    claimed on clear evidence (same file, calls and cycles, the same callers where rows name them), and so is inlining.
    """
    matches = matched(old_rows, new_rows)
    changes = [_change(each, old_rows, new_rows) for each in matches]
    noted = with_inlined(changes, matches, old_rows, new_rows)
    return tuple(
        sorted(noted, key=lambda row: (-abs(row.delta_cycles), -row.new_cycles, row.name, row.source_file))
    )


def reason_changes(
    old: Iterable[tuple[str, Number]], new: Iterable[tuple[str, Number]]
) -> tuple[Change, ...]:
    """By reason, the largest change first; reasons that neither run has are left out."""
    before, after = dict(old), dict(new)
    changes = [
        Change(name, "cycles", before.get(name, 0), after.get(name, 0)) for name in {**before, **after}
    ]
    return tuple(sorted(changes, key=lambda each: (-abs(each.delta or 0), -(each.new or 0), each.name)))


def summed_band(bands: Sequence[Band | None]) -> Band | None:
    """Energies of one model added up: they err together, so their bounds add up too. None if one is not known."""
    known = [each for each in bands if each is not None]
    if not known or len(known) < len(bands):
        return None
    return Band(
        math.fsum(each.value for each in known),
        math.fsum(each.low for each in known),
        math.fsum(each.high for each in known),
        known[0].basis,
    )


def status_of(old_cycles: Number, new_cycles: Number) -> str:
    """Of a row that both runs have under one name."""
    return SAME if old_cycles == new_cycles else CHANGED


def _change(match: Match, old_rows: Sequence[Row], new_rows: Sequence[Row]) -> RowChange:
    old = [old_rows[index] for index in match.old_indexes]
    new = [new_rows[index] for index in match.new_indexes]
    first = (new or old)[0]
    name, old_name, status, note = _naming(old, new)
    before, after = _summed_reasons(old), _summed_reasons(new)
    has_reasons = all(each.reasons or not each.cycles for each in (*old, *new))
    return RowChange(
        name=name,
        old_name=old_name,
        kind=first.kind,
        status=status,
        old_cycles=sum(each.cycles for each in old),
        new_cycles=sum(each.cycles for each in new),
        old_calls_count=sum(each.calls_count for each in old),
        new_calls_count=sum(each.calls_count for each in new),
        old_energy_j=summed_band([each.energy_j for each in old]),
        new_energy_j=summed_band([each.energy_j for each in new]),
        reasons=reason_changes(before, after) if has_reasons else (),
        is_reason_scaled=any(each.is_reason_scaled for each in (*old, *new)),
        note=note,
        source_file=first.source_file,
    )


def _naming(old: Sequence[Row], new: Sequence[Row]) -> tuple[str, str, str, str]:
    """Name, old name, status and note."""
    if not old:
        return new[0].name, "", ADDED, ""
    if not new:
        return old[0].name, old[0].name, REMOVED, ""
    if len(old) == len(new) == 1:
        return _naming_of_one(old[0], new[0])
    was, now = (" + ".join(sorted(each.name for each in side)) for side in (old, new))
    status = SPLIT if len(new) > len(old) else MERGED if len(new) < len(old) else RENAMED
    base = without_clone(new[0].name)
    return base, base, status, f"was {was}; now {now}"


def _naming_of_one(old: Row, new: Row) -> tuple[str, str, str, str]:
    if old.name == new.name:
        is_same = (old.cycles, old.calls_count, dict(old.reasons)) == (
            new.cycles,
            new.calls_count,
            dict(new.reasons),
        )
        has_moved = old.source_file and new.source_file and old.source_file != new.source_file
        note = f"moved from {old.source_file}" if has_moved else ""
        return new.name, old.name, SAME if is_same else CHANGED, note
    word = "was" if base_name(old.name) == base_name(new.name) else "renamed from"
    return new.name, old.name, RENAMED, f"{word} {old.name}"


def _summed_reasons(rows: Sequence[Row]) -> list[tuple[str, Number]]:
    total: dict[str, Number] = {}
    for row in rows:
        for reason, cycles in row.reasons:
            total[reason] = total.get(reason, 0) + cycles
    return list(total.items())
