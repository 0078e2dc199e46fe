"""Watchdog of the nRF52 and nRF53 (nRF52840 PS v1.7, section 6.36): bites when it is not fed in time.

Not modelled: the pause while the core sleeps (CONFIG.SLEEP = 0: warned about, it goes on counting).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nordic.nrf52_device import Nrf52Device, events, tasks
from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.ticks import Alarm

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_CLOCK_HZ = 32_768
_RELOAD = 0x6E52_4635  # RR[n]
_STOP_KEY = 0x6E52_4635  # TSEN of the nRF53
_REQUESTS_COUNT = 8
_LAST_CYCLES = 2  # of the 32 kHz clock between the TIMEOUT event and the reset
_RUNS_IN_SLEEP = 1 << 0
_CONFIGURATION = ("CRV", "RREN", "CONFIG")


class Nrf52Wdt(Nrf52Device):
    """Counts CRV + 1 ticks of 32.768 kHz down; every enabled reload request must have been written to start over."""

    # Offsets and reset values: Nordic's SVD files. The STOP task is the nRF53's.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks({"START": 0x000, "STOP": 0x004}),
        **events({"TIMEOUT": 0x100, "STOPPED": 0x104}),
        "INTEN": Register(0x300),
        "INTENSET": command(0x304),
        "INTENCLR": command(0x308),
        "RUNSTATUS": read_only(0x400),
        "REQSTATUS": read_only(0x404, 1),
        "CRV": Register(0x504, 0xFFFF_FFFF),
        "RREN": Register(0x508, 1, writable_mask=0xFF),
        "CONFIG": Register(0x50C, 1, writable_mask=0b1001),
        "TSEN": Register(0x520),
        **{f"RR{index}": command(0x600 + 4 * index) for index in range(_REQUESTS_COUNT)},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._alarm = Alarm(host, self._timed_out)
        self._bite_alarm = Alarm(host, self._bite)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._alarm.cancel()
        self._bite_alarm.cancel()

    def run_task(self, task: str) -> None:
        """START; STOP works where TSEN allows it."""
        if task == "START" and not self.values["RUNSTATUS"]:
            self.values["RUNSTATUS"] = 1
            if not self.values["CONFIG"] & _RUNS_IN_SLEEP:
                self.host.warn(f"{self.spec.name}: the pause of the watchdog in sleep is not modelled")
            self._reload()
        elif task == "STOP" and self.values["TSEN"] == _STOP_KEY:
            self.values["RUNSTATUS"] = 0
            self._alarm.cancel()
            self.fire("STOPPED")

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """The configuration is fixed once the watchdog runs."""
        if not (name in _CONFIGURATION and self.values["RUNSTATUS"]):
            super().store(name, written, lanes_mask)

    def after_write(self, name: str, written: int) -> None:
        """Reload requests; the others start with the enabled ones outstanding."""
        if name == "RREN":
            self.values["REQSTATUS"] = self.values["RREN"]
        elif name.startswith("RR") and written == _RELOAD:
            self.set_bits("REQSTATUS", 1 << int(name.removeprefix("RR")), False)
            if not self.values["REQSTATUS"] & self.values["RREN"] and self.values["RUNSTATUS"]:
                self._reload()
        super().after_write(name, written)

    def _reload(self) -> None:
        self.values["REQSTATUS"] = self.values["RREN"]
        self._alarm.set(self.host.now_cycles + self._cycles(self.values["CRV"] + 1))

    def _cycles(self, ticks: int) -> int:
        return round(Fraction(ticks * self.host.core_clock_hz, _CLOCK_HZ))

    def _timed_out(self) -> None:
        self.fire("TIMEOUT")
        self._bite_alarm.set(self.host.now_cycles + self._cycles(_LAST_CYCLES))

    def _bite(self) -> None:
        self.host.power_net.reset_cause = self.text_option("reset_cause", "watchdog")
        self.host.request_reset(f"the watchdog {self.spec.name} was not fed in time")
