"""Clock generator of the Kinetis K: FLL, PLL, references, and the dividers of the system integration module.

Not modelled: start-up times (the status follows the selection at once), loss of clock or lock, auto trim, clock gating.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_SLOW_HZ, _FAST_HZ, _IRC48M_HZ = 32_768, 4_000_000, 48_000_000
_IREFS, _EREFS, _IRCS, _PLLS, _PLLCLKEN, _DMX32 = 1 << 2, 1 << 2, 1 << 0, 1 << 6, 1 << 6, 1 << 7
_FLL_OR_PLL, _INTERNAL, _EXTERNAL = 0, 1, 2  # C1.CLKS
_LOW_DIVIDERS = (1, 2, 4, 8, 16, 32, 64, 128)
_HIGH_DIVIDERS = (32, 64, 128, 256, 512, 1024, 1280, 1536)
_FLL_FACTORS = ((640, 732), (1280, 1464), (1920, 2197), (2560, 2929))  # C4.DRST_DRS; DMX32 clear, set
_PLL_LEAST_FACTOR = 24
_GATES_AFTER_RESET = {
    1: 0,
    2: 0,
    3: 0,
    4: 0xF010_0030,
    5: 0x0004_0182,
    6: 0x4000_0001,
    7: 0x6,
}  # SCGC1 to SCGC7
_STATUS_LANE = 16  # S is byte 2 of its word


class KinetisMcg(RegisterDevice):
    """Publishes `mcgout` and `oscer`; option `osc_hz` (the clock or crystal at EXTAL; 0: none)."""

    # The registers are bytes: C1 to C4; C5, C6, S; SC, ATCVH and ATCVL; C7, C8. Offsets, bits and reset values:
    # NXP's SVD file of the MK64F12; what CLKST and the FLL factors mean: fsl_clock.c of NXP's SDK.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "C1_C4": Register(0x0, 0x0000_8004),
        "C5_S": Register(0x4, 0x0010_0000, writable_mask=0x0000_FFFF),
        "SC": Register(0x8, 0x02),
        "C7_C8": Register(0xC, 0x0000_8000),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self.osc_hz = self.int_option("osc_hz", 0)

    def reset(self) -> None:
        """FLL, engaged internal: 640 times the slow reference."""
        super().reset()
        self._publish()

    def load(self, name: str) -> int:
        """S follows the other registers."""
        return (
            self.values[name] & 0xFFFF | self._status() << _STATUS_LANE
            if name == "C5_S"
            else super().load(name)
        )

    def after_write(self, name: str, written: int) -> None:
        """Any register may change the output."""
        if not self._output_hz():
            self.host.warn(f"{self.spec.name}: a clock that is not running was selected")
        self._publish()

    def _byte(self, name: str, index: int) -> int:
        return self.values[name] >> 8 * index & 0xFF

    @property
    def _control(self) -> int:
        return self._byte("C1_C4", 0)

    def _status(self) -> int:
        selection, is_pll = self._control >> 6, bool(self._byte("C5_S", 1) & _PLLS)
        clock_status = 3 if selection == _FLL_OR_PLL and is_pll else selection
        is_locked = self._pll_hz() > 0 and (is_pll or bool(self._byte("C5_S", 0) & _PLLCLKEN))
        bits = (
            self._byte("C1_C4", 1) & _IRCS,
            2 if self.osc_hz and self._byte("C1_C4", 1) & _EREFS else 0,
            clock_status << 2,
            1 << 4 if self._control & _IREFS else 0,
            1 << 5 if is_pll else 0,
            1 << 6 if is_locked else 0,
        )
        return sum(bits)

    def _external_hz(self) -> int:
        return (self.osc_hz, _SLOW_HZ, _IRC48M_HZ, 0)[self._byte("C7_C8", 0) & 0b11]

    def _internal_hz(self) -> int:
        if not self._byte("C1_C4", 1) & _IRCS:
            return _SLOW_HZ
        return _FAST_HZ >> (self._byte("SC", 0) >> 1 & 0b111)

    def _fll_hz(self) -> int:
        reference_hz = _SLOW_HZ
        if not self._control & _IREFS:
            is_low = not self._byte("C1_C4", 1) >> 4 & 0b11 or self._byte("C7_C8", 0) & 0b11 == 1
            dividers = _LOW_DIVIDERS if is_low else _HIGH_DIVIDERS
            reference_hz = self._external_hz() // dividers[self._control >> 3 & 0b111]
        range_bits = self._byte("C1_C4", 3)
        return reference_hz * _FLL_FACTORS[range_bits >> 5 & 0b11][bool(range_bits & _DMX32)]

    def _pll_hz(self) -> int:
        divider = (self._byte("C5_S", 0) & 0x1F) + 1
        return self.osc_hz // divider * ((self._byte("C5_S", 1) & 0x1F) + _PLL_LEAST_FACTOR)

    def _output_hz(self) -> int:
        selection = self._control >> 6
        if selection == _FLL_OR_PLL:
            return self._pll_hz() if self._byte("C5_S", 1) & _PLLS else self._fll_hz()
        return (
            self._internal_hz() if selection == _INTERNAL else self._external_hz() * (selection == _EXTERNAL)
        )

    def _publish(self) -> None:
        net = self.host.clock_net
        net.publish("oscer", self.osc_hz)
        if self._output_hz():
            net.publish("mcgout", self._output_hz())


class KinetisSim(RegisterDevice):
    """Divides MCGOUT for the core, the bus and flash; publishes `kinetis_bus` and `kinetis_flash`."""

    # Offsets and reset values: NXP's SVD file of the MK64F12.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **{f"SOPT_{offset:04X}": Register(offset) for offset in (0x0, 0x4, 0x100C, 0x1010, 0x1018)},
        "SOPT2": Register(0x1004, 0x1000),
        "SDID": read_only(0x1024, 0x0000_0380),
        **{
            f"SCGC{index}": Register(0x1024 + 4 * index, value) for index, value in _GATES_AFTER_RESET.items()
        },
        "CLKDIV1": Register(0x1044, 0x0001_0000),
        "CLKDIV2": Register(0x1048),
        "FCFG1": Register(0x104C, 0xFF0F_0F00),
        "FCFG2": read_only(0x1050, 0x7F7F_0000),
        **{
            f"UID_{offset:04X}": read_only(offset, 0x4D43_5553) for offset in (0x1054, 0x1058, 0x105C, 0x1060)
        },
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._core_hz = 0
        host.clock_net.listen(self._publish)

    def reset(self) -> None:
        """Core undivided, flash by 2."""
        super().reset()
        self._core_hz = 0
        self._publish()

    def after_write(self, name: str, written: int) -> None:
        """New dividers."""
        self._publish()

    def _divider(self, shift: int) -> int:
        return (self.values["CLKDIV1"] >> shift & 0xF) + 1

    def _publish(self) -> None:
        net = self.host.clock_net
        output_hz = net.clock_hz("mcgout")
        core_hz = output_hz // self._divider(28)
        if core_hz and core_hz != self._core_hz:
            self._core_hz = core_hz
            net.publish_core(self.host, core_hz)
        net.publish("kinetis_core", core_hz)
        net.publish("kinetis_bus", output_hz // self._divider(24))
        net.publish("kinetis_flash", output_hz // self._divider(16))
