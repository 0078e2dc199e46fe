"""Writes fitted timing numbers as the TOML file that mcusim/board/timing_file.py reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcusim.board.timing_file import MOST_ERROR_PERCENT, RATIOS

if TYPE_CHECKING:
    from mcusim.report.calibration import TimingCalibration

MOST_MET_PERCENT = 20.0
"""A row further off than this was not met, whatever the others say."""


def timing_toml(found: TimingCalibration) -> str:
    """The file; only the numbers that were fitted are in it."""
    count = len(found.rows)
    plural = "s" if count > 1 else ""
    source = f"{found.measurement}: {count} function{plural} of firmware {found.firmware_sha256[:12]}"
    lines = [
        "# Written by `mcusim calibrate`: use it with --timing. Numbers as in [[flash_interface]] of the chip file.",
        f"chip = {_text(found.chip)}",
        f"flash_interface = {_text(found.interface)}",
        'basis = "measured"',
        f"source = {_text(source)}",
        f"error_percent = {found.band_percent:.3g} # band of the flash interface in runs with these numbers",
        "",
        "[parameters]",
    ]
    for each in found.parameters:
        if not each.why_kept:
            value = f"{each.after_ratio:.4f}" if each.name in RATIOS else f"{round(each.after_ratio)}"
            key = _text(each.name) if "." in each.name else each.name
            lines.append(f"{key} = {value} # {each.before_ratio:g} in the chip file")
    lines += [
        "",
        "[[fitted]]",
        f"firmware_sha256 = {_text(found.firmware_sha256)}",
        f"measurement = {_text(source)}",
        f"points_count = {count}",
        f"residual_before_percent = {found.before_percent:.4g}",
        f"residual_percent = {found.after_percent:.4g}",
    ]
    return "\n".join(lines) + "\n"


def why_not_written(found: TimingCalibration) -> str:
    """Why there is nothing to write, for people; empty where there is."""
    if not found.interface:
        return "the flash of this chip is ideal: it has no number to fit"
    if not found.parameters and any(abs(row.before_percent) > MOST_MET_PERCENT for row in found.rows):
        return "the measurements are too far off the modelled cycles to be fitted"
    if not found.parameters:
        return "the model meets the measurements: there is nothing to fit"
    if not is_fitted(found):
        return "no number of the flash interface brings the model nearer to the measurements"
    if found.band_percent > MOST_ERROR_PERCENT:
        return (
            f"with the fitted numbers the model is still {found.after_percent:.0f} % off, so they say nothing about "
            "other runs"
        )
    return ""


def is_fitted(found: TimingCalibration) -> bool:
    """Whether any number was changed."""
    return any(not each.why_kept for each in found.parameters)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
