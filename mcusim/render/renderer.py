"""What an output format is."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from mcusim.report.report import Report


class Renderer(Protocol):
    """Turns a report into the bytes of one format; its options are constructor arguments."""

    name: ClassVar[str]
    suffix: ClassVar[str]

    def render(self, report: Report) -> bytes:
        """The report in this format, UTF-8 where it is text."""
        ...
