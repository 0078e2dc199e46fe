"""Turns a machine that has stopped into a Recording: integers only."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from mcusim import __version__
from mcusim.machine.arenas import arena_uses
from mcusim.machine.hang_hints import with_hang_hint
from mcusim.machine.heap import written_bytes
from mcusim.machine.instructions import executed_instructions
from mcusim.machine.options import RegionKind
from mcusim.machine.timeline import timeline_of
from mcusim.recording.recording import (
    SCHEMA_VERSION,
    Call,
    CallNode,
    ExecutedBlock,
    Function,
    Memory,
    Recording,
)
from mcusim.timing.cost import Reason

if TYPE_CHECKING:
    from mcusim.machine.machine import Machine

_UNKNOWN_CODE = "(unknown code)"
_TOUCH_BYTES = 4
Variables = tuple[tuple[str, "int | float | str | tuple[int | float, ...]"], ...]


def record(
    machine: Machine, variables: Variables, outputs: dict[str, bytes], heap_start_addr: int
) -> Recording:
    """Everything the run of `machine` produced; `heap_start_addr` is the end of static data, -1 when unknown."""
    core, stop = machine.core, with_hang_hint(machine)
    phases = machine.phases.finished()
    kind = machine.options.region.kind
    count, total, low, high, calls = _watched(machine)
    functions, nodes = call_tree(machine)
    blocks, memory = _blocks(machine), _memory(machine, heap_start_addr)
    return Recording(
        schema=SCHEMA_VERSION,
        tool_version=__version__,
        board_name=machine.board.name,
        firmware_sha256=machine.image.sha256,
        total_cycles=core.now,
        sleep_cycles=core.sleep_cycles,
        instructions_count=sum(each.count * each.instructions_count for each in blocks),
        functions=functions,
        calls=nodes,
        blocks=blocks,
        reason_cycles=_reasons(machine),
        phases=phases,
        region_name=machine.options.region.name,
        region_addr=machine.options.region.begin_addr,
        region_kind=kind.value,
        region_calls_count=count,
        region_cycles=total,
        region_calls=calls,
        memory=memory,
        console=tuple((channel, text.decode("utf-8", "replace")) for channel, text in machine.host.console),
        variables=variables,
        unmodelled=tuple(
            sorted(machine.bus.unmodelled + machine.ppb.unmodelled_accesses, key=lambda each: each.addr)
        ),
        polls=machine.polls.satisfied,
        counters=_counters(machine),
        warnings=tuple(machine.host.warnings),
        stop=stop,
        region_cycles_min=low,
        region_cycles_max=high,
        outputs=outputs,
        instructions=executed_instructions(machine),
        pins=machine.host.pins.finished(),
        arenas=arena_uses(machine),
        runtime=machine.options.layering.runtime if machine.options.layering else "",
        inner_addr=machine.options.layering.inner_addr if machine.options.layering else -1,
        inference_addr=machine.options.layering.inference_addr if machine.options.layering else -1,
        contexts=machine.flows.contexts(),
        uses_time=_uses_time(machine),
        weights_bytes=sum(each.size_bytes for each in machine.options.moved_data),
        region_other_tasks_cycles=machine.flows.times.other_tasks_cycles,
        timeline=timeline_of(machine, functions, memory),
    )


def _uses_time(machine: Machine) -> bool:
    is_visited = (
        machine.connections.next_cycles is not None
    )  # somebody looks into memory every so many seconds
    return machine.host.is_time_used or is_visited or bool(machine.options.pins)


def _watched(machine: Machine) -> tuple[int, int, int, int, tuple[Call, ...]]:
    is_pair = machine.options.region.kind is RegionKind.PAIR
    count, total, low, high, rows, _, _ = machine.core.watched(is_pair)
    numbers = array("q")
    numbers.frombytes(rows)
    calls = tuple(Call(*numbers[i : i + 3]) for i in range(0, len(numbers), 3))
    return (count, total, low, high, calls) if count else (0, 0, 0, 0, ())


def call_tree(machine: Machine) -> tuple[tuple[Function, ...], tuple[CallNode, ...]]:
    """The native tree without its nameless roots: their children become roots with a label."""
    functions = [*machine.functions.functions, Function(_UNKNOWN_CODE, 0)]
    rows = machine.core.nodes()
    label_of = dict(zip((i for i, row in enumerate(rows) if row[1] < 0), machine.flows.labels, strict=True))
    nodes: list[CallNode] = []
    for function, parent, calls_count, self_cycles, is_tail, layer in rows:
        is_root = parent < 0 or parent in label_of
        root = label_of.get(parent, "") if parent >= 0 else label_of[len(nodes)]
        index = function if function >= 0 else len(functions) - 1
        nodes.append(
            CallNode(index, -1 if is_root else parent, root, calls_count, self_cycles, bool(is_tail), layer)
        )
    return tuple(functions), tuple(nodes)


def _blocks(machine: Machine) -> tuple[ExecutedBlock, ...]:
    counts: dict[int, int] = {}
    cycles: dict[int, int] = {}
    for previous, index, count, tail_cycles, body_cycles in machine.core.edges():
        counts[index] = counts.get(index, 0) + count
        cycles[index] = cycles.get(index, 0) + count * body_cycles
        owner = previous if previous in cycles or previous < len(machine.filler.blocks) else index
        cycles[owner] = cycles.get(owner, 0) + count * tail_cycles
    rows = []
    for index, block in enumerate(machine.filler.blocks):
        dynamic = array("q")
        dynamic.frombytes(machine.core.block_dynamics(index))
        total = cycles.get(index, 0) + sum(dynamic)
        if counts.get(index) or total:
            count = counts.get(index, 0)
            rows.append(ExecutedBlock(block.addr, block.size_bytes, len(block.instructions), count, total))
    return tuple(sorted(rows, key=lambda each: (each.addr, each.size_bytes)))


def _reasons(machine: Machine) -> tuple[tuple[str, int], ...]:
    """Cycles by reason: static ones from the memoised costs times their counts, dynamic ones from the core."""
    totals = array("q")
    totals.frombytes(machine.core.reason_cycles())
    for previous, index, count, _, _ in machine.core.edges():
        cost = machine.filler.costs[previous, index]
        for reason, cycles in cost.tail_reasons:
            totals[reason] += count * cycles
        for reasons in cost.reasons:
            for reason, cycles in reasons:
                totals[reason] += count * cycles
    return tuple((reason.name.lower(), totals[reason]) for reason in Reason if totals[reason])


def _memory(machine: Machine, heap_start_addr: int) -> Memory:
    stacks = machine.flows.stacks()
    touched = machine.core.touched_words() * _TOUCH_BYTES if machine.options.touches_ram else -1
    if machine.places.heap.was_called:
        return Memory(stacks, machine.places.heap.peak_bytes, "sbrk", touched)
    if heap_start_addr < 0 or not machine.options.has_heap:
        return Memory(stacks, 0, "none" if machine.options.has_symbols else "unknown", touched)
    above = [stack.low_addr for stack in stacks if stack.low_addr >= heap_start_addr]
    region = machine.memory.region_at(heap_start_addr)
    end_addr = min(above, default=region.end_addr if region else heap_start_addr)
    return Memory(stacks, written_bytes(machine.memory, heap_start_addr, end_addr), "written bytes", touched)


def _counters(machine: Machine) -> tuple[tuple[str, int], ...]:
    fetches, fetch_misses, data_reads, data_misses, unresolved = machine.core.counters()
    return (
        ("flash_fetches", fetches),
        ("flash_fetch_misses", fetch_misses),
        ("flash_data_reads", data_reads),
        ("flash_data_misses", data_misses),
        ("unresolved_data_accesses", unresolved),
    )
