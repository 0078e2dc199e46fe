"""What pictures of runs say alike: which run it is, and which stretches of bars it is about."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mcusim.report.quantity import Band
from mcusim.units import engineering, exact_mhz

if TYPE_CHECKING:
    from mcusim.report.report import Report


def firmware_name(report: Report) -> str:
    """Without folders."""
    return PurePosixPath(report.firmware.path).name


def board_name(report: Report) -> str:
    """For people."""
    return report.board_title or report.board


def run_name(report: Report) -> str:
    """Firmware, board and clock."""
    return f"{firmware_name(report)} on {board_name(report)}, {exact_mhz(report.clock_hz)}"


def bar_words(value: float, unit: str, share_ratio: float) -> str:
    """What stands behind a bar."""
    return f"{engineering(value, unit)}, {share_ratio:.1%}"


def scaled(band: Band, ratio: float) -> Band:
    """All three numbers times `ratio`."""
    return Band(band.value * ratio, band.low * ratio, band.high * ratio, band.basis)


def exactly(value: float) -> Band:
    """A number without doubt."""
    return Band(value, value, value, "")
