"""`mcusim battery`: values with units, warnings, the screen, JSON, CSV and picture, and every refusal."""

from __future__ import annotations

import csv
import json
from argparse import ArgumentTypeError
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from mcusim.cli import battery_values as values
from mcusim.cli.main import main
from mcusim.errors import UsageError
from mcusim.power.schema import WakeUp
from mcusim.provenance import Basis, Provenance
from mcusim.render.battery import duration
from mcusim.report.quantity import Band
from mcusim.report.report import StopInfo
from mcusim.report.request import RunRequest
from mcusim.scenarios import battery_run
from mcusim.scenarios.batteries import own_battery

CELL = """
name = "cell"
title = "a test cell"
[voltage]
nominal_v = 3.0
cutoff_v = 2.0
basis = "datasheet"
source = "its datasheet"
[capacity]
capacity_mah = 220
usable_percent = 90
usable_low_percent = 80
usable_high_percent = 100
basis = "datasheet"
source = "its datasheet"
[self_discharge]
percent_per_year = 1
basis = "datasheet"
source = "its datasheet"
[load]
max_continuous_ma = 3
max_pulse_ma = 50
basis = "datasheet"
source = "its datasheet"
"""
BASE = ["battery", "fw.elf", "--board", "board_a", "--battery", "cell.toml"]
WORDS = [*BASE, "--every", "1s"]


@pytest.fixture
def fake(monkeypatch, elf, report, power_model):
    """The hand-made report in the place of a run: an inference of 25.6 µs at 20 mA and 3 V; stop draws 100 µA."""
    points = tuple(each if each.mode else replace(each, mode="stop") for each in power_model.points)
    points = tuple(
        each
        if each.activity.value == "stop"
        else replace(each, mode="" if each.activity.value == "run" else "sleep")
        for each in points
    )
    answer = SimpleNamespace(report=report, requests=[])

    def measure(request, progress=None):
        answer.requests.append(request)
        return answer.report

    answer.model = replace(power_model, points=points)
    answer.report = replace(report, energy=replace(report.energy, states=(), supply_v=3.0))
    monkeypatch.setattr(battery_run, "measure", measure)
    board = SimpleNamespace(name="board_a", supply_v=3.3)
    monkeypatch.setattr(battery_run, "load_board", lambda _name: board)
    monkeypatch.setattr(battery_run, "power_model_of", lambda _request, _board: answer.model)
    (elf.parent / "cell.toml").write_text(CELL, encoding="utf-8")
    return answer


def shown(capsys, *words: str, code: int = 0) -> str:
    assert code == main([*WORDS, *words])
    out, err = capsys.readouterr()
    return err if code else out


# --- values ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10s", 10.0),
        ("500ms", 0.5),
        ("5min", 300.0),
        ("2h", 7200.0),
        ("1 d", 86_400.0),
        ("7", 7.0),
        ("1_000s", 1e3),
    ],
)
def test_intervals_have_units_of_daily_life(text, expected):
    assert pytest.approx(expected) == values.interval_s(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("6/min", 10.0), ("2/h", 1800.0), ("0.5Hz", 2.0), ("24/d", 3600.0), ("10 / s", 0.1), ("1mHz", 1000.0)],
)
def test_a_rate_is_one_over_the_interval(text, expected):
    assert pytest.approx(expected) == values.rate_interval_s(text)


