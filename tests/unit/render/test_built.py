"""The lines of a report about a firmware that was built from a model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcusim.render.built import built_lines
from mcusim.report.built import BuiltFrom, ReferenceCheck
from mcusim.report.serialise import from_json, to_json

BUILT = BuiltFrom("net.tflite", "00", "zig 0.17.1", "random:0", 3, 2048, 512)
EQUAL = ReferenceCheck(True, True, 3, 0, 0.0, "")


def reference_line(**changes) -> str:
    (_, text) = built_lines(replace(BUILT, reference=replace(EQUAL, **changes)))[1]
    return text


def test_a_firmware_that_was_there_has_no_such_line():
    assert [] == built_lines(None)


def test_compiler_inputs_and_memory_are_told():
    ((label, text),) = built_lines(BUILT)

    assert ("Built", "by zig 0.17.1 for inputs random:0: weights 2 048 B, arena 512 B") == (label, text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "outputs of 3 inferences equal TFLM's bit for bit"),
        ({"compared_count": 1}, "outputs of 1 inference (of 3) equal TFLM's bit for bit"),
        ({"compared_count": 0}, "finished none of 3"),
        ({"differing_count": 2, "largest_difference": 5e-7}, "of 3 inferences equal TFLM's to within 5e-07"),
        (
            {"differing_count": 2, "is_within_tolerance": False, "largest_difference": 7.0, "first": "here"},
            "outputs of 2 of 3 inferences differ from TFLM's, by at most 7; here",
        ),
        ({"differing_count": 1, "is_within_tolerance": False, "largest_difference": None}, "not a number"),
    ],
)
def test_the_comparison_is_told_in_words(changes, words):
    assert words in reference_line(**changes)


def test_the_json_keeps_it(report):
    full = replace(report, built=replace(BUILT, reference=EQUAL))

    assert full == from_json(to_json(full))
