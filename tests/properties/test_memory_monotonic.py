"""What must hold for any program on any chip: slower memory is never faster, and every cycle has one reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mcusim.board.load import load_board
from mcusim.board.schema import Board, CacheSpec
from mcusim.firmware.elf import load_image
from mcusim.machine.fit import check_fit, placed_on
from mcusim.recording.recording import Recording
from mcusim.render.json import JsonRenderer
from mcusim.report.request import RunRequest
from mcusim.report.what_if import SWITCHES, WAIT_STATES
from mcusim.session import measure, simulate
from mcusim.timing.cost import Reason
from mcusim.timing.ignoring import IGNORABLE
from tests.properties.programs import Program, programs

PREFETCH, INSTRUCTION_CACHE, DATA_CACHE = SWITCHES.values()
STM32_FLASH_ADDR, PICO_FLASH_ADDR = 0x0800_0000, 0x1000_0000
SWITCHES_OF = {
    "nucleo_l4r5zi": (PREFETCH, INSTRUCTION_CACHE, DATA_CACHE),  # exposed shares of the wait states
    "stm32f407g_disc1": (
        PREFETCH,
        INSTRUCTION_CACHE,
        DATA_CACHE,
    ),  # a prefetch buffer, and pipeline stalls at 0
    "nucleo_u575zi_q": (PREFETCH, INSTRUCTION_CACHE),  # a cache for instructions and data
    "nucleo_g0b1re": (PREFETCH, INSTRUCTION_CACHE),  # one bus, four line buffers
    "nucleo_f072rb": (PREFETCH,),  # one bus, one line ahead
    "stm32f746g_disco": (INSTRUCTION_CACHE, DATA_CACHE),  # the core's own caches
    "raspberry_pi_pico": (INSTRUCTION_CACHE,),  # a serial flash
}
"""One chip of each kind of memory system, and what of it can be switched."""
IDEAL = ["generic_m0", "generic_m0plus", "generic_m3", "generic_m4", "generic_m7", "generic_m33"]
KEEPS_ITS_OWN_TIME = ("stm32f407g_disc1", "nucleo_u575zi_q", "nucleo_g0b1re", "nucleo_f072rb")
"""Where a core that waits less elsewhere waits longer for the line that is being read."""
ASKS_AHEAD = ("stm32f407g_disc1",)
"""Where a part of each miss is hidden behind the instructions before it."""
CACHED = [name for name, switches in SWITCHES_OF.items() if INSTRUCTION_CACHE in switches]
FEW = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
AT_RUN_TIME = {each for each in Reason if Reason.FLASH_FETCH <= each <= Reason.DATA_CACHE}
"""Reasons that the native core adds; the rest are the pipeline's."""
board_named = cache(load_board)


@dataclass(slots=True)
class Bench:
    """Runs programs on a board, whose chip may have been changed."""

    path: Path
    board: Board

    def put(self, program: Program) -> None:
        """This is the firmware from now on."""
        is_pico = self.board.name == "raspberry_pi_pico"
        self.path.write_bytes(program.elf(PICO_FLASH_ADDR if is_pico else STM32_FLASH_ADDR))

    def run(self, **options: object) -> Recording:
        """One run, which reached the end of the program and kept its books."""
        request = RunRequest(self.path, self.board.name, max_cycles=10_000_000, **options)  # type: ignore[arg-type]
        image = placed_on(load_image(self.path), self.board.chip)
        check_fit(image, self.board)
        recording = simulate(request, self.board, image)
        assert recording.stop.reason == "idle_loop"
        check_conservation(recording)
        return recording


def check_conservation(recording: Recording) -> None:
    """Every active cycle has one reason, one function, and one instruction unless it is an exception's."""
    active_cycles = recording.total_cycles - recording.sleep_cycles
    reasons = dict(recording.reason_cycles)
    assert active_cycles == sum(reasons.values())
    assert active_cycles == sum(each.self_cycles for each in recording.calls)
    of_instructions = sum(each.cycles for each in recording.instructions)
    assert active_cycles == of_instructions + reasons.get("exception", 0)
    assert active_cycles == sum(each.cycles for each in recording.blocks) + reasons.get("exception", 0)


def cycles_by_function(recording: Recording) -> tuple[Counter[int], Counter[int]]:
    """Cycles of each function, by the call tree and by its instructions."""
    by_calls: Counter[int] = Counter()
    by_instructions: Counter[int] = Counter()
    for node in recording.calls:
        by_calls[node.function_index] += node.self_cycles
    for instruction in recording.instructions:
        by_instructions[instruction.function_index] += instruction.cycles
    return by_calls, by_instructions


def may_change_with_pipeline(board: str) -> set[Reason]:
    """What a stall of the pipeline has an effect on."""
    waits = {Reason.FLASH_FETCH, Reason.FLASH_DATA} if board in KEEPS_ITS_OWN_TIME else set()
    hidden = {Reason.INSTRUCTION_CACHE} if board in ASKS_AHEAD else set()
    return {Reason.CONDITION} | waits | hidden


@pytest.fixture
def bench(tmp_path):
    """bench(board name or board) -> Bench."""
    return lambda board: Bench(
        tmp_path / "firmware.elf", board_named(board) if isinstance(board, str) else board
    )


