"""DPPI controller of the nRF53: passes what devices publish on a channel on to its subscribers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nordic.nrf52_device import (
    DPPI_CHANNELS_COUNT,
    Nrf52Device,
    channel_line,
    published_line,
    pulse,
    tasks,
)
from mcusim.machine.devices.register_device import Register, command

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_GROUPS_COUNT = 6


class Nrf53Dppic(Nrf52Device):
    """Channels, enabled one by one or in groups."""

    # Offsets: Nordic's SVD file of the nRF5340.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **tasks({f"CHG{index}EN": 8 * index for index in range(_GROUPS_COUNT)}),
        **tasks({f"CHG{index}DIS": 8 * index + 4 for index in range(_GROUPS_COUNT)}),
        "CHEN": Register(0x500),
        "CHENSET": command(0x504),
        "CHENCLR": command(0x508),
        **{f"CHG{index}": Register(0x800 + 4 * index) for index in range(_GROUPS_COUNT)},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        for channel in range(DPPI_CHANNELS_COUNT):
            host.dma_net.listen(published_line(channel), partial(self._pass_on, channel))

    def load(self, name: str) -> int:
        """CHENSET and CHENCLR read as CHEN."""
        return super().load("CHEN" if name in ("CHENSET", "CHENCLR") else name)

    def run_task(self, task: str) -> None:
        """Switch a group of channels."""
        is_on = task.endswith("EN")
        self.set_bits("CHEN", self.values[task.removesuffix("EN" if is_on else "DIS")], is_on)

    def after_write(self, name: str, written: int) -> None:
        """Enables."""
        if name in ("CHENSET", "CHENCLR"):
            self.set_bits("CHEN", written, name == "CHENSET")
        super().after_write(name, written)

    def _pass_on(self, channel: int) -> None:
        if self.values["CHEN"] >> channel & 1:
            pulse(self.host, channel_line(channel))
