"""Clock generator of the Apollo3: 48 MHz, half of it, or a burst at 96 MHz.

Not modelled: calibration of the oscillators, clock outputs, the time until a burst starts, the feature bits that allow
bursts (they are always allowed).
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only

_HFRC_HZ = 48_000_000
_BURST_HZ = 96_000_000
_KEY = 0x47
_HALF = 1 << 0  # CCTRL.CORESEL
_BURST_REQUEST, _BURST_ACKNOWLEDGED_AND_ON = 1 << 0, 0b110


class Apollo3Clkgen(RegisterDevice):
    """The core clock; CCTRL can be written while CLKKEY holds the key."""

    # Offsets, bits and reset values: Ambiq's SVD file of the Apollo3.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CALXT": Register(0x00),
        "CALRC": Register(0x04),
        "ACALCTR": read_only(0x08),
        "OCTRL": Register(0x0C),
        "CLKOUT": Register(0x10),
        "CLKKEY": Register(0x14),
        "CCTRL": Register(0x18, 1, writable_mask=0),
        "STATUS": read_only(0x1C),
        "HFADJ": Register(0x20),
        "CLOCKENSTAT": read_only(0x28),
        "CLOCKEN2STAT": read_only(0x2C),
        "CLOCKEN3STAT": read_only(0x30),
        "FREQCTRL": Register(0x34, writable_mask=_BURST_REQUEST),
        "BLEBUCKTONADJ": Register(0x3C),
        "INTRPTEN": Register(0x100),
        "INTRPTSTAT": Register(0x104, writable_mask=0),
        "INTRPTCLR": Register(0x108, writable_mask=0),
        "INTRPTSET": Register(0x10C, writable_mask=0),
    }

    def reset(self) -> None:
        """24 MHz."""
        super().reset()
        self._publish()

    def load(self, name: str) -> int:
        """A burst is granted and running as soon as it is requested."""
        value = super().load(name)
        return value | _BURST_ACKNOWLEDGED_AND_ON if name == "FREQCTRL" and value & _BURST_REQUEST else value

    def after_write(self, name: str, written: int) -> None:
        """The divider and bursts."""
        if name == "CCTRL" and self.values["CLKKEY"] == _KEY:
            self.values["CCTRL"] = written & _HALF
        if name in ("CCTRL", "FREQCTRL"):
            self._publish()

    def _publish(self) -> None:
        core_hz = _HFRC_HZ // 2 if self.values["CCTRL"] & _HALF else _HFRC_HZ
        if self.values["FREQCTRL"] & _BURST_REQUEST:
            core_hz = _BURST_HZ
        self.host.clock_net.publish_core(self.host, core_hz)
