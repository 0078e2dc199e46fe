"""Extended interrupts and events of the STM32: what turns a line into an interrupt and wakes the chip.

Layouts: "1" of the F, L0, L1, L4 and G4 (RM0351, EXTI), "2" of the G0, H5, U3 and U5 (RM0444, EXTI), "h7" (RM0433,
EXTI); offsets: CMSIS headers. Not modelled: lines from pins (only software raises them), and the masks of direct
lines: a peripheral with an own interrupt wakes the chip whatever they say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.register_device import Register, RegisterDevice
from mcusim.machine.devices.stm32.stm32_dma_mover import signals_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_LAYOUTS = {
    "1": {"IMR": (0x00, 0x20), "EMR": (0x04, 0x20), "RTSR": (0x08, 0x20), "FTSR": (0x0C, 0x20), "SWIER": (0x10, 0x20),
          "PR": (0x14, 0x20)},
    "2": {"RTSR": (0x00, 0x20), "FTSR": (0x04, 0x20), "SWIER": (0x08, 0x20), "PR": (0x0C, 0x20), "FPR": (0x10, 0x20),
          "IMR": (0x80, 0x10), "EMR": (0x84, 0x10)},
    "h7": {"RTSR": (0x00, 0x20), "FTSR": (0x04, 0x20), "SWIER": (0x08, 0x20), "D3PMR": (0x0C, 0x20),
           "D3PCRL": (0x10, 0x20), "D3PCRH": (0x14, 0x20), "IMR": (0x80, 0x10), "EMR": (0x84, 0x10),
           "PR": (0x88, 0x10)},
}  # fmt: skip
"""Offset in the first bank, distance of the banks. PR of layout 2: the rising edges, FPR the falling ones."""
_LINES_PER_BANK = 32


class Stm32Exti(RegisterDevice):
    """Options: `layout`, `banks`, `lines` ("17=RTC_ALARM"), `irqs` ("0=6 5-9=23": lines and interrupt numbers)."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._irqs = [
            (*_span(lines), int(irq)) for lines, irq in signals_of(self.text_option("irqs", "")).items()
        ]
        for line, signal in signals_of(self.text_option("lines", "")).items():
            host.power_net.listen_line(
                signal,
                lambda is_high, number=int(line): self._edge(number, is_rising=is_high),  # type: ignore[misc]
            )

    def register_table(self) -> Mapping[str, Register]:
        """The layout's registers, once per bank."""
        layout = self.text_option("layout", "1")
        if layout not in _LAYOUTS:
            raise self._wrong_option("layout", layout, "one of " + ", ".join(_LAYOUTS))
        table = {}
        for bank in range(self.int_option("banks", 1)):
            for name, (offset, distance) in _LAYOUTS[layout].items():
                is_pending = name in ("PR", "FPR")
                table[f"{name}{bank}"] = Register(
                    offset + bank * distance,
                    writable_mask=0 if is_pending else 0xFFFF_FFFF,
                    one_clears_mask=0xFFFF_FFFF if is_pending else 0,
                )
        if layout == "2":
            table |= {f"EXTICR{n}": Register(0x60 + 4 * n) for n in range(4)}
        return table

    def reset(self) -> None:
        """Nothing pending or unmasked."""
        super().reset()
        self._update()

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """A bit of SWIER that rises is an edge; clearing a pending bit clears it there."""
        before = self.values[name]
        super().store(name, written, lanes_mask)
        if name.startswith("SWIER"):
            self._pend(int(name[-1]), self.values[name] & ~before, "PR")
        elif name.startswith("PR"):
            self.values[f"SWIER{name[-1]}"] &= ~written
        self._update()

    def _edge(self, number: int, *, is_rising: bool) -> None:
        bank, mask = number // _LINES_PER_BANK, 1 << number % _LINES_PER_BANK
        if self.values[f"{'RTSR' if is_rising else 'FTSR'}{bank}"] & mask:
            self._pend(bank, mask, "PR" if is_rising or f"FPR{bank}" not in self.values else "FPR")
            self._update()

    def _pend(self, bank: int, mask: int, register: str) -> None:
        self.values[f"{register}{bank}"] |= mask
        if mask & self.values[f"EMR{bank}"]:
            self.host.send_event()

    def _update(self) -> None:
        levels: dict[int, bool] = {}
        for first, last, irq_number in self._irqs:
            active = self._active(first, last)
            levels[irq_number] = levels.get(irq_number, False) or active
        for irq_number, is_asserted in levels.items():
            self.drive_irq(irq_number, is_asserted)

    def _active(self, first: int, last: int) -> bool:
        bank = first // _LINES_PER_BANK
        if f"PR{bank}" not in self.values:
            return False
        mask = (1 << last % _LINES_PER_BANK + 1) - (1 << first % _LINES_PER_BANK)
        pending = self.values[f"PR{bank}"] | self.values.get(f"FPR{bank}", 0)
        return bool(pending & self.values[f"IMR{bank}"] & mask)


def _span(lines: str) -> tuple[int, int]:
    first, _, last = lines.partition("-")
    return int(first), int(last or first)
