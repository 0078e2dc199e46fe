"""Reads a file that a user names as firmware or as a list of names, with a reason when it cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.errors import FirmwareFileError

if TYPE_CHECKING:
    from pathlib import Path

_MAX_FILE_BYTES = 1 << 30


def read_file(path: Path, what: str = "firmware file") -> bytes:
    """All of `path`, which the user gave as `what`.

    Raises:
        FirmwareFileError: there is no such file, it is no regular file, or absurdly large.
    """
    try:
        if path.is_dir():
            raise FirmwareFileError(
                f"this is a directory, not a {what}", where=str(path), fix="name the file in it"
            )
        if not path.exists():
            raise FirmwareFileError(f"there is no such {what}", where=str(path), fix="check the path")
        if not path.is_file():
            raise FirmwareFileError(
                "this is not a regular file", where=str(path), fix="copy it to a file first"
            )
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise FirmwareFileError("the file is larger than 1 GiB; no Cortex-M firmware is", where=str(path))
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise FirmwareFileError(f"the {what} cannot be read", where=str(path), why=str(error)) from None
