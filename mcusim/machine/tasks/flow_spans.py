"""When each handler and each task ran; told of every change of flow, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass

SPANS_MAX = 20_000
"""Handlers' activations, and switches of tasks, that are kept: the first ones of each."""


@dataclass(slots=True)
class FlowSpan:
    """A flow ran from `begin_cycles` to `end_cycles`, interruptions included."""

    flow_index: int
    begin_cycles: int
    end_cycles: int = -1
    """-1: it has not ended."""


class FlowSpans:
    """Handlers lie within what they interrupted. Tasks follow each other without a gap: the handler that switches to
    another one, and those it was chained from, are still the first task's."""

    def __init__(self) -> None:
        self.handlers: list[FlowSpan] = []
        self.tasks: list[FlowSpan] = []
        self.lost_handlers_count = self.lost_tasks_count = 0
        self._open: list[FlowSpan] = []
        self._task = FlowSpan(-1, 0)

    def handler_begins(self, flow: int, now_cycles: int) -> None:
        """It interrupts what runs, or follows a handler that has ended."""
        span = FlowSpan(flow, now_cycles)
        self._open.append(span)
        if len(self.handlers) < SPANS_MAX:
            self.handlers.append(span)
        else:
            self.lost_handlers_count += 1

    def handler_ends(self, now_cycles: int) -> None:
        """The innermost one."""
        if self._open:
            self._open.pop().end_cycles = now_cycles

    def continues(self, flow: int, now_cycles: int, *, is_exception: bool) -> None:
        """Back in a flow: handlers that it does not lie within have ended, whether they returned or not."""
        while self._open and not (is_exception and self._open[-1].flow_index == flow):
            self.handler_ends(now_cycles)
        if is_exception or flow == self._task.flow_index:
            return
        self._task.end_cycles = now_cycles
        self._task = FlowSpan(flow, now_cycles)
        if len(self.tasks) < SPANS_MAX:
            self.tasks.append(self._task)
        else:
            self.lost_tasks_count += 1
