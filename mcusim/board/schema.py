"""A board and its chip as plain data; loading and checking are in load.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcusim.provenance import Provenance


class Medium(Enum):
    """What a memory region is made of; decides its timing and power state."""

    FLASH = "flash"
    SRAM = "sram"
    ROM = "rom"


@dataclass(frozen=True, slots=True)
class MemoryRegion:
    """One contiguous range of memory with one speed. An alias shows the bytes of another region."""

    name: str
    medium: Medium
    start_addr: int
    size_bytes: int
    provenance: Provenance
    alias_of: str = ""
    """Name of the region whose bytes appear here too; its first `size_bytes` from `alias_offset_bytes` on."""
    alias_offset_bytes: int = 0
    read_wait_cycles: int = 0
    write_wait_cycles: int = 0
    waits_above_hz: int = 0
    """The read and write waits apply at core clocks above this."""
    line_fill_cycles: int = 0
    """What a miss of the core's own L1 caches costs here, in core cycles, and an access with the caches off; 0: never
    cached, no cost (tightly coupled memory). For flash behind L1 the flash interface says it instead."""

    @property
    def end_addr(self) -> int:
        """First address after the region."""
        return self.start_addr + self.size_bytes


@dataclass(frozen=True, slots=True)
class CacheSpec:
    """A line cache in front of flash: `lines_count` lines of `line_bytes`, LRU; a miss fills one granule."""

    lines_count: int
    line_bytes: int
    ways_count: int
    """0 means fully associative."""


class FetchModel(Enum):
    """How instruction fetches and flash reads become cycles (docs/concepts/memory.md)."""

    LINES = "lines"
    """Buffers and caches of lines in front of the array: a miss costs, the next line may be prefetched."""
    WALK = "walk"
    """Word by word over the one bus of a Cortex-M0 or M0+, with a prefetching line buffer."""


class CacheSwitch(Enum):
    """What turns the caches of a flash interface on and off."""

    INTERFACE = "interface"  # registers of the flash interface or of a cache peripheral (FLASH_ACR, ICACHE_CR, NVMC …)
    CORE = "core"  # SCB.CCR: these are the core's own L1 caches, which RAM with line_fill_cycles goes through too


@dataclass(frozen=True, slots=True)
class PrefetchSpec:
    """Reading ahead by one line: after line L arrived, L + 1 is ready `latency_cycles` + wait states later."""

    latency_cycles: int
    """Added to the wait states."""
    hit_cycles: int
    """What a prefetched line costs when it was ready in time."""
    follows_hits: bool
    """True: every new line makes the next one be read; False: only a line that missed or was prefetched does."""


@dataclass(frozen=True, slots=True)
class ZeroWaitSpec:
    """What flash costs a Cortex-M3 or M4 at zero wait states, where it is not quite a word a cycle."""

    new_line_cycles: int
    """Added to the fetch of each line's first word while prefetch is off."""
    is_shared_with_data: bool
    """A data read of flash in the same cycle delays that fetch."""


@dataclass(frozen=True, slots=True)
class WaitStates:
    """How fast the core may run with 0, 1, 2 … wait states, at one supply voltage and core voltage range."""

    limits_hz: tuple[int, ...]
    """Highest core clock with 0, 1, 2 … wait states; rising, never empty."""
    provenance: Provenance
    min_supply_v: float = 0.0
    """The limits hold from this supply on; 0: at any that the chip works with."""
    voltage_range: str = ""
    """Core voltage range, named as in the power models ("range1", "vos3"); empty: it does not matter."""


