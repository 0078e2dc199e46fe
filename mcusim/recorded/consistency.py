"""What must hold between the parts of a stored run, so that no view stumbles over a file that somebody edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mcusim.recorded.run import RecordedRun
    from mcusim.recording.recording import Recording


def contradiction_in(run: RecordedRun) -> str:
    """The first that is found, for a message; empty: there is none."""
    return next(filter(None, _contradictions(run)), "")


def _contradictions(run: RecordedRun) -> Iterator[str]:
    recording, sources = run.recording, run.sources
    functions = len(recording.functions)
    yield _outside("function of a call", (each.function_index for each in recording.calls), functions)
    yield _outside(
        "function of an instruction", (each.function_index for each in recording.instructions), functions
    )
    yield _outside("host of a function", (each.host_index for each in recording.functions), functions)
    yield _child_before_parent("calls", (each.parent_index for each in recording.calls))
    yield _child_before_parent("profile", (each.parent_index for each in run.profile.nodes))
    yield _outside("file of a line", (each.file_index for each in sources.lines), len(sources.files), 0)
    if len(sources.texts) != len(sources.files):
        yield f"it has {len(sources.files)} source files and {len(sources.texts)} texts"
    yield _phases(recording)


def _outside(what: str, indexes: Iterable[int], count: int, lowest: int = -1) -> str:
    wrong = next((each for each in indexes if not lowest <= each < count), None)
    return "" if wrong is None else f"the {what} is number {wrong} of {count}"


def _child_before_parent(what: str, parents: Iterable[int]) -> str:
    wrong = next((place for place, parent in enumerate(parents) if not -1 <= parent < place), None)
    return "" if wrong is None else f"in its {what}, number {wrong} comes before its parent"


def _phases(recording: Recording) -> str:
    for phase in recording.phases:
        if phase.clock_hz <= 0:
            return f"it has a clock of {phase.clock_hz} Hz"
        if len(phase.node_cycles) > len(recording.calls):
            return "a stretch has cycles of more calls than there are"
    return ""
