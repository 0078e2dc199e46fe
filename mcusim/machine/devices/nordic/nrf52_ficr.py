"""Factory information of the nRF52840 (PS v1.7, section 4.4), with a made-up but fixed device identity."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only

# The errata code of Nordic's start-up reads 0x130 and 0x134: part 8 is the nRF52840, 3 its revision 3
# (nrf52_erratas.h in Nordic's MDK 8: every workaround condition tests these two words).
_PART_NUMBER, _REVISION = 0x08, 0x03
_VARIANT_AAF0 = 0x4141_4630  # "AAF0"
_TEMPERATURE = (
    # A0-A5, B0-B5, T0-T4: the reset values of the TEMP registers that start-up copies these to (PS 6.31.1)
    (0x404, 0x326), (0x408, 0x348), (0x40C, 0x3AA), (0x410, 0x40E), (0x414, 0x4BD), (0x418, 0x5A3),
    (0x41C, 0x3FEF), (0x420, 0x3FBE), (0x424, 0x3FBE), (0x428, 0x0012), (0x42C, 0x0124), (0x430, 0x027C),
    (0x434, 0xE2), (0x438, 0x00), (0x43C, 0x19), (0x440, 0x3C), (0x444, 0x50),
)  # fmt: skip
_ERASED = 0xFFFF_FFFF


class Nrf52Ficr(RegisterDevice):
    """Read-only words; addresses without a meaning read as erased flash."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CODEPAGESIZE": read_only(0x010, 4096),
        "CODESIZE": read_only(0x014, 256),  # pages
        "DEVICEID0": read_only(0x060, 0x4D43_5553),
        "DEVICEID1": read_only(0x064, 0x494D_0001),
        "DEVICEADDRTYPE": read_only(0x0A0, _ERASED),  # random address
        "DEVICEADDR0": read_only(0x0A4, 0x4D43_5553),
        "DEVICEADDR1": read_only(0x0A8, 0xFFFF_494D),
        "INFO_PART": read_only(0x100, 0x0005_2840),
        "INFO_VARIANT": read_only(0x104, _VARIANT_AAF0),
        "INFO_PACKAGE": read_only(0x108, 0x2004),  # QI
        "INFO_RAM": read_only(0x10C, 256),  # KiB
        "INFO_FLASH": read_only(0x110, 1024),  # KiB
        "PART_NUMBER": read_only(0x130, _PART_NUMBER),
        "REVISION": read_only(0x134, _REVISION),
        **{f"TEMP_{offset:03X}": read_only(offset, value) for offset, value in _TEMPERATURE},
    }

    def read(self, offset: int, size_bytes: int) -> int:
        """Known words, else all ones."""
        if any(register.offset == offset & ~3 for register in self.registers.values()):
            return super().read(offset, size_bytes)
        return _ERASED >> (32 - 8 * size_bytes)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Nothing: factory information cannot be written."""
