"""What the power controllers of the STM32 share: which mode SLEEPDEEP means, and the flags that tell of it.

Not modelled: how long waking up takes, what the modes of Stop differ in, wake-up pins, contents lost in Standby.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.power_net import DeepSleep
from mcusim.machine.devices.register_device import RegisterDevice

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host


class PowerController(RegisterDevice):
    """Tells the machine the mode that its control register selects."""

    MODE_FIELD: ClassVar[tuple[str, int, int]]
    """Register, shift and mask of the mode."""
    STANDBY_MODES: ClassVar[tuple[int, ...]] = (1,)
    """The values that mean Standby (or Shutdown); all others are a kind of Stop."""
    FLAGS_REGISTER: ClassVar[str]
    STOP_FLAG: ClassVar[int] = 0
    STANDBY_FLAG: ClassVar[int]
    CLEAR: ClassVar[tuple[str, int]]
    """Register and bit that clear the flags."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._mode_flags = 0
        host.power_net.listen(self._slept)

    def reset(self) -> None:
        """Stop is the deep sleep mode; the flag says whether the reset ended Standby."""
        super().reset()
        self._mode_flags = self.STANDBY_FLAG if self.host.power_net.reset_cause == "standby" else 0
        self._choose_mode()

    def load(self, name: str) -> int:
        """Flags of the modes."""
        return super().load(name) | (self._mode_flags if name == self.FLAGS_REGISTER else 0)

    def after_write(self, name: str, written: int) -> None:
        """Choose the mode, clear the flags."""
        register, mask = self.CLEAR
        if name == register and written & mask:
            self._mode_flags = 0
            if self.registers[name].writable_mask & mask:
                self.values[name] &= ~mask  # reads 0
        self._choose_mode()

    def _choose_mode(self) -> None:
        register, shift, mask = self.MODE_FIELD
        is_standby = self.values[register] >> shift & mask in self.STANDBY_MODES
        self.host.power_net.deep_mode = DeepSleep.STANDBY if is_standby else DeepSleep.STOP

    def _slept(self, is_stopped: bool) -> None:
        if is_stopped and self.host.power_net.mode is DeepSleep.STOP:
            self._mode_flags |= self.STOP_FLAG
