"""Random number generators of Kinetis K (RNGA), i.MX RT (TRNG) and LPC55 (RNG): always ready, the same in every run.

Offsets, bits and reset values: NXP's SVD files; what drivers wait for: fsl_rnga.c, fsl_trng.c, fsl_rng.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.pseudo_random import PseudoRandom
from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_GO, _SLP, _LEVEL_1 = 1 << 0, 1 << 4, 1 << 8
_RST_DEF, _ENT_VAL, _TSTOP_OK, _PRGM = 1 << 6, 1 << 10, 1 << 13, 1 << 16
_ENTROPY_WORDS = 16
_ENT_VAL_INTERRUPT = 1 << 1


class _Random(RegisterDevice):
    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._random = PseudoRandom()

    def reset(self) -> None:
        """At the seed."""
        super().reset()
        self._random.restart()


class KinetisRnga(_Random):
    """A number is there while it is on and awake."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x0, writable_mask=0b10111),
        "SR": read_only(0x4, 0x0001_0000),
        "ER": command(0x8),
        "OR": read_only(0xC),
    }

    @property
    def _is_on(self) -> bool:
        return self.values["CR"] & (_GO | _SLP) == _GO

    def load(self, name: str) -> int:
        """The level of the output register; the next number."""
        if name == "SR":
            return self.values["SR"] | self.values["CR"] & _SLP | (_LEVEL_1 if self._is_on else 0)
        return self._random.word() if name == "OR" and self._is_on else super().load(name)


class ImxrtTrng(_Random):
    """512 bits of entropy are there in run mode; reading the last word makes new ones."""

    def register_table(self) -> Mapping[str, Register]:
        """Statistics registers remember what is written: no test fails."""
        limits = {
            f"R{offset:02X}": Register(offset, value)
            for offset, value in (
                (0x04, 0x10022), (0x08, 0x9A3), (0x0C, 0x6920), (0x10, 0x0C80_09C4), (0x14, 0x3F), (0x18, 0x640),
                (0x1C, 0x6400), (0x20, 0x010C_0568), (0x24, 0xB2_0195), (0x28, 0x7A_00DC), (0x2C, 0x58_007D),
                (0x30, 0x40_004B), (0x34, 0x2E_002F), (0x38, 0x2E_002F), (0xA0, 0),
            )
        }  # fmt: skip
        return {
            "MCTL": Register(0x00, 0x0001_2001, writable_mask=0x0001_00FF),
            **limits,
            "STATUS": read_only(0x3C),
            **{f"ENT{n}": read_only(0x40 + 4 * n) for n in range(_ENTROPY_WORDS)},
            **{f"PKR{n}": read_only(0x80 + 4 * n) for n in range(8)},
            "INT_CTRL": Register(0xA4, 0x7),
            "INT_MASK": Register(0xA8),
            "INT_STATUS": read_only(0xAC),
            "VID1": read_only(0xF0, 0x0030_0301),
            "VID2": read_only(0xF4),
        }

    @property
    def _is_running(self) -> bool:
        return not self.values["MCTL"] & _PRGM

    def load(self, name: str) -> int:
        """Entropy is valid in run mode, and stopping is possible at any time."""
        if name == "MCTL":
            return self.values["MCTL"] & ~_RST_DEF | _TSTOP_OK | (_ENT_VAL if self._is_running else 0)
        if name == "INT_STATUS":
            return _ENT_VAL_INTERRUPT if self._is_running else 0
        return self._random.word() if name.startswith("ENT") and self._is_running else super().load(name)


class Lpc55Rng(_Random):
    """Numbers on demand; the health test always passes: fsl_rng.c wants its range below 5 and 31 refreshes."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "RANDOM_NUMBER": read_only(0x0),
        "COUNTER_VAL": read_only(0x8, 31 << 8),
        "COUNTER_CFG": Register(0xC),
        "ONLINE_TEST_CFG": Register(0x10),
        "ONLINE_TEST_VAL": read_only(0x14, 0x312),
        "POWERDOWN": Register(0xFF4),
        "MODULEID": read_only(0xFFC, 0xA0B8_3200),
    }

    def load(self, name: str) -> int:
        """The next number."""
        return self._random.word() if name == "RANDOM_NUMBER" else super().load(name)
