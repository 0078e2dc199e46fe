"""The numbers of a core's pipeline: which ones a table file must give, and how it is read and checked."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from mcusim.datafile import Table

if TYPE_CHECKING:
    from mcusim.provenance import Provenance

TABLES_PATH = Path(__file__).parent / "tables"


@dataclass(frozen=True, slots=True)
class CommonNumbers:
    """What every core's table has; `<name>_cycles` of an instruction is what it occupies alone."""

    exception_entry_cycles: int
    exception_return_cycles: int
    tail_chain_cycles: int
    multiply_cycles: int
    multiple_base_cycles: int
    """Of LDM, STM, PUSH, POP in addition to one cycle per word."""
    status_cycles: int
    """MRS and MSR."""
    change_state_cycles: int
    """CPS."""
    data_barrier_cycles: int
    instruction_barrier_cycles: int
    sleep_cycles: int
    """WFI and WFE without the time asleep."""


@dataclass(frozen=True, slots=True)
class TableNumbers(CommonNumbers):
    """Cortex-M0 and M0+: cycles by instruction class, and what a taken branch adds."""

    load_cycles: int
    store_cycles: int
    link_cycles: int
    """BL before its refill: it is two halfword instructions to these pipelines."""
    branch_refill_cycles: int
    # What fetches on the one bus need besides (machine/native/walk.c); they show only with flash wait states.
    fetch_ahead_cycles: int
    """How long before the last instruction of a word executes its place in the queue is free."""
    fetch_queue_words_count: int
    """Words that may be on their way or waiting."""


@dataclass(frozen=True, slots=True)
class PipelineNumbers(CommonNumbers):
    """Cortex-M3 and M4; distances count from the first execute cycle of the producer."""

    multiply_accumulate_cycles: int
    unsigned_long_multiply_cycles: int
    signed_long_multiply_cycles: int
    unsigned_long_accumulate_cycles: int
    signed_long_accumulate_cycles: int
    small_long_multiply_saved_cycles: int
    """What a long multiply takes less when both operands fit in `small_operand_bits`."""
    small_long_accumulate_saved_cycles: int
    small_operand_bits: int
    divide_by_zero_cycles: int
    divide_short_cycles: int
    divide_long_cycles: int
    divide_bits_per_cycle_count: int
    load_cycles: int
    """Until an instruction that does not chain may start."""
    register_store_cycles: int
    """STR with a register offset."""
    exclusive_store_cycles: int
    store_to_load_cycles: int
    result_to_address_cycles: int
    load_to_address_cycles: int
    loaded_base_to_address_cycles: int
    """Written-back base of a load to the address of the next access."""
    stored_base_to_address_cycles: int
    indexed_access_chains_count: int
    """1 when a pre- or post-indexed access may follow a load without a stall, else 0."""
    table_branch_cycles: int
    immediate_refill_cycles: int
    register_refill_cycles: int
    load_refill_cycles: int
    """Refill after POP, LDM and LDR of the PC and after TBB."""
    fetch_buffer_words_count: int
    fp_arithmetic_result_cycles: int
    fp_accumulate_cycles: int
    fp_accumulate_result_cycles: int
    fp_divide_cycles: int
    fp_divide_result_cycles: int
    fp_transfer_2_cycles: int
    fp_flags_result_cycles: int
    """VCMP to VMRS."""
    unaligned_halfword_cycles: int
    unaligned_word_halfway_cycles: int
    """Word at 2 mod 4."""
    unaligned_word_odd_cycles: int


