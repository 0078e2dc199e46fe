"""The DC-DC converter of the EFR32MG24, which supplies the core; without it the chip's input does (bypass).

Offsets, bits and reset values: gecko_sdk 4.4, efr32mg24_dcdc.h; use: EMU_DCDCModeSet in em_emu.c. Not modelled:
start-up time (in regulation at once), its voltage, EM4.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, read_only
from mcusim.machine.devices.silabs.efm32_device import Efm32Device

_MODE = 1 << 0
_BYPASS = 1 << 0
_WARM, _RUNNING, _REGULATION = 1 << 1, 1 << 2, 1 << 5


class Efr32Dcdc(Efm32Device):
    """STATUS and IF follow CTRL.MODE."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "IPVERSION": read_only(0x00, 2),
        "CTRL": Register(0x04, 0x0000_0100, writable_mask=0x8000_01F1),
        "EM01CTRL0": Register(0x08, 0x0000_0109),
        "EM23CTRL0": Register(0x10, 0x0000_0103),
        "PFMXCTRL": Register(0x20, 0x0000_0C0C),
        "IF": Register(0x28, writable_mask=0x3FF),
        "IEN": Register(0x2C),
        "STATUS": read_only(0x30),
        "SYNCBUSY": read_only(0x34),
        "LOCK": Register(0x40),
        "LOCKSTATUS": read_only(0x44),
    }

    def reset(self) -> None:
        """Bypass."""
        super().reset()
        self._choose_regulator()

    def load(self, name: str) -> int:
        """What was asked for is there."""
        is_on = self.values["CTRL"] & _MODE
        if name == "STATUS":
            return _WARM | _RUNNING if is_on else _BYPASS
        if name == "IF" and is_on:
            return super().load(name) | _WARM | _RUNNING | _REGULATION
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Switch."""
        if name == "CTRL":
            self._choose_regulator()

    def _choose_regulator(self) -> None:
        self.host.power_net.set_regulator("smps" if self.values["CTRL"] & _MODE else "ldo")
