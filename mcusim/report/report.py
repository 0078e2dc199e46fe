"""What a run means, ready to be shown: cycles, RAM, flash and energy with their bands; no computing here.

Field names are the keys of the JSON report, except where `json` metadata says otherwise (serialise.py);
every key is explained in docs/reference/report-json.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mcusim.report.built import BuiltFrom, FedInput
from mcusim.report.network import Arena, Network
from mcusim.report.pins import PinTrace
from mcusim.report.quantity import Band, Number, Value

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class FirmwareId:
    """Which firmware was run."""

    path: str
    """As the user gave it."""
    sha256: str
    build_id: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """The whole run, from reset to stop."""

    cycles: int
    instructions: int
    active_cycles: int
    sleep_cycles: int
    time_s: float
    energy_j: Band | None


@dataclass(frozen=True, slots=True)
class Inference:
    """The measured region: one call of the inference function, or whatever the user chose."""

    function: str
    kind: str
    """"function", "pair" (begin and end), "main" or "whole" (reset to stop)."""
    calls_count: int = field(metadata={"json": "count"})
    is_complete: bool
    """False when the numbers come from a stretch that had not ended when the run stopped."""
    cycles: Number | None
    """Mean per call, inclusive of callees, interrupts and sleep."""
    min_cycles: int | None = field(metadata={"json": "cycles_min"})
    max_cycles: int | None = field(metadata={"json": "cycles_max"})
    cycles_error_percent: float
    low_cycles: float | None = field(metadata={"json": "cycles_low"})
    high_cycles: float | None = field(metadata={"json": "cycles_high"})
    latency_s: float | None
    low_s: float | None = field(metadata={"json": "latency_low_s"})
    high_s: float | None = field(metadata={"json": "latency_high_s"})
    cycles_basis: str
    """Where the error band of the cycles comes from."""
    energy_j: Band | None


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that was used."""

    name: str
    top_addr: int
    low_addr: int
    used_bytes: int
    is_in_static: bool
    """It lies inside a section that the static RAM already counts (an RTOS task's stack)."""


@dataclass(frozen=True, slots=True)
class SectionUse:
    """A section and the bytes it takes in one kind of memory."""

    name: str
    addr: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Ram:
    """RAM use."""

    static_bytes: int
    peak_stack_bytes: int
    peak_heap_bytes: int
    peak_bytes: int
    """Static, stacks and heap together; bytes that two of them share count once."""
    available_bytes: int
    touched_bytes: int | None
    """RAM bytes read or written in the measured region, when asked for."""
    heap_source: str
    stacks: tuple[Stack, ...]
    sections: tuple[SectionUse, ...]


@dataclass(frozen=True, slots=True)
class Flash:
    """Flash use."""

    used_bytes: int
    available_bytes: int
    sections: tuple[SectionUse, ...]


@dataclass(frozen=True, slots=True)
class FunctionCost:
    """What one function cost over the whole run."""

    name: str
    addr: int
    source_file: str
    calls_count: int = field(metadata={"json": "calls"})
    self_cycles: int
    inclusive_cycles: int
    energy_j: Band | None
    """Of its self cycles."""
    reasons: tuple[tuple[str, int], ...]
    """Its self cycles by reason, the largest first."""


@dataclass(frozen=True, slots=True)
class KernelCost:
    """What one function cost within the measured region, per call of the region."""

    name: str
    source_file: str
    kind: str
    """"function", or a row that completes the sum: "interrupts", "tasks" (other ones), "sleep", "other"."""
    calls_count: Number = field(metadata={"json": "calls"})
    """Mean per call of the region."""
    self_cycles: Number
    inclusive_cycles: Number
    share_ratio: float
    """Self cycles over the region's cycles; the rows sum to 1."""
    energy_j: Band | None


@dataclass(frozen=True, slots=True)
class ContextCost:
    """Cycles by execution context over the whole run: the thread, a task, an exception handler."""

    name: str
    self_cycles: int = field(metadata={"json": "cycles"})
    kind: str = "thread"
    """"thread", "task" or "exception"; "sleep" and "other" (cycles that belong to no function) complete the sum."""
    activations_count: int = field(default=0, metadata={"json": "activations"})
    """How often it was entered or switched to."""
    share_ratio: float = 0.0
    """Of the run's active cycles; 0 for sleep."""
    energy_j: Band | None = None
    stack_bytes: int | None = None
    """Size of its own stack, where the RTOS tells it."""
    stack_used_bytes: int | None = None
    """High-water mark of its own stack; None for handlers, which use the main stack."""
    max_cycles: int = field(default=0, metadata={"json": "cycles_max"})
    """Of one activation, without what interrupted it."""


@dataclass(frozen=True, slots=True)
class ClockPhase:
    """A stretch of the run under one clock, one flash setting, one regulator and one voltage range."""

    begin_cycles: int
    clock_hz: int
    flash_wait_cycles: int
    is_prefetch_on: bool = field(metadata={"json": "prefetch"})
    is_instruction_cache_on: bool = field(metadata={"json": "instruction_cache"})
    active_cycles: int
    sleep_cycles: int
    stop_cycles: int
    wake_cycles: int = 0
    """Waking up from deep sleep."""
    modes: tuple[tuple[str, int], ...] = ()
    """Cycles in each deep sleep mode, together `stop_cycles`."""
    regulator: str = ""
    voltage_range: str = ""
    peripherals: tuple[str, ...] = ()
    """Devices whose clocks were on at some time in it."""
    wakes_count: int = field(default=0, metadata={"json": "wakes"})
    """How often deep sleep ended in it."""


