"""Flash memory controller of the Kinetis K: caches and prefetch by its registers, wait states by the clock dividers.

Not modelled: differences between the banks (bank 0 decides), the replacement policy, locked ways, access protection,
the phase between core and flash clock: a miss costs the mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_IPE, _ICE, _DCE = 1 << 1, 1 << 3, 1 << 4
_INVALIDATES_MASK = 0x00F8_0000
_CACHE_WORDS = (
    *range(0x100, 0x180, 4),
    *range(0x200, 0x400, 4),
)  # tags and data, which firmware rarely reads


class KinetisFmc(RegisterDevice):
    """A flash access takes a flash clock and waits up to one more for its edge."""

    # Offsets, bits and reset values: NXP's SVD file of the MK64F12.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "PFAPR": Register(0x0, 0x00F8_003F),
        "PFB0CR": Register(0x4, 0x3004_001F, writable_mask=0x0F00_00FF),
        "PFB1CR": Register(0x8, 0x3004_001F, writable_mask=0x0000_001F),
        **{f"CACHE_{offset:03X}": Register(offset) for offset in _CACHE_WORDS},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        host.clock_net.listen(self._apply)

    def reset(self) -> None:
        """Caches and prefetch on."""
        super().reset()
        self._apply()

    def after_write(self, name: str, written: int) -> None:
        """Switches and invalidation."""
        if name == "PFB0CR":
            if written & _INVALIDATES_MASK:
                self.host.empty_flash_caches()
            self._apply()

    def _wait_cycles(self) -> int:
        """From the mean of ratio to 2 x ratio - 1 core clocks per access, less the one of a hit."""
        net = self.host.clock_net
        flash_hz = net.clock_hz("kinetis_flash")
        ratio = max(1, net.clock_hz("kinetis_core") // flash_hz) if flash_hz else 1
        return 3 * (ratio - 1) // 2

    def _apply(self) -> None:
        control = self.values["PFB0CR"]
        self.host.set_flash(
            wait_cycles=self._wait_cycles(),
            prefetch_on=bool(control & _IPE),
            instruction_cache_on=bool(control & _ICE),
            data_cache_on=bool(control & _DCE),
        )
