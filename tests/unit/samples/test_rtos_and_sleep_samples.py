"""The samples around a network: tasks that share the core, and a chip that sleeps between inferences."""

from __future__ import annotations

import json
import tempfile
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mcusim.report.request import RunRequest
from mcusim.scenarios.batteries import load_battery
from mcusim.scenarios.battery_run import BatteryWish, battery_life
from mcusim.session import measure
from mcusim.units import engineering

SAMPLES = Path(__file__).resolve().parents[3] / "firmware_samples"
BOARDS = ("raspberry_pi_pico", "nucleo_l4r5zi", "stm32f746g_disco", "nucleo_u575zi_q")
TICKS_COUNT = 40 * 100
"""Forty seconds, a hundred ticks a second (src/main.c)."""
TASK_STACKS = {"sampling": 384, "inference": 1024, "report": 512, "idle": 256}
"""Bytes, in src/main.c and src/scheduler.c; the sample's read-me."""
MODES = {
    "raspberry_pi_pico": "sleep",
    "nucleo_l4r5zi": "stop2",
    "stm32f746g_disco": "stop-lpr-fpd",
    "nucleo_u575zi_q": "stop2",
}
"""As the power models call the modes of the sample's read-me."""
PERIOD_S, WAKES_COUNT = 5.0, 8
"""src/main.c and sample.toml."""


def _recipe(name):
    return tomllib.loads((SAMPLES / name / "sample.toml").read_text(encoding="utf-8"))


def _request(name, board, **options):
    return RunRequest(SAMPLES / name / f"{board}.elf", board, needs_layers=False, **options)


@cache
def _rtos_run(board):
    """The report, what the network said last, and which activities it said in all."""
    with tempfile.TemporaryDirectory() as folder:
        output, activities = Path(folder, "output"), Path(folder, "activities")
        files = (("g_output", output), ("g_activities", activities))
        report = measure(_request("rtos_activity", board, outputs=files))
        return report, np.fromfile(output, np.int8), np.fromfile(activities, "<i4")


def _rtos_report(board):
    return _rtos_run(board)[0]


@cache
def _sleep_report(board):
    return measure(_request("sleep_between", board))


def _rows_between(marks):
    """Cells of a table of the sleeping sample's read-me, by its first column."""
    page = (SAMPLES / "sleep_between" / "README.md").read_text(encoding="utf-8")
    begin, end = f"<!-- {marks}: ", f"<!-- end of {marks} -->"
    lines = page.partition(begin)[2].partition(end)[0].splitlines()[3:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in rows}


# --- tasks ---


@pytest.mark.parametrize("board", BOARDS)
def test_the_scheduler_prints_what_its_network_says(board):
    report = _rtos_report(board)

    assert _recipe("rtos_activity")["measure"]["console"].strip() == report.console.strip()
    assert "exit" == report.stop.reason
    assert () == report.warnings


@pytest.mark.parametrize("board", BOARDS)
def test_inference_in_a_task_gives_what_it_gives_alone(board):
    """expected.json of `activity`: the tflite-micro interpreter on the same recordings, which here come bit by bit."""
    outputs = json.loads((SAMPLES / "activity" / "expected.json").read_text(encoding="utf-8"))["outputs"][:4]
    _, last, activities = _rtos_run(board)

    assert outputs[-1] == last.tolist()
    assert [int(np.argmax(output)) for output in outputs] == activities.tolist()


@pytest.mark.parametrize("board", BOARDS)
def test_every_task_and_interrupt_is_a_row_and_the_rows_sum_to_the_run(board):
    report = _rtos_report(board)
    rows = {each.name: each for each in report.contexts}

    assert {*TASK_STACKS, "thread", "SysTick_Handler", "PendSV_Handler", "SVC_Handler", "sleep"} == set(rows)
    assert report.totals.cycles == sum(each.self_cycles for each in report.contexts)
    assert report.totals.sleep_cycles == rows["sleep"].self_cycles
    assert 1.0 == pytest.approx(sum(each.share_ratio for each in report.contexts))
    assert report.totals.energy_j.value == pytest.approx(sum(each.energy_j.value for each in report.contexts))


@pytest.mark.parametrize("board", BOARDS)
def test_tasks_and_interrupts_run_as_often_as_the_program_says(board):
    """Two switches for each of 400 samples, and those around four inferences and reports; one SVC starts it all."""
    rows = {each.name: each.activations_count for each in _rtos_report(board).contexts}

    assert TICKS_COUNT == pytest.approx(rows["SysTick_Handler"], abs=2)
    assert 1 == rows["SVC_Handler"]
    assert 400 <= rows["sampling"] <= 402
    assert 2 * 400 <= rows["PendSV_Handler"] <= 2 * 400 + 6 * 4