@dataclass(frozen=True, slots=True)
class CurrentUse:
    """A supply current that the energy was computed with, and where it is from."""

    activity: str
    execution: str
    clock_hz: int
    cycles: int
    current_a: Band
    energy_j: Band
    source: str
    time_s: float = 0.0
    mode: str = ""
    """The deep sleep mode ("stop2"); empty elsewhere."""
    regulator: str = ""
    voltage_range: str = ""
    peripherals: tuple[tuple[str, float], ...] = ()
    """Amperes that each clocked peripheral adds, in `current_a`."""


@dataclass(frozen=True, slots=True)
class EnergyBasis:
    """What the energies rest on: energy = supply voltage x current x time, per state."""

    model: str
    supply_v: float
    scaling: str
    """How the tables' benchmark current was turned into inference current; empty when it was not."""
    currents: tuple[CurrentUse, ...]
    """Of the measured region over all its calls, dearest first."""
    notes: tuple[str, ...]
    temp_c: float = 25.0
    covers: str = ""
    """What the energies cover: the chip alone, one rail, the whole board."""
    states: tuple[CurrentUse, ...] = ()
    """Of the whole run, dearest first; their times sum to the run's."""
    model_file: str = ""
    """Name of the power model's file."""
    uncounted_peripherals: tuple[str, ...] = ()
    """Devices that were clocked, and whose current is neither in a measurement nor in the model."""


@dataclass(frozen=True, slots=True)
class ConsoleText:
    """What the firmware printed on one channel."""

    channel: str
    text: str


@dataclass(frozen=True, slots=True)
class UnmodelledRegister:
    """A register that the firmware used and no device models."""

    addr: int
    device: str
    reads_count: int = field(metadata={"json": "reads"})
    writes_count: int = field(metadata={"json": "writes"})
    register: str = ""
    """"RCC.CR" by the CMSIS-SVD file of the chip, where there is one."""


@dataclass(frozen=True, slots=True)
class Poll:
    """A loop that waited for an unmodelled status bit and was let through, or ended the run with --strict."""

    addr: int
    bits_mask: int
    pc_addr: int
    value: int
    function: str
    register: str = ""
    """As in `UnmodelledRegister`."""
    bits: tuple[str, ...] = ()
    """Names of the bits that were waited for, where an SVD file tells them; else "bit 17"."""


@dataclass(frozen=True, slots=True)
class BacktraceFrame:
    """One line of a backtrace, innermost first."""

    addr: int
    function: str
    source: str


@dataclass(frozen=True, slots=True)
class FaultInfo:
    """A fault that the firmware did not recover from."""

    kind: str
    what: str
    pc_addr: int
    registers: tuple[tuple[str, int], ...]
    cfsr: int
    hfsr: int
    bfar: int
    mmfar: int
    decoded: tuple[str, ...]
    backtrace: tuple[BacktraceFrame, ...]
    hint: str


@dataclass(frozen=True, slots=True)
class StopInfo:
    """Why the run ended."""

    reason: str
    detail: str
    pc_addr: int
    exit_status: int
    fault: FaultInfo | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything mcusim says about one run."""

    schema: int
    mcusim_version: str
    firmware: FirmwareId
    board: str
    board_title: str
    core: str
    clock_hz: int
    """The clock that most of the measured region ran at."""
    supply_v: float
    totals: Totals
    inference: Inference
    ram: Ram
    flash: Flash
    functions: tuple[FunctionCost, ...]
    kernels: tuple[KernelCost, ...]
    variables: tuple[tuple[str, Value], ...]
    console: str
    """All channels in the order of the recording."""
    console_channels: tuple[ConsoleText, ...]
    warnings: tuple[str, ...]
    stop: StopInfo
    reasons: tuple[tuple[str, int], ...]
    """Active cycles by reason."""
    counters: tuple[tuple[str, int], ...]
    contexts: tuple[ContextCost, ...]
    phases: tuple[ClockPhase, ...]
    unmodelled: tuple[UnmodelledRegister, ...]
    polls: tuple[Poll, ...]
    energy: EnergyBasis | None
    network: Network | None = None
    """None when no inference was recognised, or none ran."""
    arenas: tuple[Arena, ...] = ()
    pins: tuple[PinTrace, ...] = ()
    temp_c: float = 25.0
    what_if: tuple[str, ...] = ()
    """What the user changed for this run ("flash.wait_states=2", "flash-fetch ignored"); empty: nothing."""
    calibrations: tuple[str, ...] = ()
    """What was fitted to the user's own measurements, and to which; empty: nothing."""
    built: BuiltFrom | None = None
    """None: the firmware was there, and not built from a model for this run."""
    inputs: tuple[FedInput, ...] = ()
    """What the firmware was given besides its own data, in the order of the options."""
