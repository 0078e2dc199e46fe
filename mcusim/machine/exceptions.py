"""Exception entry, return, priorities and faults of ARMv6-M and ARMv7-M; late arrival is not modelled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mcusim.machine.registers import Core
    from mcusim.machine.system.variant import CoreVariant

EXC_RETURN_FIRST_ADDR = 0xFFFFFFE0
"""A branch to this address or above is an exception return (ARMv7-M ARM, B1.5.8)."""


class Stack(StrEnum):
    """A stack pointer."""

    MAIN = "main"
    PROCESS = "process"


class FaultKind(Enum):
    """The exception a synchronous fault asks for before escalation; the value is its number."""

    HARD = 3
    MEM_MANAGE = 4
    BUS = 5
    USAGE = 6


class ExceptionCosts(Protocol):
    """Cycles of the exception mechanism; every timing.cost.CostModel is one."""

    @property
    def exception_entry_cycles(self) -> int: ...

    @property
    def exception_return_cycles(self) -> int: ...

    @property
    def tail_chain_cycles(self) -> int: ...


@dataclass(frozen=True, slots=True)
class EntryResult:
    """An exception was entered: continue at `handler_addr` (bit 0 clear). PC is not written, all else is."""

    number: int
    """The exception entered: not always the one asked for (escalation, faults while stacking)."""
    handler_addr: int
    cycles: int
    """Without wait states of stack and vector memory."""
    frame_addr: int
    """Lowest address of the frame pushed."""
    frame_words_count: int
    """8, or 26 with floating-point state (reserved, not written, when lazy)."""
    stack: Stack
    has_lazy_frame: bool = False
    """`perform_lazy_save` must run before the next floating-point instruction."""


@dataclass(frozen=True, slots=True)
class ReturnResult:
    """An exception returned: continue at `pc` (bit 0 clear). PC is not written, all else is."""

    pc: int
    cycles: int
    tail_chained: int | None
    """The exception whose handler starts at `pc` instead of the interrupted code, on the same frame."""
    frame_addr: int
    """Lowest address of the frame (popped, or kept when tail-chaining)."""
    frame_words_count: int
    stack: Stack
    sleeps: bool = False
    """SCR.SLEEPONEXIT: sleep now as if WFI was executed at `pc`."""


@dataclass(frozen=True, slots=True)
class Lockup:
    """The core stopped: a fault at the priority of HardFault or NMI (ARMv7-M ARM, B1.5.15)."""

    detail: str
    pc_addr: int


class ExceptionModel:
    """Pending, active and enabled exceptions, and what entering and leaving them does to core and memory.

    Between two blocks the machine asks `next_exception()` and calls `enter`. When PC reaches EXC_RETURN_FIRST_ADDR
    or above it calls `return_from`. Registers R0-R3, R12, LR, xPSR, SP, CONTROL and the masks are written here; PC is left
    to the caller, who starts the emulator at the address returned.
    """

    def __init__(self, core: Core, variant: CoreVariant, costs: ExceptionCosts) -> None: ...

    def reset(self) -> None:
        """Everything as after reset; core registers are the machine's to reset."""

    # --- what devices and the NVIC do ---

    def pend(self, number: int) -> None:
        """Make exception `number` pending (16 + n for external interrupt n)."""

    def clear_pending(self, number: int) -> None:
        """Remove the pending state; a line that is still asserted pends again at once."""

    def set_level(self, irq_number: int, is_asserted: bool) -> None:
        """Drive an external interrupt line: pends on the rising edge, and again after its handler while asserted."""

    # --- what the machine asks between blocks ---

    def next_exception(self) -> int | None:
        """The pending exception that preempts what runs now."""
        raise NotImplementedError

    def has_pending_enabled(self) -> bool:
        """Whether WFI wakes: an enabled exception pends that would preempt if PRIMASK was clear."""
        raise NotImplementedError

    def take_event(self) -> bool:
        """Clear the event register of WFE and tell whether it was set (then WFE does not wait)."""
        raise NotImplementedError

    def send_event(self) -> None:
        """SEV was executed."""

    # --- entry and return ---

    def enter(self, number: int, return_addr: int) -> EntryResult | Lockup:
        """Take exception `number`; execution will resume at `return_addr`."""
        raise NotImplementedError

    def return_from(self, exc_return: int) -> ReturnResult | Lockup:
        """Leave the current handler through EXC_RETURN (a PC with bit 0 clear is accepted)."""
        raise NotImplementedError

    # --- synchronous exceptions ---

    def supervisor_call(self, return_addr: int) -> EntryResult | Lockup:
        """SVC was executed; `return_addr` is the next instruction."""
        raise NotImplementedError

    def breakpoint(self, pc: int) -> EntryResult | Lockup:
        """BKPT was executed at `pc` with no debugger attached."""
        raise NotImplementedError

    def raise_fault(self, kind: FaultKind, cfsr_bits: int, addr: int | None, pc: int) -> EntryResult | Lockup:
        """Take a fault of the instruction at `pc`; `addr` is the data address, None when unknown."""
        raise NotImplementedError

    # --- floating point ---

    def is_fpu_enabled(self) -> bool:
        """Whether CPACR lets the running code use the FPU; if not, raise UsageFault NOCP."""
        raise NotImplementedError

    def note_fp_use(self) -> None:
        """A floating-point instruction is about to run: start a context (CONTROL.FPCA) when FPCCR.ASPEN says so."""

    def lazy_save_needed(self) -> bool:
        """Whether the interrupted code's FP registers must be saved before an FP instruction runs."""
        raise NotImplementedError

    def perform_lazy_save(self, pc: int) -> int | EntryResult | Lockup:
        """Save them; returns its cycles, or the fault taken when the frame cannot be written."""
        raise NotImplementedError
