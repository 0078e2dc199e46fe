"""True random number generator of the RP2350: repeatable pseudo-random numbers.

Not modelled: the time that collecting 192 samples takes, the health tests (they never fail).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.pseudo_random import PseudoRandom
from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, command, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_WORDS_COUNT = 6
_LAST_WORD = f"EHR_DATA{_WORDS_COUNT - 1}"
_VALID = 1 << 0
_SOURCES_MASK = 0xF


class Rp2350Trng(Rp2040Device):
    """Six words are there whenever the source is on; reading the last one makes the next six."""

    # Offsets and reset values: pico-sdk 2.2, hardware/regs/trng.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "RNG_IMR": Register(0x100, _SOURCES_MASK, writable_mask=_SOURCES_MASK),
        "RNG_ISR": read_only(0x104),
        "RNG_ICR": command(0x108),
        "TRNG_CONFIG": Register(0x10C, writable_mask=0b11),
        "TRNG_VALID": read_only(0x110),
        **{f"EHR_DATA{index}": read_only(0x114 + 4 * index) for index in range(_WORDS_COUNT)},
        "RND_SOURCE_ENABLE": Register(0x12C, writable_mask=1),
        "SAMPLE_CNT1": Register(0x130, 0xFFFF),
        "AUTOCORR_STATISTIC": Register(0x134, writable_mask=0x003F_FFFF),
        "TRNG_DEBUG_CONTROL": Register(0x138, writable_mask=0xF),
        "TRNG_SW_RESET": command(0x140),
        "RNG_DEBUG_EN_INPUT": Register(0x1B4, writable_mask=1),
        "TRNG_BUSY": read_only(0x1B8),
        "RST_BITS_COUNTER": command(0x1BC),
        "RNG_VERSION": read_only(0x1C0),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._random = PseudoRandom()

    def reset(self) -> None:
        """Off, at the seed."""
        super().reset()
        self._random.restart()
        self._update()

    def load(self, name: str) -> int:
        """The collected words."""
        value = super().load(name)
        if name == _LAST_WORD:
            self._collect()
        return value

    def after_write(self, name: str, written: int) -> None:
        """Start, acknowledge, restart."""
        if name == "TRNG_SW_RESET" and written & 1:
            super().reset()
        elif name == "RNG_ICR":
            self.set_bits("RNG_ISR", written & _SOURCES_MASK, False)
        elif name in ("RND_SOURCE_ENABLE", "RST_BITS_COUNTER"):
            self._collect()
        self._update()

    def _collect(self) -> None:
        is_on = bool(self.values["RND_SOURCE_ENABLE"])
        for index in range(_WORDS_COUNT):
            self.values[f"EHR_DATA{index}"] = self._random.word() if is_on else 0
        self.set_bits("RNG_ISR", _VALID, is_on)
        self.values["TRNG_VALID"] = int(is_on)
        self._update()

    def _update(self) -> None:
        self.set_irq(bool(self.values["RNG_ISR"] & ~self.values["RNG_IMR"]))
