"""GPIO of Silicon Labs' EFM32 and EFR32: a mode of four bits per pin."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.pin_driver import PinDriver
from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.silabs.efm32_device import Efm32Device

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_PINS_COUNT = 16
_FIRST_OUTPUT_MODE = 4  # PUSHPULL; every mode after it drives too (efm32gg11b_gpio.h, efr32mg24_gpio_port.h)
_PORT_BYTES = 0x30


class Efm32Gpio(Efm32Device):
    """Pins are called PA4. Option: `input_levels_A` and so on, the pins that the board drives high.

    Not modelled: pulls, interrupts, locks, routes: those registers only remember.
    """

    # Offsets: gecko_sdk 4.4, efm32gg11b_gpio.h and efm32gg11b_gpio_p.h.
    PORTS: ClassVar[str] = "ABCDEFGHIJKL"
    FIRST_OFFSET: ClassVar[int] = 0
    OFFSETS: ClassVar[dict[str, int]] = {
        "CTRL": 0x00, "MODEL": 0x04, "MODEH": 0x08, "DOUT": 0x0C, "DOUTTGL": 0x18, "DIN": 0x1C, "PINLOCKN": 0x20,
    }  # fmt: skip
    CONFIGURATION: ClassVar[range] = range(0x400, 0x450, 4)

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        names = tuple(f"P{port}{pin}" for port in self.PORTS for pin in range(_PINS_COUNT))
        self.pin_driver = PinDriver(host, names)

    def register_table(self) -> Mapping[str, Register]:
        """The same registers for each port."""
        table = {f"CONFIG_{offset:03X}": Register(offset) for offset in self.CONFIGURATION}
        for number, port in enumerate(self.PORTS):
            for name, offset in self.OFFSETS.items():
                make = {"DIN": read_only, "DOUTTGL": command}.get(name, Register)
                table[f"{name}_{port}"] = make(self.FIRST_OFFSET + _PORT_BYTES * number + offset)
        return table

    def reset(self) -> None:
        """All pins off."""
        super().reset()
        self.pin_driver.reset()

    def load(self, name: str) -> int:
        """DIN shows the levels at the pins."""
        kind, port = name.split("_")
        return self._levels(port) if kind == "DIN" else super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """The pins follow DOUT and the modes."""
        kind, port = name.split("_")
        if kind == "DOUTTGL":
            self.values[f"DOUT_{port}"] ^= written
        driven = levels = 0
        for number, each in enumerate(self.PORTS):
            driven |= self._outputs_mask(each) << _PINS_COUNT * number
            levels |= (self.values[f"DOUT_{each}"] & 0xFFFF) << _PINS_COUNT * number
        self.pin_driver.drive(driven, levels)

    def _outputs_mask(self, port: str) -> int:
        modes = self.values[f"MODEH_{port}"] << 32 | self.values[f"MODEL_{port}"]
        return sum(
            1 << pin for pin in range(_PINS_COUNT) if modes and modes >> 4 * pin & 0xF >= _FIRST_OUTPUT_MODE
        )

    def _levels(self, port: str) -> int:
        outputs, outside = self._outputs_mask(port), self.int_option(f"input_levels_{port}", 0)
        return self.values[f"DOUT_{port}"] & outputs | outside & ~outputs


class Efr32Gpio(Efm32Gpio):
    """The ports of series 2."""

    # Offsets: gecko_sdk 4.4, efr32mg24_gpio.h and efr32mg24_gpio_port.h.
    PORTS: ClassVar[str] = "ABCD"
    FIRST_OFFSET: ClassVar[int] = 0x30
    OFFSETS: ClassVar[dict[str, int]] = {
        "CTRL": 0x00,
        "MODEL": 0x04,
        "MODEH": 0x0C,
        "DOUT": 0x10,
        "DIN": 0x14,
    }
    CONFIGURATION: ClassVar[range] = range(0x300, 0x700, 4)
