"""What happened in one run: integers only, no names of units but cycles, bytes and counts; no joules here."""

from __future__ import annotations

from dataclasses import dataclass, field

from mcusim.recording.timeline import Timeline

SCHEMA_VERSION = 1
LAYERS_MAX = 1024
"""Places in an inference that are told apart; later layers share the last one. The same number is in native/core.h."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function that ran; `addr` is its first instruction."""

    name: str
    addr: int
    source_file: str = ""
    host_index: int = -1
    """The function that the compiler inlined it in, once per place; -1: it is a function of its own."""


@dataclass(frozen=True, slots=True)
class CallNode:
    """One place in the calling-context tree. Nodes are stored parents first; `parent_index` -1 is a root."""

    function_index: int
    parent_index: int
    root: str
    """On a root: "thread", "task 0x20001234", "exception 15 SysTick" …; empty elsewhere."""
    calls_count: int
    self_cycles: int
    is_tail_call: bool = False
    layer_index: int = -1
    """Place among the layers of an inference, from 0; -1: no layer begins here (it may be inside one)."""


@dataclass(frozen=True, slots=True)
class ExecutedBlock:
    """A run of instructions entered at `addr` that executed `count` times."""

    addr: int
    size_bytes: int
    instructions_count: int
    count: int
    cycles: int


@dataclass(frozen=True, slots=True)
class ExecutedInstruction:
    """One instruction, over all blocks that contain it."""

    addr: int
    size_bytes: int
    text: str
    """As a disassembler prints it."""
    function_index: int
    """-1: no function is known there."""
    count: int
    """How often it was executed; skipping it in an IT block counts too."""
    reasons: tuple[tuple[str, int], ...]
    """Cycles by Reason name, over all executions."""

    @property
    def cycles(self) -> int:
        """All cycles of all executions."""
        return sum(cycles for _, cycles in self.reasons)


@dataclass(frozen=True, slots=True)
class Call:
    """One outermost execution of a watched function or region, in cycles since reset (sleep included)."""

    begin_cycles: int
    end_cycles: int
    sleep_cycles: int = 0


@dataclass(frozen=True, slots=True)
class DeepSleep:
    """Time in one of the chip's deep sleep modes, and in waking up from it."""

    mode: str
    """Name of the mode, as in the power models ("stop2"); empty: the power controller does not say."""
    is_standby: bool
    """Memories and registers are lost: waking up is a reset."""
    cycles: int
    wakes_count: int
    wake_cycles: int
    """From the events that ended the mode to the first instructions; not part of `cycles`."""


@dataclass(frozen=True, slots=True)
class PowerSetting:
    """What firmware chose that changes the supply current, besides clock and flash."""

    regulator: str = ""
    """"ldo" or "smps"; empty: no device says."""
    voltage_range: str = ""
    """Core voltage range, as in the power models; empty: no device says."""
    peripherals: tuple[str, ...] = ()
    """Devices of the chip file whose clocks are on, in lower case, sorted."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of the run under one clock, one flash setting and one power setting."""

    begin_cycles: int
    clock_hz: int
    flash_wait_cycles: int
    is_prefetch_on: bool
    is_instruction_cache_on: bool
    active_cycles: int
    sleep_cycles: int
    stop_cycles: int
    in_region: bool
    """True inside the measured region when the region is a pair of addresses (--roi-begin/--roi-end)."""
    node_cycles: tuple[int, ...]
    """Self cycles of each call node within this phase, index as in Recording.calls."""
    power: PowerSetting = PowerSetting()
    deep: tuple[DeepSleep, ...] = ()
    """Their cycles sum to `stop_cycles`. Active, sleep, stop and wake-up cycles sum to the phase's length."""

    @property
    def wake_cycles(self) -> int:
        """Cycles of waking up from deep sleep."""
        return sum(each.wake_cycles for each in self.deep)

    @property
    def total_cycles(self) -> int:
        """Its length."""
        return self.active_cycles + self.sleep_cycles + self.stop_cycles + self.wake_cycles


@dataclass(frozen=True, slots=True)
class StackUse:
    """A stack that was used."""

    name: str
    top_addr: int
    low_addr: int


@dataclass(frozen=True, slots=True)
class UnmodelledAccess:
    """A register that no device models."""

    addr: int
    device: str
    reads_count: int
    writes_count: int
    register: str = ""
    """Its name by an SVD file."""


