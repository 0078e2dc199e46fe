"""The state of the Cortex-M3/M4 pipeline while a few instructions pass through it at zero wait states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcusim.isa.instruction import Branch, FpClass, Kind
from mcusim.timing.cost import Reason
from mcusim.timing.fetch import FetchBuffer

if TYPE_CHECKING:
    from mcusim.isa.instruction import Instruction
    from mcusim.timing.cost import FetchPort
    from mcusim.timing.numbers import PipelineNumbers


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction's passage: why it started late, and how long it keeps the execute stage."""

    waits: tuple[tuple[Reason, int], ...]
    occupied_cycles: int
    is_folded: bool = False


class Pipeline:
    """Cycle times of the execute stage; `execute` must see instructions in the order they run."""

    def __init__(self, numbers: PipelineNumbers, first_addr: int, port: FetchPort | None = None) -> None:
        self._numbers = numbers
        self._fetch = FetchBuffer(numbers.fetch_buffer_words_count, port)
        self._fetch.redirect(first_addr, 0)
        self._free = self._drain = 3  # the first instruction's own cycle, so that it waits for nothing
        self._refilled_at = 0
        self._last: Instruction | None = None
        self._last_start = 0
        self._last_in_flash = False
        self._last_is_store = False
        self._address_ready = [0] * 16
        self._fp_ready = [0] * 32
        self._fp_free = 0
        self._fp_flags_ready = 0

    @property
    def bus_cycles(self) -> int:
        """Cycles until the last instruction's bus phase ends, after it left the execute stage."""
        return self._drain - self._free

    def execute(self, instruction: Instruction, is_in_flash: bool) -> Step:
        """Pass one instruction; `is_in_flash` tells where its data is."""
        decoded_at = self._fetch.decoded_at(instruction.addr, instruction.size_bytes)
        if instruction.kind is Kind.IT and self._folds(instruction):
            self._fetch.consume(instruction.end_addr, decoded_at, decoded_at)
            return Step((), 0, is_folded=True)
        waits: list[tuple[Reason, int]] = []
        start = self._free
        if self._drain > start or self._last_is_store:
            start = _later(waits, Reason.LOAD_USE, start, self._bus_free(instruction, is_in_flash))
        if instruction.address_mask:
            start = _later(waits, Reason.ADDRESS_INTERLOCK, start, self._addresses_ready(instruction))
        if instruction.kind is Kind.FP or instruction.fp_reads_mask:
            start = _later(waits, Reason.FP_DEPENDENCY, start, self._fp_operands_ready(instruction))
        if decoded_at >= start:
            start = _later(waits, Reason.BRANCH_REFILL, start, min(self._refilled_at, decoded_at + 1))
            start = _later(waits, Reason.FETCH, start, decoded_at + 1)
        self._fetch.consume(instruction.end_addr, decoded_at, start - 1)
        occupied_cycles = occupied_cycles_of(instruction, self._numbers)
        self._retire(instruction, start, occupied_cycles)
        if is_in_flash and instruction.access is not None and instruction.access.is_load:
            self._fetch.data_read(start, instruction.access.words_count)
        self._last_in_flash = is_in_flash
        return Step(tuple(waits), occupied_cycles)

    def branch_to(self, addr: int) -> None:
        """The last instruction was a taken branch to `addr`."""
        if self._last is None:
            return
        # A refill of one cycle means that the target was requested while the branch was in decode.
        self._refilled_at = self._drain + self._refill_cycles(self._last.branch)
        self._fetch.redirect(addr, self._refilled_at - 3)
        self._last = None

    def _refill_cycles(self, branch: Branch) -> int:
        if branch in (Branch.IMMEDIATE, Branch.LINK):
            return self._numbers.immediate_refill_cycles
        if branch in (Branch.REGISTER, Branch.LINK_REGISTER):
            return self._numbers.register_refill_cycles
        return self._numbers.load_refill_cycles

    def _folds(self, instruction: Instruction) -> bool:
        """An IT in the upper half of a word folds into the 16-bit instruction in the lower half."""
        last = self._last
        return (
            instruction.addr & 3 == 2
            and last is not None
            and last.size_bytes == 2
            and last.end_addr == instruction.addr
        )

    def _bus_free(self, instruction: Instruction, is_in_flash: bool) -> int:
        """When the bus phase of the instruction before allows this one to start."""
        last, numbers, kind = self._last, self._numbers, instruction.kind
        if last is None or kind is Kind.NOP:
            return 0
        if last.kind is Kind.STORE:
            if kind is not Kind.STORE and instruction.access is not None:
                return self._last_start + numbers.store_to_load_cycles
            return self._drain
        if self._chains(last, instruction, is_in_flash):
            return 0
        return self._drain

    def _chains(self, load: Instruction, instruction: Instruction, is_in_flash: bool) -> bool:
        """Whether this access can put out its address while `load` reads its data."""
        access = instruction.access
        if access is None or instruction.kind not in (Kind.LOAD, Kind.STORE):
            return False
        loaded_mask = load.writes_mask
        if load.access is not None and load.access.has_writeback:
            loaded_mask &= ~load.address_mask
        return (
            not instruction.address_mask & loaded_mask
            and is_in_flash == self._last_in_flash
            and (self._numbers.indexed_access_chains_count == 1 or not access.has_writeback)
        )

    def _addresses_ready(self, instruction: Instruction) -> int:
        mask = instruction.address_mask & 0x7FFF
        ready = 0
        while mask:
            low = mask & -mask
            ready = max(ready, self._address_ready[low.bit_length() - 1])
            mask ^= low
        return ready

    def _fp_operands_ready(self, instruction: Instruction) -> int:
        ready = 0
        if instruction.fp_class is FpClass.STATUS:
            ready = self._fp_flags_ready
        elif instruction.kind is Kind.FP:
            ready = self._fp_free
        mask = instruction.fp_reads_mask
        while mask:
            low = mask & -mask
            # The addend is read one cycle after the factors.
            is_addend = bool(low & instruction.fp_accumulator_mask)
            ready = max(ready, self._fp_ready[low.bit_length() - 1] - is_addend)
            mask ^= low
        return ready

    def _retire(self, instruction: Instruction, start: int, occupied_cycles: int) -> None:
        self._last, self._last_start = instruction, start
        self._free = self._drain = start + occupied_cycles
        self._fetch.decode_free = start
        self._last_is_store = instruction.kind is Kind.STORE
        if instruction.kind is Kind.LOAD:
            self._drain = start + self._numbers.load_cycles
        elif self._last_is_store and has_register_offset(instruction):
            self._drain = start + self._numbers.register_store_cycles
        if instruction.writes_mask:
            self._write_addresses(instruction, start)
        if instruction.kind is Kind.FP or instruction.fp_writes_mask:
            self._write_fp(instruction, start)

    def _write_addresses(self, instruction: Instruction, start: int) -> None:
        """When each written core register can form an address."""
        numbers, kind, access = self._numbers, instruction.kind, instruction.access
        mask = instruction.writes_mask & 0x7FFF
        base = access.base if access is not None and access.has_writeback else -1
        if kind is Kind.LOAD:
            ready = start + numbers.load_to_address_cycles
            base_ready = start + numbers.loaded_base_to_address_cycles
        elif kind is Kind.STORE:
            ready = self._free
            base_ready = start + numbers.stored_base_to_address_cycles
        elif kind in (Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE):
            ready = base_ready = self._free
        else:
            ready = base_ready = self._free - 1 + numbers.result_to_address_cycles
        while mask:
            low = mask & -mask
            number = low.bit_length() - 1
            self._address_ready[number] = base_ready if number == base else ready
            mask ^= low

    def _write_fp(self, instruction: Instruction, start: int) -> None:
        numbers, fp_class = self._numbers, instruction.fp_class
        ready = self._free
        if fp_class is FpClass.DIVIDE:
            ready = start + numbers.fp_divide_result_cycles
            self._fp_free = start + numbers.fp_divide_cycles
        elif fp_class is FpClass.MULTIPLY_ACCUMULATE:
            ready = start + numbers.fp_accumulate_result_cycles
            self._fp_free = start + numbers.fp_accumulate_cycles
        elif fp_class is FpClass.ARITHMETIC:
            ready = start + numbers.fp_arithmetic_result_cycles
        elif fp_class is FpClass.COMPARE:
            self._fp_flags_ready = start + numbers.fp_flags_result_cycles
        mask = instruction.fp_writes_mask
        while mask:
            low = mask & -mask
            self._fp_ready[low.bit_length() - 1] = ready
            mask ^= low


