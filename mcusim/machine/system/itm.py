"""The ITM's stimulus ports as console output; time stamps and the trace port are not modelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.system.register import Register, RegisterMap, Remembered, merged
from mcusim.machine.system.state import DEMCR_TRCENA

if TYPE_CHECKING:
    from mcusim.machine.devices.device import Host
    from mcusim.machine.exceptions import ExceptionModel

STIMULUS, TER, TPR, TCR = 0x0000, 0x0E00, 0x0E40, 0x0E80
LAR, LSR = 0x0FB0, 0x0FB4
_PORTS_COUNT = 32
_FIFO_READY = 1
_ITMENA = 1 << 0
_UNLOCK_KEY = 0xC5ACCE55


class Itm:
    """Stimulus ports, TER, TPR, TCR, LAR (ARMv7-M ARM, C1.7). Words are never refused.

    Without a debugger the firmware itself must set DEMCR.TRCENA, LAR, TCR and TER, as on the bench.
    """

    def __init__(self, exceptions: ExceptionModel, host: Host) -> None:
        self._exceptions, self._host = exceptions, host
        self._enabled_mask = self._control = 0
        self._privilege = Remembered(writable_mask=0xF)
        self._is_locked = True

    def reset(self) -> None:
        """Off and locked."""
        self._enabled_mask = self._control = 0
        self._privilege.reset()
        self._is_locked = True

    def registers(self) -> RegisterMap:
        """All registers of this device."""
        registers = {STIMULUS + 4 * port: self._stimulus(port) for port in range(_PORTS_COUNT)}
        registers[TER] = Register(lambda: self._enabled_mask, self._write_ter)
        registers[TPR] = self._privilege.register()
        registers[TCR] = Register(lambda: self._control, self._write_tcr)
        registers[LAR] = Register(write=self._write_lar)
        registers[LSR] = Register(lambda: 3 if self._is_locked else 1)
        return registers

    def _stimulus(self, port: int) -> Register:
        channel = "ITM" if port == 0 else f"ITM{port}"

        def write(value: int, mask: int) -> None:
            if not self._is_on(port):
                self._host.warn(f"text sent to {channel} is lost: the firmware did not enable this ITM port")
                return
            size_bytes = mask.bit_count() // 8
            first_bit = (mask & -mask).bit_length() - 1
            self._host.emit(channel, (value >> first_bit).to_bytes(4, "little")[:size_bytes])

        return Register(lambda: _FIFO_READY, write)

    def _is_on(self, port: int) -> bool:
        is_traced = self._exceptions.state.demcr & DEMCR_TRCENA
        return bool(is_traced and self._control & _ITMENA and self._enabled_mask >> port & 1)

    def _write_ter(self, value: int, mask: int) -> None:
        if not self._is_locked:
            self._enabled_mask = merged(self._enabled_mask, value, mask)

    def _write_tcr(self, value: int, mask: int) -> None:
        if not self._is_locked:
            self._control = merged(self._control, value, mask & 0x007F0F3F)

    def _write_lar(self, value: int, mask: int) -> None:
        self._is_locked = value & mask != _UNLOCK_KEY
