"""A peripheral that nobody modelled: it remembers writes, and the report says that firmware used it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcusim.machine.devices.register_device import Register, RegisterDevice

if TYPE_CHECKING:
    from collections.abc import Mapping

_RESET_PREFIX = "reset_0x"


class RegisterFile(RegisterDevice):
    """Every word is memory that starts at 0; option `reset_0x1C = 0x85` gives offset 0x1C another start."""

    def register_table(self) -> Mapping[str, Register]:
        """The registers that do not start at 0.

        Raises:
            DataFileError: a reset value is not a whole number.
        """
        return {
            option: Register(int(option.removeprefix(_RESET_PREFIX), 16), self.int_option(option, 0))
            for option in self.spec.options
            if option.startswith(_RESET_PREFIX)
        }

    @property
    def unmodelled(self) -> bool:
        """True: the report lists what firmware touched here."""
        return True

    def warn_unknown(self, offset: int) -> None:
        """Say nothing: the report lists accesses to the whole device."""
