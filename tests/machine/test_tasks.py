"""Tasks: each has a call tree and a stack of its own, whenever and however the firmware switches."""

from __future__ import annotations

import pytest

from mcusim.recording.recording import Recording
from tests.machine.firmware import Firmware
from tests.machine.reading import path_of, tree
from tests.machine.schedulers import COROUTINES, PREEMPTIVE, PREEMPTIVE_FP, STARTED_IN_A_FUNCTION

TASKS = ("task_a", "task_b", "task_c")
CORES = ("cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33")
NODES = {"task_a": 8, "task_b": 7, "task_c": 2}
LEAF_CALLS = {"task_a": 20 * 4, "task_b": 30 * 3, "task_c": 40 * 2}
_VARIABLES = (("saved_sps", 16),)


def preemptive(
    listing: str = PREEMPTIVE, *, period_cycles: int = 999, core: str = "cortex-m4", alone: int = -1
) -> Firmware:
    """The scheduler with a tick every `period_cycles`; `alone` is the one task that runs, without ticks."""
    listing = listing.replace("000003e7", f"{period_cycles:08x}")
    if alone >= 0:
        listing = listing.replace("00000007", "00000000")
        listing = listing.replace(
            "2000        movs  r0, #0                @", f"20{4 * alone:02x}        movs @"
        )
    return Firmware(listing, variables=_VARIABLES, core=core)


def tree_of(recording: Recording, task: str) -> dict[str, int]:
    """Calls by path, below one task's root."""
    return {path: calls for path, calls in tree(recording).items() if path.startswith(f"task {task}/")}


def leaf_calls(recording: Recording, root: str) -> int:
    return sum(
        calls
        for path, calls in tree(recording).items()
        if path.startswith(f"{root}/") and path.endswith("/leaf")
    )


def cycles_by_root(recording: Recording) -> dict[str, int]:
    roots: list[str] = []
    cycles: dict[str, int] = {}
    for node in recording.calls:
        roots.append(node.root if node.parent_index < 0 else roots[node.parent_index])
        cycles[roots[-1]] = cycles.get(roots[-1], 0) + node.self_cycles
    return cycles


@pytest.mark.parametrize("core", CORES)
def test_a_task_among_others_has_the_calls_that_it_has_alone(run, core):
    together = run(preemptive(core=core), max_cycles=60_000)

    for number, task in enumerate(TASKS):
        alone = run(preemptive(core=core, alone=number), max_cycles=20_000)
        assert LEAF_CALLS[task] == leaf_calls(together, f"task {task}")
        assert tree_of(alone, task) == tree_of(together, task)


@pytest.mark.parametrize("period_cycles", [211, 223, 256, 307, 401, 997])
def test_no_moment_of_a_switch_mixes_the_trees(run, period_cycles):
    together = run(preemptive(period_cycles=period_cycles), max_cycles=100_000)

    assert LEAF_CALLS == {task: leaf_calls(together, f"task {task}") for task in TASKS}
    assert NODES == {task: len(tree_of(together, task)) for task in TASKS}


def test_tasks_with_fpu_frames_keep_their_trees(run):
    recording = run(preemptive(PREEMPTIVE_FP, period_cycles=500), max_cycles=60_000)

    assert LEAF_CALLS == {task: leaf_calls(recording, f"task {task}") for task in TASKS}


@pytest.mark.parametrize("core", CORES)
def test_the_cycles_of_the_contexts_sum_to_the_active_cycles(run, core):
    recording = run(preemptive(core=core, period_cycles=300), max_cycles=60_000)
    by_root = cycles_by_root(recording)

    assert recording.total_cycles - recording.sleep_cycles == sum(by_root.values())
    assert set(by_root) == {context.root for context in recording.contexts}


def test_a_switch_is_an_activation_and_a_tick_is_one(run):
    """Each tick pends PendSV, which goes round: A starts by SVC, then B, C, A ..."""
    contexts = {each.name: each for each in run(preemptive(), max_cycles=20_500).contexts}
    ticks = contexts["SysTick_Handler"].activations_count

    assert 20 == ticks == contexts["PendSV_Handler"].activations_count
    assert (7, 7, 7) == tuple(contexts[task].activations_count for task in TASKS)
    assert (1, 1) == (contexts["SVC_Handler"].activations_count, contexts["thread"].activations_count)


