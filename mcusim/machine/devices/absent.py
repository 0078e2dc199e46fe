"""A peripheral that computes and is not modelled: it reads 0, the report says so, and a wait for it ends the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.register_device import RegisterDevice

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_PATIENCE_READS = 10_000


class Absent(RegisterDevice):
    """Writes are lost; option `what`: what its results are for ("CORDIC"), its name unless given."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._last_offset = -1
        self._reads_count = 0

    def reset(self) -> None:
        """Nobody waits yet."""
        super().reset()
        self._last_offset, self._reads_count = -1, 0

    def read(self, offset: int, size_bytes: int) -> int:
        """0; a loop that reads nothing else of the device for long waits in vain."""
        self._warn()
        self._reads_count = self._reads_count + 1 if offset == self._last_offset else 1
        self._last_offset = offset
        if self._reads_count == _PATIENCE_READS:
            self.host.end_run(f"the firmware waits for {self._what}, which is not modelled (+0x{offset:02X})")
        return 0

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Lost."""
        self._warn()
        self._reads_count = 0

    @property
    def _what(self) -> str:
        return self.text_option("what", self.spec.name)

    def _warn(self) -> None:
        self.host.warn(f"{self._what} is not modelled: results of it are wrong")
