"""The Pareto front by its definition, and the rows that a deadline picks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mcusim.report.quantity import Band
from mcusim.report.sweep import SweepPoint, SweepResult, SweepRow
from mcusim.scenarios.sweep_choose import choice_of, pareto, with_marks

COSTS = st.lists(st.tuples(st.integers(1, 6).map(float), st.integers(1, 6).map(float)), max_size=12)
"""Few values, so that ties and repeated points are common."""


def is_better(left, right):
    """No worse in both and better in one."""
    return left[0] <= right[0] and left[1] <= right[1] and (left[0] < right[0] or left[1] < right[1])


@given(COSTS)
def test_a_point_is_on_the_front_exactly_when_nothing_is_better(costs):
    assert [not any(is_better(other, each) for other in costs) for each in costs] == list(pareto(costs))


@given(COSTS)
def test_whatever_is_not_on_the_front_is_beaten_by_something_that_is(costs):
    marks = pareto(costs)
    front = [each for each, is_on in zip(costs, marks, strict=True) if is_on]

    assert bool(front) == bool(costs)
    assert all(any(is_better(best, each) for best in front) for each in costs if each not in front)


@given(COSTS, st.randoms())
def test_the_front_does_not_depend_on_the_order(costs, random):
    shuffled = list(costs)
    random.shuffle(shuffled)

    def front(each):
        return sorted(cost for cost, is_on in zip(each, pareto(each), strict=True) if is_on)

    assert front(costs) == front(shuffled)


def row(number, board, clock_mhz, latency_ms, energy_uj, *, why_not=""):
    energy = None if energy_uj is None else Band(energy_uj * 1e-6, 0.0, 1.0, "assumed")
    latency_s = latency_ms / 1e3
    result = SweepResult(
        clock_mhz * 1_000_000, 3.3, 25.0, 0, "", "", 1, 1, latency_s, latency_s, latency_s * 1.1, energy, (), 0, 0, ()
    )  # fmt: skip
    point = SweepPoint(board, clock_mhz * 1_000_000, None, None, ())
    return SweepRow(number, point, "" if why_not else "run", None if why_not else result, why_not)


ROWS = (
    row(1, "a", 16, 80, 50),
    row(2, "a", 80, 16, 60),
    row(3, "a", 120, 12, 70),
    row(4, "b", 16, 40, 90),
    row(5, "b", 64, 10, 55),
    row(6, "b", 500, 0, 0, why_not="too fast"),
    row(7, "c", 10, 5, None),
)


def test_a_row_without_energy_is_on_no_front_and_one_that_cannot_be_neither():
    assert [1, 5] == [each.row_number for each in with_marks(ROWS, None) if each.is_pareto]


def test_a_deadline_is_met_by_the_high_end_of_the_band():
    """Row 2 takes 16 ms, at most 17.6 ms."""
    marked = {each.row_number: each.meets_deadline for each in with_marks(ROWS, 0.0175)}

    assert {1: False, 2: False, 3: True, 4: False, 5: True, 6: None, 7: True} == marked
    assert with_marks(ROWS, 0.0177)[1].meets_deadline is True
    assert {None} == {each.meets_deadline for each in with_marks(ROWS, None)}


def test_a_deadline_picks_the_slowest_clock_of_each_board_and_the_least_energy():
    choice = choice_of(with_marks(ROWS, 0.045), 0.045)

    assert (2, 4, 7) == choice.slowest_numbers
    assert 5 == choice.cheapest_number
    assert choice.nearest_number is None


def test_of_two_rows_with_the_slowest_clock_the_one_with_less_energy_is_picked():
    rows = with_marks((row(1, "a", 16, 8, 50), row(2, "a", 16, 9, 40), row(3, "a", 32, 4, 30)), 0.02)

    assert (2,) == choice_of(rows, 0.02).slowest_numbers


def test_a_deadline_that_nothing_meets_names_the_nearest():
    choice = choice_of(with_marks(ROWS, 0.001), 0.001)

    assert ((), None, 7) == (choice.slowest_numbers, choice.cheapest_number, choice.nearest_number)


def test_without_a_deadline_the_least_energy_of_all_is_picked():
    choice = choice_of(with_marks(ROWS, None), None)

    assert ((), 1, None) == (choice.slowest_numbers, choice.cheapest_number, choice.nearest_number)
