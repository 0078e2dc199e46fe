"""Work in a copy of this process that is gone afterwards: whatever it changes, this one stays as it is.

Only for processes with one thread: a copy has no others, and what they held locked stays locked.
"""

from __future__ import annotations

import gc
import os
import signal
from typing import TYPE_CHECKING, NoReturn

from mcusim.errors import McusimError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

_PIPE_BYTES = 1 << 16
_FAILED = 1


class CopyError(McusimError):
    """The copy ended before its work was done."""


def check_forks() -> None:
    """Complain where the operating system cannot copy a process.

    Raises:
        UsageError: it cannot (Windows).
    """
    if not hasattr(os, "fork"):
        raise UsageError(
            "inputs cannot be evaluated on this operating system",
            why="each begins in a copy of one process, and Windows cannot copy a process",
            fix="use Linux, macOS or the Windows Subsystem for Linux; mcusim run works here",
        )


def freeze() -> None:
    """Leave what exists now out of garbage collection, whose marks would make every copy copy it."""
    gc.collect()
    gc.freeze()


def in_copy(work: Callable[[], bytes]) -> bytes:
    """What `work` returns when a copy of this process does it.

    Raises:
        CopyError: the copy was ended by a signal or an error that `work` did not handle.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _work_and_end(work, writer)
    os.close(writer)
    is_done = False
    try:
        data = _all_of(reader)
        is_done = True
    finally:
        if not is_done:  # the user ended the work
            os.kill(child, signal.SIGKILL)
        os.close(reader)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        how = f"by signal {-status}" if status < 0 else "by an error of mcusim's own"
        raise CopyError(f"the simulation of this input was ended {how}")
    return data


def _all_of(reader: int) -> bytes:
    parts = []
    while part := os.read(reader, _PIPE_BYTES):
        parts.append(part)
    return b"".join(parts)


def _work_and_end(work: Callable[[], bytes], writer: int) -> NoReturn:
    """Nothing of the parent's clean-up may run here: no exit handlers, no flushing of its buffers."""
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    status = _FAILED
    try:
        data = memoryview(work())
        while data:
            data = data[os.write(writer, data) :]
        status = 0
    finally:
        os._exit(status)
