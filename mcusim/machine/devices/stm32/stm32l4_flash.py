"""Flash interface of the STM32L4+ (RM0432 rev 9, section 3.7), L4 and G4; limits: see stm32_flash.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, command
from mcusim.machine.devices.stm32.stm32_flash import Stm32Flash

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_PER, _MER1, _BKER, _MER2 = 1 << 1, 1 << 2, 1 << 11, 1 << 15
_DBANK = 1 << 22
_DUAL_PAGE_BYTES = 4096  # RM0432 3.3.1; in single bank 8192
_OPTION_BYTES = (0x24, 0x28, 0x2C, 0x30, 0x44, 0x48, 0x4C, 0x50)  # PCROP and WRP areas of both banks


class Stm32L4Flash(Stm32Flash):
    """Erases by pages.

    Options: `is_single_bank` clears OPTR.DBANK (128-bit reads instead of 64-bit), `page_bytes` in dual bank (4096; on
    the L4 and G4 2048), twice as large in single bank.
    """

    DEFAULT_FLASH_BYTES = 2 * 1024 * 1024
    OPTION_LOCK = ("CR", 1 << 30)
    REGISTERS: ClassVar[dict[str, Register]] = {
        "ACR": Register(0x00, 0x0000_0600, writable_mask=0x0000_7F0F),
        "PDKEYR": command(0x04),
        "KEYR": command(0x08),
        "OPTKEYR": command(0x0C),
        "SR": Register(0x10, writable_mask=0, one_clears_mask=0x0000_C3FB),
        "CR": Register(0x14, 0xC000_0000, writable_mask=0xCF07_8FFF),
        "ECCR": Register(0x18, writable_mask=0x0100_0000, one_clears_mask=0xC000_0000),
        "OPTR": Register(0x20, 0xFFEF_F8AA, writable_mask=0),
        **{f"OPTION_{offset:02X}": Register(offset, writable_mask=0) for offset in _OPTION_BYTES},
        "CFGR": Register(0x130),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self.is_single_bank = self.bool_option("is_single_bank")

    def load(self, name: str) -> int:
        """OPTR shows the bank mode of this board."""
        value = super().load(name)
        return value & ~_DBANK if name == "OPTR" and self.is_single_bank else value

    def erase_range(self) -> tuple[int, int] | None:
        """One page (PER, BKER, PNB), one bank (MER1 or MER2) or both."""
        control = self.values["CR"]
        bank_bytes = self.flash_bytes // 2
        banks = control & (_MER1 | _MER2)
        if banks:
            if banks == _MER1 | _MER2:
                return self.flash_addr, self.flash_bytes
            return self.flash_addr + (bank_bytes if banks == _MER2 else 0), bank_bytes
        if not control & _PER:
            return None
        number = control >> 3 & 0xFF
        page_bytes = self.int_option("page_bytes", _DUAL_PAGE_BYTES)
        if self.is_single_bank:
            return self.flash_addr + number * 2 * page_bytes, 2 * page_bytes
        bank_addr = self.flash_addr + (bank_bytes if control & _BKER else 0)
        return bank_addr + number * page_bytes, page_bytes
