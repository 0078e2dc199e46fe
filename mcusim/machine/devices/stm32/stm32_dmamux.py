"""Request multiplexer of the STM32G0, G4, L4+ and H7 (RM0440, DMAMUX; CMSIS stm32g474xx.h).

Not modelled: synchronisation and request generators (remembered, with a warning when switched on).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.stm32.stm32_dma_mover import signals_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_ID_MASK, _SE, _GE = 0xFF, 1 << 16, 1 << 16


class Stm32Dmamux(RegisterDevice):
    """Output n is the request line "<name>.n". Options: `channels`, `requests` ("5=ADC1 24=USART1_RX")."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._signals = signals_of(self.text_option("requests", ""))

    def register_table(self) -> Mapping[str, Register]:
        """One control register per output."""
        table = {
            "CSR": read_only(0x80),
            "CFR": command(0x84),
            "RGSR": read_only(0x140),
            "RGCFR": command(0x144),
        }
        table |= {f"C{n}CR": Register(4 * n) for n in range(self.int_option("channels", 16))}
        return table | {f"RG{n}CR": Register(0x100 + 4 * n) for n in range(8)}

    def reset(self) -> None:
        """Nothing is connected."""
        super().reset()
        for n in range(self.int_option("channels", 16)):
            self._connect(n)

    def after_write(self, name: str, written: int) -> None:
        """Connect an output."""
        if name.startswith("RG"):
            if written & _GE:
                self.host.warn(f"{self.spec.name}: request generators are not modelled; one was switched on")
        elif name.startswith("C") and name.endswith("CR"):
            self._connect(int(name[1:-2]))
            if written & _SE:
                self.host.warn(f"{self.spec.name}: synchronised requests are not modelled; one was asked for")

    def _connect(self, n: int) -> None:
        source = self._signals.get(str(self.values[f"C{n}CR"] & _ID_MASK), "nothing")
        self.host.dma_net.connect(f"{self.spec.name}.{n}", source)
