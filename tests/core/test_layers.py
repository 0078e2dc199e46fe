"""Layers of an inference: which nodes of the call tree get a place in it, and which place."""

from __future__ import annotations

import pytest

from tests.core.driver import Driver, Spec

CALL, INDIRECT, ENTRY, JUMPS = 1, 2, 64, 32768
RESTARTS, DISPATCHES, LAYER, HELPER = 1, 2, 4, 8
MAIN, RUN, CONV, POOL, ALLOC, INNER, INLINED, INLINED_TOO = range(8)
SPECS = {
    0x100: Spec(0x100, function=MAIN, flags=ENTRY | CALL),  # bl run; returns to 0x104
    0x104: Spec(0x104, function=MAIN, flags=CALL),
    0x108: Spec(0x108, function=MAIN),
    0x200: Spec(0x200, function=RUN, flags=ENTRY | CALL),
    0x204: Spec(0x204, function=RUN, flags=CALL),
    0x208: Spec(0x208, function=RUN, flags=CALL),
    0x20C: Spec(0x20C, function=RUN, flags=CALL),
    0x210: Spec(0x210, function=RUN, flags=INDIRECT),  # bx lr
    0x214: Spec(0x214, function=RUN, flags=JUMPS),  # b pool: a tail call
    0x220: Spec(0x220, function=INLINED, flags=CALL),
    0x224: Spec(0x224, function=INLINED),
    0x230: Spec(0x230, function=INLINED_TOO),
    0x234: Spec(
        0x234, function=INLINED_TOO, flags=INDIRECT
    ),  # the host's own return, scheduled into the piece
    0x300: Spec(0x300, function=CONV, flags=ENTRY | INDIRECT),
    0x304: Spec(0x304, function=CONV, flags=ENTRY | CALL),  # bl inner
    0x308: Spec(0x308, function=CONV, flags=INDIRECT),
    0x400: Spec(0x400, function=POOL, flags=ENTRY | INDIRECT),
    0x500: Spec(0x500, function=ALLOC, flags=ENTRY | INDIRECT),
    0x600: Spec(0x600, function=INNER, flags=ENTRY | INDIRECT),
}
ONE_RUN = [0x100, 0x200]


def driver_with(roles: dict[int, int], hosts: dict[int, int] | None = None) -> Driver:
    driver = Driver(SPECS)
    for function, bits in roles.items():
        driver.core.set_trait(function, bits)
    for function, host in (hosts or {}).items():
        driver.core.set_trait(function, 0, host)
    return driver


def layers(driver: Driver) -> list[tuple[int, int, int, int]]:
    """(place, function, calls, cycles with callees) of every layer; each block costs one cycle."""
    rows = driver.core.nodes()
    below = [row[3] for row in rows]
    for index in reversed(range(len(rows))):
        if rows[index][1] >= 0:
            below[rows[index][1]] += below[index]
    return sorted((row[5], row[0], row[2], below[i]) for i, row in enumerate(rows) if row[5] >= 0)


def test_what_the_inference_calls_are_its_layers_in_the_order_of_the_calls():
    driver = driver_with({RUN: RESTARTS | DISPATCHES})

    driver.run([*ONE_RUN, 0x300, 0x204, 0x400, 0x208, 0x300, 0x20C])

    assert layers(driver) == [(0, CONV, 1, 1), (1, POOL, 1, 1), (2, CONV, 1, 1)]


def test_the_next_inference_adds_to_the_same_layers():
    driver = driver_with({RUN: RESTARTS | DISPATCHES})
    once = [0x200, 0x300, 0x204, 0x400, 0x210]

    driver.run([0x100, *once, 0x104, *once, 0x108])

    assert layers(driver) == [(0, CONV, 2, 2), (1, POOL, 2, 2)]


def test_a_layer_holds_what_it_calls_and_that_is_no_layer():
    driver = driver_with({RUN: RESTARTS | DISPATCHES, INNER: LAYER})

    driver.run([*ONE_RUN, 0x304, 0x600, 0x308, 0x204])

    assert layers(driver) == [(0, CONV, 1, 3)]


def test_a_helper_is_no_layer():
    driver = driver_with({RUN: RESTARTS | DISPATCHES, ALLOC: HELPER})

    driver.run([*ONE_RUN, 0x500, 0x204, 0x300, 0x208])

    assert layers(driver) == [(0, CONV, 1, 1)]


