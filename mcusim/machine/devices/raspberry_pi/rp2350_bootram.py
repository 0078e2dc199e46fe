"""Boot RAM of the RP2350: a kilobyte that the boot ROM keeps its state in, write-once words, and eight locks.

Not modelled: that non-secure code must not use it. Whether a lock is taken while nothing has enabled locking: it is.
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.rp2350_qmi import AFTER_BOOT_ROM
from mcusim.machine.devices.register_device import WORD_MASK, Register, RegisterDevice, command

_WORDS_COUNT, _LOCKS_COUNT = 256, 8
# Thumb code that writes three registers of the QMI from the literals behind it, and returns. The boot ROM leaves such a
# function at the beginning; pico-sdk's hardware_flash/flash.c copies 256 bytes and calls them after programming.
_SET_UP_XIP = (
    0x4904_4803,  # ldr r0, QMI; ldr r1, M0_TIMING
    0x4904_60C1,  # str r1, [r0, #12]; ldr r1, M0_RFMT
    0x4904_6101,  # str r1, [r0, #16]; ldr r1, M0_RCMD
    0x4770_6141,  # str r1, [r0, #20]; bx lr
    0x400D_0000,
    *(AFTER_BOOT_ROM[name] for name in ("M0_TIMING", "M0_RFMT", "M0_RCMD")),
)
_ALL_FREE = (1 << _LOCKS_COUNT) - 1


class Rp2350Bootram(RegisterDevice):
    """Reading a lock takes it; it answers 0 when it is taken. Writing frees it."""

    # Offsets: pico-sdk 2.2, hardware/regs/bootram.h; locks: hardware/boot_lock.h.
    REGISTERS: ClassVar[dict[str, Register]] = {
        **{
            f"WORD{index}": Register(4 * index, _SET_UP_XIP[index] if index < len(_SET_UP_XIP) else 0)
            for index in range(_WORDS_COUNT)
        },
        "WRITE_ONCE0": Register(0x800, writable_mask=0),
        "WRITE_ONCE1": Register(0x804, writable_mask=0),
        "BOOTLOCK_STAT": Register(0x808, _ALL_FREE, writable_mask=_ALL_FREE),
        **{f"BOOTLOCK{index}": command(0x80C + 4 * index) for index in range(_LOCKS_COUNT)},
    }

    def load(self, name: str) -> int:
        """Claim a lock."""
        if not name.startswith("BOOTLOCK") or name == "BOOTLOCK_STAT":
            return super().load(name)
        lock_mask = 1 << int(name.removeprefix("BOOTLOCK"))
        is_free = bool(self.values["BOOTLOCK_STAT"] & lock_mask)
        self.set_bits("BOOTLOCK_STAT", lock_mask, False)
        return lock_mask if is_free else 0

    def after_write(self, name: str, written: int) -> None:
        """Free a lock; bits of the write-once words only go up."""
        if name.startswith("WRITE_ONCE"):
            self.set_bits(name, written & WORD_MASK, True)
        elif name.startswith("BOOTLOCK") and name != "BOOTLOCK_STAT":
            self.set_bits("BOOTLOCK_STAT", 1 << int(name.removeprefix("BOOTLOCK")), True)
