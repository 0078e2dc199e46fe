"""Power manager of the RP2350: always-on timer with an alarm, scratch words, power states.

Not modelled: voltages, brown-out, wake-up by pins. Turning the switched core off lets it sleep until the timer's alarm
restarts the chip; memories keep what they have.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, read_only
from mcusim.machine.devices.ticks import Alarm, TickCounter

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_PASSWORD, _FIRST_FREE_OFFSET = 0x5AFE, 0xB0
_XOR_ALIAS = 1
_RUN, _CLEAR, _ALARM_ON, _RESTARTS, _RANG = 1 << 1, 1 << 2, 1 << 4, 1 << 5, 1 << 6  # TIMER
_USE_LPOSC, _USE_XOSC, _USE_GPIO = 1 << 8, 1 << 9, 1 << 10
_USING_XOSC, _USING_LPOSC = 1 << 16, 1 << 17
_CORE_OFF, _WAITING, _REQUEST_SHIFT = 1 << 7, 1 << 12, 4  # STATE
_HAD_POWER_ON, _HAD_CORE_OFF = 1 << 16, 1 << 25  # CHIP_RESET
_TIMER_INTERRUPT = 1 << 1
_LPOSC_HZ = 32_768  # nominal; what LPOSC_FREQ_KHZ says after reset
_QUARTERS = ("15TO0", "31TO16", "47TO32", "63TO48")
_KEPT = ("SCRATCH", "BOOT0", "BOOT1", "BOOT2", "BOOT3")
_PLAIN = {
    "VREG_CTRL": (0x04, 0x8050),
    "VREG": (0x0C, 0xB0),
    "VREG_LP_ENTRY": (0x10, 0xB4),
    "VREG_LP_EXIT": (0x14, 0xB0),
    "BOD_CTRL": (0x18, 0),
    "BOD": (0x1C, 0xB1),
    "BOD_LP_ENTRY": (0x20, 0xB0),
    "BOD_LP_EXIT": (0x24, 0xB1),
    "LPOSC": (0x28, 0x203),
    "WDSEL": (0x30, 0),
    "SEQ_CFG": (0x34, 0x1011F0),
    "POW_FASTDIV": (0x3C, 0x40),
    "POW_DELAY": (0x40, 0x2011),
    "EXT_CTRL0": (0x44, 0x3F),
    "EXT_CTRL1": (0x48, 0x3F),
    "EXT_TIME_REF": (0x4C, 0),
    "LPOSC_FREQ_KHZ_INT": (0x50, 0x20),
    "LPOSC_FREQ_KHZ_FRAC": (0x54, 0xC49C),
    "XOSC_FREQ_KHZ_INT": (0x58, 0x2EE0),
    "XOSC_FREQ_KHZ_FRAC": (0x5C, 0),
    **{f"PWRUP{index}": (0x8C + 4 * index, 0x3F) for index in range(4)},
    "DBG_PWRCFG": (0xA4, 0),
    "BOOTDIS": (0xA8, 0),
    "DBGCONFIG": (0xAC, 0),
}
"""Offset and reset value of those that only remember; 16 bits wide."""


class Rp2350Powman(Rp2040Device):
    """Option `lposc_hz`; the timer's interrupt follows the power interrupt."""

    # Offsets, bits and reset values: pico-sdk 2.2, hardware/regs/powman.h; password: hardware_powman/powman.c.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "BADPASSWD": Register(0x00, writable_mask=0, one_clears_mask=1),
        **{name: Register(offset, value, writable_mask=0xFFFF) for name, (offset, value) in _PLAIN.items()},
        "VREG_STS": read_only(0x08, 1 << 4),
        "CHIP_RESET": Register(0x2C, _HAD_POWER_ON, writable_mask=1),
        "STATE": Register(0x38, writable_mask=0xF0, one_clears_mask=0xF00),
        **{
            f"SET_TIME_{each}": Register(0x6C - 4 * i, writable_mask=0xFFFF)
            for i, each in enumerate(_QUARTERS)
        },
        "READ_TIME_UPPER": read_only(0x70),
        "READ_TIME_LOWER": read_only(0x74),
        **{
            f"ALARM_TIME_{each}": Register(0x84 - 4 * i, writable_mask=0xFFFF)
            for i, each in enumerate(_QUARTERS)
        },
        "TIMER": Register(0x88, writable_mask=0x2033, one_clears_mask=_RANG),
        "CURRENT_PWRUP_REQ": read_only(0x9C),
        "LAST_SWCORE_PWRUP": read_only(0xA0),
        **{f"SCRATCH{index}": Register(_FIRST_FREE_OFFSET + 4 * index) for index in range(8)},
        **{f"BOOT{index}": Register(0xD0 + 4 * index) for index in range(4)},
        "INTR": read_only(0xE0),
        "INTE": Register(0xE4, writable_mask=0xF),
        "INTF": Register(0xE8, writable_mask=0xF),
        "INTS": read_only(0xEC),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._time = TickCounter(host)
        self._is_on_crystal = self._is_waking = False
        self._alarm = Alarm(host, self._reached)
        host.clock_net.listen(self._follow_clock)

    def reset(self) -> None:
        """Scratch words stay; waking up keeps everything else too."""
        is_kept = self._is_waking
        kept = {name: each for name, each in self.values.items() if is_kept or name.startswith(_KEPT)}
        super().reset()
        self.values.update(kept)
        self.values["STATE"] = 0
        if is_kept:
            self.values["CHIP_RESET"] = _HAD_CORE_OFF
        else:
            self._is_on_crystal = False
            self._time.set_count(0)
        self._is_waking = False
        self._follow_clock()

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """The upper half must be the password below the scratch words; the clear alias acknowledges too."""
        place, alias = offset & 0xFFC, offset >> 12
        if place and place < _FIRST_FREE_OFFSET:
            if value >> 16 & 0xFFFF != _PASSWORD:
                self.values["BADPASSWD"] = 1
                return
            value &= 0xFFFF
        name = self._names_by_offset.get(place)
        acknowledged = self.registers[name].one_clears_mask & value if name else 0
        if name and alias != _XOR_ALIAS and acknowledged:
            self.set_bits(name, acknowledged, False)
        super().write(offset, size_bytes, value)

    def load(self, name: str) -> int:
        """The time as of this very cycle, and what the timer runs from."""
        value = super().load(name)
        if name.startswith("READ_TIME"):
            return self._time.count >> (32 if name == "READ_TIME_UPPER" else 0) & 0xFFFF_FFFF
        if name == "TIMER" and value & _RUN:
            return value | (_USING_XOSC if self._is_on_crystal else _USING_LPOSC)
        if name == "INTR":
            return self._raw_interrupts()
        return self._pending() if name == "INTS" else value

    def after_write(self, name: str, written: int) -> None:
        """Set, run, arm."""
        if name == "TIMER":
            if written & (_USE_XOSC | _USE_LPOSC):
                self._is_on_crystal = bool(written & _USE_XOSC)
            if written & _USE_GPIO:
                self.host.warn(f"{self.spec.name}: ticks from a pin are not modelled")
            if written & _CLEAR:
                self._time.set_count(0)
        elif name.startswith("SET_TIME") and not self.values["TIMER"] & _RUN:
            self._time.set_count(self._joined("SET_TIME"))
        elif name == "STATE" and written & _CORE_OFF:
            self.set_bits("STATE", _WAITING, True)
            self.host.warn(
                f"{self.spec.name}: powering the switched core down is modelled as sleep and a restart"
            )
        elif name == "STATE":
            self.set_bits("STATE", _WAITING | 0xF, False)
            self.set_bits("STATE", self.values["STATE"] >> _REQUEST_SHIFT & 0xF, True)
        self._follow_clock()

    def _joined(self, prefix: str) -> int:
        return sum(self.values[f"{prefix}_{each}"] << 16 * index for index, each in enumerate(_QUARTERS))

    def _follow_clock(self) -> None:
        source, source_hz = "LPOSC", self.int_option("lposc_hz", _LPOSC_HZ)
        if self._is_on_crystal:
            source, source_hz = "XOSC", self.host.clock_net.clock_hz("xosc")
        divider_khz = self.values[f"{source}_FREQ_KHZ_INT"] + Fraction(
            self.values[f"{source}_FREQ_KHZ_FRAC"], 65536
        )
        is_running = self.values["TIMER"] & _RUN and divider_khz
        self._time.run_at(source_hz / divider_khz if is_running else 0)
        self._plan()

    def _plan(self) -> None:
        is_armed = self._time.is_running and self.values["TIMER"] & (_ALARM_ON | _RANG) == _ALARM_ON
        if is_armed:
            self._alarm.set(self._time.reached_cycles(self._joined("ALARM_TIME")))
        else:
            self._alarm.cancel()
        self.host.power_net.arm(self.spec.name, self._alarm.is_set)
        self._update_irq()

    def _reached(self) -> None:
        self.set_bits("TIMER", _RANG, True)
        self.host.power_net.count_wake()
        if self.values["STATE"] & _WAITING and self.values["TIMER"] & _RESTARTS:
            self._is_waking = True
            self.host.request_reset("POWMAN's timer powered the core up")
        self._plan()

    def _raw_interrupts(self) -> int:
        return _TIMER_INTERRUPT if self.values["TIMER"] & _RANG else 0

    def _pending(self) -> int:
        return self._raw_interrupts() & self.values["INTE"] | self.values["INTF"]

    def _update_irq(self) -> None:
        pending = self._pending()
        self.drive_irq(self.spec.irq_number, bool(pending & ~_TIMER_INTERRUPT))
        self.drive_irq(self.spec.irq_number + 1, bool(pending & _TIMER_INTERRUPT))
