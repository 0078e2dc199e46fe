"""What the exception model is asked with and answers; plain data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mcusim.machine.system.stacking import Stack


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


def as_return(entry: EntryResult | Lockup) -> ReturnResult | Lockup:
    """A handler that starts where the return would have gone."""
    if isinstance(entry, Lockup):
        return entry
    return ReturnResult(
        pc=entry.handler_addr,
        cycles=entry.cycles,
        tail_chained=entry.number,
        frame_addr=entry.frame_addr,
        frame_words_count=entry.frame_words_count,
        stack=entry.stack,
    )
