"""Devices of Renesas RA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.renesas.ra_ports import RaPorts
from mcusim.machine.devices.renesas.ra_sci import RaSci
from mcusim.machine.devices.renesas.ra_system import RaFcache, RaSystem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.machine.devices.device import DeviceFactory

DEVICES: Mapping[str, DeviceFactory] = {
    "ra_fcache": RaFcache,
    "ra_ports": RaPorts,
    "ra_sci": RaSci,
    "ra_system": RaSystem,
}
"""What `kind` in a chip file makes."""
