"""A run with all that its report was made of; no file is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.analysis.power_settings import with_clock_range
from mcusim.session import board_and_image, power_model_of, report_of, simulate

if TYPE_CHECKING:
    from mcusim.board.schema import Board
    from mcusim.firmware.image import Image
    from mcusim.power.schema import PowerModel
    from mcusim.recording.recording import Recording
    from mcusim.report.report import Report
    from mcusim.report.request import RunRequest


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run with its board and power model."""

    recording: Recording
    report: Report
    board: Board
    image: Image
    power_model: PowerModel | None


def recorded_run(request: RunRequest) -> Recorded:
    """Run the firmware of `request`.

    Raises:
        McusimError: the firmware, the board or an option is wrong.
    """
    board, image = board_and_image(request)
    return rerun(request, board, image)


def rerun(request: RunRequest, board: Board, image: Image) -> Recorded:
    """Run the firmware on a board that need not be the one of its file.

    Raises:
        McusimError: an option is wrong.
    """
    power_model = power_model_of(request, board)
    request = with_clock_range(request, power_model)
    recording = simulate(request, board, image)
    report = report_of(recording, image, board, power_model, request)
    return Recorded(recording, report, board, image, power_model)
