"""Data sets through real firmware: each input begins alike, and its outputs and costs are those of a run."""

from __future__ import annotations

import numpy as np
import pytest

import mcusim
from mcusim.errors import UnknownNameError, UsageError
from mcusim.machine.snapshot import SnapshotError
from mcusim.shipped import shipped_dir
from tests.data_set import BOARD, START, expected_outputs, written

SAMPLES = shipped_dir("firmware_samples")
ROWS = [[3, 7, 0, 0], [10, 1, 0, 0], [3, 7, 0, 0], [200, 5, 0, 0]]


@pytest.fixture(scope="module")
def adder(tmp_path_factory):
    return written(tmp_path_factory.mktemp("adder"))


def evaluated(adder, rows, **options):
    options = {"inference": "inference", "variables": START, **options}
    return mcusim.evaluate(adder, BOARD, inputs=np.array(rows, np.uint8), **options)


@pytest.fixture(scope="module")
def four(adder):
    return evaluated(adder, ROWS)


def test_every_input_begins_as_the_first_call_did(four):
    """The firmware counts its calls: none was before any input."""
    assert expected_outputs(ROWS) == four.outputs.tolist()


def test_equal_inputs_cost_the_same_and_longer_ones_more(four):
    """197 more rounds of the loop (adds, subs, taken bne; Cortex-M4 TRM table 3-1: 1 + 1 + 1 + P, P at least 1)."""
    cycles = [each.cycles for each in four.results]

    assert cycles[0] == cycles[2]
    assert cycles[3] - cycles[0] >= 197 * 4
    assert four.cycles.min == cycles[0]
    assert four.cycles.max == cycles[3]


def test_an_input_costs_what_a_run_with_it_costs(adder, four):
    run = mcusim.run(
        adder, BOARD, roi="inference", inputs={**START, "g_input": bytes(ROWS[3])}, outputs=["g_output"]
    )

    assert run.inference.max_cycles == four.results[3].cycles
    assert run.inference.latency_s == pytest.approx(four.results[3].latency_s, rel=0.01)


def test_the_result_does_not_depend_on_the_number_of_processes(adder):
    rows = [[each % 20 + 1, each, 0, 0] for each in range(25)]  # two chunks of work

    one, two = (evaluated(adder, rows, jobs=count) for count in (1, 2))

    assert one.to_json() == two.to_json()
    assert one.outputs.tobytes() == two.outputs.tobytes()


def test_an_input_that_faults_or_hangs_is_an_error_and_the_rest_count(adder):
    labels = np.array([0, 0, 0, 1])
    found = evaluated(adder, [[255, 0, 0, 0], [5, 0, 0, 0], [254, 0, 0, 0], [1, 9, 0, 0]], labels=labels)

    errors = [each.error for each in found.results]
    assert "0x60000000" in errors[0]
    assert "inference did not return within" in errors[2]
    assert [errors[1], errors[3]] == ["", ""]
    assert (2, 2, 1.0) == (found.failed_count, found.quality.compared_count, found.quality.value)
    assert found.results[0].cycles is None
    assert found.outputs[0].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "place",
    [{"input_symbol": "g_input+0"}, {"input_pointer": "g_address"}, {"input_symbol": "g_address->+0"}],
)
def test_inputs_go_where_an_offset_or_an_address_leads(adder, place):
    assert expected_outputs(ROWS) == evaluated(adder, ROWS, **place).outputs.tolist()


def test_inputs_may_begin_at_an_earlier_function(adder, four):
    found = evaluated(adder, ROWS, at="main", variables=START)

    # main's call of inference is the same; what main did before it is not measured
    assert four.outputs.tolist() == found.outputs.tolist()
    assert [each.cycles for each in four.results] == [each.cycles for each in found.results]


