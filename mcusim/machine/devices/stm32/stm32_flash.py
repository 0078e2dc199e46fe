"""What the flash interfaces of the STM32 families share: access control, keys, programming, erasing.

Not modelled: program and erase times (BSY always reads 0), error flags, read and write protection, option
byte programming, flash power-down, ECC. Resetting a cache (ICRST, DCRST) does not empty the modelled cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import RegisterDevice

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_LATENCY_MASK = 0xF
_PRFTEN, ICEN, _DCEN = 1 << 8, 1 << 9, 1 << 10
KEYS = (0x4567_0123, 0xCDEF_89AB)
OPTION_KEYS = (0x0819_2A3B, 0x4C5D_6E7F)
_STRT = 1 << 16
_EOP = 1 << 0


class Stm32Flash(RegisterDevice):
    """Both families: same ACR bits, same keys, same PG, STRT and LOCK bits.

    Options: `flash_addr` (first byte of flash), `flash_bytes`.
    """

    LOCK_MASK: ClassVar[int] = 1 << 31
    PROGRAM_MASK: ClassVar[int] = 1 << 0
    OPTION_LOCK: ClassVar[tuple[str, int]]
    DEFAULT_FLASH_BYTES: ClassVar[int]

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self.flash_addr = self.int_option("flash_addr", 0x0800_0000)
        self.flash_bytes = self.int_option("flash_bytes", self.DEFAULT_FLASH_BYTES)
        self._locks = self.locks()
        self._sequences = dict.fromkeys(
            self._locks, 0
        )  # keys accepted so far; -1: locked until the next reset

    def locks(self) -> dict[str, tuple[tuple[int, int], tuple[str, int]]]:
        """By key register: its two keys, and the register and bit that they unlock."""
        return {"KEYR": (KEYS, ("CR", self.LOCK_MASK)), "OPTKEYR": (OPTION_KEYS, self.OPTION_LOCK)}

    def reset(self) -> None:
        """Lock, and zero wait states again."""
        super().reset()
        self._sequences = dict.fromkeys(self._locks, 0)
        self._apply_access_control()
        self.host.allow_flash_writes(False)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """A locked control register ignores writes."""
        if name == "CR" and self.values["CR"] & self.LOCK_MASK:
            return
        super().store(name, written, lanes_mask)

    def after_write(self, name: str, written: int) -> None:
        """Apply access control, keys, erase and programming enable."""
        if name == "ACR":
            self._apply_access_control()
        elif name in self._locks:
            self._take_key(name, written)
        elif name == "CR":
            self._control(written)

    def erase_range(self) -> tuple[int, int] | None:
        """(first address, bytes) that CR asks to erase, None when it asks for nothing."""
        raise NotImplementedError

    def caches_on(self, access: int) -> tuple[bool | None, bool | None]:
        """What ACR says of instruction and data cache; None where another peripheral switches them."""
        return bool(access & ICEN), bool(access & _DCEN)

    def _apply_access_control(self) -> None:
        access = self.values["ACR"]
        instruction_cache_on, data_cache_on = self.caches_on(access)
        self.host.set_flash(
            wait_cycles=access & _LATENCY_MASK,
            prefetch_on=bool(access & _PRFTEN),
            instruction_cache_on=instruction_cache_on,
            data_cache_on=data_cache_on,
        )

    def _take_key(self, name: str, key: int) -> None:
        keys, lock = self._locks[name]
        accepted = self._sequences[name]
        if accepted < 0:
            return
        if key != keys[accepted]:
            # A wrong key locks the register until the next reset (RM0390 3.5.1, RM0432 3.3.5).
            self.host.warn(f"{self.spec.name}: wrong key 0x{key:08X} in {name}; locked until reset")
            self._sequences[name] = -1
            return
        self._sequences[name] = (accepted + 1) % len(keys)
        if not self._sequences[name]:
            self.set_bits(*lock, False)

    def _control(self, written: int) -> None:
        if written & _STRT:
            self.set_bits("CR", _STRT, False)
            self._erase()
        control = self.values["CR"]
        may_program = bool(control & self.PROGRAM_MASK) and not control & self.LOCK_MASK
        self.host.allow_flash_writes(may_program)

    def _erase(self) -> None:
        erased = self.erase_range()
        if erased is None:
            return
        addr, size_bytes = erased
        self.host.write_memory(addr, b"\xff" * size_bytes)
        self.set_bits("SR", _EOP, True)
