"""Models found in a firmware's data: what they say of their layers, and that no damage upsets the readers."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import flatbuffers
import pytest
import tflite
from hypothesis import given, settings
from hypothesis import strategies as st

from mcusim.firmware.image import Image, Segment, SymbolKind
from mcusim.firmware.models import Model, ModelLayer, find_models
from tests.unit.firmware.test_symbols import symbol

START = 0x0800_0000
OBJECT = SymbolKind.OBJECT
TFLM, EXECUTORCH, TINYMAIX = "TensorFlow Lite Micro", "ExecuTorch", "TinyMaix"


def image_of(data: bytes, *symbols, addr: int = START) -> Image:
    segment = Segment(addr, addr, data, len(data), True, False)
    return Image(Path("f.elf"), "", "", 0, 0, 0, 0, (segment,), (), symbols)


def layers_in(data: bytes, runtime: str = "") -> tuple[ModelLayer, ...]:
    (model,) = find_models(image_of(data), runtime)
    return model.layers


# --- TensorFlow Lite ---


@dataclass
class Tensor:
    name: str
    shape: tuple[int, ...]
    is_constant: bool = False


@dataclass
class Operator:
    code: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


def vector(builder, offsets):
    builder.StartVector(4, len(offsets), 4)
    for each in reversed(offsets):
        builder.PrependUOffsetTRelative(each)
    return builder.EndVector()


def integers(builder, values):
    builder.StartVector(4, len(values), 4)
    for each in reversed(values):
        builder.PrependInt32(each)
    return builder.EndVector()


def tflite_code(builder, number, custom=""):
    name = builder.CreateString(custom) if custom else None
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(number, 127))
    tflite.OperatorCodeAddBuiltinCode(builder, number)
    if name is not None:
        tflite.OperatorCodeAddCustomCode(builder, name)
    return tflite.OperatorCodeEnd(builder)


def tflite_graph(builder, tensors, operators, codes):
    tensor_offsets = []
    for each in tensors:
        name, shape = builder.CreateString(each.name), integers(builder, each.shape)
        tflite.TensorStart(builder)
        tflite.TensorAddShape(builder, shape)
        tflite.TensorAddName(builder, name)
        tflite.TensorAddBuffer(builder, int(each.is_constant))
        tensor_offsets.append(tflite.TensorEnd(builder))
    operator_offsets = []
    for each in operators:
        inputs, outputs = integers(builder, each.inputs), integers(builder, each.outputs)
        tflite.OperatorStart(builder)
        tflite.OperatorAddOpcodeIndex(builder, codes.index(each.code))
        tflite.OperatorAddInputs(builder, inputs)
        tflite.OperatorAddOutputs(builder, outputs)
        operator_offsets.append(tflite.OperatorEnd(builder))
    tensor_vector, operator_vector = vector(builder, tensor_offsets), vector(builder, operator_offsets)
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, tensor_vector)
    tflite.SubGraphAddOperators(builder, operator_vector)
    return tflite.SubGraphEnd(builder)


def tflite_model(tensors, operators, custom: str = "") -> bytes:
    """A model with one buffer for activations (empty) and one for constants."""
    builder = flatbuffers.Builder(0)
    buffers = []
    for content in (b"", bytes(4)):
        data = builder.CreateByteVector(content)
        tflite.BufferStart(builder)
        tflite.BufferAddData(builder, data)
        buffers.append(tflite.BufferEnd(builder))
    codes = sorted({each.code for each in operators})
    code_vector = vector(builder, [tflite_code(builder, each, custom) for each in codes])
    graphs = vector(builder, [tflite_graph(builder, tensors, operators, codes)])
    buffer_vector = vector(builder, buffers)
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddOperatorCodes(builder, code_vector)
    tflite.ModelAddSubgraphs(builder, graphs)
    tflite.ModelAddBuffers(builder, buffer_vector)
    builder.Finish(tflite.ModelEnd(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


CONV = tflite_model(
    [
        Tensor("weights", (8, 3, 3, 2), is_constant=True),
        Tensor("image", (1, 10, 10, 2)),
        Tensor("bias", (8,), is_constant=True),
        Tensor("net/Relu;net/Conv2D;net/BiasAdd", (1, 5, 5, 8)),
        Tensor("net/Softmax", (1, 200)),
    ],
    [
        Operator(tflite.BuiltinOperator.CONV_2D, (1, 0, 2), (3,)),
        Operator(tflite.BuiltinOperator.RESHAPE, (3, -1), (4,)),
    ],
)
CONV_LAYERS = (
    # 5 * 5 * 8 results of 3 * 3 * 2 products each
    ModelLayer("CONV_2D", "net/Relu", ((1, 10, 10, 2), (8, 3, 3, 2), (8,)), ((1, 5, 5, 8),), 3600),
    ModelLayer("RESHAPE", "net/Softmax", ((1, 5, 5, 8),), ((1, 200),), None),
)


def test_a_tensorflow_lite_model_tells_its_operators_shapes_and_multiplications():
    """Activations come before constants, whatever the order of the operands."""
    assert CONV_LAYERS == layers_in(CONV, TFLM)


def test_a_model_is_named_by_its_variable_by_a_label_or_by_its_address():
    data = bytes(64) + CONV
    variable = symbol("g_model", 64, len(CONV), OBJECT)
    label = symbol("_binary_model_tflite_start", 64, 0, SymbolKind.LABEL)
    mapping = symbol("$d", 64, 0, SymbolKind.LABEL)

    named = find_models(image_of(data, mapping, label, variable), TFLM)
    labelled, nameless = (find_models(image_of(data, *each), TFLM) for each in ((mapping, label), (mapping,)))

    assert (Model("g_model", CONV_LAYERS, START + 64, len(CONV)),) == named
    assert ["_binary_model_tflite_start", "0x08000040"] == [each.name for each in (*labelled, *nameless)]
    assert CONV_LAYERS == labelled[0].layers == nameless[0].layers


def test_a_nameless_model_reaches_to_the_end_of_its_last_weights():
    """The builder writes back to front: the buffers, which come first in `tflite_model`, are at the file's end."""
    (found,) = find_models(image_of(CONV + bytes(range(100))), TFLM)

    assert START == found.addr
    assert len(CONV) - 8 <= found.size_bytes <= len(CONV)


