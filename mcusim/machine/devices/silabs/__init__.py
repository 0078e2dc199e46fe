"""Devices of Silicon Labs EFM32 and EFR32."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.silabs.efm32_bit_region import Efm32BitRegion
from mcusim.machine.devices.silabs.efm32_clocks import Efm32Cmu, Efr32Cmu, Efr32Dpll, Efr32Hfrco, Efr32Hfxo
from mcusim.machine.devices.silabs.efm32_device import Efr32RegisterFile
from mcusim.machine.devices.silabs.efm32_gpio import Efm32Gpio, Efr32Gpio
from mcusim.machine.devices.silabs.efm32_msc import Efm32Msc, Efr32Icache, Efr32Msc
from mcusim.machine.devices.silabs.efm32_slow_timers import (
    Efm32Cryotimer,
    Efm32Letimer,
    Efm32Rtcc,
    Efr32Burtc,
    Efr32Letimer,
    Efr32Sysrtc,
)
from mcusim.machine.devices.silabs.efm32_small import Efm32Gpcrc, Efm32Trng, Efr32Gpcrc
from mcusim.machine.devices.silabs.efm32_timers import Efm32Timer, Efr32Timer
from mcusim.machine.devices.silabs.efm32_usart import Efm32Usart, Efr32Eusart, Efr32Usart
from mcusim.machine.devices.silabs.efm32_wdog import Efm32Wdog, Efr32Wdog
from mcusim.machine.devices.silabs.efr32_power import Efr32Dcdc, Efr32Emu

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.machine.devices.device import DeviceFactory

DEVICES: Mapping[str, DeviceFactory] = {
    "efm32_bit_region_alias": Efm32BitRegion,
    "efm32_cmu": Efm32Cmu,
    "efm32_cryotimer": Efm32Cryotimer,
    "efm32_gpcrc": Efm32Gpcrc,
    "efm32_gpio": Efm32Gpio,
    "efm32_letimer": Efm32Letimer,
    "efm32_msc": Efm32Msc,
    "efm32_rtcc": Efm32Rtcc,
    "efm32_timer": Efm32Timer,
    "efm32_trng": Efm32Trng,
    "efm32_usart": Efm32Usart,
    "efm32_wdog": Efm32Wdog,
    "efr32_burtc": Efr32Burtc,
    "efr32_cmu": Efr32Cmu,
    "efr32_dcdc": Efr32Dcdc,
    "efr32_dpll": Efr32Dpll,
    "efr32_emu": Efr32Emu,
    "efr32_eusart": Efr32Eusart,
    "efr32_gpcrc": Efr32Gpcrc,
    "efr32_gpio": Efr32Gpio,
    "efr32_hfrco": Efr32Hfrco,
    "efr32_hfxo": Efr32Hfxo,
    "efr32_icache": Efr32Icache,
    "efr32_letimer": Efr32Letimer,
    "efr32_msc": Efr32Msc,
    "efr32_register_file": Efr32RegisterFile,
    "efr32_sysrtc": Efr32Sysrtc,
    "efr32_timer": Efr32Timer,
    "efr32_usart": Efr32Usart,
    "efr32_wdog": Efr32Wdog,
}
"""What `kind` in a chip file makes."""
