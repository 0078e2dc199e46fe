"""Factory information of the nRF5340's application core, with a made-up but fixed device identity."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.nordic.nrf52_ficr import Nrf52Ficr
from mcusim.machine.devices.register_device import Register, read_only

# The errata code of Nordic's start-up reads these two words (nrf53_erratas.h in Nordic's MDK): part 7 is the nRF5340,
# 5 its revision 1.
_PART_NUMBER, _REVISION = 0x07, 0x05


class Nrf53Ficr(Nrf52Ficr):
    """Read-only words; addresses without a meaning read as erased flash, so there are no trim values to copy."""

    # Offsets: Nordic's SVD file of the nRF5340, FICR_S.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "PART_NUMBER": read_only(0x130, _PART_NUMBER),
        "REVISION": read_only(0x134, _REVISION),
        "DEVICEID0": read_only(0x204, 0x4D43_5553),
        "DEVICEID1": read_only(0x208, 0x494D_0002),
        "INFO_PART": read_only(0x20C, 0x5340),
        "INFO_RAM": read_only(0x218, 512),  # KiB
        "INFO_FLASH": read_only(0x21C, 1024),  # KiB
        "CODEPAGESIZE": read_only(0x220, 4096),
        "CODESIZE": read_only(0x224, 256),  # pages
        "DEVICETYPE": read_only(0x228, 0),
    }
