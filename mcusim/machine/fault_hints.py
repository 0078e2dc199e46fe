"""The usual causes of faults, told from the status bits and addresses; a guess, so it says what to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.machine.system.fault_bits import Cfsr, Hfsr

if TYPE_CHECKING:
    from mcusim.machine.system.variant import CoreVariant

_NULL_PAGE_BYTES = 0x100
"""A null pointer plus the offset of a structure member."""
NEAR_STACK_BYTES = 0x8000
"""How far below its memory an overflowing stack is looked for."""
_NEAR_RAM_BYTES = 0x200000
_SRAM_END_ADDR = 0x4000_0000
"""End of the SRAM region of the address map (ARMv7-M ARM, B3.1)."""
_BOOT_ROM_CALL_END_ADDR = 0x1_0000
"""The ROM's tables hold 16-bit pointers (RP2040 datasheet, section 2.8.3); read from an empty ROM they are 0xFFFF."""


@dataclass(frozen=True, slots=True)
class FaultFacts:
    """What a hint may look at."""

    pc_addr: int
    sp: int
    cfsr: Cfsr
    hfsr: Hfsr
    bfar_addr: int
    ram_end_addr: int
    is_bfar_mapped: bool
    is_sp_mapped: bool
    is_memory_above_sp: bool
    """Memory begins at most NEAR_STACK_BYTES above SP."""
    variant: CoreVariant

    @property
    def has_data_addr(self) -> bool:
        """BFAR is valid."""
        return bool(self.cfsr & Cfsr.BFARVALID)


def hint_for(facts: FaultFacts) -> str:
    """The first cause that fits, or an empty string."""
    for find in (_stack_hint, _fpu_hint, _boot_rom_hint, _jump_hint, _data_hint, _other_hint):
        hint = find(facts)
        if hint:
            return hint
    return ""


def with_misfit(hint: str, misfit: str) -> str:
    """`hint` behind the reason why the firmware looks built for another board, when there is one."""
    if not misfit:
        return hint
    return f"{misfit}. If the board is right: {hint}" if hint else misfit


def _stack_hint(facts: FaultFacts) -> str:
    if not facts.is_sp_mapped and facts.ram_end_addr < facts.sp < _SRAM_END_ADDR:
        return (
            f"SP (0x{facts.sp:08X}) is beyond this chip's RAM (ends at 0x{facts.ram_end_addr:08X}): "
            "was the firmware linked for a larger chip?"
        )
    if not facts.is_sp_mapped and not facts.is_memory_above_sp:
        return f"SP (0x{facts.sp:08X}) does not point into RAM: it was overwritten, or never set"
    is_just_below = (
        facts.has_data_addr
        and not facts.is_bfar_mapped
        and facts.sp - NEAR_STACK_BYTES < facts.bfar_addr <= facts.sp
    )
    stack_bits = Cfsr.STKERR | Cfsr.UNSTKERR | Cfsr.MSTKERR | Cfsr.MUNSTKERR | Cfsr.LSPERR | Cfsr.STKOF
    if is_just_below or not facts.is_sp_mapped or facts.cfsr & stack_bits:
        return (
            f"stack overflow (SP is 0x{facts.sp:08X}): enlarge the stack in the linker script, "
            "or shrink the largest local arrays"
        )
    return ""


def _fpu_hint(facts: FaultFacts) -> str:
    if not facts.cfsr & Cfsr.NOCP:
        return ""
    if facts.variant.has_fpu:
        return (
            "the FPU is off: enable CP10/CP11 in SCB->CPACR before the first floating-point instruction "
            "(SCB->CPACR |= 0xF << 20; __DSB(); __ISB();), usually in SystemInit"
        )
    return (
        f"{facts.variant.core} has no FPU on this chip: compile with -mfloat-abi=soft, or pick another board"
    )


def _boot_rom_hint(facts: FaultFacts) -> str:
    is_call = _NULL_PAGE_BYTES <= facts.pc_addr < _BOOT_ROM_CALL_END_ADDR
    if not (facts.variant.has_empty_boot_rom and is_call):
        return ""
    return (
        "the firmware calls the chip's boot ROM, whose routines mcusim does not have. With the Pico SDK, take "
        "memcpy, bit operations and floating point from the compiler: in CMakeLists.txt, for your target, "
        "pico_set_mem_ops_implementation(TARGET compiler), pico_set_bit_ops_implementation(TARGET compiler), "
        "pico_set_float_implementation(TARGET compiler), pico_set_double_implementation(TARGET compiler)"
    )


def _jump_hint(facts: FaultFacts) -> str:
    if facts.hfsr & Hfsr.VECTTBL:
        return "SCB->VTOR points to where there is no memory"
    if not facts.cfsr & (Cfsr.INVSTATE | Cfsr.IBUSERR | Cfsr.IACCVIOL):
        return ""
    if facts.pc_addr < _NULL_PAGE_BYTES:
        return (
            "call through a null function pointer, or an exception whose vector is 0; see LR for the caller"
        )
    if facts.cfsr & Cfsr.INVSTATE:
        return (
            "a function pointer without the Thumb bit (bit 0): assembly labels need .thumb_func, "
            "computed addresses need +1"
        )
    return "a corrupted function pointer or return address: often a local array written past its end"


def _data_hint(facts: FaultFacts) -> str:
    if not facts.has_data_addr:
        return ""
    if facts.bfar_addr < _NULL_PAGE_BYTES:
        return "access through a null pointer: an allocation or initialisation that failed before?"
    if facts.ram_end_addr <= facts.bfar_addr < facts.ram_end_addr + _NEAR_RAM_BYTES:
        return (
            f"the address is beyond this chip's RAM (ends at 0x{facts.ram_end_addr:08X}): "
            "was the firmware linked for a larger chip?"
        )
    if facts.is_bfar_mapped:
        return "a store to read-only memory: a const object is written, or flash was not unlocked before"
    return ""


def _other_hint(facts: FaultFacts) -> str:
    if facts.cfsr & Cfsr.UNALIGNED:
        if facts.variant.is_v6m:
            return (
                f"{facts.variant.core} has no unaligned access: copy with memcpy instead of casting "
                "byte pointers, and compile with -mno-unaligned-access"
            )
        return "LDM, LDRD and floating-point loads need a multiple of 4: check casts of pointers"
    if facts.cfsr & Cfsr.UNDEFINSTR:
        return (
            f"the code was compiled for another core than {facts.variant.core} (-mcpu), or PC ran into data"
        )
    if facts.cfsr & Cfsr.DIVBYZERO:
        return "an integer division by zero with CCR.DIV_0_TRP set"
    if facts.cfsr & Cfsr.INVPC:
        return "an interrupt handler returned with a changed LR or on a damaged stack"
    return ""
