"""What Apollo3 peripherals share: the four interrupt registers (enable, status, clear, set)."""

from __future__ import annotations

from mcusim.machine.devices.register_device import Register, RegisterDevice, command


def interrupt_registers(offset: int, prefix: str = "") -> dict[str, Register]:
    """INTEN, INTSTAT, INTCLR and INTSET from `offset` on."""
    return {
        f"{prefix}INTEN": Register(offset),
        f"{prefix}INTSTAT": Register(offset + 4, writable_mask=0),
        f"{prefix}INTCLR": command(offset + 8),
        f"{prefix}INTSET": command(offset + 12),
    }


class Apollo3Device(RegisterDevice):
    """Sets, clears and enables interrupts; subclasses override `update_irq` when they have more than one line."""

    def reset(self) -> None:
        """No interrupts."""
        super().reset()
        self.update_irq()

    def after_write(self, name: str, written: int) -> None:
        """Interrupt registers; overriders call this for what is not theirs."""
        if name.endswith(("INTCLR", "INTSET")):
            self.set_bits(name[:-3] + "STAT", written, name.endswith("SET"))
        self.update_irq()

    def interrupt(self, mask: int, prefix: str = "") -> None:
        """These bits of INTSTAT rise."""
        self.set_bits(f"{prefix}INTSTAT", mask, True)
        self.update_irq()

    def update_irq(self) -> None:
        """The line is high while an enabled bit is set."""
        self.set_irq(bool(self.values["INTSTAT"] & self.values["INTEN"]))
