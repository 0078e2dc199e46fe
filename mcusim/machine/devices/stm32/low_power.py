"""What the power controllers of the STM32 share: which mode SLEEPDEEP means, flags that tell of it, the core supply.

How long waking up takes is the power model's to say. Not modelled: which peripherals a mode of Stop keeps, wake-up
pins, contents lost in Standby, low-power run and low-power sleep, clocks that stop while the core only sleeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.power_net import DeepSleep
from mcusim.machine.devices.register_device import RegisterDevice

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_PDDS = 1 << 1


def regulator_stop_name(control: int, flash_off_mask: int = 0) -> str:
    """The mode that a control register with LPDS (LPSDSR) in bit 0 and PDDS in bit 1 chooses."""
    if control & _PDDS:
        return "standby"
    return ("stop-lpr" if control & 1 else "stop-mr") + ("-fpd" if control & flash_off_mask else "")


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
    MODE_NAMES: ClassVar[tuple[str, ...]] = ()
    """Of the values of the mode field, as the power models call them; the last one stands for all further values."""

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

    @property
    def mode(self) -> int:
        """The value of the mode field."""
        register, shift, mask = self.MODE_FIELD
        return self.values[register] >> shift & mask

    def is_standby(self) -> bool:
        """Whether the mode that is chosen is one whose wake-up is a reset."""
        return self.mode in self.STANDBY_MODES

    def mode_name(self) -> str:
        """The deep sleep mode that is chosen, as the power models call it."""
        return self.MODE_NAMES[min(self.mode, len(self.MODE_NAMES) - 1)]

    def voltage_range(self) -> str:
        """The core voltage range in use, as the power models call it; empty: there is no choice."""
        return ""

    def regulator(self) -> str:
        """What supplies the core, "ldo" or "smps"; empty: there is no choice, or it is not known."""
        return ""

    def _choose_mode(self) -> None:
        mode = DeepSleep.STANDBY if self.is_standby() else DeepSleep.STOP
        self.host.power_net.choose(mode, self.mode_name())
        self.tell_supply()

    def tell_supply(self) -> None:
        """Publish the regulator and the voltage range."""
        self.host.power_net.set_regulator(self.regulator())
        self.host.power_net.set_voltage_range(self.voltage_range())

    def _slept(self, is_stopped: bool) -> None:
        if is_stopped and self.host.power_net.mode is DeepSleep.STOP:
            self._mode_flags |= self.STOP_FLAG
