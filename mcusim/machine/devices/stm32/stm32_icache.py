"""Instruction cache peripheral of the STM32U5, U3, H5 and L5 (RM0456, ICACHE), which data reads of flash use too.

Not modelled: remapped regions (remembered, with a warning when one is enabled), the monitors (they read 0), the
time that invalidating takes: the end flag is there at once.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only

_EN, _CACHEINV, _WAYSEL = 1 << 0, 1 << 1, 1 << 2
_BSYENDF = _BSYENDIE = 1 << 1
_ERRF = 1 << 2
_REN = 1 << 15
_REGIONS = {f"CRR{number}": Register(0x20 + 4 * number, 0x0000_0200) for number in range(4)}
_DIRECT_MAPPED, _TWO_WAYS = 1, 2


class Stm32Icache(RegisterDevice):
    """On or off, one way or two, invalidation."""

    # Offsets and bits: CMSIS stm32u575xx.h. Reset values: ST's SVD file of the STM32U575; SR resets to busy with the
    # invalidation that a reset starts, which has ended here.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CR": Register(0x00, _WAYSEL, writable_mask=0x000F_0007),
        "SR": read_only(0x04, _BSYENDF),
        "IER": Register(0x08, writable_mask=_BSYENDIE | _ERRF),
        "FCR": command(0x0C),
        "HMONR": read_only(0x10),
        "MMONR": read_only(0x14),
        **_REGIONS,
    }

    def reset(self) -> None:
        """Off, two ways, empty."""
        super().reset()
        self.set_irq(False)
        self._apply()

    def after_write(self, name: str, written: int) -> None:
        """Switch, invalidate, clear flags."""
        if name == "CR":
            self._control()
        elif name == "FCR":
            self.set_bits("SR", written & (_BSYENDF | _ERRF), False)
        elif name in _REGIONS and written & _REN:
            self.host.warn(f"{self.spec.name}: remapped regions are not modelled; one was enabled")
        self.set_irq(bool(self.values["SR"] & self.values["IER"]))

    def _control(self) -> None:
        if self.values["CR"] & _CACHEINV:
            self.set_bits("CR", _CACHEINV, False)
            self.set_bits("SR", _BSYENDF, True)
            self.host.empty_flash_caches()
        self._apply()

    def _apply(self) -> None:
        control = self.values["CR"]
        self.host.set_unified_cache(
            is_on=bool(control & _EN), ways_count=_TWO_WAYS if control & _WAYSEL else _DIRECT_MAPPED
        )
