"""Two calling-context trees laid over each other, and the collapsed stacks with two weights."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from mcusim.analysis.compare import compare
from mcusim.analysis.compare_profile import compare_profiles
from mcusim.render.comparison.collapsed import render
from mcusim.report.profile import CONTEXT, FUNCTION, SLEEP, Profile, ProfileNode


def profile(*nodes: tuple[str, str, int, int]) -> Profile:
    """(name, kind, parent, cycles) each; seconds at 1 MHz, no energies."""
    made = tuple(
        ProfileNode(name, kind, parent, 1, cycles, cycles / 1e6, None) for name, kind, parent, cycles in nodes
    )
    total = sum(each.self_cycles for each in made)
    return Profile(made, total, total / 1e6, None)


OLD = profile(
    ("thread", CONTEXT, -1, 0), ("main", FUNCTION, 0, 10), ("conv", FUNCTION, 1, 100), ("sleep", SLEEP, -1, 5)
)
NEW = profile(
    ("thread", CONTEXT, -1, 0),
    ("main", FUNCTION, 0, 10),
    ("conv.constprop.0", FUNCTION, 1, 80),
    ("conv.part.0", FUNCTION, 1, 50),
    ("pool", FUNCTION, 2, 7),
)


def test_a_place_of_both_runs_has_both_weights():
    change = compare_profiles(OLD, NEW)

    assert {
        ("thread", "same", 0, 0),
        ("main", "same", 10, 10),
        ("conv.constprop.0", "renamed", 100, 130),
        ("pool", "added", 0, 7),
        ("sleep", "removed", 5, 0),
    } == {(each.name, each.status, each.old_self_cycles, each.new_self_cycles) for each in change.nodes}


def test_parents_come_before_their_children_and_are_the_same_place():
    nodes = compare_profiles(OLD, NEW).nodes

    assert all(each.parent_index < place for place, each in enumerate(nodes))
    assert {
        "thread": "",
        "main": "thread",
        "conv.constprop.0": "main",
        "pool": "conv.constprop.0",
        "sleep": "",
    } == {each.name: nodes[each.parent_index].name if each.parent_index >= 0 else "" for each in nodes}


def test_a_renamed_function_is_one_place_when_the_comparison_says_so(report):
    renamed = tuple(
        replace(each, name="conv_fast") if each.name == "conv" else each for each in report.functions
    )
    comparison = compare(report, replace(report, functions=renamed))
    new = profile(("thread", CONTEXT, -1, 0), ("main", FUNCTION, 0, 10), ("conv_fast", FUNCTION, 1, 90))

    nodes = {each.name: each for each in compare_profiles(OLD, new, comparison).nodes}

    assert ("conv", 100, 90) == (
        nodes["conv_fast"].old_name,
        nodes["conv_fast"].old_self_cycles,
        nodes["conv_fast"].new_self_cycles,
    )


def test_layers_of_one_function_stay_apart():
    nodes = (
        ProfileNode("infer", FUNCTION, -1, 1, 1, 0.0, None),
        ProfileNode("conv", FUNCTION, 0, 1, 10, 0.0, None, layer_index=0),
        ProfileNode("conv", FUNCTION, 0, 1, 20, 0.0, None, layer_index=1),
    )
    tree = Profile(nodes, 31, 0.0, None)

    assert [1, 10, 20] == [each.new_self_cycles for each in compare_profiles(tree, tree).nodes]


def test_joules_are_unknown_only_where_a_run_has_none():
    priced = Profile(
        tuple(replace(each, self_j=1e-6) for each in OLD.nodes), OLD.total_cycles, OLD.total_s, 4e-6
    )

    nodes = {each.name: each for each in compare_profiles(priced, NEW).nodes}

    assert (1e-6, None) == (nodes["main"].old_self_j, nodes["main"].new_self_j)
    assert (0.0, None) == (nodes["pool"].old_self_j, nodes["pool"].new_self_j)


@st.composite
def profiles(draw) -> Profile:
    """Random trees of few names."""
    count = draw(st.integers(1, 12))
    names = st.sampled_from(["a", "b", "c", "a.part.0", "d;e"])
    return profile(
        *(
            (draw(names), FUNCTION, draw(st.integers(-1, place - 1)), draw(st.integers(0, 99)))
            for place in range(count)
        )
    )


@given(profiles(), profiles())
def test_the_weights_sum_to_those_of_both_runs_here_and_in_the_collapsed_stacks(old, new):
    change = compare_profiles(old, new)
    lines = [line.rsplit(" ", 2) for line in render(change).decode().splitlines()]

    assert (old.total_cycles, new.total_cycles) == (
        sum(each.old_self_cycles for each in change.nodes),
        sum(each.new_self_cycles for each in change.nodes),
    )
    assert (old.total_cycles, new.total_cycles) == (
        sum(int(line[1]) for line in lines),
        sum(int(line[2]) for line in lines),
    )


def test_collapsed_stacks_have_the_form_that_difffolded_writes():
    """FlameGraph's difffolded.pl prints "stack old new"; flamegraph.pl colours by their difference."""
    assert (
        "sleep 5 0\n"
        "thread;main 10 10\n"
        "thread;main;conv.constprop.0 100 130\n"
        "thread;main;conv.constprop.0;pool 0 7\n"
    ) == render(compare_profiles(OLD, NEW)).decode()