def test_a_layer_function_is_one_wherever_an_inference_calls_it():
    driver = driver_with({MAIN: RESTARTS, INNER: LAYER})

    driver.run([*ONE_RUN, 0x304, 0x600, 0x308, 0x204, 0x600, 0x208])

    assert layers(driver) == [(0, INNER, 1, 1), (1, INNER, 1, 1)]


def test_outside_an_inference_nothing_is_a_layer():
    driver = driver_with({CONV: RESTARTS | DISPATCHES, RUN: DISPATCHES, POOL: LAYER})

    driver.run([*ONE_RUN, 0x400, 0x204])

    assert layers(driver) == []


def test_a_dispatcher_below_the_inference_is_no_layer_itself():
    driver = driver_with({RUN: RESTARTS | DISPATCHES, CONV: DISPATCHES})

    driver.run([*ONE_RUN, 0x304, 0x600, 0x308, 0x204])

    assert layers(driver) == [(0, INNER, 1, 1)]


def test_the_last_layer_may_be_a_tail_call():
    driver = driver_with({RUN: RESTARTS | DISPATCHES})

    driver.run([*ONE_RUN, 0x300, 0x204, 0x300, 0x214, 0x400, 0x104, 0x200, 0x300, 0x204])

    assert layers(driver) == [(0, CONV, 2, 2), (1, CONV, 1, 1), (2, POOL, 1, 1)]


def test_a_recursive_inference_does_not_count_from_the_start_again():
    driver = driver_with({RUN: RESTARTS | DISPATCHES})

    driver.run([*ONE_RUN, 0x200, 0x300, 0x204, 0x210, 0x204, 0x300, 0x208])

    assert layers(driver) == [(0, CONV, 1, 1), (1, CONV, 1, 1)]


def test_an_interrupt_has_no_layers_and_takes_no_place():
    driver = driver_with({RUN: RESTARTS | DISPATCHES, POOL: LAYER})
    driver.run([*ONE_RUN, 0x300])
    flow = driver.core.add_flow()

    driver.core.enter_flow(flow)
    driver.run([0x400])
    driver.core.leave_flow(flow)
    driver.core.resume_flow(0)
    driver.run([0x204, 0x300])

    assert layers(driver) == [(0, CONV, 1, 1), (1, CONV, 1, 1)]


def test_a_layer_whose_first_block_did_not_run_begins_again_at_its_place():
    """A fault or an interrupt at a layer's first instruction: the block is cut to nothing and comes again."""
    driver = driver_with({RUN: RESTARTS | DISPATCHES})

    driver.run([*ONE_RUN, 0x300])
    driver.core.truncate(0x300)
    driver.run([0x300, 0x204, 0x400])

    assert layers(driver) == [(0, CONV, 1, 1), (1, POOL, 1, 1)]


def test_leaving_an_inference_by_longjmp_closes_its_layer():
    driver = driver_with({RUN: RESTARTS | DISPATCHES})

    driver.run([*ONE_RUN, 0x300, 0x108, 0x104, 0x200, 0x400])

    assert layers(driver) == [(0, CONV, 1, 1), (0, POOL, 1, 1)]


def test_more_calls_than_a_network_has_layers_share_the_last_place():
    driver = driver_with({RUN: RESTARTS | DISPATCHES})
    driver.run(ONE_RUN)
    for _ in range(1100):
        driver.run([0x300, 0x204])

    found = layers(driver)

    assert (1024, 1100) == (len(found), sum(calls for _, _, calls, _ in found))
    assert (1023, CONV, 77, 77) == found[-1]


HOSTED = {INLINED: RUN, INLINED_TOO: RUN}


def test_inlined_code_is_a_layer_below_its_host():
    driver = driver_with({RUN: RESTARTS | DISPATCHES}, HOSTED)

    driver.run([*ONE_RUN, 0x300, 0x204, 0x500, 0x224, 0x224, 0x230, 0x208])

    places = [(place, function) for place, function, _, _ in layers(driver)]
    assert places == [(0, CONV), (1, ALLOC), (2, INLINED), (3, INLINED_TOO)]
    assert [(row[0], driver.core.nodes()[row[1]][0]) for row in driver.core.nodes() if row[0] in HOSTED] == [
        (INLINED, RUN),
        (INLINED_TOO, RUN),
    ]


