"""The report as people use it in Python: all typed fields of report/report.py, with arrays, tables, files and pictures.

A subclass and not a wrapper: whatever takes a report (comparison, budgets, renderers) takes this one, and its fields
keep their one definition and documentation.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mcusim.api.arrays import output_array
from mcusim.api.tables import Row, data_frame, rows_of
from mcusim.errors import UsageError, unknown_name
from mcusim.report.files import check_target, write_whole
from mcusim.report.report import Report as Fields
from mcusim.report.serialise import to_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from numpy.typing import DTypeLike, NDArray

    from mcusim.api.tables import DataFrame
    from mcusim.recorded.run import RecordedRun
    from mcusim.render.plots.canvas import Panel

_RECORDING_SUFFIX = ".mcusim"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a run, which notebooks show."""

    panels: tuple[Panel, ...]

    def to_bytes(self, suffix: str = ".svg") -> bytes:
        """The file with this ending, ".svg" or ".png"."""
        from mcusim.render.plots.canvas import panels_bytes

        return panels_bytes(self.panels, suffix)

    def _repr_svg_(self) -> str:
        return self.to_bytes().decode()


class Report(Fields):
    """One run: what it cost, with everything that any view of it shows.

    All fields are read-only, numbers are in SI units (their names say which), energies and currents are bands
    (`value`, `low`, `high`, `basis`). `print(report)` prints what `mcusim run` prints.
    """

    __slots__ = ("_recorded",)
    _recorded: RecordedRun

    def __init__(self, recorded: RecordedRun) -> None:
        report = recorded.report
        super().__init__(**{each.name: getattr(report, each.name) for each in fields(report)})
        object.__setattr__(self, "_recorded", recorded)

    def __reduce__(self) -> tuple[type[Report], tuple[RecordedRun]]:
        """Copies and pickles are made of the whole run."""
        return (Report, (self._recorded,))

    @property
    def recorded(self) -> RecordedRun:
        """The run with its call tree, history and source lines, as a recording file stores it."""
        return self._recorded

    @property
    def outputs(self) -> Mapping[str, NDArray[Any]]:
        """The variables named by `outputs=` after the run, by symbol: arrays of the type and shape that the firmware's
        debug information tells, else of bytes (uint8)."""
        recording = self._recorded.recording
        return MappingProxyType({name: output_array(recording, name) for name in recording.outputs})

    def output(self, symbol: str, dtype: DTypeLike | None = None) -> NDArray[Any]:
        """One of `outputs`, read as elements of `dtype` where that is given.

        Raises:
            UnknownNameError: the run was not asked for this variable.
            UsageError: its bytes are no whole number of such elements.
        """
        recording = self._recorded.recording
        if symbol not in recording.outputs:
            raise unknown_name("output of this run", symbol, recording.outputs)
        return output_array(recording, symbol, dtype)

    def save(self, path: str | PathLike[str], *, force: bool = False) -> None:
        """Store the run as a recording, which `mcusim.load` and all of mcusim's commands read.

        Raises:
            UsageError: `path` does not end in .mcusim, cannot be written, or exists and `force` is not given.
        """
        from mcusim.recorded.store import to_bytes

        target = Path(path)
        if target.suffix != _RECORDING_SUFFIX:
            raise UsageError(
                f"a recording's name ends in {_RECORDING_SUFFIX}",
                why=f"this one is '{target.name}'",
                fix=f"save('{target.stem}{_RECORDING_SUFFIX}'); other formats are made with write() or render()",
            )
        _write(target, to_bytes(self._recorded), force=force)

    def render(self, format: str = "text") -> bytes:  # noqa: A002 - what the command line calls it
        """The run as "text", "json", "csv", "markdown", "html", "speedscope", "perfetto", "callgrind", "collapsed" or
        "pprof": the bytes that `mcusim report --format` writes.

        Raises:
            UnknownNameError: there is no such format.
        """
        from mcusim.render.formats import FORMATS, rendered

        if format not in FORMATS:
            raise unknown_name("format", format, FORMATS)
        return rendered(self._recorded, format)

    def write(self, path: str | PathLike[str], format: str, *, force: bool = False) -> None:  # noqa: A002
        """Write what `render(format)` returns into a file.

        Raises:
            UnknownNameError: there is no such format.
            UsageError: the file cannot be written, or exists and `force` is not given.
        """
        _write(Path(path), self.render(format), force=force)

    def plot(
        self, kind: str = "layers", path: str | PathLike[str] | None = None, *, force: bool = False
    ) -> Picture:
        """A picture: "layers", "layer-energy", "stalls", "ram", "power", "roofline" or "memory". A notebook shows it;
        with `path` (.png, .svg or .pdf) it is written into that file, too.

        Raises:
            UnknownNameError: there is no such kind.
            UsageError: the file cannot be written, its ending is neither, or it exists and `force` is not given.
            McusimError: the run holds nothing that it shows, or matplotlib is not installed.
        """
        from mcusim.render.plots.kinds import panels_of
        from mcusim.render.plots.picture import check_back_end, check_picture_path

        check_back_end()
        picture = Picture(tuple(panels_of(kind, (self._recorded,))))
        if path is not None:
            check_picture_path(Path(path), option="path")
            _write(Path(path), picture.to_bytes(Path(path).suffix), force=force)
        return picture

    def rows(self, table: str = "layers") -> list[Row]:
        """A part of the report as dictionaries: "layers" (per inference), "kernels" (per call of the measured
        function), "functions", "contexts", "phases", "states" (power), "sections" (of RAM; all of the whole run) or
        "totals" (one row).

        Raises:
            UnknownNameError: there is no such table.
        """
        return rows_of(self, table)

    def to_dataframe(self, table: str = "layers") -> DataFrame:
        """The same as a pandas.DataFrame; column names end in their unit.

        Raises:
            UnknownNameError: there is no such table.
            McusimError: pandas is not installed.
        """
        return data_frame(self, table)

    def to_json(self) -> str:
        """The report as JSON text (docs/reference/report-json.md)."""
        return to_json(self._recorded.report)

    def to_dict(self) -> dict[str, Any]:
        """What `to_json` says, as dictionaries, lists and numbers."""
        data: dict[str, Any] = json.loads(self.to_json())
        return data

    def __str__(self) -> str:
        """What `mcusim run` prints."""
        from mcusim.render.text import TextRenderer

        return TextRenderer().text(self._recorded.report)

    def __repr__(self) -> str:
        """One line: all fields would be pages."""
        region = self.inference
        took = "not reached" if region.cycles is None else f"{region.cycles} cycles"
        return f"<mcusim.Report {self.firmware.path} on {self.board}: {region.function} {took}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the headline numbers, warnings, and where the time goes."""
        from mcusim.render.html.fragment import summary_html

        return summary_html(self._recorded.report)


def _write(path: Path, data: bytes, *, force: bool) -> None:
    check_target(path, (), option="path")
    if path.is_file() and not force:
        raise UsageError(
            f"'{path}' exists",
            why="a result is not written over what is there unless you ask for it",
            fix="name another file, or pass force=True",
        )
    write_whole(path, data, option="path")
