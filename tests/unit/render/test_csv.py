"""The CSV report as spreadsheets and pandas read it."""

from __future__ import annotations

import csv
from dataclasses import replace
from io import StringIO

import pytest

from mcusim.render.csv import HEADINGS, render


def rows_of(run) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(render(run).decode())))


def number(rows, section: str, metric: str, name: str = "") -> float:
    (row,) = [
        each for each in rows if (each["section"], each["metric"], each["name"]) == (section, metric, name)
    ]
    return float(row["value"])


def test_every_row_has_every_column_and_a_number_or_a_text(recorded_run):
    lines = list(csv.reader(StringIO(render(recorded_run).decode())))

    assert list(HEADINGS) == lines[0]
    for line in lines[1:]:
        row = dict(zip(HEADINGS, line, strict=True))
        if is_text(row):
            assert (row["value"], row["unit"]) == ("", "")
        else:
            assert float(row["value"] or 0) >= 0
            assert row["unit"] or row["metric"] == "schema"


def is_text(row: dict[str, str]) -> bool:
    return row["section"] == "warning" or (row["section"] == "run" and row["value"] == "")


def test_numbers_are_those_of_the_report_to_the_last_digit(recorded_run):
    report, rows = recorded_run.report, rows_of(recorded_run)

    assert report.totals.time_s == number(rows, "totals", "time")
    assert report.inference.latency_s == number(rows, "inference", "latency", "infer")
    assert report.ram.peak_bytes == number(rows, "ram", "peak")
    assert report.kernels[0].energy_j.value == number(rows, "kernel", "energy", report.kernels[0].name)


def test_kernels_sum_to_the_inference_and_functions_to_the_run(recorded_run):
    rows = rows_of(recorded_run)

    def total(section: str, metric: str) -> float:
        return sum(
            float(row["value"]) for row in rows if (row["section"], row["metric"]) == (section, metric)
        )

    assert number(rows, "inference", "cycles", "infer") == pytest.approx(total("kernel", "self_cycles"))
    assert recorded_run.report.totals.time_s == pytest.approx(total("power_state", "time"))
    assert total("function", "self_cycles") == sum(each.self_cycles for each in recorded_run.report.functions)


def test_an_energy_has_its_band_and_basis(recorded_run):
    band = recorded_run.report.totals.energy_j
    (row,) = [
        each for each in rows_of(recorded_run) if each["section"] == "totals" and each["metric"] == "energy"
    ]

    assert (band.low, band.high, band.basis) == (float(row["low"]), float(row["high"]), row["basis"])


def test_without_a_power_model_there_are_no_energy_rows(recorded_run):
    report = recorded_run.report
    plain = replace(
        report,
        energy=None,
        totals=replace(report.totals, energy_j=None),
        inference=replace(report.inference, energy_j=None),
        kernels=tuple(replace(each, energy_j=None) for each in report.kernels),
        functions=tuple(replace(each, energy_j=None) for each in report.functions),
        contexts=tuple(replace(each, energy_j=None) for each in report.contexts),
    )

    rows = rows_of(replace(recorded_run, report=plain))

    assert [] == [row for row in rows if row["metric"] in {"energy", "current"}]


def test_a_name_with_commas_and_quotes_is_one_cell(recorded_run):
    """C++ names have both."""
    name = 'f<char, "x">(int, int)'
    report = recorded_run.report
    functions = (replace(report.functions[0], name=name), *report.functions[1:])

    rows = rows_of(replace(recorded_run, report=replace(report, functions=functions)))

    assert report.functions[0].self_cycles == number(rows, "function", "self_cycles", name)