def test_inlined_code_that_is_entered_again_is_still_the_same_layer():
    """Compilers mix the instructions of neighbours: one call, one place, however often it is left."""
    driver = driver_with({RUN: RESTARTS | DISPATCHES}, HOSTED)
    once = [0x200, 0x300, 0x224, 0x230, 0x224, 0x230, 0x210]

    driver.run([0x100, *once, 0x104, *once, 0x108])

    assert layers(driver) == [(0, CONV, 2, 2), (1, INLINED, 2, 4), (2, INLINED_TOO, 2, 4)]


def test_what_inlined_code_calls_is_below_it():
    driver = driver_with({RUN: RESTARTS | DISPATCHES}, HOSTED)

    driver.run([*ONE_RUN, 0x500, 0x220, 0x300, 0x224, 0x230])

    assert layers(driver) == [(0, ALLOC, 1, 1), (1, INLINED, 1, 3), (2, INLINED_TOO, 1, 1)]


@pytest.mark.parametrize(
    ("begins_in", "ends_in", "expected"),
    [
        pytest.param(INLINED, RUN, [(INLINED, 1), (CONV, 1)], id="the host calls"),
        pytest.param(RUN, INLINED, [(INLINED, 1)], id="the inlined code calls"),
        pytest.param(INLINED, INLINED_TOO, [(INLINED, 1), (INLINED_TOO, 1)], id="the next piece calls"),
    ],
)
def test_a_call_belongs_to_the_code_that_its_block_ends_in(begins_in, ends_in, expected):
    """A block may begin in inlined code and end, with a call, behind it."""
    driver = driver_with({RUN: RESTARTS | DISPATCHES}, HOSTED)
    driver.specs = dict(SPECS) | {0x22C: Spec(0x22C, function=begins_in, end_function=ends_in, flags=CALL)}

    driver.run([*ONE_RUN, 0x500, 0x22C, 0x300, 0x210])

    assert expected == [(function, calls) for _, function, calls, _ in layers(driver)][1:]


def test_a_callee_of_inlined_code_may_return_into_the_next_piece():
    driver = driver_with({RUN: RESTARTS | DISPATCHES}, HOSTED)
    specs = dict(SPECS) | {0x22C: Spec(0x22C, function=INLINED, flags=CALL)}
    driver.specs = specs

    driver.run([*ONE_RUN, 0x500, 0x22C, 0x300, 0x230, 0x210, 0x104])

    assert layers(driver) == [(0, ALLOC, 1, 1), (1, INLINED, 1, 2), (2, INLINED_TOO, 1, 1)]


def test_the_host_may_return_from_within_inlined_code():
    driver = driver_with({RUN: RESTARTS | DISPATCHES}, HOSTED)

    driver.run([*ONE_RUN, 0x500, 0x230, 0x234, 0x104, 0x200, 0x500])

    assert layers(driver) == [(0, ALLOC, 2, 2), (1, INLINED_TOO, 1, 2)]
    assert [row[:4] for row in driver.core.nodes() if row[0] == MAIN] == [(MAIN, 0, 1, 2)]


@pytest.mark.parametrize("first", [0x220, 0x224])
def test_a_call_of_a_function_that_begins_with_inlined_code_is_a_call_of_the_function(first):
    driver = driver_with({RUN: RESTARTS | DISPATCHES}, HOSTED)
    driver.core.watch_function(RUN)
    driver.specs = dict(SPECS) | {first: Spec(first, function=INLINED, flags=ENTRY)}

    driver.run([0x100, first, 0x210, 0x104])

    assert 1 == driver.core.watched(False)[0]
    assert layers(driver) == [(0, INLINED, 1, 1)]


def test_a_call_that_did_not_happen_leaves_host_and_inlined_code_uncalled():
    driver = driver_with({RUN: RESTARTS | DISPATCHES}, HOSTED)
    driver.specs = dict(SPECS) | {0x224: Spec(0x224, function=INLINED, flags=ENTRY)}

    driver.run([0x100, 0x224])
    driver.core.truncate(0x224)
    driver.run([0x224, 0x210])

    assert {(RUN, 1), (INLINED, 1)} == {
        (row[0], row[2]) for row in driver.core.nodes() if row[0] in (RUN, INLINED)
    }
