"""Devices of NXP Kinetis, LPC55 and i.MX RT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.nxp.imxrt_ccm import ImxrtAnalog, ImxrtCcm
from mcusim.machine.devices.nxp.imxrt_flexspi import ImxrtFlexspi
from mcusim.machine.devices.nxp.imxrt_lpuart import ImxrtLpuart
from mcusim.machine.devices.nxp.kinetis_fmc import KinetisFmc
from mcusim.machine.devices.nxp.kinetis_mcg import KinetisMcg, KinetisSim
from mcusim.machine.devices.nxp.kinetis_uart import KinetisUart
from mcusim.machine.devices.nxp.lpc55_syscon import Lpc55Syscon
from mcusim.machine.devices.nxp.lpc55_usart import Lpc55Usart
from mcusim.machine.devices.nxp.nxp_gpio import ImxrtGpio, KinetisGpio, Lpc55Gpio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.machine.devices.device import DeviceFactory

DEVICES: Mapping[str, DeviceFactory] = {
    "imxrt_analog": ImxrtAnalog,
    "imxrt_ccm": ImxrtCcm,
    "imxrt_flexspi": ImxrtFlexspi,
    "imxrt_gpio": ImxrtGpio,
    "imxrt_lpuart": ImxrtLpuart,
    "kinetis_fmc": KinetisFmc,
    "kinetis_gpio": KinetisGpio,
    "kinetis_mcg": KinetisMcg,
    "kinetis_sim": KinetisSim,
    "kinetis_uart": KinetisUart,
    "lpc55_gpio": Lpc55Gpio,
    "lpc55_syscon": Lpc55Syscon,
    "lpc55_usart": Lpc55Usart,
}
"""What `kind` in a chip file makes."""
