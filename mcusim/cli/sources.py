"""Numbers that stand for sources in a text of 80 columns, and its line breaks."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcusim.provenance import Provenance

_WIDTH = 79


class Sources:
    """Gives each source a number the first time it is cited."""

    def __init__(self) -> None:
        self._numbers: dict[Provenance, int] = {}

    def number(self, provenance: Provenance) -> str:
        """What stands for the source in the text: "[3]"."""
        return f"[{self._numbers.setdefault(provenance, len(self._numbers) + 1)}]"

    def lines(self) -> list[str]:
        """The list of them, in the order in which they were cited."""
        return [
            line
            for provenance, number in self._numbers.items()
            for line in wrapped(f"[{number}] {provenance.basis.value}: {provenance.source}", "      ")
        ]


def wrapped(text: str, rest_indent: str = "    ") -> list[str]:
    """A paragraph of the description, its later lines indented further."""
    return textwrap.wrap(
        text, _WIDTH, initial_indent="  ", subsequent_indent=rest_indent, break_long_words=False
    )


def cited(parts: Iterable[str]) -> str:
    """A list in running text."""
    return "; ".join(parts)
