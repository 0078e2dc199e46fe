"""Small parts of every STM32: who the chip is, settings that change nothing here, semaphores, backup registers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.stm32.stm32h7_pwr import OVERDRIVE_LINE

if TYPE_CHECKING:
    from collections.abc import Mapping

# A made-up die: X, Y = 1, 1, wafer 1, lot "MCUSIM0" (fields of the unique device ID: RM0351, 49.1).
_UNIQUE_ID = bytes((1, 0, 1, 0, 1)) + b"0MISUCM"
_LOCK, _OWNER_MASK = 1 << 31, 0x8000_0F00


class Stm32Dbgmcu(RegisterDevice):
    """DBGMCU_IDCODE, and the factory's words in system memory: unique ID, flash size, package.

    Options: `idcode`, `uid_addr`, `flash_size_addr` and `flash_kib`. The other registers keep what is written: no
    debugger looks at them.
    """

    def register_table(self) -> Mapping[str, Register]:
        """IDCODE, CR and the freeze registers."""
        freeze = {f"FZ{offset:02X}": Register(offset) for offset in range(0x08, 0x60, 4)}
        return {"IDCODE": read_only(0x00, self.int_option("idcode", 0)), "CR": Register(0x04), **freeze}

    def reset(self) -> None:
        """Write the factory's words."""
        super().reset()
        uid_addr, size_addr = self.int_option("uid_addr", 0), self.int_option("flash_size_addr", 0)
        if uid_addr:
            self.host.write_memory(uid_addr, _UNIQUE_ID)
        if size_addr:
            self.host.write_memory(size_addr, self.int_option("flash_kib", 0).to_bytes(2, "little"))


class Stm32Settings(RegisterDevice):
    """Registers that keep what is written and change nothing in a simulation (SYSCFG, SBS, RAMCFG, GTZC, RTC pins).

    Options: `reset_0x04` and the like (start values), `fixed_0x1C` (bits that writes do not change: ready and busy
    flags of what is done at once), `overdrive_0x2C` (the bit that raises the core voltage of the STM32H74x).
    """

    def reset(self) -> None:
        """No over-drive either."""
        super().reset()
        self.host.power_net.set_line(OVERDRIVE_LINE, False)

    def after_write(self, name: str, written: int) -> None:
        """The over-drive bit is the only one that does something."""
        mask = self.int_option(f"overdrive_0x{self.registers[name].offset:02X}", 0)
        if mask:
            self.host.power_net.set_line(OVERDRIVE_LINE, bool(self.values[name] & mask))

    def register_table(self) -> Mapping[str, Register]:
        """All words."""
        return {
            f"R{offset:03X}": self._setting(offset)
            for offset in range(0, min(self.spec.size_bytes, 0x400), 4)
        }

    def _setting(self, offset: int) -> Register:
        reset_value, fixed_mask = (
            self.int_option(f"{name}_0x{offset:02X}", 0) for name in ("reset", "fixed")
        )
        return Register(offset, reset_value, writable_mask=0xFFFF_FFFF & ~fixed_mask)


class Stm32Tamp(RegisterDevice):
    """Backup registers of the chips whose RTC is version 3; tamper detection is not modelled (RM0444, TAMP)."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **{
            f"R{offset:02X}": Register(offset)
            for offset in (*range(0, 0x14, 4), 0x20, 0x24, 0x2C, 0x50, 0x54)
        },
        "SR": read_only(0x30),
        "MISR": read_only(0x34),
        "SMISR": read_only(0x38),
        "SCR": command(0x3C),
        "COUNTR": read_only(0x40),
        **{f"BKP{n}R": Register(0x100 + 4 * n) for n in range(32)},
    }

    def reset(self) -> None:
        """The backup domain keeps the backup registers."""
        kept = {name: value for name, value in self.values.items() if name.startswith("BKP")}
        super().reset()
        self.values.update(kept)


class Stm32F1Backup(RegisterDevice):
    """Backup registers of the STM32F1: 16 bits each, ten at +0x04 (RM0008, BKP); tamper detection is not modelled."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **{f"BKP{n}R": Register(4 * n, writable_mask=0xFFFF) for n in range(1, 11)},
        "RTCCR": Register(0x2C, writable_mask=0x3FF),
        "CR": Register(0x30, writable_mask=0b11),
        "CSR": Register(0x34, writable_mask=0),
    }

    def reset(self) -> None:
        """The backup domain keeps the backup registers."""
        kept = {name: value for name, value in self.values.items() if name.startswith("BKP")}
        super().reset()
        self.values.update(kept)


class Stm32Hsem(RegisterDevice):
    """Hardware semaphores, taken by the one core there is; option `core_id` (RM0433, HSEM: 3 is the Cortex-M7)."""

    COUNT: ClassVar[int] = 32
    REGISTERS: ClassVar[dict[str, Register]] = {
        **{f"R{n}": Register(4 * n) for n in range(32)},
        **{f"RLR{n}": read_only(0x80 + 4 * n) for n in range(32)},
        "IER": Register(0x100),
        "ICR": command(0x104),
        "ISR": read_only(0x108),
        "MISR": read_only(0x10C),
        "C2IER": Register(0x110),
        "C2ICR": command(0x114),
        "C2ISR": read_only(0x118),
        "C2MISR": read_only(0x11C),
        "CR": command(0x140),
        "KEYR": Register(0x144),
    }

    def reset(self) -> None:
        """All free."""
        super().reset()
        self.set_irq(False)

    def load(self, name: str) -> int:
        """Reading RLR takes a free semaphore for this core."""
        if name.startswith("RLR"):
            taken = f"R{name[3:]}"
            if not self.values[taken] & _LOCK:
                self.values[taken] = _LOCK | self.int_option("core_id", 3) << 8
            return self.values[taken]
        return self.values["ISR"] & self.values["IER"] if name == "MISR" else super().load(name)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """A write with LOCK takes, one without it by the owner frees."""
        if not name.startswith("R"):
            super().store(name, written, lanes_mask)
            return
        owned = self.values[name]
        if written & _LOCK and not owned & _LOCK:
            self.values[name] = written & (_OWNER_MASK | 0xFF)
        elif not written & _LOCK and owned & _LOCK and (owned ^ written) & 0x0F00 == 0:
            self.values[name] = 0
            if not name.startswith("RLR"):
                self.values["ISR"] |= 1 << int(name[1:])
        self.after_write(name, written)

    def after_write(self, name: str, written: int) -> None:
        """Freeing a semaphore interrupts."""
        if name == "ICR":
            self.values["ISR"] &= ~written
        self.set_irq(bool(self.values["ISR"] & self.values["IER"]))
