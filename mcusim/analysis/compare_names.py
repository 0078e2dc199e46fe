"""Which row of one run is which of another: by name, through clones, and through renames where the evidence is clear.

Everything is symmetric: matching new with old finds the same pairs as matching old with new.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from mcusim.firmware.names import without_arguments, without_clone

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from mcusim.report.comparison import Row

FUNCTION = "function"
_TEMPLATE = re.compile(r"<[^<>]*>")
_CLEAR_SCORE, _MARGIN_SCORE = 5, 2  # of _evidence: what a rename needs, and its lead over the next best
_LONG_CYCLES = 1000  # two functions that agree to the cycle in every reason over so many are hardly two
_ALIKE_RATIO, _SIMILAR_RATIO = 0.02, 0.10
_NAME_RATIO = 0.6  # difflib's "close" (get_close_matches)


@dataclass(frozen=True, slots=True)
class Match:
    """Rows that are the same thing; one side is empty when it is gone or new."""

    old_indexes: tuple[int, ...]
    new_indexes: tuple[int, ...]
    is_family: bool = False
    """Clones and parts of one function taken together."""


@dataclass(frozen=True, slots=True)
class _Open:
    """Indexes that have not been matched yet, and what has been."""

    all_old: Sequence[Row]
    all_new: Sequence[Row]
    old: dict[int, Row]
    new: dict[int, Row]
    found: list[Match]

    def pair(self, old: Sequence[int], new: Sequence[int], *, is_family: bool = False) -> None:
        """Take these out as one match."""
        self.found.append(Match(tuple(old), tuple(new), is_family))
        for index in old:
            del self.old[index]
        for index in new:
            del self.new[index]

    def groups(self, key: Callable[[Row], Hashable]) -> list[tuple[list[int], list[int]]]:
        """The open indexes of both sides that have a key in common."""
        sides: list[dict[Hashable, list[int]]] = []
        for rows in (self.old, self.new):
            members: dict[Hashable, list[int]] = defaultdict(list)
            for index, row in rows.items():
                members[key(row)].append(index)
            sides.append(members)
        return [(indexes, sides[1][each]) for each, indexes in sides[0].items() if each in sides[1]]


def matched(old: Sequence[Row], new: Sequence[Row]) -> tuple[Match, ...]:
    """Each row of both runs in exactly one match."""
    rows = _Open(old, new, dict(enumerate(old)), dict(enumerate(new)), [])
    _match_families(rows)
    for key in (_named, _plain_named, _bare_named_in_file, _bare_named):
        _match_single(rows, key)
    _match_evidence(rows)
    rest = [Match((index,), ()) for index in rows.old] + [Match((), (index,)) for index in rows.new]
    return (*rows.found, *rest)


def base_name(name: str) -> str:
    """Without clone suffix, C++ arguments and template arguments: what a function is called in its source."""
    bare = without_arguments(name)
    while (shorter := _TEMPLATE.sub("", bare)) != bare:
        bare = shorter
    return bare


def _match_families(rows: _Open) -> None:
    """A function with its clones and parts, in one file. Same names pair one by one; else all are one row."""
    for old, new in rows.groups(lambda row: (row.kind, without_clone(row.name), row.source_file)):
        names = Counter(rows.old[index].name for index in old)
        if names == Counter(rows.new[index].name for index in new):
            by_name = sorted(old, key=lambda index: rows.all_old[index].name)
            for one, other in zip(
                by_name, sorted(new, key=lambda index: rows.all_new[index].name), strict=True
            ):
                rows.pair([one], [other])
        else:
            rows.pair(old, new, is_family=True)


def _named(row: Row) -> Hashable:
    return row.kind, row.name


def _plain_named(row: Row) -> Hashable:
    return row.kind, without_clone(row.name)


def _bare_named_in_file(row: Row) -> Hashable:
    return row.kind, base_name(row.name), row.source_file


def _bare_named(row: Row) -> Hashable:
    return row.kind, base_name(row.name)


def _match_single(rows: _Open, key: Callable[[Row], Hashable]) -> None:
    """Where exactly one row of each side has the key: a function that moved to another file, or changed its types."""
    for old, new in rows.groups(key):
        if len(old) == len(new) == 1:
            rows.pair(old, new)


def _match_evidence(rows: _Open) -> None:
    """Renames: the best match of each side, if it is clear and nothing else comes near."""
    known = _identities(rows)
    scores: dict[tuple[int, int], int] = {}
    for one, old in rows.old.items():
        for other, new in rows.new.items():
            if old.kind == new.kind == FUNCTION and (score := _evidence(old, new, known)):
                scores[one, other] = score
    best: dict[tuple[str, int], list[int]] = defaultdict(list)
    for (one, other), score in scores.items():
        best["old", one].append(score)
        best["new", other].append(score)
    for (one, other), score in scores.items():
        rivals = [*_without(best["old", one], score), *_without(best["new", other], score)]
        if score >= _CLEAR_SCORE and all(score - each >= _MARGIN_SCORE for each in rivals):
            rows.pair([one], [other])


def _without(scores: list[int], score: int) -> list[int]:
    rest = sorted(scores)
    rest.remove(score)
    return rest


@dataclass(frozen=True, slots=True)
class _Identities:
    """Names of both sides as what they were matched to; a name that no row has is what its source calls it."""

    old: dict[str, Hashable]
    new: dict[str, Hashable]

    def of_old(self, names: Sequence[str]) -> frozenset[Hashable]:
        return frozenset(self.old.get(each, base_name(each)) for each in names)

    def of_new(self, names: Sequence[str]) -> frozenset[Hashable]:
        return frozenset(self.new.get(each, base_name(each)) for each in names)


def _identities(rows: _Open) -> _Identities:
    old: dict[str, Hashable] = {}
    new: dict[str, Hashable] = {}
    for place, match in enumerate(rows.found):
        old.update((rows.all_old[index].name, place) for index in match.old_indexes)
        new.update((rows.all_new[index].name, place) for index in match.new_indexes)
    return _Identities(old, new)


def _evidence(old: Row, new: Row, known: _Identities) -> int:
    """How much speaks for two functions of different names being one; 0 where something speaks against it."""
    if old.source_file and new.source_file and old.source_file != new.source_file:
        return 0
    apart = abs(old.cycles - new.cycles) / (max(old.cycles, new.cycles) or 1)
    callers, new_callers = known.of_old(old.callers), known.of_new(new.callers)
    if apart > _SIMILAR_RATIO or (callers and new_callers and not callers & new_callers):
        return 0
    is_identical = old.cycles == new.cycles >= _LONG_CYCLES and sorted(old.reasons) == sorted(new.reasons)
    score = 2 if apart <= _ALIKE_RATIO else 1
    score += 2 * is_identical
    score += 2 * bool(old.source_file and new.source_file)
    score += bool(old.calls_count and old.calls_count == new.calls_count)
    score += 2 * bool(callers and callers == new_callers)
    callees = known.of_old(old.callees)
    score += bool(callees and callees == known.of_new(new.callees))
    if score == _CLEAR_SCORE - 1:  # the only score that a likeness of the names can lift
        score += _are_alike(base_name(old.name), base_name(new.name))
    return score


def _are_alike(one: str, other: str) -> bool:
    first, second = sorted((one, other))  # difflib's ratio depends on the order
    return SequenceMatcher(None, first, second, autojunk=False).ratio() >= _NAME_RATIO
