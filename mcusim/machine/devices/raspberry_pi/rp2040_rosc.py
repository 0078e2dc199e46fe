"""Ring oscillator of the RP2040 (datasheet section 2.17).

Not modelled: the frequency settings (FREQA, FREQB, DIV, range: it stays at its nominal frequency), dormant
mode. RANDOMBIT is a repeatable pseudo-random sequence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

NOMINAL_HZ = 6_500_000  # datasheet 2.17.1: nominally 6.5 MHz, guaranteed to be within 1.8 to 12 MHz
_DISABLE = 0xD1E
_STABLE, _DIV_RUNNING, _ENABLED = 1 << 31, 1 << 16, 1 << 12
_LFSR_SEED, _LFSR_TAPS = 0xACE1, 0xB400  # a 16-bit Galois register of maximal length


class Rp2040Rosc(Rp2040Device):
    """Runs from reset on; publishes `rosc`; option `rosc_hz`."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRL": Register(0x00, 0xAA0, writable_mask=0x00FF_FFFF),
        "FREQA": Register(0x04),
        "FREQB": Register(0x08),
        "DORMANT": Register(0x0C),
        "DIV": Register(0x10, 0xAA0 + 16, writable_mask=0xFFF),
        "PHASE": Register(0x14, 0x8, writable_mask=0xFFF),
        "STATUS": Register(0x18, writable_mask=0, one_clears_mask=1 << 24),
        "RANDOMBIT": Register(0x1C, 1, writable_mask=0),
        "COUNT": Register(0x20, writable_mask=0),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._noise = _LFSR_SEED

    def reset(self) -> None:
        """Running."""
        super().reset()
        self._noise = _LFSR_SEED
        self._publish()

    def load(self, name: str) -> int:
        """STATUS follows CTRL; RANDOMBIT moves on with every read."""
        if name == "RANDOMBIT":
            bit = self._noise & 1
            self._noise = (self._noise >> 1) ^ (_LFSR_TAPS if bit else 0)
            return bit
        value = super().load(name)
        running_mask = _STABLE | _DIV_RUNNING | _ENABLED if self._is_on() else 0
        return value | running_mask if name == "STATUS" else value

    def after_write(self, name: str, written: int) -> None:
        """Switch the oscillator."""
        if name == "CTRL":
            self._publish()

    def _is_on(self) -> bool:
        return self.values["CTRL"] >> 12 != _DISABLE

    def _publish(self) -> None:
        self.host.clock_net.publish("rosc", self.int_option("rosc_hz", NOMINAL_HZ) if self._is_on() else 0)
