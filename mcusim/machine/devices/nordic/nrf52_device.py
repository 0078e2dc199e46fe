"""What nRF52 and nRF53 peripherals share: tasks, events, shortcuts, interrupt enables, and what connects them.

On the nRF52 the PPI (nrf52_ppi.py) connects an event's address with a task's; on the nRF53 each device has
PUBLISH and SUBSCRIBE registers, 0x80 above its events and tasks, for the channels of the DPPI (nrf53_dppic.py).
Offsets: nRF52840 PS v1.7, 6.1, and Nordic's SVD files of the nRF52840 and nRF5340.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from mcusim.machine.devices.register_device import Register, RegisterDevice, command

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.device import Host

_FIRST_EVENT_OFFSET = 0x100
_CONNECTION_OFFSET = 0x80  # SUBSCRIBE_ above TASKS_, PUBLISH_ above EVENTS_
_CONNECTED, _CHANNEL_MASK = 1 << 31, 0xFF
DPPI_CHANNELS_COUNT = 32  # CHEN of Nordic's SVD file of the nRF5340
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


def event_line(addr: int) -> str:
    """The line that carries the event whose register lies at `addr`."""
    return f"event 0x{addr:08X}"


def wanted_line(addr: int) -> str:
    """High while something waits for the event whose register lies at `addr`."""
    return f"wanted 0x{addr:08X}"


def published_line(channel: int) -> str:
    """What devices publish on a DPPI channel."""
    return f"DPPI {channel} published"


def channel_line(channel: int) -> str:
    """What reaches the subscribers of a DPPI channel."""
    return f"DPPI {channel}"


def pulse(host: Host, line: str) -> None:
    """A rising edge on a line of the chip's request net."""
    host.dma_net.set_request(line, True)
    host.dma_net.set_request(line, False)


def with_connections(registers: Mapping[str, Register]) -> dict[str, Register]:
    """Add PUBLISH_ and SUBSCRIBE_ registers; the nRF52 has nothing at those places."""
    used_offsets = {register.offset for register in registers.values()}
    table = dict(registers)
    for prefix, connection in (("TASKS_", "SUBSCRIBE_"), ("EVENTS_", "PUBLISH_")):
        for name, register in registers.items():
            offset = register.offset + _CONNECTION_OFFSET
            if name.startswith(prefix) and offset not in used_offsets:
                table[connection + name.removeprefix(prefix)] = Register(offset)
    return table


class Nrf52Device(RegisterDevice):
    """Writing 1 to a task calls `run_task`; `fire` sets an event and does what hangs on it."""

    SHORTS: ClassVar[Mapping[int, tuple[str, str]]] = {}
    """Bit of the SHORTS register to (event, task)."""

    def __init__(self, spec: DeviceSpec, host: Host) -> None:
        super().__init__(spec, host)
        self._heard: set[tuple[str, int]] = set()
        self._enable_masks = {
            name: 1 << (register.offset - _FIRST_EVENT_OFFSET) // 4
            for name, register in self.registers.items()
            if name.startswith("EVENTS_")
        }

    def register_table(self) -> Mapping[str, Register]:
        """The registers of the class and their connections to the DPPI."""
        return with_connections(self.REGISTERS)

    def reset(self) -> None:
        """No events, no interrupts."""
        super().reset()
        self.set_irq(False)

    def run_task(self, task: str) -> None:
        """Do what the task named `task` (without TASKS_) does."""

    def fire(self, event: str) -> None:
        """Generate the event named `event` (without EVENTS_)."""
        name = f"EVENTS_{event}"
        self.values[name] = 1
        self.update_irq()
        for bit, (source, task) in self.SHORTS.items():
            if source == event and self.values["SHORTS"] >> bit & 1:
                self.run_task(task)
        addr = self.event_addr(name)
        if self.host.dma_net.is_asking(wanted_line(addr)):
            pulse(self.host, event_line(addr))
        channel = self._published_channel(name)
        if channel is not None:
            pulse(self.host, published_line(channel))

    def is_awaited(self) -> bool:
        """Whether anything but a poll would notice an event: an interrupt, or a connection to a task."""
        return bool(self.values.get("INTEN", 0)) or any(
            self.host.dma_net.is_asking(wanted_line(self.event_addr(name)))
            or self._published_channel(name) is not None
            for name in self._enable_masks
        )

    def event_addr(self, register_name: str) -> int:
        """Where the event register `register_name` lies."""
        return self.spec.base_addr + self.registers[register_name].offset

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
        elif name.startswith("SUBSCRIBE_"):
            self._subscribe(name.removeprefix("SUBSCRIBE_"), self.values[name] & _CHANNEL_MASK)
        self.update_irq()

    def update_irq(self) -> None:
        """The line is high while an enabled event is set; its enable bit follows from the event's offset."""
        enabled_mask = self.values.get("INTEN", 0)
        self.set_irq(
            any(self.values[name] and enabled_mask & mask for name, mask in self._enable_masks.items())
        )

    def _published_channel(self, event_register: str) -> int | None:
        publish = self.values.get("PUBLISH_" + event_register.removeprefix("EVENTS_"), 0)
        return publish & _CHANNEL_MASK if publish & _CONNECTED else None

    def _subscribe(self, task: str, channel: int) -> None:
        """Listen once to a channel; whether the task is still connected to it is looked up when it fires."""
        if (task, channel) not in self._heard:
            self._heard.add((task, channel))
            self.host.dma_net.listen(channel_line(channel), partial(self._heard_channel, task, channel))

    def _heard_channel(self, task: str, channel: int) -> None:
        if self.values[f"SUBSCRIBE_{task}"] & (_CONNECTED | _CHANNEL_MASK) == _CONNECTED | channel:
            self.write(self.registers[f"TASKS_{task}"].offset, 4, 1)
