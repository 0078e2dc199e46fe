"""Runs, recordings and comparisons in Python."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np

from mcusim.api.comparison import Comparison
from mcusim.api.firmware import is_model, named_firmware
from mcusim.api.options import RunOptions, check_names, request_of
from mcusim.api.origin import with_origin
from mcusim.api.report import Report
from mcusim.errors import UsageError
from mcusim.recorded.store import load as load_recorded
from mcusim.report.report import Report as Fields
from mcusim.session import recorded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mcusim.codegen.request import Built, Inputs
    from mcusim.report.request import RunRequest


def run(
    firmware: str | PathLike[str], board: str | PathLike[str] | None = None, **options: Unpack[RunOptions]
) -> Report:
    """Run a firmware on a simulated board and report what it cost.

    `firmware` is a file (ELF, Intel HEX, S-record, UF2, raw), a bundled sample's name or a .tflite model, which is
    built first. `board` is a board's name or the path of a board file; a sample has a default. The options are those of
    `RunOptions`; a firmware that faults or reaches a limit is no error: `report.stop` says how it ended.

    Raises:
        McusimError: the firmware, the board or an option is wrong; `what`, `where`, `why` and `fix` say how.
    """
    check_names("mcusim.run", options, known=RunOptions.__annotations__)
    with prepared(firmware, board, options) as (request, built):
        found = recorded(request, options.get("progress"))
    return Report(replace(found, report=with_origin(found.report, built, None)))


def load(path: str | PathLike[str]) -> Report:
    """The report in a recording that `mcusim run -o` or `Report.save` wrote.

    Raises:
        DataFileError: there is no such file, it is no recording, it is damaged, or a newer mcusim made it.
    """
    return Report(load_recorded(Path(path)))


def compare(old: Fields | str | PathLike[str], new: Fields | str | PathLike[str]) -> Comparison:
    """What changed from `old` to `new`, each a report or the path of a recording.

    Raises:
        DataFileError: a recording cannot be read.
    """
    from mcusim.analysis.compare import compare as compared

    return Comparison(compared(_report_of(old), _report_of(new)))


def _report_of(given: Fields | str | PathLike[str]) -> Fields:
    if isinstance(given, str | PathLike):
        return load_recorded(Path(given)).report
    if not isinstance(given, Fields):
        raise TypeError(f"a report or the path of a recording is expected, not {type(given).__name__}")
    return given.recorded.report if isinstance(given, Report) else given


@contextmanager
def prepared(
    firmware: str | PathLike[str], board: str | PathLike[str] | None, options: RunOptions
) -> Iterator[tuple[RunRequest, Built | None]]:
    """The request that the arguments make; of a model, with a firmware that is gone after the context.

    Raises:
        McusimError: an argument is wrong, or the model cannot be built.
    """
    label = fspath(firmware)
    path, board_name = named_firmware(label, None if board is None else fspath(board))
    if not is_model(str(path)):
        for key in ("model_inputs", "compiler"):
            if key in options:
                raise UsageError(
                    f"{key} is for a .tflite model, and '{label}' is a firmware already",
                    why="nothing is built from it",
                    fix="leave it out; inputs={SYMBOL: array} fills a variable of a firmware",
                )
        yield request_of(path, board_name, Path(label).as_posix(), options), None
        return
    request = request_of(path, board_name, Path(label).as_posix(), options)
    with tempfile.TemporaryDirectory(prefix="mcusim-") as folder:
        built = _built(path, board_name, Path(folder), options)
        yield replace(request, firmware=built.elf), built


def _built(model: Path, board: str, folder: Path, options: RunOptions) -> Built:
    from mcusim.codegen.build import build_firmware
    from mcusim.codegen.request import BuildRequest

    inputs = _model_inputs(options, folder)
    return build_firmware(
        BuildRequest(
            model, board, folder / "firmware.elf", inputs=inputs, compiler=options.get("compiler", "")
        )
    )


def _model_inputs(options: RunOptions, folder: Path) -> Inputs:
    from mcusim.codegen.request import Inputs

    if "model_inputs" not in options:
        return Inputs()
    given = options["model_inputs"]
    if isinstance(given, str | PathLike):
        return Inputs(path=Path(given))
    path = folder / ("model_inputs.bin" if isinstance(given, bytes) else "model_inputs.npy")
    if isinstance(given, bytes):
        path.write_bytes(given)
    else:
        np.save(path, np.asarray(given), allow_pickle=False)
    return Inputs(path=path)
