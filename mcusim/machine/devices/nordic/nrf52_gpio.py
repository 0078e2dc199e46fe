"""GPIO ports P0 and P1 of the nRF52840 (PS v1.7, section 6.9) and the nRF5340 (nrfx, nrf5340_application.h).

Not modelled: sense and LATCH, peripherals taking over pins, drive strength.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.pin_driver import PinDriver
from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_PORT_STRIDE_BYTES = 0x300  # P1 lies at P0 + 0x300, inside the same 4 KB
_PINS_COUNT = 32
_PULL_UP = 0b11
_CONFIGURATION_RESET = 0x2  # input buffer disconnected


class Nrf52Gpio(RegisterDevice):
    """One or two ports.

    Options: `ports` (how many from this base on, default 2), `input_levels_p0`, `input_levels_p1` (bits of
    the pins that the board drives high).
    """

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._ports = tuple(f"P{port}" for port in range(self.int_option("ports", 2)))
        self.pin_driver = PinDriver(
            host, tuple(f"{port}.{pin:02d}" for port in self._ports for pin in range(_PINS_COUNT))
        )

    def reset(self) -> None:
        """No output."""
        super().reset()
        self.pin_driver.reset()

    def register_table(self) -> Mapping[str, Register]:
        """The registers of each port, with its number in front."""
        table: dict[str, Register] = {}
        for port in range(self.int_option("ports", 2)):
            base = _PORT_STRIDE_BYTES * port
            table |= {
                f"P{port}_OUT": Register(base + 0x504),
                f"P{port}_OUTSET": command(base + 0x508),
                f"P{port}_OUTCLR": command(base + 0x50C),
                f"P{port}_IN": read_only(base + 0x510),
                f"P{port}_DIR": Register(base + 0x514),
                f"P{port}_DIRSET": command(base + 0x518),
                f"P{port}_DIRCLR": command(base + 0x51C),
                f"P{port}_LATCH": Register(base + 0x520, writable_mask=0),
                f"P{port}_DETECTMODE": Register(base + 0x524),
            }
            for pin in range(_PINS_COUNT):
                table[f"P{port}_CNF{pin}"] = Register(base + 0x700 + 4 * pin, _CONFIGURATION_RESET)
        return table

    def load(self, name: str) -> int:
        """OUTSET and OUTCLR read as OUT, DIRSET and DIRCLR as DIR."""
        port, register = name.split("_")
        if register == "IN":
            return self._levels(port)
        return super().load(f"{port}_{register.removesuffix('SET').removesuffix('CLR')}")

    def after_write(self, name: str, written: int) -> None:
        """Set and clear views; DIR and bit 0 of PIN_CNF are the same bit."""
        port, register = name.split("_")
        if register.endswith(("SET", "CLR")):
            register = register[: -len("SET")]
            self.set_bits(f"{port}_{register}", written, name.endswith("SET"))
        if register == "DIR":
            for pin in range(_PINS_COUNT):
                self.set_bits(f"{port}_CNF{pin}", 1, bool(self.values[f"{port}_DIR"] >> pin & 1))
        elif register.startswith("CNF"):
            pin = int(register.removeprefix("CNF"))
            self.set_bits(f"{port}_DIR", 1 << pin, bool(self.values[name] & 1))
        driven = levels = 0
        for number, each in enumerate(self._ports):
            driven |= self.values[f"{each}_DIR"] << _PINS_COUNT * number
            levels |= self.values[f"{each}_OUT"] << _PINS_COUNT * number
        self.pin_driver.drive(driven, levels)

    def _levels(self, port: str) -> int:
        outputs = self.values[f"{port}_DIR"]
        inputs = self.int_option(f"input_levels_{port.lower()}", 0)
        connected = 0
        for pin in range(_PINS_COUNT):
            configuration = self.values[f"{port}_CNF{pin}"]
            connected |= (not configuration >> 1 & 1) << pin
            inputs |= ((configuration >> 2 & 0b11) == _PULL_UP) << pin
        return ((self.values[f"{port}_OUT"] & outputs) | (inputs & ~outputs)) & connected
