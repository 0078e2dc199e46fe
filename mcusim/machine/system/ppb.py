"""The private peripheral bus 0xE0000000-0xE00FFFFF: routes accesses to NVIC, SCB, SysTick, DWT, ITM, MPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.machine.devices.device import Host
    from mcusim.machine.exceptions import ExceptionModel
    from mcusim.recording.recording import UnmodelledAccess

PPB_BASE_ADDR = 0xE0000000
PPB_SIZE_BYTES = 0x100000


@dataclass(frozen=True, slots=True)
class ProfilingSources:
    """Running totals behind the DWT counters, as callables that are exact at the accessing instruction."""

    active_cycles: Callable[[], int]
    """Cycles since reset in which the core was not asleep."""
    cpi_cycles: Callable[[], int] = lambda: 0
    """Extra cycles of multi-cycle instructions, and instruction fetch stalls."""
    exception_cycles: Callable[[], int] = lambda: 0
    sleep_cycles: Callable[[], int] = lambda: 0
    load_store_cycles: Callable[[], int] = lambda: 0
    folded_count: Callable[[], int] = lambda: 0


@dataclass(frozen=True, slots=True)
class SysTickClock:
    """The reference clock of SysTick (CSR.CLKSOURCE = 0): a divider of the core clock, or a fixed rate."""

    core_divisor: int = 8
    """STM32: HCLK/8 (ST PM0214, section 4.5)."""
    fixed_hz: int = 0
    """When not 0, used instead of the divider."""
    calib: int = 0
    """The value of SYST_CALIB."""


class PrivatePeripheralBus:
    """One Device over the whole range; unknown registers read 0, remember writes, and are counted."""

    def __init__(
        self,
        exceptions: ExceptionModel,
        host: Host,
        sources: ProfilingSources,
        systick_clock: SysTickClock | None = None,
    ) -> None: ...

    def read(self, offset: int, size_bytes: int) -> int:
        """1, 2 or 4 bytes at `offset` from 0xE0000000."""
        raise NotImplementedError

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """1, 2 or 4 bytes at `offset` from 0xE0000000."""

    def reset(self) -> None:
        """All devices of the bus, not the exception model."""

    @property
    def unmodelled(self) -> bool:
        """False: most of the range is modelled; see `unmodelled_accesses`."""
        return False

    @property
    def unmodelled_accesses(self) -> tuple[UnmodelledAccess, ...]:
        """Registers touched that no device here models, by address."""
        raise NotImplementedError

    def core_clock_changed(self) -> None:
        """Tell SysTick that host.core_clock_hz is a new value from host.now_cycles on."""
