"""Two runs as collapsed stacks with both weights ("a;b;c old new"), what difffolded.pl of FlameGraph writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.render.words import printable, short_name

if TYPE_CHECKING:
    from mcusim.report.profile_change import ProfileChange


def render(change: ProfileChange) -> bytes:
    """One line per place in the calls with its own cycles in both runs; flamegraph.pl draws red what grew.

    The columns sum to the cycles of the two runs. Places of the same names become one line.
    """
    paths: list[str] = []
    weights: dict[str, tuple[int, int]] = {}
    for node in change.nodes:
        name = printable(short_name(node.name)).replace(";", ":")
        path = f"{paths[node.parent_index]};{name}" if node.parent_index >= 0 else name
        paths.append(path)
        old, new = weights.get(path, (0, 0))
        weights[path] = old + node.old_self_cycles, new + node.new_self_cycles
    lines = (f"{path} {old} {new}\n" for path, (old, new) in sorted(weights.items()) if old or new)
    return "".join(lines).encode()
