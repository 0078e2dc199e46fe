"""Which of a run's numbers were fitted to the user's own measurements, and to which."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.board.schema import Board
    from mcusim.power.schema import PowerModel


def calibrations_of(board: Board, power_model: PowerModel | None) -> tuple[str, ...]:
    """A line for the timing and one for the power model; none where nothing was fitted."""
    lines = []
    interface = board.chip.flash_interface
    if interface is not None and interface.calibration:
        lines.append(interface.calibration)
    if power_model is not None and power_model.fits:
        measurements = "; ".join(
            f"{fit.measurement}, residual {100 * fit.residual_ratio:.2g} %"
            if fit.points_count > 1
            else f"{fit.measurement}, which nothing checks"
            for fit in power_model.fits
        )
        name = PurePath(power_model.path).name or power_model.name
        lines.append(f"power model of {name} (fitted to {measurements})")
    return tuple(lines)
