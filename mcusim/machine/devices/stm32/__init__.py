"""Devices of STMicroelectronics STM32."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.stm32.stm32_adc import Stm32AdcCommon
from mcusim.machine.devices.stm32.stm32_chip import (
    Stm32Dbgmcu,
    Stm32F1Backup,
    Stm32Hsem,
    Stm32Settings,
    Stm32Tamp,
)
from mcusim.machine.devices.stm32.stm32_crc import Stm32Crc
from mcusim.machine.devices.stm32.stm32_dcmi import Stm32Dcmi
from mcusim.machine.devices.stm32.stm32_dfsdm import Stm32Dfsdm
from mcusim.machine.devices.stm32.stm32_dma import Stm32Dma
from mcusim.machine.devices.stm32.stm32_dma_streams import Stm32DmaStreams
from mcusim.machine.devices.stm32.stm32_dmamux import Stm32Dmamux
from mcusim.machine.devices.stm32.stm32_exti import Stm32Exti
from mcusim.machine.devices.stm32.stm32_gpdma import Stm32Gpdma
from mcusim.machine.devices.stm32.stm32_gpio import Stm32Gpio
from mcusim.machine.devices.stm32.stm32_i2c import Stm32F4I2c, Stm32L4I2c
from mcusim.machine.devices.stm32.stm32_icache import Stm32Icache
from mcusim.machine.devices.stm32.stm32_lptim import Stm32Lptim
from mcusim.machine.devices.stm32.stm32_mdf import Stm32Mdf
from mcusim.machine.devices.stm32.stm32_page_flash import Stm32G0Flash, Stm32U3Flash, Stm32U5Flash
from mcusim.machine.devices.stm32.stm32_rng import Stm32Rng
from mcusim.machine.devices.stm32.stm32_rtc import Stm32Rtc
from mcusim.machine.devices.stm32.stm32_sai import Stm32Sai
from mcusim.machine.devices.stm32.stm32_spi import Stm32F4Spi, Stm32H7Spi
from mcusim.machine.devices.stm32.stm32_timer import Stm32Timer
from mcusim.machine.devices.stm32.stm32_usart import Stm32Usart
from mcusim.machine.devices.stm32.stm32_watchdogs import Stm32Iwdg, Stm32Wwdg
from mcusim.machine.devices.stm32.stm32f0_flash import Stm32F0Flash, Stm32F1Flash
from mcusim.machine.devices.stm32.stm32f0_rcc import Stm32F0Rcc, Stm32F3Rcc
from mcusim.machine.devices.stm32.stm32f1_gpio import Stm32F1Gpio
from mcusim.machine.devices.stm32.stm32f1_rcc import Stm32F1Rcc
from mcusim.machine.devices.stm32.stm32f1_rtc import Stm32F1Rtc
from mcusim.machine.devices.stm32.stm32f4_adc import Stm32F4Adc
from mcusim.machine.devices.stm32.stm32f4_flash import Stm32F4Flash
from mcusim.machine.devices.stm32.stm32f4_pwr import Stm32F1Pwr, Stm32F4Pwr
from mcusim.machine.devices.stm32.stm32f4_rcc import Stm32F4Rcc
from mcusim.machine.devices.stm32.stm32f7_flash import Stm32F7Flash
from mcusim.machine.devices.stm32.stm32f7_pwr import Stm32F7Pwr
from mcusim.machine.devices.stm32.stm32f7_rcc import Stm32F7Rcc
from mcusim.machine.devices.stm32.stm32g0_pwr import Stm32G0Pwr
from mcusim.machine.devices.stm32.stm32g0_rcc import Stm32G0Rcc
from mcusim.machine.devices.stm32.stm32h5_flash import Stm32H5Flash
from mcusim.machine.devices.stm32.stm32h5_pwr import Stm32H5Pwr
from mcusim.machine.devices.stm32.stm32h5_rcc import Stm32H5Rcc
from mcusim.machine.devices.stm32.stm32h7_flash import Stm32H7Flash
from mcusim.machine.devices.stm32.stm32h7_pwr import Stm32H7Pwr
from mcusim.machine.devices.stm32.stm32h7_rcc import Stm32H7Rcc
from mcusim.machine.devices.stm32.stm32l0_flash import Stm32L0Flash
from mcusim.machine.devices.stm32.stm32l0_pwr import Stm32L0Pwr
from mcusim.machine.devices.stm32.stm32l0_rcc import Stm32L0Rcc
from mcusim.machine.devices.stm32.stm32l1_flash import Stm32L1Flash
from mcusim.machine.devices.stm32.stm32l1_rcc import Stm32L1Rcc
from mcusim.machine.devices.stm32.stm32l4_adc import Stm32G0Adc, Stm32L4Adc
from mcusim.machine.devices.stm32.stm32l4_flash import Stm32L4Flash
from mcusim.machine.devices.stm32.stm32l4_pwr import Stm32L4Pwr
from mcusim.machine.devices.stm32.stm32l4_rcc import Stm32G4Rcc, Stm32L4Rcc
from mcusim.machine.devices.stm32.stm32u3_rcc import Stm32U3Rcc
from mcusim.machine.devices.stm32.stm32u5_pwr import Stm32U3Pwr, Stm32U5Pwr
from mcusim.machine.devices.stm32.stm32u5_rcc import Stm32U5Rcc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.machine.devices.device import DeviceFactory

DEVICES: Mapping[str, DeviceFactory] = {
    "stm32_adc_common": Stm32AdcCommon,
    "stm32_crc": Stm32Crc,
    "stm32_dbgmcu": Stm32Dbgmcu,
    "stm32_dcmi": Stm32Dcmi,
    "stm32_dfsdm": Stm32Dfsdm,
    "stm32_dma": Stm32Dma,
    "stm32_dma_streams": Stm32DmaStreams,
    "stm32_dmamux": Stm32Dmamux,
    "stm32_exti": Stm32Exti,
    "stm32_gpdma": Stm32Gpdma,
    "stm32_gpio": Stm32Gpio,
    "stm32_hsem": Stm32Hsem,
    "stm32_icache": Stm32Icache,
    "stm32_iwdg": Stm32Iwdg,
    "stm32_lptim": Stm32Lptim,
    "stm32_mdf": Stm32Mdf,
    "stm32_rng": Stm32Rng,
    "stm32_rtc": Stm32Rtc,
    "stm32_sai": Stm32Sai,
    "stm32_settings": Stm32Settings,
    "stm32_tamp": Stm32Tamp,
    "stm32_timer": Stm32Timer,
    "stm32_usart": Stm32Usart,
    "stm32_wwdg": Stm32Wwdg,
    "stm32f0_flash": Stm32F0Flash,
    "stm32f0_rcc": Stm32F0Rcc,
    "stm32f1_backup": Stm32F1Backup,
    "stm32f1_flash": Stm32F1Flash,
    "stm32f1_gpio": Stm32F1Gpio,
    "stm32f1_pwr": Stm32F1Pwr,
    "stm32f1_rcc": Stm32F1Rcc,
    "stm32f1_rtc": Stm32F1Rtc,
    "stm32f3_rcc": Stm32F3Rcc,
    "stm32f4_adc": Stm32F4Adc,
    "stm32f4_flash": Stm32F4Flash,
    "stm32f4_i2c": Stm32F4I2c,
    "stm32f4_pwr": Stm32F4Pwr,
    "stm32f4_rcc": Stm32F4Rcc,
    "stm32f4_spi": Stm32F4Spi,
    "stm32f7_flash": Stm32F7Flash,
    "stm32f7_pwr": Stm32F7Pwr,
    "stm32f7_rcc": Stm32F7Rcc,
    "stm32g0_adc": Stm32G0Adc,
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
    "stm32h7_spi": Stm32H7Spi,
    "stm32l0_flash": Stm32L0Flash,
    "stm32l0_pwr": Stm32L0Pwr,
    "stm32l0_rcc": Stm32L0Rcc,
    "stm32l1_flash": Stm32L1Flash,
    "stm32l1_rcc": Stm32L1Rcc,
    "stm32l4_adc": Stm32L4Adc,
    "stm32l4_flash": Stm32L4Flash,
    "stm32l4_i2c": Stm32L4I2c,
    "stm32l4_pwr": Stm32L4Pwr,
    "stm32l4_rcc": Stm32L4Rcc,
    "stm32u3_flash": Stm32U3Flash,
    "stm32u3_pwr": Stm32U3Pwr,
    "stm32u3_rcc": Stm32U3Rcc,
    "stm32u5_flash": Stm32U5Flash,
    "stm32u5_pwr": Stm32U5Pwr,
    "stm32u5_rcc": Stm32U5Rcc,
}
"""What `kind` in a chip file makes."""
