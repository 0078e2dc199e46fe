"""Profiles for KCachegrind: lines and calls, added up by us and by callgrind_annotate."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from mcusim.recorded.run import RecordedRun
from mcusim.render.exports.callgrind import render
from mcusim.render.exports.profile_frames import frame_tree
from tests.export_factory import rich_run

needs_annotate = pytest.mark.skipif(
    shutil.which("callgrind_annotate") is None,
    reason="callgrind_annotate (Debian: valgrind) is not installed",
)


@pytest.fixture
def run(recording, image, board, power_model, run_request) -> RecordedRun:
    return rich_run(recording, image, board, power_model, run_request)


@dataclass
class Parsed:
    """A file as the format's specification says to read it."""

    events: list[str] = field(default_factory=list)
    heads: dict[str, str] = field(default_factory=dict)
    own: dict[str, Counter[str]] = field(default_factory=dict)
    lines: dict[tuple[str, str, int], Counter[str]] = field(default_factory=dict)
    """By function, file and line."""
    into: dict[str, Counter[str]] = field(default_factory=dict)
    """Inclusive cost of all calls of a function."""
    calls: dict[tuple[str, str], tuple[int, Counter[str]]] = field(default_factory=dict)


def parsed(data: bytes) -> Parsed:
    """Own parser: names by number, a line after `calls=` is the call's, others are the function's own."""
    found = Parsed()
    names: dict[str, str] = {}
    function = file = callee = ""
    calls_count = 0
    for text in data.decode().splitlines():
        key, _, value = text.partition("=")
        name = re.fullmatch(r"\((\d+)\)(?: (.*))?", value)
        if name is not None:
            names[name[1]] = name[2] or names[name[1]]
        if key == "fn":
            function = names[name[1]]
        elif key in ("fl", "fi", "fe"):
            file = names[name[1]]
        elif key == "cfn":
            callee = names[name[1]]
        elif key == "calls":
            calls_count = int(value.split()[0])
        elif head := re.fullmatch(r"([a-z]+): (.*)", text):
            found.heads[head[1]] = head[2]
            found.events = head[2].split() if head[1] == "events" else found.events
        elif re.match(r"\d+ ", text):
            line, *costs = (int(each) for each in text.split())
            cost = Counter(dict(zip(found.events, costs, strict=True)))
            if calls_count:
                found.into.setdefault(callee, Counter()).update(cost)
                found.calls[function, callee] = (calls_count, cost)
                calls_count = 0
            else:
                found.own.setdefault(function, Counter()).update(cost)
                found.lines[function, file, line] = cost
    return found


def total_of(file: Parsed) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in file.own.values():
        total.update(each)
    return total


def test_own_costs_sum_to_the_report(run):
    total, report = total_of(parsed(render(run))), run.report.totals

    assert (report.cycles, report.instructions) == (total["Cycles"], total["Instructions"])
    assert round(report.time_s * 1e9) == total["Time_ns"]
    assert round(report.energy_j.value * 1e12) == total["Energy_pJ"]


def test_reasons_sum_to_the_active_cycles(run):
    """Also what belongs to no instruction, and although one reason is negative."""
    file = parsed(render(run))

    assert run.report.totals.active_cycles == sum(total_of(file)[each] for each in file.events[4:])


def test_kcachegrind_gets_no_more_events_than_it_reads(run):
    """13 in its versions before 20; the cheapest reasons are summed."""
    first, *others = run.recording.instructions
    reasons = tuple((f"reason_{index}", index + 1) for index in range(12))
    first = replace(first, reasons=reasons)
    recording = run.recording
    told = dict(recording.reason_cycles) | dict(reasons)
    recording = replace(recording, instructions=(first, *others), reason_cycles=tuple(told.items()))
    file = parsed(render(replace(run, recording=recording)))
    shown = (
        "Cycles",
        "Instructions",
        "Time_ns",
        "Energy_pJ",
        "issue",
        "flash_fetch",
        "load_use",
        "exception",
    )

    assert 13 == len(file.events)
    assert (*shown[:4], "other_reasons") == (*file.events[:4], file.events[-1])
    assert {*shown, "reason_11", "reason_8"} < {*file.events}
    assert sum(range(1, 9)) == total_of(file)["other_reasons"]


def test_the_summary_is_the_sum_of_the_lines(run):
    file = parsed(render(run))
    total = total_of(file)

    assert [total[each] for each in file.events] == [int(each) for each in file.heads["summary"].split()]
    assert file.heads["summary"] == file.heads["totals"]


