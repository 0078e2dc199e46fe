"""Reports as JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcusim.errors import DataFileError
from mcusim.report.quantity import Band
from mcusim.report.report import (
    BacktraceFrame,
    ConsoleText,
    FaultInfo,
    KernelCost,
    Poll,
    StopInfo,
    UnmodelledRegister,
)
from mcusim.report.serialise import from_json, to_json

TEXTS = st.text(max_size=12)
COUNTS = st.integers(0, 2**63)
WORDS = st.integers(0, 2**32 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = COUNTS | FLOATS
BANDS = st.builds(Band, FLOATS, FLOATS, FLOATS, TEXTS)
VALUES = st.none() | TEXTS | NUMBERS | st.lists(st.none() | NUMBERS, max_size=4).map(tuple)
KERNELS = st.builds(KernelCost, TEXTS, TEXTS, TEXTS, NUMBERS, NUMBERS, NUMBERS, FLOATS, st.none() | BANDS)
FAULTS = st.builds(
    FaultInfo,
    kind=TEXTS,
    what=TEXTS,
    pc_addr=WORDS,
    registers=st.dictionaries(TEXTS, WORDS, max_size=4).map(lambda names: tuple(names.items())),
    cfsr=WORDS,
    hfsr=WORDS,
    bfar=WORDS,
    mmfar=WORDS,
    decoded=st.lists(TEXTS, max_size=3).map(tuple),
    backtrace=st.lists(st.builds(BacktraceFrame, WORDS, TEXTS, TEXTS), max_size=3).map(tuple),
    hint=TEXTS,
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "console": TEXTS,
        "console_channels": st.lists(st.builds(ConsoleText, TEXTS, TEXTS), max_size=2).map(tuple),
        "kernels": st.lists(KERNELS, max_size=3).map(tuple),
        "polls": st.lists(st.builds(Poll, WORDS, WORDS, WORDS, WORDS, TEXTS), max_size=2).map(tuple),
        "stop": st.builds(StopInfo, TEXTS, TEXTS, WORDS, st.integers(), st.none() | FAULTS),
        "unmodelled": st.lists(st.builds(UnmodelledRegister, WORDS, TEXTS, COUNTS, COUNTS), max_size=2).map(
            tuple
        ),
        "variables": st.dictionaries(TEXTS, VALUES, max_size=4).map(lambda names: tuple(names.items())),
        "warnings": st.lists(TEXTS, max_size=3).map(tuple),
        "energy": st.none(),
        "supply_v": FLOATS,
    },
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(CHANGES)
def test_a_report_comes_back_from_json_as_it_was(report, changes):
    """`from_json(to_json(report)) == report`, and the second text is the first byte for byte."""
    changed = replace(report, **changes)

    text = to_json(changed)

    assert from_json(text) == changed
    assert to_json(from_json(text)) == text


def test_the_promised_keys_are_there(report):
    """The minimum that the documentation promises for schema 1."""
    data = json.loads(to_json(report))

    assert data["schema"] == 1
    assert {
        "mcusim_version", "firmware", "board", "core", "clock_hz", "totals", "inference", "ram", "flash", "functions",
        "kernels", "variables", "console", "warnings", "stop", "reasons", "unmodelled", "polls", "energy",
    } <= set(data)  # fmt: skip
    assert {"path", "sha256"} <= set(data["firmware"])
    assert {"cycles", "instructions"} <= set(data["totals"])
    assert {
        "function", "count", "cycles", "cycles_min", "cycles_max", "latency_s", "energy_j",
    } <= set(data["inference"])  # fmt: skip
    assert set(data["inference"]["energy_j"]) == {"value", "low", "high", "basis"}
    assert {"static_bytes", "peak_stack_bytes", "peak_heap_bytes", "peak_bytes", "stacks"} <= set(data["ram"])
    assert {"used_bytes", "sections"} <= set(data["flash"])
    assert {"name", "calls", "self_cycles", "inclusive_cycles", "energy_j"} <= set(data["functions"][0])
    assert {"reason", "detail"} <= set(data["stop"])


def test_values_are_where_the_documentation_says(report):
    """Mean cycles of the two calls, the variables by name, the console as one text."""
    data = json.loads(to_json(report))

    assert data["inference"]["cycles"] == 4100
    assert data["inference"]["count"] == 2
    assert data["variables"] == {"g_best": 7, "g_scores": [0.25, 0.75]}
    assert data["console"] == "digit 0: 0\r\naccuracy 10/10\n"
    assert data["reasons"] == {"issue": 7000, "flash_fetch": 2160}


def test_a_number_that_json_lacks_is_never_written(report):
    """NaN would make the file unreadable for other programs."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(replace(report, supply_v=float("nan")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a JSON report"),
        ("{", "not a JSON report"),
        ('{"schema": NaN}', "not a JSON report"),
        ("[]", "not a mcusim report"),
        ("{}", "not a mcusim report"),
        ('{"schema": 2}', "schema 2 is not supported"),
        ('{"schema": 1}', "not a mcusim report"),
        ("[" * 100_000, "not a mcusim report|not a JSON report"),
    ],
)
def test_what_is_not_a_report_is_refused(text, message):
    with pytest.raises(DataFileError, match=message):
        from_json(text, where="old.json")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("board", 7),
        ("clock_hz", "fast"),
        ("clock_hz", True),
        ("functions", {}),
        ("variables", []),
        ("totals", None),
        ("warnings", [1]),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_its_key(report, key, value):
    data = json.loads(to_json(report))
    data[key] = value

    with pytest.raises(DataFileError) as caught:
        from_json(json.dumps(data), where="old.json")

    assert key in caught.value.where


def test_keys_that_a_later_version_adds_are_ignored(report):
    data = json.loads(to_json(report))
    data["added_later"] = {"a": 1}

    assert from_json(json.dumps(data)) == report


def test_a_report_from_before_a_key_was_added_is_read_with_nothing_in_its_place(report):
    """docs/reference/report-json.md: within a schema keys may be added."""
    changed = replace(report, what_if=("flash.prefetch=off",))
    data = json.loads(to_json(changed))
    assert data["what_if"] == ["flash.prefetch=off"]
    del data["what_if"]

    assert from_json(json.dumps(data)) == report
    assert from_json(to_json(changed)) == changed
