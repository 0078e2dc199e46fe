"""The clock lines between the devices of one chip: who makes a clock publishes it, who needs it listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.machine.devices.device import Host


class ClockNet:
    """Named frequencies in hertz; 0 means stopped or absent. Order of construction does not matter."""

    def __init__(self) -> None:
        self._clocks_hz: dict[str, int] = {}
        self._listeners: list[Callable[[], None]] = []
        self._refused_hz = 0

    def clock_hz(self, line: str) -> int:
        """The frequency on `line`, 0 when nobody drives it."""
        return self._clocks_hz.get(line, 0)

    def is_driven(self, line: str) -> bool:
        """Whether any device of this chip publishes `line`."""
        return line in self._clocks_hz

    def listen(self, callback: Callable[[], None]) -> None:
        """Call `callback` after every change of any line, the core clock included."""
        self._listeners.append(callback)

    def publish(self, line: str, clock_hz: int) -> None:
        """`line` runs at `clock_hz` from now on."""
        if self._clocks_hz.get(line) == clock_hz:
            return
        self._clocks_hz[line] = clock_hz
        self._notify()

    def publish_core(self, host: Host, clock_hz: int) -> None:
        """The core runs at `clock_hz` from now on, unless the user fixed its clock."""
        if host.core_clock_hz == clock_hz:
            return
        host.set_core_clock(clock_hz)
        is_refused = host.core_clock_hz != clock_hz
        is_news = not (is_refused and clock_hz == self._refused_hz)
        self._refused_hz = clock_hz if is_refused else 0
        if is_news:  # a listener that publishes a refused clock again must not be told of it for ever
            self._notify()

    def _notify(self) -> None:
        for callback in tuple(self._listeners):
            callback()