def test_charges_currents_and_energies_are_converted_to_si_units():
    assert pytest.approx((792.0, 9360.0)) == (values.capacity_c("220mAh"), values.capacity_c("2.6Ah"))
    assert pytest.approx((12e-6, 0.5e-3)) == (values.current_a("12uA"), values.current_a("0.5 mA"))
    assert pytest.approx((150e-6, 0.85)) == (values.energy_j("150µJ"), values.efficiency_ratio("85%"))


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (values.interval_s, "10", ""),
        (values.interval_s, "10 fortnights", "unknown unit 'fortnights'"),
        (values.interval_s, "-10s", "not a number of zero or more"),
        (values.interval_s, "0s", "must be above zero"),
        (values.interval_s, "1e999s", "too large"),
        (values.rate_interval_s, "6/min", ""),
        (values.rate_interval_s, "6", "not a rate"),
        (values.rate_interval_s, "6/fortnight", "not a rate"),
        (values.rate_interval_s, "0/min", "must be above zero"),
        (values.capacity_c, "1mAh", ""),
        (values.capacity_c, "220", "needs its unit"),
        (values.capacity_c, "220mA", "needs its unit"),
        (values.capacity_c, "0mAh", "must be above zero"),
        (values.current_a, "0uA", ""),
        (values.current_a, "2", "needs its unit"),
        (values.current_a, "2xA", "needs its unit"),
        (values.energy_j, "1mJ", ""),
        (values.energy_j, "1mAh", "needs its unit"),
        (values.efficiency_ratio, "100%", ""),
        (values.efficiency_ratio, "0.85", "no efficiency"),
        (values.efficiency_ratio, "120%", "not a percentage up to 100"),
        (values.loss_percent, "99%", ""),
        (values.loss_percent, "100%", "leaves nothing"),
        (values.percent, "2 %", ""),
        (values.percent, "2 a year", "not a percentage"),
    ],
)
def test_a_wrong_value_is_refused_with_an_example(parse, text, message):
    if not message:
        parse(text)
        return
    with pytest.raises(ArgumentTypeError, match=message):
        parse(text)


@pytest.mark.parametrize(
    ("value_s", "expected"),
    [
        (0.0064, "6.40 ms"),
        (45.0, "45 s"),
        (90.0, "1.5 min"),
        (3600.0, "1 h"),
        (36 * 3600.0, "36 h"),
        (5 * 86_400.0, "5 days"),
        (100 * 86_400.0, "3.3 months"),
        (3 * 365.25 * 86_400, "3 years"),
        (1e12, "31 688 years"),
        (59.99, "1 min"),
    ],
)
def test_a_duration_is_in_the_unit_that_people_use(value_s, expected):
    assert expected == duration(value_s)


# --- what is shown ---


def test_the_screen_has_life_sleep_current_and_source_in_80_columns(fake, capsys):
    """25.6 µs x 20 mA + 100 µA asleep: 100.5 µA, and about 0.2 µA of self-discharge; 198 mAh / 100.7 µA = 82 days."""
    screen = shown(capsys)

    assert "Life       2.7 months" in screen
    assert "In between stop: 100 µA (90.0 µA to 120 µA, datasheet), the deepest" in screen
    assert "from table stop any" in screen
    assert "wired directly; the chip runs at 3 V (the battery's)" in screen
    assert max(map(len, screen.splitlines())) <= 80
    assert len(screen.splitlines()) <= 45
    assert fake.requests[0].supply_v == 3.0


def test_the_screen_says_which_current_the_inference_drew_at_which_clock_and_who_says_so(fake, capsys):
    running = max(
        (each for each in fake.report.energy.currents if each.activity == "run"),
        key=lambda each: each.energy_j.value,
    )

    flowed = " ".join(shown(capsys).split())

    assert f"20.0 mA ({running.current_a.low * 1e3:.1f} mA to" in flowed
    assert f"at {running.clock_hz / 1e6:.0f} MHz" in flowed
    assert f"{running.current_a.basis}: {running.source}" in flowed
    assert json.loads(shown(capsys, "--json", "-"))["running"]["source"] == running.source


def test_a_wake_up_has_its_band_and_source_and_its_share_is_named_in_the_table_of_intervals(fake, capsys):
    """10 µs at 20 mA and 3 V are 600 nJ."""
    wake_up = WakeUp("stop", 10e-6, Provenance(Basis.DATASHEET, "DS1, table 9"))
    fake.model = replace(fake.model, wake_ups=(wake_up,))

    screen = shown(capsys)
    data = json.loads(shown(capsys, "--json", "-"))
    shares = {each["name"]: each["share_ratio"] for each in data["shares"]}
    (here,) = (line for line in screen.splitlines() if line.endswith("<"))

    assert "Wake-up    10.0 µs, 600 nJ (" in screen
    assert "from DS1, table 9" in screen
    assert "awake: the share of inference and wake-up together" in screen
    assert f"{shares['inference'] + shares['wake-up']:.1%}" in here
    assert shares["wake-up"] > 0
    assert "awake: the share" not in shown(capsys, "--sleep", "run")


