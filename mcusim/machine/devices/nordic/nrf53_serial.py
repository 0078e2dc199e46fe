"""UARTE, SPIM and TWIM of the nRF53, which share their registers: ENABLE says which one they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.nordic.nrf52_bus import Nrf52Bus
from mcusim.machine.devices.nordic.nrf52_uarte import Nrf52Uarte

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_ENABLE_OFFSET = 0x500
_UARTE = 8


class Nrf53Serial(Nrf52Uarte):
    """Options: those of `SerialLine`, and `index`, the number in the names of the feeds of SPI and I2C."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._bus = Nrf52Bus(spec, host)

    @property
    def fed_names(self) -> tuple[str, ...]:
        """Those of the other faces."""
        return self._bus.fed_names

    def reset(self) -> None:
        """Off."""
        self._bus.reset()
        super().reset()

    def read(self, offset: int, size_bytes: int) -> int:
        """A register of the enabled face; of the UARTE while none is."""
        if self._bus.values["ENABLE"] not in (0, _UARTE):
            return self._bus.read(offset, size_bytes)
        return super().read(offset, size_bytes)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """To the enabled face; to both while none is, for pins and rates are chosen before."""
        mode = self._bus.values["ENABLE"]
        if mode != _UARTE or offset == _ENABLE_OFFSET:
            self._bus.write(offset, size_bytes, value)
        if mode in (0, _UARTE) or offset == _ENABLE_OFFSET:
            super().write(offset, size_bytes, value)
