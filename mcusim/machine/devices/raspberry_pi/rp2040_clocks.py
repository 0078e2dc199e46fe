"""Clock generators of the RP2040 (datasheet section 2.15).

Not modelled: clock outputs on pins, GPIN inputs (0 Hz), resuscitation, clock gating (a gated block works). WFI with
SLEEPDEEP is the chip's sleep mode once SLEEP_EN0 and SLEEP_EN1 stop the clocks of the main RAM; else only the core's
clock stops. Switching takes no time: SELECTED follows CTRL at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.power_net import DeepSleep
from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.raspberry_pi.rp2040_rosc import NOMINAL_HZ
from mcusim.machine.devices.register_device import WORD_MASK, Register, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_GENERATORS = ("GPOUT0", "GPOUT1", "GPOUT2", "GPOUT3", "REF", "SYS", "PERI", "USB", "ADC", "RTC")
_STRIDE_BYTES = 0xC
_REF_SOURCES = ("rosc", "", "xosc")  # CLK_REF_CTRL.SRC; "" is the auxiliary multiplexer
_REF_AUXILIARIES = ("pll_usb",)
_SYS_SOURCES = ("clk_ref", "")
_SYS_AUXILIARIES = ("pll_sys", "pll_usb", "rosc", "xosc")
_PERI_AUXILIARIES = ("clk_sys", "pll_sys", "pll_usb", "rosc", "xosc")
_RTC_AUXILIARIES = ("pll_usb", "pll_sys", "rosc", "xosc")  # CLK_RTC_CTRL.AUXSRC
_PERI_ENABLE = _RTC_ENABLE = 1 << 11
_COUNTED = {
    1: "pll_sys",
    2: "pll_usb",
    3: "rosc",
    4: "rosc",
    5: "xosc",
    8: "clk_ref",
    9: "clk_sys",
    10: "clk_peri",
    13: "clk_rtc",
}
_FC0_DONE = 1 << 4
_FRACTION_BITS = 8
_ALL_GATES = {"WAKE_EN0": 0xA0, "WAKE_EN1": 0xA4, "SLEEP_EN0": 0xA8, "SLEEP_EN1": 0xAC}
_GATES_1_MASK = 0x7FFF
_SRAM_GATES = (("SLEEP_EN0", 0xF000_0000),)  # CLK_SYS_SRAM0-3: hardware/regs/clocks.h of the pico-sdk


def _generator_registers() -> dict[str, Register]:
    table: dict[str, Register] = {}
    for index, name in enumerate(_GENERATORS):
        base = index * _STRIDE_BYTES
        table[f"{name}_CTRL"] = Register(base)
        table[f"{name}_DIV"] = Register(base + 4, 1 << _FRACTION_BITS)
        table[f"{name}_SELECTED"] = read_only(base + 8, 1)
    return table


class Rp2040Clocks(Rp2040Device):
    """Publishes `clk_ref`, `clk_sys`, `clk_peri`, `clk_rtc`; clk_sys is the core clock."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **_generator_registers(),
        "SYS_RESUS_CTRL": Register(0x78, 0xFF),
        "SYS_RESUS_STATUS": read_only(0x7C),
        "FC0_REF_KHZ": Register(0x80, writable_mask=0xF_FFFF),
        "FC0_MIN_KHZ": Register(0x84, writable_mask=0x1FF_FFFF),
        "FC0_MAX_KHZ": Register(0x88, 0x1FF_FFFF, writable_mask=0x1FF_FFFF),
        "FC0_DELAY": Register(0x8C, 1, writable_mask=0b111),
        "FC0_INTERVAL": Register(0x90, 8, writable_mask=0xF),
        "FC0_SRC": Register(0x94, writable_mask=0xFF),
        "FC0_STATUS": read_only(0x98),
        "FC0_RESULT": read_only(0x9C),
        **{
            name: Register(offset, WORD_MASK if name[-1] == "0" else _GATES_1_MASK)
            for name, offset in _ALL_GATES.items()
        },
        "ENABLED0": read_only(0xB0, WORD_MASK),
        "ENABLED1": read_only(0xB4, _GATES_1_MASK),
        "INTR": read_only(0xB8),
        "INTE": Register(0xBC, writable_mask=1),
        "INTF": Register(0xC0, writable_mask=1),
        "INTS": read_only(0xC4),
    }

    SRAM_GATES: ClassVar[tuple[tuple[str, int], ...]] = _SRAM_GATES
    """Registers and bits that keep the main RAM clocked while the core sleeps deeply."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        host.clock_net.listen(self._publish)

    def reset(self) -> None:
        """Everything runs from the ring oscillator."""
        super().reset()
        self._choose_mode()
        self._publish()

    def _choose_mode(self) -> None:
        is_awake = any(self.values[name] & mask for name, mask in self.SRAM_GATES)
        mode = (DeepSleep.SLEEP, "") if is_awake else (DeepSleep.STOP, "sleep")
        self.host.power_net.choose(*mode)

    def load(self, name: str) -> int:
        """SELECTED of the glitchless multiplexers is one-hot, of the others always 1."""
        if name == "REF_SELECTED":
            return 1 << (self.values["REF_CTRL"] & 0b11)
        if name == "SYS_SELECTED":
            return 1 << (self.values["SYS_CTRL"] & 0b1)
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Any register may change a clock; FC0_SRC starts the frequency counter."""
        self._choose_mode()
        if name == "FC0_SRC":
            counted_hz = self._line_hz(_COUNTED.get(self.values["FC0_SRC"], ""))
            self.values["FC0_RESULT"] = counted_hz * 32 // 1000  # kHz with five fraction bits
            self.values["FC0_STATUS"] = _FC0_DONE | 1
        elif not self._sys_hz(self._ref_hz()):
            self.host.warn(f"{self.spec.name}: clk_sys was switched to a clock that is not running")
        self._publish()

    def _line_hz(self, line: str) -> int:
        net = self.host.clock_net
        if line == "rosc" and not net.is_driven("rosc"):
            return NOMINAL_HZ  # a chip file without a ring oscillator device
        return net.clock_hz(line)

    def _auxiliary_hz(self, name: str, lines: tuple[str, ...]) -> int:
        index = self.values[f"{name}_CTRL"] >> 5 & 0b111
        return self._line_hz(lines[index]) if index < len(lines) else 0

    def _ref_hz(self) -> int:
        source = self.values["REF_CTRL"] & 0b11
        line = _REF_SOURCES[source] if source < len(_REF_SOURCES) else "none"
        source_hz = self._line_hz(line) if line else self._auxiliary_hz("REF", _REF_AUXILIARIES)
        return source_hz // ((self.values["REF_DIV"] >> _FRACTION_BITS & 0b11) or 4)

    def _sys_hz(self, ref_hz: int) -> int:
        use_auxiliary = self.values["SYS_CTRL"] & 1
        source_hz = self._auxiliary_hz("SYS", _SYS_AUXILIARIES) if use_auxiliary else ref_hz
        divider = self.values["SYS_DIV"]
        if not divider >> _FRACTION_BITS:
            divider |= 1 << 32  # integer part 0 divides by 2^24
        return (source_hz << _FRACTION_BITS) // divider

    def _publish(self) -> None:
        net = self.host.clock_net
        ref_hz = self._ref_hz()
        sys_hz = self._sys_hz(ref_hz)
        net.publish("clk_ref", ref_hz)
        if sys_hz:
            net.publish_core(self.host, sys_hz)
            net.publish("clk_sys", sys_hz)
        is_peri_on = self.values["PERI_CTRL"] & _PERI_ENABLE
        net.publish("clk_peri", self._auxiliary_hz("PERI", _PERI_AUXILIARIES) if is_peri_on else 0)
        if "RTC_CTRL" in self.values:
            net.publish("clk_rtc", self._rtc_hz())

    def _rtc_hz(self) -> int:
        if not self.values["RTC_CTRL"] & _RTC_ENABLE:
            return 0
        divider = self.values["RTC_DIV"] or 1 << 32
        return (self._auxiliary_hz("RTC", _RTC_AUXILIARIES) << _FRACTION_BITS) // divider
