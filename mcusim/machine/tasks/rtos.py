"""Reads an RTOS's running thread out of the firmware's memory; what makes no sense there is not believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.firmware.rtos_layout import RtosLayout, ThreadLayout

_NAME_BYTES_MAX = 64
_STACK_BYTES_MAX = 1 << 20
_WORD_BYTES = 4


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread of an RTOS."""

    addr: int
    """Of its control block."""
    name: str = ""
    """Empty: it has none, or not yet."""
    stack_start_addr: int = -1
    stack_end_addr: int = -1
    """-1: the RTOS does not keep it."""


class ThreadReader:
    """Asks one RTOS. `read` gives bytes of memory, None where there is none."""

    def __init__(self, layout: RtosLayout, read: Callable[[int, int], bytes | None]) -> None:
        self._layout, self._read = layout, read
        self._object_names = dict(layout.object_names)

    def current(self, sp_addr: int) -> Thread | None:
        """The thread that runs, if its stack holds SP; None: none runs yet, or the RTOS is laid out unexpectedly."""
        addr = self._word(self._layout.current_addr)
        if not addr or addr % _WORD_BYTES:
            return None
        for layout in self._layout.layouts:
            thread = self._thread(addr, layout, sp_addr)
            if thread is not None:
                return thread
        return None

    def name_of(self, thread: Thread) -> str:
        """Its name by now: some are named after their first run."""
        names = (self._name(thread.addr, layout) for layout in self._layout.layouts)
        return thread.name or next(filter(None, names), "")

    def _thread(self, addr: int, layout: ThreadLayout, sp_addr: int) -> Thread | None:
        if not self._has_mark(addr, layout):
            return None
        start = self._member(addr, layout.stack_start_offset)
        end = self._member(addr, layout.stack_end_offset)
        if layout.stack_size_offset >= 0:
            end = start + self._member(addr, layout.stack_size_offset)
        elif end > 0:
            end += _WORD_BYTES  # FreeRTOS keeps the highest address that may be written
        if start >= 0 and not start <= sp_addr <= (end if end > 0 else start + _STACK_BYTES_MAX):
            return None
        name = self._name(addr, layout)
        if not name and layout.name_offset >= 0 and not layout.is_certain:
            return None
        return Thread(addr, name, start, end)

    def _has_mark(self, addr: int, layout: ThreadLayout) -> bool:
        mark = layout.mark
        return mark is None or self._word(addr + mark.offset_bytes) & mark.mask == mark.expected_mask

    def _name(self, addr: int, layout: ThreadLayout) -> str:
        offset = layout.name_offset
        if offset < 0 and self._layout.name_table_addr >= 0:
            offset = self._word(self._layout.name_table_addr)
        if 0 <= offset < _STACK_BYTES_MAX:
            at = self._word(addr + offset) if self._layout.is_name_pointer else addr + offset
            name = self._text(at)
            if name:
                return name
        return self._object_names.get(addr, "")

    def _text(self, addr: int) -> str:
        """A printable text that ends; empty for anything else."""
        data = (self._read(addr, _NAME_BYTES_MAX) or self._read(addr, _NAME_BYTES_MAX // 4)) if addr else None
        text, end, _ = (data or b"").partition(b"\0")
        shown = text.decode("ascii", "replace")
        return shown if end and shown.isprintable() and "\ufffd" not in shown else ""

    def _member(self, addr: int, offset: int) -> int:
        return self._word(addr + offset) if offset >= 0 else -1

    def _word(self, addr: int) -> int:
        return int.from_bytes(self._read(addr, _WORD_BYTES) or b"", "little")
