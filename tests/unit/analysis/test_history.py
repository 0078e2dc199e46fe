"""The hand-made run over time: seconds, RAM by use and supply power."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.analysis.build import build_run
from mcusim.recording.recording import ArenaUse, CallNode, DeepSleep, Memory, StackUse
from mcusim.recording.timeline import PhaseBegin, RamSample, Span, Timeline

BEGINS = (PhaseBegin(0, 0), PhaseBegin(500, 1))
SLEEPS = (Span("sleep", "sleep", 3000, 3400), Span("sleep", "sleep", 6000, 6440))
WHOLE = Timeline(spans=SLEEPS, phases=BEGINS, known_until_cycles=10_000)
RUN_W = 3.3 * (7660 * 0.020 + 1000 * 0.010) / 8660
"""Of the second phase: 1000 of its 8660 active cycles are in RAM (tests/unit/conftest.py)."""
SLEEP_W = 3.3 * 0.005


@pytest.fixture
def run_with(recording, image, board, power_model, run_request):
    """The run with this timeline and other changes."""

    def run(timeline, model=power_model, **changes):
        changed = replace(recording, timeline=timeline, **changes)
        return build_run(changed, image, board, model, run_request)

    return run


def energy_j(history):
    ends_s = [*(each.at_s for each in history.power[1:]), history.end_s]
    return sum(each.power_w * (end_s - each.at_s) for each, end_s in zip(history.power, ends_s, strict=True))


def test_power_changes_with_the_phase_and_with_sleep(run_with):
    """500 cycles at 16 MHz are 31.25 µs; the rest is at 160 MHz."""
    run = run_with(WHOLE)
    second_s = 500 / 16e6

    expected = [
        (second_s, RUN_W, "run from flash with prefetch, 160 MHz"),
        (second_s + 2500 / 160e6, SLEEP_W, "sleep"),
        (second_s + 2900 / 160e6, RUN_W, "run from flash with prefetch, 160 MHz"),
        (second_s + 5500 / 160e6, SLEEP_W, "sleep"),
        (second_s + 5940 / 160e6, RUN_W, "run from flash with prefetch, 160 MHz"),
    ]
    first, *others = run.history.power
    assert (0.0, "run from uncached flash, 16 MHz") == (first.at_s, first.state)
    assert expected == [
        (pytest.approx(each.at_s), pytest.approx(each.power_w), each.state) for each in others
    ]
    assert run.history.is_power_exact
    assert pytest.approx(run.report.totals.energy_j.value, rel=1e-12) == energy_j(run.history)
    assert pytest.approx(second_s + 9500 / 160e6) == run.history.end_s


def test_the_band_of_power_is_the_currents(run_with):
    """0.9 to 1.2 times the table (tests/unit/conftest.py); the error of the time is no error of power."""
    asleep = run_with(WHOLE).history.power[2]

    assert (0.9 * SLEEP_W, 1.2 * SLEEP_W) == pytest.approx((asleep.low_w, asleep.high_w))


def test_where_sleep_was_lost_the_rest_is_drawn_at_the_mean_of_what_is_left(run_with):
    """Known up to 3400: 440 of 6600 cycles that are left are asleep."""
    run = run_with(replace(WHOLE, spans=SLEEPS[:1], known_until_cycles=3400))
    last = run.history.power[-1]

    assert not run.history.is_power_exact
    assert "mean at 160 MHz" == last.state
    assert pytest.approx((440 * SLEEP_W + 6160 * RUN_W) / 6600) == last.power_w
    assert pytest.approx(run.report.totals.energy_j.value, rel=1e-12) == energy_j(run.history)


@pytest.mark.parametrize(
    "timeline",
    [
        Timeline(),
        replace(WHOLE, spans=(*SLEEPS, Span("sleep", "sleep", 8000, 8010))),
        replace(WHOLE, phases=(PhaseBegin(0, 0), PhaseBegin(600, 1))),
    ],
    ids=["nothing known", "more sleep than was counted", "a phase begins later than was counted"],
)
def test_a_timeline_that_does_not_fit_the_phases_leaves_the_means_of_the_phases(run_with, timeline):
    run = run_with(timeline)

    assert ["mean at 16 MHz", "mean at 160 MHz"] == [each.state for each in run.history.power]
    assert pytest.approx(run.report.totals.energy_j.value, rel=1e-12) == energy_j(run.history)
    assert not run.history.is_power_exact


def test_deep_sleep_and_waking_up_draw_what_their_mode_does(run_with, recording):
    """840 cycles: 300 asleep, 500 in stop2, 40 waking up from it."""
    deep = (DeepSleep("stop2", False, 500, 1, 40),)
    first, second = recording.phases
    phases = (first, replace(second, sleep_cycles=300, stop_cycles=500, deep=deep))
    spans = (
        Span("sleep", "sleep", 1000, 1300),
        Span("sleep", "stop2", 2000, 2500),
        Span("sleep", "waking up from stop2", 2500, 2540),
    )
    run = run_with(replace(WHOLE, spans=spans), phases=phases)

    states = [each.state for each in run.history.power if not each.state.startswith("run")]
    assert ["sleep", "stop2", "waking up from stop2"] == states
    assert run.history.is_power_exact
    assert pytest.approx(run.report.totals.energy_j.value, rel=1e-12) == energy_j(run.history)


def test_a_phase_that_the_run_comes_back_to_is_drawn_each_time(run_with):
    begins = (PhaseBegin(0, 0), PhaseBegin(200, 1), PhaseBegin(9700, 0))
    run = run_with(Timeline(spans=SLEEPS, phases=begins, known_until_cycles=10_000))

    clocks = [each.state.rpartition(", ")[2] for each in run.history.power if each.state != "sleep"]
    assert ["16 MHz", "160 MHz", "160 MHz", "160 MHz", "16 MHz"] == clocks
    assert run.history.is_power_exact


def test_without_a_power_model_there_is_no_power(run_with):
    assert () == run_with(WHOLE, None).history.power


def ram_of(run):
    return [
        (each.static_bytes, each.arena_bytes, each.heap_bytes, each.stack_bytes) for each in run.history.ram
    ]


def test_what_is_in_use_is_apart_by_use_and_sums_to_the_peak(run_with):
    """1200 bytes are static: 400 of them the arena, up to 64 a task's stack. 256 of the main stack, 96 of heap."""
    stacks = (StackUse("main", 0x2000_1000, 0x2000_0F00), StackUse("task a", 0x2000_04B0, 0x2000_0470))
    samples = (RamSample(0, 40, 0, (40, 0)), RamSample(1000, 320, 96, (256, 64)))
    run = run_with(
        Timeline(ram=samples, phases=BEGINS),
        memory=Memory(stacks, 96, "sbrk"),
        arenas=(ArenaUse("arena", 0x2000_0100, 400, 300, 350),),
    )

    assert [(800, 400, 0, 40), (736, 400, 96, 320)] == ram_of(run)
    assert run.report.ram.peak_bytes == sum(ram_of(run)[1])


