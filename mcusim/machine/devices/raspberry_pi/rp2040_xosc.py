"""Crystal oscillator of the RP2040 (datasheet section 2.16).

Not modelled: start-up time (stable at once), dormant mode (warned about).
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register

_UNSET, _ENABLE, _DISABLE = 0, 0xFAB, 0xD1E
_STABLE, _BADWRITE, _ENABLED = 1 << 31, 1 << 24, 1 << 12
_DORMANT = 0x636F_6D61
_PICO_CRYSTAL_HZ = 12_000_000


class Rp2040Xosc(Rp2040Device):
    """Publishes `xosc`; option `crystal_hz`."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        # The manual gives CTRL no reset value; 0 lets firmware set ENABLE through the set alias.
        "CTRL": Register(0x00, writable_mask=0x00FF_FFFF),
        "STATUS": Register(0x04, writable_mask=0, one_clears_mask=_BADWRITE),
        "DORMANT": Register(0x08),
        "STARTUP": Register(0x0C, 0xC4, writable_mask=0x0010_3FFF),
        "COUNT": Register(0x1C, writable_mask=0),  # the delay is always over
    }

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._publish()

    def load(self, name: str) -> int:
        """STATUS follows CTRL."""
        value = super().load(name)
        return value | (_STABLE | _ENABLED if self._is_on() else 0) if name == "STATUS" else value

    def after_write(self, name: str, written: int) -> None:
        """Switch the oscillator."""
        if name == "CTRL":
            if written >> 12 not in (_UNSET, _ENABLE, _DISABLE):
                self.set_bits("STATUS", _BADWRITE, True)
            self._publish()
        elif name == "DORMANT" and written == _DORMANT:
            self.host.warn(f"{self.spec.name}: dormant mode is not modelled; the clock keeps running")

    def _is_on(self) -> bool:
        return self.values["CTRL"] >> 12 == _ENABLE

    def _publish(self) -> None:
        crystal_hz = self.int_option("crystal_hz", _PICO_CRYSTAL_HZ)
        self.host.clock_net.publish("xosc", crystal_hz if self._is_on() else 0)
