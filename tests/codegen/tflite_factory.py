"""Writes small TensorFlow Lite models for tests: tensors and operators in, the bytes of a file out."""

from __future__ import annotations

from dataclasses import dataclass, field

import flatbuffers
import numpy as np
import tflite

_TYPES = {
    "float32": tflite.TensorType.FLOAT32,
    "float16": tflite.TensorType.FLOAT16,
    "int8": tflite.TensorType.INT8,
    "int16": tflite.TensorType.INT16,
    "int32": tflite.TensorType.INT32,
    "int64": tflite.TensorType.INT64,
    "uint8": tflite.TensorType.UINT8,
    "bool": tflite.TensorType.BOOL,
    "int4": tflite.TensorType.INT4,
}
_CODES = {name: number for number, name in tflite.utils.BUILTIN_OPCODE2NAME.items()}


@dataclass
class T:
    """A tensor; `data` makes it a constant. `element` is a numpy type's name, or "int4" (data packed as uint8)."""

    shape: tuple[int, ...]
    element: str = "int8"
    scale: float | list[float] | None = None
    zero_point: int | list[int] = 0
    axis: int = 0
    data: np.ndarray | None = None
    name: str = ""
    is_variable: bool = False


@dataclass
class Op:
    """An operator: schema name, tensor indices, and options ("Conv2DOptions", {"StrideW": 1})."""

    name: str
    inputs: list[int]
    outputs: list[int]
    options: tuple[str, dict[str, object]] | None = None
    intermediates: list[int] = field(default_factory=list)


def model(tensors: list[T], operators: list[Op], inputs: list[int], outputs: list[int]) -> bytes:
    """The file of a model with one graph."""
    builder = flatbuffers.Builder(1 << 12)
    buffers = [_buffer(builder, None)]
    places = []
    for each in tensors:
        places.append(0 if each.data is None else len(buffers))
        if each.data is not None:
            buffers.append(_buffer(builder, np.ascontiguousarray(each.data).tobytes()))
    names = list(dict.fromkeys(each.name for each in operators))
    tensor_offsets = [_tensor(builder, each, place) for each, place in zip(tensors, places, strict=True)]
    operator_offsets = [_operator(builder, each, names) for each in operators]
    graph = _subgraph(builder, tensor_offsets, operator_offsets, inputs, outputs)
    codes = [_code(builder, name) for name in names]
    codes_vector = _offsets(builder, codes)
    graphs_vector = _offsets(builder, [graph])
    buffers_vector = _offsets(builder, buffers)
    description = builder.CreateString("made for a test")
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, 3)
    tflite.ModelAddOperatorCodes(builder, codes_vector)
    tflite.ModelAddSubgraphs(builder, graphs_vector)
    tflite.ModelAddDescription(builder, description)
    tflite.ModelAddBuffers(builder, buffers_vector)
    builder.Finish(tflite.ModelEnd(builder), b"TFL3")
    return bytes(builder.Output())


def _offsets(builder, offsets):
    builder.StartVector(4, len(offsets), 4)
    for each in reversed(offsets):
        builder.PrependUOffsetTRelative(each)
    return builder.EndVector()


def _ints(builder, values):
    return builder.CreateNumpyVector(np.array(values, dtype=np.int32))


def _buffer(builder, data):
    vector = None
    if data is not None:  # aligned to 16 bytes, as the schema asks
        builder.StartVector(1, len(data), 16)
        builder.head -= len(data)
        builder.Bytes[builder.head : builder.head + len(data)] = data
        vector = builder.EndVector()
    tflite.BufferStart(builder)
    if vector is not None:
        tflite.BufferAddData(builder, vector)
    return tflite.BufferEnd(builder)


def _quantization(builder, tensor):
    if tensor.scale is None:
        return None
    scales = np.array(np.atleast_1d(tensor.scale), dtype=np.float32)
    zero_points = np.broadcast_to(np.array(np.atleast_1d(tensor.zero_point), dtype=np.int64), scales.shape)
    scale_vector = builder.CreateNumpyVector(scales)
    zero_vector = builder.CreateNumpyVector(np.ascontiguousarray(zero_points))
    tflite.QuantizationParametersStart(builder)
    tflite.QuantizationParametersAddScale(builder, scale_vector)
    tflite.QuantizationParametersAddZeroPoint(builder, zero_vector)
    tflite.QuantizationParametersAddQuantizedDimension(builder, tensor.axis)
    return tflite.QuantizationParametersEnd(builder)


def _tensor(builder, tensor, buffer):
    name = builder.CreateString(tensor.name)
    shape = _ints(builder, tensor.shape)
    quantization = _quantization(builder, tensor)
    tflite.TensorStart(builder)
    tflite.TensorAddShape(builder, shape)
    tflite.TensorAddType(builder, _TYPES[tensor.element])
    tflite.TensorAddBuffer(builder, buffer)
    tflite.TensorAddName(builder, name)
    tflite.TensorAddIsVariable(builder, tensor.is_variable)
    if quantization is not None:
        tflite.TensorAddQuantization(builder, quantization)
    return tflite.TensorEnd(builder)


def _options(builder, kind, values):
    vectors = {
        name: _ints(builder, value) for name, value in values.items() if isinstance(value, list | tuple)
    }
    getattr(tflite, f"{kind}Start")(builder)
    for name, value in values.items():
        getattr(tflite, f"{kind}Add{name}")(builder, vectors.get(name, value))
    return getattr(tflite, f"{kind}End")(builder)


def _operator(builder, operator, names):
    inputs, outputs = _ints(builder, operator.inputs), _ints(builder, operator.outputs)
    intermediates = _ints(builder, operator.intermediates) if operator.intermediates else None
    options = _options(builder, *operator.options) if operator.options else None
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, names.index(operator.name))
    tflite.OperatorAddInputs(builder, inputs)
    tflite.OperatorAddOutputs(builder, outputs)
    if operator.options and options is not None:
        tflite.OperatorAddBuiltinOptionsType(builder, getattr(tflite.BuiltinOptions, operator.options[0]))
        tflite.OperatorAddBuiltinOptions(builder, options)
    if intermediates is not None:
        tflite.OperatorAddIntermediates(builder, intermediates)
    return tflite.OperatorEnd(builder)


def _code(builder, name):
    number = _CODES[name]
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(number, 127))
    tflite.OperatorCodeAddVersion(builder, 1)
    tflite.OperatorCodeAddBuiltinCode(builder, number)
    return tflite.OperatorCodeEnd(builder)


def _subgraph(builder, tensors, operators, inputs, outputs):
    tensor_vector, operator_vector = _offsets(builder, tensors), _offsets(builder, operators)
    input_vector, output_vector = _ints(builder, inputs), _ints(builder, outputs)
    name = builder.CreateString("main")
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, tensor_vector)
    tflite.SubGraphAddInputs(builder, input_vector)
    tflite.SubGraphAddOutputs(builder, output_vector)
    tflite.SubGraphAddOperators(builder, operator_vector)
    tflite.SubGraphAddName(builder, name)
    return tflite.SubGraphEnd(builder)
