"""Functions by reason, and a function's blocks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.analysis.explain import explain, reasons_by_function
from mcusim.errors import UsageError
from mcusim.recording.recording import ExecutedBlock, ExecutedInstruction

_CONV_ADDR = 0x0800_0400


def _instruction(addr, count, function_index=3, size_bytes=2, **reasons):
    pairs = tuple(reasons.items())
    return ExecutedInstruction(addr, size_bytes, f"op_{addr & 0xFF:02x}", function_index, count, pairs)


@pytest.fixture
def explained(recording):
    """`conv` with a loop of two instructions that is entered from above and from itself."""
    return replace(
        recording,
        instructions=(
            _instruction(_CONV_ADDR, 5, issue=5),
            _instruction(_CONV_ADDR + 2, 40, size_bytes=4, issue=40, load_use=30),
            _instruction(_CONV_ADDR + 6, 40, issue=40, branch_refill=35),
            _instruction(_CONV_ADDR + 8, 5, issue=5, data_cache=7),
            _instruction(_CONV_ADDR + 10, 5, issue=5),
            _instruction(_CONV_ADDR + 14, 5, issue=5),
        ),
        blocks=(
            ExecutedBlock(_CONV_ADDR, 8, 3, 5, 0),
            ExecutedBlock(_CONV_ADDR + 2, 6, 2, 35, 0),
            ExecutedBlock(_CONV_ADDR + 8, 4, 2, 5, 0),
            ExecutedBlock(_CONV_ADDR + 14, 2, 1, 5, 0),
        ),
    )


def test_a_block_ends_where_the_count_changes_where_another_is_entered_and_at_a_gap(explained):
    found = explain(explained, "conv", _CONV_ADDR, lambda addr: "")

    assert [(_CONV_ADDR, 5), (_CONV_ADDR + 2, 40), (_CONV_ADDR + 8, 5), (_CONV_ADDR + 14, 5)] == [
        (block.addr, block.count) for block in found.blocks
    ]
    assert [5, 145, 17, 5] == [block.cycles for block in found.blocks]


def test_blocks_carry_the_source_of_their_first_instruction(explained):
    found = explain(explained, "conv", _CONV_ADDR, lambda addr: f"conv.c:{addr & 0xFF}")

    assert ["conv.c:0", "conv.c:2", "conv.c:8", "conv.c:14"] == [block.source for block in found.blocks]


def test_a_functions_reasons_sum_to_its_self_cycles_and_the_rest_is_exception_entry(explained):
    by_function = reasons_by_function(explained)
    found = explain(explained, "conv", _CONV_ADDR, lambda addr: "")

    assert found.self_cycles == sum(cycles for _, cycles in found.reasons)
    assert by_function[3] == found.reasons
    assert dict(found.reasons)["exception"] == found.self_cycles - 172


def test_a_function_that_never_ran_is_refused_with_advice(explained):
    with pytest.raises(UsageError, match="'gone' never ran") as caught:
        explain(explained, "gone", 0x1234, lambda addr: "")
    assert "inlined" in caught.value.fix
