"""What a flow of calls is, what it is called, and what flows are told apart with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcusim.machine.tasks.stacks import MAIN_STACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.firmware.symbols import SymbolTable
    from mcusim.machine.tasks.rtos import Thread, ThreadReader

_EXCEPTION_NAMES = {
    2: "NMI", 3: "HardFault", 4: "MemManage", 5: "BusFault", 6: "UsageFault", 11: "SVCall",
    12: "DebugMonitor", 14: "PendSV", 15: "SysTick",
}  # fmt: skip
THREAD, TASK, EXCEPTION = "thread", "task", "exception"


def exception_label(number: int) -> str:
    """ "exception 15 SysTick", "exception 54 IRQ 38"."""
    return f"exception {number} {_EXCEPTION_NAMES.get(number, f'IRQ {number - 16}')}"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What flows are told apart with."""

    symbols: SymbolTable
    read_sp: Callable[[], int]
    read_msp: Callable[[], int]
    """The stack pointer of handlers."""
    word_at: Callable[[int], int | None]
    threads: ThreadReader | None = None
    """The RTOS; None: none that is known."""
    boot_rom: range = range(0)
    """Addresses of the boot ROM's code."""

    def begins_function(self, addr: int) -> bool:
        """Whether a function's first instruction is there."""
        function = self.symbols.function_at(addr)
        return function is not None and function.addr == addr

    def name_at(self, addr: int) -> str:
        """The function that begins at `addr`, or the address."""
        function = self.symbols.function_at(addr)
        return function.name if function is not None and function.addr == addr else f"at 0x{addr:08X}"


@dataclass(slots=True)
class Flow:
    """One call tree."""

    index: int
    kind: str
    name: str
    stack_index: int = MAIN_STACK
    label: str = ""
    """Of its root; empty: "task" and its name."""
    thread: Thread | None = None
    has_own_stack: bool = True
    depth_below: dict[int, int] = field(default_factory=dict)
    """Calls that were open when it moved to a stack, by stack: what is above them lives there."""
