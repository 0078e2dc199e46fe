"""External interrupts, device identification and serial number of the SAM D21 and D51.

Offsets: CMSIS-Atmel, samd21 and samd51: component/eic.h, component/dsu.h. Nothing outside moves a pin: an external
interrupt never comes, and the report says so to firmware that waits for one. Not modelled: filters, the
non-maskable interrupt, memory tests and the chip erase of DSU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from zlib import crc32

from mcusim.machine.devices.packed_device import PackedDevice
from mcusim.machine.devices.register_device import WORD_MASK, Register, RegisterDevice, read_only

if TYPE_CHECKING:
    from collections.abc import Mapping

_SWRST, _CRC = 1 << 0, 1 << 2
_DONE = 1 << 0
_STATUS_A, _ADDR, _LENGTH, _DATA, _DID = 0x1, 0x4, 0x8, 0xC, 0x18


class SamdEic(RegisterDevice):
    """Option: `layout` ("d21" or "d51")."""

    def register_table(self) -> Mapping[str, Register]:
        """The D51 has SYNCBUSY before the rest."""
        is_d51 = self.text_option("layout", "d21") == "d51"
        shift = 4 if is_d51 else 0
        table = {
            "CTRL": Register(0x00),  # with STATUS or NMICTRL
            "EVCTRL": Register(0x04 + shift),
            "INTENCLR": Register(0x08 + shift, writable_mask=0),
            "INTENSET": Register(0x0C + shift, writable_mask=0),
            "INTFLAG": Register(0x10 + shift, writable_mask=0),
            "WAKEUP": Register(0x14 + shift),  # ASYNCH
            "CONFIG0": Register(0x18 + shift),
            "CONFIG1": Register(0x1C + shift),
        }
        if is_d51:
            table["SYNCBUSY"] = read_only(0x04)
            table |= {"DEBOUNCEN": Register(0x30), "DPRESCALER": Register(0x34), "PINSTATE": read_only(0x38)}
        return table

    def after_write(self, name: str, written: int) -> None:
        """Reset, and the enables under both names."""
        if name == "CTRL" and written & _SWRST:
            self.reset()
        elif name in ("INTENCLR", "INTENSET"):
            for each in ("INTENCLR", "INTENSET"):
                self.set_bits(each, written, name == "INTENSET")
            if name == "INTENSET" and written:
                self.host.warn(
                    f"{self.spec.name}: the firmware waits for a pin to change (external interrupt); "
                    "nothing outside moves a pin here"
                )


class SamdDsu(PackedDevice):
    """Option: `device_id`. The checksum is the IEEE one without its last complement, seeded by DATA: recalled."""

    SIZE_BYTES: ClassVar[int] = 0x20

    def refresh(self, offset: int) -> None:
        """DID never changes."""
        self.set_field(_DID, self.int_option("device_id", 0), 4)

    def store_byte(self, offset: int, byte: int) -> None:
        """STATUSA: writing 1 clears."""
        self.set_field(offset, self.field(offset) & ~byte if offset == _STATUS_A else byte)

    def was_written(self, offset: int, size_bytes: int) -> None:
        """A checksum is done at once; CTRL reads 0."""
        control = self.field(0)
        self.set_field(0, 0)
        if offset or not control & (_SWRST | _CRC):
            return
        if control & _SWRST:
            self.reset()
            return
        size = self.field(_LENGTH, 4) & ~3
        data = self.host.read_memory(self.field(_ADDR, 4) & ~3, size) if size else b""
        seed = self.field(_DATA, 4)
        self.set_field(_DATA, crc32(data, seed ^ WORD_MASK) ^ WORD_MASK, 4)
        self.set_field(_STATUS_A, self.field(_STATUS_A) | _DONE)


class SamdSerialNumber(RegisterDevice):
    """Option: `words_at` ("0x00C 0x040 …"): where the four words lie; every chip here has the same number."""

    WORDS: ClassVar[tuple[int, ...]] = (0x4D43_5549, 0x5349_4D00, 0x0000_0000, 0x0000_0001)

    def register_table(self) -> Mapping[str, Register]:
        """Read only."""
        places = [int(each, 16) for each in self.text_option("words_at", "").split()]
        return {
            f"WORD{index}": read_only(place, word)
            for index, (place, word) in enumerate(zip(places, self.WORDS, strict=False))
        }
