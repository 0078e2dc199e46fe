"""A comparison as text, Markdown and JSON, and the sentences that they and failing tests are made of."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mcusim.analysis.compare import compare, with_titles
from mcusim.analysis.compare_limits import exceeded
from mcusim.analysis.compare_rows import row_changes
from mcusim.render.comparison import words as say
from mcusim.render.comparison.json import comparison_json
from mcusim.render.comparison.markdown import MARKER, comparison_markdown
from mcusim.render.comparison.text import ComparisonText
from mcusim.report.change_limit import parsed_limit
from mcusim.report.comparison import Change, Row
from mcusim.report.quantity import Band
from mcusim.report.report import Report

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "compare-json.md"


def changed_run(report: Report) -> Report:
    """conv() takes 500 cycles more in each of the two calls of infer(), 450 of them waiting for flash; the firmware
    sets one more wait state; .text grew by 96 bytes.
    """

    def kernel(name: str, cycles: int) -> int:
        return cycles + 500 if name == "conv" else cycles

    inference = report.inference
    assert inference.cycles is not None
    assert inference.latency_s is not None
    return replace(
        report,
        inference=replace(
            inference,
            cycles=inference.cycles + 500,
            latency_s=inference.latency_s + 500 / 160e6,
            energy_j=Band(1.75e-6, 1.47e-6, 2.26e-6, "datasheet"),
        ),
        totals=replace(report.totals, cycles=11_000, active_cycles=10_160),
        flash=replace(
            report.flash,
            used_bytes=report.flash.used_bytes + 96,
            sections=tuple(
                replace(each, size_bytes=each.size_bytes + 96) if each.name == ".text" else each
                for each in report.flash.sections
            ),
        ),
        kernels=tuple(
            replace(each, self_cycles=kernel(each.name, each.self_cycles)) for each in report.kernels
        ),
        functions=tuple(
            replace(each, self_cycles=7000, reasons=(("issue", 5100), ("flash_fetch", 1900)))
            if each.name == "conv"
            else each
            for each in with_reasons(report).functions
        ),
        reasons=(("issue", 7100), ("flash_fetch", 3060)),
        phases=tuple(replace(each, flash_wait_cycles=6) for each in report.phases),
    )


def with_reasons(report: Report) -> Report:
    """conv() waits for flash in 1000 of its 6000 cycles."""
    return replace(
        report,
        functions=tuple(
            replace(each, reasons=(("issue", 5000), ("flash_fetch", 1000))) if each.name == "conv" else each
            for each in report.functions
        ),
    )


@pytest.fixture
def comparison(report):
    """Of the hand-made run with a slower one."""
    return with_titles(compare(with_reasons(report), changed_run(report)), "old.mcusim", "new.mcusim")


@pytest.fixture
def passed(comparison):
    """Two limits that the slower run is past."""
    return exceeded(
        comparison, [parsed_limit(each) for each in ("cycles>1%", "kernel:conv>100", "flash_bytes>0")]
    )


# --- formats ---


@pytest.mark.parametrize("ending", ["txt", "md", "json"])
def test_a_format_writes_what_its_golden_file_says(comparison, passed, ending, request):
    """`--regen` rewrites the files; the numbers are those of changed_run() and tests/unit/conftest.py."""
    text = {
        "txt": lambda: ComparisonText().text(comparison, passed),
        "md": lambda: comparison_markdown(comparison, passed),
        "json": lambda: comparison_json(comparison, passed),
    }[ending]()
    golden = Path(__file__).parent / "golden" / f"comparison.{ending}"
    if request.config.getoption("--regen"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")

    assert golden.read_text(encoding="utf-8") == text


def test_runs_that_are_alike_are_said_to_be(report):
    same = compare(report, report)

    assert "No change: 4 100 cycles, 1 552 B of RAM, 8 392 B of flash" in ComparisonText().text(same)
    assert "### mcusim: no change: 4 100 cycles" in comparison_markdown(same)
    assert json.loads(comparison_json(same))["is_unchanged"] is True


def test_a_run_that_measured_nothing_is_shown_beside_one_that_did(report):
    """As after a fault before the first inference."""
    inference = replace(report.inference, cycles=None, latency_s=None, energy_j=None, is_complete=False)
    nothing = replace(
        report, inference=inference, energy=None, kernels=(), functions=(), contexts=(), phases=(), reasons=()
    )

    for old, new in ((report, nothing), (nothing, report)):
        comparison = compare(old, new)
        text = ComparisonText().text(comparison)
        assert re.search(r"Cycles +(4 100 +unknown|unknown +4 100)\n", text)
        assert "Most:" not in text
        assert "cycles 4 100 → unknown" in comparison_markdown(comparison) or old is nothing
        assert json.loads(comparison_json(comparison))["totals"][0]["delta"] is None


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("by", ["", "layer", "kernel", "function", "reason"])
def test_no_line_is_wider_than_the_screen(comparison, passed, width, by):
    lines = ComparisonText(width=width, by=by).text(comparison, passed).splitlines()

    assert [line for line in lines if len(line) > width] == []


@pytest.mark.parametrize("width", range(60, 110))
def test_a_number_among_the_reasons_is_whole_or_not_there(report, width):
    """ "instructions executed -7…" would be read as seven fewer."""
    old = next(each for each in report.kernels if each.name == "conv")
    reasons = (("issue", -79_021), ("load_use", -56_100), ("fetch", -10_027))
    cycles = sum(count for _, count in reasons)
    comparison = compare(report, report)
    row = replace(
        compare(report, replace(report, kernels=(replace(old, self_cycles=1),))).kernels[0],
        old_cycles=405_267,
        new_cycles=405_267 + cycles,
        reasons=tuple(Change(name, "cycles", 100_000, 100_000 + count) for name, count in reasons),
    )
    changed = replace(comparison, kernels=(row,), layers=())
    line = next(
        each
        for each in ComparisonText(width=width, by="kernel").text(changed).splitlines()
        if "405 267" in each
    )

    numbers = re.findall(r"[+-][\d ]*\d", line.partition(" %")[2])
    assert {*numbers} <= {"-79 021", "-56 100", "-10 027"}


def test_colour_only_adds_codes(comparison, passed):
    plain = ComparisonText().text(comparison, passed)
    coloured = ComparisonText(has_colour=True).text(comparison, passed)

    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == plain


def test_only_the_first_rows_are_shown_and_the_rest_is_summed(report):
    old = [Row(f"f{index}", 100) for index in range(12)]
    new = [Row(f"f{index}", 101 + index) for index in range(12)]
    comparison = replace(compare(report, report), kernels=row_changes(old, new))

    text = ComparisonText(by="kernel", rows_count=3).text(comparison)

    assert re.search(r"f11 +100 +112 +\+12 ", text)
    assert re.search(r"9 more +\+45\n", text)  # 1 + 2 + … + 9


def test_what_did_most_is_what_went_the_way_of_the_total(report):
    """A new function costs 50 cycles; that the run got faster is another one's doing."""
    faster = replace(report, inference=replace(report.inference, cycles=3600))
    rows = row_changes([Row("f", 3000), Row("main", 5)], [Row("f", 2450), Row("g", 50), Row("main", 5)])

    text = ComparisonText().text(replace(compare(report, faster), kernels=rows))

    assert "Most: -550 cycles in f (3 000 → 2 450, -18.3 %)." in text


