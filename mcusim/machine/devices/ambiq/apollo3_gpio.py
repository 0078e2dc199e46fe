"""GPIO of the Apollo3: pads 0 to 49."""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.gpio_ports import GpioPorts

_PADS_PER_WORD = 8
_OUTPUT_CONFIGURATIONS = (1, 2)  # CFGx.GPIOnOUTCFG: push-pull, open drain
_TRI_STATE = 3  # driven while the pad's bit in ENA or ENB is set


class Apollo3Gpio(GpioPorts):
    """Pins are called GPIO19, after the pad. Options: those of `GpioPorts`."""

    # Offsets and fields: Ambiq's SVD file of the Apollo3. PADREG, ALTPADCFG, PADKEY, STMRCAP, IOM routing and the
    # interrupt registers only remember.
    VIEWS: ClassVar[dict[str, int]] = {
        "IN": 0x80, "OUT": 0x88, "OUT_SET": 0x90, "OUT_CLEAR": 0x98,
        "DIR": 0xA0, "DIR_SET": 0xA8, "DIR_CLEAR": 0xB4,
    }  # fmt: skip
    STRIDE_BYTES: ClassVar[int] = 4
    PORTS_COUNT: ClassVar[int] = 2
    CONFIGURATION: ClassVar[tuple[int, ...]] = (
        *range(0x00, 0x80, 8),
        *range(0xE0, 0x118, 8),
        *range(0x200, 0x220, 8),
    )

    def pin_name(self, port: int, pin: int) -> str:
        """GPIO0 to GPIO63."""
        return f"GPIO{port * 32 + pin}"

    def outputs_mask(self, port: int) -> int:
        """Pads with an output configuration."""
        mask = 0
        for pad in range(32 * port, 32 * port + 32):
            offset = 0x40 + pad // _PADS_PER_WORD * 4
            configuration = self.present_word(offset) >> 4 * (pad % _PADS_PER_WORD) + 1 & 0b11
            is_enabled = bool(self.values[f"DIR{port}"] >> pad % 32 & 1)
            if configuration in _OUTPUT_CONFIGURATIONS or (configuration == _TRI_STATE and is_enabled):
                mask |= 1 << pad % 32
        return mask
