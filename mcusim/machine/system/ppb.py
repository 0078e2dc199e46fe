"""The private peripheral bus 0xE0000000-0xE00FFFFF: routes accesses to NVIC, SCB, SysTick, DWT, ITM, MPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mcusim.machine.system.cache import CacheControl
from mcusim.machine.system.coredebug import CoreDebug
from mcusim.machine.system.dwt import Dwt, ProfilingSources
from mcusim.machine.system.itm import Itm
from mcusim.machine.system.mpu import Mpu
from mcusim.machine.system.nvic import Nvic
from mcusim.machine.system.register import Register, RegisterMap, merged
from mcusim.machine.system.scb import SystemControlBlock
from mcusim.machine.system.security import Security
from mcusim.machine.system.systick import SysTick, SysTickClock
from mcusim.recording.recording import UnmodelledAccess

if TYPE_CHECKING:
    from mcusim.machine.devices.device import Host
    from mcusim.machine.exceptions import ExceptionModel

__all__ = ["PPB_BASE_ADDR", "PPB_SIZE_BYTES", "PrivatePeripheralBus", "ProfilingSources", "SysTickClock"]

PPB_BASE_ADDR = 0xE0000000
PPB_SIZE_BYTES = 0x100000

# Blocks by offset (ARMv7-M ARM, B3.1, table B3-3), for naming what is not modelled.
_BLOCK_NAMES = ((0x0000, "ITM"), (0x1000, "DWT"), (0x2000, "FPB"), (0x3000, "PPB"), (0xE000, "SCS"))
_EXTERNAL_BLOCK_NAMES = ((0xF000, "PPB"), (0x40000, "TPIU"), (0x41000, "ETM"), (0x42000, "PPB"))
_V6M_DEBUG_ONLY = (range(0x0000, 0x3000), range(0xEDF0, 0xEE00))


class _Block(Protocol):
    """A device on the bus."""

    def registers(self) -> RegisterMap: ...

    def reset(self) -> None: ...


class PrivatePeripheralBus:
    """One Device over the whole range; unknown registers read 0, remember writes, and are counted."""

    def __init__(
        self,
        exceptions: ExceptionModel,
        host: Host,
        sources: ProfilingSources,
        systick_clock: SysTickClock | None = None,
    ) -> None:
        variant = exceptions.variant
        self._systick = SysTick(exceptions, host, systick_clock or SysTickClock())
        self._blocks: list[_Block] = [
            Nvic(exceptions),
            SystemControlBlock(exceptions, host),
            self._systick,
            Mpu(variant, host),
        ]
        if not variant.is_v6m:
            dwt = Dwt(exceptions, sources)
            self._blocks += [dwt, Itm(exceptions, host), CoreDebug(exceptions, dwt.update)]
        if variant.core == "cortex-m7":
            self._blocks.append(CacheControl(variant, host))
        if variant.is_v8m:
            self._blocks.append(Security(variant, host))
        self._is_v6m = variant.is_v6m
        self._registers: RegisterMap = {}
        for block in self._blocks:
            self._registers |= block.registers()
        self._remembered: dict[int, int] = {}
        self._reads: dict[int, int] = {}
        self._writes: dict[int, int] = {}

    def read(self, offset: int, size_bytes: int) -> int:
        """1, 2 or 4 bytes at `offset` from 0xE0000000."""
        word_offset, shift = offset & ~3, 8 * (offset & 3)
        register = self._registers.get(word_offset)
        word = register.read() if register else self._read_unmodelled(word_offset)
        return word >> shift & ((1 << 8 * size_bytes) - 1)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """1, 2 or 4 bytes at `offset` from 0xE0000000."""
        word_offset, shift = offset & ~3, 8 * (offset & 3)
        mask = ((1 << 8 * size_bytes) - 1) << shift
        register: Register | None = self._registers.get(word_offset)
        if register:
            register.write(value << shift & mask, mask)
        else:
            self._write_unmodelled(word_offset, value << shift, mask)

    def reset(self) -> None:
        """All devices of the bus; the exception model has its own reset."""
        for block in self._blocks:
            block.reset()
        self._remembered.clear()

    @property
    def unmodelled(self) -> bool:
        """False: most of the range is modelled; see `unmodelled_accesses`."""
        return False

    @property
    def unmodelled_accesses(self) -> tuple[UnmodelledAccess, ...]:
        """Registers touched that no device here models, by address."""
        return tuple(
            UnmodelledAccess(
                addr=PPB_BASE_ADDR + offset,
                device=_block_name(offset),
                reads_count=self._reads.get(offset, 0),
                writes_count=self._writes.get(offset, 0),
            )
            for offset in sorted(self._reads.keys() | self._writes.keys())
        )

    def core_clock_changed(self) -> None:
        """Tell SysTick that host.core_clock_hz is a new value from host.now_cycles on."""
        self._systick.core_clock_changed()

    def clocks_stopped(self, is_stopped: bool) -> None:
        """Stop or resume SysTick with the chip's fast clocks."""
        self._systick.clocks_stopped(is_stopped)

    def _read_unmodelled(self, offset: int) -> int:
        self._reads[offset] = self._reads.get(offset, 0) + 1
        return self._remembered.get(offset, 0)

    def _write_unmodelled(self, offset: int, value: int, mask: int) -> None:
        self._writes[offset] = self._writes.get(offset, 0) + 1
        if self._is_v6m and any(offset in each for each in _V6M_DEBUG_ONLY):
            return  # only a debugger reaches these on ARMv6-M (ARMv6-M ARM, C1.1)
        self._remembered[offset] = merged(self._remembered.get(offset, 0), value, mask)


def _block_name(offset: int) -> str:
    """The architectural block that an offset belongs to."""
    name = "PPB"
    for start, each in (*_BLOCK_NAMES, *_EXTERNAL_BLOCK_NAMES):
        if offset >= start:
            name = each
    return name
