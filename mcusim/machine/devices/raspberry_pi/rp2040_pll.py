"""PLL_SYS and PLL_USB of the RP2040 (datasheet section 2.18). Not modelled: lock time (locked at once)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_LOCK, _BYPASS, _REFDIV_MASK = 1 << 31, 1 << 8, 0x3F
_PD, _POSTDIVPD, _VCOPD = 1 << 0, 1 << 3, 1 << 5


class Rp2040Pll(Rp2040Device):
    """xosc / REFDIV * FBDIV / (POSTDIV1 * POSTDIV2), published under the device's name in lower case."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CS": Register(0x0, 1, writable_mask=_BYPASS | _REFDIV_MASK),
        "PWR": Register(0x4, 0x2D, writable_mask=0x2D),
        "FBDIV_INT": Register(0x8, writable_mask=0xFFF),
        "PRIM": Register(0xC, 0x0007_7000, writable_mask=0x0007_7000),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._line = spec.name.lower()
        host.clock_net.listen(self._publish)

    def reset(self) -> None:
        """Powered down."""
        super().reset()
        self._publish()

    def load(self, name: str) -> int:
        """CS.LOCK follows the VCO."""
        value = super().load(name)
        return value | (_LOCK if self._vco_hz() else 0) if name == "CS" else value

    def after_write(self, name: str, written: int) -> None:
        """Any register may change the output."""
        self._publish()

    def _reference_hz(self) -> int:
        refdiv = self.values["CS"] & _REFDIV_MASK
        return self.host.clock_net.clock_hz("xosc") // refdiv if refdiv else 0

    def _vco_hz(self) -> int:
        is_off = self.values["PWR"] & (_PD | _VCOPD)
        return 0 if is_off else self._reference_hz() * self.values["FBDIV_INT"]

    def _output_hz(self) -> int:
        if self.values["CS"] & _BYPASS:
            return self._reference_hz()
        divider = (self.values["PRIM"] >> 16 & 0b111) * (self.values["PRIM"] >> 12 & 0b111)
        return self._vco_hz() // divider if divider and not self.values["PWR"] & _POSTDIVPD else 0

    def _publish(self) -> None:
        self.host.clock_net.publish(self._line, self._output_hz())
