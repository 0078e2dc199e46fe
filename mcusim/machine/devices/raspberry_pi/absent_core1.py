"""Core 1 as core 0 sees it through the FIFO: its boot ROM answers, but what it is told to run does not run.

RP2040 datasheet, 2.8.2: after reset core 1 sends 0 and then waits for 0, 0, 1, vector table, stack pointer, entry; it
echoes each word, and 0 for one that does not fit.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.machine.devices.device import Host

RESET_LINE = "CORE1_RELEASED"
"""High from when firmware lets core 1 out of its reset (PSM.FRCE_OFF)."""
_WORDS_BEFORE_ENTRY = (0, 0, 1)
_SEQUENCE_COUNT = 6
_DEPTH_WORDS = 8


class AbsentCore1:
    """The other end of the FIFO."""

    def __init__(self, host: Host, name: str) -> None:
        self._host, self._name = host, name
        self.reset()
        host.dma_net.listen(RESET_LINE, self._released)

    def reset(self) -> None:
        """Waiting in the ROM."""
        self._position = 0
        self.is_started = False
        self.answers: deque[int] = deque()

    def _released(self) -> None:
        self.reset()
        self.answers.append(0)

    def receive(self, word: int) -> None:
        """Core 0 wrote to the FIFO."""
        if self.is_started:
            self._host.warn(
                f"{self._name}: the firmware talks to core 1, which is not modelled: nobody answers"
            )
            return
        fits = self._position >= len(_WORDS_BEFORE_ENTRY) or word == _WORDS_BEFORE_ENTRY[self._position]
        if not fits:
            self._position = 1 if word == 0 else 0
            self._answer(0)
            return
        self._position += 1
        self._answer(word)
        if self._position == _SEQUENCE_COUNT:
            self.is_started = True
            self._host.warn(
                f"{self._name}: the firmware started core 1 at 0x{word & ~1:08X}, which is not modelled: that code "
                "does not run, and core 0 waits for ever where it needs it"
            )

    def _answer(self, word: int) -> None:
        if len(self.answers) < _DEPTH_WORDS:
            self.answers.append(word)
        self._host.send_event()

    def take(self) -> int | None:
        """The next word for core 0."""
        return self.answers.popleft() if self.answers else None
