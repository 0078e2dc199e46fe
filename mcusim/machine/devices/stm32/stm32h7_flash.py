"""Flash interface of the STM32H74x/75x and H7A3/H7Bx (RM0433 rev 8, section 4.9; RM0455 rev 10, section 4.9).

Limits: see stm32_flash.py. There is no accelerator: the core's L1 caches read flash over AXI.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, command
from mcusim.machine.devices.stm32.stm32_flash import KEYS, OPTION_KEYS, Stm32Flash

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_LOCK, _PG, _SER, _BER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_OPTLOCK = 1 << 0
_EOP = 1 << 16
_BANK_OFFSET = 0x100
_REMEMBERED = {
    "OPTSR_CUR": 0x1C,
    "OPTSR_PRG": 0x20,
    "PRAR_CUR1": 0x28,
    "PRAR_PRG1": 0x2C,
    "WPSN_CUR1": 0x38,
    "WPSN_PRG1": 0x3C,
    "BOOT_CUR": 0x40,
    "BOOT_PRG": 0x44,
}


@dataclass(frozen=True, slots=True)
class _Layout:
    """What differs between the two lines."""

    access_control_reset: int
    start_mask: int
    sector_shift: int
    sector_mask: int
    sector_bytes: int


# CR bits: vendor headers stm32h743xx.h and stm32h7a3xxq.h; sectors: RM0433 table 16, RM0455 table 15. ACR after
# reset: the headers' FLASH_LATENCY_DEFAULT (7 and 3 wait states); WRHIGHFREQ beside it as in the manuals.
_LAYOUTS = {
    "h74x": _Layout(0x37, 1 << 7, 8, 0x7, 128 * 1024),
    "h7a3": _Layout(0x13, 1 << 5, 6, 0x7F, 8 * 1024),
}


class Stm32H7Flash(Stm32Flash):
    """Two banks with a control register each; options `layout` ("h74x" or "h7a3") and `flash_bytes`."""

    DEFAULT_FLASH_BYTES = 2 * 1024 * 1024
    LOCK_MASK = _LOCK
    OPTION_LOCK = ("OPTCR", _OPTLOCK)
    BANK_REGISTERS: ClassVar[dict[str, Register]] = {
        "KEYR": command(0x04),
        "CR": Register(0x0C, _LOCK, writable_mask=0x0FEF_9FFF),
        "SR": Register(0x10, writable_mask=0),
        "CCR": command(0x14),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._layout = self._chosen_layout()

    def register_table(self) -> Mapping[str, Register]:
        """Bank 2's registers are 0x100 above those of bank 1."""
        table = {
            "ACR": Register(0x00, self._chosen_layout().access_control_reset, writable_mask=0x0000_003F),
            "OPTKEYR": command(0x08),
            "OPTCR": Register(0x18, _OPTLOCK, writable_mask=0xC000_0013),
            "OPTCCR": command(0x24),
        }
        table |= {name: Register(offset, writable_mask=0) for name, offset in _REMEMBERED.items()}
        for bank in (1, 2):
            for name, each in self.BANK_REGISTERS.items():
                offset = each.offset + (bank - 1) * _BANK_OFFSET
                table[f"{name}{bank}"] = Register(offset, each.reset_value, each.writable_mask)
        return table

    def locks(self) -> dict[str, tuple[tuple[int, int], tuple[str, int]]]:
        """Each bank has its own key register."""
        banks = {f"KEYR{bank}": (KEYS, (f"CR{bank}", _LOCK)) for bank in (1, 2)}
        return {**banks, "OPTKEYR": (OPTION_KEYS, self.OPTION_LOCK)}

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Locked control registers ignore writes."""
        if name in ("CR1", "CR2", "OPTCR") and self.values[name] & _LOCK:
            return
        super().store(name, written, lanes_mask)

    def after_write(self, name: str, written: int) -> None:
        """Control, and clearing status, by bank."""
        if name in ("CR1", "CR2"):
            self._control_bank(int(name[2:]), written)
        elif name in ("CCR1", "CCR2"):
            self.set_bits(f"SR{name[3:]}", written, False)
        else:
            super().after_write(name, written)

    def _chosen_layout(self) -> _Layout:
        name = self.text_option("layout", "h74x")
        if name not in _LAYOUTS:
            raise self._wrong_option("layout", name, " or ".join(_LAYOUTS))
        return _LAYOUTS[name]

    def _control_bank(self, bank: int, written: int) -> None:
        if written & self._layout.start_mask:
            self.set_bits(f"CR{bank}", self._layout.start_mask, False)
            self._erase_in(bank)
        controls = (self.values["CR1"], self.values["CR2"])
        self.host.allow_flash_writes(any(each & _PG and not each & _LOCK for each in controls))

    def _erase_in(self, bank: int) -> None:
        control, layout = self.values[f"CR{bank}"], self._layout
        bank_bytes = self.flash_bytes // 2
        bank_addr = self.flash_addr + (bank - 1) * bank_bytes
        number = control >> layout.sector_shift & layout.sector_mask
        if control & _BER:
            erased = (bank_addr, bank_bytes)
        elif control & _SER and (number + 1) * layout.sector_bytes <= bank_bytes:
            erased = (bank_addr + number * layout.sector_bytes, layout.sector_bytes)
        else:
            return
        self.host.write_memory(erased[0], b"\xff" * erased[1])
        self.set_bits(f"SR{bank}", _EOP, True)
