"""ARMv8-M's security registers; a non-secure world beside the secure one is not modelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.system.register import READS_ZERO, Register, RegisterMap, Remembered, constant

if TYPE_CHECKING:
    from mcusim.machine.devices.device import Host
    from mcusim.machine.system.variant import CoreVariant

ITNS = range(0xE380, 0xE3C0, 4)
NSACR = 0xED8C
SAU_CTRL, SAU_TYPE, SAU_RNR, SAU_RBAR, SAU_RLAR, SFSR, SFAR = range(0xEDD0, 0xEDEC, 4)
DAUTHCTRL, DSCSR = 0xEE04, 0xEE08
_SAU_REGIONS_COUNT = 8  # assumed: what most chips have; none is looked at
_SECURE_NOW = 1 << 16  # DSCSR.CDS (ARMv8-M ARM, D1.2.59)


class Security:
    """SAU, NVIC_ITNS, NSACR and the secure fault's registers (ARMv8-M ARM, D1.2); zero where there is no TrustZone.

    Secure firmware prepares a non-secure world with these before it jumps there. They are remembered; the jump
    (BXNS, BLXNS) ends the run.
    """

    def __init__(self, variant: CoreVariant, host: Host) -> None:
        self._is_secure, self._host = variant.is_secure, host
        self._control, self._region = (
            Remembered(writable_mask=3),
            Remembered(writable_mask=_SAU_REGIONS_COUNT - 1),
        )
        self._plain = {offset: Remembered() for offset in (NSACR, *ITNS)}
        self._bases = tuple(Remembered() for _ in range(_SAU_REGIONS_COUNT))
        self._limits = tuple(Remembered() for _ in range(_SAU_REGIONS_COUNT))

    def reset(self) -> None:
        """No region, everything secure."""
        for each in (self._control, self._region, *self._plain.values(), *self._bases, *self._limits):
            each.reset()

    def registers(self) -> RegisterMap:
        """All registers of this device."""
        offsets = (*self._plain, *range(SAU_CTRL, SFAR + 4, 4), DAUTHCTRL, DSCSR)
        registers: RegisterMap = dict.fromkeys(offsets, READS_ZERO)
        if not self._is_secure:
            return registers
        registers |= {offset: each.register() for offset, each in self._plain.items()}
        return registers | {
            SAU_CTRL: Register(lambda: self._control.value, self._write_control),
            SAU_TYPE: constant(_SAU_REGIONS_COUNT),
            SAU_RNR: self._region.register(),
            SAU_RBAR: self._selected(self._bases),
            SAU_RLAR: self._selected(self._limits),
            DSCSR: constant(_SECURE_NOW),
        }

    def _selected(self, regions: tuple[Remembered, ...]) -> Register:
        """The register of the region that SAU_RNR names."""

        def write(value: int, mask: int) -> None:
            regions[self._region.value].register().write(value, mask)

        return Register(lambda: regions[self._region.value].value, write)

    def _write_control(self, value: int, mask: int) -> None:
        self._control.register().write(value, mask)
        if self._control.value:
            self._host.warn(
                "the firmware sets up a non-secure world (SAU); the simulation keeps everything secure"
            )
