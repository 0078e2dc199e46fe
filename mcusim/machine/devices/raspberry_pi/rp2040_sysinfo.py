"""Chip identification of the RP2040 (datasheet section 2.20): revision B2 silicon."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, read_only

_REVISION_B2, _PART, _MANUFACTURER = 2, 2, 0x927
_ASIC = 1 << 1


class Rp2040Sysinfo(Rp2040Device):
    """Read-only."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CHIP_ID": read_only(0x00, _REVISION_B2 << 28 | _PART << 12 | _MANUFACTURER),
        "PLATFORM": read_only(0x04, _ASIC),
        "GITREF": read_only(0x10),
    }
