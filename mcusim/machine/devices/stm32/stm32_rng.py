"""Random number generator of the STM32 (RM0351, RNG; RM0456 for the conditioning registers).

Numbers come from xorshift32 (Marsaglia, Xorshift RNGs, 2003: 13, 17, 5) with a fixed seed, so that every run of a
firmware is the same; it starts over at a chip reset. Not modelled: the time a number takes and seed errors.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only

_RNGEN, _IE = 1 << 2, 1 << 3
_DRDY = 1 << 0
_SEED = 0x2545_F491


class Stm32Rng(RegisterDevice):
    """A number is ready whenever the generator is on; read while off it is 0."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00),
        "SR": Register(0x04, writable_mask=0, zero_clears_mask=0b11 << 5),
        "DR": read_only(0x08),
        "NSCR": Register(0x0C),
        "HTCR": Register(0x10),
    }

    def reset(self) -> None:
        """Off, at the seed."""
        super().reset()
        self._state = _SEED
        self.set_irq(False)

    def load(self, name: str) -> int:
        """Data ready; the next number."""
        is_on = bool(self.values["CR"] & _RNGEN)
        if name == "SR":
            return self.values["SR"] | (_DRDY if is_on else 0)
        return self._next() if name == "DR" and is_on else super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """The interrupt says that a number is there, which is always."""
        self.set_irq(bool(self.values["CR"] & _RNGEN and self.values["CR"] & _IE))

    def _next(self) -> int:
        state = self._state
        state ^= state << 13 & 0xFFFF_FFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFF_FFFF
        self._state = state
        return state
