"""Exception entry, return, priorities and faults of ARMv6-M, ARMv7-M and ARMv8-M; no late arrival, no second world."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.machine.registers import BusError, Reg
from mcusim.machine.system import state as bits
from mcusim.machine.system.exc_return import (
    EXC_RETURN_FIRST_ADDR,
    as_in_lr,
    is_exc_return,
    returns_to_handler,
)
from mcusim.machine.system.fault_bits import Ccr, Cfsr, Dfsr, Hfsr
from mcusim.machine.system.fp_context import is_access_allowed, lazy_owner_flags, start_context
from mcusim.machine.system.priority import (
    DEBUG_MONITOR,
    HARD_FAULT,
    HARD_FAULT_PRIORITY,
    NMI,
    SV_CALL,
    ExceptionTable,
)
from mcusim.machine.system.results import (
    EntryResult,
    ExceptionCosts,
    FaultKind,
    Lockup,
    ReturnResult,
    as_return,
)
from mcusim.machine.system.stacking import (
    CONTROL_FPCA,
    CONTROL_NPRIV,
    CONTROL_SFPA,
    XPSR_THUMB,
    ExceptionFrame,
    FrameLayout,
    PoppedFrame,
    Stack,
    apply_frame,
    frame_of,
    push_frame,
    read_frame,
    save_fp_state,
    switch_mode,
)
from mcusim.machine.system.variant import FIRST_IRQ

if TYPE_CHECKING:
    from mcusim.machine.registers import Core
    from mcusim.machine.system.variant import CoreVariant

__all__ = [
    "EXC_RETURN_FIRST_ADDR",
    "EntryResult",
    "ExceptionCosts",
    "ExceptionModel",
    "FaultKind",
    "Lockup",
    "ReturnResult",
    "Stack",
]

FP_FRAME_CYCLES = 17
"""S0-S15 and FPSCR, one cycle a word: entry takes 29 instead of 12 cycles (Arm AN298)."""
LAZY_SAVE_CYCLES = 1 + FP_FRAME_CYCLES
"""Assumed: one cycle to notice, then the same 17 stores; no published figure."""


class ExceptionModel:
    """Pending, active and enabled exceptions, and what entering and leaving them does to core and memory.

    Between two blocks the machine asks `next_exception()` and calls `enter`. When PC reaches
    EXC_RETURN_FIRST_ADDR or above it calls `return_from`. R0-R3, R12, LR, xPSR, SP, CONTROL and the masks are
    written here; PC is left to the caller, who starts the emulator at the address returned.
    """

    def __init__(self, core: Core, variant: CoreVariant, costs: ExceptionCosts) -> None:
        self._core, self._costs = core, costs
        self.variant = variant
        self.table = ExceptionTable(variant)
        self.state = bits.reset_state(variant)
        self.taken_count = 0
        """Exceptions entered since reset, tail-chained ones included."""
        self._has_event = False

    def reset(self, vtor_addr: int = 0) -> None:
        """Everything as after reset; core registers are the machine's to reset."""
        self.table.reset()
        self.state = bits.reset_state(self.variant, vtor_addr)
        self._has_event = False
        for limit in (Reg.MSPLIM, Reg.PSPLIM) if self.variant.is_v8m else ():
            self._core.write(limit, 0)

    @property
    def active_number(self) -> int:
        """The exception whose handler runs, 0 in thread mode."""
        return self._core.read(Reg.IPSR)

    def pend(self, number: int) -> None:
        """Make exception `number` pending (16 + n for external interrupt n)."""
        before = self.table.pending_mask
        self.table.pend(number)
        self._note_pending(before)

    def clear_pending(self, number: int) -> None:
        """Remove the pending state; a line that is still asserted stays pending."""
        self.table.clear_pending(number)

    def set_level(self, irq_number: int, is_asserted: bool) -> None:
        """Drive an external interrupt line: pends on the rising edge, and after its handler while high."""
        if irq_number < 0:
            return
        before = self.table.pending_mask
        self.table.set_level(FIRST_IRQ + irq_number, is_asserted)
        self._note_pending(before)

    def _note_pending(self, before_mask: int) -> None:
        # SEVONPEND: becoming pending is a WFE wake-up event, enabled or not (ARMv7-M ARM, B1.5.18).
        if self.state.scr & bits.SCR_SEVONPEND and self.table.pending_mask & ~before_mask:
            self._has_event = True

    def next_exception(self) -> int | None:
        """The pending exception that preempts what runs now."""
        if not self.table.pending_mask & self.table.enabled_mask:
            return None
        return self.table.preempting(self.execution_priority())

    def has_pending_enabled(self) -> bool:
        """Whether WFI wakes: an enabled exception pends that would preempt if PRIMASK was clear."""
        if not self.table.pending_mask & self.table.enabled_mask:
            return False
        return self.table.preempting(self.execution_priority(ignores_primask=True)) is not None

    def execution_priority(self, *, ignores_primask: bool = False) -> int:
        """Priority of the running code; lower is more urgent (ARMv7-M ARM, B1.5.4)."""
        return self.table.execution_priority(self._core, ignores_primask=ignores_primask)

    def take_event(self) -> bool:
        """Clear the event register of WFE and tell whether it was set (then WFE does not wait)."""
        had_event, self._has_event = self._has_event, False
        return had_event

    def send_event(self) -> None:
        """SEV was executed."""
        self._has_event = True

    def enter(self, number: int, return_addr: int) -> EntryResult | Lockup:
        """Take exception `number`; execution will resume at `return_addr`."""
        before = self.execution_priority()
        frame = self._push(return_addr)
        cycles = self._costs.exception_entry_cycles
        if frame.has_fp_state and not self.state.fpccr & bits.FPCCR_LSPEN:
            cycles += FP_FRAME_CYCLES
        if not frame.is_complete:
            kind = FaultKind.BUS if frame.is_within_limit else FaultKind.USAGE
            self.state.cfsr |= Cfsr.STKERR if frame.is_within_limit else Cfsr.STKOF
            derived = self._fault_target(kind, before)
            if derived is None:
                return Lockup("stacking failed at the priority of HardFault", return_addr)
            number = self.table.first_of(derived, number)
        return self._take(number, frame, cycles, return_addr)

    def _push(self, return_addr: int) -> ExceptionFrame:
        core, state = self._core, self.state
        # FPCA counts only with automatic state preservation on; emulators set it whatever FPCCR says.
        is_automatic = self.variant.has_fpu and bool(state.fpccr & bits.FPCCR_ASPEN)
        has_fp = is_automatic and bool(core.read(Reg.CONTROL) & CONTROL_FPCA)
        flags = lazy_owner_flags(core, self.table, self.execution_priority()) if has_fp else 0
        layout = FrameLayout(has_fp, state.stack_is_aligned, has_limit=self._has_stack_limit())
        frame = push_frame(core, self.variant, return_addr, layout)
        if not has_fp or not frame.is_complete:
            return frame
        if state.fpccr & bits.FPCCR_LSPEN:
            state.start_lazy_save(frame.fp_addr, flags)
            return frame
        try:
            save_fp_state(core, frame.fp_addr)
        except BusError:
            return replace(frame, is_complete=False)
        return frame

    def _has_stack_limit(self) -> bool:
        """MSPLIM and PSPLIM bind, but for faults and NMI when CCR.STKOFHFNMIGN says so (ARMv8-M ARM, B3.21)."""
        is_ignored = bool(self.state.ccr & Ccr.STKOFHFNMIGN) and self.execution_priority() < 0
        return self.variant.is_v8m and not is_ignored

    def _take(self, number: int, frame: ExceptionFrame, cycles: int, pc: int) -> EntryResult | Lockup:
        """Run the handler of `number` on `frame` (ExceptionTaken; ARMv7-M ARM, B1.5.6)."""
        core, state = self._core, self.state
        try:
            vector = core.read_word(state.vtor_addr + 4 * number)
        except BusError as error:
            if number in (NMI, HARD_FAULT):
                return Lockup(f"the vector of exception {number} cannot be read: {error}", pc)
            state.hfsr |= Hfsr.VECTTBL
            self.table.pend(number)
            return self._take(HARD_FAULT, frame, cycles, pc)
        self.table.activate(number)
        self.taken_count += 1
        self._has_event = True
        flags = core.read(Reg.XPSR) & 0xF80F0000
        switch_mode(core, flags | XPSR_THUMB | number, core.read(Reg.CONTROL) & CONTROL_NPRIV)
        core.write(Reg.LR, frame.exc_return)
        handler_addr = vector & ~1
        if not vector & 1:
            # The first instruction of the handler faults: M-profile has no Arm state (ARMv7-M ARM, B1.5.6).
            return self.raise_fault(FaultKind.USAGE, Cfsr.INVSTATE, None, handler_addr)
        is_lazy = bool(state.fpccr & bits.FPCCR_LSPACT)
        return EntryResult(
            number, handler_addr, cycles, frame.addr, frame.words_count, frame.stack, has_lazy_frame=is_lazy
        )

    def return_from(self, exc_return: int) -> ReturnResult | Lockup:
        """Leave the current handler through EXC_RETURN (a PC with bit 0 clear is accepted)."""
        core, table = self._core, self.table
        exc_return = as_in_lr(exc_return, self.variant)
        leaving = core.read(Reg.IPSR)
        if leaving == 0:
            # Not a return: a jump into the execute-never system region (ARMv7-M ARM, B3.1).
            entry = self.raise_fault(FaultKind.MEM_MANAGE, Cfsr.IACCVIOL, None, exc_return & ~1)
            return as_return(entry)
        is_valid = self._is_valid_return(exc_return, leaving)
        table.deactivate(leaving)
        if leaving != NMI and not self.variant.is_v6m:
            core.write(Reg.FAULTMASK, 0)
        frame = frame_of(core, exc_return)
        if not is_valid:
            return self._chain_fault(FaultKind.USAGE, Cfsr.INVPC, frame)
        self._has_event = True
        chained = self.next_exception()
        if chained is not None:
            return as_return(self._take(chained, frame, self._costs.tail_chain_cycles, exc_return))
        return self._pop(frame)

    def _is_valid_return(self, exc_return: int, leaving: int) -> bool:
        """The integrity checks of ExceptionReturn (ARMv7-M ARM, B1.5.8)."""
        if not is_exc_return(exc_return, self.variant) or not self.table.is_active(leaving):
            return False
        is_nested = self.table.active_mask.bit_count() != 1
        return returns_to_handler(exc_return) or not is_nested or bool(self.state.ccr & Ccr.NONBASETHRDENA)

    def _chain_fault(self, kind: FaultKind, cfsr_bits: int, frame: ExceptionFrame) -> ReturnResult | Lockup:
        """A fault of the return itself: its handler runs on the frame that was to be popped (B1.5.11)."""
        self.state.cfsr |= cfsr_bits
        number = self._fault_target(kind, self.execution_priority())
        if number is None:
            return Lockup("exception return failed at the priority of HardFault", frame.exc_return)
        return as_return(self._take(number, frame, self._costs.tail_chain_cycles, frame.exc_return))

    def _pop(self, frame: ExceptionFrame) -> ReturnResult | Lockup:
        core, state = self._core, self.state
        is_untouched = frame.has_fp_state and bool(state.fpccr & bits.FPCCR_LSPACT)
        try:
            popped = read_frame(core, frame, reads_fp=frame.has_fp_state and not is_untouched)
        except BusError:
            return self._chain_fault(FaultKind.BUS, Cfsr.UNSTKERR, frame)
        if returns_to_handler(frame.exc_return) != (popped.number != 0):
            return self._chain_fault(FaultKind.USAGE, Cfsr.INVPC, frame)
        if is_untouched:
            state.fpccr &= ~bits.FPCCR_LSPACT
        fp_control = CONTROL_FPCA | (CONTROL_SFPA if self.variant.is_v8m else 0)
        apply_frame(core, frame, popped, is_aligned=state.stack_is_aligned, fp_control=fp_control)
        if not popped.xpsr & XPSR_THUMB:
            return as_return(self.raise_fault(FaultKind.USAGE, Cfsr.INVSTATE, None, popped.pc_addr))
        return self._returned(frame, popped)

    def _returned(self, frame: ExceptionFrame, popped: PoppedFrame) -> ReturnResult:
        cycles = self._costs.exception_return_cycles + FP_FRAME_CYCLES * bool(popped.fp_words)
        sleeps = popped.number == 0 and bool(self.state.scr & bits.SCR_SLEEPONEXIT)
        return ReturnResult(
            popped.pc_addr & ~1, cycles, None, frame.addr, frame.words_count, frame.stack, sleeps=sleeps
        )

    def supervisor_call(self, return_addr: int) -> EntryResult | Lockup:
        """SVC was executed; `return_addr` is the next instruction."""
        return self._take_synchronous(SV_CALL, return_addr, "SVC")

    def breakpoint(self, pc: int) -> EntryResult | Lockup:
        """BKPT was executed at `pc` with no debugger attached (ARMv7-M ARM, C1.3)."""
        table, state = self.table, self.state
        state.dfsr |= Dfsr.BKPT
        if table.is_enabled(DEBUG_MONITOR):
            return self._take_synchronous(DEBUG_MONITOR, pc, "BKPT")
        state.hfsr |= Hfsr.DEBUGEVT
        return self._take_synchronous(HARD_FAULT, pc, "BKPT")

    def raise_fault(self, kind: FaultKind, cfsr_bits: int, addr: int | None, pc: int) -> EntryResult | Lockup:
        """Take a fault of the instruction at `pc`; `addr` is the data address, None when unknown.

        On ARMv6-M, too, the state keeps the CFSR bits, for the report; the firmware cannot read them.
        """
        state = self.state
        state.cfsr |= cfsr_bits
        if addr is not None and kind is FaultKind.BUS:
            state.bfar_addr, state.cfsr = addr, state.cfsr | Cfsr.BFARVALID
        elif addr is not None and kind is FaultKind.MEM_MANAGE:
            state.mmfar_addr, state.cfsr = addr, state.cfsr | Cfsr.MMARVALID
        if cfsr_bits & Cfsr.INVSTATE:
            self._core.write(Reg.XPSR, self._core.read(Reg.XPSR) & ~XPSR_THUMB)
        number = self._fault_target(kind, self.execution_priority())
        if number is None:
            return Lockup(f"{kind.name} fault at the priority of HardFault", pc)
        return self.enter(number, pc)

    def _take_synchronous(self, number: int, return_addr: int, what: str) -> EntryResult | Lockup:
        priority = self.execution_priority()
        if self.table.group(self.table.priority(number)) >= priority:
            if priority <= HARD_FAULT_PRIORITY:
                return Lockup(f"{what} at the priority of HardFault", return_addr)
            self.state.hfsr |= Hfsr.FORCED
            number = HARD_FAULT
        return self.enter(number, return_addr)

    def _fault_target(self, kind: FaultKind, priority: int) -> int | None:
        """The exception that handles a fault after escalation (ARMv7-M ARM, B1.5.14); None is lockup."""
        number, table = kind.value, self.table
        if kind is not FaultKind.HARD:
            can_preempt = table.group(table.priority(number)) < priority
            if not self.variant.is_v6m and table.is_enabled(number) and can_preempt:
                return number
            self.state.hfsr |= Hfsr.FORCED
        return HARD_FAULT if priority > HARD_FAULT_PRIORITY else None

    def is_fpu_enabled(self) -> bool:
        """Whether CPACR lets the running code use the FPU; if not, raise UsageFault NOCP."""
        return self.variant.has_fpu and is_access_allowed(self._core, self.state)

    def note_fp_use(self) -> None:
        """An FP instruction is about to run: start a context. Unicorn does this itself and needs no call."""
        start_context(self._core, self.state)

    def lazy_save_needed(self) -> bool:
        """Whether the interrupted code's FP registers must be saved before an FP instruction runs."""
        return bool(self.state.fpccr & bits.FPCCR_LSPACT)

    def perform_lazy_save(self, pc: int) -> int | EntryResult | Lockup:
        """Save them; returns its cycles, or the fault taken when the frame cannot be written."""
        if not self.lazy_save_needed():
            return 0
        self.state.fpccr &= ~bits.FPCCR_LSPACT
        try:
            save_fp_state(self._core, self.state.fpcar_addr)
        except BusError:
            return self.raise_fault(FaultKind.BUS, Cfsr.LSPERR, None, pc)
        return LAZY_SAVE_CYCLES
