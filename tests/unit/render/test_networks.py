"""A comparison of networks as people and programs read it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mcusim.render.networks import networks_csv, networks_json, networks_text
from mcusim.render.plots.networks import networks_panels, networks_picture
from mcusim.report.networks import Accuracy, NetworkResult, NetworkRow, Networks
from mcusim.report.quantity import Band

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "networks-json.md"


def result(latency_s: float, energy_j: float, accuracy_ratio: float, flash_bytes: int) -> NetworkResult:
    return NetworkResult(
        clock_hz=120_000_000,
        supply_v=3.3,
        temp_c=25.0,
        inferences_count=200,
        accuracy=Accuracy(round(200 * accuracy_ratio), accuracy_ratio, accuracy_ratio - 0.03, accuracy_ratio + 0.02),
        predicted=(1, 0, 2),
        cycles=latency_s * 120e6,
        latency_s=latency_s,
        low_s=0.95 * latency_s,
        high_s=1.05 * latency_s,
        min_s=0.99 * latency_s,
        max_s=1.01 * latency_s,
        energy_j=Band(energy_j, 0.8 * energy_j, 1.3 * energy_j, "datasheet"),
        peak_ram_bytes=12_000,
        flash_bytes=flash_bytes,
        inputs_bytes=156_800,
        firmwares_count=1,
        weights_bytes=flash_bytes - 9000,
        arena_bytes=10_000,
        macs_count=1_900_000,
        compiler="arm-none-eabi-gcc 12.2.1",
        warnings=(),
        power_model="some",
        covers="the chip",
    )  # fmt: skip


def row(number: int, name: str, found: NetworkResult | None, **more: Any) -> NetworkRow:
    return NetworkRow(number, name, f"{name}.tflite", "00", "int8 [1, 784]", result=found, **more)


@pytest.fixture
def networks() -> Networks:
    """Three networks: a large one, a small one that is nearly as good, and one that does not fit."""
    return Networks(
        mcusim_version="0",
        board="nucleo_l4r5zi",
        board_title="ST NUCLEO-L4R5ZI",
        core="cortex-m4",
        inputs="x.npy",
        inputs_sha256="11",
        labels="y.npy",
        labels_sha256="22",
        inferences_count=200,
        rows=(
            row(1, "float32", result(0.2, 0.01, 0.97, 240_000), given="the real values 0.5 * value"),
            row(2, "int8", result(0.03, 0.0015, 0.965, 70_000), is_pareto=True, is_pareto_in_flash=True),
            row(3, "huge", None, why_not="the network does not fit the flash: 9 B too many"),
        ),
        notes=("a note",),
    )


def without_labels(networks: Networks) -> Networks:
    rows = tuple(
        each if each.result is None else replace(each, result=replace(each.result, accuracy=None))
        for each in networks.rows
    )
    return replace(networks, labels="", rows=rows)


def test_the_table_is_eighty_columns_wide_and_explains_itself(networks):
    shown = networks_text(networks)

    assert max(map(len, shown.splitlines())) <= 80
    assert "96.5 %  93.5-98.5  30.00 ms  1.50 mJ" in shown
    assert "huge (1)" in shown
    assert "(1) the network does not fit the flash: 9 B too many" in shown
    assert "Flash: without the inputs (153.1 KiB)" in shown.replace("\n  ", " ")
    assert "inputs of one network differ by 2 % at most" in shown.replace("\n  ", " ")
    assert "float32 was given the real values 0.5 * value." in shown
    assert "Note: a note." in shown
    assert "PF" == shown.splitlines()[5].split()[-1]


def test_a_wide_table_has_more_columns(networks):
    assert "MACs" not in networks_text(networks)
    assert "1.90 M" in networks_text(networks, 120)


def test_without_labels_nothing_is_said_of_accuracy(networks):
    shown = networks_text(without_labels(networks))

    assert "ccuracy" not in shown
    assert "95 %" not in shown


def test_a_board_without_power_model_says_so(networks):
    rows = tuple(
        each if each.result is None else replace(each, result=replace(each.result, energy_j=None))
        for each in networks.rows
    )
    shown = networks_text(replace(networks, rows=rows))

    assert "the board has no power model" in shown
    assert "accuracy and latency (P)" in shown


def test_the_csv_has_a_line_per_network_in_base_units(networks):
    first, second, third = csv.DictReader(io.StringIO(networks_csv(networks)))

    assert ("0.03", "193", "0.965") == (second["latency_s"], second["correct"], second["accuracy_ratio"])
    assert ("no", "yes") == (first["pareto"], second["pareto"])
    assert ("", "the network does not fit the flash: 9 B too many") == (third["energy_j"], third["why_not"])


def keys_of(data: Any) -> set[str]:
    if isinstance(data, list):
        return set().union(*map(keys_of, data))
    return set(data).union(*map(keys_of, data.values())) if isinstance(data, dict) else set()


@pytest.mark.skipif(not PAGE.exists(), reason="installed without the documentation")
def test_every_key_of_the_json_is_on_its_reference_page(networks):
    page = PAGE.read_text(encoding="utf-8")

    assert set() == {key for key in keys_of(json.loads(networks_json(networks))) if f"`{key}`" not in page}


def test_the_picture_has_a_panel_for_energy_and_one_for_flash(networks):
    top, bottom = networks_panels(networks)

    assert ("energy per inference", "flash without the inputs") == (top.x.title, bottom.x.title)
    points = {each.name: each.points[0] for each in top.series}
    assert {"float32", "int8"} == set(points)  # what did not run has no place
    assert (0.0015, 96.5) == (points["int8"].x.value, points["int8"].y.value)
    assert (False, True) == (points["float32"].is_marked, points["int8"].is_marked)


def test_without_labels_the_picture_shows_latency(networks):
    top, bottom = networks_panels(without_labels(networks))

    assert ("latency per inference",) * 2 == (top.y.title, bottom.y.title)


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_same_comparison_gives_the_same_picture(networks, suffix):
    one, two = (networks_picture(networks, suffix) for _ in range(2))

    assert one == two
    assert len(one) < 100_000
