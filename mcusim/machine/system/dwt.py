"""The DWT's cycle and profiling counters; comparators are remembered but watch nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.machine.system.register import Register, RegisterMap, Remembered, constant, merged
from mcusim.machine.system.state import DEMCR_TRCENA

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.machine.exceptions import ExceptionModel

CTRL, CYCCNT, CPICNT, EXCCNT, SLEEPCNT, LSUCNT, FOLDCNT, PCSR = range(0x1000, 0x1020, 4)
_COMPARATORS, _COMPARATORS_COUNT = 0x1020, 4
LAR, LSR = 0x1FB0, 0x1FB4
_UNLOCK_KEY = 0xC5ACCE55

_CYCCNTENA = 1 << 0
_CTRL_WRITABLE_MASK = 0x007F1FFF
_CTRL_NUMCOMP = _COMPARATORS_COUNT << 28
# Enable bit of each 8-bit counter (ARMv7-M ARM, C1.8.7).
_EVENT_ENABLE_BITS = {CPICNT: 17, EXCCNT: 18, SLEEPCNT: 19, LSUCNT: 20, FOLDCNT: 21}


def _nothing() -> int:
    return 0


@dataclass(frozen=True, slots=True)
class ProfilingSources:
    """Running totals behind the DWT counters, as callables that are exact at the accessing instruction."""

    active_cycles: Callable[[], int]
    """Cycles since reset in which the core was not asleep."""
    cpi_cycles: Callable[[], int] = _nothing
    """Extra cycles of multi-cycle instructions, and instruction fetch stalls."""
    exception_cycles: Callable[[], int] = _nothing
    sleep_cycles: Callable[[], int] = _nothing
    load_store_cycles: Callable[[], int] = _nothing
    folded_count: Callable[[], int] = _nothing


class GatedCounter:
    """A writable counter that follows a running total while it is on."""

    def __init__(self, source: Callable[[], int], width_bits: int) -> None:
        self._source, self._value_mask = source, (1 << width_bits) - 1
        self._is_on = False
        self._start = 0
        """The total at which the counter would be 0 while on; its value while off."""

    @property
    def value(self) -> int:
        """The count now."""
        return (self._source() - self._start if self._is_on else self._start) & self._value_mask

    def set_value(self, value: int) -> None:
        """Continue from `value`."""
        self._start = self._source() - value if self._is_on else value

    def switch(self, *, is_on: bool) -> None:
        """Count or hold."""
        value = self.value
        self._is_on = is_on
        self.set_value(value)


class Dwt:
    """CTRL and the counters (ARMv7-M ARM, C1.8). Not for ARMv6-M, whose DWT only a debugger can reach."""

    def __init__(self, exceptions: ExceptionModel, sources: ProfilingSources) -> None:
        self._exceptions = exceptions
        # Only Cortex-M7 ignores writes until LAR was written (CoreSight lock; DDI0489, 9.1).
        self._has_lock = exceptions.variant.core == "cortex-m7"
        self._cycle_counter = GatedCounter(sources.active_cycles, 32)
        self._event_counters = {
            CPICNT: GatedCounter(sources.cpi_cycles, 8),
            EXCCNT: GatedCounter(sources.exception_cycles, 8),
            SLEEPCNT: GatedCounter(sources.sleep_cycles, 8),
            LSUCNT: GatedCounter(sources.load_store_cycles, 8),
            FOLDCNT: GatedCounter(sources.folded_count, 8),
        }
        self._comparators = {
            _COMPARATORS + 16 * index + offset: Remembered()
            for index in range(_COMPARATORS_COUNT)
            for offset in (0, 4, 8)
        }
        self._control = 0
        self._is_locked = self._has_lock

    def reset(self) -> None:
        """Counters off and zero."""
        self._control, self._is_locked = 0, self._has_lock
        self.update()
        for counter in (self._cycle_counter, *self._event_counters.values()):
            counter.set_value(0)
        for comparator in self._comparators.values():
            comparator.reset()

    def registers(self) -> RegisterMap:
        """All registers of this device."""
        registers = {offset: each.register() for offset, each in self._comparators.items()}
        registers[CTRL] = Register(lambda: _CTRL_NUMCOMP | self._control, self._write_ctrl)
        registers[CYCCNT] = self._counter_register(self._cycle_counter)
        registers |= {offset: self._counter_register(each) for offset, each in self._event_counters.items()}
        registers[PCSR] = constant(0xFFFFFFFF)  # no sample (ARMv7-M ARM, C1.8.14)
        registers[LAR] = Register(write=self._write_lar)
        registers[LSR] = Register(self._read_lsr)
        return registers

    def update(self) -> None:
        """Obey DEMCR.TRCENA and CTRL; to be called when DEMCR was written."""
        is_traced = bool(self._exceptions.state.demcr & DEMCR_TRCENA)
        self._cycle_counter.switch(is_on=is_traced and bool(self._control & _CYCCNTENA))
        for offset, bit in _EVENT_ENABLE_BITS.items():
            self._event_counters[offset].switch(is_on=is_traced and bool(self._control >> bit & 1))

    def _counter_register(self, counter: GatedCounter) -> Register:
        def read() -> int:
            return counter.value

        def write(value: int, mask: int) -> None:
            if not self._is_locked:
                counter.set_value(merged(counter.value, value, mask))

        return Register(read, write)

    def _write_ctrl(self, value: int, mask: int) -> None:
        if self._is_locked:
            return
        control = merged(self._control, value, mask & _CTRL_WRITABLE_MASK)
        for offset, bit in _EVENT_ENABLE_BITS.items():
            if control & ~self._control & 1 << bit:
                self._event_counters[offset].set_value(0)  # enabling clears (ARMv7-M ARM, C1.8.7)
        self._control = control
        self.update()

    def _write_lar(self, value: int, mask: int) -> None:
        if self._has_lock:
            self._is_locked = value & mask != _UNLOCK_KEY

    def _read_lsr(self) -> int:
        return (2 if self._is_locked else 0) | 1 if self._has_lock else 0
