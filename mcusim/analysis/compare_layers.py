"""Layers of two networks side by side: one that was put in or taken out leaves the others what they were."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from mcusim.analysis.compare_names import base_name
from mcusim.analysis.compare_rows import status_of
from mcusim.report.comparison import ADDED, REMOVED, RENAMED, RowChange

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from mcusim.report.network import LayerCost, Network

    Key = Callable[[LayerCost], Hashable]
    Pair = tuple[LayerCost | None, LayerCost | None]

LAYER = "layer"


def layer_changes(
    old: Network | None, new: Network | None, renamed: Mapping[str, str] | None = None
) -> tuple[RowChange, ...]:
    """Layers in the order of the new network, removed ones where they were, then the rows that complete the sum.

    `renamed` tells what functions of the old run are called in the new one.
    """
    names = renamed or {}
    before, after = _layers(old), _layers(new)
    pairs = _aligned(before, after, names)
    rests = [_rests(network) for network in (old, new)]
    for kind in dict.fromkeys([*rests[0], *rests[1]]):
        pairs.append((rests[0].get(kind), rests[1].get(kind)))
    return tuple(_change(*pair, names) for pair in pairs)


def _layers(network: Network | None) -> list[LayerCost]:
    return [each for each in network.layers if each.kind == LAYER] if network else []


def _rests(network: Network | None) -> dict[str, LayerCost]:
    return {each.kind: each for each in network.layers if each.kind != LAYER} if network else {}


def _aligned(old: Sequence[LayerCost], new: Sequence[LayerCost], renamed: Mapping[str, str]) -> list[Pair]:
    """By operator and shapes first; within what differs, by operator alone; the rest is gone or new."""

    def what(layer: LayerCost) -> str:
        name = base_name(renamed.get(layer.name, layer.name))
        return layer.operator or name

    def whole(layer: LayerCost) -> Hashable:
        return what(layer), layer.input_shapes, layer.output_shapes

    pairs: list[Pair] = []
    for some_old, some_new in _stretches(old, new, whole):
        if len(some_old) == len(some_new) == 1 and whole(some_old[0]) == whole(some_new[0]):
            pairs.append((some_old[0], some_new[0]))
            continue
        for few_old, few_new in _stretches(some_old, some_new, what):
            is_pair = len(few_old) == len(few_new) == 1 and what(few_old[0]) == what(few_new[0])
            pairs += [(few_old[0], few_new[0])] if is_pair else _apart(few_old, few_new)
    return pairs


def _apart(old: Sequence[LayerCost], new: Sequence[LayerCost]) -> list[Pair]:
    return [*((each, None) for each in old), *((None, each) for each in new)]


def _stretches(
    old: Sequence[LayerCost], new: Sequence[LayerCost], key: Key
) -> list[tuple[Sequence[LayerCost], Sequence[LayerCost]]]:
    """Equal layers one by one, and what is between them in one piece."""
    found: list[tuple[Sequence[LayerCost], Sequence[LayerCost]]] = []
    for tag, start, end, new_start, new_end in _opcodes(
        [key(each) for each in old], [key(each) for each in new]
    ):
        if tag == "equal":
            count = end - start
            found += [([old[start + i]], [new[new_start + i]]) for i in range(count)]
        else:
            found.append((old[start:end], new[new_start:new_end]))
    return found


def _opcodes(old: list[Hashable], new: list[Hashable]) -> list[tuple[str, int, int, int, int]]:
    """difflib's, made symmetric: it may choose otherwise among equally long stretches when the sides change places."""
    if (len(old), repr(old)) <= (len(new), repr(new)):
        return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    swapped = SequenceMatcher(None, new, old, autojunk=False).get_opcodes()
    return [(tag, start, end, begin, stop) for tag, begin, stop, start, end in swapped]


def _change(old: LayerCost | None, new: LayerCost | None, renamed: Mapping[str, str]) -> RowChange:
    some = new or old
    assert some is not None
    status = ADDED if old is None else REMOVED
    note = ""
    if old is not None and new is not None:
        is_renamed = base_name(renamed.get(old.name, old.name)) != base_name(new.name) or old.name != new.name
        status = RENAMED if is_renamed and not new.operator else status_of(old.cycles, new.cycles)
        note = _note(old, new)
    return RowChange(
        name=some.name,
        old_name=old.name if old else "",
        kind=some.kind,
        status=status,
        old_cycles=old.cycles if old else 0,
        new_cycles=new.cycles if new else 0,
        old_calls_count=old.calls_count if old else 0,
        new_calls_count=new.calls_count if new else 0,
        old_energy_j=old.energy_j if old else None,
        new_energy_j=new.energy_j if new else None,
        note=note,
        source_file=some.source_file,
        old_index=old.index if old else -1,
        new_index=new.index if new else -1,
        operator=some.operator,
        kernel=some.kernel,
    )


def _note(old: LayerCost, new: LayerCost) -> str:
    parts = []
    if old.name != new.name and not new.operator:
        parts.append(f"was {old.name}")
    if (old.input_shapes, old.output_shapes) != (new.input_shapes, new.output_shapes):
        parts.append(f"shapes {_shapes(old)} → {_shapes(new)}")
    if old.kernel not in {new.kernel, old.name}:
        parts.append(f"kernel was {old.kernel}")
    return ", ".join(parts)


def _shapes(layer: LayerCost) -> str:
    return " ".join("x".join(map(str, shape)) for shape in layer.output_shapes) or "unknown"
