"""Resets, power-on state machine, watchdog, timers and identification of the RP2350; what differs from the RP2040's.

Not modelled: what the RP2040's do not model (rp2040_watchdog.py, rp2040_timer.py), core 1.
"""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.raspberry_pi.rp2040_psm import Rp2040Psm, psm_registers
from mcusim.machine.devices.raspberry_pi.rp2040_timer import Rp2040Timer
from mcusim.machine.devices.raspberry_pi.rp2040_watchdog import Rp2040Watchdog
from mcusim.machine.devices.register_device import Register, read_only

_SUBSYSTEMS_MASK = 0x1FFF_FFFF
_BLOCKS_MASK = 0x01FF_FFFF
_ALARMS_MASK = 0xF
_SYSTEM_CLOCK = 1 << 0  # TIMER.SOURCE
_ENABLE = 1 << 30  # WATCHDOG.CTRL
_REVISION_A2, _PART, _MANUFACTURER = 2, 4, 0x927
_ASIC = 1 << 1


class Rp2350Resets(Rp2040Device):
    """A subsystem is ready as soon as it is released."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "RESET": Register(0x0, _SUBSYSTEMS_MASK, writable_mask=_SUBSYSTEMS_MASK),
        "WDSEL": Register(0x4, writable_mask=_SUBSYSTEMS_MASK),
        "RESET_DONE": read_only(0x8),
    }

    def load(self, name: str) -> int:
        """RESET_DONE is the complement of RESET."""
        return ~self.values["RESET"] & _SUBSYSTEMS_MASK if name == "RESET_DONE" else super().load(name)


class Rp2350Psm(Rp2040Psm):
    """More blocks than the RP2040 has."""

    CORE_1: ClassVar[int] = 1 << 24
    BLOCKS_MASK: ClassVar[int] = _BLOCKS_MASK
    REGISTERS: ClassVar[dict[str, Register]] = psm_registers(_BLOCKS_MASK)


class Rp2350Sysinfo(Rp2040Device):
    """Read-only; the identity is a made-up revision A2."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CHIP_ID": read_only(0x00, _REVISION_A2 << 28 | _PART << 12 | _MANUFACTURER),
        "PACKAGE_SEL": read_only(0x04, 1),  # QFN-60
        "PLATFORM": read_only(0x08, _ASIC),
        "GITREF": read_only(0x14),
    }


class Rp2350Watchdog(Rp2040Watchdog):
    """Counts down on the ticks of the TICKS block, one per tick (the RP2040 counts two)."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        name: each for name, each in Rp2040Watchdog.REGISTERS.items() if name != "TICK"
    }

    def _tick_hz(self) -> Fraction:
        return Fraction(self.host.clock_net.clock_hz("tick_watchdog"))

    def _left_count(self) -> int:
        return max(0, self._loaded_count - self._elapsed.count)

    def _follow_clock(self) -> None:
        self._elapsed.run_at(self._tick_hz() if self.values["CTRL"] & _ENABLE else 0)
        if self._elapsed.is_running:
            self._alarm.set(self._elapsed.reached_cycles(self._loaded_count))
        else:
            self._alarm.cancel()


class Rp2350Timer(Rp2040Timer):
    """Ticks with the generator of its name (TIMER0: `tick_timer0`), or with clk_sys by SOURCE."""

    # Offsets: pico-sdk 2.2, hardware/regs/timer.h of the RP2350.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **{name: each for name, each in Rp2040Timer.REGISTERS.items() if not name.startswith("INT")},
        "LOCKED": Register(0x34, writable_mask=1),
        "SOURCE": Register(0x38, writable_mask=_SYSTEM_CLOCK),
        "INTR": Register(0x3C, writable_mask=0, one_clears_mask=_ALARMS_MASK),
        "INTE": Register(0x40, writable_mask=_ALARMS_MASK),
        "INTF": Register(0x44, writable_mask=_ALARMS_MASK),
        "INTS": read_only(0x48),
    }

    def after_write(self, name: str, written: int) -> None:
        """SOURCE changes the tick."""
        super().after_write(name, written)
        if name == "SOURCE":
            self._follow_tick()

    def _follow_tick(self) -> None:
        line = "clk_sys" if self.values["SOURCE"] & _SYSTEM_CLOCK else f"tick_{self.spec.name.lower()}"
        self._time.run_at(0 if self.values["PAUSE"] else self.host.clock_net.clock_hz(line))
        self._plan()
