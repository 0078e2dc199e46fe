"""Clock management of the EFM32GG11 (series 1) and the EFR32MG24 (series 2).

Not modelled: start-up times (ready once enabled), the DPLL of series 1, clock gating, tuning, other dividers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.power_net import DeepSleep
from mcusim.machine.devices.register_device import Register, command, read_only
from mcusim.machine.devices.silabs.efm32_device import Efm32Device

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

# The HFRCO's bands by FREQRANGE, which the factory calibration words are numbered by: recalled, not looked up.
HFRCO_BANDS_MHZ = {
    0: 4, 1: 5, 2: 6, 3: 7, 4: 9, 5: 10, 6: 13, 7: 16, 8: 19, 9: 22, 10: 26, 11: 32, 12: 38, 13: 48, 14: 56, 15: 64,
    16: 72, 17: 80,
}  # fmt: skip
_USHFRCO_MHZ = {7: 16, 11: 32, 13: 48, 14: 50}  # gecko_sdk 4.4, system_efm32gg11b.c
_MHZ, _SLOW_HZ, _FSRCO_HZ = 1_000_000, 32_768, 20_000_000
_OSCILLATORS = ("HFRCO", "HFXO", "AUXHFRCO", "LFRCO", "LFXO")
"""In the order of their enable and disable bits in OSCENCMD and of their enabled and ready bits in STATUS."""
_SLOW_ENABLED = 1 << 6 | 1 << 8  # LFRCOENS, LFXOENS of STATUS: EMU_EnterEM3 of em_emu.c switches them off
_USHFRCO_ON, _USHFRCO_OFF = 1 << 10, 1 << 11
_USHFRCO_STATUS = 0b11 << 12
_DPLL_ENABLE = 1 << 0
_LOW_LINES = {"LFACLKSEL": "lfa", "LFBCLKSEL": "lfb", "LFECLKSEL": "lfe"}
_LOW_HZ = {1: _SLOW_HZ, 2: _SLOW_HZ, 4: 1000}  # LFRCO, LFXO, ULFRCO (efm32gg11b_cmu.h); 0: off
_GROUP_LINES = {"CLKCTRL_140": "em23grpa", "CLKCTRL_160": "em4grpa", "CLKCTRL_240": "sysrtc0"}
_GROUP_HZ = (0, _SLOW_HZ, _SLOW_HZ, 1000)  # LFRCO, LFXO, ULFRCO


def band_hz(control: int) -> int:
    """The frequency of a HFRCO control or calibration word."""
    return HFRCO_BANDS_MHZ.get(control >> 16 & 0x1F, 0) * _MHZ


class Efm32Cmu(Efm32Device):
    """The core clock of series 1 and `lfa`, `lfb`, `lfe`; option `hfxo_hz`."""

    # Offsets, bits and reset values: gecko_sdk 4.4, efm32gg11b_cmu.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CTRL": Register(0x000, 0x0030_0000),
        "USHFRCOCTRL": Register(0x008, 0x000D_0000),
        "HFRCOCTRL": Register(0x010, 0xB148_1F7F),
        "AUXHFRCOCTRL": Register(0x018, 0xB148_1F7F),
        **{f"SETUP_{offset:03X}": Register(offset) for offset in range(0x20, 0x58, 4)},
        "OSCENCMD": command(0x060),
        "CMD": command(0x064),
        "DBGCLKSEL": Register(0x070),
        "HFCLKSEL": command(0x074),
        "LFACLKSEL": Register(0x080),
        "LFBCLKSEL": Register(0x084),
        "LFECLKSEL": Register(0x088),
        "LFCCLKSEL": Register(0x08C),
        "STATUS": Register(0x090, 0x0001_0003, writable_mask=0),
        "HFCLKSTATUS": Register(0x094, 1, writable_mask=0),
        "HFXOTRIMSTATUS": read_only(0x09C),
        **{f"INTERRUPT_{offset:03X}": Register(offset) for offset in range(0xA0, 0xB0, 4)},
        **{f"ENABLE_{offset:03X}": Register(offset) for offset in range(0xB0, 0xF4, 4)},
        "HFPRESC": Register(0x100, writable_mask=0x0300_1F00),
        "HFBUSPRESC": Register(0x104),
        "HFCOREPRESC": Register(0x108, writable_mask=0x0001_FF00),
        **{f"DIVIDER_{offset:03X}": Register(offset) for offset in range(0x10C, 0x134, 4)},
        "SYNCBUSY": read_only(0x140),
        "FREEZE": Register(0x144),
        **{f"ROUTE_{offset:03X}": Register(offset) for offset in range(0x150, 0x17C, 4)},
        "LOCK": Register(0x180),
        "HFRCOSS": Register(0x184),
        "USBCTRL": Register(0x1F0),
        "USBCRCTRL": read_only(0x1F4),
    }

    def reset(self) -> None:
        """The HFRCO at 19 MHz; WFI with SLEEPDEEP is EM2, or EM3 without a low-frequency oscillator."""
        super().reset()
        self._publish()

    def after_write(self, name: str, written: int) -> None:
        """Enable, select, divide."""
        if name == "OSCENCMD":
            for index in range(len(_OSCILLATORS)):
                if written >> 2 * index & 0b11:
                    self.set_bits("STATUS", 0b11 << 2 * index, bool(written >> 2 * index & 1))
            if written & (_USHFRCO_ON | _USHFRCO_OFF):
                self.set_bits("STATUS", _USHFRCO_STATUS, bool(written & _USHFRCO_ON))
        elif name == "HFCLKSEL":
            self._select(written & 0b111)
        self._publish()

    def _select(self, source: int) -> None:
        if self._source_hz(source):
            self.values["HFCLKSTATUS"] = source
        else:
            self.host.warn(f"{self.spec.name}: a clock that is not running or not modelled was selected")

    def _source_hz(self, source: int) -> int:
        hfrco_hz = band_hz(self.values["HFRCOCTRL"])
        hfxo_hz = self.int_option("hfxo_hz", 0) if self.values["STATUS"] & 0b1000 else 0
        ushfrco_hz = _USHFRCO_MHZ.get(self.values["USHFRCOCTRL"] >> 16 & 0x1F, 0) * _MHZ
        return (0, hfrco_hz, hfxo_hz, _SLOW_HZ, _SLOW_HZ, hfrco_hz // 2, ushfrco_hz, 0)[source]

    def _publish(self) -> None:
        divider = (self.values["HFPRESC"] >> 8 & 0x1F) + 1
        core_divider = (self.values["HFCOREPRESC"] >> 8 & 0x1FF) + 1
        has_slow = self.values["STATUS"] & _SLOW_ENABLED
        self.host.power_net.choose(DeepSleep.STOP, "em2" if has_slow else "em3")
        for name, line in _LOW_LINES.items():
            self.host.clock_net.publish(line, _LOW_HZ.get(self.values[name] & 0b111, 0))
        core_hz = self._source_hz(self.values["HFCLKSTATUS"]) // divider // core_divider
        if core_hz:
            self.host.clock_net.publish_core(self.host, core_hz)


class Efr32Cmu(Efm32Device):
    """The core clock of series 2: SYSCLKCTRL; publishes `dpll_reference` and the peripheral groups' clocks."""

    # Offsets, bits and reset values: gecko_sdk 4.4, efr32mg24_cmu.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "IPVERSION": read_only(0x000, 5),
        "STATUS": read_only(0x008),
        "LOCK": Register(0x010, 0x93F7),
        "WDOGLOCK": Register(0x014, 0x5257),
        **{
            name: Register(offset)
            for name, offset in (("IF", 0x20), ("IEN", 0x24), ("CALCMD", 0x50), ("CALCTRL", 0x54))
        },
        "CALCNT": read_only(0x058),
        "CLKEN0": Register(0x064),
        "CLKEN1": Register(0x068),
        "SYSCLKCTRL": Register(0x070, 1, writable_mask=0x0001_F407),
        "TRACECLKCTRL": Register(0x080),
        "EXPORTCLKCTRL": Register(0x090),
        "DPLLREFCLKCTRL": Register(0x100, writable_mask=0b11),
        **{
            f"CLKCTRL_{offset:03X}": Register(offset, 1)
            for offset in (
                0x120,
                0x128,
                0x140,
                0x160,
                0x180,
                0x200,
                0x208,
                0x220,
                0x240,
                0x260,
                0x270,
                0x280,
                0x294,
            )
        },
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._core_hz = 0
        host.clock_net.listen(self._publish)

    def reset(self) -> None:
        """The fast start-up oscillator, 20 MHz; WFI with SLEEPDEEP is EM2."""
        super().reset()
        self.host.power_net.choose(DeepSleep.STOP, "em2")
        self._core_hz = 0
        self._publish()

    def after_write(self, name: str, written: int) -> None:
        """Select and divide."""
        self._publish()

    def _publish(self) -> None:
        net, control = self.host.clock_net, self.values["SYSCLKCTRL"]
        sources_hz = (0, _FSRCO_HZ, net.clock_hz("hfrcodpll"), net.clock_hz("efr32_hfxo"))
        selection = control & 0b111
        source_hz = sources_hz[selection] if selection < len(sources_hz) else 0
        core_hz = source_hz // ((control >> 12 & 0xF) + 1)
        if core_hz and core_hz != self._core_hz:
            self._core_hz = core_hz
            net.publish_core(self.host, core_hz)
        fast_hz = (
            0,
            *(net.clock_hz(line) for line in ("hfrcodpll", "efr32_hfxo")),
            _FSRCO_HZ,
            net.clock_hz("hfrcoem23"),
        )
        selection = self.values["CLKCTRL_120"] & 0b111
        net.publish("em01grpa", (*fast_hz, fast_hz[1], fast_hz[2], 0)[selection])
        for name, line in _GROUP_LINES.items():
            net.publish(line, _GROUP_HZ[self.values[name] & 0b11])
        reference_hz = (0, net.clock_hz("efr32_hfxo"), _SLOW_HZ, 0)[self.values["DPLLREFCLKCTRL"]]
        net.publish("dpll_reference", reference_hz)


