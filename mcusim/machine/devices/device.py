"""What a peripheral is to the machine, and what the machine is to a peripheral."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.board.schema import DeviceSpec
    from mcusim.machine.devices.clock_net import ClockNet
    from mcusim.machine.devices.dma_net import DmaNet
    from mcusim.machine.devices.power_net import PowerNet
    from mcusim.machine.signals.serial_ports import SerialPort


class Host(Protocol):
    """The services a device may use. Devices never see the emulator."""

    @property
    def now_cycles(self) -> int:
        """Core cycles since reset, exact at the accessing instruction."""
        ...

    @property
    def core_clock_hz(self) -> int: ...

    @property
    def clock_net(self) -> ClockNet:
        """The chip's clock lines, one `ClockNet()` per machine: how its devices see each other's clocks."""
        ...

    @property
    def dma_net(self) -> DmaNet:
        """The chip's DMA request lines, one `DmaNet()` per machine."""
        ...

    @property
    def power_net(self) -> PowerNet:
        """Low-power modes, wake-up lines and reset causes, one `PowerNet()` per machine."""
        ...

    def at(self, deadline_cycles: int, callback: Callable[[], None]) -> None:
        """Call `callback` once when `now_cycles` reaches `deadline_cycles` (at the next block boundary)."""
        ...

    def set_irq(self, irq_number: int, is_asserted: bool, source: str = "") -> None:
        """Drive an external interrupt line (0 = first after SysTick) in the name of `source`; negative: none.

        The line is high while any of its sources asserts it.
        """
        ...

    def emit(self, channel: str, data: bytes) -> None:
        """Append to the console; `channel` is the device's name."""
        ...

    def serial_port(self, channel: str) -> SerialPort:
        """What the user connected to the UART called `channel`; asked for once, when the device is made."""
        ...

    def read_memory(self, addr: int, size_bytes: int) -> bytes:
        """RAM or flash bytes, for DMA."""
        ...

    def write_memory(self, addr: int, data: bytes) -> None: ...

    def read_bus(self, addr: int, size_bytes: int) -> int:
        """A DMA controller's read of 1, 2 or 4 bytes: memory, or a device's register with its side effects."""
        ...

    def write_bus(self, addr: int, size_bytes: int, value: int) -> None:
        """A DMA controller's write of 1, 2 or 4 bytes."""
        ...

    def sample(self, channel: str) -> int | None:
        """The next number that the user feeds to `channel` ("ADC1", "ADC1.5"), a raw converter code or data word.

        None when nothing is fed there: the device answers 0 and warns once.
        """
        ...

    def sample_bytes(self, channel: str, size_bytes: int) -> bytes | None:
        """The next bytes that the user feeds to `channel` ("SPI1", "I2C1.0x68"); None when nothing is fed there."""
        ...

    def fed_count(self, channel: str) -> int:
        """How many numbers or bytes the user feeds to `channel` before they begin again; 0: nothing."""
        ...

    def set_pin(self, pin: str, level: int) -> None:
        """A pin that firmware drives as an output has this level now ("PA5", "P0.13", "GPIO25")."""
        ...

    def set_core_clock(self, clock_hz: int) -> None:
        """The core clock is `clock_hz` from now on. Ignored when the user fixed the clock."""
        ...

    def set_flash(
        self,
        *,
        wait_cycles: int | None,
        prefetch_on: bool,
        instruction_cache_on: bool | None,
        data_cache_on: bool | None,
    ) -> None:
        """The flash interface works like this from now on.

        wait_cycles None: the chip file's default. A cache that is None is switched elsewhere and stays as it is.
        """
        ...

    def set_unified_cache(self, *, is_on: bool, ways_count: int) -> None:
        """The cache peripheral in front of flash, for code and data, works like this from now on."""
        ...

    def empty_flash_caches(self) -> None:
        """Nothing is in the caches of the flash interface any more."""
        ...

    def set_core_caches(self, *, instruction_on: bool, data_on: bool) -> None:
        """The core's own caches are switched like this from now on."""
        ...

    def empty_core_caches(self, *, instruction: bool, data: bool) -> None:
        """Nothing is in these caches of the core any more."""
        ...

    def set_uncacheable(self, ranges: tuple[tuple[int, int], ...]) -> None:
        """The memory protection unit keeps these address ranges, [start, end), out of the core's caches."""
        ...

    def allow_flash_writes(self, is_allowed: bool) -> None:
        """Flash programming was unlocked or locked."""
        ...

    def request_reset(self, why: str) -> None:
        """Restart the chip (watchdog, SYSRESETREQ)."""
        ...

    def send_event(self) -> None:
        """Set the core's event register: wakes a WFE."""
        ...

    def end_run(self, why: str) -> None:
        """End the run: the firmware waits for something that is not modelled."""
        ...

    def warn(self, text: str) -> None:
        """Add a line to the report's warnings; repeated texts are kept once."""
        ...


class Device(Protocol):
    """A peripheral: registers at offsets from its base address. Accesses are 1, 2 or 4 bytes.

    A new device is in its reset state and has used nothing of its host but `clock_net`, `core_clock_hz` and
    `serial_port`.
    """

    def read(self, offset: int, size_bytes: int) -> int: ...

    def write(self, offset: int, size_bytes: int, value: int) -> None: ...

    def reset(self) -> None:
        """Back to the reset state; called once when all devices exist, and at every chip reset."""
        ...

    @property
    def unmodelled(self) -> bool:
        """True when the device only remembers writes; its accesses are listed in the report."""
        ...


DeviceFactory: TypeAlias = "Callable[[DeviceSpec, Host], Device]"
"""What makes a device: usually its class."""
