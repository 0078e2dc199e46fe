"""The profile for speedscope: one picture each of cycles, seconds and energy, by its published schema.

Format: https://github.com/jlfwong/speedscope/wiki/Importing-from-custom-sources and the schema that `$schema` names.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcusim.render.exports.profile_frames import frame_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcusim.recorded.run import RecordedRun
    from mcusim.render.exports.profile_frames import Frame

SCHEMA = "https://www.speedscope.app/file-format-schema.json"
_NJ_PER_J = 1e9


def render(run: RecordedRun) -> bytes:
    """The file's content; the weights of each profile sum to the report's total."""
    tree = frame_tree(run)
    stacks = tree.stacks()
    profile = run.profile
    # The schema knows no unit of cycles or joules: the profile's name says it.
    profiles = [
        _profile("cycles", "none", stacks, [each.self_cycles for each in tree.places], profile.total_cycles),
        _profile("time", "seconds", stacks, [each.self_s for each in tree.places], profile.total_s),
    ]
    if profile.total_j is not None:
        energies = [each.self_j * _NJ_PER_J for each in tree.places]
        profiles.append(_profile("energy in nJ", "none", stacks, energies, profile.total_j * _NJ_PER_J))
    content = {
        "$schema": SCHEMA,
        "exporter": f"mcusim {run.report.mcusim_version}",
        "name": f"{run.report.firmware.path} on {run.report.board}",
        "activeProfileIndex": 0,
        "shared": {"frames": [_frame(each) for each in tree.frames]},
        "profiles": profiles,
    }
    return (json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n").encode()


def _frame(frame: Frame) -> dict[str, str | int]:
    shown: dict[str, str | int] = {"name": frame.name}
    if frame.file:
        shown["file"] = frame.file
    if frame.line_number:
        shown["line"] = frame.line_number
    return shown


def _profile(
    name: str,
    unit: str,
    stacks: Sequence[tuple[int, ...]],
    weights: Sequence[float],
    total: float,
) -> dict[str, object]:
    """Depth first, so that the order of time shows each call once. Places without a weight of their own add nothing."""
    used = [(stack, weight) for stack, weight in zip(stacks, weights, strict=True) if weight]
    return {
        "type": "sampled",
        "name": name,
        "unit": unit,
        "startValue": 0,
        "endValue": total,
        "samples": [stack for stack, _ in used],
        "weights": [weight for _, weight in used],
    }
