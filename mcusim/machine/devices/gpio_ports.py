"""GPIO ports as most vendors build them: words of levels and directions, and views that set, clear and toggle bits.

Not modelled: pulls, interrupts, drive strength, filters and which peripheral takes a pin over: those registers only
remember writes. An output can be read back; an input reads the option `input_levels` (`input_levels_1` for the second
port and so on): the bits of the pins that the board drives high.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.pin_driver import PinDriver
from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_PINS_COUNT = 32
_ACTIONS = ("SET", "CLEAR", "TOGGLE")


class GpioPorts(RegisterDevice):
    """Subclasses say where what is. Registers are called OUT0, OUT0_SET, DIR1, IN1 … with the port's number."""

    VIEWS: ClassVar[Mapping[str, int]] = {}
    """Offsets of port 0: OUT, DIR, IN, and their views OUT_SET, DIR_TOGGLE … as far as there are any."""
    CONFIGURATION: ClassVar[tuple[int, ...]] = ()
    """Offsets of port 0's registers that only remember."""
    STRIDE_BYTES: ClassVar[int] = 0
    PORTS_COUNT: ClassVar[int] = 1

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        ports = range(self.PORTS_COUNT)
        self.pin_driver = PinDriver(
            host, tuple(self.pin_name(port, pin) for port in ports for pin in range(_PINS_COUNT))
        )

    def register_table(self) -> Mapping[str, Register]:
        """The same registers for each port."""
        table: dict[str, Register] = {}
        for port in range(self.PORTS_COUNT):
            base = self.STRIDE_BYTES * port
            for view, offset in self.VIEWS.items():
                kind, _, action = view.partition("_")
                make = read_only if kind == "IN" else command if action else Register
                table[f"{kind}{port}{'_' + action if action else ''}"] = make(base + offset)
            table |= {f"CONFIG{port}_{offset:02X}": Register(base + offset) for offset in self.CONFIGURATION}
        return table

    def pin_name(self, port: int, pin: int) -> str:
        """What the vendor calls the pin."""
        return f"{self.spec.name}.{port * _PINS_COUNT + pin}"

    def reset(self) -> None:
        """All inputs."""
        super().reset()
        self.pin_driver.reset()

    def load(self, name: str) -> int:
        """Inputs; a view reads as the word it changes."""
        kind, _, action = name.partition("_")
        if kind.startswith("IN"):
            return self._levels(int(kind.removeprefix("IN")))
        return super().load(kind if action in _ACTIONS else name)

    def after_write(self, name: str, written: int) -> None:
        """Views change their word; then the pins follow."""
        word, _, action = name.partition("_")
        if action == "TOGGLE":
            self.values[word] ^= written
        elif action in _ACTIONS:
            self.set_bits(word, written, action == "SET")
        self.drive_pins()

    def drive_pins(self) -> None:
        """Tell what the outputs are now."""
        driven = levels = 0
        for port in range(self.PORTS_COUNT):
            driven |= self.outputs_mask(port) << _PINS_COUNT * port
            levels |= self.values[f"OUT{port}"] << _PINS_COUNT * port
        self.pin_driver.drive(driven, levels)

    def outputs_mask(self, port: int) -> int:
        """Which pins are outputs."""
        return self.values[f"DIR{port}"]

    def _levels(self, port: int) -> int:
        outside = self.int_option(f"input_levels_{port}" if port else "input_levels", 0)
        outputs = self.outputs_mask(port)
        return self.values[f"OUT{port}"] & outputs | outside & ~outputs
