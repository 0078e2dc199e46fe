"""Clocks and flash of the RA6M4: system control (SYSTEM) and the flash cache and its wait states (FCACHE).

WFI is sleep, Software Standby or Deep Software Standby by SBYCR.SSBY and DPSBYCR.DPSBY (r_lpm.c of FSP 6). Not
modelled: stabilisation times (flags follow the stop bits at once), PLL2, Snooze, module stop bits, register protection,
the caches of the code and system bus (R_CACHE), wait states of RAM.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.power_net import DeepSleep
from mcusim.machine.devices.register_device import Register, RegisterDevice

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_HOCO_HZ = (16_000_000, 18_000_000, 20_000_000, 0)  # HOCOCR2.HCFRQ0
_MOCO_HZ, _SLOW_HZ = 8_000_000, 32_768
_STOP = 1 << 0
_SSBY, _DPSBY = 1 << 15, 1 << 7  # of SBYCR, and of DPSBYCR at 0x400
_HOCO_READY, _MAIN_READY, _PLL_READY, _PLL2_READY = 1 << 0, 1 << 3, 1 << 5, 1 << 6
_PLL_FROM_HOCO = 1 << 4
_PERIPHERAL_CLOCKS = {"pclkd": 0, "pclkc": 4, "pclkb": 8, "pclka": 12}
"""Lines of the clock net, by the place of their divider in SCKDIVCR."""


class RaSystem(RegisterDevice):
    """The core clock (ICLK) and `pclka` to `pclkd`; option `mosc_hz` (the crystal; 0: none)."""

    # The registers are bytes and halfwords: SCKDIVCR; SCKDIVCR2, SCKSCR; PLLCCR, PLLCR; BCKCR, MOSCCR; HOCOCR, HOCOCR2;
    # MOCOCR; OSCSF; PLL2CCR, PLL2CR. Offsets and bits: R7FA6M4AF.h of Renesas' FSP 6; reset values: recalled, MOCO / 4.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "SBYCR": Register(0x00C, 0x4000),
        "MSTPCRA": Register(0x01C),
        "SCKDIVCR": Register(0x020, 0x2202_2222),
        "SELECTION": Register(0x024, 0x0001_0000),
        "PLL": Register(0x028, 0x0001_1300),
        "MAIN": Register(0x030, 0x0001_0000),
        "HOCO": Register(0x034),
        "MOCO": Register(0x038),
        "STATUS": Register(0x03C, writable_mask=0xFFFF_FF00),
        "STOP_DETECTION": Register(0x040),
        "PLL2": Register(0x048, 0x0001_1300),
        **{
            f"MORE_{offset:03X}": Register(offset)
            for offset in (0x4C, 0x50, 0x60, 0x6C, 0x70, 0x74, 0x78, 0x88, 0x90)
        },
        **{
            f"POWER_{offset:03X}": Register(offset)
            for offset in (0x94, 0x98, 0x9C, 0xA0, 0xA4, 0xA8, 0xC0, 0xE0)
        },
        **{f"SECURITY_{offset:03X}": Register(offset) for offset in (*range(0x3C0, 0x3E4, 4), 0x3FC)},
        **{f"RESET_{offset:03X}": Register(offset) for offset in range(0x400, 0x420, 4)},
        **{
            f"SLOW_{offset:03X}": Register(offset)
            for offset in (0x440, 0x444, 0x480, 0x490, *range(0x4B0, 0x4C4, 4))
        },
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._mosc_hz = self.int_option("mosc_hz", 0)

    def reset(self) -> None:
        """MOCO divided by 4."""
        super().reset()
        self.host.power_net.ignores_sleepdeep = True
        self._choose_mode()
        self._publish()

    def _choose_mode(self) -> None:
        net = self.host.power_net
        if not self.values["SBYCR"] & _SSBY:
            net.choose(DeepSleep.SLEEP, "")
        elif self.values["RESET_400"] & _DPSBY:
            net.choose(DeepSleep.STANDBY, "deep-software-standby")
        else:
            net.choose(DeepSleep.STOP, "software-standby")

    def load(self, name: str) -> int:
        """OSCSF is the lowest byte of its word."""
        return super().load(name) & ~0xFF | self._ready_bits() if name == "STATUS" else super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Any register may change the core clock; two choose what WFI does."""
        self._choose_mode()
        if not self._source_hz():
            self.host.warn(f"{self.spec.name}: a clock that is not running was selected")
        self._publish()

    def _byte(self, name: str, index: int) -> int:
        return self.values[name] >> 8 * index & 0xFF

    def _ready_bits(self) -> int:
        ready = ((_HOCO_READY, self._hoco_hz()), (_MAIN_READY, self._main_hz()), (_PLL_READY, self._pll_hz()))
        is_pll2_on = not self._byte("PLL2", 2) & _STOP
        return sum(mask for mask, clock_hz in ready if clock_hz) | (_PLL2_READY if is_pll2_on else 0)

    def _hoco_hz(self) -> int:
        return 0 if self._byte("HOCO", 2) & _STOP else _HOCO_HZ[self._byte("HOCO", 3) & 0b11]

    def _main_hz(self) -> int:
        return 0 if self._byte("MAIN", 2) & _STOP else self._mosc_hz

    def _pll_hz(self) -> int:
        """Source / (PLIDIV + 1) x (PLLMUL + 1) / 2."""
        control = self.values["PLL"] & 0xFFFF
        if self._byte("PLL", 2) & _STOP:
            return 0
        source_hz = self._hoco_hz() if control & _PLL_FROM_HOCO else self._main_hz()
        return source_hz // ((control & 0b11) + 1) * ((control >> 8 & 0x3F) + 1) // 2

    def _source_hz(self) -> int:
        sources_hz = (self._hoco_hz(), _MOCO_HZ, _SLOW_HZ, self._main_hz(), _SLOW_HZ, self._pll_hz(), 0, 0)
        return sources_hz[self._byte("SELECTION", 2) & 0b111]

    def _publish(self) -> None:
        dividers, source_hz = self.values["SCKDIVCR"], self._source_hz()
        for line, shift in _PERIPHERAL_CLOCKS.items():
            self.host.clock_net.publish(line, source_hz >> (dividers >> shift & 0b111))
        core_hz = source_hz >> (dividers >> 24 & 0b111)
        if core_hz:
            self.host.clock_net.publish_core(self.host, core_hz)


class RaFcache(RegisterDevice):
    """Flash cache enable and invalidation, wait states (FLWT)."""

    # Offsets: R7FA6M4AF.h of Renesas' FSP 6.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "FCACHEE": Register(0x100, writable_mask=1),
        "FCACHEIV": Register(0x104, writable_mask=0),
        "FLWT": Register(0x11C, writable_mask=0b111),
        "FSAR": Register(0x140),
    }

    def reset(self) -> None:
        """Off, no wait states."""
        super().reset()
        self._apply()

    def after_write(self, name: str, written: int) -> None:
        """Switch, wait, empty: invalidation is over at once."""
        if name == "FCACHEIV" and written & 1:
            self.host.empty_flash_caches()
        elif name in ("FCACHEE", "FLWT"):
            self._apply()

    def _apply(self) -> None:
        is_on = bool(self.values["FCACHEE"])
        self.host.set_flash(
            wait_cycles=self.values["FLWT"],
            prefetch_on=False,
            instruction_cache_on=is_on,
            data_cache_on=is_on,
        )
