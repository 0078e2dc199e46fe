"""Devices of Raspberry Pi RP2040 and RP2350."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.raspberry_pi.rp2040_adc import Rp2040Adc
from mcusim.machine.devices.raspberry_pi.rp2040_clocks import Rp2040Clocks
from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040RegisterFile
from mcusim.machine.devices.raspberry_pi.rp2040_io_qspi import Rp2040IoQspi
from mcusim.machine.devices.raspberry_pi.rp2040_pll import Rp2040Pll
from mcusim.machine.devices.raspberry_pi.rp2040_psm import Rp2040Psm
from mcusim.machine.devices.raspberry_pi.rp2040_pwm import Rp2040Pwm, Rp2350Pwm
from mcusim.machine.devices.raspberry_pi.rp2040_resets import Rp2040Resets
from mcusim.machine.devices.raspberry_pi.rp2040_rosc import Rp2040Rosc
from mcusim.machine.devices.raspberry_pi.rp2040_rtc import Rp2040Rtc
from mcusim.machine.devices.raspberry_pi.rp2040_sio import Rp2040Sio
from mcusim.machine.devices.raspberry_pi.rp2040_ssi import Rp2040Ssi
from mcusim.machine.devices.raspberry_pi.rp2040_sysinfo import Rp2040Sysinfo
from mcusim.machine.devices.raspberry_pi.rp2040_timer import Rp2040Timer
from mcusim.machine.devices.raspberry_pi.rp2040_uart import Rp2040Uart
from mcusim.machine.devices.raspberry_pi.rp2040_watchdog import Rp2040Watchdog
from mcusim.machine.devices.raspberry_pi.rp2040_xip_ctrl import Rp2040XipCtrl
from mcusim.machine.devices.raspberry_pi.rp2040_xosc import Rp2040Xosc
from mcusim.machine.devices.raspberry_pi.rp2350_bootram import Rp2350Bootram
from mcusim.machine.devices.raspberry_pi.rp2350_clocks import (
    Rp2350Clocks,
    Rp2350Pll,
    Rp2350Rosc,
    Rp2350Ticks,
    Rp2350Xosc,
)
from mcusim.machine.devices.raspberry_pi.rp2350_powman import Rp2350Powman
from mcusim.machine.devices.raspberry_pi.rp2350_qmi import Rp2350Qmi
from mcusim.machine.devices.raspberry_pi.rp2350_sha256 import Rp2350Sha256
from mcusim.machine.devices.raspberry_pi.rp2350_sio import Rp2350Sio
from mcusim.machine.devices.raspberry_pi.rp2350_system import (
    Rp2350Psm,
    Rp2350Resets,
    Rp2350Sysinfo,
    Rp2350Timer,
    Rp2350Watchdog,
)
from mcusim.machine.devices.raspberry_pi.rp2350_trng import Rp2350Trng
from mcusim.machine.devices.raspberry_pi.rp2350_xip_ctrl import Rp2350XipCtrl, Rp2350XipMaintenance
from mcusim.machine.devices.raspberry_pi.rp_busctrl import Rp2040Busctrl, Rp2350Busctrl
from mcusim.machine.devices.raspberry_pi.rp_dma import Rp2040Dma, Rp2350Dma
from mcusim.machine.devices.raspberry_pi.rp_i2c import RpI2c
from mcusim.machine.devices.raspberry_pi.rp_pio import Rp2040Pio, Rp2350Pio
from mcusim.machine.devices.raspberry_pi.rp_spi import RpSpi

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.machine.devices.device import DeviceFactory

DEVICES: Mapping[str, DeviceFactory] = {
    "rp2040_adc": Rp2040Adc,
    "rp2040_busctrl": Rp2040Busctrl,
    "rp2040_clocks": Rp2040Clocks,
    "rp2040_dma": Rp2040Dma,
    "rp2040_i2c": RpI2c,
    "rp2040_io_qspi": Rp2040IoQspi,
    "rp2040_pio": Rp2040Pio,
    "rp2040_pll": Rp2040Pll,
    "rp2040_psm": Rp2040Psm,
    "rp2040_pwm": Rp2040Pwm,
    "rp2040_register_file": Rp2040RegisterFile,
    "rp2040_resets": Rp2040Resets,
    "rp2040_rosc": Rp2040Rosc,
    "rp2040_rtc": Rp2040Rtc,
    "rp2040_sio": Rp2040Sio,
    "rp2040_spi": RpSpi,
    "rp2040_ssi": Rp2040Ssi,
    "rp2040_sysinfo": Rp2040Sysinfo,
    "rp2040_timer": Rp2040Timer,
    "rp2040_uart": Rp2040Uart,
    "rp2040_watchdog": Rp2040Watchdog,
    "rp2040_xip_ctrl": Rp2040XipCtrl,
    "rp2040_xosc": Rp2040Xosc,
    "rp2350_bootram": Rp2350Bootram,
    "rp2350_busctrl": Rp2350Busctrl,
    "rp2350_clocks": Rp2350Clocks,
    "rp2350_dma": Rp2350Dma,
    "rp2350_pio": Rp2350Pio,
    "rp2350_pll": Rp2350Pll,
    "rp2350_powman": Rp2350Powman,
    "rp2350_psm": Rp2350Psm,
    "rp2350_pwm": Rp2350Pwm,
    "rp2350_qmi": Rp2350Qmi,
    "rp2350_resets": Rp2350Resets,
    "rp2350_rosc": Rp2350Rosc,
    "rp2350_sha256": Rp2350Sha256,
    "rp2350_sio": Rp2350Sio,
    "rp2350_sysinfo": Rp2350Sysinfo,
    "rp2350_ticks": Rp2350Ticks,
    "rp2350_timer": Rp2350Timer,
    "rp2350_trng": Rp2350Trng,
    "rp2350_watchdog": Rp2350Watchdog,
    "rp2350_xip_ctrl": Rp2350XipCtrl,
    "rp2350_xip_maintenance": Rp2350XipMaintenance,
    "rp2350_xosc": Rp2350Xosc,
}
"""What `kind` in a chip file makes."""
