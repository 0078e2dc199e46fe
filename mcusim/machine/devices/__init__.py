"""The vendors' peripherals, by the kind that chip files name; the core's own are in machine/system."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.apollo3_cachectrl import Apollo3Cachectrl
from mcusim.machine.devices.apollo3_clkgen import Apollo3Clkgen
from mcusim.machine.devices.apollo3_uart import Apollo3Uart
from mcusim.machine.devices.efm32_clocks import Efm32Cmu, Efr32Cmu, Efr32Dpll, Efr32Hfrco, Efr32Hfxo
from mcusim.machine.devices.efm32_device import Efr32RegisterFile
from mcusim.machine.devices.efm32_msc import Efm32Msc, Efr32Icache, Efr32Msc
from mcusim.machine.devices.efm32_usart import Efm32Usart, Efr32Eusart, Efr32Usart
from mcusim.machine.devices.imxrt_ccm import ImxrtAnalog, ImxrtCcm
from mcusim.machine.devices.imxrt_flexspi import ImxrtFlexspi
from mcusim.machine.devices.imxrt_lpuart import ImxrtLpuart
from mcusim.machine.devices.kinetis_fmc import KinetisFmc
from mcusim.machine.devices.kinetis_mcg import KinetisMcg, KinetisSim
from mcusim.machine.devices.kinetis_uart import KinetisUart
from mcusim.machine.devices.lpc55_syscon import Lpc55Syscon
from mcusim.machine.devices.lpc55_usart import Lpc55Usart
from mcusim.machine.devices.nrf52_clock import Nrf52Clock
from mcusim.machine.devices.nrf52_ficr import Nrf52Ficr
from mcusim.machine.devices.nrf52_gpio import Nrf52Gpio
from mcusim.machine.devices.nrf52_nvmc import Nrf52Nvmc
from mcusim.machine.devices.nrf52_rng import Nrf52Rng
from mcusim.machine.devices.nrf52_rtc import Nrf52Rtc
from mcusim.machine.devices.nrf52_temp import Nrf52Temp
from mcusim.machine.devices.nrf52_timer import Nrf52Timer
from mcusim.machine.devices.nrf52_uarte import Nrf52Uarte
from mcusim.machine.devices.nrf52_uicr import Nrf52Uicr
from mcusim.machine.devices.nrf53_cache import Nrf53Cache
from mcusim.machine.devices.nrf53_clock import Nrf53Clock
from mcusim.machine.devices.nrf53_ficr import Nrf53Ficr
from mcusim.machine.devices.nrf53_nvmc import Nrf53Nvmc
from mcusim.machine.devices.ra_sci import RaSci
from mcusim.machine.devices.ra_system import RaFcache, RaSystem
from mcusim.machine.devices.register_file import RegisterFile
from mcusim.machine.devices.rp2040_clocks import Rp2040Clocks
from mcusim.machine.devices.rp2040_device import Rp2040RegisterFile
from mcusim.machine.devices.rp2040_pll import Rp2040Pll
from mcusim.machine.devices.rp2040_psm import Rp2040Psm
from mcusim.machine.devices.rp2040_resets import Rp2040Resets
from mcusim.machine.devices.rp2040_rosc import Rp2040Rosc
from mcusim.machine.devices.rp2040_sio import Rp2040Sio
from mcusim.machine.devices.rp2040_ssi import Rp2040Ssi
from mcusim.machine.devices.rp2040_sysinfo import Rp2040Sysinfo
from mcusim.machine.devices.rp2040_timer import Rp2040Timer
from mcusim.machine.devices.rp2040_uart import Rp2040Uart
from mcusim.machine.devices.rp2040_watchdog import Rp2040Watchdog
from mcusim.machine.devices.rp2040_xip_ctrl import Rp2040XipCtrl
from mcusim.machine.devices.rp2040_xosc import Rp2040Xosc
from mcusim.machine.devices.rp2350_clocks import Rp2350Clocks, Rp2350Pll, Rp2350Rosc, Rp2350Ticks, Rp2350Xosc
from mcusim.machine.devices.rp2350_qmi import Rp2350Qmi
from mcusim.machine.devices.rp2350_sio import Rp2350Sio
from mcusim.machine.devices.rp2350_system import (
    Rp2350Psm,
    Rp2350Resets,
    Rp2350Sysinfo,
    Rp2350Timer,
    Rp2350Watchdog,
)
from mcusim.machine.devices.rp2350_xip_ctrl import Rp2350XipCtrl, Rp2350XipMaintenance
from mcusim.machine.devices.samd21_clocks import Samd21Gclk, Samd21Pm, Samd21Sysctrl
from mcusim.machine.devices.samd21_nvmctrl import Samd21Nvmctrl
from mcusim.machine.devices.samd51_clocks import Samd51Gclk, Samd51Mclk, Samd51Osc32kctrl, Samd51Oscctrl
from mcusim.machine.devices.samd51_flash import Samd51Cmcc, Samd51Nvmctrl
from mcusim.machine.devices.samd_sercom import SamdSercom
from mcusim.machine.devices.stm32_gpio import Stm32Gpio
from mcusim.machine.devices.stm32_icache import Stm32Icache
from mcusim.machine.devices.stm32_page_flash import Stm32G0Flash, Stm32U3Flash, Stm32U5Flash
from mcusim.machine.devices.stm32_timer import Stm32Timer
from mcusim.machine.devices.stm32_usart import Stm32Usart
from mcusim.machine.devices.stm32f0_flash import Stm32F0Flash, Stm32F1Flash
from mcusim.machine.devices.stm32f0_rcc import Stm32F0Rcc, Stm32F3Rcc
from mcusim.machine.devices.stm32f1_gpio import Stm32F1Gpio
from mcusim.machine.devices.stm32f1_rcc import Stm32F1Rcc
from mcusim.machine.devices.stm32f4_flash import Stm32F4Flash
from mcusim.machine.devices.stm32f4_pwr import Stm32F4Pwr
from mcusim.machine.devices.stm32f4_rcc import Stm32F4Rcc
from mcusim.machine.devices.stm32f7_flash import Stm32F7Flash
from mcusim.machine.devices.stm32f7_pwr import Stm32F7Pwr
from mcusim.machine.devices.stm32f7_rcc import Stm32F7Rcc
from mcusim.machine.devices.stm32g0_pwr import Stm32G0Pwr
from mcusim.machine.devices.stm32g0_rcc import Stm32G0Rcc
from mcusim.machine.devices.stm32h5_flash import Stm32H5Flash
from mcusim.machine.devices.stm32h5_pwr import Stm32H5Pwr
from mcusim.machine.devices.stm32h5_rcc import Stm32H5Rcc
from mcusim.machine.devices.stm32h7_flash import Stm32H7Flash
from mcusim.machine.devices.stm32h7_pwr import Stm32H7Pwr
from mcusim.machine.devices.stm32h7_rcc import Stm32H7Rcc
from mcusim.machine.devices.stm32l0_flash import Stm32L0Flash
from mcusim.machine.devices.stm32l0_pwr import Stm32L0Pwr
from mcusim.machine.devices.stm32l0_rcc import Stm32L0Rcc
from mcusim.machine.devices.stm32l1_flash import Stm32L1Flash
from mcusim.machine.devices.stm32l1_rcc import Stm32L1Rcc
from mcusim.machine.devices.stm32l4_flash import Stm32L4Flash
from mcusim.machine.devices.stm32l4_pwr import Stm32L4Pwr
from mcusim.machine.devices.stm32l4_rcc import Stm32G4Rcc, Stm32L4Rcc
from mcusim.machine.devices.stm32u3_rcc import Stm32U3Rcc
from mcusim.machine.devices.stm32u5_pwr import Stm32U3Pwr, Stm32U5Pwr
from mcusim.machine.devices.stm32u5_rcc import Stm32U5Rcc

if TYPE_CHECKING:
    from mcusim.machine.devices.device import DeviceFactory

DEVICE_CLASSES: dict[str, DeviceFactory] = {
    "register_file": RegisterFile,
    "apollo3_cachectrl": Apollo3Cachectrl,
    "apollo3_clkgen": Apollo3Clkgen,
    "apollo3_uart": Apollo3Uart,
    "efm32_cmu": Efm32Cmu,
    "efm32_msc": Efm32Msc,
    "efm32_usart": Efm32Usart,
    "efr32_cmu": Efr32Cmu,
    "efr32_dpll": Efr32Dpll,
    "efr32_eusart": Efr32Eusart,
    "efr32_hfrco": Efr32Hfrco,
    "efr32_hfxo": Efr32Hfxo,
    "efr32_icache": Efr32Icache,
    "efr32_msc": Efr32Msc,
    "efr32_register_file": Efr32RegisterFile,
    "efr32_usart": Efr32Usart,
    "imxrt_analog": ImxrtAnalog,
    "imxrt_ccm": ImxrtCcm,
    "imxrt_flexspi": ImxrtFlexspi,
    "imxrt_lpuart": ImxrtLpuart,
    "kinetis_fmc": KinetisFmc,
    "kinetis_mcg": KinetisMcg,
    "kinetis_sim": KinetisSim,
    "kinetis_uart": KinetisUart,
    "lpc55_syscon": Lpc55Syscon,
    "lpc55_usart": Lpc55Usart,
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
    "ra_fcache": RaFcache,
    "ra_sci": RaSci,
    "ra_system": RaSystem,
    "rp2040_clocks": Rp2040Clocks,
    "rp2040_pll": Rp2040Pll,
    "rp2040_psm": Rp2040Psm,
    "rp2040_register_file": Rp2040RegisterFile,
    "rp2040_resets": Rp2040Resets,
    "rp2040_rosc": Rp2040Rosc,
    "rp2040_sio": Rp2040Sio,
    "rp2040_ssi": Rp2040Ssi,
    "rp2040_sysinfo": Rp2040Sysinfo,
    "rp2040_timer": Rp2040Timer,
    "rp2040_uart": Rp2040Uart,
    "rp2040_watchdog": Rp2040Watchdog,
    "rp2040_xip_ctrl": Rp2040XipCtrl,
    "rp2040_xosc": Rp2040Xosc,
    "rp2350_clocks": Rp2350Clocks,
    "rp2350_pll": Rp2350Pll,
    "rp2350_psm": Rp2350Psm,
    "rp2350_qmi": Rp2350Qmi,
    "rp2350_resets": Rp2350Resets,
    "rp2350_rosc": Rp2350Rosc,
    "rp2350_sio": Rp2350Sio,
    "rp2350_sysinfo": Rp2350Sysinfo,
    "rp2350_ticks": Rp2350Ticks,
    "rp2350_timer": Rp2350Timer,
    "rp2350_watchdog": Rp2350Watchdog,
    "rp2350_xip_ctrl": Rp2350XipCtrl,
    "rp2350_xip_maintenance": Rp2350XipMaintenance,
    "rp2350_xosc": Rp2350Xosc,
    "samd21_gclk": Samd21Gclk,
    "samd21_nvmctrl": Samd21Nvmctrl,
    "samd21_pm": Samd21Pm,
    "samd21_sysctrl": Samd21Sysctrl,
    "samd51_cmcc": Samd51Cmcc,
    "samd51_gclk": Samd51Gclk,
    "samd51_mclk": Samd51Mclk,
    "samd51_nvmctrl": Samd51Nvmctrl,
    "samd51_osc32kctrl": Samd51Osc32kctrl,
    "samd51_oscctrl": Samd51Oscctrl,
    "samd_sercom": SamdSercom,
    "stm32_gpio": Stm32Gpio,
    "stm32_icache": Stm32Icache,
    "stm32_timer": Stm32Timer,
    "stm32_usart": Stm32Usart,
    "stm32f0_flash": Stm32F0Flash,
    "stm32f0_rcc": Stm32F0Rcc,
    "stm32f1_flash": Stm32F1Flash,
    "stm32f1_gpio": Stm32F1Gpio,
    "stm32f1_rcc": Stm32F1Rcc,
    "stm32f3_rcc": Stm32F3Rcc,
    "stm32f4_flash": Stm32F4Flash,
    "stm32f4_pwr": Stm32F4Pwr,
    "stm32f4_rcc": Stm32F4Rcc,
    "stm32f7_flash": Stm32F7Flash,
    "stm32f7_pwr": Stm32F7Pwr,
    "stm32f7_rcc": Stm32F7Rcc,
    "stm32g0_flash": Stm32G0Flash,
    "stm32g0_pwr": Stm32G0Pwr,
    "stm32g0_rcc": Stm32G0Rcc,
    "stm32g4_rcc": Stm32G4Rcc,
    "stm32h5_flash": Stm32H5Flash,
    "stm32h5_pwr": Stm32H5Pwr,
    "stm32h5_rcc": Stm32H5Rcc,
    "stm32h7_flash": Stm32H7Flash,
    "stm32h7_pwr": Stm32H7Pwr,
    "stm32h7_rcc": Stm32H7Rcc,
    "stm32l0_flash": Stm32L0Flash,
    "stm32l0_pwr": Stm32L0Pwr,
    "stm32l0_rcc": Stm32L0Rcc,
    "stm32l1_flash": Stm32L1Flash,
    "stm32l1_rcc": Stm32L1Rcc,
    "stm32l4_flash": Stm32L4Flash,
    "stm32l4_pwr": Stm32L4Pwr,
    "stm32l4_rcc": Stm32L4Rcc,
    "stm32u3_flash": Stm32U3Flash,
    "stm32u3_pwr": Stm32U3Pwr,
    "stm32u3_rcc": Stm32U3Rcc,
    "stm32u5_flash": Stm32U5Flash,
    "stm32u5_pwr": Stm32U5Pwr,
    "stm32u5_rcc": Stm32U5Rcc,
}
