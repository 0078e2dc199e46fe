"""What all exports have in common: their weights sum to the report, their bytes are always the same."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from google.protobuf import text_format
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace

from mcusim.analysis.build import build_run
from mcusim.recorded.run import RecordedRun
from mcusim.recording.recording import Function
from mcusim.render.exports.pprof import profile_class
from mcusim.render.exports.profile_frames import FrameTree, frame_tree, shared_out, whole_units
from tests.export_factory import POOL, SHAPE, rich_recording, rich_run

GOLDEN = Path(__file__).parents[2] / "golden" / "exports"
FORMATS = {
    "speedscope": "speedscope.json",
    "collapsed": "collapsed",
    "callgrind": "callgrind",
    "pprof": "pprof.txt",
    "perfetto": "perfetto.txt",
}
"""Each format and the ending of its golden file; of binary ones the decoded message is compared, as text."""


@pytest.fixture
def run(recording, image, board, power_model, run_request) -> RecordedRun:
    return rich_run(recording, image, board, power_model, run_request)


@pytest.fixture
def tree(run) -> FrameTree:
    return frame_tree(run)


def rendered(format_name: str, run: RecordedRun) -> bytes:
    return import_module(f"mcusim.render.exports.{format_name}").render(run)


def as_text(format_name: str, data: bytes) -> str:
    if format_name == "pprof":
        return text_format.MessageToString(profile_class().FromString(gzip.decompress(data)))
    if format_name == "perfetto":
        return text_format.MessageToString(Trace.FromString(data))
    return data.decode()


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_export_is_what_its_golden_file_says(format_name, run, request):
    golden = GOLDEN / f"hand_made.{FORMATS[format_name]}"
    text = as_text(format_name, rendered(format_name, run))
    if request.config.getoption("--regen"):
        golden.write_text(text, encoding="utf-8")

    assert golden.read_text(encoding="utf-8") == text


def test_every_golden_file_belongs_to_a_format():
    expected = {f"hand_made.{ending}" for ending in FORMATS.values()}

    assert expected == {each.name for each in GOLDEN.iterdir()}


@pytest.mark.parametrize("format_name", FORMATS)
def test_an_export_is_the_same_each_time(format_name, run):
    assert rendered(format_name, run) == rendered(format_name, run)


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_run_without_power_model_has_no_energy(format_name, recording, image, board, run_request):
    run = rich_run(recording, image, board, None, run_request)
    run = replace(run, report=replace(run.report, network=None))  # its rows are made with energies
    words = re.compile("energy|pJ|nJ|joule|power", re.IGNORECASE)

    assert [] == words.findall(as_text(format_name, rendered(format_name, run)))


def test_the_places_sum_to_the_report(run, tree):
    assert run.report.totals.cycles == sum(each.self_cycles for each in tree.places)
    assert run.report.totals.time_s == pytest.approx(sum(each.self_s for each in tree.places))
    assert run.report.totals.energy_j.value == pytest.approx(sum(each.self_j for each in tree.places))


def names_of(tree: FrameTree) -> list[str]:
    return [each.name for each in tree.frames]


def test_static_functions_of_equal_name_are_told_apart_by_their_files(tree):
    assert ["clamp (conv.c)", "clamp (fc.c)"] == sorted(each for each in names_of(tree) if "clamp" in each)


def test_functions_of_equal_name_and_file_are_told_apart_by_address(run):
    functions = (*run.recording.functions, Function("main", 0x0800_0240, "main.c"))
    tree = frame_tree(replace(run, recording=replace(run.recording, functions=functions)))

    assert "main (0x08000200)" in names_of(tree)


def test_an_inlined_copy_is_the_same_function(run):
    """It is at another address, and yet the function that the programmer wrote."""
    functions = (*run.recording.functions, Function("main", 0x0800_0240, "main.c", host_index=2))
    tree = frame_tree(replace(run, recording=replace(run.recording, functions=functions)))

    assert "main" in names_of(tree)


def test_names_of_other_languages_are_kept_but_for_arguments(tree):
    """C++'s and Rust's; arguments make flame graphs unreadable."""
    assert {POOL, SHAPE} < set(names_of(tree))


def test_overloaded_functions_are_told_apart_by_their_arguments(run):
    functions = (*run.recording.functions, Function(f"{POOL}(float*)", 0x0800_0940, "pool.cc"))
    tree = frame_tree(replace(run, recording=replace(run.recording, functions=functions)))

    assert f"{POOL}(int*)" in names_of(tree)


def test_a_layer_is_a_frame_above_the_function_that_begins_it(tree):
    layers = {
        place.layer: tree.frames[place.frame_index].name
        for place in tree.places
        if place.parent_index >= 0
        and tree.frames[tree.places[place.parent_index].frame_index].kind == "layer"
    }

    assert {
        "layer 0 CONV_2D": "conv",
        "layer 1 FULLY_CONNECTED": "fully_connected",
        f"layer 2 {POOL}": POOL,
    } == layers


def test_what_a_layer_calls_is_in_it(tree):
    """conv 5000, clamp 600 and requantize 800 of the docstring."""
    assert 6400 == sum(each.self_cycles for each in tree.places if each.layer == "layer 0 CONV_2D")


def test_roots_say_what_kind_of_context_they_are(tree):
    roots = [tree.frames[each.frame_index].name for each in tree.places if each.parent_index < 0]

    assert ["[thread]", "[task worker]", "[exception SysTick_Handler]", "[sleep]"] == roots


def test_tasks_of_equal_name_are_two_roots(recording, image, board, power_model, run_request):
    """Labels of roots differ where names do not."""
    recording = rich_recording(recording)
    contexts = tuple(replace(each, name="same") for each in recording.contexts)
    run = build_run(replace(recording, contexts=contexts), image, board, power_model, run_request)

    assert ["thread", "task worker", "exception 15 SysTick"] == [
        each.name for each in run.profile.nodes if each.kind == "context"
    ]


def test_roots_where_nothing_ran_are_left_out(run):
    """Each context of a recording has a place for code that no function covers; only the task ran some."""
    unknown = [each.self_cycles for each in run.profile.nodes if each.name == "(unknown code)"]

    assert [40] == unknown


def test_a_file_is_as_the_compiler_named_it_where_lines_are_known(tree):
    files = {each.name: (each.file, each.line_number) for each in tree.frames}

    assert ("src/conv.c", 5) == files["conv"]
    assert ("fc.c", 0) == files["fully_connected"]


def test_shares_sum_to_the_whole():
    assert [1, 0, 1, 1] == shared_out(3, [3, 1, 3, 3])
    assert [5, 0] == shared_out(5, [0, 0])
    assert [] == shared_out(5, [])


def test_rounding_to_units_does_not_add_up():
    """Three times 0.4 ns are 1.2 ns, which is 1 and not 0."""
    assert 1 == sum(whole_units([0.4e-9] * 3, 10**9))


def test_a_speedscope_file_sums_to_the_report_in_each_unit(run):
    profiles = json.loads(rendered("speedscope", run))["profiles"]
    totals = run.report.totals

    assert [("cycles", "none"), ("time", "seconds"), ("energy in nJ", "none")] == [
        (each["name"], each["unit"]) for each in profiles
    ]
    assert totals.cycles == sum(profiles[0]["weights"])
    assert totals.time_s == pytest.approx(sum(profiles[1]["weights"]))
    assert totals.energy_j.value == pytest.approx(sum(profiles[2]["weights"]) * 1e-9)


def test_every_sample_of_a_speedscope_file_is_a_stack_of_its_frames(run):
    content = json.loads(rendered("speedscope", run))
    count = len(content["shared"]["frames"])

    for profile in content["profiles"]:
        assert len(profile["samples"]) == len(profile["weights"])
        assert all(0 <= index < count for stack in profile["samples"] for index in stack)


def test_collapsed_stacks_sum_to_the_cycles_of_the_run(run):
    lines = rendered("collapsed", run).decode().splitlines()

    assert 10_000 == sum(int(line.rpartition(" ")[2]) for line in lines)


def test_a_semicolon_in_a_name_does_not_end_it_in_collapsed_stacks(run):
    line = next(each for each in rendered("collapsed", run).decode().splitlines() if "Shape" in each)

    assert "[thread];Reset_Handler;main;<[u8: 4] as Shape>::area 20" == line
