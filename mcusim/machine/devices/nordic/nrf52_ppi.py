"""PPI of the nRF52840: connects events of peripherals with tasks of others (PS v1.7, section 6.16).

Not modelled: the fixed channels 20 to 31, which serve the radio.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.nordic.nrf52_device import event_line, wanted_line
from mcusim.machine.devices.register_device import Register, RegisterDevice, command

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_CHANNELS_COUNT, _FORKS_COUNT, _GROUPS_COUNT = 20, 32, 6


class Nrf52Ppi(RegisterDevice):
    """While a channel is enabled, its event triggers one or two tasks in the same cycle."""

    # Offsets: Nordic's SVD file of the nRF52840.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CHEN": Register(0x500),
        "CHENSET": command(0x504),
        "CHENCLR": command(0x508),
        **{f"CHG{index}_EN": command(8 * index) for index in range(_GROUPS_COUNT)},
        **{f"CHG{index}_DIS": command(8 * index + 4) for index in range(_GROUPS_COUNT)},
        **{f"CH{index}_EEP": Register(0x510 + 8 * index) for index in range(_CHANNELS_COUNT)},
        **{f"CH{index}_TEP": Register(0x514 + 8 * index) for index in range(_CHANNELS_COUNT)},
        **{f"CHG{index}": Register(0x800 + 4 * index) for index in range(_GROUPS_COUNT)},
        **{f"FORK{index}_TEP": Register(0x910 + 4 * index) for index in range(_FORKS_COUNT)},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._heard: set[int] = set()
        self._wanted: set[int] = set()

    def reset(self) -> None:
        """Nothing is connected."""
        super().reset()
        self._connect()

    def load(self, name: str) -> int:
        """CHENSET and CHENCLR read as CHEN."""
        return super().load("CHEN" if name in ("CHENSET", "CHENCLR") else name)

    def after_write(self, name: str, written: int) -> None:
        """Enables, by channel and by group."""
        if name in ("CHENSET", "CHENCLR"):
            self.set_bits("CHEN", written, name == "CHENSET")
        elif name.endswith(("_EN", "_DIS")) and written & 1:
            group, action = name.split("_")
            self.set_bits("CHEN", self.values[group], action == "EN")
        self._connect()

    def _connect(self) -> None:
        """Listen to the events of the enabled channels, and tell their devices that somebody does."""
        wanted = {self.values[f"CH{channel}_EEP"] for channel in self._enabled()} - {0}
        for addr in self._wanted - wanted:
            self.host.dma_net.set_request(wanted_line(addr), False)
        added, self._wanted = wanted - self._wanted, wanted
        for addr in sorted(added):
            if addr not in self._heard:
                self._heard.add(addr)
                self.host.dma_net.listen(event_line(addr), partial(self._happened, addr))
            self.host.dma_net.set_request(wanted_line(addr), True)

    def _enabled(self) -> list[int]:
        return [channel for channel in range(_CHANNELS_COUNT) if self.values["CHEN"] >> channel & 1]

    def _happened(self, addr: int) -> None:
        channels = [each for each in self._enabled() if self.values[f"CH{each}_EEP"] == addr]
        for channel in channels:
            for task_addr in (self.values[f"CH{channel}_TEP"], self.values[f"FORK{channel}_TEP"]):
                if task_addr:
                    self.host.write_bus(task_addr, 4, 1)
