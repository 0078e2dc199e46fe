"""CLOCK and POWER of the nRF52840, which share one address (PS v1.7, sections 5.3 and 5.4).

Not modelled: start-up times (a clock runs at once when started), calibration results, power-fail detection, waking
up from System OFF (it ends the run), RAM section power. There is no supply at the USB connector. The core clock
is 64 MHz whichever source runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nordic.nrf52_device import INTERRUPT_REGISTERS, Nrf52Device, events, tasks
from mcusim.machine.devices.register_device import Register, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_STATE_RUNNING = 1 << 16
_SOURCE_MASK = 0b11
_TASKS = {
    "HFCLKSTART": 0x000, "HFCLKSTOP": 0x004, "LFCLKSTART": 0x008, "LFCLKSTOP": 0x00C, "CAL": 0x010,
    "CTSTART": 0x014, "CTSTOP": 0x018, "CONSTLAT": 0x078, "LOWPWR": 0x07C,
}  # fmt: skip
_EVENTS = {
    "HFCLKSTARTED": 0x100, "LFCLKSTARTED": 0x104, "POFWARN": 0x108, "DONE": 0x10C, "CTTO": 0x110,
    "SLEEPENTER": 0x114, "SLEEPEXIT": 0x118, "USBDETECTED": 0x11C, "USBREMOVED": 0x120, "USBPWRRDY": 0x124,
    "CTSTARTED": 0x128, "CTSTOPPED": 0x12C,
}  # fmt: skip
_RAM_SECTIONS_COUNT = 9
_RESET_REASONS = {"watchdog": 1 << 1, "software": 1 << 2, "lockup": 1 << 3}  # DOG, SREQ, LOCKUP
_ERRATA_OFFSETS = (
    0x53C,
    0x5A0,
    0xEE4,
)  # trim words that start-up workarounds write (Nordic's system_nrf52840.c)


class Nrf52Clock(Nrf52Device):
    """Start tasks raise their started events at once."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks(_TASKS),
        **events(_EVENTS),
        **INTERRUPT_REGISTERS,
        "RESETREAS": Register(0x400, writable_mask=0, one_clears_mask=0x000F_001F),
        "HFCLKRUN": read_only(0x408),
        "HFCLKSTAT": read_only(0x40C, _STATE_RUNNING),  # reset: running from the internal oscillator
        "LFCLKRUN": read_only(0x414),
        "LFCLKSTAT": read_only(0x418),
        "LFCLKSRCCOPY": read_only(0x41C),
        "RAMSTATUS": read_only(0x428, 0b1111),
        "USBREGSTATUS": read_only(0x438),
        "SYSTEMOFF": Register(0x500, writable_mask=0),
        "POFCON": Register(0x510),
        "LFCLKSRC": Register(0x518, writable_mask=0x0003_0003),
        "GPREGRET": Register(0x51C, writable_mask=0xFF),
        "GPREGRET2": Register(0x520, writable_mask=0xFF),
        "HFXODEBOUNCE": Register(0x528, 0x10),
        "CTIV": Register(0x538),
        "TRACECONFIG": Register(0x55C),
        "DCDCEN": Register(0x578, writable_mask=1),
        "DCDCEN0": Register(0x580, writable_mask=1),
        "LFRCMODE": Register(0x5B4),
        "MAINREGSTATUS": read_only(0x640),
        **{f"ERRATA_{offset:03X}": Register(offset) for offset in _ERRATA_OFFSETS},
        **{
            f"RAM{index}_{name}": Register(0x900 + 16 * index + offset, 0xFFFF if name == "POWER" else 0)
            for index in range(_RAM_SECTIONS_COUNT)
            for name, offset in (("POWER", 0), ("POWERSET", 4), ("POWERCLR", 8))
        },
    }
    RETAINED: ClassVar[tuple[str, ...]] = ("GPREGRET", "GPREGRET2", "RESETREAS")
    RESET_REASONS: ClassVar[Mapping[str, int]] = _RESET_REASONS
    """Cause of a reset to bits of RESETREAS."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._is_first_reset = True

    def reset(self) -> None:
        """The retention registers outlive every reset but the first; reset reasons collect until they are cleared."""
        retained = {name: self.values[name] for name in self.RETAINED}
        super().reset()
        if not self._is_first_reset:
            self.values.update(retained)
            self.values["RESETREAS"] |= self.RESET_REASONS.get(self.host.power_net.reset_cause, 0)
        self._is_first_reset = False
        self._choose_regulator()

    def _choose_regulator(self) -> None:
        """REG1, which makes the core's supply (PS v1.7, 5.3.7.16); the nRF53 has a device for it."""
        if "DCDCEN" in self.values:
            self.host.power_net.set_regulator("smps" if self.values["DCDCEN"] & 1 else "ldo")

    def run_task(self, task: str) -> None:
        """Start and stop the two clocks; calibration is done at once."""
        if task == "HFCLKSTART":
            self.values.update(HFCLKRUN=1, HFCLKSTAT=_STATE_RUNNING | 1)
            self.fire("HFCLKSTARTED")
        elif task == "HFCLKSTOP":
            self.values.update(HFCLKRUN=0, HFCLKSTAT=_STATE_RUNNING)
        elif task == "LFCLKSTART":
            source = self.values["LFCLKSRC"] & _SOURCE_MASK
            self.values.update(LFCLKRUN=1, LFCLKSRCCOPY=source, LFCLKSTAT=_STATE_RUNNING | source)
            self.fire("LFCLKSTARTED")
        elif task == "LFCLKSTOP":
            self.values.update(LFCLKRUN=0, LFCLKSTAT=self.values["LFCLKSTAT"] & _SOURCE_MASK)
        elif task in ("CAL", "CTSTART", "CTSTOP"):
            self.fire({"CAL": "DONE", "CTSTART": "CTSTARTED", "CTSTOP": "CTSTOPPED"}[task])

    def after_write(self, name: str, written: int) -> None:
        """System OFF, and the set and clear views of RAM power."""
        if name == "SYSTEMOFF" and written & 1:
            self.host.end_run(
                "the firmware switched the chip off (System OFF); what would wake it is not modelled"
            )
        elif name == "DCDCEN":
            self._choose_regulator()
        elif name.endswith(("_POWERSET", "_POWERCLR")):
            is_set = name.endswith("_POWERSET")
            self.set_bits(name[: -len("SET")], written, is_set)
            self.values[name] = 0
        super().after_write(name, written)
