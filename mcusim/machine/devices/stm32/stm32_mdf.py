"""MDF and ADF of the STM32U5 and U3: the filters that followed DFSDM; what they would give is fed.

A number fed to "MDF1.0" (filter 0) or "MDF1" is DR, the 24 bits in the upper part of the data register. Not modelled:
triggered and snapshot acquisition, interleaving, gain, detectors, a clock from outside or an ADC as source.
Registers and bits: ST's stm32u575xx.h; use: stm32u5xx_hal_mdf.c; clock chain: RM0456, MDF, from memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, read_only
from mcusim.machine.devices.stm32.sample_pace import SamplePace, fed_word, word_hz_of
from mcusim.machine.devices.stm32.stm32_dma_mover import numbers_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_CKDEN, _CKGACTIVE = 1 << 0, 1 << 31  # CKGCR
_ENABLE, _ACTIVE = 1 << 0, 1 << 31  # SITFCR, BSMXCR and DFLTCR have ACTIVE at the same place
_DMAEN, _FTH, _RUN = 1 << 1, 1 << 2, 1 << 30  # DFLTCR
_FTHF, _DOVRF, _RXNEF = 1 << 0, 1 << 1, 1 << 3  # DFLTISR; enables are there in DFLTIER
_RSFLTBYP, _RSFLTD = 1 << 0, 1 << 4
_FIFO_WORDS = 4


class Stm32Mdf(RegisterDevice):
    """Options: `irqs`, one interrupt number per filter. Clocked by the line of its name, or else HCLK."""

    IS_FED: ClassVar[bool] = True

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._irqs = numbers_of(self.text_option("irqs", "-1"))
        self._paces = [
            SamplePace(
                host,
                _FIFO_WORDS,
                lambda n=n: fed_word(host, f"{spec.name}.{n}"),  # type: ignore[misc]
                lambda n=n: self._follow(n),  # type: ignore[misc]
            )
            for n in range(len(self._irqs))
        ]
        host.clock_net.listen(self._clock_changed)

    def register_table(self) -> Mapping[str, Register]:
        """As many filters as there are interrupts."""
        table = {"GCR": Register(0x00), "CKGCR": Register(0x04), "OR": Register(0x20)}
        names = (
            "DFLTCICR",
            "DFLTRSFR",
            "DFLTINTR",
            "OLDCR",
            "OLDTHLR",
            "OLDTHHR",
            "DLYCR",
            "SCDCR",
            "DFLTIER",
        )
        for n in range(len(numbers_of(self.text_option("irqs", "-1")))):
            base = 0x80 + 0x80 * n
            table |= {f"SITFCR_{n}": Register(base, 0x1F00, writable_mask=0x7FFF_FFFF)}
            table |= {f"BSMXCR_{n}": Register(base + 0x04, writable_mask=0x7FFF_FFFF)}
            table |= {f"DFLTCR_{n}": Register(base + 0x08, writable_mask=0x3FFF_FFFF)}
            table |= {f"{name}_{n}": Register(base + 0x0C + 4 * place) for place, name in enumerate(names)}
            table |= {f"DFLTISR_{n}": read_only(base + 0x30), f"OECCR_{n}": Register(base + 0x34)}
            sound = ("SADCR", "SADCFGR", "SADSDLVR", "SADANLVR")
            table |= {f"{name}_{n}": Register(base + 0x38 + 4 * place) for place, name in enumerate(sound)}
            table |= {f"SNPSDR_{n}": read_only(base + 0x6C), f"DFLTDR_{n}": read_only(base + 0x70)}
        return table

    def reset(self) -> None:
        """Off."""
        super().reset()
        for n, pace in enumerate(self._paces):
            pace.clear()
            self._follow(n)

    def load(self, name: str) -> int:
        """What is enabled is active at once."""
        if name.startswith("DFLTISR"):
            return self._status(int(name[-1]))
        if name.startswith("DFLTDR"):
            n = int(name[-1])
            word = (self._paces[n].pop() & 0xFF_FFFF) << 8
            self._follow(n)
            return word
        value = super().load(name)
        if name.startswith(("SITFCR", "BSMXCR")):
            return value | (_ACTIVE if value & _ENABLE and name.startswith("SITFCR") else 0)
        if name.startswith("DFLTCR"):
            return value | (_ACTIVE | _RUN if value & _ENABLE else 0)
        return value | (_CKGACTIVE if value & _CKDEN else 0) if name == "CKGCR" else value

    def after_write(self, name: str, written: int) -> None:
        """Enable, disable, acknowledge."""
        if name == "CKGCR":
            self._clock_changed()
        if "_" not in name:
            return
        n = int(name[-1])
        pace = self._paces[n]
        if name.startswith("DFLTCR_"):
            if not written & _ENABLE:
                pace.clear()
            elif not pace.is_running:
                pace.start(self._word_hz(n))
        self._follow(n)

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Writing 1 to the overrun flag clears it."""
        if name.startswith("DFLTISR") and written & _DOVRF:
            self._paces[int(name[-1])].is_overrun = False
        super().store(name, written, lanes_mask)

    def _clock_changed(self) -> None:
        for n, pace in enumerate(self._paces):
            if pace.is_running:
                pace.run_at(self._word_hz(n))

    def _word_hz(self, n: int) -> Fraction:
        net, plan = self.host.clock_net, self.values["CKGCR"]
        name = self.spec.name
        clock_hz = net.clock_hz(name if net.is_driven(name) else "hclk")
        reshape = self.values[f"DFLTRSFR_{n}"]
        reshaped = 1 if reshape & (_RSFLTBYP | _RSFLTD) else 4
        decimation = ((self.values[f"DFLTCICR_{n}"] >> 8 & 0x1FF) + 1) * reshaped
        divider = ((plan >> 24 & 0x7F) + 1) * ((plan >> 16 & 0xF) + 1)
        return word_hz_of(self.host, name, clock_hz, divider * decimation)

    def _status(self, n: int) -> int:
        pace, control = self._paces[n], self.values[f"DFLTCR_{n}"]
        threshold = _FIFO_WORDS // 2 if control & _FTH else 1
        status = (_FTHF if pace.level_words >= threshold else 0) | (_DOVRF if pace.is_overrun else 0)
        return status | (_RXNEF if pace.level_words else 0)

    def _follow(self, n: int) -> None:
        status, control = self._status(n), self.values[f"DFLTCR_{n}"]
        self.drive_irq(self._irqs[n], bool(status & self.values[f"DFLTIER_{n}"] & (_FTHF | _DOVRF)))
        wants_dma = bool(control & _DMAEN and status & _FTHF)
        self.host.dma_net.set_request(f"{self.spec.name}_FLT{n}", wants_dma)
