"""Conditional branches are predicted by a two-bit counter each, weakly not taken at first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.timing.cost import Reason
from tests.core.driver import Driver, Spec

CONDITIONAL, WIDE_END = 8192, 16384
WRONG_CYCLES = 12
BRANCH, NEXT, TARGET = 0x100, 0x104, 0x200
SPECS = {
    BRANCH: Spec(BRANCH, 4, CONDITIONAL),
    NEXT: Spec(NEXT),
    TARGET: Spec(TARGET),
    0x102: Spec(0x102, 2, CONDITIONAL),
}


def predicting(cycles: int = WRONG_CYCLES) -> Driver:
    driver = Driver(SPECS, lambda _previous, _block: (0, 0))
    driver.core.set_predictor(cycles)
    return driver


def wrong_guesses(outcomes: list[bool]) -> int:
    """Of a counter from 0 (strongly not taken) to 3, starting at 1."""
    counter, wrong = 1, 0
    for is_taken in outcomes:
        wrong += (counter >= 2) != is_taken
        counter = min(counter + 1, 3) if is_taken else max(counter - 1, 0)
    return wrong


def run(driver: Driver, outcomes: list[bool]) -> None:
    for is_taken in outcomes:
        driver.run([BRANCH, TARGET if is_taken else NEXT])


def test_a_loop_is_guessed_wrong_at_its_first_turn_and_at_each_end():
    """Three runs of ten turns: the first turn, three ends."""
    driver = predicting()

    run(driver, ([True] * 9 + [False]) * 3)

    assert {Reason.MISPREDICT: 4 * WRONG_CYCLES} == driver.reasons()
    assert (30, 4) == driver.core.predictions()


@given(st.lists(st.booleans(), max_size=60))
def test_any_outcomes_are_guessed_by_a_saturating_counter(outcomes):
    driver = predicting()

    run(driver, outcomes)

    assert WRONG_CYCLES * wrong_guesses(outcomes) == driver.core.now


def test_blocks_that_end_with_the_same_branch_share_its_counter():
    """A jump into the middle of a block makes another one; the branch at the end is the same instruction."""
    driver = predicting()

    driver.run([BRANCH, TARGET, 0x102, TARGET])

    assert WRONG_CYCLES == driver.core.now


@pytest.mark.parametrize(("flags", "offset"), [(CONDITIONAL, 1), (CONDITIONAL | WIDE_END, 0)])
def test_the_branch_pays(flags, offset):
    driver = predicting()
    driver.specs = SPECS | {BRANCH: Spec(BRANCH, 4, flags)}

    run(driver, [True])

    assert [(offset, Reason.MISPREDICT, WRONG_CYCLES)] == driver.core.block_charges(0)
    assert [] == driver.core.block_charges(1)


@pytest.mark.parametrize(("saved_cycles", "expected"), [(0, WRONG_CYCLES), (4, WRONG_CYCLES - 4)])
def test_a_wrong_guess_costs_less_where_the_condition_is_known_early(saved_cycles, expected):
    driver = predicting()
    driver.specs = SPECS | {BRANCH: Spec(BRANCH, 4, CONDITIONAL, mispredict_saved_cycles=saved_cycles)}

    run(driver, [True])

    assert {Reason.MISPREDICT: expected} == driver.reasons()


def test_what_a_guess_saved_is_not_given_back_twice():
    """The next block is announced again; the guess is judged anew, as the same branch after the same block."""
    driver = predicting()
    driver.specs = SPECS | {BRANCH: Spec(BRANCH, 4, CONDITIONAL, mispredict_saved_cycles=4)}
    driver.run([BRANCH, TARGET])
    driver.core.truncate(TARGET)

    assert 0 == driver.core.now


def test_a_branch_that_an_exception_follows_is_not_judged():
    """What comes next is the handler, and after it whatever the return leads to."""
    driver = predicting()
    driver.run([BRANCH])
    flow = driver.core.add_flow()
    driver.core.enter_flow(flow)
    driver.run([NEXT])
    driver.core.leave_flow(flow)
    driver.core.resume_flow(0)
    driver.run([TARGET])

    assert (0, 0) == driver.core.predictions()


def test_a_guess_is_judged_once_when_the_next_block_is_announced_twice():
    """The emulator left the target before its first instruction and enters it again."""
    driver = predicting()
    driver.run([BRANCH, TARGET])
    driver.core.truncate(TARGET)
    driver.run([TARGET])

    assert (WRONG_CYCLES, (1, 1)) == (driver.core.now, driver.core.predictions())


def test_a_core_without_predictor_pays_nothing():
    driver = predicting(0)

    run(driver, [True, False, True])

    assert 0 == driver.core.now
