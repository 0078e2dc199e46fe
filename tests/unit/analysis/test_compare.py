"""Two reports as what changed: conditions, totals, layers, sections."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.analysis.compare import compare, kernel_rows
from mcusim.analysis.compare_layers import layer_changes
from mcusim.report.built import BuiltFrom, FedInput
from mcusim.report.network import LayerCost, Network
from mcusim.report.quantity import Band
from mcusim.report.report import SectionUse


def kinds(old, new) -> dict[str, str]:
    return {each.kind: each.severity for each in compare(old, new).differences}


# --- conditions ---


def test_a_run_compared_with_itself_has_not_changed(report):
    comparison = compare(report, report)

    assert comparison.is_unchanged
    assert comparison.is_comparable
    assert () == comparison.differences
    assert {0} == {each.delta for each in comparison.totals}


@pytest.mark.parametrize(
    ("change", "kind", "affected"),
    [
        ({"board": "board_b"}, "board", {"cycles", "latency", "energy", "ram", "flash"}),
        ({"core": "cortex-m7"}, "core", {"cycles", "latency", "energy"}),
        ({"clock_hz": 80_000_000}, "clock", {"cycles", "latency", "energy"}),
        ({"supply_v": 1.8}, "supply", {"energy"}),
        ({"temp_c": 85.0}, "temperature", {"energy"}),
        ({"energy": None}, "power-model", {"energy"}),
        ({"mcusim_version": "9.9.9"}, "mcusim", {"cycles", "latency", "energy"}),
        ({"what_if": ("flash.prefetch=off",)}, "what-if", {"cycles", "latency", "energy"}),
        ({"calibrations": ("fitted",)}, "calibration", {"cycles", "latency", "energy"}),
        (
            {"inputs": (FedInput("--input", "g_input", "x.bin", 3, "ab"),)},
            "input",
            {"cycles", "latency", "energy", "ram"},
        ),
    ],
)
def test_a_condition_that_differs_makes_what_it_affects_incomparable(report, change, kind, affected):
    comparison = compare(report, replace(report, **change))
    (found,) = (each for each in comparison.differences if each.kind == kind)

    assert ("not_comparable", affected) == (found.severity, {*found.affects})
    assert not comparison.is_comparable


def test_inputs_are_the_same_by_their_content_not_by_their_name(report):
    def fed(name: str, sha256: str):
        return replace(report, inputs=(FedInput("--input", "g_input", name, 3, sha256),))

    assert {} == kinds(fed("a.bin", "12"), fed("b.bin", "12"))
    assert {"input": "not_comparable"} == kinds(fed("a.bin", "12"), fed("a.bin", "34"))
    assert {"input": "partly"} == kinds(fed("pipe", ""), fed("pipe", ""))


def test_two_inputs_of_one_channel_are_told_apart(report):
    def fed(*sha256s: str):
        return replace(report, inputs=tuple(FedInput("--uart-in", "", "", 1, each) for each in sha256s))

    assert {} == kinds(fed("1", "2"), fed("1", "2"))
    assert {"input": "not_comparable"} == kinds(fed("1", "2"), fed("2", "2"))


def test_another_region_is_not_comparable_and_another_count_of_calls_is_in_part(report):
    inference = report.inference

    assert {"region": "not_comparable"} == kinds(
        report, replace(report, inference=replace(inference, function="main"))
    )
    assert {"calls": "partly"} == kinds(report, replace(report, inference=replace(inference, calls_count=5)))
    assert {} == kinds(report, replace(report, inference=replace(inference, function="infer.constprop.0")))


def test_flash_that_is_set_up_otherwise_is_a_part_of_the_change(report):
    phases = tuple(replace(each, flash_wait_cycles=9) for each in report.phases)

    (found,) = compare(report, replace(report, phases=phases)).differences

    assert ("flash", "note") == (found.kind, found.severity)
    assert ("5 wait states, prefetch on, instruction cache on", "9 wait states") == (
        found.old,
        found.new[:13],
    )


def test_a_run_that_faulted_is_not_comparable(report):
    assert {"stop": "not_comparable"} == kinds(
        report, replace(report, stop=replace(report.stop, reason="fault"))
    )
    assert {"stop": "note"} == kinds(report, replace(report, stop=replace(report.stop, reason="idle_loop")))


def test_a_region_that_did_not_end_in_one_of_the_runs_is_not_comparable(report):
    unfinished = replace(report, inference=replace(report.inference, is_complete=False))

    (found,) = compare(report, unfinished).differences

    assert ("stop", "not_comparable", "ended", "unfinished") == (
        found.kind,
        found.severity,
        found.old,
        found.new,
    )
    assert () == compare(unfinished, unfinished).differences


def test_a_model_that_got_other_inputs_is_not_comparable(report):
    built = BuiltFrom("m.tflite", "12", "gcc 12", "random:1", 1, 10, 10)

    assert {"input": "not_comparable", "compiler": "note", "model": "note"} == kinds(
        replace(report, built=built),
        replace(report, built=replace(built, inputs="zeros", compiler="gcc 13", model_sha256="34")),
    )


# --- totals ---


def test_the_totals_are_those_of_the_two_reports(report):
    """4100 mean cycles, 256 bytes of stack: tests/unit/conftest.py."""
    inference = replace(report.inference, cycles=4141)
    ram = replace(report.ram, peak_stack_bytes=300, heap_source="unknown")

    comparison = compare(report, replace(report, inference=inference, ram=ram))

    cycles, stack, heap = (comparison.total(name) for name in ("cycles", "stack_bytes", "heap_bytes"))
    assert (4100, 4141, 41) == (cycles.old, cycles.new, cycles.delta)
    assert cycles.ratio == pytest.approx(0.01)
    assert (256, 300, 44) == (stack.old, stack.new, stack.delta)
    assert (96, None, None) == (heap.old, heap.new, heap.delta)


def test_the_bounds_of_a_change_of_energy_assume_that_both_runs_err_alike(report):
    old = replace(
        report, inference=replace(report.inference, energy_j=Band(100e-6, 80e-6, 130e-6, "derived"))
    )
    new = replace(
        report, inference=replace(report.inference, energy_j=Band(110e-6, 88e-6, 143e-6, "derived"))
    )

    band = compare(old, new).total("energy_uj").delta_band

    assert band is not None
    assert (10e-6, 8e-6, 13e-6) == pytest.approx((band.value, band.low, band.high))


def test_sections_and_stacks_that_come_and_go_are_named(report):
    sections = (*report.flash.sections[1:], SectionUse(".weights", 0, 500))

    changed = {
        (each.memory, each.name): (each.status, each.delta_bytes)
        for each in compare(report, replace(report, flash=replace(report.flash, sections=sections))).sections
        if each.status != "same"
    }

    first = report.flash.sections[0]
    assert {
        ("flash", ".weights"): ("added", 500),
        ("flash", first.name): ("removed", -first.size_bytes),
    } == changed


# --- rows of a report ---


def test_reasons_of_a_kernel_are_per_call_of_the_region(report):
    functions = tuple(
        replace(each, reasons=(("issue", 5000), ("flash_fetch", 1000))) if each.name == "conv" else each
        for each in report.functions
    )

    rows = {row.name: row for row in kernel_rows(replace(report, functions=functions))}

    assert (("issue", 2500), ("flash_fetch", 500)) == rows["conv"].reasons  # two calls of infer()
    assert not rows["conv"].is_reason_scaled


def test_reasons_of_a_kernel_that_also_ran_elsewhere_are_scaled_and_say_so(report):
    """requantize: 900 cycles in the run, 400 of them per call of infer(), which is called twice."""
    functions = tuple(
        replace(each, reasons=(("issue", 900),)) if each.name == "requantize" else each
        for each in report.functions
    )

    rows = {row.name: row for row in kernel_rows(replace(report, functions=functions))}

    assert (("issue", 400.0),) == rows["requantize"].reasons
    assert rows["requantize"].is_reason_scaled


def test_functions_and_what_completes_them_sum_to_the_run_s_cycles(report):
    """9160 active and 840 asleep: tests/unit/conftest.py."""
    comparison = compare(report, report)

    assert sum(row.old_cycles for row in comparison.functions) == 10_000
    assert sum(row.old_cycles for row in comparison.kernels) == 4100


# --- layers ---


def layer(index: int, operator: str, cycles: int, shape: tuple[int, ...] = (1, 8)) -> LayerCost:
    return LayerCost(
        index, "layer", operator, operator.lower(), "mac", "", 1, cycles, 0.0, None, ((1, 4),), (shape,)
    )


def network(*layers: LayerCost) -> Network:
    return Network("r", "infer", "m", tuple(replace(each, index=i) for i, each in enumerate(layers)))


CONV, POOL, DENSE = layer(0, "CONV_2D", 100), layer(0, "MAX_POOL_2D", 20), layer(0, "FULLY_CONNECTED", 30)


def changes(old: Network, new: Network):
    return [
        (row.operator, row.old_index, row.new_index, row.status, row.delta_cycles)
        for row in layer_changes(old, new)
    ]


def test_a_layer_that_was_put_in_leaves_those_behind_it_the_same():
    assert [
        ("CONV_2D", 0, 0, "same", 0),
        ("MAX_POOL_2D", -1, 1, "added", 20),
        ("CONV_2D", 1, 2, "same", 0),
        ("FULLY_CONNECTED", 2, 3, "same", 0),
    ] == changes(network(CONV, CONV, DENSE), network(CONV, POOL, CONV, DENSE))


def test_a_layer_that_was_taken_out_stands_where_it_was():
    assert [
        ("CONV_2D", 0, 0, "same", 0),
        ("MAX_POOL_2D", 1, -1, "removed", -20),
        ("FULLY_CONNECTED", 2, 1, "same", 0),
    ] == changes(network(CONV, POOL, DENSE), network(CONV, DENSE))


def test_a_layer_of_another_shape_is_the_same_layer_changed():
    wide = replace(CONV, cycles=400, output_shapes=((1, 32),))
    (first, _) = layer_changes(network(CONV, POOL), network(wide, POOL))

    assert ("changed", 300, "shapes 1x8 → 1x32") == (first.status, first.delta_cycles, first.note)


def test_a_layer_of_another_operator_is_another_layer():
    assert {"removed", "added", "same"} == {
        status for _, _, _, status, _ in changes(network(CONV, DENSE), network(POOL, DENSE))
    }


def test_without_operators_layers_match_by_their_functions_and_what_these_are_called_now():
    old, new = (replace(CONV, operator="", name=name) for name in ("conv_a", "conv_b"))

    assert ["removed", "added"] == [row.status for row in layer_changes(network(old), network(new))]
    (row,) = layer_changes(network(old), network(new), {"conv_a": "conv_b"})
    assert ("renamed", "was conv_a") == (row.status, row.note)


LAYERS = st.lists(
    st.builds(layer, st.just(0), st.sampled_from(["A", "B", "C"]), st.integers(1, 99)), max_size=6
)


@given(LAYERS, LAYERS)
def test_layers_sum_and_turn_their_signs(old, new):
    one, other = network(*old), network(*new)

    assert sum(each.cycles for each in new) - sum(each.cycles for each in old) == sum(
        row.delta_cycles for row in layer_changes(one, other)
    )
    assert sorted((row.old_index, row.new_index) for row in layer_changes(one, other)) == sorted(
        (row.new_index, row.old_index) for row in layer_changes(other, one)
    )
