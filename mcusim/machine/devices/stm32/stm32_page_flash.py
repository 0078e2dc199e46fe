"""Flash interfaces that erase by equal pages: STM32G0, U3, U5; limits: see stm32_flash.py."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.register_device import Register, command
from mcusim.machine.devices.stm32.stm32_flash import ICEN, Stm32Flash

_PER, _MER1, _MER2 = 1 << 1, 1 << 2, 1 << 15
_KIB = 1024


class Stm32PageFlash(Stm32Flash):
    """CR selects a page (PER, PNB, bank), a bank (MER1 or MER2) or both banks.

    Options: `page_bytes`, `banks_count` (2; the STM32G071 has 1).
    """

    OPTION_LOCK = ("CR", 1 << 30)
    PAGE_NUMBER_MASK: ClassVar[int]
    BANK_SELECT_MASK: ClassVar[int]
    DEFAULT_PAGE_BYTES: ClassVar[int]

    def erase_range(self) -> tuple[int, int] | None:
        """One page, one bank or both."""
        control, bank_bytes = self.values["CR"], self.flash_bytes // self.int_option("banks_count", 2)
        banks = control & (_MER1 | _MER2)
        if banks == _MER1 | _MER2:
            return self.flash_addr, self.flash_bytes
        if banks:
            return self.flash_addr + (bank_bytes if banks == _MER2 else 0), bank_bytes
        if not control & _PER:
            return None
        page_bytes = self.int_option("page_bytes", self.DEFAULT_PAGE_BYTES)
        offset_bytes = (control >> 3 & self.PAGE_NUMBER_MASK) * page_bytes
        if offset_bytes >= bank_bytes:
            self.host.warn(f"{self.spec.name}: erase of a page that this part does not have")
            return None
        return self.flash_addr + (
            bank_bytes if control & self.BANK_SELECT_MASK else 0
        ) + offset_bytes, page_bytes


class Stm32U5Flash(Stm32PageFlash):
    """STM32U5 and U3 (CMSIS stm32u575xx.h; RM0456): non-secure and secure registers; ICACHE switches the cache."""

    DEFAULT_FLASH_BYTES = 2048 * _KIB
    DEFAULT_PAGE_BYTES = 8 * _KIB
    PAGE_NUMBER_MASK = 0x7F
    BANK_SELECT_MASK = 1 << 11
    # The non-secure registers have their short names (KEYR for NSKEYR); reset values: ST's SVD file of the STM32U575.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "ACR": Register(0x00, writable_mask=0x0000_790F),
        "KEYR": command(0x08),
        "SECKEYR": command(0x0C),
        "OPTKEYR": command(0x10),
        "PDKEY1R": command(0x18),
        "PDKEY2R": command(0x1C),
        "SR": Register(0x20, writable_mask=0, one_clears_mask=0x0000_20FB),
        "SECSR": Register(0x24, writable_mask=0, one_clears_mask=0x0000_00FB),
        "CR": Register(0x28, 0xC000_0000, writable_mask=0xCB03_CBFF),
        "SECCR": Register(0x2C, 0x8000_0000, writable_mask=0),
        "ECCR": Register(0x30, writable_mask=0x0100_0000, one_clears_mask=0xC000_0000),
        "OPSR": Register(0x34, writable_mask=0),
        "OPTR": Register(0x40, 0x1FEF_F8AA, writable_mask=0),  # factory value: dual bank, TrustZone off
    }

    def caches_on(self, access: int) -> tuple[bool | None, bool | None]:
        """ACR has no cache bits."""
        return None, None


class Stm32U3Flash(Stm32U5Flash):
    """STM32U375 and U385: pages of 4 KiB; one wait state after reset (RM0487, FLASH_ACR)."""

    DEFAULT_FLASH_BYTES = 1024 * _KIB
    DEFAULT_PAGE_BYTES = 4 * _KIB
    REGISTERS: ClassVar[dict[str, Register]] = {
        **Stm32U5Flash.REGISTERS,
        "ACR": Register(0x00, 0x0000_0001, writable_mask=0x0000_790F),
    }


class Stm32G0Flash(Stm32PageFlash):
    """STM32G0B1 and its relatives (CMSIS stm32g0b1xx.h; RM0444): a small instruction cache and prefetch in ACR."""

    DEFAULT_FLASH_BYTES = 512 * _KIB
    DEFAULT_PAGE_BYTES = 2 * _KIB
    PAGE_NUMBER_MASK = 0x3FF
    BANK_SELECT_MASK = 1 << 13
    # Reset values: ST's SVD file of the STM32G0B1; OPTR: dual bank, as the part leaves the factory.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "ACR": Register(0x00, 0x0004_0600, writable_mask=0x0005_0B07),
        "KEYR": command(0x08),
        "OPTKEYR": command(0x0C),
        "SR": Register(0x10, writable_mask=0, one_clears_mask=0x0000_C3FB),
        "CR": Register(0x14, 0xC000_0000, writable_mask=0xFF07_BFFF),
        "ECCR": Register(0x18, writable_mask=0x0100_0000, one_clears_mask=0xC000_0000),
        "ECC2R": Register(0x1C, writable_mask=0x0100_0000, one_clears_mask=0xC000_0000),
        "OPTR": Register(0x20, 0xFFFF_FEAA, writable_mask=0),
    }

    def caches_on(self, access: int) -> tuple[bool | None, bool | None]:
        """There is no data cache."""
        return bool(access & ICEN), False
