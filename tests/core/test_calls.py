"""The calling-context tree, from blocks that say how they end."""

from __future__ import annotations

from tests.core.driver import Driver, Spec

CALL, INDIRECT, ENTRY = 1, 2, 64
MAIN, F, G = 0, 1, 2
SPECS = {
    0x100: Spec(0x100, function=MAIN, flags=ENTRY | CALL),  # bl f; returns to 0x104
    0x104: Spec(0x104, function=MAIN, flags=CALL),
    0x108: Spec(0x108, function=MAIN),
    0x200: Spec(0x200, function=F, flags=ENTRY | CALL),  # bl g or bl f
    0x204: Spec(0x204, function=F, flags=INDIRECT),  # bx lr
    0x208: Spec(0x208, function=F),  # b g: a tail call
    0x300: Spec(0x300, function=G, flags=ENTRY | INDIRECT),
    0x310: Spec(0x310, function=G),
}


def tree(walk: list[int]) -> list[tuple[tuple[int, ...], int, int]]:
    """(path of functions, calls, self cycles) of every node that ran; each block costs one cycle."""
    driver = Driver(SPECS)
    driver.run(walk)
    rows = driver.core.nodes()

    def path(index: int) -> tuple[int, ...]:
        function, parent = rows[index][:2]
        return (*path(parent), function) if parent >= 0 else ()

    return sorted((path(i), row[2], row[3]) for i, row in enumerate(rows) if row[3])


def test_calls_nest_and_return():
    walk = [0x100, 0x200, 0x300, 0x204, 0x104]

    assert tree(walk) == [((MAIN,), 1, 2), ((MAIN, F), 1, 2), ((MAIN, F, G), 1, 1)]


def test_a_tail_call_is_below_its_caller_and_returns_for_both():
    walk = [0x100, 0x208, 0x300, 0x104, 0x200]

    assert ((MAIN, F, G), 1, 1) in tree(walk)
    assert ((MAIN, F), 2, 2) in tree(walk)


def test_recursion_makes_a_chain():
    walk = [0x100, 0x200, 0x200, 0x200, 0x300, 0x204, 0x204, 0x204, 0x104]

    assert tree(walk)[0] == ((MAIN,), 1, 2)
    assert [path for path, _, _ in tree(walk)] == [
        (MAIN,),
        (MAIN, F),
        (MAIN, F, F),
        (MAIN, F, F, F),
        (MAIN, F, F, F, G),
    ]


def test_longjmp_unwinds_to_the_function_it_lands_in():
    walk = [0x100, 0x200, 0x300, 0x108]

    assert ((MAIN,), 1, 2) in tree(walk)


def test_a_watched_function_is_timed_from_its_first_instruction_to_its_return():
    driver = Driver(SPECS)
    driver.core.watch_function(F)

    driver.run([0x100, 0x200, 0x300, 0x204, 0x104, 0x204, 0x108])

    count, total, least, most = driver.core.watched(False)[:4]
    assert (2, 4, 1, 3) == (count, total, least, most)


def test_a_handler_has_its_own_tree_and_the_thread_goes_on():
    driver = Driver(SPECS)
    driver.run([0x100])
    flow = driver.core.add_flow()

    driver.core.enter_flow(flow)
    driver.run([0x300])
    driver.core.leave_flow(flow)
    driver.core.resume_flow(0)
    driver.run([0x200])

    functions = [(row[0], row[1]) for row in driver.core.nodes()]
    roots = [i for i, (function, parent) in enumerate(functions) if function < 0 and parent < 0]
    assert (G, roots[1]) in functions
    assert F in {function for function, parent in functions if parent >= 0 and functions[parent][0] == MAIN}


def test_a_measured_function_stays_above_code_that_it_jumps_into_the_middle_of():
    """A tail call to where no symbol begins: the frame of what is measured is kept until control returns."""
    driver = Driver(SPECS)
    driver.core.watch_function(F)

    driver.run([0x100, 0x208, 0x310, 0x300, 0x104])

    rows = driver.core.nodes()
    paths = [(row[0], rows[row[1]][0]) for row in rows if row[0] == G]
    assert (1, 3) == driver.core.watched(False)[:2]
    assert [(G, F)] == paths


def test_a_function_that_nobody_measures_takes_the_name_of_code_that_it_jumps_into():
    """A shared epilogue or a .cold part: same place in the tree under its own name."""
    assert [((MAIN,), 1, 2), ((MAIN, F), 1, 1), ((MAIN, G), 0, 2)] == tree(
        [0x100, 0x208, 0x310, 0x300, 0x104]
    )
