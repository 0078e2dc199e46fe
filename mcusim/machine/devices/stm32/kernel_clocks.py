"""The clocks that an STM32's peripherals choose for themselves in RCC (RTC, LPTIM); the fields that choose are data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.machine.devices.stm32.stm32_rcc import Stm32Rcc

_NONE = "-"


@dataclass(frozen=True, slots=True)
class _Choice:
    line: str
    offset: int
    shift_bits: int
    sources: tuple[str, ...]


class KernelClocks:
    """Publishes lines of the clock net.

    `text` lists "LINE=register offset:shift:source,source,…" with one source per value of the field: "lse", "lsi",
    "hsi16", "msik", "pclk1", "hse/32", "-" for none or one that is not modelled.
    """

    def __init__(self, rcc: Stm32Rcc, text: str) -> None:
        self._rcc = rcc
        self._choices = tuple(_choice(each) for each in text.split())

    def publish(self) -> None:
        """Drive every line as the registers say."""
        for choice in self._choices:
            width_mask = (1 << max(1, (len(choice.sources) - 1).bit_length())) - 1
            field = self._rcc.present_word(choice.offset) >> choice.shift_bits & width_mask
            source = choice.sources[field] if field < len(choice.sources) else _NONE
            self._rcc.host.clock_net.publish(choice.line, self._source_hz(source))

    def _source_hz(self, source: str) -> int:
        if source == _NONE:
            return 0
        name, _, divider = source.partition("/")
        return self._rcc.oscillator_hz(name) // int(divider or 1)


def _choice(text: str) -> _Choice:
    line, field = text.split("=")
    offset, shift, sources = field.split(":")
    return _Choice(line, int(offset, 0), int(shift), tuple(sources.split(",")))
