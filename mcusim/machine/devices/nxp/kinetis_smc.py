"""System mode controller of the Kinetis K64: which mode WFI with SLEEPDEEP enters.

Offsets and fields: MK64F12.h of NXP's SDK; values of STOPM: fsl_smc.h. Not modelled: very low power run, what the modes
allow the clocks to do, which wake-up sources LLWU lets through (RTC and LPTMR wake from all of them).
"""

from __future__ import annotations

from mcusim.machine.devices.packed_device import PackedDevice
from mcusim.machine.devices.power_net import DeepSleep

_PMPROT, _PMCTRL, _VLLSCTRL, _PMSTAT = range(4)
_RUN, _VLLS3 = 1 << 0, 3
_STOPS = {0: "stop", 2: "vlps", 3: "lls"}
_VLLS = 4


class KinetisSmc(PackedDevice):
    """PMCTRL.STOPM, and VLLSCTRL.VLLSM for the modes that wake up with a reset."""

    SIZE_BYTES = 4

    def reset(self) -> None:
        """Run, STOP."""
        super().reset()
        self.set_field(_VLLSCTRL, _VLLS3)
        self.set_field(_PMSTAT, _RUN)
        self._choose_mode()

    def store_byte(self, offset: int, byte: int) -> None:
        """The status is read only; no mode has to be allowed first."""
        if offset != _PMSTAT:
            self.set_field(offset, byte)

    def was_written(self, offset: int, size_bytes: int) -> None:
        """Another mode."""
        self._choose_mode()

    def _choose_mode(self) -> None:
        stop = self.field(_PMCTRL) & 0b111
        if stop == _VLLS:
            mode = (DeepSleep.STANDBY, f"vlls{self.field(_VLLSCTRL) & 0b111}")
        else:
            mode = (DeepSleep.STOP, _STOPS.get(stop, "stop"))
        self.host.power_net.choose(*mode)
