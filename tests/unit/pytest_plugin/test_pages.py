"""README and docs: their tests are run, and pytest says what the pages show.

A Python block that begins with `# test_….py` is that file. Of a console block, `$ pytest …` and `$ cp …` are run, and
`$ git checkout firmware.elf` is the first firmware again; each line shown must be printed, in that order; one that
ends in `…` may go on, and `…` alone stands for any.
"""

from __future__ import annotations

import re
import shlex
import shutil

import pytest

from mcusim.firmware.samples import find_sample
from tests.doc_commands import ROOT, fences, pages

pytest_plugins = ["pytester"]

_FILE = re.compile(r"# (test_\w+\.py)\n")
_STEP = re.compile(r"^\$ ", re.MULTILINE)
FIVE_WAIT_STATES = bytes.fromhex("43f00503 0b60 0b68 03f00f03 052b")
"""In board_init: orr r3, r3, #5; str r3, [r1]; ldr r3, [r1]; and r3, r3, #15; cmp r3, #5 (r1 is FLASH_ACR)."""
SEVEN_WAIT_STATES = bytes.fromhex("43f00703 0b60 0b68 03f00f03 072b")


def steps(page):
    """What the page runs with pytest, each with the lines shown and the exit code."""
    for fence in fences(page):
        if fence.language == "console" and "$ pytest" in fence.body:
            for part in _STEP.split(fence.body)[1:]:
                command, _, shown = part.partition("\n")
                words, _, comment = command.partition("  # exit code ")
                yield shlex.split(words), int(comment or 0), shown.splitlines()


def prepare(folder, page):
    """The firmware that the pages' tests name, and the tests."""
    digits = find_sample("digits_cnn")
    original = digits.elf_for("nucleo_l4r5zi").read_bytes()
    changed = original.replace(FIVE_WAIT_STATES, SEVEN_WAIT_STATES)
    assert original != changed
    (folder / "firmware.elf").write_bytes(original)
    (folder / "changed.elf").write_bytes(changed)
    (folder / "build").mkdir()
    for board in ("nucleo_l4r5zi", "nucleo_f446re"):
        shutil.copy(digits.elf_for(board), folder / "build" / f"{board}.elf")
    for fence in fences(page):
        named = _FILE.match(fence.body)
        if fence.language == "python" and named:
            (folder / named[1]).write_text(fence.body, encoding="utf-8")


def missing(shown, printed):
    """The first line shown that is not printed behind those before it; empty: all are."""
    place = 0
    for line in shown:
        wanted = line.rstrip("…").rstrip() if line.endswith("…") else line.rstrip()
        is_open = line.endswith("…")
        if not wanted.strip():
            continue
        fits = (
            index
            for index, each in enumerate(printed[place:], place)
            if each == wanted or (is_open and each.startswith(wanted))
        )
        found = next(fits, None)
        if found is None:
            return line
        place = found + 1
    return ""


@pytest.mark.parametrize("page", [page for page in pages() if any(steps(page))], ids=lambda page: page.stem)
def test_pytest_says_what_the_page_shows(project, page, monkeypatch):
    folder = project.pytester.path
    prepare(folder, page)
    for words, exit_code, shown in steps(page):
        where = f"{page.relative_to(ROOT)}: $ {shlex.join(words)}"
        if words[0] == "cp":
            shutil.copy(folder / words[1], folder / words[2])
        if words == ["git", "checkout", "firmware.elf"]:
            shutil.copy(folder / "build" / "nucleo_l4r5zi.elf", folder / "firmware.elf")
        if words[0] == "pytest":
            result = project.run(*words[1:])

            assert (where, exit_code) == (where, int(result.ret)), result.stdout.str()
            assert (where, "") == (where, missing(shown, result.outlines))


def test_a_line_that_is_not_printed_is_found():
    assert "" == missing(["a", "…", "c …"], ["a", "b", "c and d"])
    assert "c" == missing(["a", "c"], ["a", "b", "c and d"])
    assert "a" == missing(["b", "a"], ["a", "b"])


def test_the_page_on_ci_is_run():
    """Guards the test above: it would pass on pages without commands."""
    assert len(list(steps(ROOT / "docs" / "howto" / "ci.md"))) >= 8
