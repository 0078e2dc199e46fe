"""The vendors' peripherals, by the kind that chip files name; the core's own are in machine/system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices import ambiq, microchip, nordic, nxp, raspberry_pi, renesas, silabs, stm32
from mcusim.machine.devices.absent import Absent
from mcusim.machine.devices.register_file import RegisterFile

if TYPE_CHECKING:
    from mcusim.machine.devices.device import DeviceFactory

_VENDORS = (ambiq, microchip, nordic, nxp, raspberry_pi, renesas, silabs, stm32)

DEVICE_CLASSES: dict[str, DeviceFactory] = {
    "absent": Absent,
    "register_file": RegisterFile,
    **{kind: factory for vendor in _VENDORS for kind, factory in vendor.DEVICES.items()},
}
