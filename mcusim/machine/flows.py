"""Which call tree and which stack the core is in, as exceptions come and go and an RTOS switches tasks."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from mcusim.recording.recording import StackUse

if TYPE_CHECKING:
    from mcusim.machine.native._core import Core
    from mcusim.machine.system.results import EntryResult, ReturnResult

_EXCEPTION_NAMES = {
    2: "NMI", 3: "HardFault", 4: "MemManage", 5: "BusFault", 6: "UsageFault", 11: "SVCall",
    12: "DebugMonitor", 14: "PendSV", 15: "SysTick",
}  # fmt: skip
MAIN_STACK = 0


def exception_label(number: int) -> str:
    """ "exception 15 SysTick", "exception 54 IRQ 38"."""
    return f"exception {number} {_EXCEPTION_NAMES.get(number, f'IRQ {number - 16}')}"


class Flows:
    """Keeps the native core's current flow (call tree) and stack right."""

    def __init__(self, core: Core, initial_sp_addr: int) -> None:
        self._core = core
        self.labels = ["thread"]
        self._of_exception: dict[int, int] = {}
        self._suspended: dict[int, int] = {}
        self._stack_names = ["main"]
        self._stack_tops = [initial_sp_addr]
        self._stack_of_flow = {0: MAIN_STACK}
        core.add_stack(initial_sp_addr)
        core.use_stack(MAIN_STACK)

    def restart(self) -> None:
        """After a reset: the thread starts again from nothing."""
        self._suspended.clear()
        self._core.leave_flow(0)
        self._core.resume_flow(0)
        self._core.use_stack(MAIN_STACK)
        self._stack_of_flow[0] = MAIN_STACK

    def enter(self, entry: EntryResult) -> None:
        """An exception interrupted what ran."""
        self._suspended[entry.frame_addr] = self._core.flow
        interrupted = self._stack_of_flow.get(self._core.flow, MAIN_STACK)
        self._core.lower_stack(interrupted, entry.frame_addr)
        self._start_handler(entry.number)

    def _start_handler(self, number: int) -> None:
        if number not in self._of_exception:
            flow = self._of_exception[number] = self._add_flow(exception_label(number))
            self._stack_of_flow[flow] = MAIN_STACK
        self._core.enter_flow(self._of_exception[number])
        self._core.use_stack(MAIN_STACK)

    def _add_flow(self, label: str) -> int:
        flow = self._core.add_flow()
        self.labels.append(label)
        return flow

    def leave(self, result: ReturnResult) -> None:
        """An exception returned, to what it interrupted, to another task, or into the next handler."""
        self._core.leave_flow(self._core.flow)
        if result.tail_chained is not None:
            self._start_handler(result.tail_chained)
            return
        flow = self._suspended.pop(result.frame_addr, None)
        if flow is None:
            flow = self._add_flow(f"task at 0x{result.pc:08X}")
            self._core.enter_flow(flow)
            top_addr = result.frame_addr + 4 * result.frame_words_count
            self._stack_of_flow[flow] = self._add_stack(f"task at 0x{result.pc:08X}", top_addr)
        else:
            self._core.resume_flow(flow)
        self._core.use_stack(self._stack_of_flow.get(flow, MAIN_STACK))

    def _add_stack(self, name: str, top_addr: int) -> int:
        self._stack_names.append(name)
        self._stack_tops.append(top_addr)
        return self._core.add_stack(top_addr)

    def moved_to(self, sp_addr: int) -> None:
        """Firmware set SP to a place outside the stack in use: another stack, or a better guess of this one's top."""
        ranges = zip(self._lows(), self._stack_tops, strict=True)
        known = (i for i, (low_addr, top_addr) in enumerate(ranges) if low_addr <= sp_addr <= top_addr)
        index = next(known, -1)
        if index < 0:
            index = self._add_stack(f"stack below 0x{sp_addr:08X}", sp_addr)
        self._core.use_stack(index)
        self._stack_of_flow[self._core.flow] = index

    def _lows(self) -> array[int]:
        lows = array("I")
        lows.frombytes(self._core.stack_lows())
        return lows

    def stacks(self) -> tuple[StackUse, ...]:
        """Every stack that was used."""
        rows = zip(self._stack_names, self._stack_tops, self._lows(), strict=True)
        return tuple(
            StackUse(name, top_addr, low_addr) for name, top_addr, low_addr in rows if low_addr < top_addr
        )
