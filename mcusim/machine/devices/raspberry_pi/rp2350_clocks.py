"""Clocks of the RP2350: generators, oscillators, PLLs, tick generators; what differs from the RP2040's.

Not modelled: clock outputs on pins, GPIN inputs (0 Hz), resuscitation, clock gating (a gated block works), how far
oscillators are off. Switching takes no time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_clocks import Rp2040Clocks
from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.raspberry_pi.rp2040_pll import Rp2040Pll
from mcusim.machine.devices.raspberry_pi.rp2040_rosc import Rp2040Rosc
from mcusim.machine.devices.raspberry_pi.rp2040_xosc import Rp2040Xosc
from mcusim.machine.devices.register_device import WORD_MASK, Register, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_GENERATORS = ("GPOUT0", "GPOUT1", "GPOUT2", "GPOUT3", "REF", "SYS", "PERI", "HSTX", "USB", "ADC")
_STRIDE_BYTES = 0xC
_FRACTION_BITS = 16
_REF_SOURCES = ("rosc", "", "xosc", "lposc")
_REF_AUXILIARIES = ("pll_usb",)
_SYS_AUXILIARIES = ("pll_sys", "pll_usb", "rosc", "xosc")
_LPOSC_HZ = 32_768  # nominal
_GATES = {"WAKE_EN0": 0xAC, "WAKE_EN1": 0xB0, "SLEEP_EN0": 0xB4, "SLEEP_EN1": 0xB8}
_TICKS = ("PROC0", "PROC1", "TIMER0", "TIMER1", "WATCHDOG", "RISCV")
_TICK_ENABLE, _TICK_RUNNING, _TICK_CYCLES_MASK = 1 << 0, 1 << 1, 0x1FF


def _generator_registers() -> dict[str, Register]:
    table: dict[str, Register] = {}
    for index, name in enumerate(_GENERATORS):
        base = index * _STRIDE_BYTES
        table[f"{name}_CTRL"] = Register(base)
        table[f"{name}_DIV"] = Register(base + 4, 1 << _FRACTION_BITS)
        table[f"{name}_SELECTED"] = read_only(base + 8, 1)
    return table


class Rp2350Clocks(Rp2040Clocks):
    """Publishes `clk_ref`, `clk_sys`, `clk_peri`; clk_sys is the core clock."""

    SRAM_GATES = (("SLEEP_EN1", 0x3FF0),)  # CLK_SYS_SRAM0-9
    # Offsets, selections and dividers: pico-sdk 2.2, hardware/regs/clocks.h of the RP2350.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **_generator_registers(),
        "DFTCLK_XOSC_CTRL": Register(0x78, writable_mask=0b11),
        "DFTCLK_ROSC_CTRL": Register(0x7C, writable_mask=0b11),
        "DFTCLK_LPOSC_CTRL": Register(0x80, writable_mask=0b11),
        "SYS_RESUS_CTRL": Register(0x84, 0xFF),
        "SYS_RESUS_STATUS": read_only(0x88),
        "FC0_REF_KHZ": Register(0x8C, writable_mask=0xF_FFFF),
        "FC0_MIN_KHZ": Register(0x90, writable_mask=0x1FF_FFFF),
        "FC0_MAX_KHZ": Register(0x94, 0x1FF_FFFF, writable_mask=0x1FF_FFFF),
        "FC0_DELAY": Register(0x98, 1, writable_mask=0b111),
        "FC0_INTERVAL": Register(0x9C, 8, writable_mask=0xF),
        "FC0_SRC": Register(0xA0, writable_mask=0xFF),
        "FC0_STATUS": read_only(0xA4),
        "FC0_RESULT": read_only(0xA8),
        **{name: Register(offset, WORD_MASK) for name, offset in _GATES.items()},
        "ENABLED0": read_only(0xBC, WORD_MASK),
        "ENABLED1": read_only(0xC0, WORD_MASK),
        "INTR": read_only(0xC4),
        "INTE": Register(0xC8, writable_mask=1),
        "INTF": Register(0xCC, writable_mask=1),
        "INTS": read_only(0xD0),
    }

    def _ref_hz(self) -> int:
        line = _REF_SOURCES[self.values["REF_CTRL"] & 0b11]
        source_hz = self._line_hz(line) if line else self._auxiliary_hz("REF", _REF_AUXILIARIES)
        if line == "lposc":
            source_hz = _LPOSC_HZ
        return source_hz // ((self.values["REF_DIV"] >> _FRACTION_BITS & 0xFF) or 256)

    def _sys_hz(self, ref_hz: int) -> int:
        use_auxiliary = self.values["SYS_CTRL"] & 1
        source_hz = self._auxiliary_hz("SYS", _SYS_AUXILIARIES) if use_auxiliary else ref_hz
        divider = self.values["SYS_DIV"]
        if not divider >> _FRACTION_BITS:
            divider |= 1 << 32  # integer part 0 divides by 2^16
        return (source_hz << _FRACTION_BITS) // divider

    def _auxiliary_hz(self, name: str, lines: tuple[str, ...]) -> int:
        source_hz = super()._auxiliary_hz(name, lines)
        if name != "PERI":
            return source_hz
        return source_hz // (self.values["PERI_DIV"] >> _FRACTION_BITS & 0b11 or 4)


class Rp2350Xosc(Rp2040Xosc):
    """Publishes `xosc`; option `crystal_hz`."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **{name: each for name, each in Rp2040Xosc.REGISTERS.items() if name != "COUNT"},
        "COUNT": Register(0x10, writable_mask=0),  # the delay is always over
    }


