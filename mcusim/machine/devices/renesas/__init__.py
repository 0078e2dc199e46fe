"""Devices of Renesas RA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.renesas.ra_adc import RaAdc
from mcusim.machine.devices.renesas.ra_agt import RaAgt
from mcusim.machine.devices.renesas.ra_crc import RaCrc
from mcusim.machine.devices.renesas.ra_dma import RaDmac, RaDtc
from mcusim.machine.devices.renesas.ra_gpt import RaGpt
from mcusim.machine.devices.renesas.ra_icu import RaIcu
from mcusim.machine.devices.renesas.ra_ports import RaPorts
from mcusim.machine.devices.renesas.ra_rtc import RaRtc
from mcusim.machine.devices.renesas.ra_sci import RaSci
from mcusim.machine.devices.renesas.ra_system import RaFcache, RaSystem
from mcusim.machine.devices.renesas.ra_watchdogs import RaWatchdog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.machine.devices.device import DeviceFactory

DEVICES: Mapping[str, DeviceFactory] = {
    "ra_adc": RaAdc,
    "ra_agt": RaAgt,
    "ra_crc": RaCrc,
    "ra_dmac": RaDmac,
    "ra_dtc": RaDtc,
    "ra_fcache": RaFcache,
    "ra_gpt": RaGpt,
    "ra_icu": RaIcu,
    "ra_ports": RaPorts,
    "ra_rtc": RaRtc,
    "ra_sci": RaSci,
    "ra_system": RaSystem,
    "ra_watchdog": RaWatchdog,
}
"""What `kind` in a chip file makes."""
