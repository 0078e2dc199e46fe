"""What a run was asked for, as far as its costs are worked out from it: enough to price its recording anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcusim.report.request import RunRequest
from mcusim.report.what_if import Setting


@dataclass(frozen=True, slots=True)
class RunConditions:
    """The options of a RunRequest by its names; what only a machine needs is left out."""

    firmware: str
    """As the user named it: a file, a model or a sample."""
    board: str
    timing: str = ""
    power_model: str = ""
    """Empty: the board's."""
    base_addr: int | None = None
    symbols: str = ""
    roi: str | None = None
    roi_begin: str | None = None
    roi_end: str | None = None
    max_cycles: int | None = None
    limit_s: float | None = None
    clock_hz: int | None = None
    supply_v: float | None = None
    temp_c: float | None = None
    settings: tuple[Setting, ...] = ()
    ignored: tuple[str, ...] = ()

    def request(self, firmware: Path) -> RunRequest:
        """The same run of the firmware in this file.

        Raises:
            UsageError: the conditions contradict each other, which those of a run never do.
        """
        return RunRequest(
            firmware=firmware,
            board=self.board,
            timing=Path(self.timing) if self.timing else None,
            power_model=self.power_model or None,
            base_addr=self.base_addr,
            symbols=Path(self.symbols) if self.symbols else None,
            roi=self.roi,
            roi_begin=self.roi_begin,
            roi_end=self.roi_end,
            max_cycles=self.max_cycles,
            max_seconds=self.limit_s,
            clock_hz=self.clock_hz,
            supply_v=self.supply_v,
            temp_c=self.temp_c,
            settings=self.settings,
            ignored=self.ignored,
            firmware_label=self.firmware,
        )


def conditions_of(request: RunRequest) -> RunConditions:
    """Those of a request as the user made it."""
    return RunConditions(
        firmware=request.shown_firmware,
        board=request.board,
        timing=_text(request.timing),
        power_model=request.power_model or "",
        base_addr=request.base_addr,
        symbols=_text(request.symbols),
        roi=request.roi,
        roi_begin=request.roi_begin,
        roi_end=request.roi_end,
        max_cycles=request.max_cycles,
        limit_s=request.max_seconds,
        clock_hz=request.clock_hz,
        supply_v=request.supply_v,
        temp_c=request.temp_c,
        settings=request.settings,
        ignored=request.ignored,
    )


def _text(path: Path | None) -> str:
    return "" if path is None else path.as_posix()
