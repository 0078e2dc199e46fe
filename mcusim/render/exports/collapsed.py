"""The profile as collapsed stacks: a line `frame;frame;frame cycles` per place, for flamegraph.pl, inferno and others.

Format: https://github.com/brendangregg/FlameGraph (flamegraph.pl). It names no unit: the weights are cycles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render.exports.profile_frames import frame_tree

if TYPE_CHECKING:
    from mcusim.recorded.run import RecordedRun


def render(run: RecordedRun) -> bytes:
    """The file's content; the weights sum to the cycles of the run."""
    tree = frame_tree(run)
    # A semicolon ends a frame's name (Rust's array types have some).
    names = [" ".join(each.name.replace(";", ":").split()) for each in tree.frames]
    cycles: dict[str, int] = {}
    for place, stack in zip(tree.places, tree.stacks(), strict=True):
        if place.self_cycles:
            line = ";".join(names[index] for index in stack)
            cycles[line] = cycles.get(line, 0) + place.self_cycles
    return "".join(f"{line} {count}\n" for line, count in cycles.items()).encode()
