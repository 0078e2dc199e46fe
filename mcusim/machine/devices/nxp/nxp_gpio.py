"""General-purpose I/O of NXP's Kinetis K64, i.MX RT1060 and LPC55S69."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.gpio_ports import GpioPorts
from mcusim.machine.devices.register_device import Register, command

if TYPE_CHECKING:
    from collections.abc import Mapping


class KinetisGpio(GpioPorts):
    """All ports, 0x40 apart; pins are called PTB22. Options: those of `GpioPorts`."""

    # Offsets: mcux-sdk, MK64F12.h, GPIO_Type and GPIOA_BASE … GPIOE_BASE.
    VIEWS: ClassVar[dict[str, int]] = {
        "OUT": 0x00, "OUT_SET": 0x04, "OUT_CLEAR": 0x08, "OUT_TOGGLE": 0x0C, "IN": 0x10, "DIR": 0x14,
    }  # fmt: skip
    STRIDE_BYTES: ClassVar[int] = 0x40
    PORTS_COUNT: ClassVar[int] = 5

    def pin_name(self, port: int, pin: int) -> str:
        """PTA0 to PTE31."""
        return f"PT{'ABCDE'[port]}{pin}"


class ImxrtGpio(GpioPorts):
    """One port; pins are called GPIO1_IO09. Options: those of `GpioPorts`."""

    # Offsets: mcux-sdk, MIMXRT1062.h, GPIO_Type. What is in CONFIGURATION is about interrupts.
    VIEWS: ClassVar[dict[str, int]] = {
        "OUT": 0x00, "DIR": 0x04, "IN": 0x08, "OUT_SET": 0x84, "OUT_CLEAR": 0x88, "OUT_TOGGLE": 0x8C,
    }  # fmt: skip
    CONFIGURATION: ClassVar[tuple[int, ...]] = (0x0C, 0x10, 0x14, 0x18, 0x1C)

    def pin_name(self, port: int, pin: int) -> str:
        """GPIO1_IO00 to GPIO9_IO31."""
        return f"{self.spec.name}_IO{pin:02d}"


class Lpc55Gpio(GpioPorts):
    """Both ports, and a byte and a word for each pin; pins are called PIO1_4. Options: those of `GpioPorts`."""

    # Offsets: mcux-sdk, LPC55S69_cm33_core0.h, GPIO_Type. PIN reads the levels and writes the outputs.
    VIEWS: ClassVar[dict[str, int]] = {
        "DIR": 0x2000, "OUT": 0x2100, "OUT_SET": 0x2200, "OUT_CLEAR": 0x2280, "OUT_TOGGLE": 0x2300,
        "DIR_SET": 0x2380, "DIR_CLEAR": 0x2400, "DIR_TOGGLE": 0x2480,
    }  # fmt: skip
    CONFIGURATION: ClassVar[tuple[int, ...]] = (0x2080,)
    STRIDE_BYTES: ClassVar[int] = 4
    PORTS_COUNT: ClassVar[int] = 2
    _BYTES_END, _WORDS_ADDR, _WORDS_END = 0x40, 0x1000, 0x1100

    def pin_name(self, port: int, pin: int) -> str:
        """PIO0_0 to PIO1_31."""
        return f"PIO{port}_{pin}"

    def register_table(self) -> Mapping[str, Register]:
        """MPIN too: PIN where MASK has a 0."""
        masked = {f"MASKED{port}": command(0x2180 + 4 * port) for port in range(self.PORTS_COUNT)}
        return {**super().register_table(), **masked}

    def read(self, offset: int, size_bytes: int) -> int:
        """A byte register is 1 when its pin is high, a word register all ones."""
        if offset < self._BYTES_END:
            return sum(self._is_high(offset + index) << 8 * index for index in range(size_bytes))
        if self._WORDS_ADDR <= offset < self._WORDS_END:
            return (1 << 8 * size_bytes) - 1 if self._is_high((offset - self._WORDS_ADDR) // 4) else 0
        return super().read(offset, size_bytes)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Bit 0 of a pin's byte is its level; any bit of its word."""
        if offset < self._BYTES_END:
            for index in range(size_bytes):
                self._put(offset + index, value >> 8 * index & 1)
        elif self._WORDS_ADDR <= offset < self._WORDS_END:
            self._put((offset - self._WORDS_ADDR) // 4, int(value != 0))
        else:
            super().write(offset, size_bytes, value)

    def load(self, name: str) -> int:
        """PIN shows levels, SET the outputs, MPIN the levels that MASK lets through."""
        if name.startswith("MASKED"):
            port = int(name.removeprefix("MASKED"))
            return self._levels(port) & ~self.values[f"CONFIG{port}_2080"]
        return self._levels(int(name[-1])) if name in ("OUT0", "OUT1") else super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """MPIN writes the outputs that MASK lets through."""
        if name.startswith("MASKED"):
            port = int(name.removeprefix("MASKED"))
            mask = self.values[f"CONFIG{port}_2080"]
            self.values[f"OUT{port}"] = self.values[f"OUT{port}"] & mask | written & ~mask
        super().after_write(name, written)

    def _is_high(self, index: int) -> int:
        return self._levels(index // 32) >> index % 32 & 1

    def _put(self, index: int, level: int) -> None:
        self.set_bits(f"OUT{index // 32}", 1 << index % 32, bool(level))
        self.drive_pins()