def _later(waits: list[tuple[Reason, int]], reason: Reason, start: int, earliest: int) -> int:
    """The later of `start` and `earliest`; notes the wait between them."""
    if earliest <= start:
        return start
    waits.append((reason, earliest - start))
    return earliest


def has_register_offset(instruction: Instruction) -> bool:
    """Whether the access adds an index register."""
    return instruction.access is not None and instruction.access.index >= 0


def occupied_cycles_of(instruction: Instruction, numbers: PipelineNumbers) -> int:
    """Cycles in the execute stage, without waiting and without the bus phase of a load."""
    kind = instruction.kind
    cycles = 1
    if kind is Kind.ALU or kind is Kind.LOAD:
        pass
    elif kind is Kind.STORE:
        cycles = numbers.exclusive_store_cycles if "ex" in instruction.mnemonic else 1
    elif kind is Kind.LOAD_MULTIPLE or kind is Kind.STORE_MULTIPLE:
        cycles = numbers.multiple_base_cycles + instruction.registers_count
    elif kind is Kind.BRANCH:
        cycles = numbers.table_branch_cycles if instruction.branch is Branch.TABLE else 1
    elif kind is Kind.FP:
        cycles = numbers.fp_transfer_2_cycles if instruction.fp_class is FpClass.CORE_TRANSFER_2 else 1
    elif kind is Kind.STATUS or kind is Kind.BARRIER or kind is Kind.SLEEP:
        cycles = _system_cycles_of(instruction, numbers)
    else:
        cycles = _multiply_or_divide_cycles_of(instruction, numbers)
    return cycles


