"""What a chip's devices tell each other and the machine about low-power modes, wake-up lines and resets."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class DeepSleep(Enum):
    """What WFI does while SCR.SLEEPDEEP is set."""

    SLEEP = "sleep"
    """The same as without it: only the core's clock stops."""
    STOP = "stop"
    """All fast clocks stop; memories and registers stay."""
    STANDBY = "standby"
    """The chip is off but for its backup domain; waking up is a reset."""


class PowerNet:
    """One per machine. Order of construction of its devices does not matter."""

    def __init__(self) -> None:
        self.deep_mode = DeepSleep.SLEEP
        """Set by the power controller."""
        self.mode_name = ""
        """Which of the chip's deep sleep modes `deep_mode` is ("stop2"), as the power models call it; set with it."""
        self.ignores_sleepdeep = False
        """WFI enters `deep_mode` whatever SCR.SLEEPDEEP says: the power controller alone decides."""
        self.regulator = ""
        self.voltage_range = ""
        self._clocked: dict[str, frozenset[str]] = {}
        self._setting_listeners: list[Callable[[], None]] = []
        self.reset_cause = ""
        """Set by whoever asks for a reset: "iwdg", "wwdg", "standby", "software"; empty: power-on."""
        self.mode = DeepSleep.SLEEP
        """The mode the chip is in now; SLEEP also while it is awake."""
        self.is_woken = False
        """A wake-up line rose in Standby."""
        self.wakes_count = 0
        """How often an armed wake-up source fired."""
        self._listeners: list[Callable[[bool], None]] = []
        self._high: set[str] = set()
        self._line_listeners: dict[str, list[Callable[[bool], None]]] = {}
        self._armed: set[str] = set()

    @property
    def clocked(self) -> tuple[str, ...]:
        """Devices of the chip file whose clocks are on, in lower case, sorted."""
        return tuple(sorted({name.lower() for names in self._clocked.values() for name in names}))

    def listen_settings(self, callback: Callable[[], None]) -> None:
        """Call `callback` after the regulator, the voltage range or a peripheral's clock was switched."""
        self._setting_listeners.append(callback)

    def set_regulator(self, regulator: str) -> None:
        """Firmware chose this regulator: "ldo" or "smps"."""
        if regulator != self.regulator:
            self.regulator = regulator
            self._settings_changed()

    def set_voltage_range(self, voltage_range: str) -> None:
        """Firmware chose this core voltage range, named as in the chip's power model."""
        if voltage_range != self.voltage_range:
            self.voltage_range = voltage_range
            self._settings_changed()

    def set_clocked(self, source: str, names: frozenset[str]) -> None:
        """The clock controller `source` feeds these devices of the chip file from now on."""
        if self._clocked.get(source, frozenset()) != names:
            self._clocked[source] = names
            self._settings_changed()

    def _settings_changed(self) -> None:
        for callback in tuple(self._setting_listeners):
            callback()

    @property
    def is_stopped(self) -> bool:
        """Whether the fast clocks stand still."""
        return self.mode is not DeepSleep.SLEEP

    @property
    def has_armed(self) -> bool:
        """Whether a low-power timer or clock will wake the chip by itself."""
        return bool(self._armed)

    def arm(self, source: str, is_armed: bool) -> None:
        """A device that counts in low-power modes waits, or no longer waits, to interrupt."""
        if is_armed:
            self._armed.add(source)
        else:
            self._armed.discard(source)

    def count_wake(self, *, ends_standby: bool = False) -> None:
        """An armed source fired; `ends_standby`: it runs in Standby and wakes the chip up from it."""
        self.wakes_count += 1
        self.is_woken = self.is_woken or (ends_standby and self.mode is DeepSleep.STANDBY)

    def choose(self, mode: DeepSleep, name: str) -> None:
        """Deep sleep is `mode` from now on, which the power models call `name`."""
        self.deep_mode, self.mode_name = mode, name

    def listen(self, callback: Callable[[bool], None]) -> None:
        """Call `callback` with True when the fast clocks stop, with False when the chip has woken up."""
        self._listeners.append(callback)

    def enter(self) -> None:
        """Stop the fast clocks, as `deep_mode` says."""
        self.is_woken = False
        self.mode = self.deep_mode
        self._notify()

    def leave(self) -> None:
        """The chip is awake."""
        self.mode = DeepSleep.SLEEP
        self._notify()

    def _notify(self) -> None:
        for callback in tuple(self._listeners):
            callback(self.is_stopped)

    def listen_line(self, line: str, callback: Callable[[bool], None]) -> None:
        """Call `callback` when the wake-up line ("RTC_ALARM") changes."""
        self._line_listeners.setdefault(line, []).append(callback)

    def set_line(self, line: str, is_high: bool) -> None:
        """Drive a wake-up line."""
        if is_high == (line in self._high):
            return
        if is_high:
            self._high.add(line)
            self.is_woken = self.is_woken or self.mode is DeepSleep.STANDBY
        else:
            self._high.discard(line)
        for callback in tuple(self._line_listeners.get(line, ())):
            callback(is_high)