@pytest.mark.parametrize("board", BOARDS)
def test_every_task_has_its_own_stack_and_room_on_it(board):
    rows = {each.name: each for each in _rtos_report(board).contexts if each.kind == "task"}

    assert {name: row.stack_bytes for name, row in rows.items()} == TASK_STACKS
    assert all(0 < row.stack_used_bytes < 0.9 * row.stack_bytes for row in rows.values())


def test_what_a_switch_saves_has_known_addresses():
    """PendSV saves registers where PSP points to; the loads of flash data around it are looked up, too."""
    assert 0 == dict(_rtos_report("nucleo_l4r5zi").counters)["unresolved_data_accesses"]


# --- sleep ---


@pytest.mark.parametrize("board", BOARDS)
def test_the_sleeping_sample_prints_a_rhythm_each_time(board):
    report = _sleep_report(board)

    assert _recipe("sleep_between")["measure"]["console"].strip() == report.console.strip()
    assert "exit" == report.stop.reason
    assert () == report.warnings


def test_the_printed_rhythms_are_those_of_the_reference():
    """expected.json of `heartbeat`: the tflite-micro interpreter on its first six held-back inputs."""
    expected = json.loads((SAMPLES / "heartbeat" / "expected.json").read_text(encoding="utf-8"))
    names = [expected["classes"][int(np.argmax(output))] for output in expected["outputs"]]
    printed = _recipe("sleep_between")["measure"]["console"].strip().splitlines()

    assert [f"window {n}: {name}" for n, name in enumerate(names)] == printed[: len(names)]


@pytest.mark.parametrize("board", BOARDS)
def test_it_sleeps_in_the_mode_that_the_page_names_and_is_woken_eight_times(board):
    report = _sleep_report(board)

    assert {MODES[board]} == {mode for phase in report.phases for mode, _ in phase.modes}
    assert WAKES_COUNT == sum(phase.wakes_count for phase in report.phases)
    assert WAKES_COUNT == report.inference.calls_count


@pytest.mark.parametrize("board", BOARDS)
def test_it_wakes_every_five_seconds_and_runs_at_full_speed_then(board):
    """The intervals are the timer's: work and clock set-up do not add to them."""
    report = _sleep_report(board)
    wakes_s, now_s = [], 0.0
    for phase in report.phases:
        cycles = phase.active_cycles + phase.sleep_cycles + phase.stop_cycles + phase.wake_cycles
        now_s += cycles / phase.clock_hz
        wakes_s += [now_s] * phase.wakes_count
    fastest = max(report.phases, key=lambda phase: phase.clock_hz)

    assert [PERIOD_S] * (WAKES_COUNT - 1) == pytest.approx([b - a for a, b in pairwise(wakes_s)], abs=5e-3)
    assert report.clock_hz == fastest.clock_hz
    assert WAKES_COUNT <= sum(phase.clock_hz == fastest.clock_hz for phase in report.phases)


@pytest.mark.parametrize("board", BOARDS)
def test_the_energy_of_each_state_is_what_the_page_says(board):
    states = _sleep_report(board).energy.states
    by_kind = {
        kind: [each for each in states if each.activity == kind] for kind in ("run", "wake_up", "stop")
    }
    energies = {kind: sum(each.energy_j.value for each in uses) for kind, uses in by_kind.items()}
    seconds = {kind: sum(each.time_s for each in uses) for kind, uses in by_kind.items()}
    charge_c = sum(each.current_a.value * each.time_s for each in by_kind["stop"])

    assert _rows_between("states")[board] == [
        engineering(seconds["run"], "s"),
        engineering(energies["run"], "J"),
        engineering(energies["wake_up"], "J") if by_kind["wake_up"] else "not known",
        engineering(energies["stop"], "J"),
        engineering(charge_c / seconds["stop"], "A"),
    ]


@pytest.mark.parametrize("board", ["nucleo_l4r5zi", "stm32f746g_disco"])
def test_a_battery_report_takes_the_sleep_that_the_firmware_did(board):
    life = battery_life(_request("sleep_between", board), BatteryWish(PERIOD_S, load_battery("cr2032")))
    half, tenth = (each.interval_s for each in life.crossings)

    assert (MODES[board], "firmware") == (life.sleep.mode, life.sleep.chosen_by)
    assert _rows_between("crossings")[board] == [_interval(half), _interval(tenth)]


def _interval(seconds):
    return f"{seconds:.1f} s" if seconds < 90 else f"{seconds / 60:.1f} min"
