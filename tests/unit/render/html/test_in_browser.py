"""The pages in a real Chromium: they load nothing, work by mouse and keyboard, and can be read on any screen."""

from __future__ import annotations

import random
import shutil
from contextlib import contextmanager
from dataclasses import replace

import pytest

from mcusim import units
from mcusim.analysis.compare import compare
from mcusim.analysis.compare_profile import compare_profiles
from mcusim.render.html import comparison_page, page
from mcusim.report.request import RunRequest
from mcusim.session import recorded
from mcusim.shipped import shipped_dir

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
PAGES = ("digits", "ideal", "rtos", "hostile", "compared")
PHONE, DESK = {"width": 375, "height": 812}, {"width": 1280, "height": 900}

CONTRASTS = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const part = (each) => (each / 255 <= 0.03928 ? each / 255 / 12.92 : ((each / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = rgba(getComputedStyle(each).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const poor = [];
  for (const each of document.querySelectorAll('body *')) {
    const own = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !each.getClientRects().length || each.closest('svg, script, noscript')) continue;
    const [a, b] = [light(rgba(getComputedStyle(each).color)), light(ground(each))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${each.tagName}.${each.className} ${ratio.toFixed(2)} ${each.textContent}`);
  }
  return poor;
}"""


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def sample(name: str, elf: str, board: str):
    path = shipped_dir("firmware_samples") / name / f"{elf}.elf"
    return recorded(RunRequest(path, board, firmware_label=name))


@pytest.fixture(scope="module")
def runs():
    """Digits on a board, on an ideal core without power model, and an RTOS that sleeps most of the time."""
    return {
        "digits": sample("digits_cnn", "nucleo_l4r5zi", "nucleo_l4r5zi"),
        "ideal": sample("digits_cnn", "generic_m4", "generic_m4"),
        "rtos": sample("rtos_activity", "nucleo_l4r5zi", "nucleo_l4r5zi"),
    }


def compared(old, new) -> bytes:
    comparison = compare(old.report, new.report, (old.profile, new.profile))
    change = compare_profiles(old.profile, new.profile, comparison)
    return comparison_page.render(old, new, comparison, change)


@pytest.fixture
def opened(browser, runs, plain_run, hostile_run, tmp_path):
    """Opens a page from a file; whatever it complains about or asks for fails the test."""
    made = {"plain": plain_run, "hostile": hostile_run, **runs}

    @contextmanager
    def open_page(name: str, *, script: str = "", **options):
        data = compared(made["ideal"], made["digits"]) if name == "compared" else page.render(made[name])
        path = tmp_path / f"{name}.html"
        path.write_bytes(data)
        context = browser.new_context(**{"viewport": DESK, **options})
        try:
            tab = context.new_page()
            wrong: list[str] = []
            tab.on("console", lambda message: wrong.append(message.text))
            tab.on("pageerror", lambda error: wrong.append(str(error)))
            tab.on(
                "request", lambda request: wrong.append(request.url) if request.url != path.as_uri() else None
            )
            tab.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
            if script:
                tab.add_init_script(script)
            tab.goto(path.as_uri())
            if options.get("java_script_enabled", True):
                tab.wait_for_selector(".frame")
            yield tab
            assert [] == [each for each in wrong if not each.startswith("data:")]
        finally:
            context.close()

    return open_page


# --- every page ---


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_a_page_loads_nothing_complains_about_nothing_and_fits_its_screen(name, viewport, opened):
    """Complaints and requests are checked by the fixture."""
    with opened(name, viewport=viewport) as tab:
        assert tab.evaluate("document.documentElement.scrollWidth") == viewport["width"]


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("name", PAGES)
def test_no_card_s_value_is_wider_than_its_card(name, viewport, opened):
    """ "not estimated" is longer than any number."""
    with opened(name, viewport=viewport) as tab:
        assert [] == tab.evaluate(
            "[...document.querySelectorAll('.card .value')].filter((each) => each.scrollWidth > each.clientWidth)"
            ".map((each) => each.textContent)"
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["hostile", "rtos", "compared"])
def test_text_stands_out_from_its_ground(name, scheme, opened):
    """WCAG 2.1, success criterion 1.4.3: at least 4.5 to 1."""
    with opened(name, color_scheme=scheme) as tab:
        assert tab.evaluate(CONTRASTS) == []


def test_without_scripts_the_tables_are_there_and_no_dead_button(opened):
    with opened("digits", java_script_enabled=False) as tab:
        assert tab.locator("#functions-table tbody tr").count() == 18
        assert not tab.locator("#theme").is_visible()
        assert not tab.locator("input[type=search]").first.is_visible()


def test_printed_pages_are_light_and_without_tools(opened):
    with opened("digits", color_scheme="dark") as tab:
        tab.emulate_media(media="print")

        assert not tab.locator("header").is_visible()
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert tab.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(26, 31, 39)"


def test_nothing_moves_for_those_who_asked_for_that(opened):
    with opened("plain", reduced_motion="reduce") as tab:
        assert tab.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


# --- light and dark ---


def ground(tab) -> str:
    return tab.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_theme_follows_the_system_until_it_is_chosen_and_is_remembered(opened):
    with opened("plain", color_scheme="dark") as tab:
        dark = ground(tab)
        tab.click("#theme")
        light = ground(tab)
        tab.reload()

        assert dark == "rgb(18, 21, 26)"
        assert light == "rgb(246, 247, 249)"
        assert ground(tab) == light
        assert tab.inner_text("#theme") == "Dark"


def test_the_theme_changes_where_storage_is_blocked(opened):
    blocked = "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('blocked'); }});"
    with opened("plain", color_scheme="light", script=blocked) as tab:
        tab.click("#theme")

        assert ground(tab) == "rgb(18, 21, 26)"


# --- numbers ---


def test_scripts_write_numbers_as_python_does(opened):
    """1000 numbers over 20 decades; ties of the last digit apart, of which these have none."""
    random.seed(7)
    values = [round(random.uniform(1, 10) * 10 ** random.randint(-11, 9), 15) for _ in range(1000)]
    counts = [int(each) for each in values if each >= 1]
    with opened("plain") as tab:
        shown = tab.evaluate("values => values.map(each => engineering(each, 's'))", values)
        sizes = tab.evaluate("values => values.map(each => `${size(each)} ${grouped(each)}`)", counts)

    assert [units.engineering(each, "s") for each in values] == shown
    assert [f"{units.size(each)} {units.grouped(each)}" for each in counts] == sizes


# --- tables ---


def column(tab, table: str, index: int) -> list[float]:
    script = (
        "([name, index]) => [...document.querySelectorAll(`#${name} tbody tr`)].map(row => row.cells[index])"
    )
    return tab.evaluate(
        f"{script[:-1].replace('row.cells[index]', 'Number(row.cells[index].dataset.v)')})", [table, index]
    )


def test_a_click_on_a_heading_sorts_and_another_turns_it_round(opened):
    with opened("digits") as tab:
        tab.click("#functions-table th:nth-child(6) .sort")
        down, state = (
            column(tab, "functions-table", 5),
            tab.get_attribute("#functions-table th:nth-child(6)", "aria-sort"),
        )
        tab.click("#functions-table th:nth-child(6) .sort")
        up = column(tab, "functions-table", 5)

        assert down == sorted(down, reverse=True)
        assert state == "descending"
        assert up == sorted(up)
        assert tab.locator("#functions-table [aria-sort]").count() == 1


def test_names_sort_by_letters(opened):
    with opened("digits") as tab:
        tab.click("#kernels-table th:first-child .sort")
        names = tab.locator("#kernels-table tbody th").all_inner_texts()

        assert names == sorted(names, key=str.lower)


def test_search_leaves_what_matches_and_counts_it(opened):
    with opened("rtos") as tab:
        tab.fill("[data-filter=functions-table]", "Scheduler")
        names = tab.locator("#functions-table tbody th").all_inner_texts()

        assert len(names) > 3
        assert all("scheduler" in each.lower() for each in names)
        assert tab.inner_text("[data-count=functions-table]") == f"{len(names)} of 40"


def test_a_long_table_is_cut_until_all_is_asked_for(opened):
    with opened("rtos") as tab:
        before = tab.locator("#functions-table tbody tr").count()
        tab.click("#functions-table + .show-all")

        assert (before, tab.locator("#functions-table tbody tr").count()) == (25, 40)


def test_a_function_opens_to_why_its_cycles_passed(opened, runs):
    function = runs["digits"].report.functions[0]
    with opened("digits") as tab:
        tab.locator("#functions-table .open").first.focus()
        tab.keyboard.press("Enter")
        shown = tab.inner_text("#functions-table tr.details")

        for name, cycles in function.reasons:
            assert f"{name.replace('_', '-')} {units.grouped(cycles)} cycles" in shown


# --- flame graph ---


def frame(tab, name: str):
    return tab.locator(f".frame[aria-label^='{name}']").first


def test_a_click_zooms_in_and_escape_out_again(opened):
    with opened("digits") as tab:
        whole = tab.locator(".flame-body").bounding_box()["width"]
        before = frame(tab, "conv_2d_s8").bounding_box()["width"]
        frame(tab, "conv_2d_s8").click()
        zoomed = frame(tab, "conv_2d_s8").bounding_box()["width"]
        crumbs = tab.locator(".crumbs button").all_inner_texts()
        for _ in range(6):
            tab.keyboard.press("Escape")

        assert before < 0.5 * whole
        assert zoomed == pytest.approx(whole, abs=3)
        assert crumbs[0] == "whole run"
        assert crumbs[-1] == "conv_2d_s8"
        assert frame(tab, "conv_2d_s8").bounding_box()["width"] == pytest.approx(before, abs=1)


def test_a_breadcrumb_leads_back(opened):
    with opened("digits") as tab:
        frame(tab, "mcusim_infer").click()
        tab.click(".crumbs button:first-child")

        assert tab.locator(".crumbs button").count() == 0


def test_widths_are_shares_of_the_chosen_weight(opened, runs):
    """The inference's share of cycles and of energy, summed here from the profile."""
    profile = runs["digits"].profile
    index = next(place for place, each in enumerate(profile.nodes) if each.name == "mcusim_infer")
    below = {index}
    for place, each in enumerate(profile.nodes):
        if each.parent_index in below:
            below.add(place)
    cycles = sum(profile.nodes[each].self_cycles for each in below) / profile.total_cycles
    energy = sum(profile.nodes[each].self_j for each in below) / profile.total_j
    with opened("digits") as tab:
        by_cycles = frame(tab, "mcusim_infer").get_attribute("aria-label")
        tab.check("[name=flame-weight][value=j]")
        by_energy = frame(tab, "mcusim_infer").get_attribute("aria-label")

    assert f"{cycles:.1%} of the run's cycles" in by_cycles
    assert f"{energy:.1%} of the run's energy" in by_energy


def test_search_tells_the_share_that_matches_and_counts_nested_matches_once(opened, runs):
    profile = runs["digits"].profile
    share = sum(each.self_cycles for each in profile.nodes if each.name == "mac_rows_4_columns")
    with opened("digits") as tab:
        tab.fill(".flame-search", "mac_rows_4")

        assert tab.inner_text(".flame-matched") == f"matched {share / profile.total_cycles:.1%}"
        assert tab.locator(".frame.match").count() == 2


def test_the_keyboard_walks_through_the_calls(opened):
    with opened("digits") as tab:
        tab.locator(".frame[tabindex='0']").focus()
        for _ in range(3):
            tab.keyboard.press("ArrowDown")
        name = tab.evaluate("document.activeElement.textContent")
        tab.keyboard.press("Enter")

        assert name == "main"
        assert tab.locator(".crumbs button").last.inner_text() == "main"
        assert "cycles" in tab.inner_text(".flame-readout")


def test_the_mouse_is_told_what_is_under_it(opened):
    with opened("digits") as tab:
        frame(tab, "max_pool_2d_s8").hover()

        assert "max_pool_2d_s8 (max_pool_2d_s8.c)" in tab.inner_text("#tip")
        assert "called 10 times" in tab.inner_text("#tip")


def test_sleep_is_left_out_at_first_where_it_would_hide_the_rest(opened):
    with opened("rtos") as tab:
        before = tab.locator(".frame[aria-label^='asleep']").count()
        tab.check(".flame-sleep")

        assert before == 0
        assert tab.locator(".frame[aria-label^='asleep']").count() == 1


# --- over time ---


def test_the_window_of_the_whole_run_has_its_energy_and_charge(opened, plain_run):
    """Four stretches of constant power (tests/export_factory.py); charge = energy / 3.3 V."""
    points = plain_run.history.power
    ends = [*(each.at_s for each in points[1:]), plain_run.history.end_s]
    energy_j = sum(each.power_w * (end - each.at_s) for each, end in zip(points, ends, strict=True))
    with opened("plain") as tab:
        words = tab.inner_text(".timeline")

        assert f"energy {units.engineering(energy_j, 'J')}" in words
        assert f"charge {units.engineering(energy_j / 3.3, 'C')}" in words
        assert "peak 66.0 mW" in words
        assert "most in this window: 1 552 B" in words


def test_charts_have_axes_with_units(opened):
    with opened("plain") as tab:
        texts = tab.locator(".timeline svg text").all_text_contents()

        assert {"512 B", "20 mW", "20 µs"} <= set(texts)


def test_the_cursor_reads_all_charts_at_once(opened):
    """At 50 µs: CONV_2D has ended at 53 µs, memory is that of 40 µs, and the core runs at 66 mW."""
    with opened("plain") as tab:
        svg = tab.locator(".timeline svg").last
        svg.focus()
        for _ in range(55):
            tab.keyboard.press("ArrowRight")
        ran, memory, power = tab.locator(".timeline output").all_inner_texts()[-3:]

        assert "0 CONV_2D: 18.1 µs, 2 900 cycles" in ran
        assert "1 552 B = static 1 200 B + heap 96 B + stack 256 B" in memory
        assert "66.0 mW (60.0 mW to 80.0 mW) run from flash, 160 MHz" in power


def test_dragging_zooms_in_and_all_zooms_out(opened):
    with opened("rtos") as tab:
        tab.locator(".timeline svg").first.scroll_into_view_if_needed()
        box = tab.locator(".timeline svg").first.bounding_box()
        tab.mouse.move(box["x"] + 300, box["y"] + 30)
        tab.mouse.down()
        tab.mouse.move(box["x"] + 400, box["y"] + 30)
        tab.mouse.up()
        zoomed = tab.inner_text(".chart-tools output")
        tab.click("[aria-label='Show the whole run']")

        assert 1.0 < float(zoomed.split("(")[1].split(" s")[0]) < 6.0
        assert tab.inner_text(".chart-tools output") == "0 s to 40.00 s (40.0 s)"


def test_the_first_inference_can_be_looked_into(opened):
    with opened("rtos") as tab:
        tab.click("[aria-label='Zoom to the first inference']")
        names = tab.locator(".timeline svg text.inside").all_text_contents()

        assert "2.79 ms" in tab.inner_text(".chart-tools output")
        assert any(each.startswith("0 CONV") for each in names)


# --- two runs ---


def test_the_differential_flame_graph_takes_its_widths_from_either_run(opened, runs):
    with opened("compared") as tab:
        new = frame(tab, "max_pool_2d_s8").bounding_box()["width"]
        label = frame(tab, "whole run").get_attribute("aria-label")
        tab.check("[name=flame-side][value=old]")
        old = frame(tab, "max_pool_2d_s8").bounding_box()["width"]

    totals = [units.grouped(runs[name].profile.total_cycles) for name in ("ideal", "digits")]
    assert f"{totals[0]} cycles → {totals[1]} cycles" in label
    assert old > new > 0  # it is a smaller part of the run with the slower flash


def test_both_runs_are_drawn_on_one_scale_and_zoom_together(opened):
    with opened("compared") as tab:
        ranges = tab.locator(".chart-tools output")
        whole = ranges.all_inner_texts()
        tab.locator("[aria-label='Zoom in']").first.click()
        zoomed = ranges.all_inner_texts()

        assert len(whole) == 2
        assert whole[0] == whole[1]
        assert zoomed[0] == zoomed[1] != whole[0]


def test_what_makes_runs_incomparable_comes_first(opened):
    with opened("compared") as tab:
        text = tab.inner_text("main")

        assert text.index("Not comparable") < text.index("Latency")


def test_the_page_of_one_run_compared_with_itself_says_that_nothing_changed(runs, browser, tmp_path):
    run = runs["digits"]
    path = tmp_path / "same.html"
    path.write_bytes(compared(run, replace(run)))
    tab = browser.new_page()
    tab.goto(path.as_uri())
    tab.wait_for_selector(".frame")

    assert tab.inner_text("h1").replace("\u00a0", " ") == "no change: 227 062 cycles"
    assert tab.locator(".frame.plain").count() == tab.locator(".frame").count()
    tab.close()
