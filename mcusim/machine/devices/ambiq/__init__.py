"""Devices of Ambiq Apollo3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.ambiq.apollo3_cachectrl import Apollo3Cachectrl
from mcusim.machine.devices.ambiq.apollo3_clkgen import Apollo3Clkgen
from mcusim.machine.devices.ambiq.apollo3_ctimer import Apollo3Ctimer
from mcusim.machine.devices.ambiq.apollo3_gpio import Apollo3Gpio
from mcusim.machine.devices.ambiq.apollo3_rtc import Apollo3Rtc
from mcusim.machine.devices.ambiq.apollo3_system import (
    Apollo3FlashPort,
    Apollo3Mcuctrl,
    Apollo3Pwrctrl,
    Apollo3Resetstat,
    Apollo3RomTable,
    Apollo3Rstgen,
    Apollo3Wdt,
)
from mcusim.machine.devices.ambiq.apollo3_uart import Apollo3Uart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.machine.devices.device import DeviceFactory

DEVICES: Mapping[str, DeviceFactory] = {
    "apollo3_cachectrl": Apollo3Cachectrl,
    "apollo3_clkgen": Apollo3Clkgen,
    "apollo3_gpio": Apollo3Gpio,
    "apollo3_ctimer": Apollo3Ctimer,
    "apollo3_flash_port": Apollo3FlashPort,
    "apollo3_mcuctrl": Apollo3Mcuctrl,
    "apollo3_pwrctrl": Apollo3Pwrctrl,
    "apollo3_resetstat": Apollo3Resetstat,
    "apollo3_rom_table": Apollo3RomTable,
    "apollo3_rstgen": Apollo3Rstgen,
    "apollo3_wdt": Apollo3Wdt,
    "apollo3_rtc": Apollo3Rtc,
    "apollo3_uart": Apollo3Uart,
}
"""What `kind` in a chip file makes."""
