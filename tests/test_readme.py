"""README and docs against the product: the commands run, the outputs are what they print, the links resolve."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mcusim import __version__
from mcusim.cli.run import EXIT_OF_STOP
from mcusim.errors import ExitCode
from mcusim.render.words import STOP_WORDS
from tests.doc_commands import BANDS_MARKS, ROOT, fences, pages, prepare, run, steps, with_error_bands
from tests.doc_energies import ENERGIES_MARKS, with_energies
from tests.doc_options import OPTIONS_MARKS, options, with_options
from tests.doc_runtimes import RAN, RUNTIMES_MARKS, runtime_keys, with_runtimes

README = ROOT / "README.md"
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def page_id(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def set_up_lines(word: str) -> list[str]:
    """The lines that .ci/run picks for `word`; it runs the first one in a fresh clone."""
    text = README.read_text(encoding="utf-8")
    return re.findall(rf"^python3 -m venv .*{word}.*$", text, re.MULTILINE)


@pytest.mark.parametrize("word", ["mcusim run", "pytest"])
def test_the_readme_has_one_set_up_line_that_a_fresh_clone_is_tried_with(word):
    assert len(set_up_lines(word)) == 1


def test_the_set_up_lines_install_this_package_and_end_in_the_job():
    assert set_up_lines("mcusim run")[0].endswith("mcusim run digits_cnn --board nucleo_l4r5zi")
    assert ".venv/bin/pip install . " in set_up_lines("mcusim run")[0]
    assert set_up_lines("pytest")[0].endswith(".venv/bin/pytest -n auto")
    assert ".venv/bin/pip install '.[test]' " in set_up_lines("pytest")[0]


@pytest.mark.parametrize("page", pages(), ids=page_id)
def test_every_command_on_the_page_runs_and_prints_what_the_page_shows(page, tmp_path, monkeypatch):
    """Shown output went stale? `python -m tests.doc_commands` writes what the commands print now."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    prepare(tmp_path, page)
    has_compiler = shutil.which("arm-none-eabi-gcc") is not None
    for fence in fences(page):
        for step in steps(fence):
            if ".tflite" in step.command and not has_compiler:
                continue  # the page's firmware was built with that one
            code, output = run(step.command)
            where = f"{page_id(page)}:{fence.line_number}: {step.command}"

            assert (step.exit_code, where) == (code, where)
            assert not step.shown or (step.shown, where) == (output, where)


def test_the_readme_runs_the_bundled_sample_and_shows_its_report():
    """Guards the test above: it would pass on pages without commands."""
    shown = {step.command: step.shown for fence in fences(README) for step in steps(fence)}

    assert "Latency" in shown["mcusim run digits_cnn --board nucleo_l4r5zi"]


def test_the_accuracy_page_shows_the_bands_that_reports_print():
    """Figures changed? `python -m tests.doc_commands` writes what mcusim/analysis/error_bands.toml says now."""
    text = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")

    assert [text.count(mark) for mark in BANDS_MARKS] == [1, 1]
    assert text == with_error_bands(text)


def test_a_stale_figure_of_a_band_is_found():
    begin, end = BANDS_MARKS
    page = with_error_bands(f"before\n{begin}\n| old |\n{end}\nafter\n")

    assert "| Cortex-M4 |" in page
    assert "| old |" not in page
    assert page.startswith("before\n")
    assert page.endswith(f"{end}\nafter\n")


def test_the_accuracy_page_shows_the_errors_of_the_power_models():
    """A power model changed? `python -m tests.doc_commands docs/accuracy.md` writes the tables anew."""
    text = (ROOT / "docs" / "accuracy.md").read_text(encoding="utf-8")

    assert [text.count(mark) for mark in ENERGIES_MARKS] == [1, 1]
    assert text == with_energies(text)


def test_the_layers_page_has_every_runtime_as_its_data_file_says():
    """A runtime came or changed? `python -m tests.doc_commands` writes the table anew."""
    text = (ROOT / "docs" / "howto" / "see-the-layers.md").read_text(encoding="utf-8")

    assert [text.count(mark) for mark in RUNTIMES_MARKS] == [1, 1]
    assert text == with_runtimes(text)


def test_only_runtimes_that_there_are_are_said_to_have_run():
    assert RAN
    assert sorted(set(RAN) - set(runtime_keys())) == []


@pytest.mark.parametrize("page", pages(), ids=page_id)
def test_every_link_to_a_file_or_heading_resolves(page):
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    broken = [link for link in _LINK.findall(text) if "://" not in link and not resolves(page, link)]

    assert broken == []


def resolves(page: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not anchor or anchor in anchors(target)


def anchors(page: Path) -> set[str]:
    """Heading anchors as GitHub makes them: lower case, punctuation dropped, blanks to hyphens."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize(
    ("link", "is_fine"),
    [("README.md", True), ("docs/nothing.md", False), ("README.md#no-such-heading", False), ("../x", False)],
)
def test_the_link_check_finds_broken_links(link, is_fine):
    assert is_fine == resolves(README, link)


def test_every_page_is_reachable_from_the_index():
    """A page that nothing links to is a page that nobody reads."""
    index = ROOT / "docs" / "index.md"
    linked = {
        (index.parent / link.partition("#")[0]).resolve()
        for link in _LINK.findall(index.read_text(encoding="utf-8"))
    }

    assert [page_id(page) for page in pages() if page.resolve() not in linked | {index, README}] == []


def test_the_command_line_page_explains_every_option_of_every_command():
    """In the command's own section, or in that of run for the options that it shares with run."""
    text = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    sections = {
        each.partition("\n")[0]: each
        for each in re.split(r"^## mcusim ", text.partition(OPTIONS_MARKS[0])[0], flags=re.MULTILINE)
    }
    missing = [
        (each.command, name)
        for each in options()
        for name in each.names
        if not re.search(rf"{name}(?![-\w])", sections[each.command] + sections["run"])
    ]

    assert len({each.command for each in options()}) > 10
    assert [] == missing


def test_the_command_line_page_has_the_table_of_options_as_the_program_has_them():
    """An option changed? `python -m tests.doc_commands docs/reference/cli.md` writes the table anew."""
    text = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")

    assert [text.count(mark) for mark in OPTIONS_MARKS] == [1, 1]
    assert text == with_options(text)


def test_the_exit_code_page_has_every_reason_to_stop_and_its_code():
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    codes = {reason: EXIT_OF_STOP.get(reason, ExitCode.OK) for reason in STOP_WORDS}

    assert [reason for reason, code in codes.items() if f"| `{reason}` | {code:d} |" not in page] == []


def test_every_place_that_the_architecture_names_exists():
    """A room that moved is a newcomer's wrong turn."""
    text = _FENCED.sub("", (ROOT / "docs" / "concepts" / "architecture.md").read_text(encoding="utf-8"))
    places = re.findall(r"`((?:[\w*]+/)+[\w*]+(?:\.py|/))`", text)
    roots = (ROOT / "mcusim", ROOT)

    assert len(places) > 50
    assert [] == [place for place in places if not any([*root.glob(place.rstrip("/"))] for root in roots)]


def test_the_changelog_begins_with_the_version_of_the_package():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.findall(r"^## (\S+)", changelog, re.MULTILINE)[0] == __version__


@pytest.mark.parametrize("page", pages(), ids=page_id)
def test_no_page_claims_more_than_a_model_can_deliver(page):
    """The model is checked against published measurements, not against the chip's every cycle."""
    assert "cycle-accurate" not in page.read_text(encoding="utf-8").lower()
