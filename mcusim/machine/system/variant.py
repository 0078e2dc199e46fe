"""Which optional parts of the architecture a core has; no behaviour here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.board.schema import CacheSpec, CacheSwitch

if TYPE_CHECKING:
    from mcusim.board.schema import Chip

FIRST_IRQ = 16
"""Exception number of external interrupt 0 (ARMv7-M ARM, B1.5.2)."""

_CPUID = {
    # Arm technical reference manuals, CPUID reset value of the revision found in most parts.
    "cortex-m0": 0x410CC200,  # r0p0, DDI0432
    "cortex-m0plus": 0x410CC601,  # r0p1, DDI0484
    "cortex-m3": 0x412FC231,  # r2p1, DDI0337
    "cortex-m4": 0x410FC241,  # r0p1, DDI0439
    "cortex-m7": 0x411FC271,  # r1p1, DDI0489
    "cortex-m33": 0x410FD213,  # r0p3, 100230
}
_V6M_CORES = frozenset({"cortex-m0", "cortex-m0plus"})

# The smaller of the two usual sizes, 16 KiB each, for a chip file without caches (associativity: DDI0489, 5.7).
_SMALL_INSTRUCTION_CACHE = CacheSpec(lines_count=512, line_bytes=32, ways_count=2)
_SMALL_DATA_CACHE = CacheSpec(lines_count=512, line_bytes=32, ways_count=4)


@dataclass(frozen=True, slots=True)
class CoreVariant:
    """A core with its synthesis options."""

    core: str
    is_v6m: bool
    has_fpu: bool
    priority_bits: int
    interrupts_count: int
    has_vtor: bool = True
    """False on Cortex-M0, whose vector table is fixed at address 0."""
    is_secure: bool = False
    """ARMv8-M only: the core starts, and here stays, in secure state. False: no Security Extension, or switched off."""
    instruction_cache: CacheSpec = _SMALL_INSTRUCTION_CACHE
    """Of a Cortex-M7, as its cache registers show it."""
    data_cache: CacheSpec = _SMALL_DATA_CACHE
    coprocessors: tuple[int, ...] = ()
    """Besides the FPU."""
    has_empty_boot_rom: bool = False
    """The chip has routines in ROM that firmware calls, and mcusim has not."""

    @property
    def cpuid(self) -> int:
        """The value of SCB->CPUID; 0 for an unknown core."""
        return _CPUID.get(self.core, 0)

    @property
    def is_v8m(self) -> bool:
        """ARMv8-M mainline, seen as one that never leaves the security state it starts in."""
        return self.core == "cortex-m33"

    @property
    def exceptions_count(self) -> int:
        """One more than the highest exception number."""
        return FIRST_IRQ + self.interrupts_count

    @property
    def priority_mask(self) -> int:
        """The implemented bits of an 8-bit priority field (they are the upper ones; ARMv7-M ARM, B1.5.4)."""
        return (0xFF << (8 - self.priority_bits)) & 0xFF


def variant_of(chip: Chip) -> CoreVariant:
    """The variant that `chip` contains. ARMv6-M always has two priority bits (ARMv6-M ARM, B1.5.4)."""
    is_v6m = chip.core in _V6M_CORES
    interface = chip.flash_interface
    has_caches = interface is not None and interface.switch is CacheSwitch.CORE
    return CoreVariant(
        core=chip.core,
        is_v6m=is_v6m,
        has_fpu=chip.has_fpu,
        priority_bits=2 if is_v6m else chip.priority_bits,
        interrupts_count=chip.interrupts_count,
        has_vtor=chip.core != "cortex-m0",
        is_secure=chip.starts_secure,
        instruction_cache=(interface.instruction_cache if has_caches and interface else None)
        or _SMALL_INSTRUCTION_CACHE,
        data_cache=(interface.data_cache if has_caches and interface else None) or _SMALL_DATA_CACHE,
        coprocessors=chip.coprocessors,
        has_empty_boot_rom=chip.has_boot_rom,
    )