def test_a_name_cannot_become_markup_or_steer_the_terminal(report):
    rows = row_changes([], [Row("<b>*x*|\x1b[2J", 5)])
    comparison = replace(compare(report, report), kernels=rows)

    assert "\\<b\\>\\*x\\*\\|\\\\x1b\\[2J" in comparison_markdown(comparison)
    assert "\x1b" not in ComparisonText().text(comparison)


def test_the_marker_is_the_first_line_so_that_one_comment_is_kept(comparison):
    assert comparison_markdown(comparison).splitlines()[0] == MARKER == "<!-- mcusim -->"


@pytest.mark.skipif(not PAGE.exists(), reason="installed without the documentation")
def test_every_key_of_the_json_is_on_its_reference_page(comparison, passed):
    def keys(data):
        if isinstance(data, list):
            return set().union(*map(keys, data))
        if not isinstance(data, dict):
            return set()
        below = (
            keys(list(value.values()) if key == "reasons" and isinstance(value, dict) else value)
            for key, value in data.items()
        )
        return set(data).union(*below)

    page = PAGE.read_text(encoding="utf-8")
    found = keys(json.loads(comparison_json(comparison, passed)))

    assert {key for key in found if f"`{key}`" not in page} == set()


# --- words ---


def only(old: Row, new: Row):
    (row,) = row_changes([old], [new])
    return row


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            Row("arm_convolve_s8", 183_012, 4, (("issue", 183_012),)),
            Row("arm_convolve_s8", 201_444, 4, (("issue", 183_012), ("flash_fetch", 18_432))),
            "+18 432 cycles in arm_convolve_s8 (183 012 → 201 444, +10.1 %), all of it flash wait",
        ),
        (
            Row("f", 1000, 1, (("issue", 600), ("load_use", 400))),
            Row("f", 900, 1, (("issue", 502), ("load_use", 398))),
            "-100 cycles in f (1 000 → 900, -10.0 %), nearly all of it instructions executed",
        ),
        (
            Row("f", 1000, 1, (("issue", 600), ("load_use", 400))),
            Row("f", 1500, 2, (("issue", 900), ("load_use", 600))),
            "+500 cycles in f (1 000 → 1 500, +50.0 %), instructions executed +300, load-use stalls +200, 1 → 2 calls",
        ),
        (
            Row("f.part.0", 1000),
            Row("f", 1010),
            "+10 cycles in f (1 000 → 1 010, +1.0 %), was f.part.0",
        ),
        (
            Row("void ns::f<int>(int)", 10),
            Row("void ns::f<int>(int)", 12),
            "+2 cycles in ns::f<int> (10 → 12, +20.0 %)",
        ),
        (
            Row("f", 10.0, 1, (("issue", 10.0),), is_reason_scaled=True),
            Row("f", 30.0, 1, (("issue", 18.0), ("divide", 12.0)), is_reason_scaled=True),
            "+20 cycles in f (10 → 30, +200 %), divisions about +12, instructions executed about +8",
        ),
    ],
)
def test_a_row_s_sentence_says_how_much_where_and_why(old, new, expected):
    assert expected == say.row_sentence(only(old, new))


