"""What memory-mapped peripherals share: registers by name, sub-word accesses, masks, options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from mcusim.errors import DataFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

WORD_MASK = 0xFFFF_FFFF
NO_USB_HOST = (
    "it may wait for a USB host, as in while (!Serial); none is connected: print to a UART, or do not wait"
)
"""`waited_for` of a USB device."""


@dataclass(frozen=True, slots=True)
class Register:
    """One 32-bit register. Bits outside the three masks keep what the device puts there."""

    offset: int
    reset_value: int = 0
    writable_mask: int = WORD_MASK
    one_clears_mask: int = 0
    """Writing 1 to these bits clears them."""
    zero_clears_mask: int = 0
    """Writing 0 to these bits clears them (ST: rc_w0)."""


def command(offset: int) -> Register:
    """A register that acts when written and reads as 0."""
    return Register(offset, writable_mask=0)


def read_only(offset: int, value: int = 0) -> Register:
    """A register that ignores writes."""
    return Register(offset, value, writable_mask=0)


class RegisterDevice:
    """A device described by a table of registers; subclasses add what reads and writes do.

    A register that is missing from the table remembers writes, and the report says that it is not modelled.
    """

    IS_FED: ClassVar[bool] = False
    """Whether it takes samples or bytes that the user feeds (`Host.sample`, `Host.sample_bytes`)."""
    REGISTERS: ClassVar[Mapping[str, Register]] = {}

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        self.spec = spec
        self.host = host
        self.registers = self.register_table()
        self.values = {name: register.reset_value for name, register in self.registers.items()}
        self._names_by_offset = {register.offset: name for name, register in self.registers.items()}
        self._remembered: dict[int, int] = {}

    def register_table(self) -> Mapping[str, Register]:
        """The registers of this instance; override where the options decide."""
        return self.REGISTERS

    @property
    def fed_names(self) -> tuple[str, ...]:
        """The channels that `Host.sample` and `Host.sample_bytes` are asked for, without the part after the point."""
        return (self.spec.name,) if self.IS_FED else ()

    @property
    def waited_for(self) -> str:
        """What firmware that used this device may wait for in vain, as a sentence for who wonders why it hangs."""
        return ""

    @property
    def unmodelled(self) -> bool:
        """False: the device does something."""
        return False

    def reset(self) -> None:
        """Put every register back to its reset value."""
        self.values.update((name, register.reset_value) for name, register in self.registers.items())
        self._remembered.clear()

    def read(self, offset: int, size_bytes: int) -> int:
        """Read 1, 2 or 4 bytes inside one register."""
        name = self._names_by_offset.get(offset & ~3)
        word = self._recall(offset & ~3) if name is None else self.load(name)
        return (word >> 8 * (offset & 3)) & _lanes_mask(size_bytes)

    def write(self, offset: int, size_bytes: int, value: int) -> None:
        """Write 1, 2 or 4 bytes inside one register; the other bytes of the register stay."""
        shift = 8 * (offset & 3)
        lanes_mask = (_lanes_mask(size_bytes) << shift) & WORD_MASK
        written = (value << shift) & lanes_mask
        name = self._names_by_offset.get(offset & ~3)
        if name is None:
            self._remember(offset & ~3, written, lanes_mask)
        else:
            self.store(name, written, lanes_mask)

    def load(self, name: str) -> int:
        """The word that firmware reads; override for registers that are computed or act when read."""
        return self.values[name]

    def store(self, name: str, written: int, lanes_mask: int) -> None:
        """Merge `written` into the register under its masks, then call `after_write`."""
        register = self.registers[name]
        writable_mask = register.writable_mask & lanes_mask
        word = (self.values[name] & ~writable_mask) | (written & writable_mask)
        word &= ~(written & register.one_clears_mask)
        word &= ~(~written & lanes_mask & register.zero_clears_mask)
        self.values[name] = word & WORD_MASK
        self.after_write(name, written)

    def after_write(self, name: str, written: int) -> None:
        """React to a write; `written` has 0 in bytes that the access did not cover."""

    def present_word(self, offset: int) -> int:
        """The stored word at `offset`, without what reading it would do."""
        name = self._names_by_offset.get(offset)
        return self._remembered.get(offset, 0) if name is None else self.values[name]

    def set_irq(self, is_asserted: bool) -> None:
        """Drive this device's interrupt line."""
        self.drive_irq(self.spec.irq_number, is_asserted)

    def drive_irq(self, irq_number: int, is_asserted: bool) -> None:
        """Drive one of this device's interrupt lines; other devices may share it."""
        self.host.set_irq(irq_number, is_asserted, self.spec.name)

    def set_bits(self, name: str, mask: int, is_set: bool) -> None:
        """Set or clear the bits of `mask` in a register, whatever its write masks."""
        self.values[name] = self.values[name] | mask if is_set else self.values[name] & ~mask

    def int_option(self, name: str, default: int) -> int:
        """A whole number from the device's options.

        Raises:
            DataFileError: the option is not a whole number.
        """
        value = self.spec.options.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._wrong_option(name, value, "a whole number")
        return value

    def bool_option(self, name: str) -> bool:
        """A true/false option, false when absent.

        Raises:
            DataFileError: the option is not true or false.
        """
        value = self.spec.options.get(name, False)
        if not isinstance(value, bool):
            raise self._wrong_option(name, value, "true or false")
        return value

    def text_option(self, name: str, default: str) -> str:
        """A text option.

        Raises:
            DataFileError: the option is not text.
        """
        value = self.spec.options.get(name, default)
        if not isinstance(value, str):
            raise self._wrong_option(name, value, "text")
        return value

    def _wrong_option(self, name: str, value: object, wanted: str) -> DataFileError:
        return DataFileError(
            f"option '{name}' of device '{self.spec.name}' is {value!r}",
            where=f"device kind '{self.spec.kind}'",
            fix=f"make it {wanted}",
        )

    def _recall(self, offset: int) -> int:
        self.warn_unknown(offset)
        return self._remembered.get(offset, 0)

    def _remember(self, offset: int, written: int, lanes_mask: int) -> None:
        self.warn_unknown(offset)
        self._remembered[offset] = (self._remembered.get(offset, 0) & ~lanes_mask) | written

    def warn_unknown(self, offset: int) -> None:
        """Tell the report about a register that is not in the table."""
        self.host.warn(
            f"{self.spec.name}: the register at +0x{offset:03X} is not modelled; it remembers writes"
        )


def _lanes_mask(size_bytes: int) -> int:
    return (1 << 8 * size_bytes) - 1
