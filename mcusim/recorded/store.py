"""RecordedRun to a file and back (docs/reference/recording-file.md): a line that says what it is, then packed data."""

from __future__ import annotations

import hashlib
import re
import zlib
from typing import TYPE_CHECKING

import msgspec

from mcusim.errors import DataFileError
from mcusim.recorded.run import RecordedRun

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_VERSION = 1
"""Counts up when an older mcusim could not read the file, or would read it wrongly."""
_HEAD = re.compile(rb"mcusim recording (\d+) ([0-9a-f]{64})\n")
_HEAD_BYTES_MAX = 128
_MAGIC = b"mcusim recording "
_LEVEL = 6  # of zlib: 9 is twice as slow for 1 % less


def is_recording(path: Path) -> bool:
    """Whether the file begins as a recording does; False for what cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def to_bytes(run: RecordedRun) -> bytes:
    """The content of a recording file, the same for the same run."""
    body = zlib.compress(msgspec.msgpack.encode(run), _LEVEL)
    head = f"mcusim recording {FORMAT_VERSION} {hashlib.sha256(body).hexdigest()}\n"
    return head.encode() + body


def load(path: Path) -> RecordedRun:
    """The run that `to_bytes` stored.

    Raises:
        DataFileError: there is no such file, it is no recording, it is damaged or of a newer version.
    """
    where = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataFileError(
            "cannot read the recording", where=where, why=error.strerror or str(error)
        ) from error
    head = _HEAD.match(data[:_HEAD_BYTES_MAX])
    if head is None:
        raise _foreign(data, where)
    if int(head[1]) > FORMAT_VERSION:
        raise DataFileError(
            f"this recording has format {int(head[1])}",
            where=where,
            why=f"it was made by a newer mcusim; this one reads up to format {FORMAT_VERSION}",
            fix="update mcusim, or make the recording again with this one: mcusim run … -o FILE",
        )
    body = data[head.end() :]
    if hashlib.sha256(body).hexdigest() != head[2].decode():
        raise _damaged(where, "its checksum does not match: it was cut short or changed")
    try:
        return msgspec.msgpack.decode(zlib.decompress(body), type=RecordedRun)
    except (zlib.error, msgspec.DecodeError) as error:
        raise _damaged(where, str(error)) from error


def _foreign(data: bytes, where: str) -> DataFileError:
    if _MAGIC.startswith(data[: len(_MAGIC)]) or data.startswith(_MAGIC):
        return _damaged(where, "it ends within its first line")
    return DataFileError(
        "this is not a recording",
        where=where,
        why="it does not begin with 'mcusim recording'",
        fix="make one: mcusim run FIRMWARE --board NAME -o FILE",
    )


def _damaged(where: str, why: str) -> DataFileError:
    return DataFileError(
        "this recording is damaged",
        where=where,
        why=why,
        fix="make it again: mcusim run FIRMWARE --board NAME -o FILE",
    )
