"""PORT of the SAM D21 and D51, and the second place on the D21's fast bus where it can be reached."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.gpio_ports import GpioPorts
from mcusim.machine.devices.register_file import RegisterFile

_GROUPS = "ABCD"


class SamdPort(GpioPorts):
    """Pins are called PA17. Options: those of `GpioPorts`."""

    # Offsets: Microchip's SVD files of the ATSAMD21G18A and ATSAMD51J19A. WRCONFIG, PMUX and PINCFG only remember.
    VIEWS: ClassVar[dict[str, int]] = {
        "DIR": 0x00, "DIR_CLEAR": 0x04, "DIR_SET": 0x08, "DIR_TOGGLE": 0x0C,
        "OUT": 0x10, "OUT_CLEAR": 0x14, "OUT_SET": 0x18, "OUT_TOGGLE": 0x1C,
        "IN": 0x20,
    }  # fmt: skip
    CONFIGURATION: ClassVar[tuple[int, ...]] = (0x24, 0x28, 0x2C, *range(0x30, 0x60, 4))
    STRIDE_BYTES: ClassVar[int] = 0x80
    PORTS_COUNT: ClassVar[int] = len(_GROUPS)

    def pin_name(self, port: int, pin: int) -> str:
        """PA00 to PD31."""
        return f"P{_GROUPS[port]}{pin:02d}"


class SamdPortAlias(RegisterFile):
    """IOBUS: the same registers at another address. Option: `port_addr`, where PORT is."""

    @property
    def unmodelled(self) -> bool:
        """False: PORT is modelled."""
        return False

    def read(self, offset: int, size_bytes: int) -> int:
        """PORT's register."""
        return self.host.read_bus(self.int_option("port_addr", 0) + offset, size_bytes)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """PORT's register."""
        self.host.write_bus(self.int_option("port_addr", 0) + offset, size_bytes, value)