class Rp2350Rosc(Rp2040Rosc):
    """Runs from reset on; publishes `rosc`; option `rosc_hz`."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRL": Register(0x00, 0xAA0, writable_mask=0x00FF_FFFF),
        "FREQA": Register(0x04),
        "FREQB": Register(0x08),
        "RANDOM": Register(0x0C, 0x3F04_B16D),
        "DORMANT": Register(0x10),
        "DIV": Register(0x14, 0xAA00 + 8, writable_mask=0xFFFF),
        "PHASE": Register(0x18, 0x8, writable_mask=0xFFF),
        "STATUS": Register(0x1C, writable_mask=0, one_clears_mask=1 << 24),
        "RANDOMBIT": Register(0x20, 1, writable_mask=0),
        "COUNT": Register(0x24, writable_mask=0),
    }


class Rp2350Pll(Rp2040Pll):
    """PLL_SYS and PLL_USB, which have interrupts here; losing lock never happens."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **Rp2040Pll.REGISTERS,
        "INTR": Register(0x10, writable_mask=0),
        "INTE": Register(0x14, writable_mask=1),
        "INTF": Register(0x18, writable_mask=1),
        "INTS": read_only(0x1C),
    }


class Rp2350Ticks(Rp2040Device):
    """Six tick generators: clk_ref / CYCLES; publishes `tick_timer0`, `tick_watchdog` and so on."""

    # Offsets and bits: pico-sdk 2.2, hardware/regs/ticks.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        f"{name}_{part}": register
        for index, name in enumerate(_TICKS)
        for part, register in (
            ("CTRL", Register(12 * index, writable_mask=_TICK_ENABLE)),
            ("CYCLES", Register(12 * index + 4, writable_mask=_TICK_CYCLES_MASK)),
            ("COUNT", read_only(12 * index + 8)),
        )
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        host.clock_net.listen(self._publish)

    def reset(self) -> None:
        """All stopped."""
        super().reset()
        self._publish()

    def load(self, name: str) -> int:
        """A generator that is enabled runs."""
        value = super().load(name)
        return value | _TICK_RUNNING if name.endswith("_CTRL") and value & _TICK_ENABLE else value

    def after_write(self, name: str, written: int) -> None:
        """Any register may change a tick."""
        self._publish()

    def _publish(self) -> None:
        net = self.host.clock_net
        for name in _TICKS:
            cycles = self.values[f"{name}_CYCLES"] if self.values[f"{name}_CTRL"] & _TICK_ENABLE else 0
            net.publish(f"tick_{name.lower()}", net.clock_hz("clk_ref") // cycles if cycles else 0)