def test_a_sleep_current_above_the_run_current_is_warned_about(fake, capsys):
    assert "check the unit of --sleep-current" in " ".join(shown(capsys, "--sleep-current", "21mA").split())
    assert "check the unit" not in shown(capsys, "--sleep-current", "19mA")
    assert "check the unit" not in shown(capsys, "--sleep", "run")


def test_lives_beyond_the_batterys_own_are_marked_in_the_table(fake, capsys):
    """The cell's file gives no shelf life: ten years; at 5 µA, 198 mAh and 1 % a year last 4.4 years, at 1 µA 16."""
    short = shown(capsys, "--sleep-current", "5uA", "--every", "1min")
    long = shown(capsys, "--sleep-current", "1uA", "--every", "1min")

    assert "*" not in short
    assert "* longer than the battery's shelf life of 10 years" in long
    assert "no cell is specified beyond about 10 years" in " ".join(long.split())


def test_a_rate_is_the_same_as_its_interval(fake, capsys):
    assert main([*BASE, "--rate", "60/min"]) == 0
    assert capsys.readouterr().out == shown(capsys)


def test_json_has_everything_in_si_units_and_matches_the_screen(fake, capsys):
    data = json.loads(shown(capsys, "--json", "-"))

    assert data["schema"] == 1
    assert data["interval_s"] == 1.0
    assert pytest.approx(792.0) == data["battery"]["capacity_c"]
    assert pytest.approx(1.0) == sum(each["share_ratio"] for each in data["shares"])
    assert pytest.approx(712.8 / data["average_a"]["value"]) == data["life_s"]["value"]
    assert data["sleep"]["chosen_by"] == "assumed"
    assert [0.5, 0.1] == [each["share_ratio"] for each in data["crossings"]]
    assert pytest.approx(1.0) == sum(data["curve"][0]["shares"].values())
    assert data["firmware"]["sha256"] == "ab" * 32


def test_csv_and_picture_are_written_and_the_same_every_time(fake, capsys, tmp_path):
    shown(capsys, "--csv", "life.csv", "--plot", "life.svg", "--quiet")
    rows = list(csv.DictReader((tmp_path / "life.csv").read_text(encoding="utf-8").splitlines()))
    first = (tmp_path / "life.svg").read_bytes()
    shown(capsys, "--plot", "life.svg", "--quiet")

    assert [float(row["life_s"]) for row in rows] == sorted(float(row["life_s"]) for row in rows)
    assert "1" in {row["interval_s"] for row in rows}
    assert set(rows[0]) >= {"average_a", "life_low_s", "inference_share_ratio", "self_discharge_share_ratio"}
    assert first == (tmp_path / "life.svg").read_bytes()
    assert b"one inference every" in first


def test_the_options_change_what_they_say(fake, capsys):
    base = json.loads(shown(capsys, "--json", "-"))
    more = json.loads(
        shown(
            capsys,
            "--extra-current",
            "10uA",
            "--sensor-energy",
            "30uJ",
            "--sleep-current",
            "5uA",
            "--json",
            "-",
        )
    )
    currents = {each["name"]: each["current_a"]["value"] for each in more["shares"]}

    assert pytest.approx(10e-6) == currents["board"]
    assert pytest.approx(30e-6 / 3.0) == currents["sensor"]
    assert pytest.approx(5e-6, rel=1e-3) == currents["sleep"]
    assert more["average_a"]["value"] < base["average_a"]["value"]


def test_a_battery_of_ones_own_needs_no_file(fake, capsys):
    assert (
        main(["battery", "fw.elf", "--board", "b", "--capacity", "1Ah", "--voltage", "3V", "--every", "1s"])
        == 0
    )
    screen = capsys.readouterr().out

    assert "own battery: 1000 mAh at 3 V, 100% usable" in screen
    assert "self-discharge is not known" in screen


# --- warnings ---


def limited(continuous_a: float, pulse_a: float | None):
    return replace(
        own_battery(792.0, 3.0, 1.0), max_continuous_a=continuous_a, max_pulse_a=pulse_a, title="the cell"
    )


def life_with(battery, **wished):
    """What the scenario answers from the fake run."""
    request = RunRequest(Path("fw.elf"), "board_a")
    return battery_run.battery_life(request, battery_run.BatteryWish(1.0, battery, **wished))


