"""Who owns the floating-point registers: CPACR, CONTROL.FPCA and the lazy-save flags of FPCCR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.registers import Reg
from mcusim.machine.system import state as bits
from mcusim.machine.system.priority import (
    BUS_FAULT,
    DEBUG_MONITOR,
    HARD_FAULT_PRIORITY,
    MEM_MANAGE,
)
from mcusim.machine.system.stacking import CONTROL_FPCA, CONTROL_NPRIV

if TYPE_CHECKING:
    from mcusim.machine.registers import Core
    from mcusim.machine.system.priority import ExceptionTable
    from mcusim.machine.system.state import SystemState

_READY_FLAGS = (
    (MEM_MANAGE, bits.FPCCR_MMRDY),
    (BUS_FAULT, bits.FPCCR_BFRDY),
    (DEBUG_MONITOR, bits.FPCCR_MONRDY),
)


def _is_user(core: Core) -> bool:
    return core.read(Reg.IPSR) == 0 and bool(core.read(Reg.CONTROL) & CONTROL_NPRIV)


def lazy_owner_flags(core: Core, table: ExceptionTable, execution_priority: int) -> int:
    """FPCCR's memory of what the interrupted code could have taken (PushStack; ARMv7-M ARM, B1.5.7)."""
    flags = bits.FPCCR_THREAD if core.read(Reg.IPSR) == 0 else 0
    if _is_user(core):
        flags |= bits.FPCCR_USER
    if execution_priority > HARD_FAULT_PRIORITY:
        flags |= bits.FPCCR_HFRDY
    for number, flag in _READY_FLAGS:
        if table.is_enabled(number) and table.group(table.priority(number)) < execution_priority:
            flags |= flag
    return flags


def is_access_allowed(core: Core, state: SystemState) -> bool:
    """CPACR.CP10: 3 allows all code, 1 privileged code only (ARMv7-M ARM, B3.2.20)."""
    access = state.cpacr >> bits.CPACR_CP10_SHIFT & 3
    return access == 3 or (access == 1 and not _is_user(core))


def start_context(core: Core, state: SystemState) -> None:
    """What the first FP instruction does (ExecuteFPCheck; ARMv7-M ARM, B1.5.7): FPSCR's defaults and FPCA."""
    control = core.read(Reg.CONTROL)
    if state.fpccr & bits.FPCCR_ASPEN and not control & CONTROL_FPCA:
        core.write(Reg.FPSCR, state.fpdscr)
        core.write(Reg.CONTROL, control | CONTROL_FPCA)
