"""Self and inclusive cycles out of a calling-context tree."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mcusim.analysis.functions import CallTree
from mcusim.recording.recording import CallNode, Function, Memory, Recording, Stop


def tree_of(*nodes: CallNode) -> CallTree:
    """A tree of functions f0, f1, …"""
    count = max((node.function_index for node in nodes), default=-1) + 1
    return CallTree(
        Recording(
            schema=1,
            tool_version="",
            board_name="",
            firmware_sha256="",
            total_cycles=sum(node.self_cycles for node in nodes),
            sleep_cycles=0,
            instructions_count=0,
            functions=tuple(Function(f"f{index}", 0x100 * index) for index in range(count)),
            calls=nodes,
            blocks=(),
            reason_cycles=(),
            phases=(),
            region_name="",
            region_kind="whole",
            region_calls_count=0,
            region_cycles=0,
            region_calls=(),
            memory=Memory((), 0, "none"),
            console=(),
            variables=(),
            unmodelled=(),
            polls=(),
            counters=(),
            warnings=(),
            stop=Stop("exit", "", 0),
        )
    )


@st.composite
def trees(draw: st.DrawFn) -> CallTree:
    """Any tree, parents first, with recursion and several roots."""
    nodes: list[CallNode] = []
    for index in range(draw(st.integers(1, 20))):
        parent = draw(st.integers(-1, index - 1))
        root = draw(st.sampled_from(["thread", "exception 15 SysTick"])) if parent < 0 else ""
        nodes.append(
            CallNode(
                draw(st.integers(0, 4)), parent, root, draw(st.integers(1, 9)), draw(st.integers(0, 10**9))
            )
        )
    return tree_of(*nodes)


def test_a_recursive_call_counts_once_in_inclusive_cycles():
    """f0 → f1 → f0 → f1: 10 + 20 + 30 + 40 cycles are all in f0; f1's outer call holds 20 + 30 + 40."""
    tree = tree_of(
        CallNode(0, -1, "thread", 1, 10),
        CallNode(1, 0, "", 1, 20),
        CallNode(0, 1, "", 2, 30),
        CallNode(1, 2, "", 3, 40),
    )

    costs = tree.by_function()

    assert (costs[0].calls_count, costs[0].self_cycles, costs[0].inclusive_cycles) == (3, 40, 100)
    assert (costs[1].calls_count, costs[1].self_cycles, costs[1].inclusive_cycles) == (4, 60, 90)


def test_a_function_called_from_two_places_adds_both(recording):
    """requantize runs below conv (800) and below main (100)."""
    costs = CallTree(recording).by_function()

    assert (costs[6].calls_count, costs[6].self_cycles, costs[6].inclusive_cycles) == (9, 900, 900)


def test_inclusive_cycles_hold_the_callees_but_no_interrupts(recording):
    """infer: 200 + conv 6000 + requantize 800 + fully_connected 1000; SysTick is a root of its own."""
    costs = CallTree(recording).by_function()

    assert costs[2].inclusive_cycles == 8000


def test_contexts_hold_all_cycles_by_their_root(recording):
    """9100 in the thread, 60 in SysTick: the hand-made tree."""
    assert CallTree(recording).cycles_by_context() == {"thread": 9100, "exception 15 SysTick": 60}


@given(trees())
def test_self_cycles_sum_to_all_cycles(tree):
    """No cycle is lost and none counted twice."""
    total = sum(node.self_cycles for node in tree.nodes)

    assert total == sum(cost.self_cycles for cost in tree.by_function().values())
    assert total == sum(tree.cycles_by_context().values())


@given(trees())
def test_inclusive_cycles_lie_between_self_cycles_and_the_total(tree):
    """Counting recursion twice would exceed the total."""
    total = sum(node.self_cycles for node in tree.nodes)

    assert all(cost.self_cycles <= cost.inclusive_cycles <= total for cost in tree.by_function().values())


@given(trees(), st.integers(0, 4))
def test_weights_replace_the_self_cycles(tree, function):
    """Weighting all nodes but one function's with 0 leaves that function's cycles alone."""
    weights = [node.self_cycles if node.function_index == function else 0 for node in tree.nodes]

    costs = tree.by_function(weights)

    assert sum(weights) == sum(cost.self_cycles for cost in costs.values())
    assert all(cost.self_cycles == 0 for index, cost in costs.items() if index != function)


def test_a_node_without_a_function_is_shown_as_unknown(recording):
    """Code outside every symbol still has a row."""
    nodes = (*recording.calls, CallNode(-1, 0, "", 1, 5))
    tree = CallTree(replace(recording, calls=nodes))

    assert tree.function_name(-1) == "(unknown)"
    assert tree.by_function()[-1].self_cycles == 5
