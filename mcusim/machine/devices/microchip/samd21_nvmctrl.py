"""Flash of the SAM D21: wait states and the small cache of NVMCTRL.

Not modelled: erasing and programming (a command is done at once and warned about), read modes: low power and
deterministic reads cost what the default mode does, with a warning.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command

_CACHEDIS = 1 << 18
_READY = 1 << 0
_COMMAND_KEY, _PAGE_BUFFER_CLEAR, _INVALIDATE = 0xA5, 0x44, 0x46


class Samd21Nvmctrl(RegisterDevice):
    """CTRLB has the wait states (RWS) and disables the cache (CACHEDIS)."""

    # Offsets and bits: Microchip's SVD file of the ATSAMD21G18A. PARAM: 4096 pages of 64 bytes.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRLA": command(0x00),
        "CTRLB": Register(0x04, writable_mask=0x0007_039E),
        "PARAM": Register(0x08, 0x0003_1000, writable_mask=0),
        "INTENCLR": Register(0x0C, writable_mask=0),
        "INTENSET": Register(0x10),
        "INTFLAG": Register(0x14, _READY, writable_mask=0),
        "STATUS": Register(0x18, writable_mask=0),
        "ADDR": Register(0x1C, writable_mask=0x003F_FFFF),
        "LOCK": Register(0x20, writable_mask=0),
    }

    def reset(self) -> None:
        """No wait state, cache on."""
        super().reset()
        self._apply()

    def after_write(self, name: str, written: int) -> None:
        """Wait states, cache, commands."""
        if name == "CTRLB":
            self._apply()
        elif name == "CTRLA" and written >> 8 & 0xFF == _COMMAND_KEY:
            if written & 0x7F == _INVALIDATE:
                self.host.empty_flash_caches()
            elif written & 0x7F != _PAGE_BUFFER_CLEAR:
                self.host.warn(f"{self.spec.name}: erasing or programming the flash is not modelled")

    def _apply(self) -> None:
        control = self.values["CTRLB"]
        if control >> 16 & 0b11:
            self.host.warn(
                f"{self.spec.name}: flash reads in low-power or deterministic mode are not modelled"
            )
        is_cached = not control & _CACHEDIS
        self.host.set_flash(
            wait_cycles=control >> 1 & 0xF,
            prefetch_on=False,
            instruction_cache_on=is_cached,
            data_cache_on=is_cached,
        )
