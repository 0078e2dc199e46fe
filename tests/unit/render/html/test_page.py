"""The page of a run: what it shows, and that nothing in a firmware can break out of it."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from dataclasses import replace
from pathlib import Path

import pytest

from mcusim.render.html.document import embedded_json
from mcusim.render.html.page import CONSOLE_LENGTH_MAX, render
from mcusim.render.html.reasons import MEANINGS
from mcusim.render.html.table import stacked
from mcusim.report.report import ConsoleText, StopInfo
from tests.unit.render.html.conftest import ATTACK
from tests.unit.render.html.reading import Page

REPOSITORY = Path(__file__).resolve().parents[4]
GOLDEN = Path(__file__).parent / "page_golden.html"
SECTIONS = (
    "summary layers reasons calls kernels functions time contexts memory energy sources console".split()
)


@pytest.fixture
def page(plain_run) -> Page:
    return Page(render(plain_run))


@pytest.fixture
def hostile_page(hostile_run) -> Page:
    return Page(render(hostile_run))


# --- alone and safe ---


@pytest.mark.parametrize("name", ["plain_run", "hostile_run", "run_without_model"])
def test_a_page_names_nothing_to_be_loaded(name, request):
    page = Page(render(request.getfixturevalue(name)))

    loading = {
        (tag, key, value)
        for tag, attributes in page.elements
        for key, value in attributes.items()
        if key in ("src", "srcset", "data", "action", "poster")
        or (key == "href" and not value.startswith("#"))
    }
    styles = " ".join(text for tag, _, text in page.raw if tag == "style")
    assert {("link", "href", "data:,")} == loading
    assert not re.search(r"@import|url\(|@font-face", styles)


def test_the_policy_allows_only_the_scripts_and_styles_that_stand_in_the_page(page):
    (policy,) = (
        attributes["content"]
        for tag, attributes in page.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}

    def digests(tag: str) -> list[str]:
        found = []
        for name, attributes, text in page.raw:
            if name == tag and attributes.get("type") != "application/json":
                digest = hashlib.sha256(text.encode()).digest()
                found.append(f"'sha256-{base64.b64encode(digest).decode()}'")
        return found

    assert rules["default-src"] == ["'none'"]
    assert sorted(rules["script-src"]) == sorted(digests("script"))
    assert sorted(rules["style-src"]) == sorted(digests("style"))
    assert not [
        each for _, attributes in page.elements for each in attributes if each == "style" or each[:2] == "on"
    ]


def test_a_firmware_cannot_break_out_of_its_page(hostile_page):
    assert "img" not in {tag for tag, _ in hostile_page.elements}
    assert ATTACK in hostile_page.text
    assert ATTACK in hostile_page.data["flame"]["names"]
    assert hostile_page.open == []


def test_every_attack_is_shown_as_text(hostile_run):
    """30 places of the report hold it; one that the template forgot to escape would be an element instead."""
    text = render(hostile_run).decode()

    assert text.count("<img") == 0
    assert text.count("&lt;img") > 30


def test_characters_that_steer_are_written_out(hostile_page):
    assert "\x1b" not in hostile_page.text
    assert "\\x1b[31mred tab" in hostile_page.text


def test_json_in_a_page_ends_no_script_and_no_line():
    text = embedded_json({"a": "</script><!--\u2028&"})

    assert text == r'{"a":"\u003c/script\u003e\u003c!--\u2028\u0026"}'


def test_half_characters_of_a_name_become_text(plain_run):
    broken = replace(plain_run.report, console_channels=(ConsoleText("uart", "a\udc80b"),))

    assert b"a\\xdc80b" in render(replace(plain_run, report=broken))


def test_the_same_run_gives_the_same_bytes(plain_run):
    assert render(plain_run) == render(plain_run)


def without_assets(data: bytes) -> str:
    """The page without its style sheets and scripts, whose effect the tests in a browser see, and their digests."""
    text = re.sub(r"<(style|script)>.*?</\1>\n", "", data.decode(), flags=re.DOTALL)
    return re.sub(r"&#39;sha256-[^&]+&#39; ?", "", text)


def test_the_page_is_that_of_its_golden_file(plain_run, request):
    """`--regen` rewrites the file; look at the difference before it is committed."""
    report = replace(plain_run.report, mcusim_version="0.0.0")
    text = without_assets(render(replace(plain_run, report=report)))
    if request.config.getoption("--regen"):
        GOLDEN.write_text(text, encoding="utf-8")

    assert GOLDEN.read_text(encoding="utf-8") == text


# --- content ---


def test_the_sections_come_in_the_order_of_a_reader_s_questions(hostile_page):
    found = [attributes["id"] for tag, attributes in hostile_page.elements if tag == "section"]

    assert found == SECTIONS


def test_headings_have_one_top_and_no_gap(hostile_page):
    levels = [level for level, _ in hostile_page.headings]

    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_the_headline_says_latency_with_its_band(page):
    """4100 cycles at 160 MHz are 25.6 µs; ±7 % in the hand-made bands (tests/unit/conftest.py)."""
    assert "25.62 µs" in page.text
    assert "±7 %: 23.8 µs to 27.4 µs" in page.text


def test_every_table_has_a_caption_and_headings_for_columns_and_rows(hostile_page):
    tags = [tag for tag, _ in hostile_page.elements]
    scopes = [attributes.get("scope") for tag, attributes in hostile_page.elements if tag == "th"]

    assert tags.count("table") == tags.count("caption") > 10
    assert set(scopes) == {"col", "row"}


def test_all_functions_and_kernels_are_rows(plain_run):
    text = render(plain_run).decode()
    rows = text.split('id="functions-table"')[1].split("</table>")[0].count("<tr")

    assert len(plain_run.report.functions) + 1 == rows


def test_of_two_thousand_functions_the_page_says_what_it_leaves_out(plain_run):
    report = plain_run.report
    many = tuple(replace(report.functions[0], name=f"f{index}", self_cycles=5) for index in range(2000))
    totals = replace(report.totals, active_cycles=10_000)
    page = Page(render(replace(plain_run, report=replace(report, functions=many, totals=totals))))

    assert "1 700 more functions with 85.00% of the cycles are left out of this page" in page.text
    assert len(page.data["functions"]) == 300


def test_sources_of_currents_are_told(page):
    assert "table run flash_prefetch" in page.text
    assert "made for the test" not in page.text  # bands are named by their titles


def test_a_board_without_power_model_says_so_wherever_energy_would_be(run_without_model):
    page = Page(render(run_without_model))

    assert "Energy not estimated this board has no power model" in page.text
    assert "Power over time is not shown: this board has no power model" in page.text
    assert page.data["flame"]["j"] is None


def test_a_fault_comes_before_the_numbers(hostile_page):
    text = hostile_page.text

    assert text.index("HardFault: read of 0x40FF0000") < text.index("Latency")
    assert "BFAR 0x40FF0000 (address of the bus fault)" in text


def test_a_run_that_was_cut_short_is_told_before_the_numbers(plain_run):
    stop = StopInfo("max_cycles", "", 0, 0, None)
    text = Page(render(replace(plain_run, report=replace(plain_run.report, stop=stop)))).text

    assert text.index("Stopped the --max-cycles limit was reached (max_cycles)") < text.index("Latency")


def test_what_if_and_calibration_stand_above_the_cards(hostile_page):
    text = hostile_page.text

    assert text.index("What-if Changed for this run") < text.index("Calibrated") < text.index("Latency")


def test_a_long_console_keeps_its_end_and_says_what_is_missing(plain_run):
    console = (ConsoleText("uart", "x" * CONSOLE_LENGTH_MAX + "the end"),)
    text = Page(render(replace(plain_run, report=replace(plain_run.report, console_channels=console)))).text

    assert "7 characters before this are left out" in text
    assert "the end" in text


def test_the_meanings_of_the_reasons_are_those_of_the_documentation():
    """docs/concepts/timing.md has one line per reason; the page may say it shorter."""
    text = (REPOSITORY / "docs" / "concepts" / "timing.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `([a-z-]+)` \| (.+?) \|$", text.split("## Reasons")[1], re.MULTILINE))

    assert set(documented) == {name.replace("_", "-") for name in MEANINGS}
    for name, meaning in MEANINGS.items():
        words = meaning.replace(":", "").split()[:3]
        assert words == documented[name.replace("_", "-")].replace(" (negative):", "").split()[:3]


def test_ids_are_unique_and_links_lead_somewhere(hostile_page):
    ids = [attributes["id"] for _, attributes in hostile_page.elements if "id" in attributes]
    links = {
        attributes["href"][1:]
        for tag, attributes in hostile_page.elements
        if tag == "a" and attributes["href"].startswith("#")
    }

    assert len(ids) == len(set(ids))
    assert links <= set(ids)


def test_no_piece_of_a_bar_is_longer_than_what_is_left_of_it():
    """Five times 16.666 % and 16.663 % are rounded to 100.01 %, and 0.007 % more were to come."""
    bar = stacked([("a", 16_666)] * 5 + [("b", 16_663), ("c", 7)], 100_000)

    assert all(part.share_percent > 0 for part in bar)
    assert bar[-1].begin_percent + bar[-1].share_percent == pytest.approx(100)
