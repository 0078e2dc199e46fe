"""DFSDM of the STM32 F7, L4 and H7: digital filters behind PDM microphones; what they would give is fed.

A number that the user feeds to "DFSDM1.0" (filter 0) or "DFSDM1" is RDATA, the 24 bits in the upper part of the data
register. It comes at the rate of CKOUT and the decimation. Not modelled: injected conversions and their triggers, the
watchdog, short-circuit and clock-absence detectors, parallel input, offset and shift, a clock from outside (CKOUT is
taken instead). Registers and bits: ST's stm32l476xx.h; rates: RM0351, DFSDM, from memory; use: stm32l4xx_hal_dfsdm.c.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command, read_only
from mcusim.machine.devices.stm32.sample_pace import SamplePace, fed_word, word_hz_of
from mcusim.machine.devices.stm32.stm32_dma_mover import numbers_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_DFSDMEN, _CKOUTSRC, _CHEN = 1 << 31, 1 << 30, 1 << 7  # CHCFGR1
_DFEN, _RSWSTART, _RCONT, _RDMAEN, _FAST, _JSWSTART = 1 << 0, 1 << 17, 1 << 18, 1 << 21, 1 << 29, 1 << 1
_REOCF, _ROVRF, _RCIP = 1 << 1, 1 << 3, 1 << 14  # FLTISR; enables of the first two are there in FLTCR2
_CHANNELS_COUNT = 8
_FAST_SINC_ORDER = 4


class Stm32Dfsdm(RegisterDevice):
    """Options: `irqs`, one interrupt number per filter. Clocked by the line of its name, or else PCLK2."""

    IS_FED: ClassVar[bool] = True

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._irqs = numbers_of(self.text_option("irqs", "-1"))
        self._paces = [
            SamplePace(
                host,
                1,
                lambda n=n: fed_word(host, f"{spec.name}.{n}"),  # type: ignore[misc]
                lambda n=n: self._converted(n),  # type: ignore[misc]
            )
            for n in range(len(self._irqs))
        ]
        host.clock_net.listen(self._clock_changed)

    def register_table(self) -> Mapping[str, Register]:
        """Eight channels, then as many filters as there are interrupts."""
        table: dict[str, Register] = {}
        for n in range(_CHANNELS_COUNT):
            names = ("CHCFGR1", "CHCFGR2", "CHAWSCDR", "CHWDATAR", "CHDATINR", "CHDLYR")
            table |= {f"{name}_{n}": Register(0x20 * n + 4 * place) for place, name in enumerate(names)}
        for n in range(len(numbers_of(self.text_option("irqs", "-1")))):
            table |= _filter_registers(n, 0x100 + 0x80 * n)
        return table

    def reset(self) -> None:
        """Off."""
        super().reset()
        for n, pace in enumerate(self._paces):
            pace.clear()
            self._follow(n)

    def load(self, name: str) -> int:
        """Reading the data clears its flag; the status is computed."""
        if name.startswith("FLTISR"):
            return self._status(int(name[-1]))
        if name.startswith("FLTRDATAR"):
            n = int(name[-1])
            channel = self.values[f"FLTCR1_{n}"] >> 24 & 0b111
            word = (self._paces[n].pop() & 0xFF_FFFF) << 8 | channel
            self._follow(n)
            return word
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Start, stop, acknowledge; the clock's divider acts at once."""
        n = int(name[-1])
        if name.startswith("FLTCR1"):
            self._control(n, written)
        elif name.startswith("FLTICR") and written & _ROVRF:
            self._paces[n].is_overrun = False
        elif name.startswith("CHCFGR1"):
            self._clock_changed()
        if name.startswith("FLT"):
            self._follow(n)

    def _control(self, n: int, written: int) -> None:
        pace, control = self._paces[n], self.values[f"FLTCR1_{n}"]
        if written & _JSWSTART:
            self.host.warn(f"{self.spec.name}: injected conversions are not modelled")
        if not control & _DFEN or not self.values["CHCFGR1_0"] & _DFSDMEN:
            pace.clear()
        elif written & _RSWSTART and not pace.is_running:
            pace.start(self._word_hz(n))

    def _converted(self, n: int) -> None:
        if not self.values[f"FLTCR1_{n}"] & _RCONT:
            self._paces[n].run_at(0 * self._word_hz(n))
        self._follow(n)

    def _clock_changed(self) -> None:
        for n, pace in enumerate(self._paces):
            if pace.is_running:
                pace.run_at(self._word_hz(n))

    def _word_hz(self, n: int) -> Fraction:
        """CKOUT over the decimation; without FAST the filter fills anew for each result."""
        net, first = self.host.clock_net, self.values["CHCFGR1_0"]
        line = self.spec.name if net.is_driven(self.spec.name) else "pclk2"
        if first & _CKOUTSRC:
            clock_hz = net.clock_hz(f"{self.spec.name}_AUDIO")
        else:
            clock_hz = net.clock_hz(line) if net.is_driven(line) else self.host.core_clock_hz
        half = 2 if self.values[f"CHCFGR1_{self._channel(n)}"] & 0b1000 else 1
        ckout_divider = ((first >> 16 & 0xFF) + 1) * half
        control, plan = self.values[f"FLTCR1_{n}"], self.values[f"FLTFCR_{n}"]
        order, oversampling, integrated = plan >> 29, (plan >> 16 & 0x3FF) + 1, (plan & 0xFF) + 1
        decimation = oversampling * integrated
        if not control & _FAST:
            filling, extra = (order, order) if order else (_FAST_SINC_ORDER, 2)
            decimation = oversampling * (integrated - 1 + filling) + extra
        return word_hz_of(self.host, self.spec.name, clock_hz, ckout_divider * decimation)

    def _channel(self, n: int) -> int:
        return self.values[f"FLTCR1_{n}"] >> 24 & 0b111

    def _status(self, n: int) -> int:
        pace = self._paces[n]
        running = _RCIP if pace.is_running else 0
        return running | (_REOCF if pace.level_words else 0) | (_ROVRF if pace.is_overrun else 0)

    def _follow(self, n: int) -> None:
        status = self._status(n)
        self.drive_irq(self._irqs[n], bool(status & self.values[f"FLTCR2_{n}"] & (_REOCF | _ROVRF)))
        wants_dma = bool(self.values[f"FLTCR1_{n}"] & _RDMAEN)
        self.host.dma_net.set_request(f"{self.spec.name}_FLT{n}", wants_dma and bool(status & _REOCF))


def _filter_registers(n: int, base: int) -> dict[str, Register]:
    later = ("FLTAWHTR", "FLTAWLTR", "FLTAWSR", "FLTAWCFR", "FLTEXMAX", "FLTEXMIN", "FLTCNVTIMR")
    return {
        f"FLTCR1_{n}": Register(base, writable_mask=~(_RSWSTART | _JSWSTART) & 0xFFFF_FFFF),
        f"FLTCR2_{n}": Register(base + 0x04),
        f"FLTISR_{n}": read_only(base + 0x08),
        f"FLTICR_{n}": command(base + 0x0C),
        f"FLTJCHGR_{n}": Register(base + 0x10, 1),
        f"FLTFCR_{n}": Register(base + 0x14),
        f"FLTJDATAR_{n}": read_only(base + 0x18),
        f"FLTRDATAR_{n}": read_only(base + 0x1C),
        **{f"{name}_{n}": Register(base + 0x20 + 4 * place) for place, name in enumerate(later)},
    }
