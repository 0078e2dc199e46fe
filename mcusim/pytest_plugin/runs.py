"""Runs the firmware of tests, each firmware with each set of options once per process."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from mcusim.errors import FirmwareFileError, McusimError, UsageError
from mcusim.report.stops import BAD_ENDS

if TYPE_CHECKING:
    from mcusim.api.report import Report
    from mcusim.report.report import Report as Fields

_FILE_OPTIONS = ("symbols", "rom", "svd", "timing", "power_model", "model_inputs")
"""Options whose text may be the path of a file."""
_FILE_TABLES = ("inputs", "feeds")
"""Options that name a file for each of several things."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a test wants to be run."""

    firmware: str
    board: str | None
    options: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Done:
    """A run as one test sees it."""

    report: Report
    host_s: float
    """What it took on this computer; 0 when an earlier test had run it."""


class Folders:
    """Where a relative path of a test is looked for: beside the test's file, then where pytest's root is."""

    def __init__(self, test_dir: Path, root_dir: Path) -> None:
        self.test_dir, self.root_dir = test_dir, root_dir

    def find(self, name: str | Path) -> Path | None:
        """The file; None where there is none."""
        places = (self.test_dir / name, self.root_dir / name)  # an absolute name stays itself
        return next((each for each in places if each.is_file()), None)

    @property
    def words(self) -> tuple[str, ...]:
        """For messages: the folders that are looked in."""
        return tuple(dict.fromkeys((str(self.test_dir), str(self.root_dir))))

    def label(self, path: Path) -> str:
        """The path as reports and baselines show it: the same on every computer."""
        inside = path.resolve()
        root = self.root_dir.resolve()
        return inside.relative_to(root).as_posix() if inside.is_relative_to(root) else path.name


class Runner:
    """Runs what tests ask for, and remembers it."""

    def __init__(self) -> None:
        self._reports: dict[str, Report] = {}

    def run(self, asked: Asked, folders: Folders) -> Done:
        """Run it, or say again what the same run gave.

        Raises:
            McusimError: firmware, board or an option is wrong.
        """
        located = _located(asked, folders)
        key = fingerprint((located.firmware, _content(located.firmware), located.board, located.options))
        known = self._reports.get(key)
        if known is not None:
            return Done(known, 0.0)
        started_s = time.perf_counter()
        report = _measured(located, folders)
        host_s = time.perf_counter() - started_s
        self._reports[key] = report
        return Done(report, host_s)


def check_end(report: Fields) -> None:
    """Complain about a run that did not end by itself.

    Raises:
        McusimError: the firmware faulted, or a limit was reached.
    """
    if report.stop.reason not in BAD_ENDS:
        return
    from mcusim.render import words

    fault = report.stop.fault
    frames = ", ".join(each.function for each in fault.backtrace if each.function) if fault else ""
    raise McusimError(
        f"{report.firmware.path} did not run to its end: {words.stop(report)}",
        where=f"{report.board}, pc 0x{report.stop.pc_addr:08x}" + (f" in {frames}" if frames else ""),
        why=(fault.what if fault else ""),
        fix=(fault.hint if fault and fault.hint else "")
        or "allow more (max_seconds=…, max_cycles=…), or pass check=False to look at the report as it is",
    )


def fingerprint(value: object) -> str:
    """A checksum of options: equal for equal values and equal contents of files."""
    return hashlib.sha256(_canonical(value).encode()).hexdigest()


def _canonical(value: object) -> str:
    if isinstance(value, Path):
        return f"{value}:{_content(value)}"
    if isinstance(value, dict):
        pairs = sorted((str(key), _canonical(each)) for key, each in value.items())
        return f"{{{','.join(f'{key!r}:{each}' for key, each in pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_canonical, value))}]"
    if hasattr(value, "tobytes") and hasattr(value, "dtype"):  # a NumPy array
        shape, kind = getattr(value, "shape", ()), getattr(value, "dtype", "")
        return f"{kind}{shape}{hashlib.sha256(value.tobytes()).hexdigest()}"
    return repr(value)


def _content(path: str | Path) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return "absent"


def _located(asked: Asked, folders: Folders) -> Asked:
    """With paths as files; texts that name none are left for whoever reads them."""
    from mcusim.api.firmware import is_sample

    firmware = folders.find(asked.firmware)
    if firmware is None and not is_sample(asked.firmware):
        raise FirmwareFileError(
            f"there is no firmware '{asked.firmware}'",
            why=f"it is not in {' and not in '.join(folders.words)}",
            fix="build it before the tests run, or correct the path",
        )
    if firmware is not None and asked.board is None:
        raise UsageError(
            f"no board for '{asked.firmware}'",
            why="cycles, RAM and energy depend on the chip that the firmware runs on",
            fix="add board='NAME', use the fixture mcusim_board, or set mcusim_boards to one board in the ini file",
        )
    options = {name: _with_files(name, value, folders) for name, value in asked.options.items()}
    board = asked.board
    if board is not None and board.endswith(".toml"):
        board = str(folders.find(board) or board)
    return Asked(str(firmware) if firmware else asked.firmware, board, options)


def _with_files(name: str, value: object, folders: Folders) -> object:
    if name in _FILE_OPTIONS and isinstance(value, str | Path):
        return folders.find(value) or value
    if name in _FILE_TABLES and isinstance(value, Mapping):
        return {
            key: (folders.find(each) or Path(each)) if isinstance(each, str | Path) else each
            for key, each in value.items()
        }
    is_iterator = isinstance(value, Iterable) and not isinstance(value, Collection)
    return tuple(cast("Iterable[object]", value)) if is_iterator else value


def _measured(asked: Asked, folders: Folders) -> Report:
    from mcusim.api.report import Report as ApiReport
    from mcusim.api.run import run

    report = run(asked.firmware, asked.board, **asked.options)  # type: ignore[arg-type]
    path = Path(asked.firmware)
    if not path.is_file():
        return report
    label = replace(report.firmware, path=folders.label(path))
    return ApiReport(replace(report.recorded, report=replace(report.recorded.report, firmware=label)))
