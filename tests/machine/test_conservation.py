"""Every cycle is counted once and belongs somewhere: to a call node, a block, a reason and a phase."""

from __future__ import annotations

import pytest

from mcusim.analysis.explain import reasons_by_function
from mcusim.analysis.functions import CallTree
from tests.machine.busy import BUSY
from tests.machine.firmware import Firmware
from tests.machine.reading import calls_of


@pytest.fixture(params=["generic_m4", "nucleo_l4r5zi"])
def recording(run, request):
    """The busy firmware without wait states, and behind a cache and a prefetch buffer."""
    return run(BUSY, request.param)


def test_the_firmware_runs_to_its_end(recording):
    assert ("main_returned", 0) == (recording.stop.reason, recording.stop.exit_status)


def test_self_cycles_of_all_call_nodes_are_the_active_cycles(recording):
    active_cycles = recording.total_cycles - recording.sleep_cycles

    assert active_cycles == sum(node.self_cycles for node in recording.calls)


def test_cycles_of_all_reasons_are_the_active_cycles(recording):
    active_cycles = recording.total_cycles - recording.sleep_cycles

    assert active_cycles == sum(cycles for _, cycles in recording.reason_cycles)


def test_blocks_and_exception_entries_and_returns_are_the_active_cycles(recording):
    active_cycles = recording.total_cycles - recording.sleep_cycles
    block_cycles = sum(block.cycles for block in recording.blocks)

    assert active_cycles == block_cycles + dict(recording.reason_cycles)["exception"]


def test_phases_follow_each_other_without_gap(recording):
    lengths = [phase.active_cycles + phase.sleep_cycles for phase in recording.phases]
    ends = [phase.begin_cycles + length for phase, length in zip(recording.phases, lengths, strict=True)]

    assert [0, *ends] == [*(phase.begin_cycles for phase in recording.phases), recording.total_cycles]


def test_nodes_of_all_phases_add_up_to_the_nodes_of_the_run(recording):
    sums = [sum(column) for column in zip(*(phase.node_cycles for phase in recording.phases), strict=True)]

    assert [node.self_cycles for node in recording.calls] == sums


def test_sleep_is_counted_and_belongs_to_no_node(recording):
    assert 0 < recording.sleep_cycles == sum(phase.sleep_cycles for phase in recording.phases)


def test_instructions_are_those_of_the_blocks(recording):
    executed = sum(block.count * block.instructions_count for block in recording.blocks)

    assert executed == recording.instructions_count


def test_no_instruction_takes_less_than_half_a_cycle(recording):
    """Only an IT folds into its neighbour; a count without time would show as a tiny CPI."""
    active_cycles = recording.total_cycles - recording.sleep_cycles

    assert recording.instructions_count < active_cycles < 20 * recording.instructions_count


def test_every_exception_entry_and_return_has_its_price(run):
    """12 cycles in and 12 out (TI MSP432 TRM); the handler chains to itself nowhere, its period is longer."""
    recording = run(BUSY)
    entries_count = calls_of(recording, "SysTick_Handler")

    assert 24 * entries_count == dict(recording.reason_cycles)["exception"]


def test_instructions_and_exception_entries_and_returns_are_the_active_cycles(recording):
    active_cycles = recording.total_cycles - recording.sleep_cycles
    of_instructions = sum(each.cycles for each in recording.instructions)

    assert active_cycles == of_instructions + dict(recording.reason_cycles)["exception"]


def test_counts_of_instructions_are_those_of_the_blocks(recording):
    assert recording.instructions_count == sum(each.count for each in recording.instructions)


def test_reasons_of_each_function_sum_to_its_self_cycles_without_a_rest_outside_handlers(recording):
    by_function = reasons_by_function(recording)
    handlers = {
        node.function_index
        for index, node in enumerate(recording.calls)
        if CallTree(recording).is_in_exception(index)
    }
    for index, cost in CallTree(recording).by_function().items():
        assert cost.self_cycles == sum(cycles for _, cycles in by_function[index])
        if index not in handlers:
            assert "exception" not in dict(by_function[index])


RUNS_ON = Firmware(
    """
Reset_Handler:
    2603        movs  r6, #3
again:
    3e01        subs  r6, #1
    d1fd        bne   again
    e7fe        b     .
"""
)


def test_an_instruction_belongs_to_its_own_function_where_one_runs_on_into_the_next(run):
    """The first block begins in the one and ends in the other, whose instructions it would else have kept."""
    recording = run(RUNS_ON)
    names = [recording.functions[each.function_index].name for each in recording.instructions]

    assert ["Reset_Handler", "again", "again", "again"] == names
