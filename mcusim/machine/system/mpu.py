"""The memory protection unit's registers; protection itself is not modelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.system.cacheability import uncacheable_ranges
from mcusim.machine.system.register import Register, RegisterMap, Remembered, constant, merged

if TYPE_CHECKING:
    from mcusim.machine.devices.device import Host
    from mcusim.machine.system.variant import CoreVariant

TYPE, CTRL, RNR, RBAR, RASR = 0xED90, 0xED94, 0xED98, 0xED9C, 0xEDA0
MAIR0, MAIR1 = 0xEDC0, 0xEDC4
REGIONS_COUNT = 8
_CTRL_ENABLE = 1 << 0
_RBAR_VALID = 1 << 4
_RBAR_REGION_MASK = 0xF
_ALIASES_COUNT = 4


class Mpu:
    """PMSAv7 (ARMv7-M ARM, B3.5) or, on Cortex-M33, PMSAv8 where RASR is RLAR. Cortex-M0 has none."""

    def __init__(self, variant: CoreVariant, host: Host) -> None:
        self._host = host
        self._is_v8m = variant.is_v8m
        self._is_present = variant.core != "cortex-m0"
        self._has_caches = variant.core == "cortex-m7"
        self._attributes = (Remembered(), Remembered())
        self.reset()

    def reset(self) -> None:
        """Off, all regions zero."""
        self._control = self._region = 0
        self._bases = [0] * REGIONS_COUNT
        self._limits = [0] * REGIONS_COUNT
        for attribute in self._attributes:
            attribute.reset()

    def registers(self) -> RegisterMap:
        """All registers of this device."""
        if not self._is_present:
            return {TYPE: constant(0)}
        registers = {
            TYPE: constant(REGIONS_COUNT << 8),
            CTRL: Register(lambda: self._control, self._write_ctrl),
            RNR: Register(lambda: self._region, self._write_rnr),
        }
        for alias in range(_ALIASES_COUNT):
            registers[RBAR + 8 * alias] = self._base_register(alias)
            registers[RASR + 8 * alias] = self._limit_register(alias)
        if self._is_v8m:
            for offset, attribute in zip((MAIR0, MAIR1), self._attributes, strict=True):
                registers[offset] = attribute.register()
        return registers

    def _selected(self, alias: int) -> int:
        """The region behind an alias: RNR itself on v7; RNR's group of four on v8 (ARMv8-M ARM, D1.2.180)."""
        return (self._region & ~3 | alias) if self._is_v8m and alias else self._region

    def _base_register(self, alias: int) -> Register:
        def read() -> int:
            region = self._selected(alias)
            return self._bases[region] | (0 if self._is_v8m else region)

        def write(value: int, mask: int) -> None:
            if self._is_v8m:
                region = self._selected(alias)
                self._bases[region] = merged(self._bases[region], value, mask)
                return
            if value & mask & _RBAR_VALID:
                self._region = value & _RBAR_REGION_MASK & (REGIONS_COUNT - 1)
            self._bases[self._region] = merged(self._bases[self._region], value, mask) & ~0x1F
            self._tell_cacheability()

        return Register(read, write)

    def _limit_register(self, alias: int) -> Register:
        def read() -> int:
            return self._limits[self._selected(alias)]

        def write(value: int, mask: int) -> None:
            region = self._selected(alias)
            self._limits[region] = merged(self._limits[region], value, mask)
            self._tell_cacheability()

        return Register(read, write)

    def _write_rnr(self, value: int, mask: int) -> None:
        self._region = merged(self._region, value, mask) & (REGIONS_COUNT - 1)

    def _write_ctrl(self, value: int, mask: int) -> None:
        was_on = self._control & _CTRL_ENABLE
        self._control = merged(self._control, value, mask) & 0x7
        self._tell_cacheability(was_on=bool(was_on))
        if self._control & _CTRL_ENABLE:
            self._host.warn("the firmware enables the MPU; its regions are remembered but not enforced")

    def _tell_cacheability(self, *, was_on: bool = False) -> None:
        is_on = bool(self._control & _CTRL_ENABLE)
        if self._has_caches and (is_on or was_on):
            regions = tuple(zip(self._bases, self._limits, strict=True))
            self._host.set_uncacheable(uncacheable_ranges(regions) if is_on else ())
