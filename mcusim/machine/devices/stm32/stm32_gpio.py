"""General-purpose I/O port of the STM32 families (RM0390 rev 6, 7.4; RM0432 rev 9, 8.4; RM0433 alike).

Not modelled: alternate functions (a peripheral works whatever AFR says, and what it does with a pin is no edge),
interrupts (EXTI), speed, locking.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.pin_driver import PinDriver
from mcusim.machine.devices.register_device import WORD_MASK, Register, RegisterDevice, command, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_PINS_COUNT = 16
_OUTPUT, _ANALOG = 1, 3
_PULL_UP = 1
_PINS_MASK = 0xFFFF
# MODER, OSPEEDR and PUPDR after reset, by base address: the debug pins differ (RM0390 7.4.1 to 7.4.4, RM0432
# 8.4.1 to 8.4.4). All other ports of the F4 and F7 reset to 0, of the L4+ and H7 to analog mode.
_L4_PORTS_ADDR = 0x4800_0000
_RESET_VALUES = {
    0x4002_0000: (0xA800_0000, 0x0C00_0000, 0x6400_0000),
    0x4002_0400: (0x0000_0280, 0x0000_00C0, 0x0000_0100),
    0x4800_0000: (0xABFF_FFFF, 0x0C00_0000, 0x6400_0000),
    0x4800_0400: (0xFFFF_FEBF, 0x0000_0000, 0x0000_0100),
    0x5802_0000: (0xABFF_FFFF, 0x0C00_0000, 0x6400_0000),
    0x5802_0400: (0xFFFF_FEBF, 0x0000_00C0, 0x0000_0100),
}


def pin_names(port: str) -> tuple[str, ...]:
    """The pins of "GPIOA": PA0 to PA15."""
    return tuple(f"P{port[-1]}{pin}" for pin in range(_PINS_COUNT))


class Stm32Gpio(RegisterDevice):
    """Outputs can be read back; inputs read their pull-up or the option `input_levels`.

    Options: `input_levels` (bits of the pins that the board drives high), `moder_reset`, `ospeedr_reset` and
    `pupdr_reset` (reset values, where the base address does not tell them).
    """

    REGISTERS: ClassVar[dict[str, Register]] = {
        "MODER": Register(0x00),
        "OTYPER": Register(0x04, writable_mask=_PINS_MASK),
        "OSPEEDR": Register(0x08),
        "PUPDR": Register(0x0C),
        "IDR": read_only(0x10),
        "ODR": Register(0x14, writable_mask=_PINS_MASK),
        "BSRR": command(0x18),
        "LCKR": Register(0x1C, writable_mask=0x0001_FFFF),
        "AFRL": Register(0x20),
        "AFRH": Register(0x24),
        "BRR": command(0x28),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self.pin_driver = PinDriver(host, pin_names(spec.name))

    def reset(self) -> None:
        """No output."""
        super().reset()
        self.pin_driver.reset()

    def register_table(self) -> Mapping[str, Register]:
        """The reset values of three registers depend on the port."""
        is_analog = self.spec.base_addr >= _L4_PORTS_ADDR
        values = _RESET_VALUES.get(self.spec.base_addr, (WORD_MASK if is_analog else 0, 0, 0))
        table = dict(self.REGISTERS)
        for name, value in zip(("MODER", "OSPEEDR", "PUPDR"), values, strict=True):
            option = f"{name.lower()}_reset"
            table[name] = replace(table[name], reset_value=self.int_option(option, value))
        return table

    def load(self, name: str) -> int:
        """IDR shows the levels at the pins."""
        return self._levels() if name == "IDR" else super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """BSRR sets with its low half and clears with its high half; set wins (RM0390 7.4.7)."""
        if name == "BSRR":
            self.set_bits("ODR", written >> 16, False)
            self.set_bits("ODR", written & _PINS_MASK, True)
        elif name == "BRR":
            self.set_bits("ODR", written & _PINS_MASK, False)
        modes = self.values["MODER"]
        outputs = sum(1 << pin for pin in range(_PINS_COUNT) if modes >> 2 * pin & 0b11 == _OUTPUT)
        self.pin_driver.drive(outputs, self.values["ODR"])

    def _levels(self) -> int:
        board_levels = self.int_option("input_levels", 0)
        levels = 0
        for pin in range(_PINS_COUNT):
            mode = self.values["MODER"] >> 2 * pin & 0b11
            if mode == _OUTPUT:
                is_high = self.values["ODR"] >> pin & 1
            elif mode == _ANALOG:
                is_high = 0  # the input stage is off (RM0390 7.3.12)
            else:
                is_pulled_up = (self.values["PUPDR"] >> 2 * pin & 0b11) == _PULL_UP
                is_high = (board_levels >> pin & 1) | is_pulled_up
            levels |= is_high << pin
        return levels