def test_several_models_are_all_found_by_address():
    data = CONV + b"some text with TFL3 in it" + bytes(7) + CONV

    assert ["0x08000000", f"0x{START + len(data) - len(CONV):08x}"] == [
        each.name for each in find_models(image_of(data), TFLM)
    ]


def test_a_custom_operator_has_its_own_name():
    custom = tflite_model(
        [Tensor("in", (1, 4)), Tensor("out", (1, 4))],
        [Operator(tflite.BuiltinOperator.CUSTOM, (0,), (1,))],
        "SignalFramer",
    )

    assert ["SignalFramer"] == [each.operator for each in layers_in(custom)]


def test_an_operator_beyond_the_old_field_of_eight_bits_is_named():
    """BROADCAST_TO is number 130; the deprecated field says 127 (schema.fbs, OperatorCode)."""
    model = tflite_model(
        [Tensor("in", (1,)), Tensor("out", (4,))],
        [Operator(tflite.BuiltinOperator.BROADCAST_TO, (0,), (1,))],
    )

    assert ["BROADCAST_TO"] == [each.operator for each in layers_in(model)]


def test_a_model_cut_short_is_none():
    assert find_models(image_of(CONV[: len(CONV) // 2]), TFLM) == ()
    assert find_models(image_of(CONV, symbol("g_model", 0, len(CONV) // 2, OBJECT)), TFLM) == ()


def test_code_that_checks_the_mark_is_no_model():
    assert find_models(image_of(b"\x12\x34\x56\x78TFL3 is the mark" + bytes(40)), TFLM) == ()


def test_a_runtime_without_models_gives_none_and_an_unknown_one_gives_those_of_any_format():
    assert find_models(image_of(CONV), "NNoM") == ()
    assert find_models(image_of(CONV), "ExecuTorch") == ()
    assert layers_in(CONV, "") == CONV_LAYERS
    assert layers_in(CONV, "MLPerf Tiny harness") == CONV_LAYERS


# --- TinyMaix ---


def tinymaix_layer(kind: int, in_dims, out_dims, body: bytes = b"", more: int = 0) -> bytes:
    """tml_head_t (48 bytes) and what follows; sizes are multiples of 8 (include/tinymaix.h)."""
    size = 48 + len(body) + more
    head = struct.pack("<HHIII4H4Hfifi", kind, 0, size, 0, 0, *in_dims, *out_dims, 0.5, -128, 0.5, -128)
    return head + body + bytes(more)


def tinymaix_conv(kind: int, in_dims, out_dims) -> bytes:
    """A 3 x 2 kernel (width first), stride 2, 16 bytes of weights and scales."""
    body = struct.pack("<BBBBBBH4BIIIII", 3, 2, 2, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0, 96, 96, 96)
    return tinymaix_layer(kind, in_dims, out_dims, body, 16)


def tinymaix_model(*layers: bytes) -> bytes:
    header = struct.pack("<4sBBHHHII4H4H28x", b"MAIX", 0, 1, 1, 1, len(layers), 1464, 0, *([0] * 8))
    return header + b"".join(layers)


MAIX = tinymaix_model(
    tinymaix_conv(0, (3, 28, 28, 2), (3, 13, 13, 4)),
    tinymaix_conv(5, (3, 13, 13, 4), (3, 6, 6, 4)),
    tinymaix_layer(1, (3, 6, 6, 4), (1, 1, 1, 4)),
    tinymaix_layer(2, (1, 1, 1, 4), (1, 1, 1, 10), bytes(16), 48),
    tinymaix_layer(6, (1, 1, 1, 10), (1, 1, 1, 10), bytes(16)),
)


def test_a_tinymaix_model_tells_its_layers():
    """Dimensions are counted from the end: a vector is 11c (tm_mat_t in include/tinymaix.h)."""
    assert (
        ModelLayer("CONV2D", "", ((28, 28, 2),), ((13, 13, 4),), 13 * 13 * 4 * 3 * 2 * 2),
        ModelLayer("DWCONV2D", "", ((13, 13, 4),), ((6, 6, 4),), 6 * 6 * 4 * 3 * 2),
        ModelLayer("GAP", "", ((6, 6, 4),), ((4,),), None),
        ModelLayer("FC", "", ((4,),), ((10,),), 40),
        ModelLayer("ADD", "", ((10,), (10,)), ((10,),), None),
    ) == layers_in(MAIX, TINYMAIX)


@pytest.mark.parametrize(
    "damaged",
    [
        MAIX[:-1],
        MAIX[:64],
        tinymaix_model(tinymaix_layer(7, (1, 1, 1, 4), (1, 1, 1, 4))),
        tinymaix_model(tinymaix_layer(1, (4, 1, 1, 4), (1, 1, 1, 4))),
        tinymaix_model(tinymaix_layer(1, (1, 1, 1, 4), (1, 1, 1, 0))),
    ],
    ids=["cut", "header only", "unknown layer", "four dimensions", "no channels"],
)
def test_a_damaged_tinymaix_model_is_none(damaged):
    assert find_models(image_of(damaged), TINYMAIX) == ()


# --- ExecuTorch ---


def table(builder, fields: dict[int, tuple[str, object]]):
    """A table by slots: ("offset" | "byte" | "int", value)."""
    builder.StartObject(max(fields, default=0) + 1)
    for slot, (kind, value) in fields.items():
        if kind == "offset":
            builder.PrependUOffsetTRelativeSlot(slot, value, 0)
        elif kind == "byte":
            builder.PrependUint8Slot(slot, value, 0)
        else:
            builder.PrependInt32Slot(slot, value, 0)
    return builder.EndObject()


def et_tensor(builder, shape, *, is_constant=False):
    """EValue { val: Tensor } of schema/program.fbs: member 5 of the union; sizes slot 2, data_buffer_idx slot 5."""
    sizes = integers(builder, shape)
    tensor = table(builder, {2: ("offset", sizes), 5: ("int", int(is_constant))})
    return table(builder, {0: ("byte", 5), 1: ("offset", tensor)})


def et_list(builder, members):
    """EValue { val: TensorList }: member 10 of the union."""
    items = table(builder, {0: ("offset", integers(builder, members))})
    return table(builder, {0: ("byte", 10), 1: ("offset", items)})


def et_call(builder, kind, index, arguments):
    """Instruction { KernelCall | DelegateCall }: members 1 and 2 of the union."""
    call = table(builder, {0: ("int", index), 1: ("offset", integers(builder, arguments))})
    return table(builder, {0: ("byte", kind), 1: ("offset", call)})


def et_program() -> bytes:
    builder = flatbuffers.Builder(0)
    values = [
        et_tensor(builder, (1, 2, 8, 8)),
        et_tensor(builder, (4, 2, 3, 3), is_constant=True),
        et_list(builder, (0, 3)),
        et_tensor(builder, (1, 4, 6, 6)),
        table(builder, {0: ("byte", 1), 1: ("offset", table(builder, {0: ("int", 7)}))}),  # an Int
    ]
    operators = [
        table(
            builder, {0: ("offset", builder.CreateString(name)), 1: ("offset", builder.CreateString("out"))}
        )
        for name in ("cortex_m::quantized_conv2d", "aten::cat")
    ]
    delegates = [table(builder, {0: ("offset", builder.CreateString("EthosUBackend"))})]
    calls = [
        et_call(builder, 1, 0, (1, 0, 4, 3)),
        et_call(builder, 5, 0, ()),  # FreeCall is no layer
        et_call(builder, 1, 1, (2, 4, 3)),
        et_call(builder, 2, 0, (0, 3)),
    ]
    chain = table(builder, {2: ("offset", vector(builder, calls))})
    fields = {2: values, 5: [chain], 6: operators, 7: delegates}
    plan = table(builder, {slot: ("offset", vector(builder, each)) for slot, each in fields.items()})
    builder.Finish(table(builder, {1: ("offset", vector(builder, [plan]))}), file_identifier=b"ET12")
    return bytes(builder.Output())


PROGRAM = et_program()


def test_an_executorch_program_tells_its_kernel_and_delegate_calls():
    """The last operand is the result; a list stands for its tensors."""
    image, weights, result = (1, 2, 8, 8), (4, 2, 3, 3), (1, 4, 6, 6)

    assert (
        ModelLayer("cortex_m::quantized_conv2d", "", (image, weights), (result,), None),
        ModelLayer("aten::cat", "", (image, result), (result,), None),
        ModelLayer("EthosUBackend", "", (image,), (result,), None),
    ) == layers_in(PROGRAM, EXECUTORCH)


# --- damage ---


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([CONV, MAIX, PROGRAM]),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=12),
    st.integers(0, 200),
)
def test_no_damage_is_an_error_and_what_is_read_is_plausible(model, changes, cut):
    """A hang would be a vector of 2^32 elements; a traceback an offset that leads out of the bytes."""
    damaged = bytearray(model)
    for at, value in changes:
        damaged[at % len(damaged)] = value
    found = find_models(image_of(bytes(damaged[: len(damaged) - cut])), "")

    for layer in (layer for each in found for layer in each.layers):
        assert layer.operator.isprintable()
        assert all(size >= 0 for shape in (*layer.input_shapes, *layer.output_shapes) for size in shape)
        assert layer.macs_count is None or 0 <= layer.macs_count < 1 << 40
