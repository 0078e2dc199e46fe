"""A/D converter of the RA6M4: software-started scans of the selected channels, with what the user feeds.

Offsets and bits: R7FA6M4AF.h; r_adc.c of FSP 6. Scans take no time. Not modelled: triggers, groups B and C, averaging,
comparison, temperature and reference voltage (0), self-diagnosis; calibration is done at once.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.packed_device import PackedDevice
from mcusim.machine.devices.renesas.ra_icu import raise_event

_CSR, _CSR_HIGH, _ANSA, _ADDR = 0x00, 0x01, 0x04, 0x20
_ADST, _ADIE = 1 << 15, 1 << 12
_CONTINUOUS = 2  # ADCS
_CHANNELS_COUNT = 29


class RaAdc(PackedDevice):
    """Channels are fed as "ADC0.3"; option `event`: its scan end."""

    IS_FED: ClassVar[bool] = True
    SIZE_BYTES: ClassVar[int] = 0x1E4

    def was_written(self, offset: int, size_bytes: int) -> None:
        """ADST scans once; in continuous mode again whenever a result is read."""
        if offset <= _CSR_HIGH < offset + size_bytes and self.field(_CSR, 2) & _ADST:
            self._scan()

    def was_read(self, offset: int) -> None:
        """The next scan of continuous mode has come meanwhile."""
        is_result = _ADDR <= offset < _ADDR + 2 * _CHANNELS_COUNT
        if is_result and self.field(_CSR, 2) & _ADST:
            self._scan()

    def _scan(self) -> None:
        control, selected = self.field(_CSR, 2), self.field(_ANSA, 4)
        for channel in range(_CHANNELS_COUNT):
            if selected >> channel & 1:
                sample = self.host.sample(f"{self.spec.name}.{channel}")
                self.set_field(_ADDR + 2 * channel, (sample or 0) & 0xFFFF, 2)
        if control >> 13 & 0b11 != _CONTINUOUS:
            self.set_field(_CSR, control & ~_ADST, 2)
        if control & _ADIE:
            raise_event(self.host, self.int_option("event", 0))
