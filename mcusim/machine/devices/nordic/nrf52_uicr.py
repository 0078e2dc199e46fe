"""User information configuration registers of the nRF52840 (PS v1.7, section 4.5).

Not modelled: the effect of any setting, and the lock: a write only clears bits, as on the chip, but needs
no write enable in NVMC. The contents outlive a chip reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.register_device import WORD_MASK

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_PSELRESET_OFFSETS = (0x200, 0x204)
# P0.18. Start-up code built with CONFIG_GPIO_AS_PINRESET writes it and resets the chip when it is erased; a
# board that was programmed once has it already.
_RESET_PIN = 18


class Nrf52Uicr:
    """Erased, but for the reset pin."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        self.spec = spec
        self.host = host
        self._words = dict.fromkeys(_PSELRESET_OFFSETS, _RESET_PIN)

    @property
    def unmodelled(self) -> bool:
        """False: it behaves like the flash page it is."""
        return False

    def reset(self) -> None:
        """Keep everything: this is flash."""

    def read(self, offset: int, size_bytes: int) -> int:
        """A word of the page, or part of it."""
        word = self._words.get(offset & ~3, WORD_MASK)
        return (word >> 8 * (offset & 3)) & ((1 << 8 * size_bytes) - 1)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Clear the bits that are 0 in `value`."""
        shift = 8 * (offset & 3)
        kept_mask = WORD_MASK & ~(((1 << 8 * size_bytes) - 1) << shift)
        word = self._words.get(offset & ~3, WORD_MASK)
        self._words[offset & ~3] = word & (kept_mask | (value << shift))
