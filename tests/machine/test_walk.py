"""A whole inference on the STM32G0B1, whose one bus is walked word by word; the sample leaves FLASH_ACR as it is."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from mcusim.report.report import Report
from mcusim.report.request import RunRequest
from mcusim.session import measure
from mcusim.shipped import shipped_dir

SAMPLE = shipped_dir("firmware_samples") / "digits_cnn" / "generic_m0plus.elf"
G0 = "nucleo_g0b1re"
STALLS = ("flash-fetch", "flash-data")
WAITS = "flash.wait_states"


@cache
def report_of(board: str, settings=(), ignored=()) -> Report:
    """The first inference of the sample."""
    request = RunRequest(
        SAMPLE, board, clock_hz=16_000_000, max_seconds=0.12, settings=settings, ignored=ignored
    )
    return measure(request)


def cycles_of(board: str = G0, settings=(), ignored=()) -> float:
    cycles = report_of(board, settings, ignored).inference.cycles
    assert cycles is not None
    return cycles


def test_without_wait_states_the_bus_costs_what_the_core_table_says():
    assert cycles_of("generic_m0plus") == cycles_of(G0, ((WAITS, 0),))


@pytest.mark.parametrize("parts", [(), (("flash.prefetch", True),), (("flash.instruction_cache", False),)])
def test_each_wait_state_makes_the_inference_slower(parts):
    cycles = [cycles_of(G0, ((WAITS, count), *parts)) for count in range(4)]

    assert all(fewer < more for fewer, more in pairwise(cycles))


@pytest.mark.parametrize("part", ["prefetch", "instruction_cache"])
def test_line_buffers_and_prefetch_make_the_inference_faster(part):
    waits = (WAITS, 2)

    assert cycles_of(G0, (waits, (f"flash.{part}", True))) < cycles_of(G0, (waits, (f"flash.{part}", False)))


def test_without_its_stalls_wait_stated_flash_is_flash_without_wait_states():
    assert cycles_of(G0, ((WAITS, 0),)) == cycles_of(G0, ((WAITS, 2),), STALLS)


def test_each_ignored_stall_takes_its_share_away():
    """FLASH_FETCH and FLASH_DATA are separate shares of the same walk."""
    waits = ((WAITS, 2),)
    whole, bare = cycles_of(G0, waits), cycles_of(G0, waits, STALLS)
    shares = [whole - cycles_of(G0, waits, (stall,)) for stall in STALLS]

    assert whole - bare == sum(shares)
    assert all(share > 0 for share in shares)


def test_the_reasons_of_a_walked_run_sum_to_its_cycles():
    report = report_of(G0, ((WAITS, 2),))

    assert report.totals.active_cycles == sum(cycles for _, cycles in report.reasons)
