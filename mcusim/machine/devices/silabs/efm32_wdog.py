"""Watchdogs of the EFM32 series 1 and EFR32 series 2; they bite.

Offsets, bits and reset values: efm32gg11b_wdog.h and efr32mg24_wdog.h of the Gecko SDK; periods: em_wdog.h. Not
modelled: windows, PRS sources, stopping in EM2 and EM3; series 2 counts the LFRCO, whatever the CMU selects for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.silabs.efm32_device import Efm32Device
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_EN, _CLEAR = 1 << 0, 1 << 0
_TOUT, _WARN = 1 << 0, 1 << 1
_LOCK = 1 << 4
_UNLOCK_KEY = 0xABE8
_ULFRCO_HZ, _LFRCO_HZ, _LFXO_HZ = 1000, 32_768, 32_768
_FLAGS_MASK = 0x1F


class _Wdog(RegisterDevice):
    """Counts up to 9, 17, 33 … 262 145 clocks; warns after a quarter, half or three quarters of them."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counter, self._alarm = TickCounter(host), Alarm(host, self._ring)
        host.clock_net.listen(self._clock_changed)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._counter.run_at(0)
        self._alarm.cancel()
        self.set_irq(False)

    @property
    def _is_on(self) -> bool:
        raise NotImplementedError

    @property
    def _selections(self) -> tuple[int, int, bool]:
        """PERSEL, WARNSEL, and whether a timeout resets."""
        raise NotImplementedError

    @property
    def _clock_hz(self) -> int:
        raise NotImplementedError

    def _apply(self) -> None:
        """Start, go on or stop."""
        if not self._is_on:
            self._counter.run_at(0)
            self._alarm.cancel()
        elif not self._counter.is_running:
            self._feed()

    def _feed(self) -> None:
        if self._is_on:
            self._counter.run_at(self._clock_hz)
            self._counter.set_count(0)
            self._set_alarm()

    @property
    def _period_ticks(self) -> int:
        return (8 << self._selections[0]) + 1

    def _set_alarm(self) -> None:
        warn_ticks = self._period_ticks * self._selections[1] // 4
        is_before = warn_ticks > 0 and self._counter.count < warn_ticks
        self._alarm.set(self._counter.reached_cycles(warn_ticks if is_before else self._period_ticks))

    def _ring(self) -> None:
        if self._counter.count < self._period_ticks:
            self.values["IF"] |= _WARN
            self._set_alarm()
        elif self._selections[2]:
            self.host.request_reset(f"the watchdog {self.spec.name} was not refreshed in time")
        else:
            self.values["IF"] |= _TOUT
            self._feed()
        self._update_irq()

    def _clock_changed(self) -> None:
        if self._counter.is_running:
            self._counter.run_at(self._clock_hz)
            self._set_alarm()

    def _update_irq(self) -> None:
        self.set_irq(bool(self.values["IF"] & self.values["IEN"]))


class Efm32Wdog(_Wdog):
    """Series 1: CTRL chooses clock and period."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRL": Register(0x00, 0x0000_0F00),
        "CMD": command(0x04),
        "SYNCBUSY": read_only(0x08),
        "PCH0": Register(0x0C),
        "PCH1": Register(0x10),
        "IF": read_only(0x1C),
        "IFS": command(0x20),
        "IFC": command(0x24),
        "IEN": Register(0x28, writable_mask=_FLAGS_MASK),
    }

    @property
    def _is_on(self) -> bool:
        return bool(self.values["CTRL"] & _EN)

    @property
    def _selections(self) -> tuple[int, int, bool]:
        control = self.values["CTRL"]
        return control >> 8 & 0xF, control >> 16 & 0b11, not control >> 31

    @property
    def _clock_hz(self) -> int:
        return (_ULFRCO_HZ, _LFRCO_HZ, _LFXO_HZ, self.host.core_clock_hz)[self.values["CTRL"] >> 12 & 0b11]

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """A locked CTRL stays as it is until a reset."""
        if name != "CTRL" or not self.values["CTRL"] & _LOCK:
            super().store(name, written, lanes_mask)

    def after_write(self, name: str, written: int) -> None:
        """CTRL, the command to feed, flags."""
        if name == "CTRL":
            self._apply()
        elif name == "CMD" and written & _CLEAR:
            self._feed()
        elif name in ("IFS", "IFC"):
            self.set_bits("IF", written & _FLAGS_MASK, name == "IFS")
        self._update_irq()


class Efr32Wdog(_Wdog, Efm32Device):
    """Series 2: EN, and CFG for the period."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "IPVERSION": read_only(0x00, 1),
        "EN": Register(0x04, writable_mask=_EN),
        "CFG": Register(0x08, 0x000F_0000),
        "CMD": command(0x0C),
        "STATUS": read_only(0x14),
        "IF": Register(0x18, writable_mask=_FLAGS_MASK),
        "IEN": Register(0x1C, writable_mask=_FLAGS_MASK),
        "LOCK": command(0x20),
        "SYNCBUSY": read_only(0x24),
    }

    def reset(self) -> None:
        """Off and unlocked."""
        super().reset()
        self._is_locked = False

    @property
    def _is_on(self) -> bool:
        return bool(self.values["EN"])

    @property
    def _selections(self) -> tuple[int, int, bool]:
        config = self.values["CFG"]
        return config >> 16 & 0xF, config >> 24 & 0b11, not config >> 8 & 1

    @property
    def _clock_hz(self) -> int:
        return _LFRCO_HZ

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """EN and CFG may be locked."""
        if name not in ("EN", "CFG") or not self._is_locked:
            super().store(name, written, lanes_mask)

    def after_write(self, name: str, written: int) -> None:
        """EN, the command to feed, flags, the lock."""
        if name == "EN":
            self._apply()
        elif name == "CMD" and written & _CLEAR:
            self._feed()
        elif name == "LOCK":
            self._is_locked = written != _UNLOCK_KEY
        self._update_irq()
