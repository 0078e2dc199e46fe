"""Fills the native core: decodes a block once, prices it after each block that precedes it, and tells whose it is."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING

from mcusim.board.schema import Medium
from mcusim.isa.decode import decode_block
from mcusim.isa.instruction import SP, Branch, FpClass, Immediate, Kind
from mcusim.machine.cpu import REGISTER_IDS
from mcusim.machine.fetch_walk import walk_steps
from mcusim.machine.value_compiler import compile_values
from mcusim.machine.values import ValueProgram, Wanted
from mcusim.timing.cost import BlockContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcusim.isa.instruction import Instruction
    from mcusim.machine.functions import FunctionTable
    from mcusim.machine.memory import Memory
    from mcusim.machine.native._core import Core
    from mcusim.machine.options import MovedData
    from mcusim.timing.cost import BlockCost, CostModel, FetchPort

NO_BLOCK = 0xFFFF_FFFF


class BlockFlag(IntFlag):
    """BLOCK_ in native/core.h."""

    CALL = 1
    INDIRECT = 2
    UNMASKS = 4
    FP = 8
    LOWERS_SP = 16
    IN_RAM = 32
    ENTRY = 64
    SELF_LOOP = 128
    FETCHES_FLASH = 256
    SETS_SP = 1024
    MOVES_SP = 2048
    SENDS_EVENT = 4096
    CONDITIONAL = 8192
    WIDE_END = 16384
    JUMPS = 32768


class Role(IntFlag):
    """ROLE_ in native/core.h: what a function is to an inference."""

    RESTARTS = 1
    DISPATCHES = 2
    LAYER = 4
    HELPER = 8
    STARTS = 16


class StopReason(IntEnum):
    """STOP_ in native/core.h."""

    NONE = 0
    DEADLINE = 1
    REQUEST = 2
    UNMASKED = 3
    FP = 4
    SELF_LOOP = 5
    STACK = 6
    ERROR = 7


_CALLS = {Branch.LINK, Branch.LINK_REGISTER}
_INDIRECT = {Branch.REGISTER, Branch.POP, Branch.LOAD}
_COMPARING_BRANCHES = {"cbz", "cbnz"}
_WIDE_BYTES = 4
_ALIGNMENT_BYTES = 8
"""No cost depends on more of an address than this, besides its memory."""
_IDLE_KINDS = {Kind.NOP, Kind.HINT, Kind.BARRIER}


@dataclass(frozen=True, slots=True)
class DecodedBlock:
    """A block as the cost model sees it."""

    addr: int
    size_bytes: int
    instructions: tuple[Instruction, ...]
    program: ValueProgram
    context: BlockContext
    function_index: int


def flags_of(block: tuple[Instruction, ...]) -> BlockFlag:
    """What the native core must know of a block's instructions."""
    last = block[-1]
    flags = BlockFlag(0)
    if last.branch in _CALLS:
        flags |= BlockFlag.CALL
    if last.branch in _INDIRECT:
        flags |= BlockFlag.INDIRECT
    if last.branch is Branch.IMMEDIATE and (last.is_conditional or last.mnemonic in _COMPARING_BRANCHES):
        flags |= BlockFlag.CONDITIONAL
    if last.size_bytes == _WIDE_BYTES:
        flags |= BlockFlag.WIDE_END
    if last.branch is Branch.IMMEDIATE and last.mnemonic == "b" and not last.is_conditional:
        flags |= BlockFlag.JUMPS
    if any(each.changes_masks for each in block):
        flags |= BlockFlag.UNMASKS
    if any(each.fp_class is not FpClass.NONE or each.fp_reads_mask or each.fp_writes_mask for each in block):
        flags |= BlockFlag.FP
    if any(each.mnemonic == "sev" for each in block):
        flags |= BlockFlag.SENDS_EVENT
    flags |= _sp_flags(block)
    is_idle = (
        last.branch is Branch.IMMEDIATE and last.target_addr == block[0].addr and not last.is_conditional
    )
    if is_idle and last.mnemonic == "b" and all(each.kind in _IDLE_KINDS for each in block[:-1]):
        flags |= BlockFlag.SELF_LOOP
    return flags


