"""Core supply of the EFR32MG24: the energy management unit's voltage scaling, and the DC-DC converter.

Offsets, bits and reset values: gecko_sdk 4.4, efr32mg24_emu.h and efr32mg24_dcdc.h; use: EMU_VScaleEM01, EMU_EnterEM4
and EMU_DCDCModeSet in em_emu.c. Not modelled: how long scaling and starting take (done at once), the converter's
voltage, brown-out detection, the thermometer, waking up from EM4 (it ends the run).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.silabs.efm32_device import Efm32Device

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_VSCALE_1, _VSCALE_2 = 1 << 6, 2 << 6  # STATUS.VSCALE
_TO_VSCALE_1, _TO_VSCALE_2 = 1 << 10, 1 << 11
_VSCALE_DONE = 1 << 25
_EM4_ENTRY = (2, 3, 2, 3, 2, 3, 2, 3, 2)
_MODE = 1 << 0
_BYPASS = 1 << 0
_WARM, _RUNNING, _REGULATION = 1 << 1, 1 << 2, 1 << 5


class Efr32Emu(Efm32Device):
    """CMD chooses VSCALE1 or VSCALE2; EM4CTRL written 2, 3, four times, and 2 enters EM4."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "DECBOD": Register(0x010, 0x22),
        "BOD3SENSE": Register(0x020),
        "VREGVDDCMPCTRL": Register(0x03C, 6),
        "PD1PARETCTRL": Register(0x040),
        "IPVERSION": read_only(0x05C, 3),
        "LOCK": Register(0x060, 0xADE8),
        "IF": Register(0x064),
        "IEN": Register(0x068),
        "EM4CTRL": Register(0x06C),
        "CMD": command(0x070),
        "CTRL": Register(0x074, 0x200),
        "TEMPLIMITS": Register(0x078, 0x01FF_0000),
        "STATUS": read_only(0x084, _VSCALE_2),
        "TEMP": read_only(0x088),
        "RSTCTRL": Register(0x090, 0x0006_0407),
        "RSTCAUSE": read_only(0x094),
        "TAMPERRSTCAUSE": read_only(0x098),
        "DGIF": Register(0x0A0),
        "DGIEN": Register(0x0A4),
        "EFPIF": Register(0x100),
        "EFPIEN": Register(0x104),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._entry: tuple[int, ...] = ()

    def reset(self) -> None:
        """VSCALE2."""
        super().reset()
        self._entry = ()
        self._choose_range()

    def after_write(self, name: str, written: int) -> None:
        """Scale; follow the way into EM4."""
        if name == "CMD" and written & (_TO_VSCALE_1 | _TO_VSCALE_2):
            self.values["STATUS"] = _VSCALE_1 if written & _TO_VSCALE_1 else _VSCALE_2
            self.values["IF"] |= _VSCALE_DONE
            self._choose_range()
        elif name == "EM4CTRL":
            self._entry = (*self._entry, written & 0b11)[-len(_EM4_ENTRY) :]
            if self._entry == _EM4_ENTRY:
                self.host.end_run(
                    "the firmware switched the chip off (EM4); what would wake it is not modelled"
                )

    def _choose_range(self) -> None:
        is_low = self.values["STATUS"] == _VSCALE_1
        self.host.power_net.set_voltage_range("vscale1" if is_low else "vscale2")


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