def test_rows_that_are_new_or_gone_say_so():
    gone, new = sorted(row_changes([Row("a", 5)], [Row("b", 7_000)]), key=lambda row: row.name)

    assert "-5 cycles in a (gone)" == say.row_sentence(gone)
    assert "+7 000 cycles in b (new)" == say.row_sentence(new)


def test_the_worst_rows_are_those_that_grew_most_then_those_that_shrank_most():
    rows = row_changes(
        [Row(name, 100) for name in "abcd"],
        [Row("a", 90), Row("b", 105), Row("c", 160), Row("d", 20)],
    )

    assert ["c", "b", "d"] == [row.name for row in say.worst_rows(rows, 3)]


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [(0.017, "+1.7 %"), (-0.5, "-50.0 %"), (2.347, "+235 %"), (0.0003, "+0.03 %"), (0.0, ""), (None, "")],
)
def test_per_cent_are_shown_with_as_many_digits_as_say_something(ratio, expected):
    assert expected == say.percent(ratio)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Change("cycles", "cycles", 227_062, 231_004), "227 062 → 231 004 (+1.7 %)"),
        (Change("heap_bytes", "bytes", 0, 12_000), "0 B → 12 000 B"),
        (Change("latency_ms", "s", 0.0018921875, 0.0018921875), "1.892 ms, unchanged"),
        (Change("energy_uj", "J", None, 1e-6), "unknown → 1.000 µJ"),
    ],
)
def test_a_total_is_shown_before_and_after(change, expected):
    assert expected == say.arrow(change)


def test_energies_of_two_power_models_are_not_said_to_err_alike(report):
    less = replace(report, inference=replace(report.inference, energy_j=Band(5e-7, 4e-7, 6e-7, "derived")))
    other = replace(less, energy=replace(less.energy, model_file="another.toml"))

    assert "err alike" in say.energy_note(compare(report, less))
    assert "" == say.energy_note(compare(report, other))


def test_an_energy_whose_sign_is_not_certain_is_said_to_be_so(report):
    old = replace(report, inference=replace(report.inference, energy_j=Band(1e-6, 0.5e-6, 2e-6, "derived")))
    new = replace(
        report, inference=replace(report.inference, energy_j=Band(1.1e-6, 0.7e-6, 1.5e-6, "derived"))
    )

    assert "not certain" in say.energy_note(compare(old, new))
    assert "not certain" not in say.energy_note(
        compare(
            old,
            replace(
                old, inference=replace(report.inference, energy_j=Band(1.1e-6, 0.55e-6, 2.2e-6, "derived"))
            ),
        )
    )
