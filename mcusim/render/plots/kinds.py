"""The pictures that `mcusim plot` draws, by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.errors import UsageError, unknown_name
from mcusim.render.plots.layers import layer_energy_panels, layers_panels
from mcusim.render.plots.memory import memory_panels
from mcusim.render.plots.picture import NothingToDrawError
from mcusim.render.plots.roofline import roofline_panels
from mcusim.render.plots.several import boards_panels, pareto_panels
from mcusim.render.plots.stalls import stalls_panels
from mcusim.render.plots.timelines import power_panels, ram_panels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcusim.recorded.run import RecordedRun
    from mcusim.render.plots.picture import BarChart, Picture

    Panels = Sequence[Picture | BarChart]

OF_ONE: dict[str, Callable[[RecordedRun], Panels]] = {
    "layers": layers_panels,
    "layer-energy": layer_energy_panels,
    "stalls": stalls_panels,
    "ram": ram_panels,
    "power": power_panels,
    "roofline": roofline_panels,
    "memory": memory_panels,
}
OF_SEVERAL: dict[str, Callable[[tuple[RecordedRun, ...]], Panels]] = {
    "boards": boards_panels,
    "pareto": pareto_panels,
}
KINDS = (*OF_ONE, *OF_SEVERAL)


@dataclass(frozen=True, slots=True)
class NotDrawn:
    """A kind that was left out, and why."""

    kind: str
    why_not: str


def panels_of(kind: str, runs: tuple[RecordedRun, ...]) -> Panels:
    """What the picture of this kind consists of.

    Raises:
        UnknownNameError: there is no such kind.
        UsageError: the kind shows one run, or several.
        NothingToDrawError: the runs hold nothing that it shows.
    """
    if kind not in KINDS:
        raise unknown_name("kind of picture", kind, KINDS)
    check_runs_count(kind, len(runs))
    return OF_ONE[kind](runs[0]) if kind in OF_ONE else OF_SEVERAL[kind](runs)


def check_runs_count(kind: str, count: int) -> None:
    """Complain, before anything runs, about one run where several are compared, or several where one is shown.

    Raises:
        UsageError: it is the wrong number.
    """
    if kind in OF_ONE and count != 1:
        raise UsageError(
            f"--kind {kind} shows one recording, and {count} are given",
            fix=f"draw one at a time, or compare them with --kind {' or '.join(OF_SEVERAL)}",
        )
    if kind in OF_SEVERAL and count < 2:
        raise UsageError(
            f"--kind {kind} compares recordings, and one is given",
            fix=f"add others, or draw one with --kind {', '.join(OF_ONE)}",
        )


def all_panels(runs: tuple[RecordedRun, ...]) -> tuple[dict[str, Panels], tuple[NotDrawn, ...]]:
    """Every kind that these runs have something for, and why the others are left out."""
    found: dict[str, Panels] = {}
    left_out = []
    for kind in OF_ONE if len(runs) == 1 else OF_SEVERAL:
        try:
            found[kind] = panels_of(kind, runs)
        except NothingToDrawError as error:
            left_out.append(NotDrawn(kind, f"{error.what}: {error.why}" if error.why else error.what))
    return found, tuple(left_out)
