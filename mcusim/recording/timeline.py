"""What happened when: stretches and memory use over time; integers only."""

from __future__ import annotations

from dataclasses import dataclass

PLAIN_SLEEP = "sleep"


def sleep_name(mode: str, *, is_standby: bool, is_waking: bool = False) -> str:
    """What a stretch of deep sleep in a mode of the chip is called, or waking up from it."""
    name = mode or ("standby" if is_standby else "stop")
    return f"waking up from {name}" if is_waking else name


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the run: of `kind` "inference", "layer", "exception", "task" or "sleep"."""

    kind: str
    name: str
    """For people: the function, the handler, the task, the sleep mode."""
    begin_cycles: int
    end_cycles: int
    index: int = -1
    """Of a layer: its place in the inference, from 0."""


@dataclass(frozen=True, slots=True)
class RamSample:
    """The most that was in use from `begin_cycles` to the next sample, of stacks and of heap each."""

    begin_cycles: int
    stack_bytes: int
    """All stacks together; of a task that waits, what it left on its own one."""
    heap_bytes: int
    """Where Memory.heap_source is "written bytes": how far memory had been written when the step ended."""
    each_stack_bytes: tuple[int, ...] = ()
    """Of each of Recording.memory.stacks, at that moment."""


@dataclass(frozen=True, slots=True)
class PhaseBegin:
    """From here to the next one, the run is in one of Recording.phases."""

    begin_cycles: int
    phase_index: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The run over time. Cycles are since reset, sleep included.

    Of each kind of span the first 20 000 are kept (of inferences and layers together), so that no kind crowds out
    another. Inferences hold their layers. Handlers lie within each other and within tasks. Tasks, told only where
    there is more than the one thread, follow each other without a gap: a handler that switches to another one is
    still the first one's.
    """

    spans: tuple[Span, ...] = ()
    """By begin, an enclosing one before what it encloses; only the first ones of a long run."""
    lost_spans_count: int = 0
    """Spans after those, of all kinds."""
    ram: tuple[RamSample, ...] = ()
    """Equally far apart, at most 2000; empty when nothing was sampled."""
    phases: tuple[PhaseBegin, ...] = ()
    """Which phase the run was in: it may come back to one whose power setting firmware chooses again."""
    known_until_cycles: int = 0
    """Sleep and phases are complete up to here; the end of the run if none were lost."""
