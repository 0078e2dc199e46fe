"""The bits of CFSR, HFSR and CCR by name (ARMv7-M ARM, B3.2.8, B3.2.15, B3.2.16); no behaviour."""

from __future__ import annotations

from enum import IntFlag


class Cfsr(IntFlag):
    """SCB->CFSR: MMFSR in byte 0, BFSR in byte 1, UFSR in the upper half."""

    IACCVIOL = 1 << 0
    DACCVIOL = 1 << 1
    MUNSTKERR = 1 << 3
    MSTKERR = 1 << 4
    MLSPERR = 1 << 5
    MMARVALID = 1 << 7
    IBUSERR = 1 << 8
    PRECISERR = 1 << 9
    IMPRECISERR = 1 << 10
    UNSTKERR = 1 << 11
    STKERR = 1 << 12
    LSPERR = 1 << 13
    BFARVALID = 1 << 15
    UNDEFINSTR = 1 << 16
    INVSTATE = 1 << 17
    INVPC = 1 << 18
    NOCP = 1 << 19
    STKOF = 1 << 20  # ARMv8-M only (ARMv8-M ARM, D1.2.282)
    UNALIGNED = 1 << 24
    DIVBYZERO = 1 << 25


class Hfsr(IntFlag):
    """SCB->HFSR."""

    VECTTBL = 1 << 1
    FORCED = 1 << 30
    DEBUGEVT = 1 << 31


class Dfsr(IntFlag):
    """SCB->DFSR (ARMv7-M ARM, C1.6.1)."""

    HALTED = 1 << 0
    BKPT = 1 << 1
    DWTTRAP = 1 << 2
    VCATCH = 1 << 3
    EXTERNAL = 1 << 4


class Ccr(IntFlag):
    """SCB->CCR."""

    NONBASETHRDENA = 1 << 0
    USERSETMPEND = 1 << 1
    UNALIGN_TRP = 1 << 3
    DIV_0_TRP = 1 << 4
    BFHFNMIGN = 1 << 8
    STKALIGN = 1 << 9
    STKOFHFNMIGN = 1 << 10  # ARMv8-M only (ARMv8-M ARM, D1.2.9)
    DC = 1 << 16
    IC = 1 << 17