def test_the_longest_activation_of_a_handler_is_its_own_time(run):
    """The handlers run the same way each time, and nothing interrupts them."""
    recording = run(preemptive(), max_cycles=20_500)
    by_root = cycles_by_root(recording)
    tick = next(each for each in recording.contexts if each.name == "SysTick_Handler")

    assert tick.activations_count * tick.longest_cycles == by_root[tick.root]


def test_a_task_alone_uses_the_stack_that_it_needs(run):
    """B: 3 calls deep, each R4, LR and 16 bytes; preempted: a frame of 32 bytes and, below, R4-R11 by PendSV."""
    uses = {
        each.name: each.top_addr - each.low_addr
        for each in run(preemptive(), max_cycles=60_000).memory.stacks
    }

    assert 3 * (8 + 16) + 32 == uses["task task_b"]


def test_coroutines_have_call_trees_of_their_own(run):
    """A yields five times; B does two calls of leaf before each of its yields."""
    recording = run(Firmware(COROUTINES, variables=_VARIABLES, core="cortex-m0"))

    assert (2 * 5 + 1, 2 * 5) == (leaf_calls(recording, "thread"), leaf_calls(recording, "task co_b"))
    assert {"thread/Reset_Handler/main/work_a/leaf", "thread/Reset_Handler/main/leaf"} == {
        path for path in tree(recording) if path.startswith("thread") and path.endswith("/leaf")
    }
    assert {"task co_b/co_b/work_b/leaf"} == {
        path for path in tree(recording) if path.startswith("task") and path.endswith("/leaf")
    }


def test_a_coroutine_that_began_inside_a_function_stays_there(run):
    """It shares its starter's branch of the tree; neither gets the other's calls."""
    recording = run(Firmware(STARTED_IN_A_FUNCTION, variables=_VARIABLES, core="cortex-m0"))
    main = "thread/Reset_Handler/main"

    assert {
        f"{main}/start/co_b/work_b/leaf": 2 * 5,
        f"{main}/work_a/leaf": 2 * 4,
        f"{main}/leaf": 1,
    } == {path: calls for path, calls in tree(recording).items() if path.endswith("/leaf")}


def test_other_tasks_inside_a_measured_call_are_told_apart_from_handlers(run):
    """All calls of `outer` are A's; what lies within them and is neither A's nor a handler's is B's and C's."""
    recording = run(preemptive(period_cycles=300), roi="outer", max_cycles=100_000)
    inside = (each.self_cycles for each in recording.calls if "/outer" in path_of(recording, each))
    others = recording.region_cycles - sum(inside)
    handled = others - recording.region_other_tasks_cycles
    by_root = cycles_by_root(recording)

    assert 20 == recording.region_calls_count
    assert 0 < recording.region_other_tasks_cycles <= by_root["task task_b"] + by_root["task task_c"]
    assert 0 < handled <= by_root["exception 14 PendSV"] + by_root["exception 15 SysTick"]


SHARED_HANDLER = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f64e 5404   movw  r4, #0xED04       @ ICSR
    f2ce 0400   movt  r4, #0xE000
    f04f 50a0   mov   r0, #0x14000000   @ PENDSVSET and PENDSTSET
    6020        str   r0, [r4]
    f3bf 8f6f   isb
    e7fe        b     .
PendSV_Handler:
SysTick_Handler:
    4770        bx    lr
"""
)


def test_exceptions_that_share_a_handler_are_told_apart_by_their_numbers(run):
    """Zephyr enters every interrupt through one wrapper."""
    names = [each.name for each in run(SHARED_HANDLER).contexts if each.kind == "exception"]

    assert ["(exception 14 PendSV)", "(exception 15 SysTick)"] == sorted(
        name.partition(" ")[2] for name in names
    )
