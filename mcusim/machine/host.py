"""The machine's services for devices; implements `devices.device.Host`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mcusim.machine.devices.clock_net import ClockNet
from mcusim.machine.devices.dma_net import DmaNet
from mcusim.machine.devices.power_net import PowerNet
from mcusim.machine.phases import POWER_SETTINGS_MAX
from mcusim.recording.recording import PowerSetting

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.machine.bus import Bus
    from mcusim.machine.clock import Deadlines
    from mcusim.machine.exceptions import ExceptionModel
    from mcusim.machine.flash_control import FlashControl, FlashState
    from mcusim.machine.locate import AccessLocator
    from mcusim.machine.memory import Memory
    from mcusim.machine.native._core import Core
    from mcusim.machine.phases import Phases
    from mcusim.machine.signals.feeds import Feed
    from mcusim.machine.signals.pins import PinRecorder
    from mcusim.machine.signals.serial_ports import SerialPort, SerialPorts


class MachineHost:
    """What devices may ask of the machine."""

    def __init__(self, core: Core, deadlines: Deadlines, memory: Memory) -> None:
        self._core = core
        self._deadlines = deadlines
        self._memory = memory
        self.clock_net = ClockNet()
        self.dma_net = DmaNet()
        self.power_net = PowerNet()
        self.power_net.listen_settings(self._power_changed)
        self.feeds: dict[str, Feed] = {}
        self._irq_drivers: dict[int, set[str]] = {}
        self.bus: Bus
        self.pins: PinRecorder
        self.serial: SerialPorts
        self.locator: AccessLocator
        self.exceptions: ExceptionModel
        self.flash: FlashControl
        self.phases: Phases
        self.clock_changed: Callable[[], None] = lambda: None
        self.end: Callable[[str], None] = lambda _why: None
        self.is_clock_fixed = False
        self.is_time_used = False
        """A device told the firmware what time it is, or will do something at a time."""
        self.reset_reason = ""
        self.console: list[tuple[str, bytearray]] = []
        self.warnings: dict[str, None] = {}

    @property
    def now_cycles(self) -> int:
        """Core cycles since reset, exact at the accessing instruction."""
        self.is_time_used = self.is_time_used or self.locator.is_active
        return self._now_cycles()

    def _now_cycles(self) -> int:
        if self.locator.is_active:
            return self._core.now_at(self.locator.pc_addr())
        return self._core.now

    @property
    def active_cycles(self) -> int:
        """Cycles since reset in which the core was not asleep."""
        return self._now_cycles() - self._core.sleep_cycles

    @property
    def core_clock_hz(self) -> int:
        """The core clock now."""
        return self.phases.clock_hz

    def at(self, deadline_cycles: int, callback: Callable[[], None]) -> None:
        """Call `callback` at the first block boundary at or after `deadline_cycles`."""
        self.is_time_used = True
        self._deadlines.at(deadline_cycles, callback)
        self._core.deadline = min(self._core.deadline, deadline_cycles)

    def set_irq(self, irq_number: int, is_asserted: bool, source: str = "") -> None:
        """Drive an external interrupt line, which is high while any of its sources is."""
        if irq_number < 0:
            return
        drivers = self._irq_drivers.setdefault(irq_number, set())
        if is_asserted:
            drivers.add(source)
        else:
            drivers.discard(source)
        self.exceptions.set_level(irq_number, bool(drivers))

    def emit(self, channel: str, data: bytes) -> None:
        """Append to the console, and to what is connected to it."""
        if not self.console or self.console[-1][0] != channel:
            self.console.append((channel, bytearray()))
        self.console[-1][1].extend(data)
        self.serial.emitted(channel, data)

    def serial_port(self, channel: str) -> SerialPort:
        """What is connected to a UART."""
        return self.serial.port(channel)

    def read_memory(self, addr: int, size_bytes: int) -> bytes:
        """RAM or flash bytes for DMA; zeros, with a warning, where there is none."""
        data = self._memory.read(addr, size_bytes)
        if data is None:
            self.warn(f"DMA read of {size_bytes} bytes at 0x{addr:08X}, where there is no memory")
            return bytes(size_bytes)
        return data

    def write_memory(self, addr: int, data: bytes) -> None:
        """Write RAM for DMA."""
        if not self._memory.write(addr, data):
            self.warn(f"DMA write of {len(data)} bytes at 0x{addr:08X}, where there is no memory")

    def read_bus(self, addr: int, size_bytes: int) -> int:
        """A DMA controller's read of memory or of a device's register."""
        data = self._memory.read(addr, size_bytes)
        return self.bus.transfer_in(addr, size_bytes) if data is None else int.from_bytes(data, "little")

    def write_bus(self, addr: int, size_bytes: int, value: int) -> None:
        """A DMA controller's write to memory or to a device's register."""
        if not self._memory.write(addr, value.to_bytes(size_bytes, "little")):
            self.bus.transfer_out(addr, size_bytes, value)

    def sample(self, channel: str) -> int | None:
        """The next number fed to `channel`."""
        feed = self._feed(channel)
        return None if feed is None else feed.take()

    def sample_bytes(self, channel: str, size_bytes: int) -> bytes | None:
        """The next bytes fed to `channel`."""
        feed = self._feed(channel)
        if feed is None:
            return None
        numbers = [feed.take() for _ in range(size_bytes)]
        if any(not -128 <= each <= 255 for each in numbers):
            self.warn(
                f"--feed {channel}: numbers above 255 are cut to bytes here; save bytes, for example with "
                "array.astype('>i2').tofile()"
            )
        return bytes(each & 0xFF for each in numbers)

    def fed_count(self, channel: str) -> int:
        """How much is fed to `channel` before it begins again."""
        feed = self._feed(channel)
        return 0 if feed is None else len(feed.numbers)

    def _feed(self, channel: str) -> Feed | None:
        """Of the channel, or else of the whole device."""
        feed = self.feeds.get(channel)
        return self.feeds.get(channel.partition(".")[0]) if feed is None else feed

    def set_pin(self, pin: str, level: int) -> None:
        """An output pin has this level now."""
        self.pins.set(pin, level)

    def set_core_clock(self, clock_hz: int) -> None:
        """The core clock changes now, unless the user fixed it."""
        if clock_hz > 0 and not self.is_clock_fixed and clock_hz != self.phases.clock_hz:
            self.flash.set_clock(clock_hz)
            self.phases.change(clock_hz, self.flash.state, self._now_cycles())
            self.clock_changed()

    def set_flash(
        self,
        *,
        wait_cycles: int | None,
        prefetch_on: bool,
        instruction_cache_on: bool | None,
        data_cache_on: bool | None,
    ) -> None:
        """The flash interface works like this from now on; None: see `Host.set_flash`."""
        before = self.flash.programmed
        state = replace(
            before,
            wait_cycles=self.flash.default_wait_cycles if wait_cycles is None else wait_cycles,
            prefetch_on=prefetch_on,
            instruction_cache_on=_chosen(instruction_cache_on, before.instruction_cache_on),
            data_cache_on=_chosen(data_cache_on, before.data_cache_on),
        )
        self._set_flash_state(state)

    def set_unified_cache(self, *, is_on: bool, ways_count: int) -> None:
        """The cache peripheral in front of flash works like this from now on; wait states and prefetch stay."""
        state = replace(
            self.flash.programmed, instruction_cache_on=is_on, data_cache_on=is_on, ways_count=ways_count
        )
        self._set_flash_state(state)

    def empty_flash_caches(self) -> None:
        """Nothing is in the caches of the flash interface any more."""
        self._core.flush_caches()

    def set_core_caches(self, *, instruction_on: bool, data_on: bool) -> None:
        """SCB.CCR switches the core's own caches."""
        if self.flash.set_core_caches(instruction_on=instruction_on, data_on=data_on):
            self._flash_changed()

    def empty_core_caches(self, *, instruction: bool, data: bool) -> None:
        """Cache maintenance: nothing is in these caches any more."""
        self.flash.flush(instruction=instruction, data=data)

    def set_uncacheable(self, ranges: tuple[tuple[int, int], ...]) -> None:
        """The MPU keeps these ranges out of the core's own caches."""
        self.flash.set_cacheability(ranges)

    def _set_flash_state(self, state: FlashState) -> None:
        if self.flash.set(state):
            self._flash_changed()

    def _flash_changed(self) -> None:
        self.phases.change(self.phases.clock_hz, self.flash.state, self._now_cycles())

    def _power_changed(self) -> None:
        net = self.power_net
        setting = PowerSetting(net.regulator, net.voltage_range, net.clocked)
        if not self.phases.change_power(setting, self._now_cycles()):
            self.warn(
                f"more than {POWER_SETTINGS_MAX} combinations of peripheral clocks under one core clock: "
                "the later ones are counted as the one before them"
            )
        if self.flash.set_voltage_range(net.voltage_range):
            self._flash_changed()

    def allow_flash_writes(self, is_allowed: bool) -> None:
        """Flash programming was unlocked or locked."""
        self._memory.allow_flash_writes(is_allowed)

    def request_reset(self, why: str) -> None:
        """Restart the chip at the next block boundary."""
        self.reset_reason = self.reset_reason or why
        self._core.stop_request = 1

    def send_event(self) -> None:
        """Set the core's event register."""
        self.exceptions.send_event()

    def end_run(self, why: str) -> None:
        """End the run at the next block boundary."""
        self.end(why)
        self._core.stop_request = 1

    def warn(self, text: str) -> None:
        """Add a line to the report's warnings once."""
        self.warnings.setdefault(text)


def _chosen(is_on: bool | None, was_on: bool) -> bool:
    return was_on if is_on is None else is_on
