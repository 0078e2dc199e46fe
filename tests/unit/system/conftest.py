"""A core, a host and cost figures without an emulator."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from mcusim.machine.exceptions import ExceptionModel
from mcusim.machine.registers import BusError, Reg
from mcusim.machine.system.ppb import PrivatePeripheralBus, ProfilingSources
from mcusim.machine.system.variant import CoreVariant

RAM_ADDR, RAM_BYTES = 0x20000000, 0x4000
FLASH_BYTES = 0x1000
_GENERAL = (*(Reg(number) for number in range(13)), Reg.LR, Reg.PC)


class FakeCore:
    """Registers with the banking and access rules that were measured on Unicorn 2.1.4."""

    def __init__(self, is_v6m: bool = False) -> None:
        self._is_v6m = is_v6m
        self.registers = dict.fromkeys(_GENERAL, 0)
        self.msp, self.psp = RAM_ADDR + 0x1000, RAM_ADDR + 0x2000
        self.xpsr, self.control = 1 << 24, 0
        self.masks = {
            Reg.PRIMASK: 0,
            Reg.FAULTMASK: 0,
            Reg.BASEPRI: 0,
            Reg.FPSCR: 0,
            Reg.MSPLIM: 0,
            Reg.PSPLIM: 0,
        }
        self.fp = [0] * 32
        self.ram, self.flash = bytearray(RAM_BYTES), bytearray(FLASH_BYTES)

    @property
    def in_handler(self) -> bool:
        return bool(self.xpsr & 0x1FF)

    @property
    def is_unprivileged(self) -> bool:
        return not self.in_handler and bool(self.control & 1)

    @property
    def _uses_psp(self) -> bool:
        return not self.in_handler and bool(self.control & 2)

    def read(self, register: Reg) -> int:
        simple = {Reg.XPSR: self.xpsr, Reg.IPSR: self.xpsr & 0x1FF, Reg.CONTROL: self.control}
        if register in simple:
            return simple[register]
        if register is Reg.SP:
            return self.psp if self._uses_psp else self.msp
        if register in (Reg.MSP, Reg.PSP):  # read as zero in unprivileged thread mode
            return 0 if self.is_unprivileged else self.msp if register is Reg.MSP else self.psp
        if register in self.masks:
            return self.masks[register]
        return self.registers[register]

    def write(self, register: Reg, value: int) -> None:
        if register is Reg.XPSR:
            self.xpsr = value
        elif register is Reg.IPSR:
            self.xpsr = self.xpsr & ~0x1FF | value
        elif register is Reg.SP:
            self._write_bank(Reg.PSP if self._uses_psp else Reg.MSP, value)
        elif register in self.registers:
            self.registers[register] = value
        elif register is Reg.FPSCR:
            self.masks[register] = value
        elif self.is_unprivileged:
            return  # special registers are left alone in unprivileged thread mode
        elif register is Reg.CONTROL:  # SPSEL is left alone in handler mode
            self.control = value & ~2 | (self.control if self.in_handler else value) & 2
        elif register in self.masks:
            assert not (self._is_v6m and register is not Reg.PRIMASK), "ARMv6-M has only PRIMASK"
            self.masks[register] = value
        else:
            self._write_bank(register, value)

    def _write_bank(self, register: Reg, value: int) -> None:
        if register is Reg.MSP:
            self.msp = value
        else:
            self.psp = value

    def read_fp(self, index: int) -> int:
        return self.fp[index]

    def write_fp(self, index: int, value: int) -> None:
        self.fp[index] = value

    def read_word(self, addr: int) -> int:
        memory, offset = self._locate(addr, is_write=False)
        return int.from_bytes(memory[offset : offset + 4], "little")

    def write_word(self, addr: int, value: int) -> None:
        memory, offset = self._locate(addr, is_write=True)
        memory[offset : offset + 4] = value.to_bytes(4, "little")

    def _locate(self, addr: int, *, is_write: bool) -> tuple[bytearray, int]:
        if 0 <= addr < FLASH_BYTES:
            return self.flash, addr
        if RAM_ADDR <= addr < RAM_ADDR + RAM_BYTES:
            return self.ram, addr - RAM_ADDR
        raise BusError(addr, is_write=is_write)

    def words(self, addr: int, count: int) -> list[int]:
        return [self.read_word(addr + 4 * index) for index in range(count)]


@dataclass(frozen=True)
class Costs:
    """Cortex-M4 with zero wait states (Arm 100166, section 3.9)."""

    exception_entry_cycles: int = 12
    exception_return_cycles: int = 12
    tail_chain_cycles: int = 6


@dataclass
class FakeHost:
    """A clock that tests turn by hand, and a record of what devices asked for."""

    now_cycles: int = 0
    core_clock_hz: int = 16_000_000
    emitted: list[tuple[str, bytes]] = field(default_factory=list)
    resets: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _deadlines: list = field(default_factory=list)

    def at(self, deadline_cycles, callback):
        self._deadlines.append((deadline_cycles, callback))

    def advance(self, cycles: int, late_cycles: int = 0) -> None:
        """Run on; each deadline fires `late_cycles` after its time, as at the end of a block."""
        end = self.now_cycles + cycles
        while due := [entry for entry in self._deadlines if entry[0] + late_cycles <= end]:
            first = min(due, key=lambda entry: entry[0])
            self._deadlines.remove(first)
            self.now_cycles = max(self.now_cycles, first[0] + late_cycles)
            first[1]()
        self.now_cycles = end

    def emit(self, channel, data):
        self.emitted.append((channel, data))

    def request_reset(self, why):
        self.resets.append(why)

    def warn(self, text):
        if text not in self.warnings:
            self.warnings.append(text)


def variant(core: str = "cortex-m4", **changes) -> CoreVariant:
    is_v6m = core in ("cortex-m0", "cortex-m0plus")
    defaults = {
        "core": core,
        "is_v6m": is_v6m,
        "has_fpu": core in ("cortex-m4", "cortex-m7", "cortex-m33"),
        "priority_bits": 2 if is_v6m else 4,
        "interrupts_count": 32 if is_v6m else 82,
        "has_vtor": core != "cortex-m0",
    }
    return CoreVariant(**{**defaults, **changes})


class System:
    """A model on a fake core whose vector n points to 0x400 + 16 n."""

    def __init__(self, core_name: str = "cortex-m4", **changes) -> None:
        self.variant = variant(core_name, **changes)
        self.core = FakeCore(self.variant.is_v6m)
        self.model = ExceptionModel(self.core, self.variant, Costs())
        self.table, self.state = self.model.table, self.model.state
        for number in range(self.variant.exceptions_count):
            self.core.write_word(4 * number, self.handler_addr(number) | 1)

    @staticmethod
    def handler_addr(number: int) -> int:
        return 0x400 + 16 * number

    def pend_irq(self, irq: int, priority: int = 0) -> int:
        """Enable interrupt `irq` with an 8-bit priority and pend it."""
        number = 16 + irq
        self.table.set_enabled(number, True)
        self.table.set_priority(number, priority)
        self.model.pend(number)
        return number

    def run(self, pc: int = 0x200):
        """Take the next exception as the machine does between two blocks."""
        number = self.model.next_exception()
        assert number is not None
        return self.model.enter(number, pc)


@pytest.fixture
def make_system():
    return System


@pytest.fixture
def system():
    return System()


@pytest.fixture
def v6m():
    return System("cortex-m0plus")


@pytest.fixture
def host():
    return FakeHost()


class Bus:
    """A bus with word accesses spelled short."""

    def __init__(self, system, host):
        self.system, self.host = system, host
        self.cpi_cycles = 0
        self.device = PrivatePeripheralBus(
            system.model,
            host,
            ProfilingSources(active_cycles=lambda: host.now_cycles, cpi_cycles=lambda: self.cpi_cycles),
        )

    def __getitem__(self, offset):
        return self.device.read(offset, 4)

    def __setitem__(self, offset, value):
        self.device.write(offset, 4, value)


@pytest.fixture
def make_bus(make_system, host):
    return lambda core="cortex-m4", **changes: Bus(make_system(core, **changes), host)


@pytest.fixture
def bus(make_bus):
    return make_bus()
