"""An inference as its layers, however the compiler, the linker and the runtime lead there."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcusim.analysis.explain import explain
from mcusim.board.load import load_board
from mcusim.errors import UnknownNameError
from mcusim.firmware.elf import load_image
from mcusim.firmware.symbols import SymbolTable
from mcusim.machine.machine import Machine
from mcusim.machine.options import InlinedCode, Layering, MachineOptions, Region, RegionKind
from mcusim.machine.record import record
from mcusim.recording.recording import Recording
from tests.machine.firmware import Firmware
from tests.machine.reading import name_of, path_of

NETWORK = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f000 f801   bl    outer
    e7fe        b     .
outer:
    b510        push  {r4, lr}
    f000 f803   bl    infer
    f000 f801   bl    infer
    bd10        pop   {r4, pc}
infer:
    b510        push  {r4, lr}
    4c04        ldr   r4, .Ltable
    47a0        blx   r4                @ conv, by a function pointer
    f000 f80a   bl    pool
    47a0        blx   r4                @ conv again
    e8bd 4010   pop   {r4, lr}
    f000 b809   b.w   __softmax_veneer  @ tail call through a linker's veneer
    bf00        nop
    0800012d    .word conv + 1
conv:
    df00        svc   0                 @ an interrupt in the middle of a layer
    4770        bx    lr
pool:
    b510        push  {r4, lr}
    f7ff fffb   bl    conv
    bd10        pop   {r4, pc}
__softmax_veneer:
    f8df f000   ldr   pc, [pc, #0]
    08000141    .word softmax + 1
softmax:
    bf00        nop
    bf00        nop
    4770        bx    lr
SVC_Handler:
    4770        bx    lr
"""
)


def layers_of(recording: Recording) -> list[tuple[int, str, int]]:
    """(place, function, calls) of every layer."""
    return sorted(
        (node.layer_index, name_of(recording, node), node.calls_count)
        for node in recording.calls
        if node.layer_index >= 0
    )


def rows_of(report: dict[str, object]) -> list[tuple[int, str, str]]:
    network = report["network"]
    assert isinstance(network, dict)
    return [(row["index"], row["kind"], row["name"]) for row in network["layers"]]


def cycles_of(report: dict[str, object]) -> float:
    network = report["network"]
    assert isinstance(network, dict)
    return sum(row["cycles"] for row in network["layers"])


def test_pointers_veneers_and_tail_calls_keep_their_place(run):
    assert layers_of(run(NETWORK, inference="infer")) == [
        (0, "conv", 2),
        (1, "pool", 2),
        (2, "conv", 2),
        (3, "__softmax_veneer", 2),
    ]


def test_the_inference_function_is_measured_and_recorded(run):
    recording = run(NETWORK, inference="infer")

    assert ("infer", 2) == (recording.region_name, recording.region_calls_count)
    assert NETWORK.addr("infer") == recording.inference_addr


def test_the_rows_sum_to_the_inference_with_what_interrupted_it(run_command):
    _, report = run_command(NETWORK, "--inference", "infer")

    assert cycles_of(report) == report["inference"]["cycles"]
    assert rows_of(report) == [
        (0, "layer", "conv"),
        (1, "layer", "pool"),
        (2, "layer", "conv"),
        (3, "layer", "softmax"),
        (-1, "between", "between"),
        (-1, "interrupts", "interrupts"),
    ]


def test_a_layer_is_called_like_the_function_behind_the_veneer_and_has_its_cycles(run_command):
    _, report = run_command(NETWORK, "--inference", "infer")
    by_function = {each["name"]: each["inclusive_cycles"] for each in report["kernels"]}

    assert by_function["__softmax_veneer"] == report["network"]["layers"][3]["cycles"]


def test_the_layers_of_a_region_around_the_inference_are_those_of_the_inference(run_command):
    _, wide = run_command(NETWORK, "--inference", "infer", "--roi", "outer")
    _, narrow = run_command(NETWORK, "--inference", "infer")

    assert "outer" == wide["inference"]["function"]
    layers = [row for row in narrow["network"]["layers"] if row["index"] >= 0]
    assert [row["cycles"] for row in layers] == [
        row["cycles"] for row in wide["network"]["layers"] if row["index"] >= 0
    ]


