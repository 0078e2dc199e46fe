"""The page of two runs: what changed, safe from names of either firmware; and the fragment for notebooks."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from mcusim.analysis.compare import compare, with_titles
from mcusim.analysis.compare_profile import compare_profiles
from mcusim.recorded.run import RecordedRun
from mcusim.render.html.comparison_page import render
from mcusim.render.html.fragment import ROWS_SHOWN, summary_html
from mcusim.report.report import StopInfo
from tests.unit.render.html.conftest import ATTACK
from tests.unit.render.html.reading import Page


def page_of(old: RecordedRun, new: RecordedRun) -> Page:
    comparison = compare(old.report, new.report, (old.profile, new.profile))
    comparison = with_titles(comparison, ATTACK, "new.mcusim")
    return Page(render(old, new, comparison, compare_profiles(old.profile, new.profile, comparison)))


@pytest.fixture
def slower(plain_run) -> RecordedRun:
    """conv costs 500 cycles more in its 2 calls of the region, all of it flash-fetch."""
    report = plain_run.report
    kernels = tuple(
        replace(each, self_cycles=each.self_cycles + 250) if each.name == "conv" else each
        for each in report.kernels
    )
    functions = tuple(
        replace(
            each,
            self_cycles=each.self_cycles + 500,
            reasons=tuple((name, c + 500 * (name == "flash_fetch")) for name, c in each.reasons),
        )
        if each.name == "conv"
        else each
        for each in report.functions
    )
    nodes = tuple(
        replace(each, self_cycles=each.self_cycles + 500) if each.name == "conv" else each
        for each in plain_run.profile.nodes
    )
    inference = replace(report.inference, cycles=report.inference.cycles + 250)
    total = plain_run.profile.total_cycles + 500
    return replace(
        plain_run,
        report=replace(report, kernels=kernels, functions=functions, inference=inference),
        profile=replace(plain_run.profile, nodes=nodes, total_cycles=total),
    )


def test_the_page_begins_with_the_change_and_names_the_kernel_and_the_reason(plain_run, slower):
    """4100 cycles become 4350."""
    text = page_of(plain_run, slower).text

    assert "cycles 4 100 → 4 350 (+6.1 %)" in text
    assert "+250 (+6.1 %)" in text
    assert "conv conv.c 2 500 2 750 +250 +10.0 % all flash wait" in text


def test_the_differential_flame_graph_has_both_runs_totals(plain_run, slower):
    flame = page_of(plain_run, slower).data["flame"]

    assert sum(flame["old_cycles"]) == plain_run.profile.total_cycles
    assert sum(flame["cycles"]) == plain_run.profile.total_cycles + 500
    assert flame["status"][flame["name"].index(flame["names"].index("conv"))] == "changed"


def test_equal_runs_have_no_changed_rows(plain_run):
    text = page_of(plain_run, plain_run).text

    assert "no change: 4 100 cycles" in text
    assert (
        text.count("Nothing changed.") == 3
    )  # kernels, functions, contexts; of layers and sections all are listed


@pytest.mark.parametrize("is_old", [True, False])
def test_a_firmware_cannot_break_out_of_a_comparison(plain_run, hostile_run, is_old):
    page = page_of(hostile_run, plain_run) if is_old else page_of(plain_run, hostile_run)

    assert "img" not in {tag for tag, _ in page.elements}
    assert ATTACK in page.text
    assert page.open == []


def test_ids_of_a_comparison_are_unique(plain_run, slower):
    ids = [each["id"] for _, each in page_of(plain_run, slower).elements if "id" in each]

    assert len(ids) == len(set(ids))


def test_a_run_without_energy_is_compared_without_it(run_without_model, plain_run):
    page = page_of(run_without_model, plain_run)

    assert page.data["flame"]["j"] is None
    assert "Not comparable" in page.text


# --- fragment ---


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)


def test_the_fragment_shows_the_headline_and_where_the_time_goes(plain_run):
    text = summary_html(plain_run.report)

    assert "25.62 µs" in text
    assert "CONV_2D" in text


def test_the_fragment_brings_neither_scripts_nor_style_sheets_nor_attacks(hostile_run):
    tags = Tags(summary_html(hostile_run.report)).tags

    assert not tags & {"script", "style", "link", "img", "iframe"}
    assert "table" in tags


def test_the_fragment_of_many_kernels_is_short(plain_run):
    report = plain_run.report
    kernels = tuple(replace(report.kernels[0], name=f"f{index}") for index in range(500))
    text = summary_html(replace(report, kernels=kernels, network=None))

    assert text.count("<tr>") == ROWS_SHOWN + 1
    assert "492 more with less." in text
    assert len(text) < 10_000


def test_a_run_without_an_inference_has_a_fragment(plain_run):
    report = replace(plain_run.report, kernels=(), network=None, stop=StopInfo("max_cycles", "", 0, 0, None))

    assert "the --max-cycles limit was reached" in summary_html(report)
