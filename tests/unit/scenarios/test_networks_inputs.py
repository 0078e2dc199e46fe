"""What a file of test inputs means to networks that take different numbers."""

from __future__ import annotations

import numpy as np
import pytest

from mcusim.codegen.inputs import InputFileError
from mcusim.codegen.tensorflow_lite import parse_model
from mcusim.errors import UsageError
from mcusim.scenarios.networks_inputs import (
    Examples,
    given_to,
    load_inputs,
    load_labels,
    meaning_of,
    predicted_of,
    why_no_accuracy,
)
from tests.codegen.tflite_factory import Op, T, model


def network(element: str = "int8", scale: float | None = 0.5, zero_point: int = 3, size: int = 4):
    """A network whose input is of that kind."""
    scaled = {"scale": scale, "zero_point": zero_point} if scale else {}
    tensors = [T((1, size), element, **scaled), T((1, size), element, **scaled)]
    return parse_model(model(tensors, [Op("RELU", [0], [1])], [0], [1]), "net")


def values(given, dtype):
    return [np.frombuffer(each, dtype).tolist() for each in given.data]


REAL = np.array([[0.0, 0.5, -1.0, 100.0], [0.2, 0.3, 0.74, -100.0]], "float32")


def test_real_values_go_to_a_float_network_as_they_are():
    given = given_to(Examples(REAL, None), network("float32", None))

    assert REAL.tolist() == values(given, "float32")
    assert "" == given.how


def test_real_values_are_quantised_as_each_network_says():
    """By hand: value / 0.5 + 3, to the nearest, within int8."""
    given = given_to(Examples(REAL, None), network())

    assert [[3, 4, 1, 127], [3, 4, 4, -128]] == values(given, "int8")
    assert "integers that mean 0.5 * (value - 3)" == given.how


def test_integers_mean_what_the_networks_that_take_them_say():
    integers = np.array([[3, 5, -128, 127]], "int8")
    graphs = [("a", network("float32", None)), ("b", network())]
    examples = Examples(integers, None, meaning_of(integers, graphs))

    to_float, to_same, to_other = (
        given_to(examples, each) for each in (graphs[0][1], graphs[1][1], network("int16", 0.25, 0))
    )

    assert [[0.0, 1.0, -65.5, 62.0]] == values(to_float, "float32")  # 0.5 * (value - 3)
    assert integers.tolist() == values(to_same, "int8")
    assert [[0, 4, -262, 248]] == values(to_other, "int16")  # the real values by 0.25


def test_networks_that_take_the_same_integers_for_different_values_cannot_share_them():
    graphs = [("one", network()), ("two", network(zero_point=-128))]

    with pytest.raises(UsageError, match="'one' and 'two' take int8") as raised:
        meaning_of(np.zeros((1, 4), "int8"), graphs)

    assert "two: 0.5 * (value + 128)" in raised.value.why


def test_integers_that_no_network_takes_have_no_meaning():
    with pytest.raises(UsageError, match="none of the networks takes"):
        meaning_of(np.zeros((1, 4), "uint8"), [("net", network())])


def test_inputs_of_another_shape_are_refused():
    with pytest.raises(InputFileError, match=r"takes int8 \[1, 4\], the file has rows of the shape \[5\]"):
        given_to(Examples(np.zeros((2, 5), "float32"), None), network())


def test_the_largest_output_counts_and_of_equal_ones_the_first():
    tensor = network().tensors[1]

    assert (2, 1) == predicted_of([bytes([0, 1, 2, 0x80]), bytes([0, 5, 5, 5])], tensor)  # 0x80 is -128


def test_labels_beyond_the_outputs_and_single_outputs_give_no_accuracy():
    assert "" == why_no_accuracy(network().tensors[1], np.array([0, 3]))
    assert "a label 4, and the network has 4 outputs" in why_no_accuracy(
        network().tensors[1], np.array([3, 4])
    )
    assert "single output" in why_no_accuracy(network(size=1).tensors[1], np.array([0]))


def test_the_first_inputs_can_be_taken_alone(tmp_path):
    np.save(tmp_path / "x.npy", REAL)
    np.save(tmp_path / "y.npy", np.array([[7], [8]]))

    assert REAL[:1].tolist() == load_inputs(tmp_path / "x.npy", 1).tolist()
    assert [7] == load_labels(tmp_path / "y.npy", tmp_path / "x.npy", 1).tolist()
    assert [7, 8] == load_labels(tmp_path / "y.npy", tmp_path / "x.npy", None).tolist()
    with pytest.raises(InputFileError, match="for 2 inferences, not for 3"):
        load_inputs(tmp_path / "x.npy", 3)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.array([0, 1, 2]), "has the shape .3., 'x.npy' has 2 inputs"),
        (np.array([[0, 1], [1, 0]]), "has the shape .2, 2."),
        (np.array([0.0, 1.0]), "float64, not integers"),
        (np.array([0, -1]), "has the label -1"),
    ],
)
def test_labels_that_are_none_are_refused(tmp_path, labels, message):
    np.save(tmp_path / "x.npy", REAL)
    np.save(tmp_path / "y.npy", labels)

    with pytest.raises(InputFileError, match=message):
        load_labels(tmp_path / "y.npy", tmp_path / "x.npy", None)


@pytest.mark.parametrize("content", [b"", b"no array", b"\x93NUMPY\x01\x00"])
def test_a_file_that_is_no_array_is_refused(tmp_path, content):
    (tmp_path / "x.npy").write_bytes(content)

    with pytest.raises(InputFileError, match=r"cannot read the inputs 'x\.npy'"):
        load_inputs(tmp_path / "x.npy", None)


@pytest.mark.parametrize("array", [np.array(1.0), np.zeros((0, 4)), np.array(["a"]), np.array([1j])])
def test_an_array_that_holds_no_inputs_is_refused(tmp_path, array):
    np.save(tmp_path / "x.npy", array)

    with pytest.raises(InputFileError, match="of the shape"):
        load_inputs(tmp_path / "x.npy", None)
