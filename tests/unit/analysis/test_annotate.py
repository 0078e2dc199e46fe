"""The costs of source lines: nothing is lost, nothing is counted twice, and inlined code stays where it was written."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from mcusim.analysis.annotate import annotate_file, annotate_function, annotate_run
from mcusim.errors import UnknownNameError, UsageError
from mcusim.recording.recording import ExecutedInstruction, Function
from mcusim.report.request import RunRequest
from mcusim.report.source_line import SourceLine, SourceLines
from mcusim.session import recorded
from mcusim.shipped import shipped_dir

CONV, MAIN = 3, 1


def _instruction(addr: int, function_index: int, count: int, **reasons: int) -> ExecutedInstruction:
    return ExecutedInstruction(addr, 2, "nop", function_index, count, tuple(reasons.items()))


@pytest.fixture
def run(recorded_run):
    """conv (6000 cycles): 5900 of them by instructions, the others by exceptions; a line of quant.h is inlined."""
    instructions = (
        _instruction(0x0800_0200, MAIN, 1, issue=1),
        _instruction(0x0800_0400, CONV, 4, issue=1000, load_use=2000),
        _instruction(0x0800_0402, CONV, 40, issue=900, fetch=1100),
        _instruction(0x0800_0404, CONV, 8, issue=500),
        _instruction(0x0800_0406, CONV, 8, issue=400),
    )
    lines = (
        SourceLine(0x0800_0200, 1, 7),
        SourceLine(0x0800_0400, 0, 2),
        SourceLine(0x0800_0402, 0, 2),
        SourceLine(0x0800_0404, 1, 1),
    )
    sources = SourceLines(("kernels/conv.c", "quant.h"), ("one\ntwo\nthree\n", "q1\n"), lines)
    recording = replace(recorded_run.recording, instructions=instructions)
    return replace(recorded_run, recording=recording, sources=sources)


def test_lines_unplaced_instructions_and_exceptions_sum_to_a_functions_own_cycles(run):
    """conv costs 6000 cycles of its own in the call tree of conftest.py."""
    annotation = annotate_function(run, "conv")

    lines = sum(each.cycles for file in annotation.files for each in file.lines)
    assert (lines, sum(each.cycles for each in annotation.unplaced)) == (5500, 400)
    assert annotation.exception_cycles == 100
    assert annotation.cycles == 6000


def test_a_line_has_the_sum_of_its_instructions_and_the_count_of_the_most_executed(run):
    (line,) = annotate_function(run, "conv").files[0].lines

    assert (line.line_number, line.cycles, line.count) == (2, 5000, 40)
    assert line.reasons == (("load_use", 2000), ("issue", 1900), ("fetch", 1100))


def test_inlined_code_belongs_to_the_file_it_was_written_in(run):
    files = annotate_function(run, "conv").files

    assert [("kernels/conv.c", 5000), ("quant.h", 500)] == [(each.name, each.cycles) for each in files]


def test_energy_is_the_functions_by_cycles(run):
    """An instruction draws what its function draws on average: 5500 of conv's 6000 cycles are in lines."""
    annotation = annotate_function(run, "conv")
    (cost,) = [each for each in run.report.functions if each.name == "conv"]

    in_lines_j = math.fsum(each.energy_j for file in annotation.files for each in file.lines)
    assert annotation.energy_j == pytest.approx(cost.energy_j.value)
    assert in_lines_j == pytest.approx(cost.energy_j.value * 5500 / 6000)


def test_without_a_power_model_there_is_no_energy(run):
    nodes = tuple(replace(each, self_j=None) for each in run.profile.nodes)
    plain = replace(run, profile=replace(run.profile, nodes=nodes, total_j=None))

    annotation = annotate_function(plain, "conv")

    assert annotation.energy_j is None
    assert annotation.files[0].lines[0].energy_j is None


