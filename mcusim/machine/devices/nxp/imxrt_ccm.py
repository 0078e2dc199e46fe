"""Clocks of the i.MX RT1060: PLLs (CCM_ANALOG) and the tree that makes the core clock (CCM).

Not modelled: start-up and lock times (locked at once), handshakes (never busy), clock gating, fractional and spread
settings of PLLs, the phase dividers but those that the core can use. After reset the clocks are as the boot ROM leaves
them: 396 MHz.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import WORD_MASK, Register, RegisterDevice, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_OSC_HZ, _PLL3_HZ, _PLL2_LOW_HZ, _PLL2_HIGH_HZ = 24_000_000, 480_000_000, 480_000_000, 528_000_000
_LOCK, _BYPASS, _ENABLE, _POWER = 1 << 31, 1 << 16, 1 << 13, 1 << 12
_SET, _CLEAR, _TOGGLE = 1, 2, 3  # words behind each register
_POWERED_BY_A_ONE = ("PLL_USB1", "PLL_USB2")  # the others have a power-down bit in its place
_PFD_FACTOR = 18
# PLL_ARM as the boot ROM leaves it: 24 MHz x 66 / 2, which CACRR halves (the Teensy cores start with F_CPU_ACTUAL =
# 396 MHz); the other values are those of the SVD file, with the system and USB PLL running.
_ANALOG_RESETS = {
    "PLL_ARM": (0x00, 0x2042), "PLL_USB1": (0x10, 0x3000), "PLL_USB2": (0x20, 0x12000), "PLL_SYS": (0x30, 0x2001),
    "PLL_AUDIO": (0x70, 0x11006), "PLL_VIDEO": (0xA0, 0x1100C), "PLL_ENET": (0xE0, 0x11001),
    "PFD_480": (0xF0, 0x1311_100C), "PFD_528": (0x100, 0x1018_101B), "REG_1P1": (0x110, 0x1073),
    "REG_3P0": (0x120, 0xF74), "REG_2P5": (0x130, 0x1073), "REG_CORE": (0x140, 0x0048_2012),
    "MISC0": (0x150, 0x0400_0000), "MISC1": (0x160, 0), "MISC2": (0x170, 0x0027_2727),
    "TEMPSENSE0": (0x180, 0x0000_0005), "TEMPSENSE1": (0x190, 1), "TEMPSENSE2": (0x290, 0),
    "USB1_VBUS_DETECT": (0x1A0, 0x0010_0004), "USB1_CHRG_DETECT": (0x1B0, 0), "USB1_MISC": (0x1F0, 2),
    "USB2_VBUS_DETECT": (0x200, 0x0010_0004), "USB2_CHRG_DETECT": (0x210, 0), "USB2_MISC": (0x250, 2),
}  # fmt: skip
_PLAIN = {
    "PLL_SYS_SS": (0x40, 0), "PLL_SYS_NUM": (0x50, 0), "PLL_SYS_DENOM": (0x60, 0x12),
    "PLL_AUDIO_NUM": (0x80, 0x05F5_E100), "PLL_AUDIO_DENOM": (0x90, 0x2964_619C),
    "PLL_VIDEO_NUM": (0xB0, 0x05F5_E100), "PLL_VIDEO_DENOM": (0xC0, 0x10A2_4447),
}  # fmt: skip


class ImxrtAnalog(RegisterDevice):
    """Publishes `pll1` (ARM), `pll2` (system), `pll2_pfd0`, `pll2_pfd2` and `pll3` (USB)."""

    # Offsets and reset values: NXP's SVD file of the MIMXRT1062.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **{name: Register(offset, value) for name, (offset, value) in (_ANALOG_RESETS | _PLAIN).items()},
        "USB1_VBUS_DETECT_STAT": read_only(0x1C0),
        "USB1_CHRG_DETECT_STAT": read_only(0x1D0),
        "USB2_VBUS_DETECT_STAT": read_only(0x220),
        "USB2_CHRG_DETECT_STAT": read_only(0x230),
        "DIGPROG": read_only(0x260, 0x006C_0000),
        "LOWPWR_CTRL": Register(0x270, 0x0000_4009),
    }

    def reset(self) -> None:
        """As the boot ROM leaves the PLLs."""
        super().reset()
        self._publish()

    def read(self, offset: int, size_bytes: int) -> int:
        """The SET, CLR and TOG words of a register read as the register."""
        return super().read(offset & ~0xC if self._has_actions(offset) else offset, size_bytes)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Combine with the register's present word as the address asks."""
        action = offset >> 2 & 0b11
        if action and self._has_actions(offset):
            offset &= ~0xC
            present = self.present_word(offset & ~3)
            value = {_SET: present | value, _CLEAR: present & ~value, _TOGGLE: present ^ value}[action]
        super().write(offset, size_bytes, value & WORD_MASK)

    def _has_actions(self, offset: int) -> bool:
        return self._names_by_offset.get(offset & ~0xF) in _ANALOG_RESETS

    def load(self, name: str) -> int:
        """A PLL with power is locked."""
        value = super().load(name)
        if not name.startswith("PLL_") or name in _PLAIN:
            return value
        is_powered = bool(value & _POWER) == (name in _POWERED_BY_A_ONE)
        return value & ~_LOCK | (_LOCK if is_powered else 0)

    def after_write(self, name: str, written: int) -> None:
        """Any register may change a PLL."""
        self._publish()

    def _pll_hz(self, name: str, locked_hz: int) -> int:
        value = self.load(name)
        if value & _BYPASS:
            return _OSC_HZ
        return locked_hz if value & _LOCK and value & _ENABLE else 0

    def _fraction_hz(self, name: str, index: int, pll_hz: int) -> int:
        field = self.values[name] >> 8 * index & 0xFF
        divider = field & 0x3F
        return pll_hz * _PFD_FACTOR // divider if divider and not field >> 7 else 0

    def _publish(self) -> None:
        net = self.host.clock_net
        is_high = self.values["PLL_SYS"] & 1
        pll2_hz = self._pll_hz("PLL_SYS", _PLL2_HIGH_HZ if is_high else _PLL2_LOW_HZ)
        net.publish("pll1", self._pll_hz("PLL_ARM", _OSC_HZ * (self.values["PLL_ARM"] & 0x7F) // 2))
        net.publish("pll2", pll2_hz)
        net.publish("pll2_pfd0", self._fraction_hz("PFD_528", 0, pll2_hz))
        net.publish("pll2_pfd2", self._fraction_hz("PFD_528", 2, pll2_hz))
        net.publish("pll3", self._pll_hz("PLL_USB1", _PLL3_HZ))


class ImxrtCcm(RegisterDevice):
    """The core clock (AHB_CLK_ROOT) and the root clocks `imxrt_uart` and `imxrt_perclk` (PIT, GPT)."""

    # Offsets and reset values: NXP's SVD file; CBCMR selects PLL1 (PRE_PERIPH_CLK_SEL = 3), and CBCDR does not divide
    # it, as the boot ROM leaves them. What the fields mean: fsl_clock.c of NXP's SDK, clockspeed.c of the Teensy cores.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CCR": Register(0x00, 0x0401_107F),
        "CSR": read_only(0x08, 0x10),
        "CCSR": Register(0x0C, 0x100),
        "CACRR": Register(0x10, 1, writable_mask=0b111),
        "CBCDR": Register(0x14, 0x000A_8200),
        "CBCMR": Register(0x18, 0x2DAE_8324),
        "CSCMR1": Register(0x1C, 0x0490_0000),
        "CSCMR2": Register(0x20, 0x1319_2F06),
        "CSCDR1": Register(0x24, 0x0649_0B00),
        "CS1CDR": Register(0x28, 0x0EC1_02C1),
        "CS2CDR": Register(0x2C, 0x0073_36C1),
        "CDCDR": Register(0x30, 0x33F7_1F92),
        "CSCDR2": Register(0x38, 0x0002_9150),
        "CSCDR3": Register(0x3C, 0x0003_0841),
        "CDHIPR": read_only(0x48),
        "CLPCR": Register(0x54, 0x79),
        "CISR": Register(0x58),
        "CIMR": Register(0x5C, WORD_MASK),
        "CCOSR": Register(0x60, 0x000A_0001),
        "CGPR": Register(0x64, 0xFE62),
        **{f"CCGR{index}": Register(0x68 + 4 * index, WORD_MASK) for index in range(8)},
        "CMEOR": Register(0x88, WORD_MASK),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._core_hz = 0
        host.clock_net.listen(self._publish)

    def reset(self) -> None:
        """As the boot ROM leaves the tree."""
        super().reset()
        self._core_hz = 0
        self._publish()

    def after_write(self, name: str, written: int) -> None:
        """Any register may change a clock."""
        self._publish()

    def _periph_hz(self) -> int:
        net = self.host.clock_net
        cbcdr, cbcmr = self.values["CBCDR"], self.values["CBCMR"]
        if cbcdr >> 25 & 1:  # PERIPH_CLK_SEL: the alternative clock
            sources_hz = (net.clock_hz("pll3"), _OSC_HZ, net.clock_hz("pll2"), 0)
            return sources_hz[cbcmr >> 12 & 0b11] // ((cbcdr >> 27 & 0b111) + 1)
        selection = cbcmr >> 18 & 0b11
        if selection == len(("pll2", "pll2_pfd2", "pll2_pfd0")):
            return net.clock_hz("pll1") // (self.values["CACRR"] + 1)
        return net.clock_hz(("pll2", "pll2_pfd2", "pll2_pfd0")[selection])

    def _publish(self) -> None:
        core_hz = self._periph_hz() // ((self.values["CBCDR"] >> 10 & 0b111) + 1)
        if core_hz and core_hz != self._core_hz:
            self._core_hz = core_hz
            self.host.clock_net.publish_core(self.host, core_hz)
        uart = self.values["CSCDR1"]
        uart_source_hz = _OSC_HZ if uart >> 6 & 1 else self.host.clock_net.clock_hz("pll3") // 6
        timers = self.values["CSCMR1"]
        ipg_hz = core_hz // ((self.values["CBCDR"] >> 8 & 0b11) + 1)
        timer_hz = _OSC_HZ if timers >> 6 & 1 else ipg_hz  # PERCLK_CLK_SEL
        self.host.clock_net.publish("imxrt_perclk", timer_hz // ((timers & 0x3F) + 1))
        self.host.clock_net.publish("imxrt_uart", uart_source_hz // ((uart & 0x3F) + 1))
