"""Which call tree and which stack the core is in, as exceptions come and go and an RTOS switches tasks.

A flow is one call tree: the thread's that reset started, one for each exception, one for each task. A task is known by
where its frame or SP was when it was left, and by its control block where the RTOS tells which one runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.firmware.image import SymbolKind
from mcusim.machine.tasks.flow import EXCEPTION, TASK, THREAD, Flow, Surroundings, exception_label
from mcusim.machine.tasks.flow_times import FlowTimes
from mcusim.machine.tasks.stacks import MAIN_STACK, Stacks
from mcusim.recording.recording import Context

if TYPE_CHECKING:
    from mcusim.machine.native._core import Core
    from mcusim.machine.system.results import EntryResult, ReturnResult
    from mcusim.machine.tasks.rtos import Thread
    from mcusim.recording.recording import StackUse

_FRAME_PC_BYTES = 24  # R0-R3, R12, LR, then the return address (ARMv7-M ARM, B1.5.6)
_SPARE_BYTES = 32  # kernels align the first frame and leave a few words above it
_START_DEPTH = 1  # Reset_Handler itself: start-up code sets stacks and jumps on


@dataclass(frozen=True, slots=True)
class _Left:
    """A flow that something interrupted."""

    flow: Flow
    frame_addr: int
    pc_addr: int | None


class Flows:
    """Keeps the native core's current flow (call tree) and stack right."""

    def __init__(self, core: Core, initial_sp_addr: int, around: Surroundings) -> None:
        self._core, self._around = core, around
        self._stacks = Stacks(core, initial_sp_addr)
        self._flows = [Flow(0, THREAD, "thread", label="thread")]
        self.times = FlowTimes(core)
        self.times.add(is_exception=False)
        self._exceptions: dict[int, Flow] = {}
        self._tasks: dict[tuple[int, int, str], Flow] = {}
        self._owners = {MAIN_STACK: self._flows[0]}
        self._of_thread: dict[int, Flow] = {}
        self._interrupted: list[_Left] = []
        self._parked: dict[int, _Left] = {}
        self._is_in_boot_rom = False
        self.times.start(0)

    @property
    def labels(self) -> list[str]:
        """The label of each flow's root."""
        shown: list[str] = []
        for flow in self._flows:
            label = flow.label or f"task {self._name(flow)}"
            if flow.kind == TASK and label in shown:
                label += f" 0x{flow.thread.addr:08X}" if flow.thread is not None else f" {flow.index}"
            shown.append(label)
        return shown

    @property
    def names(self) -> list[str]:
        """What people call each flow."""
        return [self._shown_name(flow, label) for flow, label in zip(self._flows, self.labels, strict=True)]

    def restart(self) -> None:
        """After a reset: the thread starts again from nothing."""
        for flow in self._flows:
            self._core.leave_flow(flow.index)
        self._interrupted.clear()
        self._parked.clear()
        self._of_thread.clear()
        self._stacks.clear()
        thread = self._flows[0]
        self._owners = {MAIN_STACK: thread}
        thread.stack_index = MAIN_STACK
        thread.depth_below.clear()
        self._continue(thread)

    def enter(self, entry: EntryResult) -> None:
        """An exception interrupted what ran."""
        flow = self._current
        pc_addr = self._around.word_at(entry.frame_addr + _FRAME_PC_BYTES)
        self._interrupted.append(_Left(flow, entry.frame_addr, pc_addr))
        self._stacks.lower(flow.stack_index, entry.frame_addr)
        self._start_handler(entry.number, entry.handler_addr)

    def leave(self, result: ReturnResult) -> None:
        """An exception returned, to what it interrupted, to another task, or into the next handler."""
        self._core.leave_flow(self._core.flow)
        self.times.leave_handler()
        if result.tail_chained is not None:
            self._start_handler(result.tail_chained, result.pc)
            return
        handlers_index = self._current.stack_index
        left = self._returned_to(result.frame_addr)
        if left is not None:
            self._continue(left.flow)
        else:
            self._return_to_task(result)
        if self._current.stack_index != handlers_index:
            self._stacks.left(handlers_index, self._around.read_msp())

    def _return_to_task(self, result: ReturnResult) -> None:
        flow = self._known_task(result)
        if flow is None:
            self._start_task(result.pc, result.frame_addr + 4 * result.frame_words_count)
        else:
            self._switch_to(flow)
        self._stacks.lower(self._current.stack_index, result.frame_addr)

    def moved_to(self, sp_addr: int, pc_addr: int, *, is_called: bool) -> None:
        """Firmware set SP to a place outside the stack in use.

        To another task's stack: the task goes on. To a new one: a task begins there when the RTOS says so, or when a
        function is jumped to; else the same calls go on, as in start-up code.
        """
        flow, index = self._current, self._stacks.at(sp_addr)
        if flow.kind == THREAD and pc_addr in self._around.boot_rom:
            self._stacks.use_for_boot(sp_addr)
            self._is_in_boot_rom = True
            return
        if self._is_in_boot_rom:
            self._begin_firmware(flow)
        if flow.kind == EXCEPTION:
            self._move(flow, index if index >= 0 else self._stacks.add(_below(sp_addr), sp_addr))
            return
        thread = self._thread_at(sp_addr)
        if thread is not None and thread.addr in self._of_thread:
            owner: Flow | None = self._of_thread[thread.addr]
        else:
            owner = self._owners.get(index) if thread is None else None
        is_new = owner is None and (thread is not None or self._begins_task(pc_addr, is_called=is_called))
        if is_new:
            self._start_task(pc_addr, sp_addr)
        elif owner is None or index < 0:
            self._move(flow, index if index >= 0 else self._stacks.add(_below(sp_addr), sp_addr))
        elif owner is flow:
            self._return_to_stack(flow, index)
        else:
            self._core.flow = owner.index
            self.times.start(owner.index)
            self._stacks.use(owner.stack_index)

    def _begin_firmware(self, flow: Flow) -> None:
        """What the boot ROM called is not what calls the firmware."""
        self._is_in_boot_rom = False
        self._core.leave_flow(flow.index)
        self._core.resume_flow(flow.index)

    def stacks(self) -> tuple[StackUse, ...]:
        """Every stack that was used."""
        self._name_stacks()
        return self._stacks.used()

    def used_stack_indexes(self) -> tuple[int, ...]:
        """Which of the native core's stacks `stacks` are."""
        return self._stacks.used_indexes()

    def contexts(self) -> tuple[Context, ...]:
        """Every flow that ran."""
        self._name_stacks()
        return tuple(
            self._context(flow, label)
            for flow, label in zip(self._flows, self.labels, strict=True)
            if self.times.activations_count(flow.index)
        )

    @property
    def _current(self) -> Flow:
        return self._flows[self._core.flow]

    # --- exceptions ---

    def _start_handler(self, number: int, handler_addr: int) -> None:
        flow = self._exceptions.get(number)
        if flow is None:
            name = self._around.name_at(handler_addr)
            flow = self._exceptions[number] = self._add(
                EXCEPTION, name if not name.startswith("at ") else exception_label(number)
            )
            flow.label, flow.has_own_stack = exception_label(number), False
        sp_addr = self._around.read_sp()
        index = self._stacks.at(sp_addr)
        flow.stack_index = index if index >= 0 else self._stacks.add(_below(sp_addr), sp_addr)
        self._core.enter_flow(flow.index)
        self._stacks.use(flow.stack_index)
        self.times.start(flow.index)

    def _returned_to(self, frame_addr: int) -> _Left | None:
        """What the handlers interrupted if they return to it; else it is parked and None is the answer."""
        while self._interrupted:
            left = self._interrupted.pop()
            if left.frame_addr == frame_addr:
                return left
            if left.flow.kind != EXCEPTION:
                self._parked[left.frame_addr] = left
        return None

    # --- tasks ---

    def _known_task(self, result: ReturnResult) -> Flow | None:
        """The task that an exception returned to, if it ran before.

        At a function's first instruction it begins anew.
        """
        left = self._parked.pop(result.frame_addr, None)
        if left is not None and left.pc_addr is not None and left.pc_addr & ~1 == result.pc:
            return left.flow
        thread = self._thread_at(result.frame_addr)
        flow = self._of_thread.get(thread.addr) if thread is not None else None
        if flow is None and thread is None:
            flow = left.flow if left is not None else self._owners.get(self._stacks.at(result.frame_addr))
        if flow is None or not self._around.begins_function(result.pc):
            return flow
        return flow if self._is_deeper(flow, result.frame_addr) else None

    def _is_deeper(self, flow: Flow, frame_addr: int) -> bool:
        """A handler made the task call a function: the frame lies below the one the task was left with."""
        return any(each.flow is flow and frame_addr < each.frame_addr for each in self._parked.values())

    def _thread_at(self, sp_addr: int) -> Thread | None:
        threads = self._around.threads
        return threads.current(sp_addr) if threads is not None else None

    def _begins_task(self, pc_addr: int, *, is_called: bool) -> bool:
        depth = len(self._core.frames())
        return not is_called and depth > _START_DEPTH and self._around.begins_function(pc_addr)

    def _start_task(self, pc_addr: int, top_addr: int) -> None:
        thread = self._thread_at(top_addr)
        key = (
            thread.addr if thread is not None else top_addr,
            pc_addr,
            thread.name if thread is not None else "",
        )
        flow = self._tasks.get(key)
        if flow is None:
            flow = self._tasks[key] = self._add(TASK, self._around.name_at(pc_addr))
        flow.thread = thread
        flow.stack_index = self._stack_of(flow, thread, top_addr)
        flow.depth_below.clear()
        self._owners[flow.stack_index] = flow
        if thread is not None:
            self._of_thread[thread.addr] = flow
        self._core.enter_flow(flow.index)
        self._stacks.use(flow.stack_index)
        self.times.start(flow.index)

    def _stack_of(self, flow: Flow, thread: Thread | None, top_addr: int) -> int:
        start_addr = thread.stack_start_addr if thread is not None else -1
        end_addr = thread.stack_end_addr if thread is not None else -1
        if end_addr < 0:
            start_addr, end_addr = self._array_around(top_addr, start_addr)
        name = f"task {flow.index}"  # until `_name_stacks`: stacks of one name may be shared
        return self._stacks.add(name, end_addr, start_addr)

    def _array_around(self, top_addr: int, start_addr: int) -> tuple[int, int]:
        """Bounds of the variable that is the stack; for one on a heap, what is known of them."""
        for each in self._around.symbols.symbols:
            end_addr = each.addr + each.size_bytes
            is_it = (
                start_addr in (-1, each.addr) and each.addr < top_addr <= end_addr <= top_addr + _SPARE_BYTES
            )
            if is_it and each.kind is SymbolKind.OBJECT:
                return each.addr, end_addr
        return start_addr, top_addr

    def _add(self, kind: str, name: str) -> Flow:
        flow = Flow(self._core.add_flow(), kind, name)
        self._flows.append(flow)
        self.times.add(is_exception=kind == EXCEPTION)
        return flow

    def _switch_to(self, flow: Flow) -> None:
        self.times.start(flow.index)
        self._resume(flow)

    def _continue(self, flow: Flow) -> None:
        self.times.resume(flow.index)
        self._resume(flow)

    def _resume(self, flow: Flow) -> None:
        self._core.resume_flow(flow.index)
        self._stacks.use(flow.stack_index)

    # --- several stacks of one flow ---

    def _move(self, flow: Flow, index: int) -> None:
        flow.stack_index = index
        self._stacks.use(index)
        if flow.kind != EXCEPTION:
            flow.depth_below[index] = len(self._core.frames())
            self._owners[index] = flow

    def _return_to_stack(self, flow: Flow, index: int) -> None:
        """Back on a stack of its own; calls still open on the other one are a coroutine's that was switched away."""
        depth = flow.depth_below.get(flow.stack_index, 0)
        if flow.stack_index in flow.depth_below and depth < len(self._core.frames()):
            coroutine = Flow(self._core.split_flow(depth), TASK, f"coroutine {len(self._flows)}")
            coroutine.stack_index = flow.stack_index
            self._flows.append(coroutine)
            self.times.add(is_exception=False)
            self._owners[flow.stack_index] = coroutine
        flow.depth_below.pop(flow.stack_index, None)
        flow.stack_index = index
        self._stacks.use(index)

    # --- names ---

    def _name(self, flow: Flow) -> str:
        threads = self._around.threads
        if flow.thread is None or threads is None:
            return flow.name
        return threads.name_of(flow.thread) or flow.name

    def _shown_name(self, flow: Flow, label: str) -> str:
        """The name; with the exception's number where one wrapper serves several (Zephyr's _isr_wrapper)."""
        name = self._name(flow)
        is_shared = sum(each.kind == EXCEPTION and self._name(each) == name for each in self._flows) > 1
        return f"{name} ({label})" if flow.kind == EXCEPTION and is_shared else name

    def _name_stacks(self) -> None:
        for flow, label in zip(self._flows, self.labels, strict=True):
            if flow.kind == TASK:
                self._stacks.rename(flow.stack_index, label)

    def _context(self, flow: Flow, label: str) -> Context:
        own = flow.has_own_stack
        return Context(
            root=label,
            name=self._shown_name(flow, label),
            kind=flow.kind,
            activations_count=self.times.activations_count(flow.index),
            stack_bytes=self._stacks.size_bytes(flow.stack_index) if own else -1,
            stack_used_bytes=self._stacks.used_bytes(flow.stack_index) if own else -1,
            longest_cycles=self.times.longest_cycles(flow.index),
        )


def _below(sp_addr: int) -> str:
    return f"stack below 0x{sp_addr:08X}"