def _multiply_or_divide_cycles_of(instruction: Instruction, numbers: PipelineNumbers) -> int:
    kind, is_unsigned = instruction.kind, instruction.mnemonic.startswith("u")
    cycles = 1
    if kind is Kind.MUL:
        cycles = numbers.multiply_cycles
    elif kind is Kind.MLA:
        cycles = numbers.multiply_accumulate_cycles
    elif kind is Kind.DIV:
        cycles = numbers.divide_by_zero_cycles
    elif kind is Kind.LONG_MUL and is_unsigned:
        cycles = numbers.unsigned_long_multiply_cycles
    elif kind is Kind.LONG_MUL:
        cycles = numbers.signed_long_multiply_cycles
    elif kind is Kind.LONG_MLA and is_unsigned:
        cycles = numbers.unsigned_long_accumulate_cycles
    elif kind is Kind.LONG_MLA:
        cycles = numbers.signed_long_accumulate_cycles
    return cycles


def _system_cycles_of(instruction: Instruction, numbers: PipelineNumbers) -> int:
    if instruction.kind is Kind.SLEEP:
        return numbers.sleep_cycles
    if instruction.kind is Kind.STATUS:
        is_cps = instruction.mnemonic.startswith("cps")
        return numbers.change_state_cycles if is_cps else numbers.status_cycles
    is_isb = instruction.mnemonic == "isb"
    return numbers.instruction_barrier_cycles if is_isb else numbers.data_barrier_cycles
