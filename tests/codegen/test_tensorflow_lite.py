"""Reading model files: what is in them, and that damage ends in a message."""

from __future__ import annotations

import math
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcusim.codegen.graph import ElementType
from mcusim.codegen.lower.call import Target, UnsupportedOperatorError
from mcusim.codegen.lower.registry import lowered
from mcusim.codegen.tensorflow_lite import ModelFileError, parse_model, read_model
from tests.codegen.tflite_factory import Op, T, model


def dense(weights_element="int8"):
    """One fully connected layer."""
    weights = np.arange(8, dtype=np.int8).reshape(2, 4)
    return model(
        [
            T((1, 4), "int8", 0.1, 3, name="in"),
            T((2, 4), weights_element, [0.05, 0.25], 0, axis=0, data=weights),
            T((2,), "int32", 0.005, 0, data=np.array([100, -50], np.int32)),
            T((1, 2), "int8", 0.1, -4, name="out;fused"),
        ],
        [Op("FULLY_CONNECTED", [0, 1, 2], [3], ("FullyConnectedOptions", {"FusedActivationFunction": 1}))],
        [0],
        [3],
    )


def test_a_graph_has_the_tensors_operators_and_options_of_its_file():
    graph = parse_model(dense(), "dense")

    assert [(1, 4), (2, 4), (2,), (1, 2)] == [each.shape for each in graph.tensors]
    assert ElementType.INT8 is graph.tensors[1].element
    assert (float(np.float32(0.05)), 0.25) == graph.tensors[1].quantization.scales
    assert [100, -50] == graph.tensors[2].values.tolist()
    assert "out" == graph.tensors[3].name
    (operator,) = graph.operators
    assert ("FULLY_CONNECTED", (0, 1, 2), (3,)) == (operator.name, operator.inputs, operator.outputs)
    assert "RELU" == operator.options["fused_activation_function"]
    assert operator.options["keep_num_dims"] is False or operator.options["keep_num_dims"] == 0


def test_four_bit_weights_are_unpacked_low_half_first():
    packed = np.array([0x21, 0x8F], np.uint8)
    data = model(
        [T((1, 4), "int4", 0.1, 0, data=packed), T((1, 4)), T((1, 4))], [Op("ADD", [1, 0], [2])], [1], [2]
    )

    assert [1, 2, -1, -8] == parse_model(data, "packed").tensors[0].values.reshape(-1).tolist()


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "net.tflite").write_bytes(b"")

    with pytest.raises(ModelFileError, match="the model 'net' is empty"):
        read_model(tmp_path / "net.tflite")


def test_a_file_of_another_kind_is_named_by_its_first_bytes(tmp_path):
    (tmp_path / "net.tflite").write_bytes(b"\x7fELF\x01\x01\x01\x00more")

    with pytest.raises(ModelFileError, match="not a TensorFlow Lite model"):
        read_model(tmp_path / "net.tflite")


def test_a_missing_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(ModelFileError, match=r"cannot read the model 'gone\.tflite'"):
        read_model(tmp_path / "gone.tflite")


def test_a_tensor_without_a_fixed_shape_is_refused():
    data = model([T((1, 4)), T((0, 4), name="dyn")], [Op("RELU", [0], [1])], [0], [1])

    with pytest.raises(ModelFileError, match="cannot be built ahead of time") as caught:
        parse_model(data, "net")

    assert "'dyn' has no fixed shape" in str(caught.value)


def test_elements_that_no_kernel_takes_are_named_by_their_type():
    data = model(
        [T((1, 4), "float16", name="half"), T((1, 4), "float32")], [Op("DEQUANTIZE", [0], [1])], [0], [1]
    )

    with pytest.raises(ModelFileError, match="cannot be built ahead of time") as caught:
        parse_model(data, "net")

    assert "tensor 'half' has float16 elements" in str(caught.value)
    assert "without float16 weights" in str(caught.value)


@pytest.mark.parametrize(
    ("operators", "inputs", "outputs", "why"),
    [
        ([Op("RELU", [0], [1])], [], [1], "it has no input"),
        ([Op("RELU", [0], [1])], [0], [], "it has no output"),
        ([Op("RELU", [0], [1])], [3], [1], "its input 'weights' is a constant or a variable"),
        ([Op("RELU", [0], [1])], [0], [2], "nothing computes its output 'c'"),
        ([Op("RELU", [1], [2]), Op("RELU", [0], [1])], [0], [2], "operator 0 (RELU) reads 'b'"),
    ],
)
def test_a_graph_whose_parts_do_not_join_is_refused(operators, inputs, outputs, why):
    tensors = [T((1, 4), name="a"), T((1, 4), name="b"), T((1, 4), name="c")]
    tensors.append(T((1, 4), name="weights", data=np.zeros(4, np.int8)))

    with pytest.raises(ModelFileError, match="cannot be built ahead of time") as caught:
        parse_model(model(tensors, operators, inputs, outputs), "net")

    assert why in str(caught.value)


