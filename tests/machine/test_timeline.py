"""What happened when, on whole firmware: every span agrees with what the call tree counted without any time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from mcusim.recorded.run import RecordedRun
from mcusim.recording.recording import Recording
from mcusim.recording.timeline import Span
from mcusim.report.request import RunRequest
from mcusim.session import recorded
from mcusim.shipped import shipped_dir
from tests.machine.busy import BUSY
from tests.machine.firmware import Firmware
from tests.machine.test_ram import CHAIN, HEAP
from tests.machine.test_tasks import CORES, TASKS, cycles_by_root, preemptive

LOOP = """f000 f805   bl    main
    f44f 5080   mov   r0, #4096
    3801        subs  r0, #1
    d1fd        bne   .-2"""
CHAIN_AND_LOOP = replace(CHAIN, listing=CHAIN.listing.replace("f000 f801   bl    main", LOOP))
WRITTEN_HEAP = Firmware(
    """
@ cortex-m4
Reset_Handler:
    f04f 5400   mov   r4, #0x20000000
    6024        str   r4, [r4]
    f000 f804   bl    wait
    6664        str   r4, [r4, #100]
    f000 f801   bl    wait
    e7fe        b     .
wait:
    f44f 5080   mov   r0, #4096
    3801        subs  r0, #1
    d1fd        bne   .-2
    4770        bx    lr
malloc:
    4770        bx    lr
""",
    labels=(("_end", 0x2000_0000),),
)
"""Writes two words after its static data, of which there is none, and waits after each."""
SAMPLES = ("digits_cnn", "rtos_activity", "sleep_between")


@cache
def run_of(sample: str) -> RecordedRun:
    """A bundled sample on the NUCLEO-L4R5ZI."""
    elf = shipped_dir("firmware_samples") / sample / "nucleo_l4r5zi.elf"
    return recorded(RunRequest(elf, "nucleo_l4r5zi"))


def of_kind(recording: Recording, kind: str) -> list[Span]:
    return [each for each in recording.timeline.spans if each.kind == kind]


def length_cycles(span: Span) -> int:
    return span.end_cycles - span.begin_cycles


def holds(outer: Span, inner: Span) -> bool:
    return outer.begin_cycles <= inner.begin_cycles and inner.end_cycles <= outer.end_cycles


def own_cycles(spans: list[Span], sleeps: list[Span]) -> dict[str, int]:
    """Active cycles by name without those of spans within: nested spans stand after what encloses them."""
    own: Counter[str] = Counter()
    open_spans: list[Span] = []
    for each in sorted([*spans, *sleeps], key=lambda one: (one.begin_cycles, -one.end_cycles)):
        while open_spans and open_spans[-1].end_cycles <= each.begin_cycles:
            open_spans.pop()
        if open_spans:
            assert holds(open_spans[-1], each)  # they nest
            own[open_spans[-1].name] -= length_cycles(each)
        if each.kind != "sleep":
            own[each.name] += length_cycles(each)
        open_spans.append(each)
    return dict(own)


def test_handlers_nest_and_take_what_the_call_tree_has_below_them(run):
    recording = run(BUSY)
    handlers = of_kind(recording, "exception")

    (context,) = [each for each in recording.contexts if each.kind == "exception"]
    assert context.activations_count == len(handlers)
    expected = cycles_by_root(recording)["exception 15 SysTick"]
    assert {"SysTick_Handler": expected} == own_cycles(handlers, [])


def test_sleep_is_as_long_as_was_counted(run):
    recording = run(BUSY)
    sleeps = of_kind(recording, "sleep")

    assert recording.sleep_cycles == sum(map(length_cycles, sleeps))
    assert {"sleep"} == {each.name for each in sleeps}


@pytest.mark.parametrize("core", CORES)
def test_tasks_follow_each_other_and_take_what_the_call_tree_has_below_them(run, core):
    recording = run(preemptive(core=core), max_cycles=60_000)
    tasks = of_kind(recording, "task")
    roots = cycles_by_root(recording)

    assert [each.end_cycles for each in tasks[:-1]] == [each.begin_cycles for each in tasks[1:]]
    assert (0, recording.total_cycles) == (tasks[0].begin_cycles, tasks[-1].end_cycles)
    own = own_cycles([*tasks, *of_kind(recording, "exception")], of_kind(recording, "sleep"))
    for task in TASKS:
        assert roots[f"task {task}"] == own[task]


def test_a_firmware_with_one_thread_has_no_tasks(run):
    assert [] == of_kind(run(BUSY), "task")


def test_the_stack_over_time_reaches_the_high_water_mark_and_comes_down_again(run):
    """main 8, deep 116, leaf 4 (test_ram.py); a loop of 4096 rounds after main, with an empty stack."""
    ram = run(CHAIN_AND_LOOP).timeline.ram

    assert 128 == max(each.stack_bytes for each in ram)
    assert 0 == ram[-1].stack_bytes
    assert {ram[1].begin_cycles} == {
        after.begin_cycles - before.begin_cycles for before, after in pairwise(ram)
    }


def test_the_heap_over_time_reaches_its_peak(run):
    recording = run(HEAP)

    assert recording.memory.heap_peak_bytes == max(each.heap_bytes for each in recording.timeline.ram)


def test_a_heap_without_sbrk_is_what_was_written_by_then(run):
    """0x20000000 has its last byte not zero, 0x20 in the fourth; so has the word 100 bytes on."""
    recording = run(WRITTEN_HEAP)
    samples = [each.heap_bytes for each in recording.timeline.ram]

    assert ("written bytes", 104) == (recording.memory.heap_source, recording.memory.heap_peak_bytes)
    assert [4, 104] == sorted(set(samples) - {0})


def test_the_phases_over_time_are_as_long_as_counted():
    recording = run_of("sleep_between").recording
    begins = recording.timeline.phases
    ends = [*(each.begin_cycles for each in begins[1:]), recording.total_cycles]
    cycles: Counter[int] = Counter()
    for each, end_cycles in zip(begins, ends, strict=True):
        cycles[each.phase_index] += end_cycles - each.begin_cycles

    assert {i: each.total_cycles for i, each in enumerate(recording.phases) if each.total_cycles} == cycles
    assert recording.total_cycles == recording.timeline.known_until_cycles


@pytest.mark.parametrize("sample", SAMPLES)
def test_layers_lie_within_inferences_and_take_what_their_rows_say(sample):
    """Nothing interrupts the layers of these samples but the tick of rtos_activity."""
    run = run_of(sample)
    inferences, layers = of_kind(run.recording, "inference"), of_kind(run.recording, "layer")
    handlers = of_kind(run.recording, "exception")
    by_index: Counter[int] = Counter()
    for layer in layers:
        assert any(holds(inference, layer) for inference in inferences)
        within = [each for each in handlers if holds(layer, each)]
        by_index[layer.index] += length_cycles(layer) - sum(map(length_cycles, within))

    assert run.report.network is not None
    rows = {each.index: each.cycles for each in run.report.network.layers if each.kind == "layer"}
    assert rows == {index: cycles / len(inferences) for index, cycles in by_index.items()}
    calls = [(each.begin_cycles, each.end_cycles) for each in run.recording.region_calls]
    assert calls == [(each.begin_cycles, each.end_cycles) for each in inferences]


@pytest.mark.parametrize("sample", SAMPLES)
def test_power_over_time_integrates_to_the_energy_of_the_run(sample):
    run = run_of(sample)
    history = run.history
    ends_s = [*(each.at_s for each in history.power[1:]), history.end_s]
    energy_j = sum(
        each.power_w * (end_s - each.at_s) for each, end_s in zip(history.power, ends_s, strict=True)
    )

    assert run.report.totals.energy_j is not None
    assert pytest.approx(run.report.totals.energy_j.value, rel=1e-9) == energy_j
    assert history.is_power_exact
    assert pytest.approx(run.report.totals.time_s, rel=1e-12) == history.end_s


@pytest.mark.parametrize("sample", SAMPLES)
def test_ram_over_time_reaches_the_peak_and_never_exceeds_it(sample):
    """Stacks of tasks are deepest at different times: only together with others they stay below their sum."""
    run = run_of(sample)
    ram, samples = run.report.ram, run.recording.timeline.ram
    in_use = [
        each.static_bytes + each.arena_bytes + each.heap_bytes + each.stack_bytes for each in run.history.ram
    ]

    assert all(
        min(each.static_bytes, each.arena_bytes, each.heap_bytes, each.stack_bytes) >= 0
        for each in run.history.ram
    )
    assert max(in_use) <= ram.peak_bytes
    for index, stack in enumerate(run.recording.memory.stacks):
        assert max(each.each_stack_bytes[index] for each in samples) <= stack.top_addr - stack.low_addr
    if len(ram.stacks) == 1:
        assert (ram.peak_bytes, ram.peak_stack_bytes) == (
            max(in_use),
            max(each.stack_bytes for each in samples),
        )


def test_what_sleeps_deeply_is_told_by_its_mode_and_wakes_up():
    names = Counter(each.name for each in of_kind(run_of("sleep_between").recording, "sleep"))

    assert {"stop2": 8, "waking up from stop2": 8} == names
    states = {each.state for each in run_of("sleep_between").history.power}
    assert {"stop2", "waking up from stop2", "run from flash, 120 MHz"} <= states


def test_layers_are_called_by_place_and_operator():
    names = [each.name for each in run_of("digits_cnn").history.spans if each.kind == "layer"][:3]

    assert ["0 CONV_2D", "1 DEPTHWISE_CONV_2D", "2 CONV_2D"] == names
