"""Writes result files so that a failure never leaves half a file, and never over what the run reads."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mcusim.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable


def check_target(path: Path, inputs: Iterable[Path], *, option: str, may_replace: bool = True) -> None:
    """Complain about a result file that could not be written, before the run rather than after it.

    Raises:
        UsageError: `path` is a folder, its folder does not exist, it is one of the `inputs`, or it is a file that may
            not be replaced.
    """
    if path.is_dir():
        raise UsageError(f"{option}: '{path}' is a folder", fix="name a file in it")
    if not path.parent.is_dir():
        raise UsageError(
            f"{option}: cannot write '{path}'",
            why=f"there is no folder '{path.parent}'",
            fix="create it or name another file",
        )
    for each in inputs:
        if each.exists() and path.exists() and path.samefile(each):
            raise UsageError(
                f"{option}: '{path}' is a file that this run reads",
                why="writing it would destroy your input",
                fix="name another file",
            )
    if path.is_file() and not may_replace:  # a device or pipe is no file
        raise UsageError(
            f"{option}: '{path}' exists",
            why="a result is not written over what is there unless you ask for it",
            fix="name another file, or add --force",
        )


def write_whole(path: Path, data: bytes, *, option: str) -> None:
    """Put `data` into `path`: all of it or none. A device or pipe (/dev/stdout) is written to directly.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        raise UsageError(
            f"{option}: cannot write '{path}'",
            why=error.strerror or str(error),
            fix="name a file that you may write, on a disk with room",
        ) from error


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        temporary.chmod(stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
