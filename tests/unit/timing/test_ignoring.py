"""A core without some of its stalls, for what-if runs."""

from __future__ import annotations

import pytest

from mcusim.errors import UsageError
from mcusim.isa.decode import decode_block
from mcusim.timing import CORES, cost_model
from mcusim.timing.cost import BlockContext, Reason
from mcusim.timing.ignoring import IGNORABLE, reason_named, without_reasons

BASE_ADDR = 0x0800_0000
LOAD_AND_ADD = bytes.fromhex("0868 0130")  # ldr r0, [r1]; adds r0, #1
LOOP = bytes.fromhex("0130 fde7")  # adds r0, #1; b to it
SKIPPED_LOAD = bytes.fromhex("08bf 0868")  # it eq; ldreq r0, [r1]


def cycles_of(model, code: bytes, repeats_count: int = 1) -> int:
    """Cycles of a block that runs after itself."""
    block = decode_block(code, BASE_ADDR)
    previous = block if repeats_count > 1 else ()
    return model.block_cost(previous, block, BlockContext()).total_cycles


def test_a_load_without_its_stall_costs_the_instruction_alone():
    """Cortex-M4 TRM, table 3-1: LDR 2 cycles, ADD 1; the load's second one is the bus phase."""
    model = cost_model("cortex-m4")

    assert cycles_of(model, LOAD_AND_ADD) == 3
    assert cycles_of(without_reasons(model, [Reason.LOAD_USE]), LOAD_AND_ADD) == 2


def test_a_branch_without_its_refill_costs_the_instruction_alone():
    """Cortex-M4 TRM, table 3-1: B is 1 + P, with P = 1 for a branch that was seen early."""
    model = cost_model("cortex-m4")
    ideal = without_reasons(model, [Reason.BRANCH_REFILL])

    assert cycles_of(model, LOOP, 2) == 3
    assert cycles_of(ideal, LOOP, 2) == 2


def test_other_stalls_stay_as_they_are():
    model = cost_model("cortex-m4")

    assert cycles_of(without_reasons(model, [Reason.BRANCH_REFILL]), LOAD_AND_ADD) == 3


def test_a_skipped_load_does_not_save_a_stall_that_was_not_charged():
    """Else an IT block that skips loads would cost less than its instructions."""
    model = cost_model("cortex-m4")
    _, load = decode_block(SKIPPED_LOAD, BASE_ADDR)

    assert model.skipped_cycles_saved(load) == 1
    assert without_reasons(model, [Reason.LOAD_USE]).skipped_cycles_saved(load) == 0


def test_ignoring_nothing_is_the_model_itself():
    model = cost_model("cortex-m0")

    assert without_reasons(model, []) is model


@pytest.mark.parametrize("core", CORES)
def test_what_a_model_says_besides_block_costs_is_unchanged(core):
    model = cost_model(core)
    ideal = without_reasons(model, [Reason.LOAD_USE])

    assert model.divide_cycles(1000, 3, False) == ideal.divide_cycles(1000, 3, False)
    assert model.exception_entry_cycles == ideal.exception_entry_cycles


@pytest.mark.parametrize("core", CORES)
def test_the_reasons_that_are_left_sum_to_the_cycles_that_are_left(core):
    ideal = without_reasons(cost_model(core), [Reason.LOAD_USE, Reason.BRANCH_REFILL])
    block = decode_block(LOAD_AND_ADD, BASE_ADDR)
    cost = ideal.block_cost(decode_block(LOOP, BASE_ADDR + 0x10), block, BlockContext())

    assert [sum(cycles for _, cycles in each) for each in cost.reasons] == list(cost.instruction_cycles)
    assert not {Reason.LOAD_USE, Reason.BRANCH_REFILL} & {
        reason for each in (*cost.reasons, cost.tail_reasons) for reason, _ in each
    }


def test_a_stall_is_named_in_lower_case_with_dashes():
    assert reason_named("flash-fetch") is Reason.FLASH_FETCH
    assert "mispredict" in IGNORABLE


@pytest.mark.parametrize("text", ["issue", "multi-cycle", "FLASH_FETCH", "", "cache"])
def test_what_is_no_stall_is_refused_with_the_list_of_them(text):
    """An instruction's own cycle is not a stall."""
    with pytest.raises(UsageError, match="flash-fetch"):
        reason_named(text)
