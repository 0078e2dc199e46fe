"""Layers out of a calling-context tree: they sum to the inference whatever the tree is like."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.analysis.build import build_report
from mcusim.analysis.functions import CallTree
from mcusim.analysis.layer_names import with_model
from mcusim.analysis.layers import Inferences, inferences_in
from mcusim.analysis.region import measured_region
from mcusim.firmware.models import Model, ModelLayer
from mcusim.recording.recording import (
    LAYERS_MAX,
    Call,
    CallNode,
    Function,
    Memory,
    Phase,
    Recording,
    Stop,
)
from mcusim.report.network import LayerCost

RUN, MAIN, CONV, POOL, HELPER = range(5)
RUN_ADDR = 0x100
FUNCTIONS = tuple(
    Function(name, 0x100 * (index + 1), f"{name}.c")
    for index, name in enumerate(("run", "main", "conv", "pool", "helper"))
)


def recording_of(*nodes: CallNode, calls: int, cycles: int, sleep_cycles: int = 0) -> Recording:
    """A run in one phase, of which `calls` calls of run() took `cycles` together."""
    active = sum(node.self_cycles for node in nodes)
    listed = (Call(0, cycles, sleep_cycles),) if calls else ()
    return Recording(
        schema=1,
        tool_version="",
        board_name="",
        firmware_sha256="",
        total_cycles=active + sleep_cycles,
        sleep_cycles=sleep_cycles,
        instructions_count=0,
        functions=FUNCTIONS,
        calls=nodes,
        blocks=(),
        reason_cycles=(),
        phases=(
            Phase(
                0, 1000, 0, False, False, active, sleep_cycles, 0, False, tuple(n.self_cycles for n in nodes)
            ),
        ),
        region_name="run",
        region_kind="function",
        region_calls_count=calls,
        region_cycles=cycles,
        region_calls=listed,
        memory=Memory((), 0, "none"),
        console=(),
        variables=(),
        unmodelled=(),
        polls=(),
        counters=(),
        warnings=(),
        stop=Stop("exit", "", 0),
        region_addr=RUN_ADDR,
        inference_addr=RUN_ADDR,
    )


def inferences_of(recording: Recording) -> Inferences | None:
    tree = CallTree(recording)
    region = measured_region(recording, tree, frozenset({recording.region_addr}))
    return inferences_in(recording, tree, region)


def summary(recording: Recording) -> list[tuple[int, str, int, int]]:
    """(place, kind, calls, cycles) of every row."""
    found = inferences_of(recording)
    assert found is not None
    return [(row.index, row.cost.kind, row.cost.calls_count, row.cost.inclusive_cycles) for row in found.rows]


def node(function: int, parent: int, calls: int, cycles: int, layer: int = -1) -> CallNode:
    return CallNode(function, parent, "" if parent >= 0 else "thread", calls, cycles, layer_index=layer)


TWO_LAYERS = (
    node(MAIN, -1, 1, 50),
    node(RUN, 0, 2, 30),
    node(CONV, 1, 2, 100, layer=0),
    node(HELPER, 2, 6, 400),
    node(POOL, 1, 2, 60, layer=1),
    node(HELPER, 1, 2, 10),
)


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    """Any tree with inferences in it, in which layers may nest wrongly, repeat and change from call to call."""
    nodes = [node(MAIN, -1, 1, draw(st.integers(0, 50))), node(RUN, 0, 3, draw(st.integers(1, 50)))]
    for _ in range(draw(st.integers(0, 30))):
        parent = draw(st.integers(0, len(nodes) - 1))
        layer = draw(st.integers(-1, 5)) if parent else -1
        function = draw(st.sampled_from((CONV, POOL, HELPER, RUN)))
        nodes.append(node(function, parent, draw(st.integers(1, 9)), draw(st.integers(0, 999)), layer))
    if draw(st.booleans()):
        nodes.append(CallNode(HELPER, -1, "exception 15 SysTick", 1, draw(st.integers(0, 99))))
    below = CallTree(recording_of(*nodes, calls=0, cycles=0)).below(frozenset({RUN}))
    traced = sum(each.self_cycles for each, is_in in zip(nodes, below, strict=True) if is_in)
    sleep = draw(st.integers(0, 100))
    # An interrupt makes calls longer than their nodes; an unfinished call makes nodes heavier than the calls.
    cycles = max(1, traced + sleep + draw(st.integers(-200, 200)))
    return recording_of(*nodes, calls=3, cycles=max(cycles, sleep + 1), sleep_cycles=sleep)


@given(recordings())
def test_the_rows_sum_to_the_inferences(recording):
    found = inferences_of(recording)

    assert found is not None
    scaled = sum(
        row.cost.inclusive_cycles * (1.0 if row.cost.kind == "sleep" else found.scale_ratio)
        for row in found.rows
    )
    assert recording.region_cycles == found.total_cycles
    assert recording.region_cycles == pytest.approx(scaled, rel=1e-9, abs=1e-6)


@given(recordings())
def test_around_the_inference_the_rows_sum_to_what_ran_below_it(recording):
    wide = replace(recording, region_name="(whole run)", region_kind="whole", region_addr=-1)
    below = CallTree(recording).below(frozenset({RUN}))
    cycles = sum(each.self_cycles for each, is_in in zip(recording.calls, below, strict=True) if is_in)

    found = inferences_of(wide)

    assert found is not None
    assert cycles == found.total_cycles == sum(row.cost.inclusive_cycles for row in found.rows)


def test_a_layer_has_the_cycles_of_what_it_called():
    assert summary(recording_of(*TWO_LAYERS, calls=2, cycles=600)) == [
        (0, "layer", 2, 500),
        (1, "layer", 2, 60),
        (-1, "between", 0, 40),
    ]


def test_the_kernel_is_the_function_with_most_cycles_of_its_own():
    found = inferences_of(recording_of(*TWO_LAYERS, calls=2, cycles=600))

    assert found is not None
    assert [HELPER, POOL] == [row.kernel_index for row in found.rows if row.index >= 0]


def test_interrupts_and_sleep_complete_the_sum():
    handler = CallNode(HELPER, -1, "exception 15 SysTick", 1, 7)
    rows = summary(recording_of(*TWO_LAYERS, handler, calls=2, cycles=640, sleep_cycles=33))

    assert [(-1, "interrupts", 0, 7), (-1, "sleep", 0, 33)] == rows[-2:]


def test_a_place_that_holds_another_function_the_next_time_is_two_rows():
    """Control flow: the first inference pools, the second convolves."""
    nodes = (
        node(MAIN, -1, 1, 0),
        node(RUN, 0, 2, 10),
        node(CONV, 1, 1, 100, layer=0),
        node(POOL, 1, 1, 60, layer=0),
    )
    assert summary(recording_of(*nodes, calls=2, cycles=170)) == [
        (0, "layer", 1, 100),
        (0, "layer", 1, 60),
        (-1, "between", 0, 10),
    ]


def test_the_same_layer_from_two_callers_is_one_row():
    nodes = (
        node(MAIN, -1, 1, 0),
        node(RUN, 0, 1, 10),
        node(CONV, 1, 1, 100, layer=0),
        node(HELPER, 0, 1, 0),
        node(RUN, 3, 1, 10),
        node(CONV, 4, 1, 140, layer=0),
    )
    assert (0, "layer", 2, 240) == summary(recording_of(*nodes, calls=2, cycles=260))[0]


def test_the_steps_of_a_loop_are_one_row_per_function():
    """More places than the native core tells apart."""
    steps = [node(CONV if place % 2 else POOL, 1, 1, 1, layer=place) for place in range(LAYERS_MAX)]
    nodes = (node(MAIN, -1, 1, 0), node(RUN, 0, 1, 0), *steps)

    assert summary(recording_of(*nodes, calls=1, cycles=LAYERS_MAX)) == [
        (0, "layer", LAYERS_MAX // 2, LAYERS_MAX // 2),
        (1, "layer", LAYERS_MAX // 2, LAYERS_MAX // 2),
    ]


def test_a_stretch_holds_as_many_inferences_as_its_share_of_their_cycles():
    recording = recording_of(*TWO_LAYERS, calls=2, cycles=600)
    (phase,) = recording.phases
    half = tuple(each.self_cycles // 2 for each in recording.calls)
    phases = (
        replace(phase, active_cycles=sum(half), node_cycles=half, in_region=True),
        replace(phase, active_cycles=sum(half), node_cycles=half, begin_cycles=sum(half)),
    )
    stretch = replace(
        recording, phases=phases, region_kind="pair", region_calls_count=1, region_cycles=sum(half)
    )

    found = inferences_of(stretch)

    assert found is not None
    assert (1, 300) == (found.calls_count, found.total_cycles)


@pytest.mark.parametrize(
    "changes", [{"inference_addr": -1}, {"inference_addr": 0x9999}, {"region_addr": 0x300}]
)
def test_without_an_inference_in_the_region_there_are_no_layers(changes):
    assert inferences_of(replace(recording_of(*TWO_LAYERS, calls=2, cycles=600), **changes)) is None


def test_the_energies_of_the_layers_sum_to_the_inference(recording, image, board, power_model, run_request):
    """The hand-made run, with conv and fully_connected as layers."""
    calls = tuple(
        replace(each, layer_index={3: 0, 5: 1}.get(index, -1)) for index, each in enumerate(recording.calls)
    )
    infer_addr = recording.functions[2].addr
    made = replace(recording, calls=calls, region_addr=infer_addr, inference_addr=infer_addr)

    report = build_report(made, image, board, power_model, run_request)

    assert report.network is not None
    assert [("layer", 3400), ("layer", 500), ("between", 100)] == [
        (each.kind, each.cycles) for each in report.network.layers[:3]
    ]
    assert report.inference.cycles == sum(each.cycles for each in report.network.layers)
    energies = [each.energy_j.value for each in report.network.layers if each.energy_j]
    assert report.inference.energy_j is not None
    assert sum(energies) == pytest.approx(report.inference.energy_j.value)


def row(index: int, operator: str, name: str = "Eval") -> LayerCost:
    kind = "layer" if index >= 0 else "between"
    return LayerCost(index, kind, operator, name, "kernel", "conv.cc", 1, 100, 0.5, None)


def model(*operators: str, name: str = "g_model") -> Model:
    layers = tuple(ModelLayer(each, "", ((1, 4),), ((1, 2),), 8) for each in operators)
    return Model(name, layers)


ROWS = (row(0, "CONV_2D"), row(1, ""), row(-1, ""))


def test_a_model_that_fits_names_the_layers_and_gives_their_shapes():
    layers, name = with_model(ROWS, [model("CONV_2D", "SOFTMAX")])

    assert "g_model" == name
    assert ["CONV_2D", "SOFTMAX", ""] == [each.operator for each in layers]
    assert [((1, 2),), ((1, 2),), ()] == [each.output_shapes for each in layers]
    assert [8, 8, None] == [each.macs_count for each in layers]
    assert ["Eval", "Eval"] == [each.name for each in layers[:2]]


@pytest.mark.parametrize(
    "models",
    [
        [],
        [model("CONV_2D")],
        [model("ADD", "SOFTMAX")],
        [model("CONV_2D", "SOFTMAX"), model("CONV_2D", "RELU")],
    ],
    ids=["none", "shorter", "another operator", "two that fit"],
)
def test_a_model_that_may_be_another_one_says_nothing(models):
    assert (ROWS, "") == with_model(ROWS, models)


def test_the_same_model_twice_is_no_doubt():
    twice = [model("CONV_2D", "SOFTMAX"), model("CONV_2D", "SOFTMAX", name="copy")]

    assert "g_model" == with_model(ROWS, twice)[1]


def test_layers_that_change_from_inference_to_inference_are_no_model():
    rows = (row(0, "CONV_2D"), row(0, "ADD"))

    assert (rows, "") == with_model(rows, [model("CONV_2D", "ADD")])
