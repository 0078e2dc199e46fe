"""What a network is given: files of the user's own data, and patterns; what does not fit is refused with numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcusim.codegen.graph import ElementType, Graph, Operator, Quantization, Tensor
from mcusim.codegen.inputs import InputFileError, input_data
from mcusim.codegen.request import Inputs, Pattern
from mcusim.errors import UsageError


def tensor(shape, element=ElementType.INT8, index=0, scale=None):
    quantization = Quantization((scale,), (-3,)) if scale else None
    return Tensor(index, f"t{index}", shape, element, quantization)


def graph(*tensors):
    return Graph("net", tensors, (), tuple(each.index for each in tensors), ())


IMAGE = graph(tensor((1, 4, 4, 2), scale=0.5))


def saved(tmp_path, array, name="x.npy"):
    np.save(tmp_path / name, array)
    return tmp_path / name


def npy(shape):
    """The header of an array of bytes, whatever its shape is said to be; no data."""
    text = f"{{'descr': '|i1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text


def values(data, dtype="int8"):
    return [np.frombuffer(run[0], dtype).tolist() for run in data]


# --- patterns ---


def test_a_pattern_is_one_inference_unless_more_are_asked_for():
    assert 1 == len(input_data(Inputs(pattern=Pattern.ZEROS), IMAGE))
    assert [[0] * 32] * 3 == values(input_data(Inputs(pattern=Pattern.ZEROS, count=3), IMAGE))


def test_a_ramp_goes_through_all_values_of_the_type_and_on_from_inference_to_inference():
    small = graph(tensor((1, 3)))

    assert [[-128, -127, -126], [-125, -124, -123]] == values(
        input_data(Inputs(pattern=Pattern.RAMP, count=2), small)
    )


def test_a_ramp_of_floats_is_between_minus_one_and_one():
    floats = graph(tensor((1, 256), ElementType.FLOAT32))
    ((ramp,),) = input_data(Inputs(pattern=Pattern.RAMP), floats)
    found = np.frombuffer(ramp, "<f4")

    assert (-1.0, 0.0, 1 - 1 / 128) == (found[0], found[128], found[255])


def test_random_inputs_depend_on_the_seed_alone():
    one, same, other = (input_data(Inputs(seed=seed, count=2), IMAGE) for seed in (7, 7, 8))

    assert one == same
    assert one != other
    assert one[0] != one[1]


def test_random_numbers_stay_what_they_are():
    """numpy freezes the numbers of RandomState (NEP 19): reports made with random inputs can be made again."""
    expected = np.random.RandomState(0).randint(-128, 128, (1, 32)).astype("int8").tolist()

    assert expected == values(input_data(Inputs(), IMAGE))
    assert [44, -81, -11, 64] == expected[0][:4]


def test_random_bytes_have_the_whole_range_of_their_type():
    many = graph(tensor((1, 5000), ElementType.UINT8))
    (found,) = values(input_data(Inputs(), many), "uint8")

    assert (0, 255) == (min(found), max(found))


def test_row_numbers_stay_inside_the_table_that_they_look_up():
    tokens = tensor((1, 1000), ElementType.INT32)
    table = Tensor(1, "table", (12, 4), ElementType.INT8, None, bytes(48))
    result = tensor((1, 1000, 4), index=2)
    gather = Operator(0, "GATHER", (1, 0), (2,), {"axis": 0})
    net = Graph("net", (tokens, table, result), (gather,), (0,), (2,))

    for pattern in (Pattern.RAMP, Pattern.RANDOM):
        (found,) = values(input_data(Inputs(pattern=pattern), net), "int32")
        assert set(range(12)) == set(found)


# --- files ---


@pytest.mark.parametrize(
    ("shape", "count"),
    [((1, 4, 4, 2), 1), ((4, 4, 2), 1), ((3, 4, 4, 2), 3), ((3, 1, 4, 4, 2), 3), ((1, 1, 4, 4, 2), 1)],
)
def test_an_array_is_one_inference_or_a_row_of_them(tmp_path, shape, count):
    array = np.arange(np.prod(shape), dtype="int8").reshape(shape)

    data = input_data(Inputs(path=saved(tmp_path, array)), IMAGE)

    assert array.reshape(count, -1).tolist() == values(data)


def test_an_array_in_columns_is_read_in_rows(tmp_path):
    array = np.asfortranarray(np.arange(64, dtype="int8").reshape(2, 4, 4, 2))

    assert [list(range(32)), list(range(32, 64))] == values(
        input_data(Inputs(path=saved(tmp_path, array)), IMAGE)
    )


def test_the_first_inferences_are_taken_where_fewer_are_asked_for(tmp_path):
    path = saved(tmp_path, np.arange(96, dtype="int8").reshape(3, 4, 4, 2))

    assert [list(range(32))] == values(input_data(Inputs(path=path, count=1), IMAGE))


def test_raw_bytes_are_all_inputs_of_each_inference_one_after_the_other(tmp_path):
    two = graph(tensor((1, 2)), tensor((1, 1), ElementType.FLOAT32, 1))
    path = tmp_path / "x.bin"
    path.write_bytes(bytes(range(12)))

    assert ((b"\0\1", b"\2\3\4\5"), (b"\6\7", b"\x08\x09\x0a\x0b")) == input_data(Inputs(path=path), two)


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros((4, 4), "int8"), ["[4, 4] (16 elements)", "int8 [1, 4, 4, 2] (32 elements)"]),
        (np.zeros((2, 5, 4, 2), "int8"), ["[2, 5, 4, 2]", "[N, 4, 4, 2] for N"]),
        (np.zeros((0, 4, 4, 2), "int8"), ["(0 elements)"]),
        (np.zeros((), "int8"), ["[] (1 elements)"]),
        (
            np.zeros((1, 4, 4, 2), "uint8"),
            ["holds uint8, the network takes int8", "save it as int8", "- 128"],
        ),
        (np.zeros((1, 4, 4, 2), "float32"), ["np.round(x / 0.5 + -3)", ".astype('int8')"]),
        (np.zeros((1, 4, 4, 2), "complex64"), ["holds complex64"]),
    ],
)
def test_an_array_of_another_shape_or_type_is_refused_with_both(tmp_path, array, words):
    with pytest.raises(InputFileError) as caught:
        input_data(Inputs(path=saved(tmp_path, array)), IMAGE)

    for each in words:
        assert each in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.npy", b"", ["it is no .npy file"]),
        ("x.npy", b"\x93NUMPY\1\0", ["it is no .npy file"]),
        ("x.npy", b"something else", ["it is no .npy file"]),
        ("x.npy", b"PK\3\4 but no archive", ["it is no .npy file"]),
        ("x.npy", npy("(((("), ["it is no .npy file"]),
        ("x.npy", npy(f"({1 << 50},)"), ["its array is larger than this machine's memory"]),
        ("x.bin", b"", ["has 0 bytes, one inference takes 32"]),
        ("x.bin", bytes(33), ["has 33 bytes, one inference takes 32", "int8 [1, 4, 4, 2]"]),
    ],
)
def test_a_file_that_is_damaged_or_too_short_is_refused(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(InputFileError) as caught:
        input_data(Inputs(path=path), IMAGE)

    for each in words:
        assert each in str(caught.value)


def test_an_archive_of_arrays_is_called_that(tmp_path):
    with (tmp_path / "x.npy").open("wb") as file:
        np.savez(file, a=np.zeros(32, np.int8))

    with pytest.raises(InputFileError, match=r"archive of several arrays"):
        input_data(Inputs(path=tmp_path / "x.npy"), IMAGE)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this machine has no endless file")
def test_a_device_is_not_read_to_its_end(tmp_path):
    with pytest.raises(InputFileError, match="it is no regular file"):
        input_data(Inputs(path=Path("/dev/zero")), IMAGE)


def test_an_array_of_objects_is_not_unpickled(tmp_path):
    with pytest.raises(InputFileError, match=r"no \.npy file"):
        input_data(Inputs(path=saved(tmp_path, np.array([{}], dtype=object))), IMAGE)


@pytest.mark.parametrize("name", ["lost.npy", "lost.bin", "."])
def test_a_file_that_is_not_there_is_refused(tmp_path, name):
    with pytest.raises(InputFileError, match="cannot read the inputs"):
        input_data(Inputs(path=tmp_path / name), IMAGE)


def test_more_inferences_than_the_file_has_are_refused(tmp_path):
    path = saved(tmp_path, np.zeros((3, 4, 4, 2), "int8"))

    with pytest.raises(InputFileError, match="inputs for 3 inferences, not for 4"):
        input_data(Inputs(path=path, count=4), IMAGE)


def test_an_array_for_several_inputs_is_refused_with_what_a_bin_file_must_hold(tmp_path):
    two = graph(tensor((1, 2)), tensor((1, 1), ElementType.FLOAT32, 1))

    with pytest.raises(InputFileError, match=r"int8 \[1, 2\], float32 \[1, 1\]"):
        input_data(Inputs(path=saved(tmp_path, np.zeros(2, "int8"))), two)


@pytest.mark.parametrize("count", [0, -1, 100_001])
def test_a_number_of_inferences_that_makes_no_sense_is_refused(count):
    with pytest.raises(UsageError, match="between 1 and 100000"):
        Inputs(count=count)
