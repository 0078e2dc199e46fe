"""What every GPIO port tells the host: the levels of the pins that firmware drives."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.machine.devices.device import Host


class PinDriver:
    """The outputs of one port; a device with pins has one as `pin_driver`, which is how their names are known."""

    def __init__(self, host: Host, names: tuple[str, ...]) -> None:
        """`names` by bit number."""
        self._host = host
        self.names = names
        self._driven_mask = 0
        self._levels_mask = 0

    def drive(self, driven_mask: int, levels_mask: int) -> None:
        """Outputs and their levels are these now; the host hears of what is new."""
        changed = driven_mask & (~self._driven_mask | levels_mask ^ self._levels_mask)
        self._driven_mask, self._levels_mask = driven_mask, levels_mask
        while changed:
            bit = (changed & -changed).bit_length() - 1
            changed &= changed - 1
            if bit < len(self.names):
                self._host.set_pin(self.names[bit], levels_mask >> bit & 1)

    def reset(self) -> None:
        """No pin is driven any more."""
        self._driven_mask = self._levels_mask = 0