class Efr32Hfrco(Efm32Device):
    """HFRCO0, tuned by its band or locked by the DPLL; publishes `hfrcodpll`, or what option `line` says."""

    # gecko_sdk 4.4, efr32mg24_hfrco.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "IPVERSION": read_only(0x00, 2),
        "CTRL": Register(0x04),
        "CAL": Register(0x08, 0xA868_9F7F),
        "STATUS": read_only(0x0C, 1 << 16 | 1),
        "IF": Register(0x10),
        "IEN": Register(0x14),
        "LOCK": Register(0x1C, 0x8195),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        host.clock_net.listen(self._publish)

    def reset(self) -> None:
        """19 MHz."""
        super().reset()
        self._publish()

    def after_write(self, name: str, written: int) -> None:
        """A new band."""
        self._publish()

    def _publish(self) -> None:
        net = self.host.clock_net
        net.publish(
            self.text_option("line", "hfrcodpll"), net.clock_hz("dpll") or band_hz(self.values["CAL"])
        )


class Efr32Dpll(Efm32Device):
    """Locks the HFRCO to reference x (N + 1) / (M + 1); publishes `dpll`, 0 while off."""

    # gecko_sdk 4.4, efr32mg24_dpll.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "IPVERSION": read_only(0x00, 1),
        "EN": Register(0x04, writable_mask=_DPLL_ENABLE),
        "CFG": Register(0x08),
        "CFG1": Register(0x0C, writable_mask=0x0FFF_0FFF),
        "IF": Register(0x10),
        "IEN": Register(0x14),
        "STATUS": read_only(0x18),
        "LOCK": Register(0x24, 0x7102),
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        host.clock_net.listen(self._publish)

    def reset(self) -> None:
        """Off."""
        super().reset()
        self._publish()

    def load(self, name: str) -> int:
        """Enabled, and ready with a reference; the lock interrupt flag follows."""
        is_on = bool(self.values["EN"])
        if name == "STATUS":
            return is_on << 1 | bool(self._output_hz())
        return super().load(name) | (1 if self._output_hz() else 0) if name == "IF" else super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Switch or set up."""
        self._publish()

    def _output_hz(self) -> int:
        config = self.values["CFG1"]
        reference_hz = self.host.clock_net.clock_hz("dpll_reference") if self.values["EN"] else 0
        return reference_hz * ((config >> 16) + 1) // ((config & 0xFFF) + 1)

    def _publish(self) -> None:
        self.host.clock_net.publish("dpll", self._output_hz())


class Efr32Hfxo(Efm32Device):
    """The crystal oscillator: ready, as something always asks for it; publishes `efr32_hfxo`; option `hfxo_hz`."""

    # gecko_sdk 4.4, efr32mg24_hfxo.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "IPVERSION": read_only(0x00, 4),
        **{
            name: Register(offset)
            for name, offset in (("XTALCFG", 0x10), ("XTALCTRL", 0x18), ("XTALCTRL1", 0x1C))
        },
        **{name: Register(offset) for name, offset in (("CFG", 0x20), ("CTRL", 0x28))},
        **{
            name: Register(offset)
            for name, offset in (("BUFOUTTRIM", 0x40), ("BUFOUTCTRL", 0x44), ("CMD", 0x50))
        },
        "STATUS": read_only(0x58),
        "IF": Register(0x70),
        "IEN": Register(0x74),
        "LOCK": Register(0x80),
    }

    def reset(self) -> None:
        """Running: hardware starts it when it is asked for."""
        super().reset()
        self.host.clock_net.publish("efr32_hfxo", self.int_option("hfxo_hz", 0))

    def load(self, name: str) -> int:
        """Ready, core bias optimised, enabled, requested, warm."""
        is_fitted = self.int_option("hfxo_hz", 0) > 0
        return (1 << 19 | 0b11 << 16 | 0b11) * is_fitted if name == "STATUS" else super().load(name)
