"""What a recording's phases say about the chip becomes the states that a power model has currents for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mcusim.analysis.build import build_report
from mcusim.analysis.timing_error import TimingError
from mcusim.board.load import load_board
from mcusim.errors import DataFileError, UsageError
from mcusim.power.load import load_power_model
from mcusim.power.schema import PeripheralCurrent, VoltageRange, WakeUp
from mcusim.provenance import Basis, Provenance
from mcusim.recording.recording import DeepSleep, PowerSetting
from mcusim.report.request import RunRequest
from mcusim.session import power_model_of

ERROR = TimingError(0.0, Basis.MEASURED, "")
HERE = Provenance(Basis.DATASHEET, "made for the test")


@pytest.fixture
def report_of(recording, image, board, power_model, run_request):
    """The report of the hand-made run, its second phase (8660 active, 840 asleep cycles at 160 MHz) changed."""

    def report(model=power_model, board=board, **changes):
        first, second = recording.phases
        changed = replace(recording, phases=(first, replace(second, **changes)))
        return build_report(changed, image, board, model, run_request)

    return report


def states_of(report, *activities):
    """(mode, cycles) of the run's states of some activities."""
    return {(each.mode, each.cycles) for each in report.energy.states if each.activity in activities}


def test_deep_sleep_is_told_by_mode_and_waking_up_is_a_state(report_of):
    """840 = 100 asleep + 500 and 90 in stop modes + 40 in standby + 110 waking up."""
    deep = (
        DeepSleep("stop2", False, 500, 2, 70),
        DeepSleep("", False, 90, 1, 10),
        DeepSleep("standby", True, 40, 1, 30),
    )
    report = report_of(sleep_cycles=100, stop_cycles=630, deep=deep)

    assert {("", 100)} == states_of(report, "sleep")
    assert {("stop2", 500), ("", 90)} == states_of(report, "stop")
    assert {("standby", 40)} == states_of(report, "standby")
    assert {("stop2", 70), ("", 10), ("standby", 30)} == states_of(report, "wake_up")
    assert 10_000 == sum(each.cycles for each in report.energy.states)


def test_the_sleep_of_the_region_is_as_deep_as_that_of_its_phases(report_of):
    """85 cycles per call: 500/840 of them in stop2, 70/840 waking up from it."""
    deep = (DeepSleep("stop2", False, 500, 2, 70),)
    report = report_of(sleep_cycles=270, stop_cycles=500, deep=deep)
    by_state = {(each.activity, each.mode): each.cycles for each in report.energy.currents}

    assert round(170 * 500 / 840) == by_state["stop", "stop2"]
    assert round(170 * 70 / 840) == by_state["wake_up", "stop2"]
    assert round(170 * 270 / 840) == by_state["sleep", ""]


def test_waking_up_draws_the_published_current(report_of, power_model):
    """70 cycles at 3 mA instead of 20 mA as an upper limit."""
    deep = (DeepSleep("stop", False, 500, 2, 70),)
    model = replace(power_model, wake_ups=(WakeUp("stop", 5e-6, HERE, 0.003),))
    (use,) = [
        each
        for each in report_of(model, sleep_cycles=270, stop_cycles=500, deep=deep).energy.states
        if each.activity == "wake_up"
    ]

    assert pytest.approx(3.3 * 0.003 * 70 / 160e6) == use.energy_j.value


def test_regulator_range_and_peripherals_of_a_phase_choose_its_current(report_of, power_model):
    model = replace(
        power_model,
        voltage_ranges=(VoltageRange("range1", 160_000_000, HERE),),
        points=tuple(replace(each, voltage_range="range1") for each in power_model.points),
        peripherals=(PeripheralCurrent("usart2", 0.001, 0.0, HERE),),
    )
    power = PowerSetting("ldo", "range1", ("tim9", "usart2"))
    plain, clocked = report_of(model), report_of(model, power=power)
    run = clocked.energy.currents[0]

    assert (("usart2", 0.001),) == run.peripherals
    assert ("ldo", "range1") == (run.regulator, run.voltage_range)
    assert ("tim9",) == clocked.energy.uncounted_peripherals
    assert () == plain.energy.uncounted_peripherals
    # 4015 cycles running and 85 asleep per call, 1 mA more in each.
    added_j = clocked.inference.energy_j.value - plain.inference.energy_j.value
    assert pytest.approx(3.3 * 0.001 * 4100 / 160e6) == added_j


