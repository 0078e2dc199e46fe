"""Where the DMA controllers of RP2040 and RP2350 keep their fields, and which request lines they have.

Source: pico-sdk 2.2, hardware/regs/dma.h and dreq.h of both chips.
"""

from __future__ import annotations

from dataclasses import dataclass

FORCE, FIRST_TIMER, TIMERS_COUNT = 63, 59, 4
"""Request numbers: not paced, and paced by one of the controller's own timers."""


@dataclass(frozen=True, slots=True)
class DmaLayout:
    """One chip's."""

    channels_count: int
    incr_write_index: int
    ring_size_index: int
    ring_sel_index: int
    chain_to_index: int
    treq_sel_index: int
    irq_quiet_index: int
    bswap_index: int
    sniff_en_index: int
    busy_index: int
    """Bit positions in CTRL; the fields below INCR_WRITE are the same on both."""
    irqs_count: int
    timers_offset: int
    """TIMER0; MULTI_CHAN_TRIGGER, SNIFF_CTRL and the rest follow at the same distances on both."""
    has_modes: bool
    """TRANS_COUNT has a mode in its upper four bits."""
    requests: dict[int, str]


def _requests(first: int, pwms_count: int, pios_count: int) -> dict[int, str]:
    """Lines from `first` on: two SPIs, two UARTs, PWM slices, two I2Cs, the ADC."""
    names = [
        f"PIO{pio}_{way}{index}" for pio in range(pios_count) for way in ("TX", "RX") for index in range(4)
    ]
    names += [f"{bus}{index}_{way}" for bus in ("SPI", "UART") for index in (0, 1) for way in ("TX", "RX")]
    names += [f"PWM_WRAP{index}" for index in range(pwms_count)]
    names += [f"I2C{index}_{way}" for index in (0, 1) for way in ("TX", "RX")]
    assert names.index("SPI0_TX") == first
    return dict(enumerate([*names, "ADC"]))


RP2040 = DmaLayout(12, 5, 6, 10, 11, 15, 21, 22, 23, 24, 2, 0x420, False, _requests(16, 8, 2))
RP2350 = DmaLayout(
    16, 6, 8, 12, 13, 17, 23, 24, 25, 26, 4, 0x440, True, _requests(24, 12, 3) | {54: "SHA256"}
)
