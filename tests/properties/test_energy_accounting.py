"""No time and no joule of a run is lost or counted twice, whatever it did: modes, clocks, regulators, peripherals."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcusim.analysis.build import build_report
from mcusim.board.load import load_board
from mcusim.board.schema import Board, Medium
from mcusim.firmware.image import Image
from mcusim.power.load import load_power_model
from mcusim.power.schema import PowerModel
from mcusim.recording.recording import (
    Call,
    CallNode,
    DeepSleep,
    Function,
    Memory,
    Phase,
    PowerSetting,
    Recording,
    Stop,
)
from mcusim.report.request import RunRequest

BOARDS = ("nucleo_f446re", "nucleo_u575zi_q", "nucleo_h743zi", "nucleo_l4r5zi")
NODES_COUNT = 4
"""main in flash, infer in flash, a kernel in RAM, a handler."""


@cache
def parts_of(board_name: str) -> tuple[Board, PowerModel, Image]:
    board = load_board(board_name)
    flash = next(each for each in board.chip.regions if each.medium is Medium.FLASH)
    image = Image(
        path=Path("firmware.elf"),
        sha256="00" * 32,
        architecture="v7E-M",
        entry_addr=flash.start_addr,
        vector_table_addr=flash.start_addr,
        initial_sp_addr=0x2000_1000,
        initial_pc_addr=flash.start_addr,
        segments=(),
        sections=(),
        symbols=(),
        build_id="",
    )
    return board, load_power_model(board.power_model), image


def functions_of(board: Board) -> tuple[Function, ...]:
    flash = next(each for each in board.chip.regions if each.medium is Medium.FLASH)
    ram = next(each for each in board.chip.regions if each.medium is Medium.SRAM)
    return (
        Function("main", flash.start_addr + 0x100),
        Function("infer", flash.start_addr + 0x200),
        Function("kernel", ram.start_addr + 0x10),
        Function("handler", flash.start_addr + 0x300),
    )


CYCLES = st.integers(0, 1_000_000)
DEEP = st.builds(
    DeepSleep,
    st.sampled_from(["", "stop0", "stop2", "stop-lpr", "standby"]),
    st.booleans(),
    CYCLES,
    st.integers(0, 9),
    CYCLES,
)
POWER = st.builds(
    PowerSetting,
    st.sampled_from(["", "ldo", "smps"]),
    st.sampled_from(["", "range1", "range4", "vos1", "vos3"]),
    st.sampled_from([(), ("usart2",), ("gpioa", "usart2"), ("gpioa", "lptim1", "usart2")]),
)


@st.composite
def phases(draw: st.DrawFn) -> Phase:
    """With its own cycles at every node; its place in the run is set when it is put there."""
    nodes = tuple(draw(st.lists(CYCLES, min_size=NODES_COUNT, max_size=NODES_COUNT)))
    deep = tuple(draw(st.lists(DEEP, max_size=3, unique_by=lambda each: (each.mode, each.is_standby))))
    return Phase(
        begin_cycles=0,
        clock_hz=draw(st.sampled_from([4_000_000, 16_000_000, 80_000_000, 120_000_000])),
        flash_wait_cycles=draw(st.integers(0, 5)),
        is_prefetch_on=draw(st.booleans()),
        is_instruction_cache_on=draw(st.booleans()),
        active_cycles=sum(nodes) + draw(st.sampled_from([0, 0, 17])),  # 17 that belong to no function
        sleep_cycles=draw(CYCLES),
        stop_cycles=sum(each.cycles for each in deep) + draw(st.sampled_from([0, 0, 1000])),
        in_region=False,
        node_cycles=nodes,
        power=draw(POWER),
        deep=deep,
    )


RUNS = st.lists(phases(), min_size=1, max_size=4)


def recording_of(board: Board, run: list[Phase], region_kind: str = "whole") -> Recording:
    placed, now_cycles = [], 0
    for each in run:
        placed.append(replace(each, begin_cycles=now_cycles))
        now_cycles += each.total_cycles
    nodes = [sum(each.node_cycles[index] for each in run) for index in range(NODES_COUNT)]
    asleep = sum(each.total_cycles - each.active_cycles for each in run)
    inside = nodes[1] + nodes[2] + asleep
    is_function = region_kind == "function"
    return Recording(
        schema=1,
        tool_version="0",
        board_name=board.name,
        firmware_sha256="00" * 32,
        total_cycles=now_cycles,
        sleep_cycles=asleep,
        instructions_count=1,
        functions=functions_of(board),
        calls=(
            CallNode(0, -1, "thread", 1, nodes[0]),
            CallNode(1, 0, "", 1, nodes[1]),
            CallNode(2, 1, "", 1, nodes[2]),
            CallNode(3, -1, "exception 15 SysTick", 1, nodes[3]),
        ),
        blocks=(),
        reason_cycles=(),
        phases=tuple(placed),
        region_name="infer" if is_function else "(whole run)",
        region_kind=region_kind,
        region_calls_count=1 if is_function else 0,
        region_cycles=inside if is_function else 0,
        region_calls=(Call(0, inside, asleep),) if is_function and inside else (),
        memory=Memory((), 0, "none"),
        console=(),
        variables=(),
        unmodelled=(),
        polls=(),
        counters=(),
        warnings=(),
        stop=Stop("exit", "", 0),
    )


def report_of(board_name: str, run: list[Phase], region_kind: str = "whole"):
    board, model, image = parts_of(board_name)
    request = RunRequest(Path("firmware.elf"), board_name)
    return build_report(recording_of(board, run, region_kind), image, board, model, request)


def total_j(costs) -> float:
    return math.fsum(each.energy_j.value for each in costs)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(BOARDS), RUNS)
def test_the_states_of_a_run_add_up_to_it(board_name, run):
    report = report_of(board_name, run)
    states = report.energy.states

    assert report.totals.time_s == math.fsum(each.time_s for each in states)
    assert report.totals.cycles == sum(each.cycles for each in states)
    assert pytest.approx(sum(each.total_cycles / each.clock_hz for each in run)) == report.totals.time_s
    assert pytest.approx(total_j(states), rel=1e-12) == report.totals.energy_j.value
    assert pytest.approx(math.fsum(each.energy_j.low for each in states)) == report.totals.energy_j.low
    assert pytest.approx(math.fsum(each.energy_j.high for each in states)) == report.totals.energy_j.high


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(BOARDS), RUNS)
def test_contexts_and_kernels_of_the_whole_run_hold_all_of_its_energy(board_name, run):
    report = report_of(board_name, run)

    assert report.totals.cycles == sum(each.self_cycles for each in report.contexts)
    assert pytest.approx(report.totals.energy_j.value) == total_j(report.contexts)
    assert pytest.approx(report.totals.energy_j.value) == total_j(report.kernels)
    if report.inference.energy_j is not None:
        assert pytest.approx(report.totals.energy_j.value) == report.inference.energy_j.value


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(BOARDS), RUNS)
def test_kernels_and_sleep_of_a_function_hold_all_of_its_energy(board_name, run):
    report = report_of(board_name, run, "function")

    if report.inference.energy_j is not None:
        assert pytest.approx(report.inference.energy_j.value) == total_j(report.kernels)
        assert pytest.approx(report.inference.energy_j.value) == total_j(report.energy.currents)
        asleep = [each for each in report.kernels if each.kind == "sleep"]
        assert bool(asleep) == bool(report.totals.sleep_cycles)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(BOARDS), RUNS, RUNS)
def test_two_runs_in_a_row_take_the_time_and_energy_of_both(board_name, first, second):
    one, two = report_of(board_name, first).totals, report_of(board_name, second).totals
    both = report_of(board_name, first + second).totals

    assert pytest.approx(one.time_s + two.time_s) == both.time_s
    assert pytest.approx(one.energy_j.value + two.energy_j.value) == both.energy_j.value


@settings(max_examples=10, deadline=None)
@given(RUNS)
def test_a_run_without_a_power_model_takes_the_same_time(run):
    board, _, image = parts_of("nucleo_f446re")
    request = RunRequest(Path("firmware.elf"), board.name)
    without = build_report(recording_of(board, run), image, board, None, request)

    assert pytest.approx(report_of(board.name, run).totals.time_s) == without.totals.time_s
    assert without.totals.energy_j is None
