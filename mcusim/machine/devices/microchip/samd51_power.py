"""Power manager (PM) and supply controller (SUPC) of the SAM D51: sleep modes and the core's regulator.

Offsets, bits and reset values: Microchip's component headers pm.h and supc.h of the SAM D51. Not modelled: brown-out
detection (the supply is always good), what the modes keep of RAM, the backup domain's I/O, waking from OFF.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.packed_device import PackedDevice
from mcusim.machine.devices.power_net import DeepSleep
from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only

_SLEEPCFG, _INTFLAG = 0x01, 0x06
_MODES = {
    4: (DeepSleep.STOP, "standby"),
    5: (DeepSleep.STANDBY, "hibernate"),
    6: (DeepSleep.STANDBY, "backup"),
    7: (DeepSleep.STANDBY, "off"),
}
_IDLE_2 = 2
_SLEEP_READY = 1 << 0
_BUCK = 1 << 2
_READY = 1 << 0 | 1 << 3 | 1 << 8 | 1 << 10  # BOD33RDY, BOD12RDY, VREGRDY, VCORERDY


class Samd51Pm(PackedDevice):
    """SLEEPCFG alone says what WFI does; SCR.SLEEPDEEP has no part in it."""

    SIZE_BYTES = 0x14

    def reset(self) -> None:
        """Idle."""
        super().reset()
        self.set_field(_SLEEPCFG, _IDLE_2)
        self.set_field(_INTFLAG, _SLEEP_READY)
        self.host.power_net.ignores_sleepdeep = True
        self._choose_mode()

    def store_byte(self, offset: int, byte: int) -> None:
        """The ready flag stays."""
        if offset != _INTFLAG:
            self.set_field(offset, byte)

    def was_written(self, offset: int, size_bytes: int) -> None:
        """Another mode."""
        self._choose_mode()

    def _choose_mode(self) -> None:
        mode = _MODES.get(self.field(_SLEEPCFG) & 0b111, (DeepSleep.SLEEP, ""))
        self.host.power_net.choose(*mode)


class Samd51Supc(RegisterDevice):
    """VREG.SEL chooses the LDO or the buck converter, which is ready at once."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "INTENCLR": Register(0x00, writable_mask=0),
        "INTENSET": Register(0x04, writable_mask=0),
        "INTFLAG": Register(0x08, writable_mask=0),
        "STATUS": read_only(0x0C, _READY),
        "BOD33": Register(0x10),
        "BOD12": Register(0x14),
        "VREG": Register(0x18, 0x0000_0002),
        "VREF": Register(0x1C),
        "BBPS": Register(0x20),
        "BKOUT": Register(0x24),
        "BKIN": read_only(0x28),
    }

    def reset(self) -> None:
        """LDO."""
        super().reset()
        self._choose_regulator()

    def after_write(self, name: str, written: int) -> None:
        """Another regulator."""
        if name == "VREG":
            self._choose_regulator()

    def _choose_regulator(self) -> None:
        self.host.power_net.set_regulator("smps" if self.values["VREG"] & _BUCK else "ldo")
