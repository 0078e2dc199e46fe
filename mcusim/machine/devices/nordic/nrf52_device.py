"""What nRF52 peripherals share: tasks, events, shortcuts and interrupt enables (nRF52840 PS v1.7, 6.1).

Not modelled: PPI connections between peripherals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIRST_EVENT_OFFSET = 0x100
INTERRUPT_REGISTERS: dict[str, Register] = {
    "INTEN": Register(0x300),
    "INTENSET": command(0x304),
    "INTENCLR": command(0x308),
}


def tasks(offsets: Mapping[str, int]) -> dict[str, Register]:
    """Task registers `TASKS_<name>`."""
    return {f"TASKS_{name}": command(offset) for name, offset in offsets.items()}


def events(offsets: Mapping[str, int]) -> dict[str, Register]:
    """Event registers `EVENTS_<name>`."""
    return {f"EVENTS_{name}": Register(offset, writable_mask=1) for name, offset in offsets.items()}


class Nrf52Device(RegisterDevice):
    """Writing 1 to a task calls `run_task`; `fire` sets an event and does what hangs on it."""

    SHORTS: ClassVar[Mapping[int, tuple[str, str]]] = {}
    """Bit of the SHORTS register to (event, task)."""

    def reset(self) -> None:
        """No events, no interrupts."""
        super().reset()
        self.set_irq(False)

    def run_task(self, task: str) -> None:
        """Do what the task named `task` (without TASKS_) does."""

    def fire(self, event: str) -> None:
        """Generate the event named `event` (without EVENTS_)."""
        self.values[f"EVENTS_{event}"] = 1
        self.update_irq()
        for bit, (source, task) in self.SHORTS.items():
            if source == event and self.values["SHORTS"] >> bit & 1:
                self.run_task(task)

    def load(self, name: str) -> int:
        """INTENSET and INTENCLR both read as INTEN."""
        return super().load("INTEN" if name in ("INTENSET", "INTENCLR") else name)

    def after_write(self, name: str, written: int) -> None:
        """Tasks and interrupt enables; overriders call this for what is not theirs."""
        if name.startswith("TASKS_"):
            if written & 1:
                self.run_task(name.removeprefix("TASKS_"))
        elif name == "INTENSET":
            self.set_bits("INTEN", written, True)
        elif name == "INTENCLR":
            self.set_bits("INTEN", written, False)
        self.update_irq()

    def update_irq(self) -> None:
        """The line is high while an enabled event is set; its enable bit follows from the event's offset."""
        enabled = self.values.get("INTEN", 0)
        self.set_irq(
            any(
                self.values[name] and enabled >> ((register.offset - _FIRST_EVENT_OFFSET) // 4) & 1
                for name, register in self.registers.items()
                if name.startswith("EVENTS_")
            )
        )
