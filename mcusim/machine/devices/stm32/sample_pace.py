"""What the STM32's audio receivers share: words that come at a sample rate, into a FIFO of a few words."""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from typing import TYPE_CHECKING

from mcusim.machine.devices.period_counter import PeriodCounter

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.machine.devices.device import Host

ASSUMED_SAMPLE_HZ = 16_000
"""Where the clock comes from outside the chip, or from one that is not modelled: an assumption, with a warning."""


class SamplePace:
    """A FIFO that `take` fills at a rate; `moved` is called after each word. A full one loses it: an overrun."""

    def __init__(
        self, host: Host, depth_words: int, take: Callable[[], int], moved: Callable[[], None]
    ) -> None:
        self._counter = PeriodCounter(host, self._due)
        self._depth_words = depth_words
        self._take = take
        self._moved = moved
        self._words: deque[int] = deque()
        self._is_sending = False
        self._last_word = 0
        self.is_overrun = False

    @property
    def level_words(self) -> int:
        """Words in the FIFO."""
        return len(self._words)

    @property
    def is_running(self) -> bool:
        """Whether words come or go."""
        return self._counter.is_running

    def start(self, word_hz: Fraction, *, is_sending: bool = False) -> None:
        """Begin with an empty FIFO; a sender's words leave at the rate."""
        self._words.clear()
        self._is_sending = is_sending
        self._counter.start(1, word_hz)

    def run_at(self, word_hz: Fraction) -> None:
        """The clock changed."""
        if self._counter.is_running:
            self._counter.run_at(word_hz)

    def clear(self) -> None:
        """Off and empty."""
        self._counter.clear()
        self._words.clear()
        self._last_word = 0
        self.is_overrun = False

    def pop(self) -> int:
        """The oldest word; an empty FIFO gives the last one again."""
        if self._words and not self._is_sending:
            self._last_word = self._words.popleft()
        return self._last_word

    def push(self, word: int) -> None:
        """A word to send: it goes nowhere, in its time."""
        if self._is_sending and len(self._words) < self._depth_words:
            self._words.append(word)

    def flush(self) -> None:
        """Forget what is in the FIFO."""
        self._words.clear()

    def _due(self) -> None:
        if self._is_sending:
            if self._words:
                self._words.popleft()
        elif len(self._words) == self._depth_words:
            self._take()  # the microphone does not wait
            self.is_overrun = True
        else:
            self._words.append(self._take())
        self._moved()


def fed_word(host: Host, channel: str) -> int:
    """The next number fed to `channel`, 0 with a warning when there is none."""
    number = host.sample(channel)
    if number is None:
        device = channel.partition(".")[0]
        host.warn(f"{device}: nothing is fed to it (--feed {device}=FILE): it reads 0")
    return number or 0


def word_hz_of(host: Host, name: str, clock_hz: int | Fraction, divider: int) -> Fraction:
    """The rate that a clock and its dividers make; an assumed one where there is no clock."""
    if clock_hz:
        return Fraction(clock_hz) / max(1, divider)
    host.warn(
        f"{name}: its clock is not modelled or comes from outside; {ASSUMED_SAMPLE_HZ} samples a second are assumed"
    )
    return Fraction(ASSUMED_SAMPLE_HZ)
