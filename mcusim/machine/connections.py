"""Everything that the user connected to the board for one run, looked after between two blocks of the firmware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.serial_ports import SerialPorts

if TYPE_CHECKING:
    from mcusim.machine.host import MachineHost
    from mcusim.report.signals import Signals

_CONSOLES = ("semihosting", "ITM", "RTT")
"""Channels with output that are no UART."""


class Connections:
    """Serial lines, sample feeds and watched pins; made before the devices, checked when all are there."""

    def __init__(self, signals: Signals, host: MachineHost) -> None:
        self._signals, self._host = signals, host
        host.serial = self.serial = SerialPorts(signals, host)

    def check(self) -> None:
        """Refuse what this board does not have.

        Raises:
            McusimError: a channel or pin is unknown.
        """
        self.serial.check(_CONSOLES)

    def close(self) -> None:
        """The run is over."""
        self.serial.close()
