"""The table of layers that generated firmware carries: read from the ELF, shown in the report, harmless if damaged."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcusim.analysis.layer_names import with_model
from mcusim.codegen.emit import LAYERS_SECTION as WRITTEN_SECTION
from mcusim.firmware.elf import LAYERS_SECTION, read_elf
from mcusim.firmware.load import load_firmware
from mcusim.firmware.models import Model, ModelLayer, find_models
from mcusim.firmware.models.layer_table import read_layer_table
from mcusim.firmware.models.model import DamagedModelError
from mcusim.report.network import LayerCost
from tests.elf_factory import firmware_bytes

ROW = {
    "index": 3,
    "operator": "CONV_2D",
    "name": "block/conv;block/Relu",
    "function": "layer_3_conv_2d",
    "inputs": [[1, 8, 8, 2], [4, 3, 3, 2], [4]],
    "outputs": [[1, 8, 8, 4]],
    "macs": 4608,
}
LAYER = ModelLayer(
    "CONV_2D",
    "block/conv",
    ((1, 8, 8, 2), (4, 3, 3, 2), (4,)),
    ((1, 8, 8, 4),),
    4608,
    "layer_3_conv_2d",
)


def table(*rows) -> bytes:
    return json.dumps({"model": "net", "layers": rows}).encode()


def elf_with(data: bytes, name: str = LAYERS_SECTION) -> bytes:
    return firmware_bytes(extra_sections=((name, data),))


def test_reader_and_writer_mean_the_same_section():
    assert WRITTEN_SECTION == LAYERS_SECTION


def test_a_layer_has_its_function_shapes_and_multiplications():
    assert Model("net", (LAYER,)) == read_layer_table(table(ROW))


def test_the_table_is_found_in_an_elf_whatever_the_runtime(tmp_path):
    image = read_elf(tmp_path / "fw.elf", elf_with(table(ROW)))

    assert (Model("net", (LAYER,)),) == find_models(image, "mcusim kernels") == find_models(image, "")


def test_a_hex_file_gets_the_table_with_its_symbols(tmp_path):
    data = elf_with(table(ROW))
    (tmp_path / "fw.elf").write_bytes(data)
    image = read_elf(tmp_path / "fw.elf", data)
    segment = next(each for each in image.segments if each.is_executable)
    (tmp_path / "fw.bin").write_bytes(segment.data)

    raw = load_firmware(tmp_path / "fw.bin", segment.addr, tmp_path / "fw.elf")

    assert table(ROW) == raw.layer_table


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"model": "net"}',
        b'{"model": 1, "layers": []}',
        b'{"model": "net", "layers": [1]}',
        table(ROW | {"macs": -1}),
        table(ROW | {"macs": True}),
        table(ROW | {"macs": 1.5}),
        table(ROW | {"inputs": None}),
        table(ROW | {"inputs": [[1, -2]]}),
        table(ROW | {"outputs": [[1] * 9]}),
        table(ROW | {"outputs": [[1 << 20, 1 << 20]]}),
        table(ROW | {"function": ""}),
        table({key: value for key, value in ROW.items() if key != "operator"}),
    ],
)
def test_a_damaged_table_is_no_table(tmp_path, data):
    with pytest.raises(DamagedModelError):
        read_layer_table(data)
    assert () == find_models(read_elf(tmp_path / "fw.elf", elf_with(data)), "")


@given(st.binary(max_size=300), st.integers(0, 200))
def test_damage_anywhere_never_upsets_the_reader(noise, place):
    whole = table(ROW)
    damaged = whole[:place] + noise + whole[place + len(noise) :]
    try:
        read_layer_table(damaged)
    except DamagedModelError:
        return


def test_unprintable_characters_are_left_out_of_names():
    (layer,) = read_layer_table(table(ROW | {"name": "a\x1b[31mb"})).layers

    assert "a[31mb" == layer.name


# --- in the report ---


def cost(index: int, function: str) -> LayerCost:
    return LayerCost(index, "layer", "", function, "", "", 1, 10, 0.5, None)


def test_layers_are_told_by_their_functions_also_where_some_did_not_run():
    first = replace(LAYER, operator="QUANTIZE", name="q", function="layer_0_quantize")
    last = replace(LAYER, operator="SOFTMAX", name="s", function="layer_9_softmax")
    rows = (cost(0, "layer_0_quantize"), cost(1, "layer_9_softmax"), cost(2, "user_code"))

    named, model = with_model(rows, [Model("net", (first, LAYER, last))])

    assert ("net", ["QUANTIZE", "SOFTMAX", ""]) == (model, [each.operator for each in named])
    assert ["q", "s", "user_code"] == [each.name for each in named]
    assert 4608 == named[1].macs_count


def test_a_table_of_other_functions_says_nothing():
    rows = (cost(0, "conv"),)

    assert (rows, "") == with_model(rows, [Model("net", (LAYER,))])