CONV = ("Conv2DOptions", {"StrideW": 1, "StrideH": 1, "DilationWFactor": 1, "DilationHFactor": 1})
WITHOUT_STRIDE = ("Conv2DOptions", {"DilationWFactor": 1, "DilationHFactor": 1})
IMAGE = (1, 5, 5, 2)


@pytest.mark.parametrize("element", ["int8", "float32"])
@pytest.mark.parametrize(
    ("operation", "shapes", "why"),
    [
        (("CONV_2D", CONV), (IMAGE, (4, 3, 3, 2), (1, 9, 5, 4)), "5 pixels give 5 windows, its output has 9"),
        (("CONV_2D", CONV), (IMAGE, (4, 3, 3, 2), (1, 5, 4, 4)), "5 pixels give 5 windows, its output has 4"),
        (("CONV_2D", CONV), (IMAGE, (4, 3, 3, 2), (2, 5, 5, 4)), "it makes 2 images of 1"),
        (("CONV_2D", WITHOUT_STRIDE), (IMAGE, (4, 3, 3, 2), (1, 5, 5, 4)), "a window of 3 with stride 0"),
        (("FULLY_CONNECTED", None), ((1, 4), (3, 4), (1, 9)), "it gives 3 results, its output has 9"),
    ],
)
def test_an_output_of_another_size_than_the_operator_gives_is_refused(element, operation, shapes, why):
    (name, options), (image, weights, output) = operation, shapes
    tensors = [
        T(image, element, 0.1),
        T(weights, element, 0.1, data=np.zeros(weights, element)),
        T(output, element, 0.1),
    ]
    graph = parse_model(model(tensors, [Op(name, [0, 1], [2], options)], [0], [2]), "net")

    with pytest.raises(UnsupportedOperatorError) as caught:
        lowered(graph, Target(has_dsp=True, has_fpu=True))

    assert why in str(caught.value)


def test_a_table_of_another_size_than_its_output_is_refused():
    data = model([T((1, 4), "int8", 0.1), T((1, 50), "int8", 0.1)], [Op("RELU", [0], [1])], [0], [1])

    with pytest.raises(UnsupportedOperatorError, match=r"operator 0 \(RELU\)"):
        lowered(parse_model(data, "net"), Target(has_dsp=True, has_fpu=True))


def test_an_operator_without_an_output_is_damage():
    data = model([T((1, 4)), T((1, 4))], [Op("RELU", [0], [-1])], [0], [1])

    with pytest.raises(ModelFileError, match="is damaged"):
        parse_model(data, "net")


@pytest.mark.parametrize(
    ("weights", "output_scale"),
    [
        pytest.param(T((4,), "int8", 0.1, data=np.zeros(4, np.int8)), 0.1, id="too few dimensions"),
        pytest.param(T((2, 4), "int8", 0.1, data=np.zeros(9, np.int8)), 0.1, id="data of another size"),
        pytest.param(
            T((2, 4), "int8", math.nan, data=np.zeros(8, np.int8)), 0.1, id="a scale that is no number"
        ),
        pytest.param(T((2, 4), "int8", 0.1, data=np.zeros(8, np.int8)), 0.0, id="an output scale of zero"),
    ],
)
def test_an_operator_that_contradicts_itself_is_named(weights, output_scale):
    tensors = [T((1, 4), "int8", 0.1), weights, T((1, 2), "int8", output_scale)]
    graph = parse_model(model(tensors, [Op("FULLY_CONNECTED", [0, 1], [2])], [0], [2]), "net")

    with pytest.raises(UnsupportedOperatorError, match=r"operator 0 \(FULLY_CONNECTED\)") as caught:
        lowered(graph, Target(has_dsp=True, has_fpu=True))

    assert "contradict each other" in str(caught.value)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_bytes_give_a_graph_or_a_model_file_error(data):
    whole = bytearray(dense())
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(9, len(whole)))

    with suppress(ModelFileError):
        assert parse_model(bytes(whole[:cut]), "damaged").tensors