@dataclass(frozen=True, slots=True)
class FlashInterface:
    """How instruction fetches and data reads reach wait-stated flash (model: docs/concepts/timing.md)."""

    region_names: tuple[str, ...]
    granule_bytes: int
    instruction_cache: CacheSpec | None
    data_cache: CacheSpec | None
    is_unified: bool
    """Data reads go through `instruction_cache`."""
    caches_data: bool
    fetch_exposed_ratio: float
    """Share of the wait states that one missed instruction granule costs, prefetch off."""
    fetch_exposed_prefetch_ratio: float
    """The same with prefetch on."""
    miss_overhead_cycles: int
    """Added to the wait states on every miss."""
    provenance: Provenance
    default_wait_cycles: int = 0
    """Wait states where no register of the chip says otherwise."""
    reset_instruction_cache_on: bool = True
    reset_data_cache_on: bool = True
    reset_prefetch_on: bool = False
    model: FetchModel = FetchModel.LINES
    switch: CacheSwitch = CacheSwitch.INTERFACE
    prefetch: PrefetchSpec | None = None
    """None: prefetch is only in `fetch_exposed_prefetch_ratio`."""
    zero_wait: ZeroWaitSpec | None = None
    """None: at zero wait states flash is as fast as RAM."""
    wait_states: tuple[WaitStates, ...] = ()
    """By supply voltage and core voltage range; empty: nobody says. wait_states.py looks them up."""
    waits_follow_clock: bool = False
    """The hardware chooses the wait states from the clock (no register does): by `wait_state_limits_hz`."""
    wait_state_cycles: int = 1
    """Core cycles in one wait state, where flash runs on a slower bus clock than the core (STM32H74x: 2)."""
    memory_system: str = ""
    """Whose measured error applies: a row of mcusim/analysis/error_bands.toml; empty: the row "unknown"."""
    name: str = "default"
    """Which of the chip's flash organisations this is, where it has several ("dual_bank", "single_bank")."""
    error_percent: float | None = None
    """Band of a calibration, instead of the memory system's; None: nobody calibrated it."""
    calibration: str = ""
    """What its numbers were fitted to, for the report; empty: they are the chip file's."""

    @property
    def wait_state_limits_hz(self) -> tuple[int, ...]:
        """Highest core clock with 0, 1, 2 … wait states where flash is fastest; () when nobody says."""
        return max(
            (each.limits_hz for each in self.wait_states),
            key=lambda limits_hz: (limits_hz[-1], -len(limits_hz), limits_hz),
            default=(),
        )


@dataclass(frozen=True, slots=True)
class DeviceSpec:
    """One peripheral: its class (`kind`, a key of machine.devices.DEVICE_CLASSES) and where it is."""

    kind: str
    name: str
    base_addr: int
    size_bytes: int
    irq_number: int = -1
    options: dict[str, int | str | bool] = field(default_factory=dict)


class StepKind(Enum):
    """What one step of a start-up sequence does with its register."""

    WRITE = "write"
    """register = value"""
    MODIFY = "modify"
    """register = (register & ~mask) | value"""
    WAIT = "wait"
    """Read until (register & mask) == value."""


@dataclass(frozen=True, slots=True)
class StartUpStep:
    """One register access of a start-up sequence."""

    kind: StepKind
    addr: int
    mask: int
    """Bits that the step changes or looks at; all bits of the register for a write."""
    value: int
    """Never has a bit that `mask` has not."""
    comment: str
    """Why, with the register's name, for the comment in generated C."""
    size_bytes: int = 4
    """Width of the access: 1, 2 or 4."""


@dataclass(frozen=True, slots=True)
class StartUp:
    """What start-up code does, in this order and on a chip just reset, to run at full speed."""

    clock_hz: int
    """Core clock after the last step."""
    steps: tuple[StartUpStep, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Chip:
    """A microcontroller: core, memories, peripherals."""

    name: str
    core: str
    """"cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4": a table in mcusim/timing/tables."""
    has_fpu: bool
    has_bit_band: bool
    regions: tuple[MemoryRegion, ...]
    devices: tuple[DeviceSpec, ...]
    flash_interface: FlashInterface | None
    reset_clock_hz: int
    max_clock_hz: int
    interrupts_count: int
    boot_addrs: tuple[int, ...]
    """Where the chip looks for its vector table, most likely first."""
    clock_provenance: Provenance
    priority_bits: int = 4
    has_boot_rom: bool = False
    starts_secure: bool = False
    """ARMv8-M: the core runs in secure state. False: it has no Security Extension, or the chip switches it off."""
    coprocessors: tuple[int, ...] = ()
    """Numbers of the coprocessors besides the FPU (CP10 and CP11)."""
    core_provenance: Provenance | None = None
    """Of the core, interrupt and boot facts; set by the loader."""
    devices_provenance: Provenance | None = None
    """Of the peripherals' addresses and interrupt numbers; None on a chip without devices."""
    start_up: StartUp | None = None
    """To full speed, as the board says, else as the chip does; None: stay at the clock after reset."""


@dataclass(frozen=True, slots=True)
class Board:
    """A product with a chip on it."""

    name: str
    title: str
    chip: Chip
    supply_v: float
    supply_provenance: Provenance
    power_model: str
    """Name of a shipped power model or path of a file; empty when there is none."""
    path: str
    no_power_reason: str = ""
    """Why there is no power model, for the report; empty when there is one."""
    boot_provenance: Provenance | None = None
    """Of the boot addresses that the board adds to its chip's; None when it adds none."""
    options_provenance: Provenance | None = None
    """Of what the board connects to the chip's peripherals; None when the file says nothing."""
