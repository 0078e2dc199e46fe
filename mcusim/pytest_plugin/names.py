"""Which files belong to a test: its baselines and recordings."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from mcusim.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

BASELINES = "baselines"
_UNSAFE = re.compile(r"[^\w.\-]+", re.ASCII)
_LONGEST_NAME_BYTES = 120  # file systems take 255; the longest suffixes and a temporary name need some of it


def file_stem(test_name: str) -> str:
    """A test's name as a file name: "TestKws::test_latency[board-1]" → "TestKws.test_latency-board-1".

    A name that loses something on the way gets a checksum, so that no two tests share a file.
    """
    name, bracket, parameters = test_name.partition("[")
    plain = name.replace("::", ".") + (f"-{parameters.removesuffix(']')}" if bracket else "")
    stem = _UNSAFE.sub("_", plain).strip("._-") or "test"
    if stem == plain and len(stem) <= _LONGEST_NAME_BYTES:
        return stem
    return f"{stem[:_LONGEST_NAME_BYTES]}-{hashlib.sha256(test_name.encode()).hexdigest()[:8]}"


def numbered(stem: str, index: int) -> str:
    """The name for the run `index` (from 0) of one test: the first has the plain one."""
    return stem if index == 0 else f"{stem}.{index + 1}"


def baseline_path(test_file: Path, stem: str) -> Path:
    """Beside the test's file: baselines/<test file>/<test>.json."""
    return test_file.parent / BASELINES / test_file.stem / f"{stem}.json"


def recording_path(folder: Path, test_file: Path, stem: str, index: int) -> Path:
    """<folder>/<test file without .py>/<test>.mcusim; the name is the same when the firmware is another."""
    return folder / test_file.with_suffix("") / f"{numbered(stem, index)}.mcusim"


def make_folder(folder: Path, option: str) -> None:
    """Create a folder and those above it.

    Raises:
        UsageError: something else is in the way, or the disk refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{option}: cannot make the folder '{folder}'",
            why=error.strerror or str(error),
            fix="remove what is in the way",
        ) from error
