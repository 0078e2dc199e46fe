"""Watchdogs of the i.MX RT: WDOG1 and WDOG2 (half seconds, 16-bit registers) and RTWDOG (WDOG3); they bite.

Offsets, bits and reset values: NXP's SVD file of the MIMXRT1062; keys and the order of writes: fsl_wdog.c (wdog01) and
fsl_rtwdog.c. The boot ROM is assumed to leave RTWDOG off: firmware that never touches it runs (Teensy cores).
Not modelled: RTWDOG's window and interrupt, the WDOG_B pin and the power-down counter, which drives only that pin.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_WDE, _SRS = 1 << 2, 1 << 4
_SERVICE_KEYS = (0x5555, 0xAAAA)
_WIE, _WTIS = 1 << 15, 1 << 14
_TICK_HZ = 2
_CNT_OFFSET = 0x4
_EN, _UPDATE, _RCS, _ULK, _PRES = 1 << 7, 1 << 5, 1 << 10, 1 << 11, 1 << 12
_UPDATE_KEY, _REFRESH_KEY = 0xD928_C520, 0xB480_A602
_LPO_HZ = 32_768
_SOURCES_HZ = (0, _LPO_HZ, 0, 0)  # CS.CLK: bus, LPO, internal, external; 0: the core clock stands in
_PRESCALER = 256


class ImxrtWdog(RegisterDevice):
    """Once on, only a reset stops it."""

    # Pairs of 16-bit registers: WCR, WSR; WRSR, WICR; WMCR.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "WCR_WSR": Register(0x0, 0x0000_0030, writable_mask=0x0000_FFFF),
        "WRSR_WICR": Register(0x4, 0x0004_0010, writable_mask=0x80FF_0000, one_clears_mask=_WTIS << 16),
        "WMCR": Register(0x8, 0x1, writable_mask=0x1),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counter, self._alarm = TickCounter(host), Alarm(host, self._ring)
        self._serviced = 0
        host.clock_net.listen(self._clock_changed)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._counter.run_at(0)
        self._alarm.cancel()
        self._serviced = 0
        self.set_irq(False)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """WDE is set once; SRS written 0 resets; two keys service."""
        was_on = self.values["WCR_WSR"] & _WDE
        super().store(name, written, lanes_mask)
        if name == "WCR_WSR" and lanes_mask & 0xFFFF_0000:
            self._key(written >> 16)
        if name == "WCR_WSR" and lanes_mask & 0xFFFF:
            self.values["WCR_WSR"] |= was_on
            if not self.values["WCR_WSR"] & _SRS:
                self.host.request_reset(f"software reset by {self.spec.name}")
            elif self.values["WCR_WSR"] & _WDE and not was_on:
                self._start()
        self._update_irq()

    def _key(self, key: int) -> None:
        self._serviced = self._serviced + 1 if key == _SERVICE_KEYS[self._serviced] else 0
        if self._serviced == len(_SERVICE_KEYS):
            self._serviced = 0
            if self.values["WCR_WSR"] & _WDE:
                self._start()

    def _start(self) -> None:
        self._counter.run_at(_TICK_HZ)
        self._counter.set_count(0)
        self._set_alarm()

    @property
    def _timeout_ticks(self) -> int:
        return (self.values["WCR_WSR"] >> 8 & 0xFF) + 1

    def _set_alarm(self) -> None:
        early_ticks = self._timeout_ticks - (self.values["WRSR_WICR"] >> 16 & 0xFF)
        is_early = self._counter.count < early_ticks
        self._alarm.set(self._counter.reached_cycles(early_ticks if is_early else self._timeout_ticks))

    def _ring(self) -> None:
        if self._counter.count >= self._timeout_ticks:
            self.host.request_reset(f"the watchdog {self.spec.name} was not refreshed in time")
            return
        self.values["WRSR_WICR"] |= _WTIS << 16
        self._update_irq()
        self._set_alarm()

    def _clock_changed(self) -> None:
        if self._counter.is_running:
            self._counter.resync()
            self._set_alarm()

    def _update_irq(self) -> None:
        control = self.values["WRSR_WICR"] >> 16
        self.set_irq(bool(control & _WIE and control & _WTIS))


class ImxrtRtwdog(RegisterDevice):
    """Configured after the update key only; refreshed by another one, as 32 bits or two times 16."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CS": Register(0x0, 0x2900, writable_mask=0xB3FF, one_clears_mask=1 << 14),
        "CNT": Register(0x4, writable_mask=0),
        "TOVAL": Register(0x8, 0x400, writable_mask=0xFFFF),
        "WIN": Register(0xC, writable_mask=0xFFFF),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._counter, self._alarm = TickCounter(host), Alarm(host, self._bite)
        self._half_key = 0
        self._is_unlocked = False
        host.clock_net.listen(self._clock_changed)

    def reset(self) -> None:
        """Off, and open for a configuration."""
        super().reset()
        self._counter.run_at(0)
        self._alarm.cancel()
        self._half_key = 0
        self._is_unlocked = True

    def load(self, name: str) -> int:
        """The counter; whether it is unlocked, and done."""
        if name == "CNT":
            return self._counter.count & 0xFFFF
        if name == "CS":
            return self.values["CS"] & ~(_ULK | _RCS) | (_ULK if self._is_unlocked else _RCS)
        return super().load(name)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Keys; the rest while unlocked."""
        if offset == _CNT_OFFSET:
            whole = value if size_bytes == 4 and value > 0xFFFF else (value & 0xFFFF) << 16 | self._half_key
            self._half_key = value & 0xFFFF
            self._key(whole)
        elif self._is_unlocked:
            super().write(offset, size_bytes, value)
            if offset == 0:
                self._is_unlocked = False
                self._start()

    def _key(self, key: int) -> None:
        if key == _UPDATE_KEY and self.values["CS"] & _UPDATE:
            self._is_unlocked = True
        elif key == _REFRESH_KEY:
            self._start()

    def _start(self) -> None:
        self._alarm.cancel()
        self._counter.set_count(0)
        is_on = self.values["CS"] & _EN
        self._counter.run_at(self._tick_hz() if is_on else 0)
        if is_on:
            self._alarm.set(self._counter.reached_cycles(max(1, self.values["TOVAL"])))

    def _tick_hz(self) -> Fraction:
        source_hz = _SOURCES_HZ[self.values["CS"] >> 8 & 0b11] or self.host.core_clock_hz
        return Fraction(source_hz, _PRESCALER if self.values["CS"] & _PRES else 1)

    def _clock_changed(self) -> None:
        if self._counter.is_running:
            self._counter.run_at(self._tick_hz())
            self._alarm.set(self._counter.reached_cycles(max(1, self.values["TOVAL"])))

    def _bite(self) -> None:
        self.host.request_reset(f"the watchdog {self.spec.name} was not refreshed in time")
