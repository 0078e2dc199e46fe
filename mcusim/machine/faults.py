"""A fault as a report: status bits in words, registers, backtrace, and a hint at the usual cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from mcusim.machine.backtrace import CodeMap, CoreState, backtrace
from mcusim.machine.fault_hints import NEAR_STACK_BYTES, FaultFacts, hint_for
from mcusim.machine.registers import Reg
from mcusim.machine.system.exc_return import exc_returns_of
from mcusim.machine.system.fault_bits import Cfsr, Hfsr
from mcusim.machine.system.results import FaultKind
from mcusim.machine.system.stacking import CONTROL_NPRIV, CONTROL_SPSEL
from mcusim.recording.recording import Fault, Frame

if TYPE_CHECKING:
    from mcusim.firmware.image import Symbol
    from mcusim.machine.registers import Core
    from mcusim.machine.system.state import SystemState
    from mcusim.machine.system.variant import CoreVariant

_KIND_NAMES = {
    FaultKind.HARD: "HardFault",
    FaultKind.MEM_MANAGE: "MemManage",
    FaultKind.BUS: "BusFault",
    FaultKind.USAGE: "UsageFault",
}

# ARMv7-M ARM, B3.2.15 (CFSR) and B3.2.16 (HFSR).
_CFSR_MEANINGS = {
    Cfsr.IACCVIOL: "instruction fetch from a forbidden region",
    Cfsr.DACCVIOL: "data access to a forbidden region",
    Cfsr.MUNSTKERR: "exception return could not read its frame (memory protection)",
    Cfsr.MSTKERR: "exception entry could not write its frame (memory protection)",
    Cfsr.MLSPERR: "saving floating-point state failed (memory protection)",
    Cfsr.MMARVALID: "MMFAR holds the address",
    Cfsr.IBUSERR: "instruction fetch failed",
    Cfsr.PRECISERR: "data access failed at this instruction",
    Cfsr.IMPRECISERR: "an earlier data access failed",
    Cfsr.UNSTKERR: "exception return could not read its frame",
    Cfsr.STKERR: "exception entry could not write its frame",
    Cfsr.LSPERR: "saving floating-point state failed",
    Cfsr.BFARVALID: "BFAR holds the address",
    Cfsr.UNDEFINSTR: "undefined instruction",
    Cfsr.INVSTATE: "jump to an even address or an empty vector (no Arm state on Cortex-M)",
    Cfsr.INVPC: "wrong EXC_RETURN value or broken exception frame",
    Cfsr.NOCP: "floating-point or coprocessor instruction, but the unit is absent or off",
    Cfsr.STKOF: "stack limit exceeded",
    Cfsr.UNALIGNED: "unaligned access",
    Cfsr.DIVBYZERO: "division by zero",
}
_HFSR_MEANINGS = {
    Hfsr.VECTTBL: "vector table could not be read",
    Hfsr.FORCED: "escalated from another fault whose handler is off or too low in priority",
    Hfsr.DEBUGEVT: "BKPT without a debugger",
}
_GENERAL_REGISTERS = tuple(Reg(number) for number in range(13))
_MAX_FRAMES = 16
_PROBES = range(0, NEAR_STACK_BYTES + 1, 0x100)


class Symbols(Protocol):
    """Names of code addresses; firmware.symbols.SymbolTable is one."""

    def function_at(self, addr: int) -> Symbol | None: ...

    def named(self, addr: int) -> str: ...


class _SymbolOwner(Protocol):
    @property
    def symbols(self) -> Symbols: ...


class _ExceptionOwner(Protocol):
    @property
    def state(self) -> SystemState: ...

    @property
    def variant(self) -> CoreVariant: ...


class Scene(Protocol):
    """What surrounds a fault; machine.Machine is one."""

    @property
    def exceptions(self) -> _ExceptionOwner: ...

    @property
    def functions(self) -> _SymbolOwner: ...

    def word_at(self, addr: int) -> int | None: ...

    def reads_ram(self) -> tuple[int, int]: ...


def decoded_bits(cfsr: int, hfsr: int) -> tuple[str, ...]:
    """Every set bit by name, with its meaning."""
    names = [f"CFSR.{bit.name}: {text}" for bit, text in _CFSR_MEANINGS.items() if cfsr & bit]
    names += [f"HFSR.{bit.name}: {text}" for bit, text in _HFSR_MEANINGS.items() if hfsr & bit]
    return tuple(names)


@dataclass(frozen=True, slots=True)
class CoreSnapshot:
    """The registers at the faulting instruction, before exception entry changes them."""

    registers: tuple[tuple[str, int], ...]
    state: CoreState

    @classmethod
    def take(cls, core: Core, pc_addr: int) -> CoreSnapshot:
        """Read all registers; PC is given, because emulators are ahead of it."""
        control = core.read(Reg.CONTROL)
        sp, msp, psp = core.read(Reg.SP), core.read(Reg.MSP), core.read(Reg.PSP)
        in_thread = core.read(Reg.IPSR) == 0
        if in_thread and control & CONTROL_NPRIV:
            # MSP and PSP read as zero in unprivileged code; the one in use is SP.
            psp, msp = (sp, msp) if control & CONTROL_SPSEL else (psp, sp)
        named = [(register.name.lower(), core.read(register)) for register in _GENERAL_REGISTERS]
        lr = core.read(Reg.LR)
        named += [("sp", sp), ("lr", lr), ("pc", pc_addr), ("xpsr", core.read(Reg.XPSR))]
        named += [("msp", msp), ("psp", psp)]
        return cls(tuple(named), CoreState(pc_addr, lr, sp, psp))

    def build(self, scene: Scene, kind: FaultKind, what: str) -> Fault:
        """The report; call it after the fault was taken, so that the status bits are set."""
        state, sp = scene.exceptions.state, self.state.sp & ~3
        facts = FaultFacts(
            pc_addr=self.state.pc_addr,
            sp=self.state.sp,
            cfsr=Cfsr(state.cfsr),
            hfsr=Hfsr(state.hfsr),
            bfar_addr=state.bfar_addr,
            ram_end_addr=scene.reads_ram()[1],
            is_bfar_mapped=_memory_word(scene, state.bfar_addr & ~3) is not None,
            is_sp_mapped=any(_memory_word(scene, sp + offset) is not None for offset in (0, -4)),
            is_memory_above_sp=any(_memory_word(scene, sp + offset) is not None for offset in _PROBES),
            variant=scene.exceptions.variant,
        )
        return Fault(
            kind=_KIND_NAMES[kind],
            what=what,
            pc_addr=self.state.pc_addr,
            registers=self.registers,
            cfsr=state.cfsr,
            hfsr=state.hfsr,
            bfar=state.bfar_addr,
            mmfar=state.mmfar_addr,
            decoded=decoded_bits(state.cfsr, state.hfsr),
            backtrace=self._frames(scene),
            hint=hint_for(facts),
        )

    def _frames(self, scene: Scene) -> tuple[Frame, ...]:
        symbols = scene.functions.symbols
        code = CodeMap(
            lambda addr: _memory_word(scene, addr),
            lambda addr: _function_addr(symbols, addr),
            exc_returns_of(scene.exceptions.variant),
        )
        return tuple(Frame(addr, symbols.named(addr)) for addr in backtrace(self.state, code, _MAX_FRAMES))


def _memory_word(scene: Scene, addr: int) -> int | None:
    """A word of plain memory: reading a device register could change the device."""
    is_device = 0x40000000 <= addr < 0x60000000 or addr >= 0xE0000000
    return None if addr < 0 or is_device else scene.word_at(addr)


def _function_addr(symbols: Symbols, addr: int) -> int | None:
    function = symbols.function_at(addr)
    return None if function is None else function.addr