def test_an_arena_outside_static_ram_takes_nothing_from_it(run_with):
    """It is on a heap, or in a memory that the report does not count."""
    run = run_with(
        Timeline(ram=(RamSample(0, 8, 96, (8,)),), phases=BEGINS),
        arenas=(ArenaUse("arena", 0x2001_0000, 400, 300, 350),),
    )

    assert [(1200, 0, 96, 8)] == ram_of(run)


def test_samples_that_are_alike_are_one_point(run_with):
    samples = tuple(RamSample(1024 * i, depth, 0, (depth,)) for i, depth in enumerate((8, 8, 16, 16, 8)))

    run = run_with(Timeline(ram=samples, phases=BEGINS))

    assert [8, 16, 8] == [each.stack_bytes for each in run.history.ram]
    assert pytest.approx(500 / 16e6 + (2048 - 500) / 160e6) == run.history.ram[1].at_s


def test_layers_without_an_operator_are_called_by_place_and_function(run_with, recording):
    calls = list(recording.calls)
    calls[3] = CallNode(3, 2, "", 4, 6000, layer_index=0)
    span = Span("layer", "conv", 1000, 4000, 0)
    run = run_with(
        Timeline(spans=(span,), phases=BEGINS),
        calls=tuple(calls),
        inference_addr=0x0800_0300,
        region_addr=0x0800_0300,
    )

    (shown,) = run.history.spans
    assert ("0 conv", 0) == (shown.name, shown.layer_index)
    assert (1000, 4000) == (shown.begin_cycles, shown.end_cycles)
