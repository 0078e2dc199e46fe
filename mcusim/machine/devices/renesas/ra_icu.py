"""Event links of the RA6M4: numbered events of peripherals reach the NVIC, the DTC and the DMAC through the ICU.

Registers: R7FA6M4AF.h of FSP 6 (R_ICU); event numbers: bsp_elc.h, ra6m4; they are options of the devices that make
them. Not modelled: IRQ pins, NMI, links between peripherals (ELC), wake-up enables: any linked event wakes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mcusim.machine.devices.register_device import Register, RegisterDevice, command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_LINKS_COUNT, _DMA_LINKS_COUNT, _EVENTS_COUNT = 96, 8, 0x200
_EVENT_MASK, _IR, _DTCE = 0x1FF, 1 << 16, 1 << 24


def raise_event(host: Host, number: int) -> None:
    """A peripheral's event happens; numbers below 1 stand for an event that the chip file does not name."""
    if number > 0:
        pulse(host, f"RA_EVENT_{number:03X}")


def pulse(host: Host, line: str) -> None:
    """A moment's request; what it starts may pulse the line again."""
    host.dma_net.set_request(line, False)
    host.dma_net.set_request(line, True)
    host.dma_net.set_request(line, False)


class RaIcu(RegisterDevice):
    """Drives interrupt lines 0 to 95; asks "RA_DTC_n" and "RA_DMAC_n", and hears "RA_DTC_DONE_n" and "RA_DTC_IRQ_n"."""

    def register_table(self) -> Mapping[str, Register]:
        """IELSRn, DELSRn, and what only remembers."""
        return {
            **{f"IRQCR{n}": Register(4 * n) for n in range(4)},
            "NMICR": Register(0x100),
            "NMIER": Register(0x120),
            "NMICLR": command(0x130),
            "NMISR": command(0x140),
            "WUPEN": Register(0x1A0),
            "WUPEN1": Register(0x1A4),
            "IELEN": Register(0x1C0),
            "SELSR0": Register(0x200),
            **{
                f"DELSR{n}": Register(0x280 + 4 * n, writable_mask=_EVENT_MASK, zero_clears_mask=_IR)
                for n in range(_DMA_LINKS_COUNT)
            },
            **{
                f"IELSR{n}": Register(0x300 + 4 * n, writable_mask=_EVENT_MASK | _DTCE, zero_clears_mask=_IR)
                for n in range(_LINKS_COUNT)
            },
        }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        for number in range(1, _EVENTS_COUNT):
            host.dma_net.listen(f"RA_EVENT_{number:03X}", partial(self._happened, number))
        for n in range(_LINKS_COUNT):
            host.dma_net.listen(f"RA_DTC_DONE_{n}", partial(self._transferred, n))
            host.dma_net.listen(f"RA_DTC_IRQ_{n}", partial(self._interrupt, n))

    def reset(self) -> None:
        """Nothing is linked."""
        super().reset()
        for n in range(_LINKS_COUNT):
            self.drive_irq(n, False)

    def after_write(self, name: str, written: int) -> None:
        """Clearing IR lets go of the line."""
        if name.startswith("IELSR"):
            self._drive(int(name.removeprefix("IELSR")))

    def _happened(self, number: int) -> None:
        for n in range(_LINKS_COUNT):
            link = self.values[f"IELSR{n}"]
            if link & _EVENT_MASK != number:
                continue
            if link & _DTCE:
                pulse(self.host, f"RA_DTC_{n}")
            else:
                self._interrupt(n)
        for n in range(_DMA_LINKS_COUNT):
            if self.values[f"DELSR{n}"] & _EVENT_MASK == number:
                pulse(self.host, f"RA_DMAC_{n}")

    def _transferred(self, n: int) -> None:
        """After the last transfer of a descriptor, events go to the core."""
        self.values[f"IELSR{n}"] &= ~_DTCE

    def _interrupt(self, n: int) -> None:
        self.values[f"IELSR{n}"] |= _IR
        self._drive(n)

    def _drive(self, n: int) -> None:
        self.drive_irq(n, bool(self.values[f"IELSR{n}"] & _IR))
