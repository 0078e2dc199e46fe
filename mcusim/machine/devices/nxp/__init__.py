"""Devices of NXP Kinetis, LPC55 and i.MX RT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.nxp.imxrt_ccm import ImxrtAnalog, ImxrtCcm
from mcusim.machine.devices.nxp.imxrt_flexspi import ImxrtFlexspi
from mcusim.machine.devices.nxp.imxrt_gpt import ImxrtGpt
from mcusim.machine.devices.nxp.imxrt_lpuart import ImxrtLpuart
from mcusim.machine.devices.nxp.imxrt_wdog import ImxrtRtwdog, ImxrtWdog
from mcusim.machine.devices.nxp.kinetis_adc import KinetisAdc
from mcusim.machine.devices.nxp.kinetis_fmc import KinetisFmc
from mcusim.machine.devices.nxp.kinetis_ftm import KinetisFtm
from mcusim.machine.devices.nxp.kinetis_lptmr import KinetisLptmr
from mcusim.machine.devices.nxp.kinetis_mcg import KinetisMcg, KinetisSim
from mcusim.machine.devices.nxp.kinetis_smc import KinetisSmc
from mcusim.machine.devices.nxp.kinetis_uart import KinetisUart
from mcusim.machine.devices.nxp.kinetis_wdog import KinetisWdog
from mcusim.machine.devices.nxp.lpc55_syscon import Lpc55Syscon
from mcusim.machine.devices.nxp.lpc55_timers import Lpc55Ctimer, Lpc55Mrt, Lpc55Utick
from mcusim.machine.devices.nxp.lpc55_usart import Lpc55Usart
from mcusim.machine.devices.nxp.lpc55_wwdt import Lpc55Wwdt
from mcusim.machine.devices.nxp.nxp_crc import KinetisCrc, Lpc55Crc
from mcusim.machine.devices.nxp.nxp_gpio import ImxrtGpio, KinetisGpio, Lpc55Gpio
from mcusim.machine.devices.nxp.nxp_pit import NxpPit
from mcusim.machine.devices.nxp.nxp_random import ImxrtTrng, KinetisRnga, Lpc55Rng
from mcusim.machine.devices.nxp.nxp_rtc import KinetisRtc, Lpc55Rtc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.machine.devices.device import DeviceFactory

DEVICES: Mapping[str, DeviceFactory] = {
    "imxrt_analog": ImxrtAnalog,
    "imxrt_ccm": ImxrtCcm,
    "imxrt_flexspi": ImxrtFlexspi,
    "imxrt_gpio": ImxrtGpio,
    "imxrt_gpt": ImxrtGpt,
    "imxrt_lpuart": ImxrtLpuart,
    "imxrt_rtwdog": ImxrtRtwdog,
    "imxrt_trng": ImxrtTrng,
    "imxrt_wdog": ImxrtWdog,
    "kinetis_adc": KinetisAdc,
    "kinetis_crc": KinetisCrc,
    "kinetis_fmc": KinetisFmc,
    "kinetis_ftm": KinetisFtm,
    "kinetis_gpio": KinetisGpio,
    "kinetis_lptmr": KinetisLptmr,
    "kinetis_mcg": KinetisMcg,
    "kinetis_rnga": KinetisRnga,
    "kinetis_rtc": KinetisRtc,
    "kinetis_sim": KinetisSim,
    "kinetis_smc": KinetisSmc,
    "kinetis_uart": KinetisUart,
    "kinetis_wdog": KinetisWdog,
    "lpc55_crc": Lpc55Crc,
    "lpc55_ctimer": Lpc55Ctimer,
    "lpc55_gpio": Lpc55Gpio,
    "lpc55_mrt": Lpc55Mrt,
    "lpc55_rng": Lpc55Rng,
    "lpc55_rtc": Lpc55Rtc,
    "lpc55_syscon": Lpc55Syscon,
    "lpc55_usart": Lpc55Usart,
    "lpc55_utick": Lpc55Utick,
    "lpc55_wwdt": Lpc55Wwdt,
    "nxp_pit": NxpPit,
}
"""What `kind` in a chip file makes."""
