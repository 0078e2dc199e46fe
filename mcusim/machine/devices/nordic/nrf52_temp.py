"""Die temperature sensor of the nRF52840 (PS v1.7, section 6.31): always the temperature of the board file.

Not modelled: the 36 us of a measurement; the result is there at once. The calibration registers have no
effect.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, Nrf52Device, events, tasks
from mcusim.machine.devices.register_device import WORD_MASK, Register, read_only

_CALIBRATION = {
    **{f"A{index}": 0x520 + 4 * index for index in range(6)},
    **{f"B{index}": 0x540 + 4 * index for index in range(6)},
    **{f"T{index}": 0x560 + 4 * index for index in range(5)},
}
_STEPS_PER_C = 4  # the result counts quarters of a degree
_DEFAULT_C = 25


class Nrf52Temp(Nrf52Device):
    """Option `temperature_c`."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks({"START": 0x000, "STOP": 0x004}),
        **events({"DATARDY": 0x100}),
        **INTERRUPT_REGISTERS,
        "TEMP": read_only(0x508),
        **{name: Register(offset) for name, offset in _CALIBRATION.items()},
    }

    def run_task(self, task: str) -> None:
        """Measure."""
        if task == "START":
            self.values["TEMP"] = _STEPS_PER_C * self.int_option("temperature_c", _DEFAULT_C) & WORD_MASK
            self.fire("DATARDY")
