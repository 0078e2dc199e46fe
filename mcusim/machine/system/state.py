"""The registers that SCB shows and the exception model obeys; plain data shared by both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.machine.system.fault_bits import Ccr

if TYPE_CHECKING:
    from mcusim.machine.system.variant import CoreVariant

SCR_SLEEPONEXIT = 1 << 1
SCR_SLEEPDEEP = 1 << 2
SCR_SEVONPEND = 1 << 4

FPCCR_LSPACT = 1 << 0
FPCCR_USER = 1 << 1
FPCCR_THREAD = 1 << 3
FPCCR_HFRDY = 1 << 4
FPCCR_MMRDY = 1 << 5
FPCCR_BFRDY = 1 << 6
FPCCR_MONRDY = 1 << 8
FPCCR_LSPEN = 1 << 30
FPCCR_ASPEN = 1 << 31

CPACR_CP10_SHIFT = 20
DEMCR_MON_EN = 1 << 16
DEMCR_TRCENA = 1 << 24

# Reset values of CCR: ARMv6-M ARM B3.2.8 (both bits read as one); Cortex-M7 TRM DDI0489 table 3-1 (branch
# prediction and STKALIGN); Cortex-M3/M4 TRM table 4-1. ARMv8-M has STKALIGN and NONBASETHRDENA fixed to one.
_CCR_RESET = {"cortex-m7": 0x00040200, "cortex-m33": 0x00000201}
_CCR_RESET_V6M = int(Ccr.STKALIGN | Ccr.UNALIGN_TRP)


@dataclass(slots=True)
class SystemState:
    """Values of the system control registers."""

    vtor_addr: int = 0
    prigroup: int = 0
    scr: int = 0
    ccr: int = int(Ccr.STKALIGN)
    cfsr: int = 0
    hfsr: int = 0
    dfsr: int = 0
    mmfar_addr: int = 0
    bfar_addr: int = 0
    cpacr: int = 0
    fpccr: int = FPCCR_ASPEN | FPCCR_LSPEN
    fpcar_addr: int = 0
    fpdscr: int = 0
    demcr: int = 0

    @property
    def stack_is_aligned(self) -> bool:
        """Exception frames start at a multiple of 8."""
        return bool(self.ccr & Ccr.STKALIGN)

    def start_lazy_save(self, fp_addr: int, owner_flags: int) -> None:
        """A frame with room for FP state was pushed; the registers still hold that state."""
        self.fpccr = self.fpccr & (FPCCR_ASPEN | FPCCR_LSPEN) | owner_flags | FPCCR_LSPACT
        self.fpcar_addr = fp_addr


def reset_state(variant: CoreVariant, vtor_addr: int = 0) -> SystemState:
    """The state after reset. Some chips leave VTOR at their boot memory, hence `vtor_addr`."""
    ccr = _CCR_RESET_V6M if variant.is_v6m else _CCR_RESET.get(variant.core, int(Ccr.STKALIGN))
    return SystemState(
        vtor_addr=vtor_addr, ccr=ccr, fpccr=FPCCR_ASPEN | FPCCR_LSPEN if variant.has_fpu else 0
    )