@pytest.mark.parametrize(
    ("continuous_a", "pulse_a", "words"),
    [
        (0.1, None, ""),
        (0.003, 0.1, "such pulses take capacity"),
        (0.003, 0.015, "delivers 15.0 mA even in pulses"),
        (0.003, None, "rating for pulses is not known"),
        (0.00001, 0.1, "the average of"),
    ],
)
def test_a_battery_that_cannot_deliver_the_current_is_warned_about(
    fake, monkeypatch, continuous_a, pulse_a, words
):
    """The hand-made inference draws 20 mA."""
    warnings = life_with(limited(continuous_a, pulse_a)).warnings

    assert bool(words) == bool(warnings)
    assert any(words in each for each in warnings) or not words


def test_a_life_beyond_the_batterys_own_is_warned_about(fake):
    huge = replace(own_battery(3.6e6, 3.0, 1.0), shelf_life_s=10 * 365.25 * 86_400)

    (warning,) = life_with(huge).warnings
    assert "its shelf life is 10 years" in warning


def test_an_inference_that_was_not_recognised_is_warned_about(fake):
    inference = replace(fake.report.inference, kind="main", function="main")
    fake.report = replace(fake.report, inference=inference)

    (warning,) = life_with(limited(0.1, None)).warnings
    assert "main is taken as one inference" in warning


# --- refusals ---


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["battery", "--every", "1s"], "no firmware was named"),
        (BASE, "how often is there an inference?"),
        ([*WORDS, "--rate", "1/s"], "--every and --rate exclude each other"),
        ([*BASE[:4], "--every", "1s"], "no battery was named"),
        ([*BASE, "--every", "20us"], "is more than the chip can do"),
        ([*WORDS, "--capacity", "0.0001uAh"], "the battery is smaller than one inference"),
        ([*WORDS, "--sleep", "stop7"], "no sleep mode called 'stop7'"),
        ([*WORDS, "--voltage", "3V"], "--voltage is for a battery of your own"),
        ([*BASE[:4], "--every", "1s", "--capacity", "1Ah"], "--capacity needs a battery"),
        ([*BASE[:4], "--every", "1s", "--voltage", "3V"], "--voltage is for a battery of your own"),
        ([*WORDS, "--supply", "3.5V"], "cannot supply 3.5 V by itself"),
        ([*WORDS, "--battery", "no.toml"], "cannot read the data file"),
        ([*WORDS, "--capacity", "220"], "needs its unit"),
        ([*WORDS, "--plot", "life.gif"], "--plot cannot write 'life.gif'"),
        ([*WORDS, "--csv", "nowhere/life.csv"], "there is no folder 'nowhere'"),
        ([*WORDS, "--csv", "cell.toml"], "is a file that this run reads"),
        ([*WORDS, "--csv", "x.svg", "--plot", "x.svg"], "both write 'x.svg'"),
    ],
)
def test_wrong_input_is_refused(fake, capsys, words, message):
    assert main(words) == 2
    assert message in capsys.readouterr().err


def test_a_board_without_a_power_model_is_refused(fake, capsys):
    fake.model = None

    assert "has no power model" in shown(capsys, code=2)


def test_a_model_without_deep_sleep_names_the_option(fake, capsys):
    points = tuple(each for each in fake.model.points if each.activity.value != "stop")
    fake.model = replace(fake.model, points=points)

    assert "--sleep-current 2uA" in shown(capsys, code=2)
    assert "Life" in shown(capsys, "--sleep-current", "2uA")


@pytest.mark.parametrize(("reason", "code"), [("fault", 3), ("max_seconds", 4), ("exit", 2)])
def test_a_run_without_an_inference_has_the_exit_code_of_its_end(fake, capsys, reason, code):
    inference = replace(fake.report.inference, energy_j=None, latency_s=None)
    fake.report = replace(fake.report, inference=inference, stop=StopInfo(reason, "", 0, 0, None))

    assert "no inference ended" in shown(capsys, code=code)


def test_a_power_model_that_allows_no_current_at_all_is_refused(fake):
    inference = replace(fake.report.inference, energy_j=Band(1e-6, 0.0, 1e-6, "assumed"))
    fake.report = replace(fake.report, inference=inference)
    nothing = battery_run.SleepWish("stop", 0.0)

    with pytest.raises(UsageError, match="may be 0"):
        life_with(replace(own_battery(792.0, 3.0, None)), sleep=nothing)
