"""Clocks of the SAM D51: oscillators, DFLL, DPLLs, generic clock generators and the CPU divider.

Not modelled: start-up and synchronisation times (ready and locked at once), clock failure detection, clock gating by
MCLK, generator outputs on pins, the DFLL's drift in open loop (it is 48 MHz). The 32.768 kHz crystal is fitted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_ENABLE = 1 << 1  # of every oscillator's control register
_GENERATORS_COUNT, _CHANNELS_COUNT = 12, 48
_SOURCES = ("xosc0", "xosc1", "gclkin", "gclk1", "osculp32k", "xosc32k", "dfll", "dpll0", "dpll1")
_GENEN, _DIVSEL, _CHEN = 1 << 8, 1 << 12, 1 << 6
_DFLL_HZ, _SLOW_HZ = 48_000_000, 32_768
_CLOSED_LOOP = 1 << 0
_DPLL_LOCKED_AND_READY = 0b11
_SWRST = 1 << 0


class Samd51Oscctrl(RegisterDevice):
    """Publishes `xosc0`, `xosc1`, `dfll`, `dpll0`, `dpll1`; options `xosc0_hz`, `xosc1_hz` (0: not fitted)."""

    # Offsets, bits and reset values of all classes here: Microchip's SVD file of the ATSAMD51J19A.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "EVCTRL": Register(0x00),
        "INTENCLR": Register(0x04, writable_mask=0),
        "INTENSET": Register(0x08),
        "INTFLAG": Register(0x0C, writable_mask=0),
        "STATUS": read_only(0x10),
        "XOSCCTRL0": Register(0x14, 0x80),
        "XOSCCTRL1": Register(0x18, 0x80),
        "DFLLCTRLA": Register(0x1C, 0x82),
        "DFLLCTRLB": Register(0x20),
        "DFLLVAL": Register(0x24),
        "DFLLMUL": Register(0x28),
        "DFLLSYNC": read_only(0x2C),
        **{
            f"DPLL{index}_{name}": register
            for index, base in enumerate((0x30, 0x44))
            for name, register in (
                ("CTRLA", Register(base, 0x80)),
                ("RATIO", Register(base + 0x4)),
                ("CTRLB", Register(base + 0x8, 0x20)),
                ("SYNCBUSY", read_only(base + 0xC)),
                ("STATUS", read_only(base + 0x10)),
            )
        },
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        host.clock_net.listen(self._publish)

    def reset(self) -> None:
        """The DFLL runs in open loop."""
        super().reset()
        self._publish()

    def load(self, name: str) -> int:
        """Ready and locked as soon as there is a clock."""
        if name == "STATUS":
            ready = (
                (0, self._xosc_hz(0)),
                (1, self._xosc_hz(1)),
                *((bit, self._dfll_hz()) for bit in (8, 10, 11)),
            )
            return sum(1 << bit for bit, clock_hz in ready if clock_hz)
        if name.startswith("DPLL") and name.endswith("_STATUS"):
            return _DPLL_LOCKED_AND_READY if self._dpll_hz(int(name[4])) else 0
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Any register may change a clock."""
        self._publish()

    def _xosc_hz(self, index: int) -> int:
        is_on = self.values[f"XOSCCTRL{index}"] & _ENABLE
        return self.int_option(f"xosc{index}_hz", 0) if is_on else 0

    def _dfll_hz(self) -> int:
        if not self.values["DFLLCTRLA"] & _ENABLE:
            return 0
        reference_hz = self.host.clock_net.clock_hz("gclk_channel0")
        multiplier = self.values["DFLLMUL"] & 0xFFFF
        is_closed = self.values["DFLLCTRLB"] & _CLOSED_LOOP and reference_hz and multiplier
        return reference_hz * multiplier if is_closed else _DFLL_HZ

    def _dpll_hz(self, index: int) -> int:
        """Reference x (LDR + 1 + LDRFRAC / 32); a crystal is divided by 2 x (DIV + 1) first."""
        if not self.values[f"DPLL{index}_CTRLA"] & _ENABLE:
            return 0
        control, ratio = self.values[f"DPLL{index}_CTRLB"], self.values[f"DPLL{index}_RATIO"]
        selection = control >> 5 & 0b111
        lines = (f"gclk_channel{index + 1}", "xosc32k", "xosc0", "xosc1")
        reference_hz = self.host.clock_net.clock_hz(lines[selection]) if selection < len(lines) else 0
        if selection >= 2:
            reference_hz //= 2 * ((control >> 16 & 0x7FF) + 1)
        return reference_hz * (32 * ((ratio & 0x1FFF) + 1) + (ratio >> 16 & 0x1F)) // 32

    def _publish(self) -> None:
        net = self.host.clock_net
        for index in range(2):
            net.publish(f"xosc{index}", self._xosc_hz(index))
        net.publish("dfll", self._dfll_hz())
        for index in range(2):
            net.publish(f"dpll{index}", self._dpll_hz(index))


