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

    def note(self, channel: str) -> str:
        """What became of it, for the report."""
        there, taken = len(self.numbers), self.taken_count
        if not taken:
            return f"--feed {channel} was not used: the firmware read nothing there"
        if self.is_repeating:
            rounds = (taken - 1) // there
            return (
                f"--feed {channel}: {taken} numbers were taken: the file's {there} began again {rounds} times"
            )
        return f"--feed {channel}: {taken} of {there} numbers were taken"

    @property
    def is_repeating(self) -> bool:
        """Whether firmware took more than there was."""
        return self.taken_count > len(self.numbers)
