"""The files that semihosting may open: the console, and what lies in one directory the user allowed."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

CONSOLE_NAME = ":tt"
FEATURES_NAME = ":semihosting-features"
# Magic, then bit 0: SYS_EXIT_EXTENDED, bit 1: separate stdout and stderr (Arm semihosting specification, 2.0).
_FEATURES = b"SHFB\x03"

_MODES_COUNT = 12
_FIRST_WRITE_MODE = 4
# fopen's modes in the order of the specification: r, rb, r+, r+b, w, wb, w+, w+b, a, ab, a+, a+b (SYS_OPEN).
_OPEN_MODES = ("rb", "rb", "r+b", "r+b", "wb", "wb", "w+b", "w+b", "ab", "ab", "a+b", "a+b")


class FileError(Exception):
    """An operation that the firmware sees fail, with its errno."""

    def __init__(self, number: int) -> None:
        super().__init__(errno.errorcode.get(number, str(number)))
        self.number = number


@dataclass(slots=True)
class OpenFile:
    """What is behind a handle; a console has no stream."""

    stream: BinaryIO | None = None
    is_output: bool = False

    @property
    def is_console(self) -> bool:
        """The debugger's terminal."""
        return self.stream is None


@dataclass(slots=True)
class FileTable:
    """Open files by handle. Nothing outside `allowed_dir` can be named; None allows no file at all."""

    allowed_dir: Path | None = None
    console_input: BytesIO = field(default_factory=BytesIO)
    _files: dict[int, OpenFile] = field(default_factory=dict)

    def open(self, name: str, mode: int) -> int:
        """A new handle.

        Raises:
            FileError: wrong mode, not allowed, or refused by the system.
        """
        if not 0 <= mode < _MODES_COUNT:
            raise FileError(errno.EINVAL)
        if name == CONSOLE_NAME:
            return self._add(OpenFile(is_output=mode >= _FIRST_WRITE_MODE))
        if name == FEATURES_NAME:
            return self._add(OpenFile(stream=BytesIO(_FEATURES)))
        path = self.allowed_path(name)
        try:
            return self._add(OpenFile(stream=path.open(_OPEN_MODES[mode])))  # type: ignore[arg-type]
        except OSError as error:
            raise FileError(error.errno or errno.EIO) from error

    def _add(self, file: OpenFile) -> int:
        handle = next(number for number in range(1, len(self._files) + 2) if number not in self._files)
        self._files[handle] = file
        return handle

    def get(self, handle: int) -> OpenFile:
        """The file behind `handle`.

        Raises:
            FileError: there is none.
        """
        file = self._files.get(handle)
        if file is None:
            raise FileError(errno.EBADF)
        return file

    def close(self, handle: int) -> None:
        """Forget `handle`.

        Raises:
            FileError: there is none.
        """
        file = self.get(handle)
        del self._files[handle]
        if file.stream is not None:
            file.stream.close()

    def close_all(self) -> None:
        """At the end of a run."""
        for handle in list(self._files):
            self.close(handle)

    def allowed_path(self, name: str) -> Path:
        """The host path that `name` means; links are followed before it is judged.

        Raises:
            FileError: it is outside the allowed directory.
        """
        if self.allowed_dir is None or not name or "\0" in name:
            raise FileError(errno.EACCES)
        root = self.allowed_dir.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise FileError(errno.EACCES)
        return path