class Samd51Osc32kctrl(RegisterDevice):
    """Publishes `osculp32k`, which always runs, `xosc32k`, and `rtc`, one of them or a 32nd."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "INTENCLR": Register(0x00, writable_mask=0),
        "INTENSET": Register(0x04),
        "INTFLAG": Register(0x08, writable_mask=0),
        "STATUS": read_only(0x0C),
        "RTCCTRL": Register(0x10),
        "XOSC32K": Register(0x14, 0x2080),
        "OSCULP32K": Register(0x1C),
    }

    def reset(self) -> None:
        """Only the internal oscillator."""
        super().reset()
        self._publish()

    def load(self, name: str) -> int:
        """XOSC32KRDY follows the enable bit."""
        return int(self._is_on()) if name == "STATUS" else super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Switch the crystal oscillator."""
        self._publish()

    def _is_on(self) -> bool:
        return bool(self.values["XOSC32K"] & _ENABLE)

    def _publish(self) -> None:
        self.host.clock_net.publish("osculp32k", _SLOW_HZ)
        self.host.clock_net.publish("xosc32k", _SLOW_HZ if self._is_on() else 0)
        selection = (
            self.values["RTCCTRL"] & 0b111
        )  # RTCSEL: 1 kHz and 32 kHz of either (CMSIS-Atmel, osc32kctrl.h)
        source_hz = self.host.clock_net.clock_hz("xosc32k" if selection & 4 else "osculp32k")
        self.host.clock_net.publish("rtc", source_hz if selection & 1 else source_hz // 32)


class Samd51Gclk(RegisterDevice):
    """Publishes `gclk0` to `gclk11` and, for each peripheral channel, `gclk_channel0` to `gclk_channel47`."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRLA": Register(0x00, writable_mask=0),
        "SYNCBUSY": read_only(0x04),
        "GENCTRL0": Register(0x20, 0x106),
        **{f"GENCTRL{index}": Register(0x20 + 4 * index) for index in range(1, _GENERATORS_COUNT)},
        **{f"PCHCTRL{index}": Register(0x80 + 4 * index) for index in range(_CHANNELS_COUNT)},
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        host.clock_net.listen(self._publish)

    def reset(self) -> None:
        """Generator 0 is the DFLL."""
        super().reset()
        self._publish()

    def after_write(self, name: str, written: int) -> None:
        """Any register may change a clock."""
        if name == "CTRLA" and written & _SWRST:
            self.reset()
        self._publish()

    def _generator_hz(self, index: int) -> int:
        control = self.values[f"GENCTRL{index}"]
        source = control & 0xF
        if not control & _GENEN or source >= len(_SOURCES) or _SOURCES[source] == f"gclk{index}":
            return 0
        divider = control >> 16
        divider = 1 << divider + 1 if control & _DIVSEL else max(1, divider)
        return self.host.clock_net.clock_hz(_SOURCES[source]) // divider

    def _publish(self) -> None:
        net = self.host.clock_net
        for index in range(_GENERATORS_COUNT):
            net.publish(f"gclk{index}", self._generator_hz(index))
        for index in range(_CHANNELS_COUNT):
            control = self.values[f"PCHCTRL{index}"]
            net.publish(
                f"gclk_channel{index}", net.clock_hz(f"gclk{control & 0xF}") if control & _CHEN else 0
            )


class Samd51Mclk(RegisterDevice):
    """The core clock: generator 0 by CPUDIV. Clock masks only remember writes."""

    # Bytes 0 to 3: INTENCLR, INTENSET, INTFLAG (clock ready); bytes 4 and 5: HSDIV, CPUDIV.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "INT": Register(0x00, 0x0100_0000, writable_mask=0),
        "DIV": Register(0x04, 0x0101, writable_mask=0xFF00),
        "AHBMASK": Register(0x10, 0x00FF_FFFF),
        "APBAMASK": Register(0x14, 0x7FF),
        "APBBMASK": Register(0x18, 0x0001_8056),
        "APBCMASK": Register(0x1C, 0x2000),
        "APBDMASK": Register(0x20),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._core_hz = 0
        host.clock_net.listen(self._publish)

    def reset(self) -> None:
        """Undivided."""
        super().reset()
        self._core_hz = 0
        self._publish()

    def after_write(self, name: str, written: int) -> None:
        """Divide."""
        self._publish()

    def _publish(self) -> None:
        core_hz = self.host.clock_net.clock_hz("gclk0") // (self.values["DIV"] >> 8 or 1)
        if core_hz and core_hz != self._core_hz:
            self._core_hz = core_hz
            self.host.clock_net.publish_core(self.host, core_hz)
