"""The page of the inference library shows what its data file says, and what the data file says is within the bound."""

from __future__ import annotations

import shutil

import pytest

from benchmarks.kernels import LAYERS, layer_cycles
from mcusim.codegen.lower.registry import lowerings
from tests.doc_cmsis_nn import (
    CORES,
    LAYERS_MARKS,
    PAGE,
    ROWS,
    SHOWN,
    SLOWER_MARKS,
    SUMMARY_MARKS,
    read_rows,
    with_cycles,
)

WORST_RATIO = 1.3
"""What we set out to hold: at most 1.3 times the cycles of CMSIS-NN in every layer."""


def test_the_page_shows_the_cycles_of_the_data_file():
    """Cycles changed? `python -m tests.doc_cmsis_nn` writes the tables anew."""
    text = PAGE.read_text(encoding="utf-8")

    assert [text.count(mark) for mark in (*SUMMARY_MARKS, *LAYERS_MARKS, *SLOWER_MARKS)] == [1] * 6
    assert text == with_cycles(text)


@pytest.mark.parametrize("core", CORES)
def test_no_layer_takes_more_than_the_bound(core):
    too_slow = [row for row in read_rows() if row.core == core and row.worst_ratio > WORST_RATIO]

    assert [] == too_slow


def test_every_layer_was_run_on_every_core():
    """Else a median would be one of other layers."""
    layers = {core: [] for core in CORES}
    for row in read_rows():
        layers[row.core].append((row.network, row.operator, row.shape))

    assert [layers["cortex-m4"]] * len(CORES) == list(layers.values())
    assert set(SHOWN) <= set(layers["cortex-m4"])


def test_the_data_file_says_which_cmsis_nn_and_how_it_was_compiled():
    comments = [line for line in ROWS.read_text(encoding="utf-8").splitlines() if line.startswith("#")]

    assert [
        word for word in ("commit ", "arm-none-eabi-gcc", "-O2", "-Ofast") if word not in str(comments)
    ] == []


@pytest.mark.skipif(
    shutil.which("arm-none-eabi-gcc") is None, reason="the cycles are those of arm-none-eabi-gcc"
)
def test_our_cycles_are_those_that_the_kernels_take_today():
    """Kernels or the model of the core changed? Measure both sides anew, then `python -m tests.doc_cmsis_nn`."""
    keys = [(layer.network, layer.operator, layer.shape) for layer in LAYERS]
    written = {
        (row.network, row.operator, row.shape): row.our_cycles
        for row in read_rows()
        if row.core == "cortex-m4"
    }

    assert [written[key] for key in keys] == layer_cycles(LAYERS, "nucleo_l4r5zi", "gcc")


def test_the_operators_that_the_page_counts_are_there():
    """The page says how many operators there are and for which types."""
    counts = {kind: sum(element.value == kind for _, element in lowerings()) for kind in ("int8", "float32")}
    names = {name for name, _ in lowerings()}

    assert (
        f"{len(names)} operators of TensorFlow Lite: {counts['int8']} of them for int8, {counts['float32']} for float32"
        in PAGE.read_text(encoding="utf-8")
    )