def test_calls_cost_what_is_below_them(run):
    """The numbers of export_factory's docstring."""
    file = parsed(render(run))
    inclusive = {callee: cost["Cycles"] for callee, cost in file.into.items()}

    assert 6400 == inclusive["conv"] == inclusive["layer 0 CONV_2D"]
    assert 8000 == inclusive["infer"]
    assert 900 == inclusive["requantize"]
    assert 9000 == inclusive["Reset_Handler"]
    assert (8, 800) == (file.calls["conv", "requantize"][0], file.calls["conv", "requantize"][1]["Cycles"])


def test_a_recursive_call_is_counted_and_costs_nothing_more(run):
    """The outermost call of sort has the 30 cycles of the inner ones."""
    file = parsed(render(run))

    assert 80 == file.into["sort"]["Cycles"]
    assert (2, 0) == (file.calls["sort", "sort"][0], file.calls["sort", "sort"][1]["Cycles"])


def test_lines_of_inlined_functions_are_in_their_own_files(run):
    file = parsed(render(run))

    assert 2000 == file.lines["conv", "src/conv.c", 5]["Cycles"]
    assert 3000 == file.lines["conv", "lib/simd.h", 77]["Cycles"]
    assert 1000 == file.lines["conv", "lib/simd.h", 77]["load_use"]


def test_exception_entry_and_return_are_in_the_handlers_first_line(run):
    """60 cycles, of which the instructions have 36."""
    cost = parsed(render(run)).lines["SysTick_Handler", "src/main.c", 30]

    assert (60, 24, 36) == (cost["Cycles"], cost["exception"], cost["issue"])


def test_a_negative_correction_is_taken_from_another_reason(run):
    """main's first instruction: 510 of issue and -10 of condition."""
    file = parsed(render(run))

    assert 500 == file.lines["main", "src/main.c", 10]["issue"]
    assert "condition" not in file.events
    assert not [each for cost in file.lines.values() for each in cost.values() if each < 0]


def test_lines_fit_the_call_tree_where_only_that_knows_a_function(run):
    """Without symbols, instructions of a function that is only jumped to are taken for another one's."""
    moved = tuple(
        replace(each, function_index=6) if each.function_index == 7 else each
        for each in run.recording.instructions
    )
    file = parsed(render(replace(run, recording=replace(run.recording, instructions=moved))))

    assert (900, 600) == (file.own["requantize"]["Cycles"], file.own["clamp (conv.c)"]["Cycles"])
    assert 10_000 == total_of(file)["Cycles"]


def annotated(run: RecordedRun, folder, *options: str) -> str:
    """What callgrind_annotate prints; it warns on standard error about what it does not understand."""
    file = folder / "callgrind.out.1"
    file.write_bytes(render(run))
    done = subprocess.run(
        ["callgrind_annotate", "--threshold=100", "--auto=no", *options, file.name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


@needs_annotate
def test_callgrind_annotate_shows_our_totals(run, tmp_path):
    text = annotated(run, tmp_path, "--show=Cycles,Instructions,Energy_pJ")
    energy = round(run.report.totals.energy_j.value * 1e12)
    line = next(each for each in text.splitlines() if each.endswith("PROGRAM TOTALS"))

    assert ["10,000", "7,096", f"{energy:,}"] == re.findall(r"([\d,]+) \(", line)


@needs_annotate
@pytest.mark.parametrize("function", ["infer", "sort", "requantize", "layer 0 CONV_2D", "Reset_Handler"])
def test_callgrind_annotate_finds_the_inclusive_cycles_of_the_tree(function, run, tmp_path):
    tree = frame_tree(run)
    below = [place.self_cycles for place in tree.places]
    for index in range(len(below) - 1, -1, -1):
        if tree.places[index].parent_index >= 0:
            below[tree.places[index].parent_index] += below[index]
    names = [[tree.frames[index].name for index in stack] for stack in tree.stacks()]
    expected = sum(
        cycles
        for cycles, stack in zip(below, names, strict=True)
        if stack[-1] == function and function not in stack[:-1]
    )
    text = annotated(run, tmp_path, "--inclusive=yes", "--show=Cycles")

    assert (
        f"{expected:,}"
        == re.search(rf"([\d,]+) \([ \d.]+%\)  \S+:{re.escape(function)}$", text, re.MULTILINE)[1]
    )
