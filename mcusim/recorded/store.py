"""RecordedRun to a file and back (docs/reference/recording-file.md): a line that says what it is, then packed data."""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from mcusim.errors import DataFileError
from mcusim.recorded.consistency import contradiction_in
from mcusim.recorded.run import RecordedRun
from mcusim.recording.recording import SCHEMA_VERSION as RECORDING_SCHEMA
from mcusim.report.report import SCHEMA_VERSION as REPORT_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

FORMAT_VERSION = 1
"""Counts up when an older mcusim could not read the file, or would read it wrongly."""
LARGEST_FILE_BYTES, LARGEST_DATA_BYTES = 256 << 20, 1 << 30
"""Beyond these unpacking could take all memory. No run comes near: what happens again is counted, not listed."""
_HEAD = re.compile(rb"mcusim recording ([1-9]\d{0,8}) ([0-9a-f]{64})\n")
_HEAD_BYTES_MAX = 128
_MAGIC = b"mcusim recording "
_LEVEL = 6  # of zlib: 9 is twice as slow for 1 % less


def is_recording(path: Path) -> bool:
    """Whether the file begins as a recording does; False for what cannot be read, and for pipes and devices."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return False


def to_bytes(run: RecordedRun) -> bytes:
    """The content of a recording file, the same for the same run."""
    try:
        data = msgspec.msgpack.encode(run)
    except UnicodeEncodeError:  # a file name that is no text in this system's encoding
        data = msgspec.msgpack.encode(_with_plain_text(run))
    body = zlib.compress(data, _LEVEL)
    head = f"mcusim recording {FORMAT_VERSION} {hashlib.sha256(body).hexdigest()}\n"
    return head.encode() + body


def load(path: Path) -> RecordedRun:
    """The run that `to_bytes` stored.

    Raises:
        DataFileError: there is no such file, it is no recording, it is damaged or of another version.
    """
    where = str(path)
    try:
        if path.is_file() and path.stat().st_size > LARGEST_FILE_BYTES:
            raise _too_large(where)
        data = path.read_bytes()
    except OSError as error:
        raise DataFileError(
            "cannot read the recording", where=where, why=error.strerror or str(error)
        ) from error
    return from_bytes(data, where=where)


def from_bytes(data: bytes, *, where: str = "") -> RecordedRun:
    """The run of a file's content; `where` names the file in messages.

    Raises:
        DataFileError: as `load`.
    """
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
    packed = _unpacked(body, where)
    try:
        run = msgspec.msgpack.decode(packed, type=RecordedRun)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _of_other_version(where, packed, str(error)) from error
    _check(run, packed, where)
    return run


def _unpacked(body: bytes, where: str) -> bytes:
    try:
        packer = zlib.decompressobj()
        data = packer.decompress(body, LARGEST_DATA_BYTES)
    except zlib.error as error:
        raise _damaged(where, str(error)) from error
    if packer.unconsumed_tail:
        raise _too_large(where)
    if not packer.eof:
        raise _damaged(where, "it ends too early")
    return data


def _check(run: RecordedRun, packed: bytes, where: str) -> None:
    """What the types do not say."""
    for what, found, known in (
        ("report", run.report.schema, REPORT_SCHEMA),
        ("recording", run.recording.schema, RECORDING_SCHEMA),
    ):
        if found != known:
            raise _of_other_version(
                where, packed, f"its {what} has schema {found}, and this mcusim reads schema {known}"
            )
    contradiction = contradiction_in(run)
    if contradiction:
        raise _damaged(where, contradiction)


def _foreign(data: bytes, where: str) -> DataFileError:
    if not data:
        return _damaged(where, "it is empty")
    if _MAGIC.startswith(data[: len(_MAGIC)]):
        is_whole = b"\n" in data[:_HEAD_BYTES_MAX] or len(data) >= _HEAD_BYTES_MAX
        return _damaged(
            where, "its first line makes no sense" if is_whole else "it ends within its first line"
        )
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


def _too_large(where: str) -> DataFileError:
    return DataFileError(
        "this recording is too large",
        where=where,
        why=f"a recording has at most {LARGEST_FILE_BYTES >> 20} MiB, and unpacked {LARGEST_DATA_BYTES >> 20} MiB",
        fix="record a shorter run: --max-seconds, --until",
    )


def _of_other_version(where: str, packed: bytes, why: str) -> DataFileError:
    """The checksum is right, so these are the bytes that some mcusim wrote."""
    version = _version_in(packed)
    return DataFileError(
        "this recording is of another version of mcusim",
        where=where,
        why=why,
        fix=(f"read it with mcusim {version}, or " if version else "")
        + "make it again: mcusim run FIRMWARE --board NAME -o FILE",
    )


def _version_in(packed: bytes) -> str:
    """The version that wrote it, where that can be found without knowing the rest; else empty."""
    try:
        data: Any = msgspec.msgpack.decode(packed)
    except (msgspec.DecodeError, RecursionError):
        return ""
    report = data.get("report") if isinstance(data, dict) else None
    version = report.get("mcusim_version") if isinstance(report, dict) else None
    return version if isinstance(version, str) and version.isprintable() else ""


def _with_plain_text(value: Any) -> Any:
    """Strings as they are printed where an encoding lacks a character."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, tuple):
        return tuple(_with_plain_text(each) for each in value)
    if isinstance(value, dict):
        return {_with_plain_text(key): _with_plain_text(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: _with_plain_text(getattr(value, each.name)) for each in fields(value)}
        return replace(value, **parts)
    return value
