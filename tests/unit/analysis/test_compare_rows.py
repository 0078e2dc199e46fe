"""Rows of two runs matched by name: through clones, renames, splits and inlining, and never on a guess."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.analysis.compare_rows import row_changes
from mcusim.report.comparison import Row


def one(old: list[Row], new: list[Row]):
    (row,) = row_changes(old, new)
    return row


def statuses(old: list[Row], new: list[Row]) -> dict[str, str]:
    return {row.name: row.status for row in row_changes(old, new)}


# --- names ---


def test_rows_that_are_equal_are_the_same():
    rows = [Row("f", 100, 2, (("issue", 100),)), Row("g", 50)]

    assert {"f": "same", "g": "same"} == statuses(rows, rows)


def test_a_change_is_split_by_reason_the_largest_first():
    old = [Row("f", 100, 2, (("issue", 90), ("load_use", 10)))]
    new = [Row("f", 130, 2, (("issue", 85), ("load_use", 10), ("flash_fetch", 35)))]

    row = one(old, new)

    assert ("changed", 30) == (row.status, row.delta_cycles)
    assert [("flash_fetch", 35), ("issue", -5), ("load_use", 0)] == [
        (each.name, each.delta) for each in row.reasons
    ]


def test_equal_cycles_of_other_reasons_are_a_change():
    row = one([Row("f", 10, 1, (("issue", 10),))], [Row("f", 10, 1, (("load_use", 10),))])

    assert ("changed", 0) == (row.status, row.delta_cycles)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("conv.constprop.0", "conv"),
        ("conv.isra.0", "conv.constprop.1"),
        ("conv", "conv.lto_priv.0"),
        ("void ns::Eval<int>(int, int)", "void ns::Eval<int>(int)"),
        ("void ns::Eval<signed char>(int)", "void ns::Eval<short>(int)"),
        ("ns::run(int) [clone .isra.0]", "ns::run(int)"),
    ],
)
def test_what_the_compiler_appends_and_types_do_not_make_another_function(old, new):
    row = one([Row(old, 100)], [Row(new, 120)])

    assert ("renamed", new, old, 20) == (row.status, row.name, row.old_name, row.delta_cycles)
    assert f"was {old}" == row.note


def test_functions_of_one_name_in_two_files_stay_apart():
    old = [Row("Eval", 100, source_file="conv.cc"), Row("Eval", 10, source_file="add.cc")]
    new = [Row("Eval", 10, source_file="add.cc"), Row("Eval", 170, source_file="conv.cc")]

    assert [("conv.cc", 70), ("add.cc", 0)] == [
        (row.source_file, row.delta_cycles) for row in row_changes(old, new)
    ]


def test_a_function_that_moved_to_another_file_is_the_same():
    row = one([Row("f", 100, source_file="a.c")], [Row("f", 100, source_file="b.c")])

    assert ("same", "moved from a.c") == (row.status, row.note)


def test_a_function_that_was_split_is_one_row_with_its_parts():
    row = one([Row("kernel", 1000)], [Row("kernel", 300), Row("kernel.part.0", 750)])

    assert ("split", "kernel", 1000, 1050) == (row.status, row.name, row.old_cycles, row.new_cycles)
    assert "was kernel; now kernel + kernel.part.0" == row.note


def test_clones_that_became_one_function_are_merged():
    row = one([Row("k.constprop.0", 10), Row("k.constprop.1", 20)], [Row("k", 40)])

    assert ("merged", "k", 30, 40) == (row.status, row.name, row.old_cycles, row.new_cycles)


def test_rows_that_complete_a_sum_only_match_their_own_kind():
    old = [Row("sleep", 5, kind="sleep"), Row("sleep", 7)]
    new = [Row("sleep", 9), Row("sleep", 6, kind="sleep")]

    assert {("function", 7, 9), ("sleep", 5, 6)} == {
        (row.kind, row.old_cycles, row.new_cycles) for row in row_changes(old, new)
    }


# --- renames ---


def test_a_rename_is_claimed_where_file_cycles_and_calls_agree():
    row = one([Row("filter_rows", 5000, 3, source_file="f.c")], [Row("smooth", 5010, 3, source_file="f.c")])

    assert ("renamed", "renamed from filter_rows") == (row.status, row.note)


def test_without_a_file_a_rename_needs_the_same_cycles_for_the_same_reasons():
    reasons = (("issue", 4000), ("load_use", 1000))

    assert {"b": "renamed"} == statuses([Row("a", 5000, 3, reasons)], [Row("b", 5000, 3, reasons)])
    assert {"a": "removed", "b": "added"} == statuses([Row("a", 5000, 3)], [Row("b", 5010, 3)])


def test_no_rename_is_claimed_between_two_that_are_as_likely():
    old = [Row("a", 5000, 3, source_file="f.c")]
    new = [Row("b", 5000, 3, source_file="f.c"), Row("c", 5000, 3, source_file="f.c")]

    assert {"a": "removed", "b": "added", "c": "added"} == statuses(old, new)


def test_callers_tell_two_likely_renames_apart():
    old = [
        Row("a", 5000, 3, source_file="f.c", callers=("x",)),
        Row("b", 5000, 3, source_file="f.c", callers=("y",)),
        Row("x", 1),
        Row("y", 1),
    ]
    new = [
        Row("d", 5000, 3, source_file="f.c", callers=("y",)),
        Row("c", 5000, 3, source_file="f.c", callers=("x",)),
        Row("x", 1),
        Row("y", 1),
    ]

    assert {("a", "c"), ("b", "d")} == {
        (row.old_name, row.name) for row in row_changes(old, new) if row.status == "renamed"
    }


def test_a_function_of_another_file_or_other_callers_was_not_renamed():
    old = [Row("a", 5000, 3, source_file="f.c", callers=("x",)), Row("x", 1), Row("y", 1)]

    for new in (
        Row("b", 5000, 3, source_file="g.c", callers=("x",)),
        Row("b", 5000, 3, source_file="f.c", callers=("y",)),
    ):
        assert statuses(old, [new, Row("x", 1), Row("y", 1)])["b"] == "added"


# --- inlining ---


def test_a_function_whose_only_caller_grew_by_as_much_was_probably_inlined():
    old = [Row("dot", 8000, 100, callers=("dense",)), Row("dense", 1000, 1, callees=("dot",))]
    new = [Row("dense", 8100, 1)]

    rows = {row.name: row for row in row_changes(old, new)}

    assert ("inlined", "probably inlined into dense") == (rows["dot"].status, rows["dot"].note)
    assert ("changed", 7100, -8000) == (
        rows["dense"].status,
        rows["dense"].delta_cycles,
        rows["dot"].delta_cycles,
    )


def test_inlining_reaches_through_a_caller_that_is_gone_too():
    old = [
        Row("leaf", 4000, 9, callers=("middle",)),
        Row("middle", 2000, 3, callers=("top",)),
        Row("top", 100, 1),
    ]

    assert {"leaf": "inlined", "middle": "inlined", "top": "changed"} == statuses(old, [Row("top", 5600, 1)])


def test_without_callers_the_only_function_of_the_file_that_grew_so_much_holds_it():
    old = [
        Row("dot", 8000, 100, source_file="d.c"),
        Row("dense", 1000, 1, source_file="d.c"),
        Row("main", 9, source_file="m.c"),
    ]
    new = [Row("dense", 8100, 1, source_file="d.c"), Row("main", 9, source_file="m.c")]

    assert statuses(old, new)["dot"] == "inlined"


@pytest.mark.parametrize("grown", [1000, 1500, 30_000])
def test_a_function_that_vanished_while_its_caller_hardly_grew_or_grew_by_far_more_is_just_gone(grown):
    old = [Row("dot", 8000, 100, callers=("dense",)), Row("dense", 1000, 1)]

    assert statuses(old, [Row("dense", grown, 1)])["dot"] == "removed"


# --- what always holds ---

NAMES = st.sampled_from(["f", "g", "h", "f.part.0", "f.constprop.0", "g.isra.0", "Eval<int>", "Eval<char>"])
ROWS = st.lists(
    st.builds(
        Row,
        name=NAMES,
        cycles=st.integers(0, 10_000),
        calls_count=st.integers(0, 3),
        source_file=st.sampled_from(["", "a.c", "b.c"]),
        callers=st.lists(NAMES, max_size=2).map(tuple),
    ),
    max_size=8,
).map(lambda rows: [Row(**_with_reasons(each)) for each in rows])


def _with_reasons(row: Row) -> dict:
    part = row.cycles // 3
    reasons = (("issue", row.cycles - part), ("flash_fetch", part)) if row.cycles else ()
    fields = ("name", "cycles", "calls_count", "source_file", "callers")
    return {name: getattr(row, name) for name in fields} | {"reasons": reasons}


@given(ROWS, ROWS)
def test_the_deltas_of_the_rows_sum_to_the_delta_of_the_totals(old, new):
    rows = row_changes(old, new)

    assert sum(row.cycles for row in new) - sum(row.cycles for row in old) == sum(
        row.delta_cycles for row in rows
    )
    assert all(row.delta_cycles == sum(each.delta for each in row.reasons) for row in rows if row.reasons)


@given(ROWS, ROWS)
def test_comparing_backwards_turns_every_sign(old, new):
    forwards = sorted((row.old_cycles, row.new_cycles, row.delta_cycles) for row in row_changes(old, new))
    backwards = sorted((row.new_cycles, row.old_cycles, -row.delta_cycles) for row in row_changes(new, old))

    assert forwards == backwards


@given(ROWS)
def test_nothing_changes_from_a_run_to_itself(rows):
    assert {"same"} >= {row.status for row in row_changes(rows, rows)}
