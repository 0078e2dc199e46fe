"""Costs of execution contexts and warnings about their stacks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.analysis.build import build_report
from mcusim.analysis.contexts import stack_warnings
from mcusim.recording.recording import Context
from mcusim.render.contexts import context_lines
from mcusim.report.report import ContextCost

SYSTICK = "exception 15 SysTick"


@pytest.fixture
def built(recording, image, board, power_model, run_request):
    """The report of the hand-made run with what a machine says of its contexts."""
    contexts = (
        Context("thread", "thread", "thread", 1, -1, 256, 900),
        Context(SYSTICK, "SysTick_Handler", "exception", 3, -1, -1, 40),
    )
    return build_report(replace(recording, contexts=contexts), image, board, power_model, run_request)


def test_contexts_have_the_cycles_of_their_call_trees(built):
    by_name = {each.name: each for each in built.contexts}

    assert built.totals.active_cycles == sum(
        each.self_cycles for each in built.contexts if each.kind != "sleep"
    )
    assert built.totals.sleep_cycles == by_name["sleep"].self_cycles
    assert ("exception", 3, 40, None) == (
        by_name["SysTick_Handler"].kind,
        by_name["SysTick_Handler"].activations_count,
        by_name["SysTick_Handler"].max_cycles,
        by_name["SysTick_Handler"].stack_used_bytes,
    )
    assert (None, 256) == (by_name["thread"].stack_bytes, by_name["thread"].stack_used_bytes)


def test_shares_sum_to_one_and_energies_to_the_energy_of_the_run(built):
    assert 1.0 == pytest.approx(sum(each.share_ratio for each in built.contexts))
    energies = [each.energy_j for each in built.contexts]
    assert all(each is not None and each.value > 0 for each in energies)
    assert pytest.approx(built.totals.energy_j.value) == sum(each.value for each in energies)


@pytest.mark.parametrize(
    ("used_bytes", "expected"),
    [
        (460, []),
        (461, ["the stack of task 'audio' is nearly full: it used 461 of 512 bytes"]),
        (512, ["the stack of task 'audio' is nearly full: it used 512 of 512 bytes"]),
        (513, ["the stack of task 'audio' overflowed: it used 513 of 512 bytes"]),
    ],
)
def test_a_stack_is_nearly_full_above_nine_tenths(used_bytes, expected):
    fine = ContextCost("ok", 10, "task", 1, 0.5, None, 512, 100)
    task = ContextCost("audio", 10, "task", 1, 0.5, None, 512, used_bytes)

    assert expected == stack_warnings((fine, task))


def test_the_screen_lists_contexts_when_there_are_several(built):
    _, heading, *rows = context_lines(built, 80)

    assert [
        "Task",
        "/",
        "interrupt",
        "runs",
        "cycles",
        "share",
        "longest",
        "energy",
        "stack",
    ] == heading.split()
    assert len(built.contexts) == len(rows)
    assert all(len(row) <= 80 for row in rows)


def test_one_context_needs_no_table(built):
    assert [] == context_lines(replace(built, contexts=built.contexts[:1]), 80)
