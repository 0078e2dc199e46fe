"""What the user feeds to converters and serial buses: numbers or bytes, in order, over and over."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Feed:
    """Data for one channel; at its end it begins again, as a recording that is played in a loop."""

    numbers: tuple[int, ...]
    """Raw converter codes or data words, at least one; bytes for a channel that is read in bytes."""
    taken_count: int = field(default=0, init=False)

    def take(self) -> int:
        """The next number."""
        number = self.numbers[self.taken_count % len(self.numbers)]
        self.taken_count += 1
        return number

    @property
    def is_repeating(self) -> bool:
        """Whether firmware took more than there was."""
        return self.taken_count > len(self.numbers)
