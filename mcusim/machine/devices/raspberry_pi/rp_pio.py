"""Programmable I/O of RP2040 and RP2350: its state machines do not run, and the report says so.

A state machine that is switched on takes all words written to it and drops them, as one that drives pins would, so
that sending never waits; it never has anything to read, and firmware that waits for that is stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.raspberry_pi.rp2040_device import Rp2040Device
from mcusim.machine.devices.register_device import Register, command, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_MACHINES_COUNT, _INSTRUCTIONS_COUNT = 4, 32
_MACHINES_MASK = 0xF
_ALL_EMPTY = 0x0F00_0F00  # FSTAT: TXEMPTY, RXEMPTY
_TX_STALL_SHIFT = 24  # FDEBUG
_TX_NOT_FULL_MASK, _FLAGS_SHIFT = 0xF0, 8  # INTR
_CONFIG = 32 << 16 | _MACHINES_COUNT << 8 | 4  # DBG_CFGINFO: instructions, state machines, FIFO depth
_PATIENCE_READS = 10_000


def _registers(interrupts_offset: int, version: int) -> dict[str, Register]:
    table = {
        "CTRL": Register(0x00, writable_mask=_MACHINES_MASK),
        "FSTAT": read_only(0x04, _ALL_EMPTY),
        "FDEBUG": Register(0x08, writable_mask=0, one_clears_mask=0x0F0F_0F0F),
        "FLEVEL": read_only(0x0C),
        **{f"TXF{index}": command(0x10 + 4 * index) for index in range(_MACHINES_COUNT)},
        **{f"RXF{index}": read_only(0x20 + 4 * index) for index in range(_MACHINES_COUNT)},
        "IRQ": Register(0x30, writable_mask=0, one_clears_mask=0xFF),
        "IRQ_FORCE": command(0x34),
        "INPUT_SYNC_BYPASS": Register(0x38),
        "DBG_PADOUT": read_only(0x3C),
        "DBG_PADOE": read_only(0x40),
        "DBG_CFGINFO": read_only(0x44, version << 28 | _CONFIG),
        **{f"INSTR_MEM{index}": command(0x48 + 4 * index) for index in range(_INSTRUCTIONS_COUNT)},
    }
    for index in range(_MACHINES_COUNT):
        base = 0xC8 + 0x18 * index
        table[f"SM{index}_CLKDIV"] = Register(base, 0x0001_0000, writable_mask=0xFFFF_FF00)
        table[f"SM{index}_EXECCTRL"] = Register(base + 4, 0x0001_F000, writable_mask=0x7FFF_FFFF)
        table[f"SM{index}_SHIFTCTRL"] = Register(base + 8, 0x000C_0000)
        table[f"SM{index}_ADDR"] = read_only(base + 0xC)
        table[f"SM{index}_INSTR"] = command(base + 0x10)
        table[f"SM{index}_PINCTRL"] = Register(base + 0x14, 0x1400_0000)
    table["INTR"] = read_only(interrupts_offset)
    for line in (0, 1):
        for place, part in enumerate(("INTE", "INTF", "INTS"), start=1):
            mask = 0 if part == "INTS" else 0xFFFF
            table[f"IRQ{line}_{part}"] = Register(
                interrupts_offset + 12 * line + 4 * place, writable_mask=mask
            )
    return table


class Rp2040Pio(Rp2040Device):
    """Publishes the request lines "PIO0_TX0" and so on; the second interrupt line follows the first."""

    # Offsets, bits and reset values: pico-sdk 2.2, hardware/regs/pio.h.
    REGISTERS: ClassVar[dict[str, Register]] = _registers(0x128, 0)

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._waits_count = 0

    def reset(self) -> None:
        """All off."""
        super().reset()
        self._waits_count = 0
        self._follow()

    def read(self, offset: int, size_bytes: int) -> int:
        """Who reads nothing but the FIFO status for long waits in vain."""
        name = self._names_by_offset.get(offset & 0xFFC)
        self._waits_count = self._waits_count + 1 if name == "FSTAT" else 0
        if self._waits_count == _PATIENCE_READS:
            self.host.end_run(
                f"the firmware waits for data from {self.spec.name}, whose state machines do not run here"
            )
        return super().read(offset, size_bytes)

    def load(self, name: str) -> int:
        """A state machine that is on has sent all it got and waits for more."""
        if name == "FDEBUG":
            return super().load(name) | self.values["CTRL"] << _TX_STALL_SHIFT
        if name == "INTR":
            return self._raw_interrupts()
        return self._pending(int(name[3])) if name.endswith("_INTS") else super().load(name)

    def after_write(self, name: str, written: int) -> None:
        """Switching a state machine on is when the report must say what is missing."""
        self._waits_count = 0
        if name == "CTRL" and self.values["CTRL"]:
            self.host.warn(
                f"{self.spec.name}: PIO state machines do not run here: what firmware sends through them is lost, and "
                "they receive nothing"
            )
        elif name == "IRQ_FORCE":
            self.set_bits("IRQ", written & 0xFF, True)
        self._follow()

    def _raw_interrupts(self) -> int:
        return _TX_NOT_FULL_MASK | (self.values["IRQ"] & _MACHINES_MASK) << _FLAGS_SHIFT

    def _pending(self, line: int) -> int:
        return self._raw_interrupts() & self.values[f"IRQ{line}_INTE"] | self.values[f"IRQ{line}_INTF"]

    def _follow(self) -> None:
        for line in (0, 1):
            self.drive_irq(self.spec.irq_number + line, bool(self._pending(line)))
        for index in range(_MACHINES_COUNT):
            is_on = bool(self.values["CTRL"] >> index & 1)
            self.host.dma_net.set_request(f"{self.spec.name}_TX{index}", is_on)


class Rp2350Pio(Rp2040Pio):
    """Version 1, with a window into the receive FIFOs and a GPIO base."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        **_registers(0x16C, 1),
        **{f"RXF{each // 4}_PUTGET{each % 4}": Register(0x128 + 4 * each) for each in range(16)},
        "GPIOBASE": Register(0x168, writable_mask=0x10),
    }
