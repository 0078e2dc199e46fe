"""Devices of Nordic nRF52 and nRF53."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.nordic.nrf52_bus import Nrf52Bus
from mcusim.machine.devices.nordic.nrf52_clock import Nrf52Clock
from mcusim.machine.devices.nordic.nrf52_egu import Nrf52Egu
from mcusim.machine.devices.nordic.nrf52_ficr import Nrf52Ficr
from mcusim.machine.devices.nordic.nrf52_gpio import Nrf52Gpio
from mcusim.machine.devices.nordic.nrf52_gpiote import Nrf52Gpiote
from mcusim.machine.devices.nordic.nrf52_nvmc import Nrf52Nvmc
from mcusim.machine.devices.nordic.nrf52_ppi import Nrf52Ppi
from mcusim.machine.devices.nordic.nrf52_pwm import Nrf52Pwm
from mcusim.machine.devices.nordic.nrf52_rng import Nrf52Rng
from mcusim.machine.devices.nordic.nrf52_rom_table import Nrf52RomTable
from mcusim.machine.devices.nordic.nrf52_rtc import Nrf52Rtc
from mcusim.machine.devices.nordic.nrf52_saadc import Nrf52Saadc
from mcusim.machine.devices.nordic.nrf52_stream import Nrf52I2s, Nrf52Pdm
from mcusim.machine.devices.nordic.nrf52_temp import Nrf52Temp
from mcusim.machine.devices.nordic.nrf52_timer import Nrf52Timer
from mcusim.machine.devices.nordic.nrf52_uarte import Nrf52Uarte
from mcusim.machine.devices.nordic.nrf52_uicr import Nrf52Uicr
from mcusim.machine.devices.nordic.nrf52_usbd import Nrf52Usbd
from mcusim.machine.devices.nordic.nrf52_wdt import Nrf52Wdt
from mcusim.machine.devices.nordic.nrf53_cache import Nrf53Cache
from mcusim.machine.devices.nordic.nrf53_clock import Nrf53Clock
from mcusim.machine.devices.nordic.nrf53_dppic import Nrf53Dppic
from mcusim.machine.devices.nordic.nrf53_ficr import Nrf53Ficr
from mcusim.machine.devices.nordic.nrf53_nvmc import Nrf53Nvmc
from mcusim.machine.devices.nordic.nrf53_serial import Nrf53Serial
from mcusim.machine.devices.nordic.nrf53_system import (
    Nrf53Ipc,
    Nrf53Mutex,
    Nrf53Regulators,
    Nrf53Spu,
    Nrf53UsbRegulator,
    Nrf53Vmc,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.machine.devices.device import DeviceFactory

DEVICES: Mapping[str, DeviceFactory] = {
    "nrf52_bus": Nrf52Bus,
    "nrf52_clock": Nrf52Clock,
    "nrf52_egu": Nrf52Egu,
    "nrf52_ficr": Nrf52Ficr,
    "nrf52_gpio": Nrf52Gpio,
    "nrf52_gpiote": Nrf52Gpiote,
    "nrf52_i2s": Nrf52I2s,
    "nrf52_nvmc": Nrf52Nvmc,
    "nrf52_pdm": Nrf52Pdm,
    "nrf52_ppi": Nrf52Ppi,
    "nrf52_pwm": Nrf52Pwm,
    "nrf52_rng": Nrf52Rng,
    "nrf52_rom_table": Nrf52RomTable,
    "nrf52_rtc": Nrf52Rtc,
    "nrf52_saadc": Nrf52Saadc,
    "nrf52_temp": Nrf52Temp,
    "nrf52_timer": Nrf52Timer,
    "nrf52_uarte": Nrf52Uarte,
    "nrf52_uicr": Nrf52Uicr,
    "nrf52_usbd": Nrf52Usbd,
    "nrf52_wdt": Nrf52Wdt,
    "nrf53_cache": Nrf53Cache,
    "nrf53_clock": Nrf53Clock,
    "nrf53_dppic": Nrf53Dppic,
    "nrf53_ficr": Nrf53Ficr,
    "nrf53_ipc": Nrf53Ipc,
    "nrf53_mutex": Nrf53Mutex,
    "nrf53_nvmc": Nrf53Nvmc,
    "nrf53_regulators": Nrf53Regulators,
    "nrf53_serial": Nrf53Serial,
    "nrf53_spu": Nrf53Spu,
    "nrf53_usbregulator": Nrf53UsbRegulator,
    "nrf53_vmc": Nrf53Vmc,
}
"""What `kind` in a chip file makes."""
