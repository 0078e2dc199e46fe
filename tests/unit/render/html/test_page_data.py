"""What a page's pictures are drawn from: bounded, and still the run's totals."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from mcusim.render.html import flame, timeline
from mcusim.render.html.document import unbroken
from mcusim.render.html.flame import flame_data
from mcusim.render.html.timeline import (
    EARLIEST_SPANS_SHOWN,
    LONGEST_SPANS_SHOWN,
    POINTS_MERGED,
    POINTS_SHOWN,
    time_data,
)
from mcusim.report.history import History, HistorySpan, PowerPoint, RamPoint
from mcusim.report.profile import Profile, ProfileNode


def node(name: str, parent_index: int, self_cycles: int) -> ProfileNode:
    return ProfileNode(name, "function", parent_index, 1, self_cycles, self_cycles / 1e6, self_cycles * 1e-9)


def profile(*nodes: ProfileNode) -> Profile:
    cycles = sum(each.self_cycles for each in nodes)
    return Profile(nodes, cycles, cycles / 1e6, cycles * 1e-9)


def test_the_nodes_of_the_page_sum_to_the_run(plain_run):
    data = flame_data(plain_run.profile)

    assert plain_run.profile.total_cycles == sum(data["cycles"])
    assert sum(data["j"]) == pytest.approx(plain_run.profile.total_j, rel=1e-6)
    assert sum(data["s"]) == pytest.approx(plain_run.profile.total_s, rel=1e-6)


def test_callers_come_before_what_they_call(plain_run):
    parents = flame_data(plain_run.profile)["parent"]

    assert all(parent < index for index, parent in enumerate(parents))


def test_the_cheapest_places_are_summed_below_their_callers(monkeypatch):
    """main calls a (90) and b (5), and b calls c (1); room for two: b with c becomes one row of 6 below main."""
    monkeypatch.setattr(flame, "NODES_SHOWN", 2)
    data = flame_data(profile(node("main", -1, 4), node("a", 0, 90), node("b", 0, 5), node("c", 2, 1)))

    assert [data["names"][each] for each in data["name"]] == ["main", "a", "(smaller calls)"]
    assert data["cycles"] == [4, 90, 6]
    assert data["parent"] == [-1, 0, 0]
    assert data["left_out"] == 2


def test_places_that_cost_nothing_are_not_in_the_page():
    data = flame_data(profile(node("main", -1, 4), node("idle", 0, 0)))

    assert data["names"] == ["main"]


def test_a_hundred_thousand_places_become_a_bounded_page():
    nodes = (node("main", -1, 1), *(node(f"f{index % 50}", 0, 1 + index % 7) for index in range(100_000)))
    data = flame_data(profile(*nodes))

    assert len(data["cycles"]) == flame.NODES_SHOWN + 1
    assert sum(data["cycles"]) == sum(each.self_cycles for each in nodes)


# --- over time ---


def span(begin_s: float, for_s: float, kind: str = "exception") -> HistorySpan:
    return HistorySpan(
        kind, "SysTick", begin_s, begin_s + for_s, round(begin_s * 1e6), round((begin_s + for_s) * 1e6)
    )


def unpacked(lane: dict) -> list[tuple[float, float]]:
    begin_ns, spans = 0, []
    for step, length in zip(lane["begin_ns"], lane["for_ns"], strict=True):
        begin_ns += step
        spans.append((begin_ns / 1e9, (begin_ns + length) / 1e9))
    return spans


def test_spans_are_packed_by_lane_without_loss(plain_run):
    lanes = time_data(plain_run.history, 3.3)["lanes"]
    wanted = [each for each in plain_run.history.spans if each.kind == "layer"]

    assert unpacked(lanes["layer"]) == [
        (pytest.approx(each.begin_s, abs=1e-9), pytest.approx(each.end_s, abs=1e-9)) for each in wanted
    ]
    assert lanes["layer"]["cycles"] == [2900, 1000]


def test_of_many_spans_the_earliest_and_the_longest_are_kept():
    """100 000 of a microsecond, and a long one near the end."""
    spans = [span(index * 1e-5, 1e-6) for index in range(100_000)]
    spans[90_000] = span(0.9, 5e-6)
    data = time_data(History(1.0, tuple(spans), lost_spans_count=7), 3.3)
    lane = unpacked(data["lanes"]["exception"])

    assert len(lane) == EARLIEST_SPANS_SHOWN + LONGEST_SPANS_SHOWN
    assert (pytest.approx(0.9), pytest.approx(0.900005)) in lane
    assert data["left_out"] == 100_000 - len(lane) + 7


def test_memory_keeps_its_peak_when_points_are_merged():
    points = tuple(RamPoint(index * 1e-3, 1000, 0, 0, 10 + index % 13) for index in range(10 * POINTS_MERGED))
    peak = replace(points[4567], stack_bytes=9999)
    history = History(30.0, ram=(*points[:4567], peak, *points[4568:]))
    data = time_data(history, 3.3)

    assert len(data["ram"]["at_ns"]) == POINTS_MERGED
    assert max(data["ram"]["stack"]) == 9999
    assert data["is_ram_merged"]


def test_power_keeps_its_energy_and_its_peak_when_points_are_merged():
    """Stretches of 1 ms at 10 mW and of 3 ms at 2 mW, and one of 1 ms at 50 mW among them."""
    count = 2 * POINTS_SHOWN
    watts = [2e-3 if index % 2 else 1e-2 for index in range(count)]
    watts[4444] = 5e-2
    points = tuple(
        PowerPoint(index // 2 * 4e-3 + index % 2 * 1e-3, each, each, each, "run")
        for index, each in enumerate(watts)
    )
    end_s = count / 2 * 4e-3
    data = time_data(History(end_s, power=points), 3.3)["power"]
    at_s = [each / 1e9 for each in itertools.accumulate(data["at_ns"])]
    shown_w = [data["w"][each] for each in data["level"]]
    energy_j = sum(w * (end - begin) for w, begin, end in zip(shown_w, at_s, [*at_s[1:], end_s], strict=True))

    assert len(at_s) == POINTS_MERGED
    assert energy_j == pytest.approx(count / 2 * (1e-3 * 1e-2 + 3e-3 * 2e-3) + 4e-2 * 1e-3, rel=1e-4)
    assert max(data["peak"]) == 5e-2


def test_few_points_stay_as_they_are_and_equal_ones_share_a_level(plain_run):
    """Memory at 0 and 40 µs; the last stretch of power is as the second (tests/export_factory.py)."""
    data = time_data(plain_run.history, 3.3)

    assert data["ram"]["at_ns"] == [0, 40_000]
    assert [data["power"]["w"][each] for each in data["power"]["level"]] == [0.0066, 0.066, 0.0165, 0.066]
    assert data["power"]["level"] == [0, 1, 2, 1]
    assert not data["is_power_merged"]
    assert timeline.LANES == ("inference", "layer", "task", "exception", "sleep")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("min 1 897 095, max 1 897 150", "min 1_897_095, max 1_897_150"),
        ("±5 %: 1.80 ms to 1.99 ms", "±5_%: 1.80_ms to 1.99_ms"),
        ("0.7% of 640.0 KiB", "0.7% of 640.0_KiB"),
        ("called 10 times", "called 10 times"),
        ("layer 2 CONV_2D", "layer 2 CONV_2D"),
    ],
)
def test_numbers_do_not_break_before_their_unit(text, wanted):
    assert unbroken(text).replace("\u00a0", "_") == wanted
