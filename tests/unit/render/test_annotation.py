"""How annotated lines look: with their neighbours, aligned, and so that all that is shown adds up."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mcusim.cli.run import EXIT_OF_STOP
from mcusim.render.annotation import Shown, annotation_json, annotation_text
from mcusim.render.words import STOP_WORDS
from mcusim.report.annotation import AnnotatedFile, AnnotatedInstruction, AnnotatedLine, Annotation

TEXTS = tuple(f"code {number}" for number in range(1, 21))


def instruction(addr: int, cycles: int, **reasons: int) -> AnnotatedInstruction:
    return AnnotatedInstruction(addr, "ldr\tr0, [r1]", "f", 10, cycles, 1e-9 * cycles, tuple(reasons.items()))


def line(number: int, cycles: int, **reasons: int) -> AnnotatedLine:
    code = (instruction(0x100 + number, cycles, **reasons),)
    return AnnotatedLine(number, 10, cycles, 1e-9 * cycles, tuple(reasons.items()), code)


@pytest.fixture
def annotation():
    """1000 cycles: 900 in three lines of a.c, 60 in a file without text, 30 without a line, 10 of exceptions."""
    lines = (line(5, 600, load_use=400, issue=200), line(6, 200, issue=200), line(15, 100, issue=97, fetch=3))
    files = (
        AnnotatedFile("src/a.c", TEXTS, False, 900, lines),
        AnnotatedFile("b.h", (), False, 60, (line(3, 60, issue=60),)),
    )
    rest = (instruction(0x200, 30, issue=30),)
    return Annotation("function", "f", 2, 1000, 4000, 1e-6, files, rest, 10)


@pytest.mark.parametrize("reason", [*STOP_WORDS])
def test_an_end_that_fails_the_command_is_said_before_the_lines(annotation, report, reason):
    """Exit codes 3 and 4: the numbers are not those of a whole run."""
    text = annotation_text(annotation, replace(report, stop=replace(report.stop, reason=reason)), Shown())

    assert (reason in EXIT_OF_STOP) == ("The run did not end by itself: " in text.partition("code 3")[0])


def test_lines_stand_between_their_neighbours(annotation, report):
    shown = annotation_text(annotation, report, Shown()).splitlines()

    numbers = [each.split("code ")[-1] for each in shown if "code " in each or each == "…"]
    assert ["3", "4", "5", "6", "7", "8", "…", "13", "14", "15", "16", "17"] == numbers


def test_a_line_says_cycles_share_count_energy_and_its_worst_stall(annotation, report):
    """600 of 1000 cycles, 400 of them waiting for loads; issuing is no stall, and 3 % are not worth the eye."""
    text = annotation_text(annotation, report, Shown())

    assert "   600  60.0%     10  600 nJ  load-use 67%     5  code 5\n" in text
    assert "   100  10.0%     10  100 nJ                  15  code 15\n" in text


def test_what_is_shown_and_what_is_not_add_up(annotation, report):
    text = annotation_text(annotation, report, Shown(hottest_count=1))

    assert "code 5" in text
    assert "code 15" not in text
    assert "   200  20.0%" in text  # it stands next to the dearest line
    assert "\n2 more lines: 160 cycles\n" in text  # 100 + 60
    assert "\nInstructions without a line: 30 cycles; " in text
    assert text.endswith("\nEntry and return of exceptions: 10 cycles\n")  # 600 + 200 + 160 + 30 + 10 = 1000


def test_instructions_are_shown_when_asked_for(annotation, report):
    """10 executions, 600 cycles."""
    text = annotation_text(annotation, report, Shown(has_disassembly=True))

    assert "    00000105            10 x 60.00  ldr r0, [r1]                        load-use 67%\n" in text
    assert "00000105" not in annotation_text(annotation, report, Shown())


def test_a_file_without_text_shows_its_instructions(annotation, report):
    text = annotation_text(annotation, report, Shown())

    assert "b.h: 60 cycles\n  its text is not known (--source-dir DIR says where it is)" in text
    assert "    00000103            10 x  6.00  ldr r0, [r1]\n" in text


def test_without_debug_information_the_disassembly_is_shown(annotation, report):
    bare = Annotation("function", "f", 2, 40, 4000, None, (), annotation.unplaced, 10)

    text = annotation_text(bare, report, Shown())

    assert "no debug information says where they are from (compile with -g)\n    00000200 " in text


def test_a_changed_source_file_is_told(report):
    changed = AnnotatedFile("a.c", ("one",), True, 5, (line(3, 5, issue=5),))

    text = annotation_text(Annotation("file", "a.c", 0, 5, 9, None, (changed,), (), 0), report, Shown())

    assert "this is not the text that was compiled" in text


def test_firmware_cannot_steer_the_terminal(report):
    """Names and sources may hold escape sequences."""
    evil = AnnotatedFile("\x1b[2Ja.c", ("\x1b[31m",), False, 5, (line(1, 5, issue=5),))

    text = annotation_text(Annotation("file", "\x1b[2J", 0, 5, 9, None, (evil,), (), 0), report, Shown())

    assert "\x1b" not in text
    assert r"\x1b[31m" in text


def test_json_has_all_lines_with_their_text_and_instructions(annotation, report):
    data = json.loads(annotation_json(annotation, report))

    first = data["files"][0]["lines"][0]
    assert (5, "code 5", 600, {"load_use": 400, "issue": 200}) == (
        first["line"],
        first["text"],
        first["cycles"],
        first["reasons"],
    )
    lines = sum(each["cycles"] for file in data["files"] for each in file["lines"])
    rest = sum(each["cycles"] for each in data["unplaced"]) + data["exception_cycles"]
    assert 1000 == data["cycles"] == lines + rest
    assert [True, False] == [each["has_text"] for each in data["files"]]
