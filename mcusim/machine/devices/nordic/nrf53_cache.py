"""CACHE of the nRF5340's application core, which serves instruction fetches and data reads of flash.

Not modelled: the hit and miss counters (they read 0), using the cache as RAM and locking its contents (both
warned about), its contents at CACHEDATA and CACHEINFO.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only

_WAYS_COUNT = 2
_ERASE_FINISHED = 1
_COUNTERS = ("IHIT", "IMISS", "DHIT", "DMISS")


class Nrf53Cache(RegisterDevice):
    """On or off, invalidation."""

    # Offsets and reset values: Nordic's SVD file of the nRF5340, CACHE_S.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **{
            f"PROFILING{index}_{name}": read_only(0x400 + 0x20 * index + 4 * place)
            for index in range(2)
            for place, name in enumerate(_COUNTERS)
        },
        "ENABLE": Register(0x500, writable_mask=1),
        "INVALIDATE": command(0x504),
        "ERASE": command(0x508),
        "PROFILINGENABLE": Register(0x50C, writable_mask=1),
        "PROFILINGCLEAR": command(0x510),
        "MODE": Register(0x514, writable_mask=1),
        "DEBUGLOCK": Register(0x518, writable_mask=1),
        "ERASESTATUS": Register(0x51C, writable_mask=1),
        "WRITELOCK": Register(0x520, writable_mask=1),
    }

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._apply()

    def after_write(self, name: str, written: int) -> None:
        """Switch, empty, and say where the model stops fitting."""
        if name == "ENABLE":
            self._apply()
        elif name in ("INVALIDATE", "ERASE") and written & 1:
            self.host.empty_flash_caches()
            if name == "ERASE":
                self.values["ERASESTATUS"] = _ERASE_FINISHED
        elif name == "MODE":
            self._apply()
            if written & 1:
                self.host.warn(f"{self.spec.name}: using the cache as RAM is not modelled")
        elif name == "WRITELOCK" and written & 1:
            self.host.warn(f"{self.spec.name}: locking the cache is not modelled; it is filled as before")

    def _apply(self) -> None:
        is_on = bool(self.values["ENABLE"]) and not self.values["MODE"]
        self.host.set_unified_cache(is_on=is_on, ways_count=_WAYS_COUNT)
