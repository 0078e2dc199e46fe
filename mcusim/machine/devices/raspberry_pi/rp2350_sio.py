"""Single-cycle I/O block of the RP2350 as core 0 sees it.

Not modelled: core 1 (absent_core1.py), doorbells, interpolators, the TMDS
encoder and the RISC-V timer (their registers remember writes, with a warning), GPIO inputs (an input reads 0).
"""

from __future__ import annotations

from typing import ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_sio import Rp2040Sio
from mcusim.machine.devices.register_device import Register, command, read_only

_FIFO_RDY = 1 << 1
_FIFO_ERRORS = 0b11 << 2  # WOF, ROE
_SPINLOCKS_COUNT = 32
_GPIO_BASES = {"GPIO_OUT": 0x10, "GPIO_HI_OUT": 0x14, "GPIO_OE": 0x30, "GPIO_HI_OE": 0x34}


def _gpio_registers() -> dict[str, Register]:
    table: dict[str, Register] = {}
    for name, base in _GPIO_BASES.items():
        table[name] = Register(base)
        for number, action in enumerate(("SET", "CLR", "XOR"), start=1):
            table[f"{name}_{action}"] = command(base + 8 * number)
    return table


class Rp2350Sio(Rp2040Sio):
    """CPUID 0, GPIO, 32 spinlocks, an empty FIFO; the divider is gone."""

    # Offsets: pico-sdk 2.2, hardware/regs/sio.h of the RP2350.
    REGISTERS: ClassVar[dict[str, Register]] = {
        "CPUID": read_only(0x000),
        "GPIO_IN": read_only(0x004),
        "GPIO_HI_IN": read_only(0x008),
        **_gpio_registers(),
        "FIFO_ST": Register(0x050, _FIFO_RDY, writable_mask=0, one_clears_mask=_FIFO_ERRORS),
        "FIFO_WR": command(0x054),
        "FIFO_RD": read_only(0x058),
        "SPINLOCK_ST": read_only(0x05C),
        **{f"SPINLOCK{index}": command(0x100 + 4 * index) for index in range(_SPINLOCKS_COUNT)},
    }
    GPIOS_COUNT: ClassVar[int] = 48
    FLASH_SELECT: ClassVar[int] = 1 << 27  # GPIO_HI_IN.QSPI_CSN
