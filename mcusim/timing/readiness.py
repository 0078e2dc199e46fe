"""When the result of one Cortex-M7 instruction can be read by another: cycles by producer and by reading stage.

Distances are between issue cycles; 0 means that both may issue together, the producer first. EX1 holds the address
units, the shifter and an early ALU; EX2 the late ALU, where most operands are read; EX3 the accumulator.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from mcusim.timing.cost import Reason


class Stage(IntEnum):
    """Where a core register is read, as an index into a Profile."""

    LATE = 0
    LATE_BESIDE_SHIFT = 1
    """The late operand of an instruction whose other operand passes the early shifter."""
    EARLY = 2
    """By ADD, SUB and MOV, to be done early."""
    SHIFTER = 3
    ADDRESS = 4
    INDEX = 5
    FACTOR = 6
    ADDEND = 7
    STORED = 8
    TO_FP = 9


class Profile(NamedTuple):
    """Cycles from a producer to each stage, and what a wait for it is called."""

    cycles: tuple[int, ...]
    reason: Reason = Reason.DEPENDENCY


# jnk0le/random cortex_m7.md (STM32H743) unless noted; stages in the order of Stage.
LATE_RESULT = Profile((1, 1, 2, 2, 2, 2, 1, 0, 0, 1))
EARLY_RESULT = Profile((0, 0, 1, 1, 1, 1, 1, 0, 0, 1))
# "can't be used by AGU, another rev*, rbit instruction or as inline shifted operand next cycle"
REVERSED_RESULT = Profile((0, 0, 1, 2, 2, 2, 1, 0, 0, 1))
# "result can't be used by add, sub and non shifting mov in early ALU next cycle"
WRITTEN_BACK = Profile((0, 0, 2, 1, 1, 1, 1, 0, 0, 1))
# "can be consumed by late ALU in next cycle, except instructions that consume one of the operands in early ALU"
LOADED_WORD = Profile((1, 2, 2, 2, 2, 3, 2, 1, 0, 1), Reason.LOAD_USE)
LOADED_NARROW = Profile((2, 2, 3, 3, 3, 3, 2, 1, 0, 2), Reason.LOAD_USE)
# "1 additional cycle of result latency"; to an address LLVM ARMLatencyMutations.cpp: first bypass is EX4 to EX1
MULTIPLIED = Profile((2, 2, 3, 3, 4, 4, 2, 1, 0, 1))
# LLVM ARMScheduleM7.td: SSAT, USAT, QADD, UQSUB8, USAD8, USADA8 have latency 2
SATURATED = Profile((2, 2, 3, 3, 3, 3, 2, 1, 0, 1))


class FpStage(IntEnum):
    """Where a floating-point register is read, as an index into an FpProfile."""

    OPERAND = 0
    """By an addition, a comparison or a conversion."""
    FACTOR = 1
    FUSED_ADDEND = 2
    CHAINED_ADDEND = 3
    """By VMLA and VMLS, which round between multiplying and adding."""
    STORED = 4
    TO_CORE = 5
    MOVED = 6


# Cycles to each FpStage; jnk0le/random cortex_m7.md, "fpu (single precision)".
FpProfile = tuple[int, ...]
FP_RESULT: FpProfile = (3, 3, 3, 2, 1, 3, 3)
FP_FUSED: FpProfile = (5, 5, 3, 2, 3, 5, 5)
FP_CHAINED: FpProfile = (6, 6, 3, 3, 4, 6, 6)
FP_LOADED: FpProfile = (1, 1, 3, 2, 1, 2, 1)
FP_MOVED: FpProfile = (3, 3, 3, 3, 1, 3, 3)


class Readiness:
    """Cycle at which each register can be read by each stage."""

    def __init__(self) -> None:
        self._core: list[tuple[int, Profile]] = [(-1000, LATE_RESULT)] * 16
        self._fp: list[tuple[int, FpProfile]] = [(-1000, FP_RESULT)] * 32

    def core_ready(self, mask: int, stage: Stage) -> tuple[int, Reason]:
        """When the latest register of `mask` can be read, and what a wait for it is called."""
        latest, reason = -1000, Reason.DEPENDENCY
        while mask:
            low = mask & -mask
            mask ^= low
            written_at, profile = self._core[low.bit_length() - 1]
            ready = written_at + profile.cycles[stage]
            if ready > latest:
                latest, reason = ready, profile.reason
        return latest, reason

    def fp_ready(self, mask: int, stage: FpStage) -> int:
        """When the latest FP register of `mask` can be read."""
        latest = -1000
        while mask:
            low = mask & -mask
            mask ^= low
            written_at, profile = self._fp[low.bit_length() - 1]
            latest = max(latest, written_at + profile[stage])
        return latest

    def write_core(self, mask: int, cycle: int, profile: Profile) -> None:
        """An instruction issued at `cycle` writes the registers of `mask`."""
        while mask:
            low = mask & -mask
            mask ^= low
            self._core[low.bit_length() - 1] = (cycle, profile)

    def write_fp(self, mask: int, cycle: int, profile: FpProfile) -> None:
        """An instruction issued at `cycle` writes the FP registers of `mask`."""
        while mask:
            low = mask & -mask
            mask ^= low
            self._fp[low.bit_length() - 1] = (cycle, profile)
