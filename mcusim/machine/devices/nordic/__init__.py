"""Devices of Nordic nRF52 and nRF53."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.nordic.nrf52_clock import Nrf52Clock
from mcusim.machine.devices.nordic.nrf52_ficr import Nrf52Ficr
from mcusim.machine.devices.nordic.nrf52_gpio import Nrf52Gpio
from mcusim.machine.devices.nordic.nrf52_nvmc import Nrf52Nvmc
from mcusim.machine.devices.nordic.nrf52_rng import Nrf52Rng
from mcusim.machine.devices.nordic.nrf52_rtc import Nrf52Rtc
from mcusim.machine.devices.nordic.nrf52_temp import Nrf52Temp
from mcusim.machine.devices.nordic.nrf52_timer import Nrf52Timer
from mcusim.machine.devices.nordic.nrf52_uarte import Nrf52Uarte
from mcusim.machine.devices.nordic.nrf52_uicr import Nrf52Uicr
from mcusim.machine.devices.nordic.nrf53_cache import Nrf53Cache
from mcusim.machine.devices.nordic.nrf53_clock import Nrf53Clock
from mcusim.machine.devices.nordic.nrf53_ficr import Nrf53Ficr
from mcusim.machine.devices.nordic.nrf53_nvmc import Nrf53Nvmc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.machine.devices.device import DeviceFactory

DEVICES: Mapping[str, DeviceFactory] = {
    "nrf52_clock": Nrf52Clock,
    "nrf52_ficr": Nrf52Ficr,
    "nrf52_gpio": Nrf52Gpio,
    "nrf52_nvmc": Nrf52Nvmc,
    "nrf52_rng": Nrf52Rng,
    "nrf52_rtc": Nrf52Rtc,
    "nrf52_temp": Nrf52Temp,
    "nrf52_timer": Nrf52Timer,
    "nrf52_uarte": Nrf52Uarte,
    "nrf52_uicr": Nrf52Uicr,
    "nrf53_cache": Nrf53Cache,
    "nrf53_clock": Nrf53Clock,
    "nrf53_ficr": Nrf53Ficr,
    "nrf53_nvmc": Nrf53Nvmc,
}
"""What `kind` in a chip file makes."""
