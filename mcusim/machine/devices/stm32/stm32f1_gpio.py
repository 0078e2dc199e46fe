"""General-purpose I/O port of the STM32F1 (RM0008, chapter 9): four configuration bits per pin.

Not modelled: alternate functions (a peripheral works whatever CRL, CRH and AFIO say), interrupts, locking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.pin_driver import PinDriver
from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.stm32.stm32_gpio import pin_names

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_PINS_COUNT = 16
_PINS_MASK = 0xFFFF
_ALL_FLOATING = 0x4444_4444  # RM0008 9.2.1: every pin is a floating input after reset
_MODE_MASK = 0b11  # 0: input; else an output and its speed
_ANALOG, _PULLED = 0b00, 0b10  # CNF of an input
_ALTERNATE = 0b1000  # CNF of an output that a peripheral drives


class Stm32F1Gpio(RegisterDevice):
    """Outputs can be read back; inputs read their pull or the option `input_levels` (pins the board drives high)."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CRL": Register(0x00, _ALL_FLOATING),
        "CRH": Register(0x04, _ALL_FLOATING),
        "IDR": read_only(0x08),
        "ODR": Register(0x0C, writable_mask=_PINS_MASK),
        "BSRR": command(0x10),
        "BRR": command(0x14),
        "LCKR": Register(0x18, writable_mask=0x0001_FFFF),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self.pin_driver = PinDriver(host, pin_names(spec.name))

    def reset(self) -> None:
        """No output."""
        super().reset()
        self.pin_driver.reset()

    def load(self, name: str) -> int:
        """IDR shows the levels at the pins."""
        return self._levels() if name == "IDR" else super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """BSRR sets with its low half and clears with its high half; set wins (RM0008 9.2.5)."""
        if name == "BSRR":
            self.set_bits("ODR", written >> 16, False)
            self.set_bits("ODR", written & _PINS_MASK, True)
        elif name == "BRR":
            self.set_bits("ODR", written & _PINS_MASK, False)
        self.pin_driver.drive(self._outputs_mask(), self.values["ODR"])

    def _outputs_mask(self) -> int:
        fields = self.values["CRH"] << 32 | self.values["CRL"]
        modes = (fields >> 4 * pin & 0xF for pin in range(_PINS_COUNT))
        return sum(1 << pin for pin, mode in enumerate(modes) if mode & _MODE_MASK and not mode & _ALTERNATE)

    def _levels(self) -> int:
        board_levels, output = self.int_option("input_levels", 0), self.values["ODR"]
        configuration = self.values["CRH"] << 32 | self.values["CRL"]
        levels = 0
        for pin in range(_PINS_COUNT):
            field = configuration >> 4 * pin & 0xF
            is_high = bool(board_levels >> pin & 1)
            if field & _MODE_MASK:
                is_high = bool(output >> pin & 1)
            elif field >> 2 == _ANALOG:
                is_high = False  # the input stage is off
            elif field >> 2 == _PULLED:
                is_high = is_high or bool(output >> pin & 1)  # ODR chooses pull-up or pull-down
            levels |= is_high << pin
        return levels