def test_a_region_within_the_inference_has_no_network(run_command):
    _, report = run_command(NETWORK, "--inference", "infer", "--roi", "pool")

    assert report["network"] is None


def test_without_an_inference_function_there_is_no_network(run_command):
    _, report = run_command(NETWORK)

    assert report["network"] is None


def test_the_user_says_which_functions_are_layers_wherever_they_are_called(run):
    recording = run(NETWORK, inference="infer", layer_patterns=("con*",))

    assert layers_of(recording) == [(0, "conv", 2), (1, "conv", 2), (2, "conv", 2)]
    assert any(
        path_of(recording, each).endswith("pool/conv") for each in recording.calls if each.layer_index == 1
    )


def test_a_pattern_that_fits_no_function_is_refused(run):
    with pytest.raises(UnknownNameError, match="no_such"):
        run(NETWORK, inference="infer", layer_patterns=("no_such_*",))


INLINED = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f000 f803   bl    entry
    f000 f801   bl    entry
    e7fe        b     .
entry:
    2003        movs  r0, #3            @ conv is inlined here …
    3801        subs  r0, #1
    d1fd        bne   .-2
    2102        movs  r1, #2            @ … relu here …
    3901        subs  r1, #1
    d1fd        bne   .-2
    e7ff        b     .+2
    3a01        subs  r2, #1            @ … and this is conv again
    4770        bx    lr
"""
)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """INLINED with what its debug information would say."""
    path = tmp_path / "firmware.elf"
    path.write_bytes(INLINED.elf())
    image, board = load_image(path), load_board("generic_m4")
    entry = INLINED.addr("entry")
    conv = InlinedCode(entry, "conv", "conv.c", ((entry, entry + 6), (entry + 14, entry + 18)))
    relu = InlinedCode(entry, "relu", "relu.c", ((entry + 6, entry + 12),))
    options = MachineOptions(
        Region(RegionKind.FUNCTION, "entry", entry),
        max_seconds=1.0,
        layering=Layering(entry, dispatcher_addrs=(entry,), inlined=(conv, relu)),
    )
    machine = Machine(board, image, SymbolTable(image), options)
    machine.run()
    return record(machine, (), {}, -1)


def test_inlined_functions_are_layers_below_the_function_they_are_in(recording):
    assert layers_of(recording) == [(0, "conv", 2), (1, "relu", 2)]
    assert [path_of(recording, each) for each in recording.calls if each.layer_index == 0] == [
        "thread/Reset_Handler/entry/conv"
    ]


def test_the_host_of_inlined_functions_is_called_and_measured_as_before(recording):
    assert 2 == recording.region_calls_count
    assert [2] == [each.calls_count for each in recording.calls if name_of(recording, each) == "entry"]


def test_inlined_functions_share_the_cycles_of_their_host(recording):
    below = [each.self_cycles for each in recording.calls if "/entry" in path_of(recording, each)]

    assert recording.region_cycles == sum(below)
    assert 3 == len([cycles for cycles in below if cycles])


def test_the_instructions_of_inlined_functions_are_theirs(recording):
    """By whole blocks: what `explain` shows sums to what the call tree says."""
    by_instruction = dict.fromkeys(range(len(recording.functions)), 0)
    for each in recording.instructions:
        by_instruction[each.function_index] += each.cycles
    by_node = dict.fromkeys(range(len(recording.functions)), 0)
    for node in recording.calls:
        by_node[node.function_index] += node.self_cycles

    assert by_node == by_instruction


def test_an_inlined_function_names_its_host(recording):
    hosts = {each.name: each.host_index for each in recording.functions if each.host_index >= 0}

    assert {"conv", "relu"} == set(hosts)
    assert {"entry"} == {recording.functions[index].name for index in hosts.values()}


def test_explaining_the_host_explains_what_is_inlined_in_it(recording):
    explained = explain(recording, "entry", INLINED.addr("entry"), lambda _addr: "")

    assert (2, recording.region_cycles) == (explained.calls_count, explained.self_cycles)
    assert 9 == sum(len(block.instructions) for block in explained.blocks)