def drawn_program(data: st.DataObject, bench: Bench) -> None:
    bench.put(data.draw(programs(bench.board.chip.core), label="program"))


def drawn_settings(data: st.DataObject, board: str) -> tuple[tuple[str, bool], ...]:
    return tuple((key, data.draw(st.booleans(), label=key)) for key in SWITCHES_OF[board])


@pytest.mark.parametrize("board", SWITCHES_OF)
@FEW
@given(data=st.data())
def test_one_more_wait_state_never_makes_a_program_faster(board, data, bench):
    here = bench(board)
    drawn_program(data, here)
    switches = drawn_settings(data, board)
    waits_count = data.draw(st.integers(0, 7), label="wait states")
    interface = here.board.chip.flash_interface
    assert interface is not None
    if interface.zero_wait is not None and any(is_on for key, is_on in switches if key != PREFETCH):
        assume(
            waits_count
        )  # what such flash costs at 0 was measured without its caches, and is charged with them too

    fewer = here.run(settings=((WAIT_STATES, waits_count), *switches))
    more = here.run(settings=((WAIT_STATES, waits_count + 1), *switches))

    assert fewer.total_cycles <= more.total_cycles


@pytest.mark.parametrize("board", CACHED)
@FEW
@given(data=st.data())
def test_a_bigger_lru_cache_never_has_more_misses(board, data, bench):
    """Its lines include those of the smaller one (Mattson et al., Evaluation techniques for storage hierarchies, 1970).

    True of more ways in each set, and of twice the sets; the ways of the U575's cache are its firmware's business.
    """
    plain = board_named(board)
    sets_count = data.draw(st.sampled_from([1, 2, 4]), label="sets")
    ways_count = data.draw(st.integers(1, 5), label="ways")
    is_walked = board == "nucleo_g0b1re"

    def resized(spec: CacheSpec | None, added_count: int) -> CacheSpec | None:
        if spec is None:
            return None
        if board == "nucleo_u575zi_q":
            return replace(spec, lines_count=2 * sets_count << added_count)
        ways = ways_count + added_count
        return replace(
            spec, lines_count=ways if is_walked else sets_count * ways, ways_count=0 if is_walked else ways
        )

    switches = tuple((key, True) for key in SWITCHES_OF[board] if key != PREFETCH)
    misses = []
    for added_count in (0, 1):
        interface = plain.chip.flash_interface
        assert interface is not None
        changed = replace(
            interface,
            instruction_cache=resized(interface.instruction_cache, added_count),
            data_cache=resized(interface.data_cache, added_count),
        )
        here = bench(replace(plain, chip=replace(plain.chip, flash_interface=changed)))
        if not added_count:
            drawn_program(data, here)
        counters = dict(here.run(settings=((WAIT_STATES, 3), *switches)).counters)
        misses.append((counters["flash_fetch_misses"], counters["flash_data_misses"]))

    assert misses[1][0] <= misses[0][0]
    assert misses[1][1] <= misses[0][1]


@pytest.mark.parametrize("board", [*SWITCHES_OF, *IDEAL])
@FEW
@given(data=st.data())
def test_an_ignored_stall_takes_only_its_own_cycles_away(board, data, bench):
    """A stall of the pipeline also takes what skipped instructions saved of it; see timing/ignoring.py."""
    here = bench(board)
    drawn_program(data, here)
    what_if: tuple[tuple[str, int | bool], ...] = ()
    if board in SWITCHES_OF:
        waits_count = data.draw(st.integers(0, 7), label="wait states")
        what_if = ((WAIT_STATES, waits_count), *drawn_settings(data, board))
    plain = dict(here.run(settings=what_if).reason_cycles)
    names = [name for name, each in IGNORABLE.items() if plain.get(each.name.lower())]
    if not names:
        return
    name = data.draw(st.sampled_from(names), label="ignored")
    ignoring = dict(here.run(settings=what_if, ignored=(name,)).reason_cycles)

    may_change = {IGNORABLE[name]} | (
        set() if IGNORABLE[name] in AT_RUN_TIME else may_change_with_pipeline(board)
    )
    names_of_others = [each.name.lower() for each in Reason if each not in may_change]
    assert {key: plain.get(key) for key in names_of_others} == {
        key: ignoring.get(key) for key in names_of_others
    }
    assert IGNORABLE[name].name.lower() not in ignoring


@pytest.mark.parametrize("board", [*SWITCHES_OF, *IDEAL])
@FEW
@given(data=st.data())
def test_a_functions_cycles_are_those_of_its_instructions(board, data, bench):
    here = bench(board)
    drawn_program(data, here)
    by_calls, by_instructions = cycles_by_function(here.run())

    assert by_calls == by_instructions


@pytest.mark.parametrize("board", ["stm32f746g_disco", "nucleo_u575zi_q", "nucleo_g0b1re"])
@settings(parent=FEW, max_examples=3)
@given(data=st.data())
def test_two_runs_of_any_program_give_the_same_bytes(board, data, bench):
    here = bench(board)
    drawn_program(data, here)
    request = RunRequest(here.path, board, max_cycles=1_000_000, settings=((WAIT_STATES, 3),))

    assert JsonRenderer().render(measure(request)) == JsonRenderer().render(measure(request))
