"""CoreSight ROM table of the nRF52840, whose identification words older start-up code reads for errata workarounds."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only


class Nrf52RomTable(RegisterDevice):
    """Peripheral identification; the rest of the page reads as 0."""

    # 0xF0000FE0 is 8 for the nRF52840 (6: nRF52832), the upper half of +0xFE8 its revision: nRF5 SDK,
    # nrf_drv_usbd_errata.h and system_nrf52.c. Revision 3 as in FICR: assumed.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "PIDR4": read_only(0xFD0),
        "PIDR0": read_only(0xFE0, 0x08),
        "PIDR1": read_only(0xFE4),
        "PIDR2": read_only(0xFE8, 0x30),
        "PIDR3": read_only(0xFEC),
    }
