"""Pending, enabled and active exceptions as bit masks, and the rules of priority over them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.registers import Reg
from mcusim.machine.system.variant import FIRST_IRQ

if TYPE_CHECKING:
    from mcusim.machine.registers import Core
    from mcusim.machine.system.variant import CoreVariant

NMI, HARD_FAULT, MEM_MANAGE, BUS_FAULT, USAGE_FAULT = 2, 3, 4, 5, 6
SV_CALL, DEBUG_MONITOR, PEND_SV, SYS_TICK = 11, 12, 14, 15

LOWEST_PRIORITY = 256
"""Priority of thread code with no mask set (ARMv7-M ARM, B1.5.4, ExecutionPriority)."""
HARD_FAULT_PRIORITY = -1
NMI_PRIORITY = -2

_ALWAYS_ENABLED_MASK = sum(1 << number for number in (NMI, HARD_FAULT, SV_CALL, PEND_SV, SYS_TICK))


class ExceptionTable:
    """State per exception. Bit n of each mask is exception n; external interrupt i is exception 16 + i."""

    def __init__(self, variant: CoreVariant) -> None:
        self._variant = variant
        self.pending_mask = 0
        self.active_mask = 0
        self.enabled_mask = 0
        self.level_mask = 0
        self.prigroup = 0
        self._priorities = [0] * variant.exceptions_count
        self.reset()

    def reset(self) -> None:
        """Nothing pending, active or enabled; priorities 0. Input lines keep their level."""
        self.pending_mask = self.level_mask
        self.active_mask = 0
        self.enabled_mask = _ALWAYS_ENABLED_MASK
        self.prigroup = 0
        self._priorities = [0] * self._variant.exceptions_count
        self._priorities[NMI] = NMI_PRIORITY
        self._priorities[HARD_FAULT] = HARD_FAULT_PRIORITY

    @property
    def interrupts_mask(self) -> int:
        """All implemented external interrupts."""
        return ((1 << self._variant.interrupts_count) - 1) << FIRST_IRQ

    def exists(self, number: int) -> bool:
        """Whether `number` is an exception that can pend on this core."""
        return NMI <= number < self._variant.exceptions_count

    # --- pending ---

    def pend(self, number: int) -> None:
        """Set the pending state."""
        if self.exists(number):
            self.pending_mask |= 1 << number

    def clear_pending(self, number: int) -> None:
        """Clear the pending state unless the input line holds it (ARMv7-M ARM, B3.4, NVIC_ICPR)."""
        self.pending_mask &= ~(1 << number) | self.level_mask

    def set_level(self, number: int, is_asserted: bool) -> None:
        """Drive an input line; a rising edge pends, a falling one leaves the latched state."""
        if not self.exists(number):
            return
        bit = 1 << number
        if not is_asserted:
            self.level_mask &= ~bit
        elif not self.level_mask & bit:
            self.level_mask |= bit
            self.pending_mask |= bit

    def activate(self, number: int) -> None:
        """Pending becomes active."""
        self.pending_mask &= ~(1 << number)
        self.active_mask |= 1 << number

    def deactivate(self, number: int) -> None:
        """Active ends; a line that is still asserted pends again."""
        bit = 1 << number
        self.active_mask &= ~bit
        self.pending_mask |= self.level_mask & bit

    def set_enabled(self, number: int, is_enabled: bool) -> None:
        """For exceptions with an enable bit in SHCSR or DEMCR."""
        bit = 1 << number
        self.enabled_mask = self.enabled_mask | bit if is_enabled else self.enabled_mask & ~bit

    def is_enabled(self, number: int) -> bool:
        """Whether it may be taken."""
        return bool(self.enabled_mask >> number & 1)

    def is_active(self, number: int) -> bool:
        """Whether its handler runs or was preempted."""
        return bool(self.active_mask >> number & 1)

    # --- priorities ---

    def priority(self, number: int) -> int:
        """The priority as the register shows it; lower is more urgent."""
        return self._priorities[number] if number < len(self._priorities) else 0

    def set_priority(self, number: int, value: int) -> None:
        """Write a priority field; unimplemented low bits read as zero."""
        if number > HARD_FAULT and number < len(self._priorities):
            self._priorities[number] = value & self._variant.priority_mask

    def group(self, priority: int) -> int:
        """The part of a priority that decides preemption (PRIGROUP; ARMv7-M ARM, B1.5.4)."""
        return priority if priority < 0 else priority - priority % (2 << self.prigroup)

    def active_priority(self) -> int:
        """Group priority of the most urgent active exception, LOWEST_PRIORITY if none."""
        if not self.active_mask:
            return LOWEST_PRIORITY
        return self.group(min(self._priorities[number] for number in _bits(self.active_mask)))

    def execution_priority(self, core: Core, *, ignores_primask: bool) -> int:
        """Priority of the running code; lower is more urgent (ARMv7-M ARM, B1.5.4)."""
        boosted = self.active_priority()
        if not self._variant.is_v6m:
            basepri = core.read(Reg.BASEPRI) & self._variant.priority_mask
            if basepri:
                boosted = min(boosted, self.group(basepri))
            if core.read(Reg.FAULTMASK) & 1:
                boosted = min(boosted, HARD_FAULT_PRIORITY)
        if not ignores_primask and core.read(Reg.PRIMASK) & 1:
            boosted = min(boosted, 0)
        return boosted

    def most_urgent_pending(self) -> int | None:
        """The pending and enabled exception with the lowest priority value, then the lowest number."""
        candidates = self.pending_mask & self.enabled_mask
        if not candidates:
            return None
        return min(_bits(candidates), key=lambda number: (self._priorities[number], number))

    def preempting(self, execution_priority: int) -> int | None:
        """The pending exception that preempts code running at `execution_priority`."""
        number = self.most_urgent_pending()
        if number is None or self.group(self._priorities[number]) >= execution_priority:
            return None
        return number

    def first_of(self, derived: int, original: int) -> int:
        """Which of an exception and the fault of its stacking runs first; the other pends (B1.5.11)."""
        if derived == original:
            return original
        is_first = self.priority(derived) < self.priority(original)
        self.pend(original if is_first else derived)
        return derived if is_first else original


def _bits(mask: int) -> list[int]:
    """Positions of the set bits, lowest first."""
    positions = []
    while mask:
        low = mask & -mask
        positions.append(low.bit_length() - 1)
        mask ^= low
    return positions
