"""Devices of Microchip SAMD21 and SAMD51."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.microchip.samd21_clocks import Samd21Gclk, Samd21Pm, Samd21Sysctrl
from mcusim.machine.devices.microchip.samd21_nvmctrl import Samd21Nvmctrl
from mcusim.machine.devices.microchip.samd51_clocks import (
    Samd51Gclk,
    Samd51Mclk,
    Samd51Osc32kctrl,
    Samd51Oscctrl,
)
from mcusim.machine.devices.microchip.samd51_flash import Samd51Cmcc, Samd51Nvmctrl
from mcusim.machine.devices.microchip.samd51_power import Samd51Pm, Samd51Supc
from mcusim.machine.devices.microchip.samd_adc import SamdAdc
from mcusim.machine.devices.microchip.samd_dmac import SamdDmac
from mcusim.machine.devices.microchip.samd_eic_dsu import SamdDsu, SamdEic, SamdSerialNumber
from mcusim.machine.devices.microchip.samd_port import SamdPort, SamdPortAlias
from mcusim.machine.devices.microchip.samd_rtc import SamdRtc
from mcusim.machine.devices.microchip.samd_sercom import SamdSercom
from mcusim.machine.devices.microchip.samd_small import Samd51Rstc, Samd51Trng, SamdUsb
from mcusim.machine.devices.microchip.samd_tc import SamdTc, SamdTcc
from mcusim.machine.devices.microchip.samd_wdt import SamdWdt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.machine.devices.device import DeviceFactory

DEVICES: Mapping[str, DeviceFactory] = {
    "samd21_gclk": Samd21Gclk,
    "samd21_nvmctrl": Samd21Nvmctrl,
    "samd21_pm": Samd21Pm,
    "samd21_sysctrl": Samd21Sysctrl,
    "samd51_rstc": Samd51Rstc,
    "samd51_trng": Samd51Trng,
    "samd_adc": SamdAdc,
    "samd_dmac": SamdDmac,
    "samd_dsu": SamdDsu,
    "samd_eic": SamdEic,
    "samd_rtc": SamdRtc,
    "samd_serial_number": SamdSerialNumber,
    "samd_tc": SamdTc,
    "samd_tcc": SamdTcc,
    "samd_usb": SamdUsb,
    "samd_wdt": SamdWdt,
    "samd51_cmcc": Samd51Cmcc,
    "samd51_gclk": Samd51Gclk,
    "samd51_mclk": Samd51Mclk,
    "samd51_nvmctrl": Samd51Nvmctrl,
    "samd51_osc32kctrl": Samd51Osc32kctrl,
    "samd51_oscctrl": Samd51Oscctrl,
    "samd51_pm": Samd51Pm,
    "samd51_supc": Samd51Supc,
    "samd_port": SamdPort,
    "samd_port_alias": SamdPortAlias,
    "samd_sercom": SamdSercom,
}
"""What `kind` in a chip file makes."""
