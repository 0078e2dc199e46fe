"""The arena holds every tensor while it lives, and nothing else writes there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mcusim.codegen.graph import ElementType, Graph, Operator, Tensor
from mcusim.codegen.lower.call import Alias, Call
from mcusim.codegen.plan import plan_of


def chain(sizes, scratch_bytes, skips, aliases):
    """Tensor i+1 is computed from tensor i, and from an older one where `skips` says so."""
    tensors = tuple(Tensor(i, f"t{i}", (size,), ElementType.INT8) for i, size in enumerate(sizes))
    steps = []
    for index in range(len(sizes) - 1):
        operator = Operator(index, "ADD", (index,), (index + 1,))
        older = max(0, index - skips[index % len(skips)])
        if aliases[index % len(aliases)] and tensors[index].shape == tensors[index + 1].shape:
            steps.append((operator, Alias(index, index + 1)))
        else:
            scratch = scratch_bytes[index % len(scratch_bytes)]
            steps.append((operator, Call("k", (index, older), (index + 1,), scratch_bytes=scratch)))
    return Graph("g", tensors, (), (0,), (len(sizes) - 1,)), tuple(steps)


CHAINS = st.builds(
    chain,
    st.lists(st.sampled_from((1, 7, 8, 64, 100, 1000)), min_size=2, max_size=12),
    st.lists(st.one_of(st.none(), st.integers(0, 300)), min_size=1, max_size=3),
    st.lists(st.integers(0, 4), min_size=1, max_size=3),
    st.lists(st.booleans(), min_size=1, max_size=3),
)


@given(CHAINS)
def test_blocks_that_live_at_the_same_time_do_not_overlap(network):
    plan = plan_of(*network)

    for one in plan.placed:
        for other in plan.placed:
            is_apart = one.end_bytes <= other.offset_bytes or other.end_bytes <= one.offset_bytes
            live_apart = (
                one.block.last_index < other.block.first_index
                or other.block.last_index < one.block.first_index
            )
            assert one is other or is_apart or live_apart


@given(CHAINS)
def test_the_arena_is_at_least_what_its_fullest_step_needs_and_holds_every_block(network):
    plan = plan_of(*network)

    assert sum(each.block.size_bytes for each in plan.fullest()) <= plan.size_bytes
    assert all(0 <= each.offset_bytes and each.end_bytes <= plan.size_bytes for each in plan.placed)


@given(CHAINS)
def test_a_tensor_lives_from_the_step_that_computes_it_to_the_last_that_reads_it(network):
    graph, steps = network
    plan = plan_of(graph, steps)
    lives = {each.block.block_id: each.block for each in plan.placed}
    owners = {}
    for step, (_, each) in enumerate(steps):
        used = (
            (each.source_index, each.output_index)
            if isinstance(each, Alias)
            else (*each.inputs, *each.outputs)
        )
        if isinstance(each, Alias):
            owners[each.output_index] = owners.get(each.source_index, each.source_index)
        for index in used:
            block = lives[owners.get(index, index)]
            assert block.first_index <= step <= block.last_index


def test_two_tensors_that_never_meet_share_their_memory():
    tensors = tuple(Tensor(i, f"t{i}", (100,), ElementType.INT8) for i in range(4))
    steps = tuple((Operator(i, "RELU", (i,), (i + 1,)), Call("k", (i,), (i + 1,))) for i in range(3))

    assert 2 * 104 == plan_of(Graph("g", tensors, (), (0,), (3,)), steps).size_bytes
