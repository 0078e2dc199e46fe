"""QSPI memory interface of the RP2350: how long a read of the flash takes, as firmware programs it.

In direct mode, commands on one data line reach the flash chip (nor_flash.py).

Not modelled: direct mode on two and four lines (answers 0), how long it takes, the second memory (PSRAM), address
translation, and that an access right after its predecessor continues without a new address (COOLDOWN).
Options: `flash_addr` and `flash_bytes`, where the bus shows the flash.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.nor_flash import NorFlash
from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, command, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_ADDRESS_BITS = 24
_LINE_BITS = 64  # a miss of the XIP cache reads a line of 8 bytes
_DTR = 1 << 28
_CLKDIV_MAX = 256  # the divider 0 stands for
_DIRECT_EN, _SELECTED, _SELECTED_BY_ITSELF = 1 << 0, 1 << 2, 1 << 6
_TXEMPTY, _RXEMPTY = 1 << 11, 1 << 16
_NO_ANSWER, _TWO_BYTES, _WIDTH_SHIFT = 1 << 20, 1 << 18, 16
_WINDOW_REGISTERS = {"TIMING": 0x0, "RFMT": 0x4, "RCMD": 0x8, "WFMT": 0xC, "WCMD": 0x10}
_WINDOW_RESETS = {"TIMING": 0x4000_0004, "RFMT": 0x1000, "RCMD": 0xA003, "WFMT": 0x1000, "WCMD": 0xA002}
# What the boot ROM leaves behind is not in the headers: assumed is the quad read of the SDK's boot stage 2
# (EBh, continuous: address and mode in 8 clocks, 4 dummy clocks) at the divider of the data sheet's example of a miss,
# (12 + 16) x 3 = 84 cycles.
AFTER_BOOT_ROM = {"M0_TIMING": 0x6000_7203, "M0_RFMT": 0x0004_82A8, "M0_RCMD": 0x0000_A0EB}


def _windows() -> dict[str, Register]:
    return {
        f"M{number}_{name}": Register(
            base + offset, AFTER_BOOT_ROM.get(f"M{number}_{name}", _WINDOW_RESETS[name])
        )
        for number, base in enumerate((0x0C, 0x20))
        for name, offset in _WINDOW_REGISTERS.items()
    }


class Rp2350Qmi(Rp2040Device):
    """The read format and the clock divider of window 0 make the wait states."""

    # Offsets, bits and reset values: pico-sdk 2.2, hardware/regs/qmi.h of the RP2350.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "DIRECT_CSR": Register(0x00, 0x0180_0000, writable_mask=0xFFC0_03CD),
        "DIRECT_TX": command(0x04),
        "DIRECT_RX": read_only(0x08),
        **_windows(),
        **{
            f"ATRANS{index}": Register(0x34 + 4 * index, 0x0400_0000 | 0x400 * (index % 4))
            for index in range(8)
        },
    }

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        flash_addr = self.int_option("flash_addr", 0x1000_0000)
        self._flash = NorFlash(host, flash_addr, self.int_option("flash_bytes", 4 << 20))
        self._answers: deque[int] = deque()

    def reset(self) -> None:
        """As the boot ROM leaves it."""
        super().reset()
        self._flash.reset()
        self._answers.clear()
        self._apply()

    def load(self, name: str) -> int:
        """Nothing is ever under way; reading DIRECT_RX takes an answer."""
        if name == "DIRECT_CSR":
            return super().load(name) | _TXEMPTY | (0 if self._answers else _RXEMPTY)
        if name == "DIRECT_RX":
            return self._answers.popleft() if self._answers else 0
        return super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Take over a new format; send to the flash."""
        if name in ("M0_TIMING", "M0_RFMT"):
            self._apply()
        elif name == "DIRECT_TX":
            self._exchange(written)
        elif name == "DIRECT_CSR":
            control = self.values["DIRECT_CSR"]
            if not control & _SELECTED or not control & _DIRECT_EN:
                self._flash.release()
            if not control & _DIRECT_EN:
                self._answers.clear()

    def _exchange(self, written: int) -> None:
        control = self.values["DIRECT_CSR"]
        if not control & _DIRECT_EN:
            return
        is_serial = not written >> _WIDTH_SHIFT & 0b11 and control & (_SELECTED | _SELECTED_BY_ITSELF)
        sent = (written >> 8 & 0xFF, written & 0xFF) if written & _TWO_BYTES else (written & 0xFF,)
        answer = 0
        for byte in sent:
            answer = answer << 8 | (self._flash.exchange(byte) if is_serial else 0)
        if not written & _NO_ANSWER:
            self._answers.append(answer)

    def _apply(self) -> None:
        divider = self.values["M0_TIMING"] & 0xFF or _CLKDIV_MAX
        self.host.set_flash(
            wait_cycles=self._read_clocks() * divider,
            prefetch_on=False,
            instruction_cache_on=None,
            data_cache_on=None,
        )

    def _read_clocks(self) -> int:
        """Clocks of one read: prefix, address, suffix, dummy and data, each over its number of lanes."""
        rfmt = self.values["M0_RFMT"]
        phases = (
            (8 * (rfmt >> 12 & 1), 0),
            (_ADDRESS_BITS, 2),
            (4 * (rfmt >> 14 & 0b11), 4),
            (4 * (rfmt >> 16 & 0b111), 6),
            (_LINE_BITS, 8),
        )
        clocks = sum(bits >> min(rfmt >> shift & 0b11, 2) for bits, shift in phases)
        return clocks // 2 if rfmt & _DTR else clocks
