"""System controller of the LPC55S6x: the core clock's sources and divider, flash wait states and prefetch.

Not modelled: start-up and lock times, the spread spectrum modulator of PLL0, clock gating, resets of peripherals, the
second core, the non-secure and secure twins of an address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_FRO12M_HZ, _FRO96M_HZ, _FRO1M_HZ, _RTC_HZ = 12_000_000, 96_000_000, 1_000_000, 32_768
_PREFETCH = 1 << 5
_BYPASS, _BYPASS_POST2, _BYPASS_PRE, _BYPASS_POST, _CLKEN = 1 << 15, 1 << 16, 1 << 19, 1 << 20, 1 << 21
_LOCKED = 1 << 0
_RTC_SELECTION = 3  # MAINCLKSELB
_GATES = {f"{what}{action}{index}": base + 4 * index for what, action, base in (
    ("PRESETCTRL", "", 0x100), ("PRESETCTRL", "SET", 0x120), ("PRESETCTRL", "CLR", 0x140),
    ("AHBCLKCTRL", "", 0x200), ("AHBCLKCTRL", "SET", 0x220), ("AHBCLKCTRL", "CLR", 0x240),
) for index in range(3)}  # fmt: skip
_RESETS = {
    "SYSTICKCLKDIV0": 0x300, "SYSTICKCLKDIV1": 0x304, "TRACECLKDIV": 0x308, "CLKOUTDIV": 0x384, "FROHFDIV": 0x388,
    "WDTCLKDIV": 0x38C, "ADCCLKDIV": 0x394, "USB0CLKDIV": 0x398, "MCLKDIV": 0x3AC, "SCTCLKDIV": 0x3B4,
    "SDIOCLKDIV": 0x3BC, "PLL0CLKDIV": 0x3C4,
}  # fmt: skip
_SELECTIONS = (
    0x260, 0x264, 0x268, 0x26C, 0x270, 0x274, 0x278, 0x27C, 0x288, 0x28C, 0x2A0, 0x2A4, 0x2A8, 0x2AC, 0x2E0, 0x2F0,
    0x2F8, *range(0x2B0, 0x2D0, 4),
)  # fmt: skip
_MORE = (0x010, 0x018, 0x020, 0x030, 0x038, 0x048, 0x3FC, 0x40C, 0x414, 0x418, 0x764, 0x76C, 0x770, 0xA18)


class Lpc55Syscon(RegisterDevice):
    """Main clock by MAINCLKSELA and B, AHBCLKDIV, FMCCR; option `clkin_hz` (the crystal; 0: none)."""

    # Offsets, bits and reset values: NXP's SVD file of the LPC55S69; what selections and PLL fields mean: fsl_clock.c.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **{
            name: command(offset) if "SET" in name[7:] or "CLR" in name else Register(offset)
            for name, offset in _GATES.items()
        },
        **{f"SELECT_{offset:03X}": Register(offset, 0x7) for offset in _SELECTIONS},
        "MAINCLKSELA": Register(0x280, writable_mask=0b111),
        "MAINCLKSELB": Register(0x284, writable_mask=0b111),
        "PLL0CLKSEL": Register(0x290, 7, writable_mask=0b111),
        "PLL1CLKSEL": Register(0x294, 7, writable_mask=0b111),
        **{
            name: Register(offset, 0x4000_0000, writable_mask=0x7FFF_FFFF) for name, offset in _RESETS.items()
        },
        **{f"FLEXFRG{index}CTRL": Register(0x320 + 4 * index, 0xFF) for index in range(8)},
        "AHBCLKDIV": Register(0x380, writable_mask=0xFF),
        "FMCCR": Register(0x400, 0x2000),
        "FMCFLUSH": command(0x41C),
        **{
            f"PLL{index}{name}": Register(base + offset, 0)
            for index, base, fields in (
                (1, 0x560, (("CTRL", 0), ("NDEC", 8), ("MDEC", 12), ("PDEC", 16))),
                (0, 0x580, (("CTRL", 0), ("NDEC", 8), ("PDEC", 12), ("SSCG0", 16), ("SSCG1", 20))),
            )
            for name, offset in fields
        },
        "PLL1STAT": read_only(0x564),
        "PLL0STAT": read_only(0x584),
        "CPUCTRL": Register(0x800, 0x2C),
        "CPBOOT": Register(0x804),
        "CPSTAT": read_only(0x80C),
        "AUTOCLKGATEOVERRIDE": Register(0xE04, 0xFFFF),
        "DIEID": read_only(0xFFC),
        "DEVICE_ID0": read_only(0xFF8),
        **{f"MORE_{offset:03X}": Register(offset) for offset in _MORE},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._clkin_hz = self.int_option("clkin_hz", 0)

    def reset(self) -> None:
        """12 MHz, three clocks per flash access."""
        super().reset()
        self._publish()
        self._apply_flash()

    def load(self, name: str) -> int:
        """A PLL with a reference is locked."""
        if name in ("PLL0STAT", "PLL1STAT"):
            return _LOCKED if self._reference_hz(name[:4]) else 0
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Clocks, flash, and the set and clear views of gates."""
        if name == "FMCCR":
            self._apply_flash()
        elif name == "FMCFLUSH" and written & 1:
            self.host.empty_flash_caches()
        elif name[:-1] in ("AHBCLKCTRLSET", "AHBCLKCTRLCLR", "PRESETCTRLSET", "PRESETCTRLCLR"):
            self.set_bits(name[:10] + name[-1], written, "SET" in name[7:])
        self._publish()

    def _apply_flash(self) -> None:
        control = self.values["FMCCR"]
        self.host.set_flash(
            wait_cycles=control >> 12 & 0xF,
            prefetch_on=bool(control & _PREFETCH),
            instruction_cache_on=None,
            data_cache_on=None,
        )

    def _reference_hz(self, pll: str) -> int:
        selection = self.values[f"{pll}CLKSEL"]
        return (_FRO12M_HZ, self._clkin_hz, _FRO1M_HZ, _RTC_HZ, 0, 0, 0, 0)[selection]

    def _pll_hz(self, pll: str) -> int:
        """Reference x M / N / (2 x P), each divider unless bypassed (fsl_clock.c)."""
        control = self.values[f"{pll}CTRL"]
        reference_hz = self._reference_hz(pll)
        if control & _BYPASS or not control & _CLKEN:
            return reference_hz if control & _BYPASS else 0
        pre = 1 if control & _BYPASS_PRE else self.values[f"{pll}NDEC"] & 0xFF or 1
        post = 1
        if not control & _BYPASS_POST:
            post = self.values[f"{pll}PDEC"] & 0x1F or 1
            post *= 1 if control & _BYPASS_POST2 else 2
        factor = (
            self.values["PLL0SSCG1"] >> 10 & 0xFFFF if pll == "PLL0" else self.values["PLL1MDEC"] & 0xFFFF
        )
        return reference_hz * factor // pre // post

    def _publish(self) -> None:
        first_hz = (_FRO12M_HZ, self._clkin_hz, _FRO1M_HZ, _FRO96M_HZ, 0, 0, 0, 0)[self.values["MAINCLKSELA"]]
        selection = self.values["MAINCLKSELB"]
        main_hz = first_hz
        if selection in (1, 2):
            main_hz = self._pll_hz(f"PLL{selection - 1}")
        elif selection:
            main_hz = _RTC_HZ if selection == _RTC_SELECTION else 0
        core_hz = main_hz // (self.values["AHBCLKDIV"] + 1)
        if core_hz:
            self.host.clock_net.publish_core(self.host, core_hz)
