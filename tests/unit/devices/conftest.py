"""A host that records what devices ask for, and a bench to poke registers by name."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mcusim.board.schema import DeviceSpec
from mcusim.machine.devices import DEVICE_CLASSES
from mcusim.machine.devices.clock_net import ClockNet
from mcusim.machine.devices.dma_net import DmaNet
from mcusim.machine.devices.power_net import PowerNet
from mcusim.machine.signals.serial_ports import SerialPorts
from mcusim.report.signals import Signals


class FakeHost:
    """Simulated time moves only by `advance`; everything else is recorded."""

    def __init__(self, core_clock_hz):
        self.now_cycles = 0
        self.core_clock_hz = core_clock_hz
        self.clock_net = ClockNet()
        self.dma_net = DmaNet()
        self.power_net = PowerNet()
        self.events_count = 0
        self.endings = []
        self.serial = SerialPorts(Signals(), self)
        self.feeds = {}
        self.pins = {}
        self.bus = {}
        self.is_clock_fixed = False
        self.deadlines = []
        self.irqs = {}
        self.console = {}
        self.memory = {}
        self.flash = None
        self.unified_cache = None
        self.may_write_flash = False
        self.resets = []
        self.warnings = []
        self.calls = []

    def at(self, deadline_cycles, callback):
        self.calls.append("at")
        self.deadlines.append((deadline_cycles, len(self.calls), callback))

    def advance(self, cycles):
        """Let time pass and call what is due at its own cycle, the earliest first."""
        end_cycles = self.now_cycles + cycles
        while due := sorted(each for each in self.deadlines if each[0] <= end_cycles):
            self.deadlines.remove(due[0])
            self.now_cycles = max(self.now_cycles, due[0][0])
            due[0][2]()
        self.now_cycles = end_cycles

    def set_irq(self, irq_number, is_asserted, source=""):
        self.calls.append("set_irq")
        self.irqs[irq_number] = is_asserted

    def emit(self, channel, data):
        self.calls.append("emit")
        self.console[channel] = self.console.get(channel, b"") + data
        self.serial.emitted(channel, data)

    def serial_port(self, channel):
        return self.serial.port(channel)

    def receive(self, channel, data):
        """The far end of a UART sends `data`; long enough for all that has room to come."""
        self.serial.port(channel).give(data)
        self.advance(1 << 30)

    def read_bus(self, addr, size_bytes):
        """One word, byte or halfword of `bus`, a dictionary by address; a callable value is a register that acts."""
        value = self.bus.get(addr, 0)
        return value(None) if callable(value) else value

    def write_bus(self, addr, size_bytes, value):
        if callable(self.bus.get(addr)):
            self.bus[addr](value)
        else:
            self.bus[addr] = value

    def sample(self, channel):
        return self.feeds[channel].pop(0) if self.feeds.get(channel) else None

    def sample_bytes(self, channel, size_bytes):
        numbers = self.feeds.get(channel)
        return bytes(numbers.pop(0) for _ in range(size_bytes)) if numbers else None

    def fed_count(self, channel):
        return len(self.feeds.get(channel, ()))

    def set_pin(self, pin, level):
        self.pins[pin] = level

    def read_memory(self, addr, size_bytes):
        self.calls.append("read_memory")
        return self.memory[addr][:size_bytes]

    def write_memory(self, addr, data):
        self.calls.append("write_memory")
        self.memory[addr] = data

    def set_core_clock(self, clock_hz):
        self.calls.append("set_core_clock")
        if not self.is_clock_fixed:
            self.core_clock_hz = clock_hz

    def set_flash(self, **settings):
        self.calls.append("set_flash")
        self.flash = SimpleNamespace(**settings)

    def set_unified_cache(self, **settings):
        self.calls.append("set_unified_cache")
        self.unified_cache = SimpleNamespace(**settings)

    def empty_flash_caches(self):
        self.calls.append("empty_flash_caches")

    def allow_flash_writes(self, is_allowed):
        self.calls.append("allow_flash_writes")
        self.may_write_flash = is_allowed

    def request_reset(self, why):
        self.calls.append("request_reset")
        self.resets.append(why)

    def send_event(self):
        self.events_count += 1

    def end_run(self, why):
        self.endings.append(why)

    def warn(self, text):
        self.calls.append("warn")
        if text not in self.warnings:
            self.warnings.append(text)


class Bench:
    """A device after reset; registers by the manual's name."""

    def __init__(self, host, device):
        self.host = host
        self.device = device

    def receive(self, data):
        """Let `data` come over the line, byte by byte as there is room."""
        self.host.receive(self.device.spec.name, data)

    def offset(self, name):
        return self.device.registers[name].offset

    def read(self, name):
        return self.device.read(self.offset(name), 4)

    def write(self, name, value):
        self.device.write(self.offset(name), 4, value)

    def fields(self, name, shift, width):
        return self.read(name) >> shift & ((1 << width) - 1)


@pytest.fixture
def host():
    return FakeHost(core_clock_hz=16_000_000)


@pytest.fixture
def make(host):
    """make(kind, name=…, base_addr=…, irq_number=…, **options) → Bench with the device reset."""

    def build(kind, *, name="DUT", base_addr=0, irq_number=7, **options):
        spec = DeviceSpec(kind, name, base_addr, 0x4000, irq_number, options)
        device = DEVICE_CLASSES[kind](spec, host)
        device.reset()
        return Bench(host, device)

    return build