def test_a_file_has_its_lines_of_all_functions(run):
    """quant.h:7 is main's, quant.h:1 is inlined in conv."""
    annotation = annotate_file(run, "quant.h")

    (file,) = annotation.files
    assert [(1, 500), (7, 1)] == [(each.line_number, each.cycles) for each in file.lines]
    assert annotation.cycles == 501
    assert annotation.exception_cycles == 0


def test_a_text_that_ends_before_a_line_of_code_is_another_version(run):
    """quant.h has one line, and code was made from its line 7."""
    conv, quant = annotate_run(run).files

    assert (False, True) == (conv.is_other_version, quant.is_other_version)


def test_the_whole_run_sums_to_its_active_cycles(run):
    """10 000 cycles of which 840 asleep."""
    annotation = annotate_run(run)

    lines = sum(each.cycles for file in annotation.files for each in file.lines)
    unplaced = sum(each.cycles for each in annotation.unplaced)
    assert 10_000 - 840 == annotation.cycles == lines + unplaced + annotation.exception_cycles


def test_cycles_of_code_that_is_told_apart_in_the_call_tree_stay_with_its_host(run):
    """A layer that was inlined has a function of its own in the tree; its instructions are the host's."""
    recording = run.recording
    functions = (*recording.functions, Function("layer", 0x0800_0404, host_index=CONV))
    calls = tuple(
        replace(each, function_index=7) if each.function_index == 6 else each for each in recording.calls
    )
    split = replace(run, recording=replace(recording, functions=functions, calls=calls))

    assert (
        annotate_function(split, "conv").cycles == 6000 + 900
    )  # with the 900 cycles of conftest.py's function 6
    with pytest.raises(UsageError, match="'layer' was inlined"):
        annotate_function(split, "layer")


def test_a_function_is_found_by_its_plain_name_and_by_its_file(run):
    names = ("void ns::conv<int>(int)", "ns::conv<int>", "conv<int>", "kernels/conv.c:conv<int>")
    functions = list(run.recording.functions)
    functions[CONV] = replace(functions[CONV], name=names[0])
    cpp = replace(run, recording=replace(run.recording, functions=tuple(functions)))

    assert [6000] * 4 == [annotate_function(cpp, name).cycles for name in names]


def test_two_functions_of_one_name_need_a_file(run):
    functions = tuple(
        replace(each, name="f") if index in {1, 3} else each
        for index, each in enumerate(run.recording.functions)
    )
    twice = replace(run, recording=replace(run.recording, functions=functions))

    with pytest.raises(UsageError, match="2 functions are called 'f'") as caught:
        annotate_function(twice, "f")

    assert caught.value.why == "kernels/conv.c:f, main.c:f"
    assert annotate_function(twice, "kernels/conv.c:f").cycles == 6000


@pytest.mark.parametrize(
    ("what", "name", "message"),
    [
        (annotate_function, "konv", "no function in this run called 'konv'"),
        (annotate_file, "konv.c", "no source file in this run called 'konv.c'"),
    ],
)
def test_a_name_that_is_not_there_gets_the_nearest(run, what, name, message):
    with pytest.raises(UnknownNameError, match=message) as caught:
        what(run, name)

    assert "conv" in caught.value.fix


def test_every_function_of_a_real_run_sums_to_its_self_cycles_and_energy():
    """The sample on a board with exceptions counts each cycle in one line, or as an exception's entry and return."""
    elf = shipped_dir("firmware_samples") / "digits_cnn" / "nucleo_l4r5zi.elf"
    run = recorded(RunRequest(elf, "nucleo_l4r5zi"))

    for cost in run.report.functions:
        annotation = annotate_function(run, cost.name)
        lines = [each for file in annotation.files for each in file.lines]
        rest = sum(each.cycles for each in annotation.unplaced) + annotation.exception_cycles
        assert cost.self_cycles == sum(each.cycles for each in lines) + rest
        assert math.fsum(each.energy_j for each in lines) == pytest.approx(cost.energy_j.value)
        assert rest == 0  # all of it has debug information, and no interrupt is on