@dataclass(frozen=True, slots=True)
class LimitedDualIssueNumbers(CommonNumbers):
    """Cortex-M33; "result" counts from the start of the producer to the start of an ordinary consumer."""

    short_multiply_cycles: int
    """The 16-bit MULS."""
    flag_setting_constant_cycles: int
    """An operation with a shifted constant that sets flags; not MOVS."""
    divide_by_zero_cycles: int
    divide_short_cycles: int
    divide_long_cycles: int
    divide_bits_per_cycle_count: int
    late_result_cycles: int
    """Of the second execute stage: multiplies, shifted operands, extend-and-add, SIMD."""
    load_result_cycles: int
    accumulator_ahead_cycles: int
    """How much later than a factor the addend of a multiply-accumulate is needed."""
    store_data_ahead_cycles: int
    late_flags_cycles: int
    """Flags of an operation with a shifted register."""
    load_to_branch_cycles: int
    """From the transfer of a word to BX or BLX with it."""
    immediate_refill_cycles: int
    register_refill_cycles: int
    pop_refill_cycles: int
    load_refill_cycles: int
    """After LDR of the PC, TBB and TBH."""
    paired_refill_cycles: int
    """After a branch that issued together with the instruction before it."""
    split_target_cycles: int
    """For a branch to a 32-bit instruction at 2 mod 4."""
    bus_switch_cycles: int
    """For an access in the cycle after a load on the core's other bus."""
    fp_issue_ahead_cycles: int
    """How much sooner than its operand an FP operation may issue."""
    fp_arithmetic_result_cycles: int
    fp_accumulate_cycles: int
    fp_accumulate_result_cycles: int
    fp_addend_ahead_cycles: int
    fp_divide_cycles: int
    fp_divide_result_cycles: int
    fp_transfer_2_cycles: int
    """VMOV to two core registers."""
    fp_from_core_2_result_cycles: int
    fp_to_core_result_cycles: int
    fp_transfer_ahead_cycles: int
    """How much later than an ALU a VMOV from a core register needs it."""
    fp_flags_result_cycles: int
    """VCMP to VMRS."""
    unaligned_halfword_cycles: int
    unaligned_word_halfway_cycles: int
    unaligned_word_odd_cycles: int


@dataclass(frozen=True, slots=True)
class DualIssueNumbers(CommonNumbers):
    """Cortex-M7; distances count from the issue of the producer, and readiness.py has those between stages."""

    mispredict_cycles: int
    early_mispredict_cycles: int
    """The same where the flags were set `early_flags_cycles` before the branch or more."""
    early_flags_cycles: int
    register_branch_cycles: int
    """What BX, BLX, POP and LDR of the PC and TBB take beyond a predicted immediate branch."""
    divide_by_zero_cycles: int
    divide_short_cycles: int
    divide_long_cycles: int
    divide_bits_per_cycle_count: int
    reload_cycles: int
    """From a store to a load of the same address."""
    unaligned_load_cycles: int
    fp_multiple_window_cycles: int
    """After a VLDM or VSTM, in which two 16-bit instructions spare it its stall."""
    fp_multiple_stall_cycles: int
    fp_accumulate_shadow_cycles: int
    """Cycles after a multiply-accumulate in which no addition can follow."""
    fp_divide_cycles: int
    fp_square_root_cycles: int
    double_add_cycles: int
    double_multiply_cycles: int
    double_fused_cycles: int
    double_chained_cycles: int
    double_divide_cycles: int


N = TypeVar("N", bound=CommonNumbers)


@dataclass(frozen=True, slots=True)
class CoreTable(Generic[N]):
    """A core's numbers and, by name, how we know each."""

    numbers: N
    provenance_by_name: tuple[tuple[str, Provenance], ...]


@lru_cache(maxsize=16)
def load_table(core: str, kind: type[N]) -> CoreTable[N]:
    """The shipped table of `core`.

    Raises:
        DataFileError: the file lacks a number, has one too many, or one without `basis` and `source`.
    """
    return read_table(TABLES_PATH / f"{core.replace('-', '_')}.toml", kind)


def read_table(path: Path, kind: type[N]) -> CoreTable[N]:
    """The table in the file at `path`: one TOML table per number, with `value`, `basis` and `source`."""
    top = Table.load(path)
    values: dict[str, int] = {}
    provenance = []
    for field in fields(kind):
        row = top.table(field.name)
        values[field.name] = row.integer("value", maximum=1000)
        provenance.append((field.name, row.provenance()))
    top.finish()
    return CoreTable(kind(**values), tuple(provenance))
