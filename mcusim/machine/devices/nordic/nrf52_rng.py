"""Random number generator of the nRF52840 (PS v1.7, section 6.19), deterministic so that runs are repeatable.

Not modelled: the time a value takes (the next one is there at once), bias correction. The values are those
of a 32-bit linear congruential generator, the same after every reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, Nrf52Device, events, tasks
from mcusim.machine.devices.register_device import WORD_MASK, Register, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_MULTIPLIER, _INCREMENT = 1_664_525, 1_013_904_223  # Numerical Recipes, 3rd ed., section 7.1
_SEED = 1


class Nrf52Rng(Nrf52Device):
    """A value is ready while the generator runs."""

    SHORTS: ClassVar[dict[int, tuple[str, str]]] = {0: ("VALRDY", "STOP")}
    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks({"START": 0x000, "STOP": 0x004}),
        **events({"VALRDY": 0x100}),
        **INTERRUPT_REGISTERS,
        "SHORTS": Register(0x200),
        "CONFIG": Register(0x504),
        "VALUE": read_only(0x508),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._state = _SEED
        self._is_running = False

    def reset(self) -> None:
        """Stopped, at the start of the sequence."""
        super().reset()
        self._state = _SEED
        self._is_running = False

    def run_task(self, task: str) -> None:
        """Start or stop."""
        self._is_running = task == "START"
        if self._is_running:
            self._next_value()

    def after_write(self, name: str, written: int) -> None:
        """Clearing VALRDY makes room for the next value."""
        super().after_write(name, written)
        if name == "EVENTS_VALRDY" and not self.values[name] and self._is_running:
            self._next_value()

    def _next_value(self) -> None:
        self._state = (_MULTIPLIER * self._state + _INCREMENT) & WORD_MASK
        self.values["VALUE"] = self._state >> 24  # the high bits are the good ones
        self.fire("VALRDY")
