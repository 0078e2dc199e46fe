"""From the emulator's complaint to the architecture's fault: which exception, which CFSR bits, which address."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.isa.instruction import FpClass
from mcusim.machine import faults
from mcusim.machine.counting import StopReason
from mcusim.machine.cpu import Ending, Outcome
from mcusim.machine.exceptions import EntryResult, FaultKind, Lockup
from mcusim.machine.fault_hints import with_misfit
from mcusim.machine.locate import access_addr
from mcusim.machine.system.fault_bits import Cfsr
from mcusim.recording.recording import Fault, Stop

if TYPE_CHECKING:
    from mcusim.isa.instruction import Instruction
    from mcusim.machine.machine import Machine

_FAULTS = {
    Ending.COPROCESSOR: (FaultKind.USAGE, Cfsr.NOCP, "instruction of a coprocessor that is absent or off"),
    Ending.UNDEFINED: (FaultKind.USAGE, Cfsr.UNDEFINSTR, "undefined instruction"),
    Ending.ARM_STATE: (
        FaultKind.USAGE,
        Cfsr.INVSTATE,
        "jump to an even address: there is no Arm state on Cortex-M",
    ),
    Ending.UNALIGNED: (FaultKind.USAGE, Cfsr.UNALIGNED, "unaligned access"),
    Ending.READ_UNMAPPED: (FaultKind.BUS, Cfsr.PRECISERR | Cfsr.BFARVALID, "read where there is no memory"),
    Ending.WRITE_UNMAPPED: (FaultKind.BUS, Cfsr.PRECISERR | Cfsr.BFARVALID, "write where there is no memory"),
    Ending.WRITE_PROTECTED: (FaultKind.BUS, Cfsr.PRECISERR | Cfsr.BFARVALID, "write to flash or ROM"),
    Ending.FETCH_FORBIDDEN: (
        FaultKind.MEM_MANAGE,
        Cfsr.IACCVIOL,
        "jump into an address space that never holds code",
    ),
    Ending.STACK_LIMIT: (FaultKind.USAGE, Cfsr.STKOF, "stack pointer below its limit (MSPLIM or PSPLIM)"),
    Ending.FETCH_UNMAPPED: (FaultKind.BUS, Cfsr.IBUSERR, "jump to an address where there is no memory"),
}
_HANDLED_MAX = 64
_FAULT_NUMBERS = (3, 4, 5, 6)


class FaultHandler:
    """Takes faults as the core would, and keeps the first for the report in case nobody recovers from it."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._first: Fault | None = None
        self._count = 0
        self._is_raising = False

    @property
    def pending(self) -> Fault | None:
        """The fault that the firmware has not returned from yet."""
        return self._first

    def entered(self, entry: EntryResult) -> None:
        """An exception was entered; a fault that no instruction raised by itself (SVC while masked) starts here."""
        if entry.number in _FAULT_NUMBERS and self._first is None and not self._is_raising:
            what = f"exception {entry.number} was taken: an SVC or a frame that could not be handled where it happened"
            self._first = self._describe(FaultKind(entry.number), what, self._machine.pc_addr)

    def left(self, active_mask: int) -> None:
        """An exception returned; when no fault handler is active any more, the firmware has recovered."""
        failed = next((number for number in _FAULT_NUMBERS if active_mask >> number & 1), None)
        if self._first is None and failed is not None:
            self._first = self._describe(FaultKind(failed), self._bad_return(), self._machine.pc_addr)
        if self._first is not None and failed is None:
            self._machine.host.warn(f"the firmware handled a fault: {self._first.what}")
            self._first = None

    def _bad_return(self) -> str:
        variant = self._machine.exceptions.variant
        what = "exception return with a wrong value or a broken frame"
        if variant.is_v8m and self._machine.exceptions.state.cfsr & Cfsr.INVPC:
            state = "runs in secure state" if variant.is_secure else "has TrustZone off"
            what += f" (this chip {state}; is the firmware built for that?)"
        return what

    def raise_for(self, outcome: Outcome) -> None:
        """The instruction at `outcome.pc_addr` faulted."""
        machine, pc_addr = self._machine, outcome.pc_addr
        if outcome.ending is Ending.FETCH_FORBIDDEN and self._left_secure_state():
            return
        kind, bits, what = _FAULTS[outcome.ending]
        instruction = self._instruction_at(pc_addr)
        if (
            outcome.ending in (Ending.UNDEFINED, Ending.COPROCESSOR)
            and instruction is not None
            and _is_coprocessor(instruction)
        ):
            bits, what = self._missing_fp()
        machine.core.truncate(pc_addr)
        addr = self._data_addr(instruction) if bits & Cfsr.BFARVALID else None
        self._raise(kind, bits, addr, pc_addr, what)

    def _missing_fp(self) -> tuple[Cfsr, str]:
        """No FPU is a missing coprocessor; an FPU without double precision makes the instruction undefined."""
        if self._machine.exceptions.variant.has_fpu:
            return (
                Cfsr.UNDEFINSTR,
                "floating-point instruction that this FPU does not have (double precision?)",
            )
        return Cfsr.NOCP, "floating-point instruction on a core without FPU"

    def _left_secure_state(self) -> bool:
        """BXNS or BLXNS ran; Unicorn knows no non-secure memory, so its next fetch fails. The run ends."""
        _, _, index = self._machine.core.last_block()
        blocks = self._machine.filler.blocks
        last = blocks[index].instructions[-1] if index < len(blocks) and blocks[index].instructions else None
        if last is None or last.mnemonic not in ("bxns", "blxns"):
            return False
        what = f"{last.mnemonic.upper()} into a non-secure world, which is not modelled"
        self._machine.end("unsupported", what, last.addr)
        return True

    def fpu_disabled(self, block_addr: int) -> None:
        """The block at `block_addr` is next and uses the FPU, which CPACR keeps off."""
        machine = self._machine
        block = machine.filler.upcoming(block_addr)
        position = next((i for i, each in enumerate(block) if is_fp(each)), 0)
        if position:
            machine.core.fp_trap, machine.core.stop_reason = 0, StopReason.NONE
            outcome = machine.cpu.run_to(block_addr, block[position].addr)
            machine.core.raise_pending()
            if outcome.pc_addr != block[position].addr:
                machine.handle(outcome)
                return
            machine.core.truncate(block[position].addr)
        pc_addr = block[position].addr if block else block_addr
        self._raise(
            FaultKind.USAGE, Cfsr.NOCP, None, pc_addr, "floating-point instruction while the FPU is off"
        )

    def breakpoint(self, pc_addr: int) -> None:
        """BKPT without a debugger: the end of many test programs, and of many fault handlers."""
        what = "BKPT instruction (a HardFault on a board without a debugger)"
        self._machine.core.truncate(pc_addr)
        if self._first is not None:
            self.end_with_first(f"its handler stopped at a {what}")
        else:
            self._machine.end_with(Stop("breakpoint", what, pc_addr))

    def lockup(self, result: Lockup) -> Stop:
        """The core stopped because a fault handler faulted."""
        fault = self._first or self._describe(FaultKind.HARD, result.detail, result.pc_addr)
        return Stop(
            "fault", f"lockup: {result.detail}; first fault: {fault.what}", result.pc_addr, fault=fault
        )

    def end_with_first(self, how: str) -> None:
        """The firmware will not recover from its first fault."""
        assert self._first is not None
        stop = Stop(
            "fault", f"{self._first.kind}: {self._first.what}; {how}", self._first.pc_addr, fault=self._first
        )
        self._machine.end_with(stop)

    def _raise(self, kind: FaultKind, bits: int, addr: int | None, pc_addr: int, what: str) -> None:
        machine = self._machine
        self._count += 1
        if addr is not None:
            what = f"{what} (0x{addr:08X})"
        before = self._describe_before(pc_addr)
        result = machine.exceptions.raise_fault(kind, bits, addr, pc_addr)
        if self._first is None:
            number = result.number if isinstance(result, EntryResult) else FaultKind.HARD.value
            self._first = self._built(before, FaultKind(number) if number in _FAULT_NUMBERS else kind, what)
        if self._count > _HANDLED_MAX:
            self.end_with_first(f"{self._count} faults were taken")
            return
        self._is_raising = True
        machine.take(result)
        self._is_raising = False

    def _describe_before(self, pc_addr: int) -> faults.CoreSnapshot:
        return faults.CoreSnapshot.take(self._machine.cpu, pc_addr)

    def _describe(self, kind: FaultKind, what: str, pc_addr: int) -> Fault:
        return self._built(self._describe_before(pc_addr), kind, what)

    def _built(self, snapshot: faults.CoreSnapshot, kind: FaultKind, what: str) -> Fault:
        fault = snapshot.build(self._machine, kind, what)
        return replace(fault, hint=with_misfit(fault.hint, self._machine.image.misfit))

    def _instruction_at(self, pc_addr: int) -> Instruction | None:
        _, _, index = self._machine.core.last_block()
        blocks = self._machine.filler.blocks
        if index >= len(blocks):
            return None
        return next((each for each in blocks[index].instructions if each.addr == pc_addr), None)

    def _data_addr(self, instruction: Instruction | None) -> int | None:
        if instruction is None or instruction.access is None:
            return None
        return access_addr(self._machine.cpu, instruction, instruction.access)


def is_fp(instruction: Instruction) -> bool:
    """Whether `instruction` needs the FPU."""
    return bool(
        instruction.fp_class is not FpClass.NONE or instruction.fp_reads_mask or instruction.fp_writes_mask
    )


def _is_coprocessor(instruction: Instruction) -> bool:
    return is_fp(instruction) or instruction.mnemonic.startswith("v")
