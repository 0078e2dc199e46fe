"""Flash of the SAM D51: wait states of NVMCTRL, by hand or automatic, and the cache controller CMCC.

Not modelled: erasing and programming (a command is done at once and warned about), the EEPROM emulation, caching only
code or only data, locked ways, a smaller cache size (all three warned about).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_AUTOWS = 1 << 2
# Highest clock with 0, 1, 2 … wait states above 2.7 V: recalled from the data sheet, not looked up; the chip file
# has the same numbers.
AUTOMATIC_LIMITS_MHZ = (24, 51, 77, 101, 119, 120)
_READY, _DONE = 1 << 16, 1 << 0  # STATUS is the upper half of the word of INTFLAG
_COMMAND_KEY, _PAGE_BUFFER_CLEAR = 0xA5, 0x15
_CEN, _ICDIS, _DCDIS = 1 << 0, 1 << 1, 1 << 2
_CSIZE_4_KB = 2
_INVALIDATE_ALL = 1 << 0
_WAYS_COUNT = 4


class Samd51Nvmctrl(RegisterDevice):
    """Wait states follow RWS, or the clock while AUTOWS is set."""

    # Offsets, bits and reset values of both classes: Microchip's SVD file of the ATSAMD51J19A.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRLA": Register(0x00, 0x0004, writable_mask=0xFFFC),
        "CTRLB": command(0x04),
        "PARAM": read_only(0x08, 0x0006_0400),
        "INTEN": Register(0x0C),
        "INTFLAG": Register(0x10, writable_mask=0, one_clears_mask=0xFFFF),
        "ADDR": Register(0x14, writable_mask=0x00FF_FFFF),
        "RUNLOCK": read_only(0x18),
        "PBLDATA0": read_only(0x1C, 0xFFFF_FFFF),
        "PBLDATA1": read_only(0x20, 0xFFFF_FFFF),
        "ECCERR": read_only(0x24),
        "DBGCTRL": Register(0x28),
        "SEESTAT": read_only(0x2C),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        host.clock_net.listen(self._apply)

    def reset(self) -> None:
        """Automatic wait states."""
        super().reset()
        self._apply()

    def load(self, name: str) -> int:
        """Always ready for a command."""
        return super().load(name) | _READY if name == "INTFLAG" else super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Wait states; commands."""
        if name == "CTRLA":
            self._apply()
        elif name == "CTRLB" and written >> 8 & 0xFF == _COMMAND_KEY:
            self.set_bits("INTFLAG", _DONE, True)
            if written & 0x7F != _PAGE_BUFFER_CLEAR:
                self.host.warn(f"{self.spec.name}: erasing or programming the flash is not modelled")

    def _apply(self) -> None:
        control = self.values["CTRLA"]
        wait_cycles = control >> 8 & 0xF
        if control & _AUTOWS:
            limits_hz = [limit * 1_000_000 for limit in AUTOMATIC_LIMITS_MHZ]
            wait_cycles = min(bisect_left(limits_hz, self.host.core_clock_hz), len(limits_hz) - 1)
        self.host.set_flash(
            wait_cycles=wait_cycles, prefetch_on=False, instruction_cache_on=None, data_cache_on=None
        )


class Samd51Cmcc(RegisterDevice):
    """The cache in front of flash: on, off, emptied."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "TYPE": read_only(0x00, 0x12D2),
        "CFG": Register(0x04, 0x20, writable_mask=0x76),
        "CTRL": command(0x08),
        "SR": read_only(0x0C),
        "LCKWAY": Register(0x10, writable_mask=0xF),
        "MAINT0": command(0x20),
        "MAINT1": command(0x24),
        "MCFG": Register(0x28, writable_mask=0b11),
        "MEN": Register(0x2C, writable_mask=1),
        "MCTRL": command(0x30),
        "MSR": read_only(0x34),
    }

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._apply()

    def after_write(self, name: str, written: int) -> None:
        """Switch, empty, and say where the model stops fitting."""
        if name == "CTRL":
            self.values["SR"] = written & _CEN
            self._apply()
        elif name == "CFG":
            self._apply()
        elif name == "LCKWAY" and written:
            self.host.warn(f"{self.spec.name}: locking ways of the cache is not modelled")
        elif (name == "MAINT0" and written & _INVALIDATE_ALL) or name == "MAINT1":
            self.host.empty_flash_caches()

    def _apply(self) -> None:
        config = self.values["CFG"]
        disabled_mask = config & (_ICDIS | _DCDIS)
        if disabled_mask not in (0, _ICDIS | _DCDIS) or config >> 4 & 0b111 != _CSIZE_4_KB:
            self.host.warn(
                f"{self.spec.name}: caching only code or data, or in less than 4 KiB, is not modelled"
            )
        is_on = bool(self.values["SR"]) and disabled_mask != _ICDIS | _DCDIS
        self.host.set_unified_cache(is_on=is_on, ways_count=_WAYS_COUNT)
