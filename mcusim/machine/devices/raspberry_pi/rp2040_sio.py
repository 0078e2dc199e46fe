"""Single-cycle I/O block of the RP2040 as core 0 sees it (datasheet section 2.3.1).

Not modelled: core 1 (absent_core1.py), the interpolators (their registers remember writes, with a warning), GPIO
inputs (an input reads 0, the flash's pulled-up chip select 1). Results of the divider are there
at once; READY shows the 8 cycles they take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.pin_driver import PinDriver
from mcusim.machine.devices.raspberry_pi.absent_core1 import AbsentCore1
from mcusim.machine.devices.raspberry_pi.rp2040_device import replicated
from mcusim.machine.devices.register_device import WORD_MASK, Register, RegisterDevice, command, read_only

if TYPE_CHECKING:
    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_GPIO_MASKS = {"GPIO": 0x3FFF_FFFF, "GPIO_HI": 0x3F}
_GPIO_BASES = {"GPIO": 0x10, "GPIO_HI": 0x30}
_FIRST_BANK_PINS = 32
_FIFO_VLD, _FIFO_RDY, _FIFO_ROE = 1 << 0, 1 << 1, 1 << 3
_FIFO_ERRORS = 0b11 << 2  # WOF, ROE
_FLASH_SELECT = 1 << 1  # GPIO_HI: QSPI_SS has a pull-up
_DIV_READY, _DIV_DIRTY = 1 << 0, 1 << 1
_DIVIDE_CYCLES = 8
_SPINLOCKS_COUNT = 32
_SIGN = 1 << 31


def _gpio_registers() -> dict[str, Register]:
    table: dict[str, Register] = {}
    for bank, base in _GPIO_BASES.items():
        for index, port in enumerate(("OUT", "OE")):
            start = base + 0x10 * index
            table[f"{bank}_{port}"] = Register(start, writable_mask=_GPIO_MASKS[bank])
            for number, action in enumerate(("SET", "CLR", "XOR"), start=1):
                table[f"{bank}_{port}_{action}"] = command(start + 4 * number)
    return table


class Rp2040Sio(RegisterDevice):
    """CPUID 0, GPIO, the divider, 32 spinlocks, an empty FIFO."""

    REGISTERS: ClassVar[dict[str, Register]] = {
        "CPUID": read_only(0x000),
        "GPIO_IN": read_only(0x004),
        "GPIO_HI_IN": read_only(0x008),
        **_gpio_registers(),
        "FIFO_ST": Register(0x050, _FIFO_RDY, writable_mask=0, one_clears_mask=_FIFO_ERRORS),
        "FIFO_WR": command(0x054),
        "FIFO_RD": read_only(0x058),
        "SPINLOCK_ST": read_only(0x05C),
        "DIV_UDIVIDEND": Register(0x060),
        "DIV_UDIVISOR": Register(0x064),
        "DIV_SDIVIDEND": Register(0x068),
        "DIV_SDIVISOR": Register(0x06C),
        "DIV_QUOTIENT": Register(0x070),
        "DIV_REMAINDER": Register(0x074),
        "DIV_CSR": read_only(0x078, _DIV_READY),
        **{f"SPINLOCK{index}": command(0x100 + 4 * index) for index in range(_SPINLOCKS_COUNT)},
    }

    GPIOS_COUNT: ClassVar[int] = 30
    FLASH_SELECT: ClassVar[int] = _FLASH_SELECT

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._core_1 = AbsentCore1(host, spec.name)
        self._divided_at_cycles = -_DIVIDE_CYCLES
        self.pin_driver = PinDriver(host, tuple(f"GPIO{pin}" for pin in range(self.GPIOS_COUNT)))

    def reset(self) -> None:
        """Outputs off, locks free."""
        super().reset()
        self.pin_driver.reset()
        self._core_1.reset()
        self._divided_at_cycles = -_DIVIDE_CYCLES

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Narrow writes are repeated over the whole word here too."""
        super().write(offset & ~3, 4, replicated(size_bytes, value))

    def load(self, name: str) -> int:
        """Registers that answer something else than what was written."""
        if name.startswith("SPINLOCK") and name != "SPINLOCK_ST":
            return self._claim(int(name.removeprefix("SPINLOCK")))
        if name in ("GPIO_IN", "GPIO_HI_IN"):
            return self._inputs(name.removesuffix("_IN"))
        if name == "DIV_CSR":
            is_ready = self.host.now_cycles >= self._divided_at_cycles + _DIVIDE_CYCLES
            return self.values[name] & ~_DIV_READY | (_DIV_READY if is_ready else 0)
        if name == "DIV_QUOTIENT":
            self.set_bits("DIV_CSR", _DIV_DIRTY, False)
        elif name == "FIFO_RD":
            return self._receive()
        elif name == "FIFO_ST":
            return super().load(name) | (_FIFO_VLD if self._core_1.answers else 0)
        return super().load(name)

    def _inputs(self, bank: str) -> int:
        driven = self.values[f"{bank}_OE"]
        pulled_up = self.FLASH_SELECT if bank == "GPIO_HI" else 0
        return self.values[f"{bank}_OUT"] & driven | pulled_up & ~driven

    def _receive(self) -> int:
        word = self._core_1.take()
        self.set_bits("FIFO_ST", _FIFO_ROE, word is None)
        self._update_fifo_irq()
        return word or 0

    def _update_fifo_irq(self) -> None:
        self.set_irq(bool(self._core_1.answers or self.values["FIFO_ST"] & _FIFO_ERRORS))

    def after_write(self, name: str, written: int) -> None:
        """GPIO actions, the divider, locks, the FIFO."""
        base, _, action = name.rpartition("_")
        if action in ("SET", "CLR", "XOR"):
            self._gpio(base, action, written)
            self._drive()
        elif name in ("GPIO_OUT", "GPIO_OE", "GPIO_HI_OUT", "GPIO_HI_OE"):
            self._drive()
        elif name.startswith("DIV_"):
            self._divider_written(name, written)
        elif name.startswith("SPINLOCK") and name != "SPINLOCK_ST":
            self.set_bits("SPINLOCK_ST", 1 << int(name.removeprefix("SPINLOCK")), False)
        elif name == "FIFO_WR":
            self._core_1.receive(written)
            self._update_fifo_irq()
        elif name == "FIFO_ST":
            self._update_fifo_irq()

    def _gpio(self, name: str, action: str, written: int) -> None:
        written &= self.registers[name].writable_mask
        if action == "XOR":
            self.values[name] ^= written
        else:
            self.set_bits(name, written, action == "SET")

    def _drive(self) -> None:
        """Pins above the first bank's are banked pins of the RP2350; the RP2040's are those of its flash."""
        high_shift = _FIRST_BANK_PINS
        driven = self.values["GPIO_HI_OE"] << high_shift | self.values["GPIO_OE"]
        levels = self.values["GPIO_HI_OUT"] << high_shift | self.values["GPIO_OUT"]
        self.pin_driver.drive(driven, levels)

    def _claim(self, index: int) -> int:
        """Reading a free lock takes it and gives a non-zero word; a taken one gives 0."""
        lock_mask = 1 << index
        if self.values["SPINLOCK_ST"] & lock_mask:
            return 0
        self.set_bits("SPINLOCK_ST", lock_mask, True)
        return lock_mask

    def _divider_written(self, name: str, written: int) -> None:
        self.set_bits("DIV_CSR", _DIV_DIRTY, True)
        if name in ("DIV_QUOTIENT", "DIV_REMAINDER"):
            return  # restored by an interrupt handler: no calculation
        # The U and S names show the same two operands; which one is written last decides the signedness.
        operand = name[len("DIV_U") :]
        self.values[f"DIV_U{operand}"] = self.values[f"DIV_S{operand}"] = written
        dividend, divisor = self.values["DIV_UDIVIDEND"], self.values["DIV_UDIVISOR"]
        divide = _signed_division if name.startswith("DIV_S") else _unsigned_division
        self.values["DIV_QUOTIENT"], self.values["DIV_REMAINDER"] = divide(dividend, divisor)
        self._divided_at_cycles = self.host.now_cycles


def _unsigned_division(dividend: int, divisor: int) -> tuple[int, int]:
    # By zero: all ones and the dividend, what a restoring divider leaves behind.
    return divmod(dividend, divisor) if divisor else (WORD_MASK, dividend)


def _signed_division(dividend: int, divisor: int) -> tuple[int, int]:
    is_dividend_negative, is_divisor_negative = bool(dividend & _SIGN), bool(divisor & _SIGN)
    quotient, remainder = _unsigned_division(_magnitude(dividend), _magnitude(divisor))
    if is_dividend_negative != is_divisor_negative:
        quotient = -quotient
    return quotient & WORD_MASK, (-remainder if is_dividend_negative else remainder) & WORD_MASK


def _magnitude(word: int) -> int:
    return (1 << 32) - word if word & _SIGN else word