@dataclass(frozen=True, slots=True)
class SatisfiedPoll:
    """A loop that waited for an unmodelled status bit and was let through."""

    addr: int
    bits_mask: int
    pc_addr: int
    value: int
    register: str = ""
    """Its name by an SVD file."""
    bits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """One line of a backtrace."""

    addr: int
    function: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that the firmware did not recover from."""

    kind: str
    """"HardFault", "BusFault", "UsageFault", "MemManage", "lockup"."""
    what: str
    pc_addr: int
    registers: tuple[tuple[str, int], ...]
    cfsr: int
    hfsr: int
    bfar: int
    mmfar: int
    decoded: tuple[str, ...]
    """Names of the CFSR/HFSR bits that are set, with their meaning."""
    backtrace: tuple[Frame, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why the run ended."""

    reason: str
    """"exit", "main_returned", "enough_calls", "until", "idle_loop", "sleep_forever", "fault", "max_cycles",
    "max_seconds", "breakpoint", "reset_loop", "unsupported", "strict_poll"."""
    detail: str
    pc_addr: int
    exit_status: int = 0
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """An execution context: the thread, a task of an RTOS, an exception handler."""

    root: str
    """The label of its call nodes' root."""
    name: str
    """For people: the RTOS's name of the task, the handler's name."""
    kind: str
    """"thread", "task" or "exception"."""
    activations_count: int
    stack_bytes: int = -1
    """Size of its own stack; -1: unknown."""
    stack_used_bytes: int = -1
    """High-water mark of its own stack; -1: unknown, or it has none."""
    longest_cycles: int = 0
    """Active cycles of its longest activation, without what interrupted it."""


@dataclass(frozen=True, slots=True)
class ArenaUse:
    """A runtime's working memory and what was touched of it."""

    name: str
    addr: int
    size_bytes: int
    touched_bytes: int = -1
    """Within the calls of the inference function; -1 when not asked for."""
    needed_bytes: int = -1
    """The size without what nothing touched from `main` on, in stretches of 64 bytes or more; -1 when not asked for."""


@dataclass(frozen=True, slots=True)
class PinEdges:
    """A watched pin: (cycle count, time in nanoseconds, 1 for high) of its first changes, and what is known of all."""

    pin: str
    edges: tuple[tuple[int, int, int], ...]
    edges_count: int
    high_ns: int


@dataclass(frozen=True, slots=True)
class Memory:
    """RAM use that only a run can show."""

    stacks: tuple[StackUse, ...]
    heap_peak_bytes: int
    heap_source: str
    """How the heap was found: "sbrk", "written bytes", "none", or "unknown" without symbols."""
    touched_bytes: int = -1
    """Bytes of RAM read or written in the measured region; -1 when not asked for."""


@dataclass(frozen=True, slots=True)
class OutputType:
    """How to read the bytes of an output."""

    symbol: str
    dtype: str
    """numpy's name of an element's type, with its byte order ("<i2")."""
    dims: tuple[int, ...]
    """Of the array, outermost first; empty for a single value."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything a run produced. Byte-identical for the same firmware, board, options and version."""

    schema: int
    tool_version: str
    board_name: str
    firmware_sha256: str
    total_cycles: int
    """Active and sleeping cycles since reset."""
    sleep_cycles: int
    instructions_count: int
    functions: tuple[Function, ...]
    calls: tuple[CallNode, ...]
    blocks: tuple[ExecutedBlock, ...]
    reason_cycles: tuple[tuple[str, int], ...]
    """Cycles by Reason name; they sum to active cycles."""
    phases: tuple[Phase, ...]
    region_name: str
    region_kind: str
    """"function", "pair", "main" or "whole"."""
    region_calls_count: int
    region_cycles: int
    """Sum over the calls."""
    region_calls: tuple[Call, ...]
    """The first calls, at most a few thousand."""
    memory: Memory
    console: tuple[tuple[str, str], ...]
    """(channel, text), for example ("USART2", "hello\\n")."""
    variables: tuple[tuple[str, int | float | str | tuple[int | float, ...]], ...]
    unmodelled: tuple[UnmodelledAccess, ...]
    polls: tuple[SatisfiedPoll, ...]
    counters: tuple[tuple[str, int], ...]
    """Named event counts: flash_fetch_miss, flash_data_miss, unresolved_data_addresses, exceptions_taken …"""
    warnings: tuple[str, ...]
    stop: Stop
    region_cycles_min: int = 0
    region_cycles_max: int = 0
    outputs: dict[str, bytes] = field(default_factory=dict)
    """Bytes saved by --output, by symbol."""
    output_types: tuple[OutputType, ...] = ()
    """Of those `outputs` whose type debug information tells."""
    instructions: tuple[ExecutedInstruction, ...] = ()
    """By address. With exception entries and returns, which belong to no instruction, they sum to the active cycles."""
    region_addr: int = -1
    """First instruction of the region, -1 for the whole run."""
    contexts: tuple[Context, ...] = ()
    arenas: tuple[ArenaUse, ...] = ()
    pins: tuple[PinEdges, ...] = ()
    runtime: str = ""
    """The inference runtime that was recognised; empty: none."""
    inference_addr: int = -1
    """First instruction of the function that runs one inference; -1: none was found."""
    inner_addr: int = -1
    """Of the function whose callees are the layers, where the inference function only wraps it; -1: it does not."""
    region_other_tasks_cycles: int = 0
    """Active cycles of other tasks (not of handlers) between begin and end of the region's finished calls."""
    uses_time: bool = True
    """Something in the run came at a time, or firmware asked what time it is: at another clock it may run otherwise."""
    weights_bytes: int = 0
    """Weights in flash whose reads were counted as if they were in RAM (--set weights=ram)."""
    timeline: Timeline = field(default_factory=Timeline)
