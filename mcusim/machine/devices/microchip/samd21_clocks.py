"""Clocks of the SAM D21: oscillators (SYSCTRL), generic clock generators (GCLK) and the CPU divider (PM).

Not modelled: start-up and synchronisation times (ready and locked at once), clock failure detection, clock gating,
generator outputs on pins, calibration. The 32.768 kHz crystal is fitted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.microchip.samd_small import reset_cause_bits
from mcusim.machine.devices.power_net import DeepSleep
from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_ENABLE = 1 << 1  # of every oscillator's control register
_SLOW_HZ, _OSC8M_HZ, _DFLL_HZ = 32_768, 8_000_000, 48_000_000
_CLOSED_LOOP = 1 << 2  # DFLLCTRL.MODE
_GENERATORS_COUNT, _CHANNELS_COUNT = 9, 37
_SOURCES = ("xosc", "gclkin", "gclk1", "osculp32k", "osc32k", "xosc32k", "osc8m", "dfll", "fdpll")
_SWRST = 1 << 0
_GENEN, _DIVSEL = 1 << 16, 1 << 20
_CLKEN = 1 << 14
_ALWAYS_READY = 1 << 9  # BOD33RDY


class Samd21Sysctrl(RegisterDevice):
    """Publishes `d21_xosc`, `d21_osc8m`, `d21_dfll` and so on; option `xosc_hz` (0: none)."""

    # Offsets, bits and reset values of all classes here: Microchip's SVD file of the ATSAMD21G18A.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "INTENCLR": Register(0x00, writable_mask=0),
        "INTENSET": Register(0x04),
        "INTFLAG": Register(0x08, writable_mask=0),
        "PCLKSR": read_only(0x0C),
        "XOSC": Register(0x10, 0x0080),
        "XOSC32K": Register(0x14, 0x0080),
        "OSC32K": Register(0x18, 0x003F_0080),
        "OSCULP32K": Register(0x1C, 0x1F),
        "OSC8M": Register(0x20, 0x8707_0382),
        "DFLLCTRL": Register(0x24, 0x0080),
        "DFLLVAL": Register(0x28),
        "DFLLMUL": Register(0x2C),
        "DFLLSYNC": Register(0x30),
        "BOD33": Register(0x34),
        "VREG": Register(0x3C),
        "VREF": Register(0x40),
        "DPLLCTRLA": Register(0x44, 0x80),
        "DPLLRATIO": Register(0x48),
        "DPLLCTRLB": Register(0x4C),
        "DPLLSTATUS": read_only(0x50),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        host.clock_net.listen(self._publish)

    def reset(self) -> None:
        """The 8 MHz oscillator, divided by 8."""
        super().reset()
        self._publish()

    def load(self, name: str) -> int:
        """Ready and locked as soon as there is a clock."""
        if name == "PCLKSR":
            clocks = self._clocks_hz()
            bits = {0: "xosc", 1: "xosc32k", 2: "osc32k", 3: "osc8m", 6: "dfll", 7: "dfll", 15: "fdpll"}
            ready = sum(1 << bit for bit, line in bits.items() if clocks[line])
            return ready | _ALWAYS_READY | 1 << 4  # DFLLRDY: its registers can always be written
        if name == "DPLLSTATUS":
            return 0b111 if self._clocks_hz()["fdpll"] else 0
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Any register may change a clock."""
        self._publish()

    def _clocks_hz(self) -> dict[str, int]:
        def if_on(name: str, clock_hz: int) -> int:
            return clock_hz if self.values[name] & _ENABLE else 0

        return {
            "osculp32k": _SLOW_HZ,
            "xosc": if_on("XOSC", self.int_option("xosc_hz", 0)),
            "osc32k": if_on("OSC32K", _SLOW_HZ),
            "xosc32k": if_on("XOSC32K", _SLOW_HZ),
            "osc8m": if_on("OSC8M", _OSC8M_HZ >> (self.values["OSC8M"] >> 8 & 0b11)),
            "dfll": if_on("DFLLCTRL", self._dfll_hz()),
            "fdpll": if_on("DPLLCTRLA", self._fdpll_hz()),
        }

    def _dfll_hz(self) -> int:
        """Closed loop: reference x MUL; open loop, or without a reference: 48 MHz."""
        reference_hz = self.host.clock_net.clock_hz("d21_gclk_channel0")
        multiplier = self.values["DFLLMUL"] & 0xFFFF
        is_closed = self.values["DFLLCTRL"] & _CLOSED_LOOP and reference_hz and multiplier
        return reference_hz * multiplier if is_closed else _DFLL_HZ

    def _fdpll_hz(self) -> int:
        """Reference x (LDR + 1 + LDRFRAC / 16); REFCLK: 32 kHz crystal, divided crystal, generic clock."""
        control, ratio = self.values["DPLLCTRLB"], self.values["DPLLRATIO"]
        net = self.host.clock_net
        divided_hz = net.clock_hz("d21_xosc") // (2 * ((control >> 16 & 0x7FF) + 1))
        references_hz = (net.clock_hz("d21_xosc32k"), divided_hz, net.clock_hz("d21_gclk_channel1"), 0)
        reference_hz = references_hz[control >> 4 & 0b11]
        return reference_hz * (16 * ((ratio & 0xFFF) + 1) + (ratio >> 16 & 0xF)) // 16

    def _publish(self) -> None:
        for line, clock_hz in self._clocks_hz().items():
            self.host.clock_net.publish(f"d21_{line}", clock_hz)


