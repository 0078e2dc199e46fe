"""I/O ports of the RA6M4 with their pin function select registers, two views of the same pins.

Not modelled: pulls, interrupts, write protection (PWPR), event output, which peripheral takes a pin over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.pin_driver import PinDriver
from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_PORTS_COUNT, _PINS_COUNT = 15, 16
_PFS_OFFSET = 0x800
_PODR, _PIDR, _PDR, _PMR = 1 << 0, 1 << 1, 1 << 2, 1 << 16
_HALF = 16


class RaPorts(RegisterDevice):
    """PORT and PFS in one device; pins are called P106. Option: `input_levels_<port>`."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        pins = ((port, pin) for port in range(_PORTS_COUNT) for pin in range(_PINS_COUNT))
        self.pin_driver = PinDriver(host, tuple(f"P{port:X}{pin:02d}" for port, pin in pins))

    def register_table(self) -> Mapping[str, Register]:
        """Offsets and fields: R7FA6M4AF.h of FSP 6, R_PORT0 and R_PFS."""
        table: dict[str, Register] = {"PWPR_0": Register(_PFS_OFFSET + 0x500)}
        for port in range(_PORTS_COUNT):
            base = 0x20 * port
            table[f"PCNTR1_{port}"] = Register(base)
            table[f"PCNTR2_{port}"] = read_only(base + 4)
            table[f"PCNTR3_{port}"] = command(base + 8)
            table[f"PCNTR4_{port}"] = Register(base + 12)
            for pin in range(_PINS_COUNT):
                offset = _PFS_OFFSET + 0x40 * port + 4 * pin
                table[f"PFS_{port}_{pin}"] = Register(offset, writable_mask=0xFFFF_FFFF & ~_PIDR)
        return table

    def reset(self) -> None:
        """All inputs."""
        super().reset()
        self.pin_driver.reset()

    def load(self, name: str) -> int:
        """Levels; the pin's own register shows its bits of the port's."""
        kind, port, *pin = name.split("_")
        if kind == "PCNTR2":
            return self._levels(port)
        if kind != "PFS":
            return super().load(name)
        number = int(pin[0])
        control = self.values[f"PCNTR1_{port}"]
        word = self.values[name] & ~(_PODR | _PIDR | _PDR)
        word |= _PODR * (control >> _HALF + number & 1) | _PDR * (control >> number & 1)
        return word | _PIDR * (self._levels(port) >> number & 1)

    def after_write(self, name: str, written: int) -> None:
        """Set and reset outputs; a pin's own register moves its bits of the port's."""
        kind, port, *pin = name.split("_")
        if kind == "PCNTR3":
            self.set_bits(f"PCNTR1_{port}", (written >> _HALF) << _HALF, False)
            self.set_bits(f"PCNTR1_{port}", (written & 0xFFFF) << _HALF, True)
        elif kind == "PFS":
            number, word = int(pin[0]), self.values[name]
            self.set_bits(f"PCNTR1_{port}", 1 << _HALF + number, bool(word & _PODR))
            self.set_bits(f"PCNTR1_{port}", 1 << number, bool(word & _PDR))
        self._drive()

    def _drive(self) -> None:
        driven = levels = 0
        for port in range(_PORTS_COUNT):
            control = self.values[f"PCNTR1_{port}"]
            driven |= (control & 0xFFFF) << _PINS_COUNT * port
            levels |= (control >> _HALF) << _PINS_COUNT * port
        self.pin_driver.drive(driven, levels)

    def _levels(self, port: str) -> int:
        control = self.values[f"PCNTR1_{port}"]
        outputs, outside = control & 0xFFFF, self.int_option(f"input_levels_{port}", 0)
        return control >> _HALF & outputs | outside & ~outputs
