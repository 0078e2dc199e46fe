"""Devices of Silicon Labs EFM32 and EFR32."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.silabs.efm32_bit_region import Efm32BitRegion
from mcusim.machine.devices.silabs.efm32_clocks import Efm32Cmu, Efr32Cmu, Efr32Dpll, Efr32Hfrco, Efr32Hfxo
from mcusim.machine.devices.silabs.efm32_device import Efr32RegisterFile
from mcusim.machine.devices.silabs.efm32_gpio import Efm32Gpio, Efr32Gpio
from mcusim.machine.devices.silabs.efm32_msc import Efm32Msc, Efr32Icache, Efr32Msc
from mcusim.machine.devices.silabs.efm32_usart import Efm32Usart, Efr32Eusart, Efr32Usart
from mcusim.machine.devices.silabs.efm32_wdog import Efm32Wdog, Efr32Wdog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.machine.devices.device import DeviceFactory

DEVICES: Mapping[str, DeviceFactory] = {
    "efm32_bit_region_alias": Efm32BitRegion,
    "efm32_cmu": Efm32Cmu,
    "efm32_gpio": Efm32Gpio,
    "efm32_msc": Efm32Msc,
    "efm32_usart": Efm32Usart,
    "efm32_wdog": Efm32Wdog,
    "efr32_cmu": Efr32Cmu,
    "efr32_dpll": Efr32Dpll,
    "efr32_eusart": Efr32Eusart,
    "efr32_gpio": Efr32Gpio,
    "efr32_hfrco": Efr32Hfrco,
    "efr32_hfxo": Efr32Hfxo,
    "efr32_icache": Efr32Icache,
    "efr32_msc": Efr32Msc,
    "efr32_register_file": Efr32RegisterFile,
    "efr32_usart": Efr32Usart,
    "efr32_wdog": Efr32Wdog,
}
"""What `kind` in a chip file makes."""
