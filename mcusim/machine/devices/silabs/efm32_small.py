"""TRNG and GPCRC of EFM32 and EFR32: random numbers that are the same in every run, checksums.

Offsets, bits: gecko_sdk 4.4, efm32gg11b_trng.h, efm32gg11b_gpcrc.h, efr32mg24_gpcrc.h; use: em_gpcrc.c. Not
modelled: the TRNG's self-tests (they pass) and conditioning, GPCRC's AUTOINIT.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.pseudo_random import PseudoRandom
from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.silabs.efm32_device import Efm32Device

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_FIFO_WORDS = 64
_POLY_16, _BYTE_MODE, _BIT_REVERSE, _BYTE_REVERSE = 1 << 4, 1 << 8, 1 << 9, 1 << 10
_CRC32_BACKWARDS = 0xEDB8_8320  # 0x04C11DB7 with bit 0 first
_INPUT_BYTES = {"INPUTDATA": 4, "INPUTDATAHWORD": 2, "INPUTDATABYTE": 1}


class Efm32Trng(Efm32Device):
    """The FIFO is always full while it is enabled."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CONTROL": Register(0x00),
        "FIFOLEVEL": read_only(0x04),
        "FIFODEPTH": read_only(0x0C, _FIFO_WORDS),
        **{f"KEY{n}": Register(0x10 + 4 * n) for n in range(4)},
        "TESTDATA": Register(0x20),
        "STATUS": read_only(0x30),
        "INITWAITVAL": Register(0x34, 0xFF),
        "FIFO": read_only(0x100),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._random = PseudoRandom()

    def reset(self) -> None:
        """At the seed."""
        super().reset()
        self._random.restart()

    def load(self, name: str) -> int:
        """Level and numbers."""
        is_on = self.values["CONTROL"] & 1
        if name == "FIFOLEVEL":
            return _FIFO_WORDS if is_on else 0
        return self._random.word() if name == "FIFO" and is_on else super().load(name)


class Efm32Gpcrc(Efm32Device):
    """CRC-32 or any 16-bit polynomial, bit 0 of each byte first; DATAREV reads the other way round."""

    NAMES: ClassVar[Mapping[str, int]] = {
        "CTRL": 0x00, "CMD": 0x04, "INIT": 0x08, "POLY": 0x0C, "INPUTDATA": 0x10, "INPUTDATAHWORD": 0x14,
        "INPUTDATABYTE": 0x18, "DATA": 0x1C, "DATAREV": 0x20, "DATABYTEREV": 0x24,
    }  # fmt: skip

    def register_table(self) -> Mapping[str, Register]:
        """Of this series."""
        return {
            name: command(offset) if name == "CMD" or name in _INPUT_BYTES else Register(offset)
            for name, offset in self.NAMES.items()
        }

    @property
    def _width(self) -> int:
        return 16 if self.values["CTRL"] & _POLY_16 else 32

    def load(self, name: str) -> int:
        """The sum, and with its bits or bytes in the other order."""
        data = self.values["DATA"]
        if name == "DATAREV":
            return int(f"{data:0{self._width}b}"[::-1], 2)
        if name == "DATABYTEREV":
            return int.from_bytes(data.to_bytes(4, "little"), "big") >> 32 - self._width
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """INIT, data of one, two or four bytes."""
        if name == "CMD" and written & 1:
            self.values["DATA"] = self.values["INIT"] & (1 << self._width) - 1
        elif name in _INPUT_BYTES:
            size_bytes = 1 if self.values["CTRL"] & _BYTE_MODE else _INPUT_BYTES[name]
            data = (written & (1 << 8 * size_bytes) - 1).to_bytes(size_bytes, "little")
            for byte in reversed(data) if self.values["CTRL"] & _BYTE_REVERSE else data:
                self._feed(byte)

    def _feed(self, byte: int) -> None:
        # POLY is written with its bits reversed already: GPCRC_Init in em_gpcrc.c.
        polynomial = self.values["POLY"] & 0xFFFF if self.values["CTRL"] & _POLY_16 else _CRC32_BACKWARDS
        if self.values["CTRL"] & _BIT_REVERSE:
            byte = int(f"{byte:08b}"[::-1], 2)
        total = self.values["DATA"] ^ byte
        for _ in range(8):
            total = total >> 1 ^ (polynomial if total & 1 else 0)
        self.values["DATA"] = total


class Efr32Gpcrc(Efm32Gpcrc):
    """Series 2: EN in front."""

    NAMES: ClassVar[Mapping[str, int]] = {
        "IPVERSION": 0x00, "EN": 0x04, **{name: at + 8 for name, at in Efm32Gpcrc.NAMES.items()},
    }  # fmt: skip
