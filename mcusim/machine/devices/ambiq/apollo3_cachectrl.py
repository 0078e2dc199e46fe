"""Flash cache and flash timing of the Apollo3.

Not modelled: the monitors (they read 0), non-cacheable regions and the direct-mapped cache of half the size (both
warned about), flash sleep modes.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice

_ENABLE, _REGIONS_MASK, _ICACHE, _DCACHE = 1 << 0, 0b11 << 2, 1 << 8, 1 << 9
_INVALIDATE, _READY = 1 << 0, 1 << 2
_WAYS_BY_CONFIG = {4: 1, 5: 2, 8: 1}  # 512 entries, 2 x 512, 1024
_HALF_SIZE = 4
_MONITORS = {
    f"{kind}MON{index}": base + 4 * index for kind, base in (("D", 0x40), ("I", 0x50)) for index in range(4)
}


class Apollo3Cachectrl(RegisterDevice):
    """A miss waits for the address set-up (SEDELAY) and the read (RD_WAIT)."""

    # Offsets, bits and reset values: Ambiq's SVD file of the Apollo3.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CACHECFG": Register(0x00, 0x0010_0C50, writable_mask=0x0110_0FFF),
        "FLASHCFG": Register(0x04, 0x0000_0873, writable_mask=0x3F7F),
        "CTRL": Register(0x08, writable_mask=0),
        **{name: Register(offset) for name, offset in (("NCR0START", 0x10), ("NCR0END", 0x14))},
        **{name: Register(offset) for name, offset in (("NCR1START", 0x18), ("NCR1END", 0x1C))},
        **{name: Register(offset, writable_mask=0) for name, offset in _MONITORS.items()},
    }

    def reset(self) -> None:
        """Off, slow flash."""
        super().reset()
        self._apply()

    def load(self, name: str) -> int:
        """Ready while enabled: invalidating takes no time."""
        value = super().load(name)
        return value | _READY if name == "CTRL" and self.values["CACHECFG"] & _ENABLE else value

    def after_write(self, name: str, written: int) -> None:
        """Switch, time, invalidate."""
        if name == "CTRL" and written & _INVALIDATE:
            self.host.empty_flash_caches()
        elif name in ("CACHECFG", "FLASHCFG"):
            self._apply()

    def _apply(self) -> None:
        config, timing = self.values["CACHECFG"], self.values["FLASHCFG"]
        is_on = bool(config & _ENABLE)
        layout = config >> 4 & 0xF
        if is_on and (layout == _HALF_SIZE or layout not in _WAYS_BY_CONFIG or config & _REGIONS_MASK):
            self.host.warn(
                f"{self.spec.name}: this cache configuration (0x{config:08X}) is not modelled in full"
            )
        self.host.set_unified_cache(is_on=is_on, ways_count=_WAYS_BY_CONFIG.get(layout, 2))
        self.host.set_flash(
            wait_cycles=(timing & 0xF) + (timing >> 4 & 0b111),
            prefetch_on=False,
            instruction_cache_on=is_on and bool(config & _ICACHE),
            data_cache_on=is_on and bool(config & _DCACHE),
        )
