"""The debug control registers as firmware sees them with no debugger attached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.system.priority import DEBUG_MONITOR
from mcusim.machine.system.register import Register, RegisterMap, Remembered, constant, merged
from mcusim.machine.system.state import DEMCR_MON_EN

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.machine.exceptions import ExceptionModel

DHCSR, DCRSR, DCRDR, DEMCR = 0xEDF0, 0xEDF4, 0xEDF8, 0xEDFC
_S_RETIRE_ST = 1 << 24  # an instruction retired since the last read: always so for running code
_MON_PEND = 1 << 17
_DEMCR_WRITABLE_MASK = 0x010F07F1


class CoreDebug:
    """DHCSR, DCRSR, DCRDR, DEMCR (ARMv7-M ARM, C1.6). Only a debugger may set C_DEBUGEN."""

    def __init__(self, exceptions: ExceptionModel, on_demcr_written: Callable[[], None]) -> None:
        self._exceptions, self._on_demcr_written = exceptions, on_demcr_written
        self._transfer = Remembered()

    def reset(self) -> None:
        """DEMCR belongs to the exception model's state."""
        self._transfer.reset()

    def registers(self) -> RegisterMap:
        """All registers of this device."""
        return {
            DHCSR: constant(_S_RETIRE_ST),
            DCRSR: Register(),
            DCRDR: self._transfer.register(),
            DEMCR: Register(self._read_demcr, self._write_demcr),
        }

    def _read_demcr(self) -> int:
        is_pending = self._exceptions.table.pending_mask >> DEBUG_MONITOR & 1
        return self._exceptions.state.demcr & ~_MON_PEND | (_MON_PEND if is_pending else 0)

    def _write_demcr(self, value: int, mask: int) -> None:
        exceptions = self._exceptions
        demcr = merged(self._read_demcr(), value, mask & _DEMCR_WRITABLE_MASK)
        exceptions.state.demcr = demcr & ~_MON_PEND
        exceptions.table.set_enabled(DEBUG_MONITOR, bool(demcr & DEMCR_MON_EN))
        if demcr & _MON_PEND:
            exceptions.pend(DEBUG_MONITOR)
        else:
            exceptions.clear_pending(DEBUG_MONITOR)
        self._on_demcr_written()
