"""ADC16 of the Kinetis K: software-started conversions of what the user feeds.

Offsets, bits: MK64F12.h; calibration and starts: fsl_adc16.c of mcux-sdk. A conversion takes no time and gives the fed
number as it is. Not modelled: hardware triggers, DMA, comparison, averaging, differential mode.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only

_COCO, _AIEN, _CHANNEL_MASK = 1 << 7, 1 << 6, 0x1F
_CONTINUOUS, _CALIBRATE, _FAILED = 1 << 3, 1 << 7, 1 << 6
_OFF = 0x1F


class KinetisAdc(RegisterDevice):
    """Channels are fed as "ADC0.12"."""

    IS_FED: ClassVar[bool] = True
    REGISTERS: ClassVar[dict[str, Register]] = {
        "SC1A": Register(0x00, _OFF, writable_mask=0x7F),
        "SC1B": Register(0x04, _OFF, writable_mask=0x7F),
        "CFG1": Register(0x08),
        "CFG2": Register(0x0C),
        "RA": read_only(0x10),
        "RB": read_only(0x14),
        "CV1": Register(0x18),
        "CV2": Register(0x1C),
        "SC2": Register(0x20, writable_mask=0x7F),
        "SC3": Register(0x24, writable_mask=0x0F, one_clears_mask=_FAILED),
        "OFS": Register(0x28, 4),
        "PG": Register(0x2C, 0x8200),
        "MG": Register(0x30, 0x8200),
        **{
            f"CAL_{offset:02X}": Register(offset) for offset in (*range(0x34, 0x50, 4), *range(0x54, 0x70, 4))
        },
    }

    def reset(self) -> None:
        """Off."""
        super().reset()
        self.set_irq(False)

    def load(self, name: str) -> int:
        """Reading a result clears its flag; in continuous mode the next one is there at once."""
        value = super().load(name)
        if name == "RA":
            self.set_bits("SC1A", _COCO, False)
            if self.values["SC3"] & _CONTINUOUS:
                self._convert()
            self._update_irq()
        return value

    def after_write(self, name: str, written: int) -> None:
        """A channel in SC1A starts; calibration ends at once, with the flag of a conversion."""
        if name == "SC1A":
            self.set_bits("SC1A", _COCO, False)
            self._convert()
        elif name == "SC3" and written & _CALIBRATE:
            self.set_bits("SC1A", _COCO, True)
        self._update_irq()

    def _convert(self) -> None:
        channel = self.values["SC1A"] & _CHANNEL_MASK
        if channel != _OFF:
            self.values["RA"] = (self.host.sample(f"{self.spec.name}.{channel}") or 0) & 0xFFFF
            self.set_bits("SC1A", _COCO, True)

    def _update_irq(self) -> None:
        self.set_irq(bool(self.values["SC1A"] & _COCO and self.values["SC1A"] & _AIEN))
