"""UART0 and UART1 of the Apollo3: PL011 with a clock selection of its own.

Not modelled: what the RP2040's does not model (rp2040_uart.py).
"""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_uart import Rp2040Uart
from mcusim.machine.devices.register_device import Register

_CLOCKS_HZ = (0, 24_000_000, 12_000_000, 6_000_000, 3_000_000)  # CR.CLKSEL
_CLOCKS_PER_BIT = 16


class Apollo3Uart(Rp2040Uart):
    """Options: those of `SerialLine`."""

    # Bits 3 to 6 of CR, CLKEN and CLKSEL: Ambiq's SVD file of the Apollo3.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **Rp2040Uart.REGISTERS,
        "CR": Register(0x30, 0x300, writable_mask=0xFFFF),
    }

    def _bit_cycles(self) -> Fraction:
        selection = self.values["CR"] >> 4 & 0b111
        clock_hz = _CLOCKS_HZ[selection] if selection < len(_CLOCKS_HZ) else 0
        divider = max(Fraction(1, 64), self.values["IBRD"] + Fraction(self.values["FBRD"], 64))
        return _CLOCKS_PER_BIT * divider * self.host.core_clock_hz / (clock_hz or self.host.core_clock_hz)
