"""The read-only feature registers of each core: what firmware can ask about the instruction set and FPU."""

from __future__ import annotations

FIRST_ID_REGISTER = 0xED40
_MVFR0 = 0xEF40

# ID_PFR0, PFR1, DFR0, AFR0, MMFR0-3, ISAR0-4: Arm technical reference manuals, system control registers
# (Cortex-M3 DDI0337 table 4-1, M4 DDI0439 table 4-1, M7 DDI0489 table 3-1, M33 100230 table B1-1).
_ID_REGISTERS = {
    "cortex-m3": (
        *(0x30, 0x200, 0x0010_0000, 0, 0x0010_0030, 0, 0x0100_0000, 0),
        *(0x0110_0110, 0x0211_1000, 0x2111_2231, 0x0111_1110, 0x0131_0102),
    ),
    "cortex-m4": (
        *(0x30, 0x200, 0x0010_0000, 0, 0x0010_0030, 0, 0x0100_0000, 0),
        *(0x0114_1110, 0x0211_2000, 0x2123_2231, 0x0111_1131, 0x0131_0102),
    ),
    "cortex-m7": (
        *(0x30, 0x200, 0x0010_0000, 0, 0x0010_0030, 0, 0x0100_0000, 0),
        *(0x0110_1110, 0x0211_2000, 0x2023_2231, 0x0111_1131, 0x0131_0132),
    ),
    "cortex-m33": (
        *(0x30, 0x200, 0x0020_0000, 0, 0x0010_1F40, 0, 0x0100_0000, 0),
        *(0x0110_1110, 0x0221_2000, 0x2023_2232, 0x0111_1131, 0x0131_0132),
    ),
}

# MVFR0-2: the same manuals, floating-point register summaries. Cortex-M7 with double precision.
_MEDIA_REGISTERS = {
    "cortex-m4": (0x1011_0021, 0x1100_0011, 0),
    "cortex-m7": (0x1011_0221, 0x1200_0011, 0x40),
    "cortex-m33": (0x1011_0021, 0x1100_0011, 0x40),
}


_ID_PFR1 = FIRST_ID_REGISTER + 4
_SECURITY_EXTENSION = 1 << 4


def feature_registers(core: str, *, has_fpu: bool, is_secure: bool = False) -> dict[int, int]:
    """Values by offset from 0xE0000000; zero for what the core does not have."""
    values = dict.fromkeys(range(FIRST_ID_REGISTER, FIRST_ID_REGISTER + 4 * 13, 4), 0)
    values |= {
        FIRST_ID_REGISTER + 4 * index: value for index, value in enumerate(_ID_REGISTERS.get(core, ()))
    }
    if is_secure:
        values[_ID_PFR1] |= _SECURITY_EXTENSION
    media = _MEDIA_REGISTERS.get(core, (0, 0, 0)) if has_fpu else (0, 0, 0)
    return values | {_MVFR0 + 4 * index: value for index, value in enumerate(media)}