def test_deep_sleep_stops_the_clocks_of_peripherals(report_of, power_model):
    model = replace(power_model, peripherals=(PeripheralCurrent("usart2", 0.001, 0.0, HERE),))
    asleep = {"sleep_cycles": 0, "stop_cycles": 840, "deep": (DeepSleep("stop", False, 840, 1, 0),)}
    clocked = report_of(model, power=PowerSetting("", "", ("usart2",)), **asleep)
    (stop,) = [each for each in clocked.energy.states if each.activity == "stop"]

    assert () == stop.peripherals
    assert 0.0001 == stop.current_a.value


def test_peripherals_without_a_current_do_not_split_a_state(report_of, recording):
    """Clocks of memories are on whenever code runs, and in every table."""
    report = report_of(power=PowerSetting("", "", ("flash", "gpioa", "sram1", "tim9")))

    assert len(report.energy.states) == len(report_of().energy.states)
    assert ("gpioa", "tim9") == report.energy.uncounted_peripherals


@pytest.mark.parametrize("case", [("cortex-m7", 0, "tcm"), ("cortex-m7", 8, "ram"), ("cortex-m4", 0, "ram")])
def test_ram_that_the_caches_of_a_cortex_m7_do_not_cover_is_tightly_coupled(
    report_of, board, case, monkeypatch
):
    """boards/chips/stm32h743zi.toml: itcm and dtcm have no line_fill_cycles, axi_sram has 8."""
    core, line_fill_cycles, execution = case
    monkeypatch.setattr("mcusim.analysis.build.timing_error", lambda *args, **kwargs: ERROR)
    regions = tuple(replace(each, line_fill_cycles=line_fill_cycles) for each in board.chip.regions)
    chip = replace(board.chip, core=core, regions=regions)
    report = report_of(board=replace(board, chip=chip))

    assert execution in {each.execution for each in report.energy.currents}
    assert {"tcm": "ram", "ram": "tcm"}[execution] not in {each.execution for each in report.energy.states}


def test_the_report_says_which_model_from_which_file_and_what_it_covers(report_of, power_model):
    model = replace(power_model, path="/somewhere/bench.toml", covers="the chip")
    energy = report_of(model).energy

    assert ("chip_a", "bench.toml", "the chip") == (energy.model, energy.model_file, energy.covers)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"supply_v": 5.0}, UsageError, "5 V is outside the chip's supply range"),
        ({"temp_c": 125.0}, UsageError, "125 °C"),
        ({"clock_hz": 480_000_000}, UsageError, "--clock 480 MHz is above the chip's highest clock"),
        ({"clock_hz": 120_500_000}, UsageError, "--clock 120.5 MHz is above the chip's highest clock"),
        ({"power_model": "stm32f446re"}, DataFileError, "'stm32f446re' is not for chip 'stm32l4r5zi'"),
        ({"power_model": "no/such.toml"}, DataFileError, "cannot read"),
    ],
)
def test_what_the_part_does_not_stand_is_refused_before_the_run(changes, error, message):
    request = replace(RunRequest(Path("firmware.elf"), "nucleo_l4r5zi"), **changes)

    with pytest.raises(error, match=message) as caught:
        power_model_of(request, load_board(request.board))

    assert caught.value.exit_code == 2
    assert caught.value.where
    assert caught.value.why


def test_a_model_of_one_s_own_replaces_the_board_s(tmp_path):
    shipped = load_power_model("stm32l4r5zi")
    file = tmp_path / "mine.toml"
    text = Path(shipped.path).read_text(encoding="utf-8")
    file.write_text(text.replace('name = "stm32l4r5zi"', 'name = "bench"'), encoding="utf-8")
    request = RunRequest(Path("firmware.elf"), "nucleo_l4r5zi", power_model=str(file))

    model = power_model_of(request, load_board("nucleo_l4r5zi"))

    assert ("bench", str(file)) == (model.name, model.path)


def test_a_board_without_energy_says_so_when_asked_for_a_supply(recording, image, board, run_request):
    generic = replace(board, power_model="", no_power_reason="an ideal core draws nothing")
    request = replace(run_request, supply_v=1.8, temp_c=85.0)
    warnings = build_report(recording, image, generic, None, request).warnings

    assert "no energy, whatever --supply and --temperature may be: an ideal core draws nothing" in warnings


def test_a_report_refuses_conditions_that_its_model_does_not_hold_at(recording, image, board, power_model):
    request = RunRequest(Path("firmware.elf"), "board_a", roi="infer", supply_v=5.0)

    with pytest.raises(UsageError, match="outside the chip's supply range"):
        build_report(recording, image, board, power_model, request)