def test_a_pointer_to_nowhere_is_an_error_of_the_input(adder):
    variables = {**START, "g_address": (0x4000_0000).to_bytes(4, "little")}
    found = evaluated(adder, ROWS[:1], input_pointer="g_address", variables=variables)

    assert "no memory" in found.results[0].error


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"input_symbol": "g_inptu"}, UnknownNameError, "did you mean 'g_input'"),
        ({"input_symbol": "g_input+2"}, UsageError, "4 bytes do not fit"),
        ({"input_symbol": "g_input++"}, UsageError, "is no place"),
        ({"input_symbol": "main"}, UsageError, "is a function"),
        ({"output_pointer": "g_address"}, UsageError, "how long the output is"),
        ({"input_pointer": "g_address", "input_symbol": "g_input"}, UsageError, "a symbol and a pointer"),
        ({"at": "never"}, UnknownNameError, "never"),
        ({"labels": np.zeros(3, int)}, UsageError, "3 labels and 4 inputs"),
        ({"labels": np.full(4, 9)}, UsageError, "there is a label 9"),
        ({"labels": np.zeros(4, int), "metric": "f1"}, UsageError, "no metric 'f1'"),
        ({"metric": "accuracy"}, UsageError, "needs labels"),
        ({"settings": {"weights": "ram"}}, UsageError, "weights=ram"),
        ({"input_zero_point": 3}, UsageError, "a zero point and no scale"),
        ({"input_scale": -1.0}, UsageError, "above zero"),
    ],
)
def test_what_cannot_be_evaluated_says_why(adder, options, error, text):
    with pytest.raises(error) as raised:
        evaluated(adder, ROWS, **options)

    assert text in str(raised.value)


def test_inputs_that_fill_only_the_beginning_are_refused_unless_a_place_says_so(adder):
    """The firmware has no debug information, only the variable's size: 4 bytes."""
    with pytest.raises(UsageError, match="an input has 2 elements, 'g_input' 4"):
        evaluated(adder, [[3, 7]])

    assert (
        expected_outputs([[3, 7, 0, 0]])
        == evaluated(adder, [[3, 7]], input_symbol="g_input+0").outputs.tolist()
    )


def test_firmware_that_does_not_get_to_the_function_says_where_it_ended(adder):
    with pytest.raises(SnapshotError) as raised:
        evaluated(adder, ROWS, inference="Default_Handler")

    assert "never called Default_Handler" in str(raised.value)


def test_a_first_call_that_does_not_return_ends_the_evaluation(adder):
    """g_input[0] is 0 there: the loop goes around 2^32 times."""
    with pytest.raises(SnapshotError) as raised:
        evaluated(adder, ROWS, variables={}, max_cycles=1000)

    assert "did not return from its first call" in str(raised.value)


# --- the samples, against what TensorFlow Lite says of the same files (each folder's expected.json) ---


def sample_data(name):
    folder = SAMPLES / name
    return np.load(folder / "test_inputs.npy"), np.load(folder / "test_labels.npy")


def test_the_activity_sample_is_right_as_its_expected_json_says_and_costs_what_a_run_says():
    inputs, labels = sample_data("activity")
    found = mcusim.evaluate("activity", "nucleo_l4r5zi", inputs=inputs, labels=labels, jobs=2)
    run = mcusim.run("activity", "nucleo_l4r5zi")  # the first eight of these inputs

    assert (1.0, 40) == (found.quality.value, found.quality.correct_count)  # int8_accuracy_ratio
    printed = [line.split(":")[1] for line in run.console.splitlines() if line.startswith("output 0:")]
    assert [[int(word) for word in line.split()] for line in printed] == found.outputs[:8].tolist()
    # the caches are warm in all of these; the run's first call found them cold
    energy_per_cycle = found.mean_energy_j.value / found.cycles.mean
    assert energy_per_cycle == pytest.approx(run.inference.energy_j.value / run.inference.cycles, rel=1e-3)
    assert found.cycles.mean == pytest.approx(run.inference.cycles, rel=1e-3)


def test_an_rtos_task_is_evaluated_while_its_tick_interrupts_it():
    inputs, labels = sample_data("activity")
    found = mcusim.evaluate(
        "rtos_activity", "nucleo_l4r5zi", inputs=inputs[:4], labels=labels[:4], inference="mcusim_infer"
    )

    assert found.quality.value == 1.0
