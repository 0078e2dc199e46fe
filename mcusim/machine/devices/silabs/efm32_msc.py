"""Memory system controllers of the EFM32GG11 (series 1) and the EFR32MG24 (series 2), and the latter's cache.

Not modelled: erasing and programming (done at once, with a warning), performance counters, locks.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.silabs.efm32_device import Efm32Device

_PREFETCH, _CACHE_OFF = 1 << 8, 1 << 3
_INVALIDATE = 1 << 0
_WRITE_READY = 1 << 3  # STATUS.WDATAREADY
_WRITES = ("WDATA",)
_ERASE_PAGE = 1 << 1  # WRITECMD
_WAYS_COUNT = 2


class Efm32Msc(Efm32Device):
    """Wait states, prefetch and instruction cache by READCTRL."""

    # Offsets, bits and reset values: gecko_sdk 4.4, efm32gg11b_msc.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRL": Register(0x000, 1),
        "READCTRL": Register(0x004, 0x0100_0100, writable_mask=0x1300_0778),
        "WRITECTRL": Register(0x008),
        "WRITECMD": command(0x00C),
        "ADDRB": Register(0x010),
        "WDATA": command(0x018),
        "STATUS": read_only(0x01C, _WRITE_READY),
        "IF": Register(0x030, writable_mask=0),
        **{name: command(offset) for name, offset in (("IFS", 0x34), ("IFC", 0x38))},
        "IEN": Register(0x03C),
        "LOCK": Register(0x040),
        "CACHECMD": command(0x044),
        "CACHEHITS": read_only(0x048),
        "CACHEMISSES": read_only(0x04C),
        "MASSLOCK": Register(0x054, 1),
        "STARTUP": Register(0x05C, 0x1300_104D),
        **{
            f"MORE_{offset:03X}": Register(offset) for offset in (0x70, 0x74, 0x90, 0x94, 0x104, 0x108, 0x10C)
        },
        "CACHECONFIG0": Register(0x098, 3, writable_mask=0b11),
        "RAMCTRL": Register(0x100),
    }
    WAIT_SHIFT: ClassVar[int] = 24

    def reset(self) -> None:
        """One wait state, prefetch and cache on."""
        super().reset()
        self._apply()

    def after_write(self, name: str, written: int) -> None:
        """Wait states, switches, commands."""
        if name == "READCTRL":
            self._apply()
        elif name == "CACHECMD" and written & _INVALIDATE:
            self.host.empty_flash_caches()
        elif name in _WRITES or (name == "WRITECMD" and written & _ERASE_PAGE):
            self.host.warn(f"{self.spec.name}: erasing or programming the flash is not modelled")

    def _apply(self) -> None:
        control = self.values["READCTRL"]
        self.host.set_flash(
            wait_cycles=control >> self.WAIT_SHIFT & 0b11,
            prefetch_on=bool(control & _PREFETCH),
            instruction_cache_on=not control & _CACHE_OFF,
            data_cache_on=False,
        )


class Efr32Msc(Efm32Msc):
    """Wait states by READCTRL; the cache is another peripheral."""

    # Offsets, bits and reset values: gecko_sdk 4.4, efr32mg24_msc.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "IPVERSION": read_only(0x000, 6),
        "READCTRL": Register(0x004, 0x0020_0000, writable_mask=0x0030_0000),
        "RDATACTRL": Register(0x008, 0x1000),
        "WRITECTRL": Register(0x00C),
        "WRITECMD": command(0x010),
        "ADDRB": Register(0x014),
        "WDATA": command(0x018),
        "STATUS": read_only(0x01C, 1 << 27 | _WRITE_READY),
        "IF": Register(0x020),
        "IEN": Register(0x024),
        "USERDATASIZE": read_only(0x034, 4),
        "CMD": command(0x038),
        "LOCK": Register(0x03C),
        "MISCLOCKWORD": Register(0x040, 0x11),
        "PWRCTRL": Register(0x050, 0x0010_0002),
        **{f"PAGELOCK{index}": Register(0x120 + 4 * index) for index in range(6)},
    }

    def _apply(self) -> None:
        self.host.set_flash(
            wait_cycles=self.values["READCTRL"] >> 20 & 0b11,
            prefetch_on=False,
            instruction_cache_on=None,
            data_cache_on=None,
        )


class Efr32Icache(Efm32Device):
    """The cache in front of flash: on unless CACHEDIS."""

    # Offsets and bits: gecko_sdk 4.4, efr32mg24_icache.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "IPVERSION": read_only(0x00, 2),
        "CTRL": Register(0x04, writable_mask=0b111),
        **{
            name: read_only(offset)
            for name, offset in (("PCHITS", 0x8), ("PCMISSES", 0xC), ("PCAHITS", 0x10))
        },
        "STATUS": read_only(0x14),
        "CMD": command(0x18),
        "LPMODE": Register(0x1C, 0x23),
        "IF": Register(0x20),
        "IEN": Register(0x24),
    }

    def reset(self) -> None:
        """On."""
        super().reset()
        self._apply()

    def after_write(self, name: str, written: int) -> None:
        """Switch, empty."""
        if name == "CTRL":
            self._apply()
        elif name == "CMD" and written & _INVALIDATE:
            self.host.empty_flash_caches()

    def _apply(self) -> None:
        self.host.set_unified_cache(is_on=not self.values["CTRL"] & 1, ways_count=_WAYS_COUNT)