def _sp_flags(block: tuple[Instruction, ...]) -> BlockFlag:
    """SETS_SP for a new stack; MOVES_SP when the new SP was computed from the old one in the same block."""
    flags = BlockFlag(0)
    from_sp_mask = 1 << SP
    for each in block:
        is_relative = each.access is None and bool(each.reads_mask & from_sp_mask)
        if _sets_sp(each):
            flags |= BlockFlag.MOVES_SP if is_relative and each.mnemonic != "msr" else BlockFlag.SETS_SP
        if is_relative:
            from_sp_mask |= each.writes_mask
        else:
            from_sp_mask &= ~each.writes_mask | 1 << SP
    return flags


def _sets_sp(instruction: Instruction) -> bool:
    if instruction.mnemonic == "msr":
        return any(name in instruction.text.lower() for name in ("control", "psp", "msp"))
    if not instruction.writes_mask >> SP & 1:
        return False
    return (
        not (instruction.access is not None and instruction.access.base == SP)
        and _sp_change(instruction) is None
    )


def _sp_change(instruction: Instruction) -> int | None:
    """Bytes that a push, pop or add/sub constant moves SP; None for another write of SP."""
    access = instruction.access
    if access is not None and access.base == SP:
        return access.writeback_offset if access.has_writeback else 0
    operands = instruction.operands
    is_sum = (
        instruction.mnemonic in ("add", "sub") and len(operands) == 3 and instruction.reads_mask >> SP & 1
    )
    if is_sum and isinstance(operands[2], Immediate):
        return operands[2].value if instruction.mnemonic == "add" else -operands[2].value
    return None


def lowest_sp_bytes(block: tuple[Instruction, ...]) -> int:
    """Lowest SP within the block relative to SP at its entry, 0 when it never goes down."""
    sp = lowest = 0
    for instruction in block:
        if not instruction.writes_mask >> SP & 1:
            continue
        sp += _sp_change(instruction) or 0
        lowest = min(lowest, sp)
    return lowest