class Samd21Gclk(RegisterDevice):
    """Publishes `d21_gclk0` to 8 and, for each peripheral, `d21_gclk_channel0` to 36.

    One register each for all generators, dividers and channels: the written ID says which is meant, also for reading.
    """

    # CTRL, STATUS and the 16-bit CLKCTRL share the first word.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "FIRST": Register(0x0, writable_mask=0),
        "GENCTRL": Register(0x4, writable_mask=0),
        "GENDIV": Register(0x8, writable_mask=0),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._clear()
        host.clock_net.listen(self._publish)

    def _clear(self) -> None:
        self._controls = [0] * _GENERATORS_COUNT
        self._dividers = [0] * _GENERATORS_COUNT
        self._channels = [0] * _CHANNELS_COUNT
        self._controls[0] = _GENEN | _SOURCES.index("osc8m") << 8
        self._controls[2] = _GENEN | _SOURCES.index("osculp32k") << 8

    def reset(self) -> None:
        """Generator 0 is the 8 MHz oscillator, generator 2 the slow one."""
        super().reset()
        self._clear()
        self._publish()

    def load(self, name: str) -> int:
        """What the last written ID selects."""
        selected = self.values[name]
        if name == "GENCTRL":
            return self._controls[selected] | selected
        if name == "GENDIV":
            return self._dividers[selected] | selected
        return (self._channels[selected] | selected) << 16

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Byte writes to an ID select; wider ones also set what is selected."""
        if name == "FIRST":
            self._store_first(written, lanes_mask)
        else:
            selected = min(written & 0xF, _GENERATORS_COUNT - 1)
            self.values[name] = selected
            table = self._controls if name == "GENCTRL" else self._dividers
            if lanes_mask > 0xFF:
                table[selected] = written & ~0xFF
        self._publish()

    def _store_first(self, written: int, lanes_mask: int) -> None:
        if written & lanes_mask & _SWRST:
            self.reset()
        if lanes_mask >> 16:
            selected = min(written >> 16 & 0x3F, _CHANNELS_COUNT - 1)
            self.values["FIRST"] = selected
            if lanes_mask >> 24:
                self._channels[selected] = written >> 16 & 0xFF00

    def _generator_hz(self, index: int) -> int:
        control = self._controls[index]
        source = control >> 8 & 0x1F
        if not control & _GENEN or source >= len(_SOURCES) or _SOURCES[source] == f"gclk{index}":
            return 0
        divider = self._dividers[index] >> 8 & 0xFFFF
        divider = 1 << (divider & 0xFF) + 1 if control & _DIVSEL else max(1, divider)
        return self.host.clock_net.clock_hz(f"d21_{_SOURCES[source]}") // divider

    def _publish(self) -> None:
        net = self.host.clock_net
        for index in range(_GENERATORS_COUNT):
            net.publish(f"d21_gclk{index}", self._generator_hz(index))
        for index, control in enumerate(self._channels):
            line = f"d21_gclk{control >> 8 & 0xF}"
            net.publish(f"d21_gclk_channel{index}", net.clock_hz(line) if control & _CLKEN else 0)


class Samd21Pm(RegisterDevice):
    """The core clock: generator 0 by 2^CPUDIV; WFI with SLEEPDEEP is Standby. Clock masks only remember writes."""

    # Four bytes of dividers in SEL; INTENCLR, INTENSET and INTFLAG (clock ready) in INT.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRL": Register(0x00),
        "SEL": Register(0x08, writable_mask=0x0707_0707),
        "AHBMASK": Register(0x14, 0x7F),
        "APBAMASK": Register(0x18, 0x7F),
        "APBBMASK": Register(0x1C, 0x7F),
        "APBCMASK": Register(0x20, 0x0001_0000),
        "INT": Register(0x34, 0x0001_0000, writable_mask=0),
        "RCAUSE": read_only(0x38, 1),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._core_hz = 0
        host.clock_net.listen(self._publish)

    def reset(self) -> None:
        """Undivided."""
        super().reset()
        self.values["RCAUSE"] = reset_cause_bits(self.host.power_net.reset_cause)
        self.host.power_net.choose(DeepSleep.STOP, "standby")
        self._core_hz = 0
        self._publish()

    def after_write(self, name: str, written: int) -> None:
        """Divide."""
        self._publish()

    def _publish(self) -> None:
        core_hz = self.host.clock_net.clock_hz("d21_gclk0") >> (self.values["SEL"] & 0b111)
        if core_hz and core_hz != self._core_hz:
            self._core_hz = core_hz
            self.host.clock_net.publish_core(self.host, core_hz)
