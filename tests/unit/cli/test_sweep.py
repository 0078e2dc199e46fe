"""The command line of `mcusim sweep`, on the bundled sample."""

from __future__ import annotations

import csv
import io
import json
import re
from argparse import ArgumentTypeError

import pytest

from mcusim.cli.main import main
from mcusim.cli.sweep_values import clocks_hz, names, process_count, settings, supplies_v

SHORT = ["--max-seconds", "0.03"]
ONE = ["sweep", "digits_cnn", "--board", "nucleo_l4r5zi", "--clock", "80MHz,500MHz", *SHORT]


def test_lists_and_ranges_of_numbers():
    assert (16_000_000, 48_000_000) == clocks_hz("16MHz,48MHz")
    assert (16_000_000, 88_000_000, 160_000_000) == clocks_hz("16MHz..160MHz/3")
    assert (1.8, 2.3, 2.8, 3.3, 5.0) == supplies_v("1.8V..3.3V/4,5V")


def test_a_setting_with_several_values_is_several_settings():
    assert (("flash.prefetch", True), ("flash.prefetch", False)) == settings("flash.prefetch=on,off")
    assert (("flash.wait_states", 0), ("flash.wait_states", "auto")) == settings("flash.wait_states=0,auto")


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (names, "a,,b", "empty place"),
        (clocks_hz, "", "empty place"),
        (clocks_hz, "16MHz,", "empty place"),
        (clocks_hz, "16MHz..80MHz", "does not say how many"),
        (clocks_hz, "16MHz..80MHz/1", "from 2 to 1000"),
        (clocks_hz, "80MHz..16MHz/2", "ends below where it begins"),
        (supplies_v, "1.8V,fast", "not a number"),
        (process_count, "0", "not a number of processes"),
    ],
)
def test_a_list_that_is_none_is_refused(parse, text, message):
    with pytest.raises(ArgumentTypeError, match=message):
        parse(text)


def test_the_table_is_eighty_columns_wide_and_explains_itself(capsys):
    assert 0 == main([*ONE, "--deadline", "20ms"])

    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    assert "(1) 500 MHz is above the 120 MHz of stm32l4r5zi" in shown
    assert "Slowest clock that does: nucleo_l4r5zi 80.0 MHz" in shown
    assert "P  Pareto front" in shown


def test_the_table_says_what_each_board_s_energies_rest_on(capsys):
    clocks = ["--board", "nucleo_l4r5zi", "--clock", "16MHz,80MHz"]
    assert 0 == main(["sweep", "digits_cnn", *clocks, "--max-seconds", "0.06"])

    shown = capsys.readouterr().out
    title, currents = shown.partition("\nCurrents (")[::2]
    assert max(map(len, currents.splitlines())) <= 80
    assert "nucleo_l4r5zi: the chip (MCU rail of the Nucleo, IDD jumper); LDO, range2," in currents
    # RM0432 (STM32L4+), 5.1.7: range 2 up to 26 MHz, range 1 up to 80 MHz
    rows = [line.split() for line in title.splitlines() if "MHz" in line]
    assert [(each[0], each[4]) for each in rows[:2]] == [("1", "range2"), ("2", "range1")]


def test_the_json_says_what_each_energy_covers(capsysbinary):
    assert 0 == main([*ONE, "--json", "-"])

    result = json.loads(capsysbinary.readouterr().out)["rows"][0]["result"]
    assert result["power_model"] == "stm32l4r5zi"
    assert result["covers"].startswith("the chip (MCU rail of the Nucleo")


def test_a_deadline_that_nothing_meets_names_the_nearest_and_is_exit_code_1(capsys):
    assert 1 == main([*ONE, "--deadline", "1us"])

    assert (
        "Nothing meets the deadline of 1.00 µs: the nearest is nucleo_l4r5zi 80.0 MHz"
        in capsys.readouterr().out
    )


def test_all_files_are_written_and_agree(tmp_path, capsys):
    files = {each: tmp_path / f"out.{each}" for each in ("csv", "json", "svg")}
    options = ["--csv", files["csv"], "--json", files["json"], "--plot", files["svg"], "--quiet"]

    assert 0 == main([*ONE, *map(str, options)])

    assert "" == capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO(files["csv"].read_text(encoding="utf-8"))))
    data = json.loads(files["json"].read_text(encoding="utf-8"))
    assert [str(each["row_number"]) for each in data["rows"]] == [each["row"] for each in rows]
    assert float(rows[0]["latency_s"]) == data["rows"][0]["result"]["latency_s"]
    assert float(rows[0]["energy_j"]) == data["rows"][0]["result"]["energy_j"]["value"]
    assert "" == rows[1]["latency_s"]
    assert data["rows"][1]["why_not"] == rows[1]["why_not"] != ""
    assert "Pareto front" in files["svg"].read_text(encoding="utf-8")


def test_the_picture_tells_supplies_apart_by_fillings_and_names_what_its_axes_are_per(tmp_path):
    plot = tmp_path / "out.svg"
    supplies = ["--board", "nucleo_l4r5zi", "--clock", "80MHz,120MHz", "--supply", "1.8V,3.3V"]

    assert 0 == main(["sweep", "digits_cnn", *supplies, *SHORT, "--plot", str(plot), "--quiet"])

    texts = set(re.findall(r">([^<>\n]+)</text>", plot.read_text(encoding="utf-8")))
    assert {"energy per call", "latency per call", "1.8 V", "3.3 V", "80.0 MHz"} <= texts
    assert not any("MHz 1.8 V" in each for each in texts)


def test_json_on_standard_output_is_only_that(capsysbinary):
    assert 0 == main([*ONE, "--json", "-"])

    assert 2 == len(json.loads(capsysbinary.readouterr().out)["rows"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("fw.bin --board nucleo_l4r5zi", "there is no file 'fw.bin'"),
        ("digits_cnn --board nucleo_x", "nucleo_x"),
        ("digits_cnn --plot a.gif", "cannot write 'a.gif'"),
        ("digits_cnn --csv - --json -", "both write to standard output"),
        ("digits_cnn --csv out --json out", "both write 'out'"),
        ("digits_cnn --set flash.speed=1,2", "--set cannot change 'flash.speed'"),
        ("digits_cnn --weights ram,ram", "names a value twice"),
        ("digits_cnn --weights ram --set weights=flash", "weights is set twice"),
        ("digits_cnn --clock 500MHz", "500 MHz is above the 120 MHz"),
        ("digits_cnn --deadline -1s", "--deadline"),
    ],
)
def test_wrong_input_is_explained_before_anything_runs(tmp_path, monkeypatch, capsys, options, message):
    monkeypatch.chdir(tmp_path)

    assert 2 == main(["sweep", *options.split()])
    assert message in capsys.readouterr().err
