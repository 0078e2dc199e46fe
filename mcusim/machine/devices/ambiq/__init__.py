"""Devices of Ambiq Apollo3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.ambiq.apollo3_cachectrl import Apollo3Cachectrl
from mcusim.machine.devices.ambiq.apollo3_clkgen import Apollo3Clkgen
from mcusim.machine.devices.ambiq.apollo3_gpio import Apollo3Gpio
from mcusim.machine.devices.ambiq.apollo3_uart import Apollo3Uart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.machine.devices.device import DeviceFactory

DEVICES: Mapping[str, DeviceFactory] = {
    "apollo3_cachectrl": Apollo3Cachectrl,
    "apollo3_clkgen": Apollo3Clkgen,
    "apollo3_gpio": Apollo3Gpio,
    "apollo3_uart": Apollo3Uart,
}
"""What `kind` in a chip file makes."""
