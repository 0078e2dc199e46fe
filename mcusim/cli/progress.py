"""One line on standard error that shows how far a run is; only for terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

from mcusim.units import engineering

if TYPE_CHECKING:
    from types import TracebackType

    from mcusim.report.request import Progress


class ProgressLine:
    """A context manager; call it with a Progress, and the line disappears at the end."""

    def __init__(self, label: str) -> None:
        self._label = label
        console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self._live = Live(self._text(None), console=console, transient=True, refresh_per_second=8)

    def __enter__(self) -> ProgressLine:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def __call__(self, progress: Progress) -> None:
        """Show how far the run is."""
        self._live.update(self._text(progress))

    def _text(self, progress: Progress | None) -> Text:
        return Text(f"{self._label}: {progress_words(progress)}", no_wrap=True, overflow="ellipsis")


def progress_words(progress: Progress | None) -> str:
    """How far a run is, in words."""
    if progress is None:
        return "starting"
    return (
        f"{engineering(progress.simulated_s, 's')} simulated, "
        f"{engineering(float(progress.total_cycles), 'cycles')}, "
        f"{engineering(progress.instructions_per_host_s, 'instructions/s')}"
    )
