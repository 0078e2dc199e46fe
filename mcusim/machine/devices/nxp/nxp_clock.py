"""Which clock an NXP timer counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.machine.devices.register_device import RegisterDevice


def counted_hz(device: RegisterDevice) -> int:
    """Option `clock_hz`, else the line of the clock net that option `clock` names, else the core clock."""
    fixed_hz = device.int_option("clock_hz", 0)
    line = device.text_option("clock", "")
    return fixed_hz or device.host.clock_net.clock_hz(line) or device.host.core_clock_hz