class BlockFiller:
    """The native core's `fill`: called once for every pair of blocks that follow each other."""

    def __init__(self, memory: Memory, functions: FunctionTable, model: CostModel, wanted: Wanted) -> None:
        self._memory = memory
        self._functions = functions
        self._model = model
        self._wanted = wanted
        self.fetch_regions: frozenset[str] = frozenset()
        """Regions whose instruction fetches can stall."""
        self.is_walked = False
        """Whether they are walked word by word."""
        self.fetch_port: Callable[[], FetchPort | None] = _ideal_port
        """How flash falls short of a word a cycle now."""
        self.moved: tuple[MovedData, ...] = ()
        """Data in flash that is read as if it were in RAM."""
        self.core: Core
        self.blocks: list[DecodedBlock] = []
        self.costs: dict[tuple[int, int], BlockCost] = {}

    def fill(self, previous_index: int, addr: int, size_bytes: int) -> None:
        """Make the edge from `previous_index` (NO_BLOCK: nothing ran before) to the block at `addr` known."""
        index = self.core.find_block(addr, size_bytes)
        if index < 0:
            index = self._add_block(addr, size_bytes)
        previous = self.blocks[previous_index].instructions if previous_index != NO_BLOCK else ()
        block = self.blocks[index]
        if previous and previous[-1].branch in _CALLS and addr != previous[-1].end_addr:
            self._name_called(index, addr)
        context = block.context
        if previous_index != NO_BLOCK:
            context = _joined(self.blocks[previous_index].context, context)
        cost = self._model.block_cost(previous, block.instructions, context)
        self.costs[previous_index, index] = cost
        self.core.add_edge(
            previous_index,
            index,
            cost.tail_cycles,
            sum(cost.instruction_cycles),
            _elapsed(block, cost),
            cost.mispredict_saved_cycles,
        )

    def upcoming(self, addr: int) -> tuple[Instruction, ...]:
        """The whole block at `addr`: the longest of those that start there."""
        return max((each.instructions for each in self.blocks if each.addr == addr), key=len, default=())

    def _name_called(self, index: int, addr: int) -> None:
        if self.blocks[index].function_index < 0:
            self.core.set_function(index, self._functions.anonymous(addr))

    def _add_block(self, addr: int, size_bytes: int) -> int:
        code = self._memory.read(addr, size_bytes) or bytes(size_bytes)
        instructions = decode_block(code, addr)
        region = self._memory.region_at(addr)
        flags = flags_of(instructions)
        is_entry = self._functions.is_entry(self._functions.index_at(addr), addr)
        function_index = self._functions.function_index_at(addr)
        if is_entry:
            flags |= BlockFlag.ENTRY
        if region is not None and region.medium is Medium.SRAM:
            flags |= BlockFlag.IN_RAM
        if region is not None and (region.alias_of or region.name) in self.fetch_regions:
            flags |= BlockFlag.FETCHES_FLASH
        sp_delta_bytes = lowest_sp_bytes(instructions)
        if sp_delta_bytes < 0:
            flags |= BlockFlag.LOWERS_SP
        program = compile_values(instructions, self._wanted)
        registers = array("i", [REGISTER_IDS[n] for n in program.registers])
        index = self.core.add_block(
            addr,
            size_bytes,
            flags,
            function_index,
            sp_delta_bytes,
            len(instructions),
            program.unresolved_count,
            registers.tobytes(),
            program.steps,
        )
        end_index = self._functions.function_index_at(instructions[-1].addr)
        if end_index != function_index and BlockFlag.CALL in flags:
            self.core.set_end_function(index, end_index)
        context = self._context(index, program, bool(flags & BlockFlag.FETCHES_FLASH))
        if self.is_walked and flags & BlockFlag.FETCHES_FLASH:
            cost = self._model.block_cost((), instructions, context)
            self.core.walk(index, walk_steps(instructions, cost, program))
        self.blocks.append(DecodedBlock(addr, size_bytes, instructions, program, context, function_index))
        return index

    def _context(self, index: int, program: ValueProgram, is_in_flash: bool) -> BlockContext:
        """What accesses reach at the block's first execution: to a pipeline, flash and SRAM are two buses."""
        in_flash = set()
        addrs = (self._served_addr(each) for each in self.core.accesses(index))
        data_addrs = dict(zip(program.access_addrs, addrs, strict=False))
        for instruction_addr, addr in data_addrs.items():
            region = self._memory.region_at(addr)
            if region is not None and region.medium is not Medium.SRAM:
                in_flash.add(instruction_addr)
        return BlockContext(frozenset(in_flash), self.fetch_port() if is_in_flash else None, data_addrs)

    def _served_addr(self, addr: int) -> int:
        """`addr`, or for moved data an address in its RAM that is in the same bank and as aligned."""
        for each in self.moved:
            if each.addr <= addr < each.addr + each.size_bytes:
                return each.ram_addr + addr % _ALIGNMENT_BYTES
        return addr


def _joined(previous: BlockContext, context: BlockContext) -> BlockContext:
    """What is known of two blocks that follow each other, fetched as the second is."""
    return BlockContext(
        previous.flash_access_addrs | context.flash_access_addrs,
        context.fetch_port,
        {**previous.first_data_addrs, **context.first_data_addrs},
    )


def _ideal_port() -> None:
    return None


def _elapsed(block: DecodedBlock, cost: BlockCost) -> bytes:
    """Body cycles before the instruction at each halfword, for reading the time in the middle of a block."""
    elapsed = array("H")
    passed_cycles = 0
    for instruction, cycles in zip(block.instructions, cost.instruction_cycles, strict=True):
        elapsed.extend([max(0, min(passed_cycles, 0xFFFF))] * (instruction.size_bytes // 2))
        passed_cycles += cycles
    return elapsed.tobytes()
