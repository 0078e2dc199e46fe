"""What a machine is told to do in one run; plain data, already resolved to addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from mcusim.report.signals import Signals

if TYPE_CHECKING:
    from mcusim.firmware.rtos_layout import RtosLayout
    from mcusim.machine.arenas import ArenaPlace
    from mcusim.machine.flash_control import FlashOverrides
    from mcusim.timing.cost import Reason


class RegionKind(Enum):
    """How the measured region is bounded."""

    FUNCTION = "function"
    MAIN = "main"
    PAIR = "pair"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Region:
    """What is measured."""

    kind: RegionKind
    name: str
    begin_addr: int = -1
    """First instruction of the function, or of the place where a pair begins."""
    end_addr: int = -1


@dataclass(frozen=True, slots=True)
class MemoryWrite:
    """Bytes put into memory when `main` starts, after the start-up code has cleared and copied its data."""

    addr: int
    data: bytes


@dataclass(frozen=True, slots=True)
class MovedData:
    """Bytes in flash that are read as fast as if they were in RAM."""

    addr: int
    size_bytes: int
    ram_addr: int
    """Any address of the RAM whose speed they have."""


@dataclass(frozen=True, slots=True)
class InlinedCode:
    """One place where a function is inlined in another one."""

    host_addr: int
    name: str
    source_file: str
    ranges: tuple[tuple[int, int], ...]
    """Half-open, by address."""
    is_layer: bool = True


@dataclass(frozen=True, slots=True)
class Layering:
    """Which functions make the layers of an inference (firmware/recognise.py finds them)."""

    inference_addr: int
    dispatcher_addrs: tuple[int, ...] = ()
    """Functions whose direct callees are layers."""
    layer_addrs: tuple[int, ...] = ()
    """Functions that are a layer wherever an inference calls them."""
    helper_addrs: tuple[int, ...] = ()
    """Functions that are never a layer."""
    inlined: tuple[InlinedCode, ...] = ()
    runtime: str = ""
    inner_addr: int = -1
    """The function inside of a wrapper whose callees are the layers; -1: the inference is no wrapper."""
    arenas: tuple[ArenaPlace, ...] = ()
    """Variables that hold the runtime's working memory."""


@dataclass(frozen=True, slots=True)
class MachineOptions:
    """One run."""

    region: Region
    until_addr: int = -1
    max_cycles: int | None = None
    max_seconds: float | None = None
    enough_calls_count: int = 0
    """End after this many calls of the region, once `enough_s` have passed; 0: never."""
    enough_s: float = 0.0
    clock_hz: int | None = None
    input_addr: int = -1
    """Where `inputs` are written: the first instruction of main, or of the region; -1: before reset."""
    inputs: tuple[MemoryWrite, ...] = ()
    exit_addrs: tuple[int, ...] = ()
    """Functions that end the program (_exit): the run stops when one is entered."""
    sbrk_addrs: tuple[int, ...] = ()
    main_addr: int = -1
    touches_ram: bool = False
    has_heap: bool = False
    """The firmware has an allocator of the malloc family."""
    heap_start_addr: int = -1
    """The end of static data; -1: unknown."""
    has_symbols: bool = True
    """Without symbols nothing can be said about a heap."""
    flash_overrides: FlashOverrides | None = None
    """What-if: how flash works whatever firmware programs; None: as firmware programs it."""
    moved_data: tuple[MovedData, ...] = ()
    """What-if: data in flash that is as fast as RAM; by address, apart from each other."""
    touched_range: tuple[int, int] | None = None
    """Memory besides RAM, [start, end), whose accesses are noted instead of those of RAM."""
    ignored_reasons: tuple[Reason, ...] = ()
    """What-if: stalls that cost nothing in this run."""
    wake_ups: tuple[tuple[str, float], ...] = ()
    """(deep sleep mode, seconds from the event that ends it to the first instruction), from the power model."""
    rtos: RtosLayout | None = None
    """Where the RTOS that is linked in keeps its running task."""
    pins: tuple[str, ...] = ()
    """Pins whose edges are recorded."""
    signals: Signals = field(default_factory=Signals)
    rtt_addr: int = -1
    """SEGGER RTT's control block; -1: the firmware has none."""
    layering: Layering | None = None
    """None: no inference was recognised, and nothing has layers."""
    is_strict: bool = False
    """End where a loop waits for a status bit that nothing models."""
