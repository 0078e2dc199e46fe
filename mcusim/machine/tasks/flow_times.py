"""How often each flow ran and how long at once, and whose time passed inside the measured function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.machine.tasks.flow_spans import FlowSpans

if TYPE_CHECKING:
    from mcusim.machine.native._core import Core


@dataclass(slots=True)
class _Times:
    is_exception: bool
    activations_count: int = 0
    ran_cycles: int = 0
    """Of this activation, what interrupted it left out."""
    longest_cycles: int = 0


class FlowTimes:
    """Told of every change of flow, in the order of time; cycles are active ones, without sleep."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.spans = FlowSpans()
        self._flows: list[_Times] = []
        self._running = 0
        self._since_cycles = 0
        self._calls_count = 0
        self._open_cycles = 0
        self.other_tasks_cycles = 0
        """Within finished calls of the watched function: other tasks' and the thread's, not handlers'."""

    def add(self, *, is_exception: bool) -> None:
        """One more flow."""
        self._flows.append(_Times(is_exception))

    def start(self, flow: int) -> None:
        """A handler begins, or a task is switched to."""
        self._pass()
        self._running = flow
        times = self._flows[flow]
        if times.is_exception:
            self.spans.handler_begins(flow, self._core.now)
        else:
            self.spans.continues(flow, self._core.now, is_exception=False)
        times.longest_cycles = max(times.longest_cycles, times.ran_cycles)
        times.activations_count += 1
        times.ran_cycles = 0

    def resume(self, flow: int) -> None:
        """Back in what was interrupted."""
        self._pass()
        self._running = flow
        self.spans.continues(flow, self._core.now, is_exception=self._flows[flow].is_exception)

    def leave_handler(self) -> None:
        """The innermost handler has ended."""
        self.spans.handler_ends(self._core.now)

    def activations_count(self, flow: int) -> int:
        """How often it was entered or switched to."""
        return self._flows[flow].activations_count

    def longest_cycles(self, flow: int) -> int:
        """The longest activation."""
        self._pass()
        times = self._flows[flow]
        return max(times.longest_cycles, times.ran_cycles)

    def _pass(self) -> None:
        """The time since the last change belongs to what ran."""
        active_cycles = self._core.now - self._core.sleep_cycles
        spent_cycles = active_cycles - self._since_cycles
        self._since_cycles = active_cycles
        times = self._flows[self._running]
        times.ran_cycles += spent_cycles
        self._pass_in_region(spent_cycles, is_exception=times.is_exception)

    def _pass_in_region(self, spent_cycles: int, *, is_exception: bool) -> None:
        owner, calls_count = self._core.watching_flow, self._core.watched_count
        if calls_count != self._calls_count:  # the call that they passed in has ended since
            self._calls_count = calls_count
            self.other_tasks_cycles += self._open_cycles
            self._open_cycles = 0
        if owner not in (-1, self._running) and not is_exception:
            self._open_cycles += spent_cycles
